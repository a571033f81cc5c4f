using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Which kinds of events of a dataset a rule means: codes by name, whatever the case.</summary>
internal readonly struct EventKinds
{
    private readonly bool[] _is;

    public EventKinds(CustomerTables? tables, IReadOnlyList<string> names)
    {
        string[] kinds = tables?.Events?.Kinds ?? [];
        _is = [.. kinds.Select(k => names.Contains(k, StringComparer.OrdinalIgnoreCase))];
        Known = _is.Contains(true);
    }

    /// <summary>Whether the dataset has an event of any of them.</summary>
    public bool Known { get; }

    /// <summary>Whether a code is one of them.</summary>
    public bool Has(int kind) => _is[kind];
}
