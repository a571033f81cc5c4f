using System.Runtime.CompilerServices;
using Predictive.Api.Serving;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Data;

/// <summary>What each filter offers, with how many customers have it: made once a snapshot.</summary>
/// <param name="ByField">Names and counts by field of the query, in the order shown.</param>
public sealed record FilterChoices(IReadOnlyDictionary<string, IReadOnlyList<(string Name, int Customers)>> ByField)
{
    private const int MostTags = 40;

    /// <summary>The fields offered in the filter's form.</summary>
    public static IReadOnlyList<string> Offered { get; } = ["segment", "stage", "tier", "cell", "band", "portrait"];

    private static readonly ConditionalWeakTable<ScoreTable, FilterChoices> s_known = [];

    internal static FilterChoices Of(ServingSnapshot snapshot)
    {
        FilterChoices known = s_known.GetValue(snapshot.Scores!, _ => new FilterChoices(Offered.ToDictionary(
            f => f, f => Counted(CustomerBase.Of(snapshot).Codes(f)!))));
        // Tags take seconds on a large base: they are offered once something has asked for them.
        return TagIndex.IfMade(snapshot) is not { } tags
            ? known
            : known with
            {
                ByField = new Dictionary<string, IReadOnlyList<(string, int)>>(known.ByField) { ["tag"] = [.. tags.Counts.Take(MostTags)] },
            };
    }

    private static IReadOnlyList<(string, int)> Counted(CodeColumn column)
    {
        var counts = new int[column.Names.Count];
        foreach (ushort code in column.Codes)
        {
            counts[code]++;
        }

        return [.. column.Names.Select((n, i) => (n, counts[i])).Where(n => n.Item2 > 0)];
    }
}
