using System.Globalization;
using Predictive.Segmentation.Metrics;
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

        return Check(Moments(segments, measures, previous), [.. measures.Select(m => m.Name)], options);
    }

    /// <summary>What the warnings go by, by segment.</summary>
    internal static Dictionary<string, SegmentMoments> Moments(
        IReadOnlyList<string> segments, IReadOnlyList<(string Name, IReadOnlyList<double> Values)> measures,
        IReadOnlyList<string?>? previous)
    {
        var moments = new Dictionary<string, SegmentMoments>(StringComparer.Ordinal);
        for (int i = 0; i < segments.Count; i++)
        {
            SegmentMoments own = SegmentMoments.In(moments, segments[i], measures.Count);
            own.Customers++;
            for (int m = 0; m < measures.Count; m++)
            {
                own.Sums[m].Add(measures[m].Values[i]);
                own.Squares[m].Add(measures[m].Values[i] * measures[m].Values[i]);
            }

            if (previous?[i] is { } former)
            {
                SegmentMoments before = SegmentMoments.In(moments, former, measures.Count);
                before.Former++;
                before.Kept += former == segments[i] ? 1 : 0;
            }
        }

        return moments;
    }

    /// <summary>The same of segments whose customers were counted.</summary>
    internal static IReadOnlyList<SegmentWarning> Check(
        IReadOnlyDictionary<string, SegmentMoments> moments, string[] measures, SegmentUsabilityOptions options)
    {
        var warnings = new List<SegmentWarning>();
        (string Name, SegmentMoments Of)[] all =
            [.. moments.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, m.Value))], members =
            [.. all.Where(m => m.Of.Customers > 0)];
        int customers = members.Sum(m => m.Of.Customers);
        foreach ((string name, SegmentMoments of) in members)
        {
            if (of.Customers < options.MinimumCustomers || of.Customers < options.MinimumShare * customers)
            {
                warnings.Add(
                    new SegmentWarning(
                        SegmentIssue.Tiny, name, null,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"'{name}' holds {of.Customers} of {customers} customers; expected at least {options.MinimumCustomers} "
                                + $"and {100 * options.MinimumShare:0.#} %.")));
            }
        }

        for (int i = 0; i < members.Length; i++)
        {
            for (int j = i + 1; j < members.Length && measures.Length > 0; j++)
            {
                double most = Enumerable.Range(0, measures.Length).Max(m => Difference(members[i].Of, members[j].Of, m));
                if (most < options.MinimumDifference)
                {
                    warnings.Add(
                        new SegmentWarning(
                            SegmentIssue.Overlapping, members[i].Name, members[j].Name,
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"'{members[i].Name}' and '{members[j].Name}' differ by at most {most:0.00} standard deviations in "
                                    + $"{string.Join(", ", measures)}; expected {options.MinimumDifference:0.00} in at least one.")));
                }
            }
        }

        foreach ((string name, SegmentMoments of) in all.Where(m => m.Of.Kept < options.MinimumRetained * m.Of.Former))
        {
            warnings.Add(
                new SegmentWarning(
                    SegmentIssue.Unstable, name, null,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{of.Kept} of {of.Former} former members of '{name}' are still in it; expected at least "
                            + $"{100 * options.MinimumRetained:0.#} %.")));
        }

        return warnings;
    }

    /// <summary>
    /// Standardised difference of two groups' means: |Δ| over the root of the mean of their variances; infinite where only the means vary.
    /// </summary>
    private static double Difference(SegmentMoments a, SegmentMoments b, int measure)
    {
        var (meanA, varianceA) = a.Of(measure);
        var (meanB, varianceB) = b.Of(measure);
        double difference = Math.Abs(meanA - meanB);
        return difference == 0 ? 0 : difference / Math.Sqrt((varianceA + varianceB) / 2);
    }
}

/// <summary>What is known of a segment's customers: that of parts of a base adds up to that of the whole.</summary>
internal sealed class SegmentMoments
{
    /// <summary>Who is in it.</summary>
    public int Customers { get; set; }

    /// <summary>Who was in it and is in some segment now.</summary>
    public int Former { get; set; }

    /// <summary>Of them, who still is in it.</summary>
    public int Kept { get; set; }

    /// <summary>Sum of each measure.</summary>
    public required ExactSum[] Sums { get; init; }

    /// <summary>Sum of its squares.</summary>
    public required ExactSum[] Squares { get; init; }

    public static SegmentMoments In(Dictionary<string, SegmentMoments> moments, string segment, int measures) =>
        moments.TryGetValue(segment, out SegmentMoments? own) ? own : moments[segment] = new SegmentMoments
        {
            Sums = [.. Enumerable.Range(0, measures).Select(_ => new ExactSum())],
            Squares = [.. Enumerable.Range(0, measures).Select(_ => new ExactSum())],
        };

    public (double Mean, double Variance) Of(int measure)
    {
        double mean = Sums[measure].Value / Customers;
        return (mean, Math.Max(0, (Squares[measure].Value / Customers) - (mean * mean)));
    }

    public void Add(SegmentMoments other)
    {
        Customers += other.Customers;
        Former += other.Former;
        Kept += other.Kept;
        for (int m = 0; m < Sums.Length; m++)
        {
            Sums[m].Add(other.Sums[m]);
            Squares[m].Add(other.Squares[m]);
        }
    }
}
