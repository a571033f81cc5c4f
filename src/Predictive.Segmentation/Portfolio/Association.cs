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
/// <param name="LagDays">Median days in between.</param>
public sealed record SequenceRule(string Item, string Then, int Support, double Confidence, double Lift, int LagDays);

/// <summary>What a base buys together and after one another.</summary>
/// <param name="Kind">product, category, or none.</param>
/// <param name="Items">Items with enough support.</param>
/// <param name="Orders">Orders counted.</param>
/// <param name="WithinDays">Window of the sequences.</param>
/// <param name="Pairs">Most orders beyond chance first.</param>
/// <param name="Sequences">Most customers beyond chance first.</param>
public sealed record AssociationResult(
    string Kind, int Items, int Orders, int WithinDays, IReadOnlyList<PairRule> Pairs, IReadOnlyList<SequenceRule> Sequences)
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
public static class Association
{
    /// <summary>Finds the rules before a local time.</summary>
    public static AssociationResult Fit(
        TransactionHistory history, LocalTime asOf, AssociationOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        bool products = history.Columns.Product is not null;
        string[]? names = products ? history.Columns.Products : history.Columns.Category is null ? null : history.Columns.Categories;
        if (names is not { Length: > 1 })
        {
            return new AssociationResult("none", 0, 0, options.WithinDays, [], []);
        }

        TransactionHistory marked = ReturnMatching.Mark(history, asOf);
        int chunks = (history.CustomerCount + BasketReader.Chunk - 1) / BasketReader.Chunk;
        var support = new int[names.Length];
        int orders = 0;
        var parallel = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(
            0, chunks, parallel, () => (Reader: new BasketReader(marked, asOf, products, null), Counts: new int[names.Length], Orders: 0),
            (chunk, _, own) =>
            {
                own.Reader.ForEach(chunk, reader =>
                {
                    foreach (var basket in reader.Baskets())
                    {
                        own.Orders++;
                        foreach (int item in reader.ItemsOf(basket))
                        {
                            own.Counts[item]++;
                        }
                    }
                });
                return own;
            },
            own =>
            {
                lock (support)
                {
                    orders += own.Orders;
                    Add(support, own.Counts);
                }
            });
        int[] kept =
        [
            .. Enumerable.Range(0, names.Length).Where(i => support[i] >= options.MinimumSupport)
                .OrderByDescending(i => support[i]).ThenBy(i => names[i], StringComparer.Ordinal).Take(options.MaximumItems),
        ];
        var index = new int[names.Length];
        Array.Fill(index, -1);
        for (int i = 0; i < kept.Length; i++)
        {
            index[kept[i]] = i;
        }

        int n = kept.Length;
        var totals = new PairCounts(n);
        Parallel.For(
            0, chunks, parallel, () => (Reader: new BasketReader(marked, asOf, products, index), Counts: new PairCounts(n)),
            (chunk, _, own) =>
            {
                own.Reader.ForEach(chunk, reader => own.Counts.Count(reader, asOf.Day, options.WithinDays));
                return own;
            },
            own =>
            {
                lock (totals)
                {
                    totals.Add(own.Counts);
                }
            });
        string[] shown = [.. kept.Select(i => names[i])];
        int[] orderSupport = [.. kept.Select(i => support[i])];
        IReadOnlyList<PairRule> pairs = Pairs(totals, shown, orderSupport, orders, options);
        var sequences = Sequences(totals, shown, options);
        int[] lags = Lags(sequences.Select(s => (s.A, s.B)).ToArray(), n, marked, asOf, products, index, options, chunks, parallel);
        return new AssociationResult(
            products ? "product" : "category", n, orders, options.WithinDays, pairs,
            [.. sequences.Select((s, i) => new SequenceRule(shown[s.A], shown[s.B], s.Support, s.Confidence, s.Lift, lags[i]))]);
    }

    private static IReadOnlyList<PairRule> Pairs(
        PairCounts counts, string[] names, int[] support, int orders, AssociationOptions options)
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

    private static List<(int A, int B, int Support, double Confidence, double Lift)> Sequences(
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

    private static int[] Lags(
        (int A, int B)[] rules, int n, TransactionHistory marked, LocalTime asOf, bool products, int[] index, AssociationOptions options,
        int chunks, ParallelOptions parallel)
    {
        // Rules by their first item, so that a customer's few items find theirs at once.
        var of = rules.Select((r, i) => (r, i)).ToLookup(p => p.r.A, p => (p.r.B, p.i));
        var days = new int[rules.Length, options.WithinDays + 1];
        Parallel.For(
            0, chunks, parallel, () => new BasketReader(marked, asOf, products, index),
            (chunk, _, reader) =>
            {
                reader.ForEach(chunk, r =>
                {
                    var first = r.FirstDays();
                    var at = new Dictionary<int, int>(first.Count);
                    foreach (var (item, day) in first)
                    {
                        at[item] = day;
                    }

                    foreach (var (a, day) in first)
                    {
                        if (day + options.WithinDays > asOf.Day)
                        {
                            continue;
                        }

                        foreach (var (b, rule) in of[a])
                        {
                            if (at.TryGetValue(b, out int later) && later > day && later - day <= options.WithinDays)
                            {
                                Interlocked.Increment(ref days[rule, later - day]);
                            }
                        }
                    }
                });
                return reader;
            },
            _ => { });
        var lags = new int[rules.Length];
        for (int r = 0; r < rules.Length; r++)
        {
            int all = 0, sum = 0;
            for (int d = 0; d <= options.WithinDays; d++)
            {
                all += days[r, d];
            }

            while (2 * (sum += days[r, lags[r]]) < all)
            {
                lags[r]++;
            }
        }

        return lags;
    }

    internal static void Add(int[] to, int[] from)
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] += from[i];
        }
    }
}
