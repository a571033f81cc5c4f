using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>Two items bought in one order.</summary>
/// <param name="Item">Who buys this ...</param>
/// <param name="With">... buys this in the same order.</param>
/// <param name="Support">Orders with both.</param>
/// <param name="Confidence">Of the orders with the first, 0–1.</param>
/// <param name="Lift">Confidence over the share of all orders with the second.</param>
public sealed record PairRule(string Item, string With, int Support, double Confidence, double Lift);

/// <summary>An item bought for the first time some days after the first purchase of another.</summary>
/// <param name="Item">After this ...</param>
/// <param name="Then">... comes this.</param>
/// <param name="Support">Customers.</param>
/// <param name="Confidence">Of those who bought the first, had not bought the second yet and were watched for the whole window.</param>
/// <param name="Lift">Confidence over what the usual pace of first purchases of the second would bring within the window.</param>
/// <param name="LagDays">Median days in between; null = not known: no slice of the run kept them.</param>
public sealed record SequenceRule(string Item, string Then, int Support, double Confidence, double Lift, int? LagDays);

/// <summary>What a base buys together and after one another.</summary>
/// <param name="Kind">product, category, or none.</param>
/// <param name="Items">Items with enough support.</param>
/// <param name="Orders">Orders counted.</param>
/// <param name="WithinDays">Window of the sequences.</param>
/// <param name="Pairs">Most orders beyond chance first.</param>
/// <param name="Sequences">Most customers beyond chance first.</param>
public sealed record AssociationResult(
    string Kind, int Items, long Orders, int WithinDays, IReadOnlyList<PairRule> Pairs, IReadOnlyList<SequenceRule> Sequences)
{
    /// <summary>What comes after an item, highest confidence first: for its product page.</summary>
    public IEnumerable<SequenceRule> AccessoriesOf(string item) =>
        Sequences.Where(s => s.Item == item).OrderByDescending(s => s.Confidence).ThenBy(s => s.Then, StringComparer.Ordinal);
}

/// <summary>
/// Frequent pairs within orders and frequent sequences over time, with support, confidence, lift and lag (Agrawal and Srikant 1994,
/// limited to
/// two items). Products where the data has them, else categories.
/// </summary>
/// <remarks>
/// The usual pace of an item is its hazard: first purchases of it over the days customers were watched without it, λ; within n days
/// 1 − e^(−λ n). A pair of n items is a cell of an n × n table per thread: counting is adding.
/// </remarks>
public static partial class Association
{
    /// <summary>Finds the rules before a local time.</summary>
    public static AssociationResult Fit(
        TransactionHistory history, LocalTime asOf, AssociationOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        return OfMarked(ReturnMatching.Mark(history, asOf), asOf, options, cancellation);
    }

    /// <summary>The same of a history whose returns are marked as of that time.</summary>
    internal static AssociationResult OfMarked(
        TransactionHistory marked, LocalTime asOf, AssociationOptions options, CancellationToken cancellation)
    {
        var reading = new Reading(marked, asOf, options.WithinDays, cancellation);
        if (reading.Names is not { Length: > 1 } names)
        {
            return None(options);
        }

        (int[] support, int orders) = reading.Supports();
        int[] kept =
        [
            .. Enumerable.Range(0, names.Length).Where(i => support[i] >= options.MinimumSupport)
                .OrderByDescending(i => support[i]).ThenBy(i => names[i], StringComparer.Ordinal).Take(options.MaximumItems),
        ];
        string[] shown = [.. kept.Select(i => names[i])];
        PairCounts totals = reading.Pairs(kept).Closed();
        IReadOnlyList<PairRule> pairs = Pairs(totals, shown, [.. kept.Select(i => (long)support[i])], orders, options);
        var sequences = Sequences(totals, shown, options);
        int[,] days = reading.LagDays([.. sequences.Select(s => (s.A, s.B))], kept);
        return new AssociationResult(
            reading.Kind, kept.Length, orders, options.WithinDays, pairs,
            [
                .. sequences.Select((s, r) => new SequenceRule(
                    shown[s.A], shown[s.B], s.Support, s.Confidence, s.Lift,
                    Median([.. Enumerable.Range(0, options.WithinDays + 1).Select(d => days[r, d])]))),
            ]);
    }

