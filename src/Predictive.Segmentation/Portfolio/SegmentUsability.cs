using System.Globalization;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>What is wrong with a segment.</summary>
public enum SegmentIssue
{
    /// <summary>Too few customers to act on or to learn from.</summary>
    Tiny,

    /// <summary>Not distinguishable from another segment by any measure.</summary>
    Overlapping,

    /// <summary>Most former members have moved on.</summary>
    Unstable,
}

/// <summary>One warning.</summary>
/// <param name="Issue">The kind.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Other">The segment it overlaps with; null for the other kinds.</param>
/// <param name="Message">What was found against what was expected.</param>
public sealed record SegmentWarning(SegmentIssue Issue, string Segment, string? Other, string Message);

/// <summary>Warns of segments that are tiny, overlapping or unstable.</summary>
public static class SegmentUsability
{
    /// <summary>Checks one segmentation of a base.</summary>
    /// <param name="segments">Segment per customer.</param>
    /// <param name="measures">Name and value per customer of what the segments should differ in (recency, frequency, spend ...).</param>
    /// <param name="previous">Segment of the same customers at an earlier time, null entries for those not there yet; null = stability
    /// unknown.</param>
    /// <param name="options">Null = defaults.</param>
    /// <returns>Warnings by kind, then by segment name; none = usable.</returns>
    public static IReadOnlyList<SegmentWarning> Check(
        IReadOnlyList<string> segments,
        IReadOnlyList<(string Name, IReadOnlyList<double> Values)> measures,
        IReadOnlyList<string?>? previous = null,
        SegmentUsabilityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(segments);
        ArgumentNullException.ThrowIfNull(measures);
        options ??= new SegmentUsabilityOptions();
        if (measures.Any(m => m.Values.Count != segments.Count) || (previous is not null && previous.Count != segments.Count))
        {
            throw new ArgumentException(
                $"Every measure and the previous segments must have {segments.Count} entries, one per customer.", nameof(measures));
        }

        var warnings = new List<SegmentWarning>();
        var members = Enumerable.Range(0, segments.Count).GroupBy(i => segments[i], StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (Name: g.Key, Rows: g.ToArray())).ToArray();
        foreach (var (name, rows) in members)
        {
            if (rows.Length < options.MinimumCustomers || rows.Length < options.MinimumShare * segments.Count)
            {
                warnings.Add(
                    new SegmentWarning(
                        SegmentIssue.Tiny, name, null,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"'{name}' holds {rows.Length} of {segments.Count} customers; expected at least {options.MinimumCustomers} "
                                + $"and {100 * options.MinimumShare:0.#} %.")));
            }
        }

        for (int i = 0; i < members.Length; i++)
        {
            for (int j = i + 1; j < members.Length && measures.Count > 0; j++)
            {
                double most = measures.Max(m => Difference(m.Values, members[i].Rows, members[j].Rows));
                if (most < options.MinimumDifference)
                {
                    warnings.Add(
                        new SegmentWarning(
                            SegmentIssue.Overlapping, members[i].Name, members[j].Name,
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"'{members[i].Name}' and '{members[j].Name}' differ by at most {most:0.00} standard deviations in "
                                    + $"{string.Join(", ", measures.Select(m => m.Name))}; expected {options.MinimumDifference:0.00} in "
                                    + $"at least one.")));
                }
            }
        }

        if (previous is not null)
        {
            foreach (var former in Enumerable.Range(0, segments.Count).Where(i => previous[i] is not null)
                .GroupBy(i => previous[i]!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                int all = former.Count(), kept = former.Count(i => segments[i] == former.Key);
                if (kept < options.MinimumRetained * all)
                {
                    warnings.Add(
                        new SegmentWarning(
                            SegmentIssue.Unstable, former.Key, null,
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{kept} of {all} former members of '{former.Key}' are still in it; expected at least "
                                    + $"{100 * options.MinimumRetained:0.#} %.")));
                }
            }
        }

        return warnings;
    }

    /// <summary>
    /// Standardised difference of two groups' means: |Δ| over the root of the mean of their variances; infinite where only the means vary.
    /// </summary>
    private static double Difference(IReadOnlyList<double> values, int[] a, int[] b)
    {
        var (meanA, varianceA) = Moments(values, a);
        var (meanB, varianceB) = Moments(values, b);
        double difference = Math.Abs(meanA - meanB);
        return difference == 0 ? 0 : difference / Math.Sqrt((varianceA + varianceB) / 2);
    }

    private static (double Mean, double Variance) Moments(IReadOnlyList<double> values, int[] rows)
    {
        double mean = rows.Average(i => values[i]);
        return (mean, rows.Average(i => (values[i] - mean) * (values[i] - mean)));
    }
}
