using System.Reflection;
using ArchUnitNET.Loader;
using Architecture = ArchUnitNET.Domain.Architecture;
using IType = ArchUnitNET.Domain.IType;

namespace Predictive.Tests;

/// <summary>
/// Which project, or which folder of a project, uses which, by the types of the compiled assemblies. A project's own folder counts too.
/// </summary>
internal static class FolderUses
{
    /// <summary>The projects, those used first.</summary>
    public static string[] Projects { get; } =
    [
        "Predictive.Learning", "Predictive.History", "Predictive.Store", "Predictive.Segmentation", "Predictive.Acting",
        "Predictive.Training", "Predictive.Worker", "Predictive.Exchange", "Predictive.MLNet",
        "Predictive.Reports", "Predictive.Api", "Predictive.Cli",
    ];

    private static readonly Lazy<Architecture> s_architecture =
        new(() =>
            new ArchLoader().LoadAssemblies([.. Projects.Select(p => Assembly.Load(p == "Predictive.Cli" ? "predictive" : p))]).Build());

    /// <summary>Which projects use which.</summary>
    public static UseGraph OfProjects() => new(s_architecture.Value.Types, Project);

    /// <summary>Which folders of a project use which.</summary>
    public static UseGraph Of(string project) =>
        Of(project, t => t.Namespace.FullName.Length > project.Length ? t.Namespace.FullName[(project.Length + 1)..] : "(root)");

    /// <summary>Which groups of a project's types use which.</summary>
    public static UseGraph Of(
        string project, Func<IType, string> group) => new(s_architecture.Value.Types.Where(t => Project(t) == project), group);

    private static string? Project(IType type) =>
        type.Namespace?.FullName is { } name && name.StartsWith("Predictive.", StringComparison.Ordinal)
            ? string.Join('.', name.Split('.').Take(2))
            : null;
}

/// <summary>One type of a group that uses one type of another.</summary>
internal readonly record struct TypeUse(string From, string To, string Type, string Used)
{
    public override string ToString() =>
        $"{From} -> {To}: {Type[(Type.LastIndexOf('.') + 1)..]} uses {Used[(Used.LastIndexOf('.') + 1)..]}";
}

/// <summary>Groups of types and what they use of each other.</summary>
internal sealed class UseGraph
{
    public UseGraph(IEnumerable<IType> types, Func<IType, string?> group)
    {
        IType[] own = [.. types.Where(t => group(t) is not null)];
        var inside = own.Select(t => t.FullName).ToHashSet(StringComparer.Ordinal);
        Types = own.Length;
        Uses =
        [
            .. own.SelectMany(t => t.Dependencies.Where(d => inside.Contains(d.Target.FullName))
                    .Select(d => new TypeUse(group(t)!, group(d.Target)!, t.FullName, d.Target.FullName)))
                .Where(u => u.From != u.To).Distinct().OrderBy(u => u.ToString(), StringComparer.Ordinal),
        ];
        var edges = Uses.Select(u => (u.From, u.To)).ToHashSet();
        List<string> left = [.. own.Select(t => group(t)!).Distinct().Order(StringComparer.Ordinal)], order = [];
        while (left.Find(n => !left.Exists(m => m != n && edges.Contains((n, m)))) is { } next)
        {
            order.Add(next);
            left.Remove(next);
        }

        (Order, Rest) = (order, left);
    }

    /// <summary>Number of types.</summary>
    public int Types { get; }

    /// <summary>Every use of another group's type.</summary>
    public IReadOnlyList<TypeUse> Uses { get; }

    /// <summary>Groups, used before using, as far as there is such an order.</summary>
    public IReadOnlyList<string> Order { get; }

    /// <summary>Groups on a cycle, and those that use one; none where there is no cycle.</summary>
    public IReadOnlyList<string> Rest { get; }

    /// <summary>The uses among <see cref="Rest"/>.</summary>
    public IEnumerable<TypeUse> Cycle => Uses.Where(u => Rest.Contains(u.From) && Rest.Contains(u.To));
}
