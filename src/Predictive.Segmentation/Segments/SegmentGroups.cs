using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Segments;

/// <summary>One group of customers under one model.</summary>
/// <param name="Model">The metric that divides, or <c>segment</c> for own segments.</param>
/// <param name="Name">The group.</param>
/// <param name="Customers">How many.</param>
/// <param name="Share">Of the base, 0–1.</param>
/// <param name="Spend365">Their net spend of the last 365 days.</param>
/// <param name="SpendShare">Of the base's, 0–1; 0 where that is not positive.</param>
/// <param name="NetValue">What they brought after goods and service, of all time.</param>
/// <param name="Goal">What to do about them, where the table of plays has a line for the band; null = none.</param>
public sealed record SegmentGroup(
    string Model, string Name, int Customers, double Share, double Spend365, double SpendShare, double NetValue, string? Goal);

/// <summary>How two groups share their customers.</summary>
/// <param name="Segment">An own segment.</param>
/// <param name="Model">Model of the other.</param>
/// <param name="Other">The other group.</param>
/// <param name="Customers">Customers in both.</param>
/// <param name="ShareOfSegment">Of the own segment's customers.</param>
/// <param name="ShareOfOther">Of the other's.</param>
public sealed record SegmentOverlap(
    string Segment, string Model, string Other, int Customers, double ShareOfSegment, double ShareOfOther);

/// <summary>Groups of a base and how they overlap: the preview of a segments.json before it is saved.</summary>
public static class SegmentGroups
{
    /// <summary>The models that divide a base, in the order they are shown.</summary>
    public static IReadOnlyList<string> Models { get; } =
    [
        "rfm_segment", "rfm_group", "lifecycle", "value_band", "loyalty_band", "quadrant", "value_matrix", "tier", "predicted_tier",
        "churn_band", "lifetime_band", "portrait", "nps_group",
    ];

    /// <summary>The groups of one model, largest first; none where the table has no such column.</summary>
    public static IReadOnlyList<SegmentGroup> Of(SegmentTable table, string model)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Has(model)
            ? Of(model, SegmentSums.OfModel(table, model), table.Count, SpendOf(table), table.Book.Options)
            : [];
    }

    /// <summary>The same from the groups' sums, and the count and spend of the whole base.</summary>
    internal static IReadOnlyList<SegmentGroup> Of(
        string model, IReadOnlyDictionary<string, SegmentSums> groups, int customers, double spendOfAll, RuleOptions options) =>
    [
        .. groups.Select(g => Group(model, g.Key, g.Value, customers, spendOfAll, options))
            .OrderByDescending(g => g.Customers).ThenBy(g => g.Name, StringComparer.Ordinal),
    ];

    /// <summary>The shop's own segments, in the order of the file; the empty ones too.</summary>
    public static IReadOnlyList<SegmentGroup> Own(SegmentTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        double spend = SpendOf(table);
        return
        [
            .. SegmentSums.OfOwn(table).Select(s => Group("segment", s.Key, s.Value, table.Count, spend, table.Book.Options)),
        ];
    }

    /// <summary>How each own segment overlaps with the other own ones and with RFM segments and lifecycle stages, most first.</summary>
    public static IReadOnlyList<SegmentOverlap> Overlaps(SegmentTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var overlaps = new List<SegmentOverlap>();
        foreach (var (name, members) in table.OwnSegments)
        {
            int size = members.Count(m => m);
            if (size == 0)
            {
                continue;
            }

            var others = table.OwnSegments.Where(o => o.Name != name).Select(o => ("segment", o.Name, o.Members)).ToList();
            foreach (string model in new[] { "rfm_segment", "lifecycle" })
            {
                string?[] texts = table.Texts(model);
                others.AddRange(texts.Distinct().OfType<string>().Order(StringComparer.Ordinal)
                    .Select(t => (model, t, Array.ConvertAll(texts, x => x == t))));
            }

            overlaps.AddRange(others
                .Select(o => (Other: o, Both: Enumerable.Range(0, table.Count).Count(i => members[i] && o.Item3[i])))
                .Where(o => o.Both > 0)
                .OrderByDescending(o => o.Both)
                .Select(o => new SegmentOverlap(
                    name, o.Other.Item1, o.Other.Item2, o.Both, o.Both / (double)size, o.Both / (double)o.Other.Item3.Count(m => m))));
        }

        return overlaps;
    }

    /// <summary>Rows of a group by its name: an own segment, or a group of any model, whatever the case.</summary>
    /// <returns>Model and members; null where nothing has that name.</returns>
    public static (string Model, string Name, bool[] Members)? Find(SegmentTable table, string name)
    {
        ArgumentNullException.ThrowIfNull(table);
        foreach (var (own, members) in table.OwnSegments)
        {
            if (own.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return ("segment", own, members);
            }
        }

        foreach (string model in Models.Where(table.Has))
        {
            string?[] texts = table.Texts(model);
            if (texts.FirstOrDefault(t => name.Equals(t, StringComparison.OrdinalIgnoreCase)) is { } found)
            {
                return (model, found, Array.ConvertAll(texts, t => t == found));
            }
        }

        return null;
    }

    /// <summary>A group from its sums, and the count and spend of the whole base.</summary>
    internal static SegmentGroup Group(
        string model, string name, SegmentSums sums, int customers, double spendOfAll, RuleOptions options)
    {
        double spend = sums.Spend365.Value;
        return new SegmentGroup(
            model, name, sums.Customers, customers == 0 ? 0 : sums.Customers / (double)customers, Cents.Of(spend),
            spendOfAll > 0 ? spend / spendOfAll : 0, Cents.Of(sums.NetValue.Value),
            Plays.Of(model == "value_band" ? "value" : model, name, options.Plays)?.Goal);
    }

    private static double SpendOf(SegmentTable table) => ExactSum.Of(table.Numbers("spend_365d")).Value;
}
