using System.Globalization;
using System.Runtime.CompilerServices;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Data;

/// <summary>One month of the base.</summary>
/// <param name="Month">Such as <c>2011-09</c>.</param>
/// <param name="Net">Net spend.</param>
/// <param name="Buyers">Customers who bought.</param>
public sealed record BaseMonth(string Month, double Net, int Buyers);

/// <summary>
/// What the pages need of a scored base beside its scores, made once a snapshot: losses, savings, the order of the at-risk list and codes
/// to
/// filter by. With them every filter is a scan over arrays. About 40 bytes a customer. Immutable; safe to use from several threads.
/// </summary>
public sealed class CustomerBase
{
    private const int MostMonths = 24, Chunk = 8192;

    private static readonly ConditionalWeakTable<ScoreTable, CustomerBase> s_known = [];

    private readonly Dictionary<string, CodeColumn> _codes;

    private CustomerBase(ScoreTable scores)
    {
        Scores = scores;
        int n = scores.Count;
        Loss = new double[n];
        Saving = new double[n];
        var saves = new SaveShares();
        ChurnBandOptions bands = scores.Bundle.Rules.Options.ChurnBands;
        var ranked = new List<int>(n);
        for (int i = 0; i < n; i++)
        {
            double p = scores.ChurnProbability[i];
            Loss[i] = AtRisk.ExpectedLoss(p, scores.ClvExpected[i]);
            Saving[i] = Loss[i] * saves.Of(ChurnBand.Compute(p, bands));
            if (!scores.Returns[i].KeptNothing)
            {
                ranked.Add(i);
            }
        }

        ByRisk = Ranked([.. ranked]);
        _codes = new Dictionary<string, CodeColumn>(StringComparer.Ordinal)
        {
            ["segment"] = CodeColumn.Of(scores.RfmSegment, scores.Bundle.Rules.Options.Rfm.Segments.Segments),
            ["stage"] = CodeColumn.Of(n, i => (int)scores.Lifecycle[i], Lifecycle.Names),
            ["tier"] = CodeColumn.Of(n, i => scores.Tier[i], [.. scores.Bundle.Rules.Tiers.Tiers.Select(t => t.Name)]),
            ["cell"] = CodeColumn.Of(n, i => (int)scores.Cell[i], [.. Enum.GetValues<ValueMatrixCell>().Select(ValueMatrix.NameOf)]),
            ["portrait"] = CodeColumn.Of(
                n, i => scores.PortraitIndex[i], [.. scores.Bundle.Portraits.Description.Portraits.Select(p => p.Name)]),
            ["band"] = CodeColumn.Of(n, i => scores.ChurnBand[i], ChurnBand.Names),
            ["r"] = CodeColumn.Of(n, i => scores.R[i] - 1, s_five),
            ["f"] = CodeColumn.Of(n, i => scores.F[i] - 1, s_five),
            ["m"] = CodeColumn.Of(n, i => scores.M[i] - 1, s_five),
        };
        (Months, Revenue365) = ReadLines(scores);
    }

    private static readonly string[] s_five = ["1", "2", "3", "4", "5"];

    /// <summary>The scores.</summary>
    public ScoreTable Scores { get; }

    /// <summary>Expected loss per row: churn probability × net spend expected if the customer stays.</summary>
    public double[] Loss { get; }

    /// <summary>What a contact can save of it, by the shares assumed (<see cref="SaveShares"/>).</summary>
    public double[] Saving { get; }

    /// <summary>Rows, largest saving first; without those who kept nothing.</summary>
    public int[] ByRisk { get; }

    /// <summary>Net spend and buyers by month, oldest first.</summary>
    public IReadOnlyList<BaseMonth> Months { get; }

    /// <summary>Net spend of the last 365 days.</summary>
    public double Revenue365 { get; }

    /// <summary>The base of a snapshot.</summary>
    public static CustomerBase Of(ServingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ScoreTable scores = snapshot.Scores!;
        if (!s_known.TryGetValue(scores, out CustomerBase? known))
        {
            // Locked, so that two who ask at once do not sort half a million rows twice.
            lock (s_known)
            {
                known = s_known.GetValue(scores, s => new CustomerBase(s));
            }
        }

        return known;
    }

