using System.Globalization;
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
/// Found
/// on the past: measures before the window, purchases within it.
/// </summary>
public static class CategoryThreshold
{
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
    /// <param name="categories">Categories looked at, most first purchases first. Default 20.</param>
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
        TransactionHistory marked = ReturnMatching.Mark(history, asOf);
        var before = new HashSet<int>[population.Length];
        var during = new HashSet<int>[population.Length];
        double[][] measures = [.. s_measures.Select(_ => new double[population.Length])];
        Parallel.For(0, population.Length, i =>
        {
            CustomerLines lines = marked.Lines(population[i]).Before(from);
            before[i] = Bought(lines);
            during[i] = Bought(marked.Lines(population[i]).Between(from, asOf));
            PurchaseTimeline timeline = PurchaseTimeline.Read(lines);
            measures[0][i] = timeline.OrderCount;
            measures[1][i] = timeline.Net;
            measures[2][i] = before[i].Count;
            measures[3][i] = timeline.DayCount == 0 ? double.NaN : from.Day - timeline.Days[^1];
            measures[4][i] = timeline.DayCount == 0 ? double.NaN : from.Day - timeline.Days[0];
        });
        var firsts = new int[names.Length];
        for (int i = 0; i < population.Length; i++)
        {
            foreach (int category in during[i])
            {
                firsts[category] += before[i].Contains(category) ? 0 : 1;
            }
        }

        return
        [
            .. Enumerable.Range(0, names.Length).Where(c => firsts[c] >= minimum).OrderByDescending(c => firsts[c])
                .ThenBy(c => names[c], StringComparer.Ordinal).Take(categories)
                .Select(c => Best(c)).OfType<CategoryThresholdRule>(),
        ];

        CategoryThresholdRule? Best(int category)
        {
            int[] open = [.. Enumerable.Range(0, population.Length).Where(i => !before[i].Contains(category))];
            int bought = open.Count(i => during[i].Contains(category));
            double gain = 0;
            (int Measure, double Cut, bool AtLeast, int Customers, int Hits)? best = null;
            for (int m = 0; m < measures.Length; m++)
            {
                int[] order = [.. open.Where(i => !double.IsNaN(measures[m][i])).OrderBy(i => measures[m][i])];
                int hits = 0;
                for (int k = 0; k < order.Length; k++)
                {
                    // k customers lie below the value of the next one, where it differs from the one before.
                    double cut = measures[m][order[k]];
                    if (k > 0 && cut != measures[m][order[k - 1]] && k >= minimum && open.Length - k >= minimum)
                    {
                        double g = Gain(open.Length, bought, k, hits);
                        if (g > gain)
                        {
                            bool atLeast = (bought - hits) / (double)(open.Length - k) >= hits / (double)k;
                            (gain, best) = (
                                g, (m, cut, atLeast, atLeast ? open.Length - k : k, atLeast ? bought - hits : hits));
                        }
                    }

                    hits += during[order[k]].Contains(category) ? 1 : 0;
                }
            }

            if (best is not var (measure, at, side, customers, inside))
            {
                return null;
            }

            double share = inside / (double)customers;
            double others = open.Length == customers ? 0 : (bought - inside) / (double)(open.Length - customers);
            string number = at.ToString(at == Math.Floor(at) ? "N0" : "N2", CultureInfo.InvariantCulture);
            string who = string.Format(
                CultureInfo.InvariantCulture, side ? s_measures[measure].AtLeast : s_measures[measure].Below, number);
            return new CategoryThresholdRule(
                names[category], s_measures[measure].Name, at, side, customers, share, others,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{who}: {100 * share:0.#} % bought from '{names[category]}' for the first time within {windowDays} days (others: "
                        + $"{100 * others:0.#} %)"));
        }
    }

    private static double Gain(int all, int hits, int below, int hitsBelow)
    {
        return Impurity(all, hits) - Impurity(below, hitsBelow) - Impurity(all - below, hits - hitsBelow);

        static double Impurity(int n, int h) => n == 0 ? 0 : h * (double)(n - h) / n;
    }

    private static HashSet<int> Bought(CustomerLines lines)
    {
        var bought = new HashSet<int>();
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines.Kept[i] > 0 && lines.Category[i] >= 0)
            {
                bought.Add(lines.Category[i]);
            }
        }

        return bought;
    }
}
