using Predictive.Tests;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>matrix [PROJECT]</c>: which project uses which, by types of the compiled assemblies, and which of a project's folders uses which. A
/// number is how many types of the row use a type of the column. Where two use each other, directly or around a corner, the uses are listed
/// and the exit code is 1.
/// </summary>
internal static class MatrixBench
{
    public static int Run(string[] args)
    {
        bool cycles = Print("projects", FolderUses.OfProjects());
        foreach (string project in args.Length > 0 ? args : FolderUses.Projects)
        {
            cycles |= Print(project, FolderUses.Of(project));
        }

        return cycles ? 1 : 0;
    }

    private static bool Print(string title, UseGraph graph)
    {
        var uses = graph.Uses.GroupBy(u => (u.From, u.To)).ToDictionary(g => g.Key, g => g.Select(u => u.Type).Distinct().Count());
        string[] order = [.. graph.Order, .. graph.Rest];
        Console.WriteLine();
        Console.WriteLine(
            $"{title}: {graph.Types} types{(graph.Rest.Count > 0 ? $"; A CYCLE among {string.Join(", ", graph.Rest)}" : "")}");
        int width = order.Length == 0 ? 0 : order.Max(n => n.Length);
        // A matrix without a number above the diagonal has no cycle.
        Console.WriteLine($"{"".PadRight(width)}  {string.Join("", order.Select((_, i) => $"{i + 1,4}"))}");
        for (int r = 0; r < order.Length; r++)
        {
            string row =
                string.Concat(order.Select((to, c) => c == r ? "   ·" : uses.TryGetValue((order[r], to), out int n) ? $"{n,4}" : "    "));
            Console.WriteLine($"{order[r].PadRight(width)}  {row.TrimEnd()}");
        }

        foreach (TypeUse use in graph.Cycle)
        {
            Console.WriteLine($"  {use}");
        }

        return graph.Rest.Count > 0;
    }
}
