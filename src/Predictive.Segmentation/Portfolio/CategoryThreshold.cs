using System.Globalization;
using System.Numerics;
using Predictive.History;

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
public static partial class CategoryThreshold
{
    /// <summary>Categories that can be looked at: a bit each.</summary>
    internal const int MostCategories = 64;

    /// <summary>Fewest customers on the better side, and fewest first purchases.</summary>
    internal const int Minimum = 30;

    /// <summary>Categories looked at, and the window.</summary>
    internal const int Looked = 20, WindowDays = 90;

    /// <summary>How many measures there are; <see cref="Spend"/> is the one that hardly two customers have alike.</summary>
    internal const int Measures = 5, Spend = 1;

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
        TransactionHistory history, LocalTime asOf, int windowDays = WindowDays, int minimum = Minimum, int categories = Looked)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (history.Columns.Category is null || history.Columns.Categories is not { Length: > 1 } names)
        {
            return [];
        }

        var reading = new Reading(history, asOf, windowDays, names.Length);
        int[] looked =
        [
            .. Enumerable.Range(0, names.Length).Where(c => reading.Firsts[c] >= minimum).OrderByDescending(c => reading.Firsts[c])
                .ThenBy(c => names[c], StringComparer.Ordinal).Take(Math.Min(categories, MostCategories)),
        ];
        (ulong Open, ulong Bought)[] marks = reading.Marks(looked);
        var best = new Split?[Measures][];
        Parallel.For(0, Measures, m => best[m] = Splits(reading.Measured[m], marks, looked.Length, minimum));
        return
        [
            .. looked.Select((c, i) => RuleOf(names[c], [.. best.Select(m => m[i])], windowDays)).OfType<CategoryThresholdRule>(),
        ];
    }

    /// <summary>The rule of a category.</summary>
    /// <param name="category">Its name.</param>
    /// <param name="best">The best threshold of each measure; null = it has none.</param>
    /// <param name="windowDays">Length of the window.</param>
    /// <returns>Null where no measure has one.</returns>
    internal static CategoryThresholdRule? RuleOf(string category, Split?[] best, int windowDays)
    {
        // The earlier measure where two tell as much.
        int measure = -1;
        for (int m = 0; m < best.Length; m++)
        {
            measure = best[m] is { } split && (measure < 0 || split.Gain > best[measure]!.Value.Gain) ? m : measure;
        }

        if (measure < 0)
        {
            return null;
        }

        var (_, at, side, customers, inside, all, hits) = best[measure]!.Value;
        double share = inside / (double)customers, others = all == customers ? 0 : (hits - inside) / (double)(all - customers);
        string number = at.ToString(at == Math.Floor(at) ? "N0" : "N2", CultureInfo.InvariantCulture);
        string who = string.Format(
            CultureInfo.InvariantCulture, side ? s_measures[measure].AtLeast : s_measures[measure].Below, number);
        return new CategoryThresholdRule(
            category, s_measures[measure].Name, at, side, customers, share, others,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{who}: {100 * share:0.#} % bought from '{category}' for the first time within {windowDays} days (others: "
                    + $"{100 * others:0.#} %)"));
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
                if (cut != last[c])
                {
                    best[c] = Better(best[c], cut, all[c], hits[c], k, hitsBelow[c], minimum);
                }

                below[c]++;
                hitsBelow[c] += (int)((marks[i].Bought >> c) & 1);
                last[c] = cut;
            }
        }

        return best;
    }

    /// <summary>The better of a threshold and another one.</summary>
    /// <param name="best">The one; null = there is none yet.</param>
    /// <param name="cut">The other.</param>
    /// <param name="all">Customers who had not bought from the category.</param>
    /// <param name="hits">Of them, those who did.</param>
    /// <param name="below">Those below the other threshold.</param>
    /// <param name="hitsBelow">Of these, those who did.</param>
    /// <param name="minimum">Fewest on each side.</param>
    internal static Split? Better(Split? best, double cut, int all, int hits, int below, int hitsBelow, int minimum)
    {
        if (below < minimum || below == 0 || all - below < minimum
            || Gain(all, hits, below, hitsBelow) is var gain && gain <= (best?.Gain ?? 0))
        {
            return best;
        }

        bool atLeast = (hits - hitsBelow) / (double)(all - below) >= hitsBelow / (double)below;
        return new Split(gain, cut, atLeast, atLeast ? all - below : below, atLeast ? hits - hitsBelow : hitsBelow, all, hits);
    }

    // How much of the impurity (Gini) a threshold takes away.
    private static double Gain(int all, int hits, int below, int hitsBelow)
    {
        return Impurity(all, hits) - Impurity(below, hitsBelow) - Impurity(all - below, hits - hitsBelow);

        static double Impurity(int n, int h) => n == 0 ? 0 : h * (double)(n - h) / n;
    }

    /// <summary>A threshold: who lies on the better side and how many of them bought, of all that had not.</summary>
    internal readonly record struct Split(double Gain, double Cut, bool AtLeast, int Customers, int Hits, int All, int AllHits);
}
