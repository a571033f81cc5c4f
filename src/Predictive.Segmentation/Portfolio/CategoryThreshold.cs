using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>The simplest rule that tells who buys from a category for the first time.</summary>
/// <param name="Category">The category.</param>
/// <param name="Measure">orders, spend, categories, days since the last purchase or tenure.</param>
/// <param name="From">The threshold.</param>
/// <param name="AtLeast">Whether at or above it is the better side; else below it.</param>
/// <param name="Customers">Customers on that side who had not bought from it.</param>
/// <param name="Share">Of them, the share who did within the window.</param>
/// <param name="OthersShare">The same of the others.</param>
/// <param name="Text">In one sentence.</param>
public sealed record CategoryThresholdRule(
    string Category, string Measure, double From, bool AtLeast, int Customers, double Share, double OthersShare, string Text);

/// <summary>
/// For each category: the one measure and threshold that best tells which customers, who had not bought from it, would within a window.
/// Found on the past: measures before the window, purchases within it.
/// </summary>
public static class CategoryThreshold
{
    // A bit each.
    private const int MostCategories = 64;

    private static readonly (string Name, string AtLeast, string Below)[] s_measures =
    [
        ("orders", "{0} orders or more", "fewer than {0} orders"), ("spend", "spent {0} or more", "spent less than {0}"),
        ("categories", "{0} categories or more", "fewer than {0} categories"),
        ("days since the last purchase", "silent for {0} days or more", "bought within {0} days"),
        ("tenure", "customer for {0} days or more", "customer for less than {0} days"),
    ];

    /// <summary>Finds the rules.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">End of the window.</param>
    /// <param name="windowDays">Its length. Default 90.</param>
    /// <param name="minimum">Fewest customers on the better side, and fewest first purchases. Default 30.</param>
    /// <param name="categories">Categories looked at, most first purchases first; at most 64. Default 20.</param>
    public static IReadOnlyList<CategoryThresholdRule> Find(
        TransactionHistory history, LocalTime asOf, int windowDays = 90, int minimum = 30, int categories = 20)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (history.Columns.Category is null || history.Columns.Categories is not { Length: > 1 } names)
        {
            return [];
        }

        LocalTime from = asOf.AddDays(-windowDays);
        int[] population = Population.At(history, from);
        TransactionHistory marked = history.Columns.Kept is null ? ReturnMatching.Mark(history, asOf) : history;
        double[][] measures = [.. s_measures.Select(_ => new double[population.Length])];
        int[] firsts = FirstPurchases(marked, population, from, asOf, names.Length, measures);
        int[] looked =
        [
            .. Enumerable.Range(0, names.Length).Where(c => firsts[c] >= minimum).OrderByDescending(c => firsts[c])
                .ThenBy(c => names[c], StringComparer.Ordinal).Take(Math.Min(categories, MostCategories)),
        ];
        (ulong Open, ulong Bought)[] marks = Marks(marked, population, from, asOf, names.Length, looked);
        var best = new Split?[measures.Length][];
        Parallel.For(0, measures.Length, m => best[m] = Splits(measures[m], marks, looked.Length, minimum));
        return [.. Enumerable.Range(0, looked.Length).Select(Rule).OfType<CategoryThresholdRule>()];