    /// <summary>Of data that names no two items.</summary>
    internal static AssociationResult None(AssociationOptions options) => new("none", 0, 0, options.WithinDays, [], []);

    /// <summary>The smallest lag that half of the customers had at most; null where there are none.</summary>
    internal static int? Median(int[] days)
    {
        int lag = 0, all = days.Sum(), sum = 0;
        if (all == 0)
        {
            return null;
        }

        while (2 * (sum += days[lag]) < all)
        {
            lag++;
        }

        return lag;
    }

    /// <summary>The pairs that are rules, by orders beyond chance.</summary>
    /// <param name="counts">Of the items.</param>
    /// <param name="names">Of the items.</param>
    /// <param name="support">Orders with each.</param>
    /// <param name="orders">In all.</param>
    /// <param name="options">Thresholds.</param>
    internal static IReadOnlyList<PairRule> Pairs(
        PairCounts counts, string[] names, long[] support, long orders, AssociationOptions options)
    {
        var rules = new List<(PairRule Rule, double Beyond)>();
        for (int a = 0; a < names.Length; a++)
        {
            for (int b = 0; b < names.Length; b++)
            {
                int both = a < b ? counts.Together[(a * names.Length) + b] : a > b ? counts.Together[(b * names.Length) + a] : 0;
                double confidence = both / (double)support[a], expected = support[a] * (double)support[b] / orders, lift = both / expected;
                if (both >= options.MinimumSupport && confidence >= options.MinimumConfidence && lift >= options.MinimumLift)
                {
                    rules.Add((new PairRule(names[a], names[b], both, confidence, lift), both - expected));
                }
            }
        }

        return
        [
            .. rules.OrderByDescending(r => r.Beyond).ThenByDescending(r => r.Rule.Confidence)
                .ThenBy(r => r.Rule.Item, StringComparer.Ordinal).ThenBy(r => r.Rule.With, StringComparer.Ordinal)
                .Take(options.MaximumRules).Select(r => r.Rule),
        ];
    }

    /// <summary>The sequences that are rules, by customers beyond chance; counts are closed.</summary>
    internal static List<(int A, int B, int Support, double Confidence, double Lift)> Sequences(
        PairCounts counts, string[] names, AssociationOptions options)
    {
        int n = names.Length;
        var rules = new List<(int A, int B, int Support, double Confidence, double Lift, double Beyond)>();
        for (int b = 0; b < n; b++)
        {
            double pace = counts.DaysWithout[b] > 0 ? counts.FirstLater[b] / (double)counts.DaysWithout[b] : 0;
            double usual = 1 - Math.Exp(-pace * options.WithinDays);
            for (int a = 0; a < n; a++)
            {
                int then = counts.Then[(a * n) + b], open = counts.Watched[a] - counts.Before[(a * n) + b];
                if (a == b || then < options.MinimumSupport || open <= 0 || usual <= 0)
                {
                    continue;
                }

                double confidence = then / (double)open, lift = confidence / usual;
                if (confidence >= options.MinimumConfidence && lift >= options.MinimumLift)
                {
                    rules.Add((a, b, then, confidence, lift, then - (open * usual)));
                }
            }
        }

        return
        [
            .. rules.OrderByDescending(r => r.Beyond).ThenBy(r => names[r.A], StringComparer.Ordinal)
                .ThenBy(r => names[r.B], StringComparer.Ordinal).Take(options.MaximumRules)
                .Select(r => (r.A, r.B, r.Support, r.Confidence, r.Lift)),
        ];
    }

    internal static void Add(int[] to, int[] from)
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] += from[i];
        }
    }
}