    /// <summary>Whether customers can be filtered by a field of the scores.</summary>
    internal CodeColumn? Codes(string field) => _codes.GetValueOrDefault(field);

    // Like AtRisk.Rank: the largest saving first, ties by id. Sorted as numbers, then the ties among themselves.
    private int[] Ranked(int[] rows)
    {
        double[] keys = Array.ConvertAll(rows, r => -Saving[r]);
        Array.Sort(keys, rows);
        for (int from = 0; from < rows.Length;)
        {
            int to = from + 1;
            while (to < rows.Length && keys[to] == keys[from])
            {
                to++;
            }

            if (to - from > 1)
            {
                rows.AsSpan(from, to - from).Sort((a, b) => string.CompareOrdinal(Scores.CustomerId(a), Scores.CustomerId(b)));
            }

            from = to;
        }

        return rows;
    }

    private static (BaseMonth[], double) ReadLines(ScoreTable scores)
    {
        DateTime end = scores.AsOf.ToDateTime();
        int first = (end.Year * 12) + end.Month - 1 - MostMonths;
        int[] monthOfDay = MonthsOfDays(scores);
        var parts = new Part[(scores.Count + Chunk - 1) / Chunk];
        Parallel.For(0, parts.Length, p => parts[p] = ReadPart(scores, p * Chunk, monthOfDay, first));
        // Added up in the order of the base, whichever thread was first: the same bits every time.
        double[] net = [.. Enumerable.Range(0, MostMonths + 1).Select(m => parts.Sum(p => p.Net[m]))];
        int[] buyers = [.. Enumerable.Range(0, MostMonths + 1).Select(m => parts.Sum(p => p.Buyers[m]))];
        int from = Array.FindIndex(buyers, b => b > 0), cut = end is { Day: 1, TimeOfDay.Ticks: 0 } ? MostMonths : MostMonths + 1;
        return (
            from < 0
                ? []
                : [
                    .. Enumerable.Range(from, Math.Max(0, cut - from)).Select(m => new BaseMonth(
                        string.Create(CultureInfo.InvariantCulture, $"{(first + m) / 12:0000}-{((first + m) % 12) + 1:00}"),
                        Cents.Of(net[m]), buyers[m])),
                ],
            Cents.Of(parts.Sum(p => p.Year)));
    }

    // Money is what was kept, as in every metric: a return counts against what it gives back.
    private static Part ReadPart(ScoreTable scores, int start, int[] monthOfDay, int first)
    {
        long yearAgo = scores.AsOf.AddDays(-365).Micros;
        int day0 = LocalTime.DayOf(scores.History.FirstMicros);
        var matching = new ReturnMatching();
        var net = new double[MostMonths + 1];
        var buyers = new int[MostMonths + 1];
        double year = 0;
        for (int row = start; row < Math.Min(scores.Count, start + Chunk); row++)
        {
            CustomerLines lines = matching.Mark(scores.History.Lines(scores.Customers[row]).Before(scores.AsOf), out _);
            ReadOnlySpan<long> at = lines.OrderedAt;
            ReadOnlySpan<double> kept = lines.Kept;
            int seen = -1;
            for (int i = at.Length - 1; i >= 0; i--)
            {
                year += at[i] >= yearAgo ? kept[i] : 0;
                int month = monthOfDay[LocalTime.DayOf(at[i]) - day0] - first;
                if (month < 0)
                {
                    break;
                }

                net[month] += kept[i];
                if (kept[i] > 0 && seen != month)
                {
                    seen = month;
                    buyers[month]++;
                }
            }
        }

        return new Part(net, buyers, year);
    }

    private sealed record Part(double[] Net, int[] Buyers, double Year);

    // A calendar date per line would cost more than everything else here.
    private static int[] MonthsOfDays(ScoreTable scores)
    {
        int day0 = LocalTime.DayOf(scores.History.FirstMicros);
        DateOnly first = LocalTime.DateOf(day0);
        return
        [
            .. Enumerable.Range(0, Math.Max(1,
                scores.AsOf.Day - day0 + 1)).Select(d => first.AddDays(d)).Select(d => (d.Year * 12) + d.Month - 1),
        ];
    }
}