        CategoryThresholdRule? Rule(int category)
        {
            // The earlier measure where two tell as much.
            int measure = -1;
            for (int m = 0; m < best.Length; m++)
            {
                measure = best[m][category] is { } split && (measure < 0 || split.Gain > best[measure][category]!.Value.Gain) ? m : measure;
            }

            if (measure < 0)
            {
                return null;
            }

            var (_, at, side, customers, inside, all, hits) = best[measure][category]!.Value;
            double share = inside / (double)customers, others = all == customers ? 0 : (hits - inside) / (double)(all - customers);
            string number = at.ToString(at == Math.Floor(at) ? "N0" : "N2", CultureInfo.InvariantCulture);
            string who = string.Format(
                CultureInfo.InvariantCulture, side ? s_measures[measure].AtLeast : s_measures[measure].Below, number);
            return new CategoryThresholdRule(
                names[looked[category]], s_measures[measure].Name, at, side, customers, share, others,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{who}: {100 * share:0.#} % bought from '{names[looked[category]]}' for the first time within "
                        + $"{windowDays} days (others: {100 * others:0.#} %)"));
        }
    }

    /// <summary>First purchases of each category within the window; fills the measures, which are taken before it.</summary>
    private static int[] FirstPurchases(
        TransactionHistory marked, int[] population, LocalTime from, LocalTime asOf, int names, double[][] measures)
    {
        var firsts = new int[names];
        BaseScan.Count(
            population.Length,
            () => (Seen: new int[names], Firsts: new int[names]),
            (first, end, own) =>
            {
                for (int i = first; i < end; i++)
                {
                    // A category is marked by the customer who bought it: 2 i + 1 before the window, 2 i + 2 first within it.
                    CustomerLines lines = marked.Lines(population[i]), before = lines.Before(from), during = lines.Between(from, asOf);
                    int distinct = 0;
                    for (int l = 0; l < before.Count; l++)
                    {
                        if (Bought(before, l) is >= 0 and int code && own.Seen[code] != (2 * i) + 1)
                        {
                            own.Seen[code] = (2 * i) + 1;
                            distinct++;
                        }
                    }

                    for (int l = 0; l < during.Count; l++)
                    {
                        if (Bought(during, l) is >= 0 and int code && own.Seen[code] != (2 * i) + 1 && own.Seen[code] != (2 * i) + 2)
                        {
                            own.Seen[code] = (2 * i) + 2;
                            own.Firsts[code]++;
                        }
                    }

                    PurchaseTimeline timeline = PurchaseTimeline.Read(before);
                    measures[0][i] = timeline.OrderCount;
                    measures[1][i] = timeline.Net;
                    measures[2][i] = distinct;
                    measures[3][i] = timeline.DayCount == 0 ? double.NaN : from.Day - timeline.Days[^1];
                    measures[4][i] = timeline.DayCount == 0 ? double.NaN : from.Day - timeline.Days[0];
                }
            },
            own => TensorPrimitives.Add(firsts, own.Firsts, firsts));
        return firsts;
    }

    /// <summary>By customer, a bit for each category looked at: not bought before the window, bought within it.</summary>
    private static (ulong Open, ulong Bought)[] Marks(
        TransactionHistory marked, int[] population, LocalTime from, LocalTime asOf, int names, int[] looked)
    {
        var bit = new ulong[names];
        ulong all = 0;
        for (int k = 0; k < looked.Length; k++)
        {
            all |= bit[looked[k]] = 1UL << k;
        }

        return BaseScan.Select(
            marked, population, asOf, (_, lines) => (all & ~Of(lines.Before(from)), Of(lines.Between(from, asOf))));

        ulong Of(CustomerLines lines)
        {
            ulong marks = 0;
            for (int l = 0; l < lines.Count; l++)
            {
                marks |= Bought(lines, l) is >= 0 and int code ? bit[code] : 0;
            }

            return marks;
        }
    }

    /// <summary>The best threshold of one measure for each category: the customers are ordered once, all categories go along.</summary>
    private static Split?[] Splits(double[] measure, (ulong Open, ulong Bought)[] marks, int categories, int minimum)
    {
        int[] all = new int[categories], hits = new int[categories];
        foreach (var (open, bought) in marks)
        {
            for (ulong left = open; left != 0; left &= left - 1)
            {
                int c = BitOperations.TrailingZeroCount(left);
                all[c]++;
                hits[c] += (int)((bought >> c) & 1);
            }
        }

        int[] order = [.. Enumerable.Range(0, measure.Length).Where(i => !double.IsNaN(measure[i]))];
        Array.Sort(Array.ConvertAll(order, i => measure[i]), order);
        int[] below = new int[categories], hitsBelow = new int[categories];
        double[] last = new double[categories];
        var best = new Split?[categories];
        foreach (int i in order)
        {
            double cut = measure[i];
            for (ulong left = marks[i].Open; left != 0; left &= left - 1)
            {
                int c = BitOperations.TrailingZeroCount(left), k = below[c];
                // k customers lie below the value of this one, where it differs from the one before.
                if (k >= minimum && k > 0 && cut != last[c] && all[c] - k >= minimum
                    && Gain(all[c], hits[c], k, hitsBelow[c]) is var gain && gain > (best[c]?.Gain ?? 0))
                {
                    bool atLeast = (hits[c] - hitsBelow[c]) / (double)(all[c] - k) >= hitsBelow[c] / (double)k;
                    best[c] = new Split(
                        gain, cut, atLeast, atLeast ? all[c] - k : k, atLeast ? hits[c] - hitsBelow[c] : hitsBelow[c], all[c], hits[c]);
                }

                below[c]++;
                hitsBelow[c] += (int)((marks[i].Bought >> c) & 1);
                last[c] = cut;
            }
        }

        return best;
    }

    private static int Bought(CustomerLines lines, int line) => lines.Kept[line] > 0 ? lines.Category[line] : -1;

    private static double Gain(int all, int hits, int below, int hitsBelow)
    {
        return Impurity(all, hits) - Impurity(below, hitsBelow) - Impurity(all - below, hits - hitsBelow);

        static double Impurity(int n, int h) => n == 0 ? 0 : h * (double)(n - h) / n;
    }

    private readonly record struct Split(double Gain, double Cut, bool AtLeast, int Customers, int Hits, int All, int AllHits);
}
