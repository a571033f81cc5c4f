using System.Reflection;
using ArchUnitNET.Loader;
using Architecture = ArchUnitNET.Domain.Architecture;
using IType = ArchUnitNET.Domain.IType;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>matrix [PROJECT]</c>: which project uses which, by types of the compiled assemblies; with a project, which of its folders uses which. A number is how
/// many types of the row use a type of the column. Exit code 1 where two of them use each other, directly or around a corner.
/// </summary>
internal static class MatrixBench
{
    private static readonly string[] s_projects =
    [
        "Predictive.Learning", "Predictive.History", "Predictive.Segmentation", "Predictive.Training", "Predictive.Worker", "Predictive.MLNet", "Predictive.Reports",
        "Predictive.Api", "predictive",
    ];

    public static int Run(string[] args)
    {
        Architecture architecture = new ArchLoader().LoadAssemblies([.. s_projects.Select(Assembly.Load)]).Build();
        bool cycles = Print("projects", architecture.Types, Project);
        foreach (string project in args.Length > 0 ? args : [.. s_projects.Select(p => p == "predictive" ? "Predictive.Cli" : p)])
        {
            cycles |= Print(project, architecture.Types.Where(t => Project(t) == project), t => t.Namespace.FullName.Length > project.Length ? t.Namespace.FullName[(project.Length + 1)..] : "(root)");
        }

        return cycles ? 1 : 0;
    }

    private static string? Project(IType type) => type.Namespace?.FullName is { } name && name.StartsWith("Predictive.", StringComparison.Ordinal) ? string.Join('.', name.Split('.').Take(2)) : null;

    private static bool Print(string title, IEnumerable<IType> types, Func<IType, string?> group)
    {
        IType[] own = [.. types.Where(t => Project(t) is not null && group(t) is not null)];
        var inside = own.Select(t => t.FullName).ToHashSet(StringComparer.Ordinal);
        var uses = own
            .SelectMany(t => t.Dependencies.Where(d => inside.Contains(d.Target.FullName)).Select(d => (From: group(t)!, To: group(d.Target)!, Type: t.FullName)))
            .Where(u => u.From != u.To).Distinct().GroupBy(u => (u.From, u.To)).ToDictionary(g => g.Key, g => g.Count());
        string[] names = [.. own.Select(t => group(t)!).Distinct().Order(StringComparer.Ordinal)];

        // Used before using: a matrix without a number above the diagonal has no cycle.
        var order = new List<string>();
        while (order.Count < names.Length)
        {
            string? next = names.FirstOrDefault(n => !order.Contains(n) && names.All(m => m == n || order.Contains(m) || !uses.ContainsKey((n, m))));
            if (next is null)
            {
                break;
            }

            order.Add(next);
        }

        string[] cycle = [.. names.Except(order)];
        order.AddRange(cycle);
        Console.WriteLine();
        Console.WriteLine($"{title}: {own.Length} types{(cycle.Length > 0 ? $"; A CYCLE among {string.Join(", ", cycle)}" : "")}");
        int width = order.Count == 0 ? 0 : order.Max(n => n.Length);
        Console.WriteLine($"{"".PadRight(width)}  {string.Join("", order.Select((_, i) => $"{i + 1,4}"))}");
        for (int r = 0; r < order.Count; r++)
        {
            string row = string.Concat(order.Select((to, c) => c == r ? "   ·" : uses.TryGetValue((order[r], to), out int n) ? $"{n,4}" : "    "));
            Console.WriteLine($"{order[r].PadRight(width)}  {row.TrimEnd()}");
        }

        return cycle.Length > 0;
    }
}
