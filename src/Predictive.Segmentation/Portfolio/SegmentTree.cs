using System.Globalization;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>One group of customers that a few questions set apart.</summary>
/// <param name="Customers">How many.</param>
/// <param name="Members">Of them, those in the segment.</param>
/// <param name="Share">Members over customers, 0–1.</param>
/// <param name="Conditions">The questions, in words.</param>
/// <param name="Text">All of it in one sentence.</param>
public sealed record SegmentLeaf(int Customers, int Members, double Share, IReadOnlyList<string> Conditions, string Text);

/// <summary>What sets a segment apart.</summary>
/// <param name="Segment">Its name.</param>
/// <param name="Customers">Customers of the base.</param>
/// <param name="Members">Customers of the segment.</param>
/// <param name="Caught">Share of the members in the groups that are mostly of the segment.</param>
/// <param name="Leaves">The groups, most of the segment first.</param>
public sealed record SegmentInsight(string Segment, int Customers, int Members, double Caught, IReadOnlyList<SegmentLeaf> Leaves);

/// <summary>Settings of the tree.</summary>
public sealed record SegmentTreeOptions
{
    /// <summary>Questions asked one after the other, at most. Default 3.</summary>
    public int Depth { get; init; } = 3;

    /// <summary>Fewest customers of a group. Default 20.</summary>
    public int MinimumCustomers { get; init; } = 20;

    /// <summary>Cut points tried per measure. Default 64.</summary>
    public int Cuts { get; init; } = 64;
}

/// <summary>
/// A small decision tree (CART: the split that lowers Gini impurity most, Breiman et al. 1984) over measures a marketer knows, told in
/// sentences.
/// </summary>
public static class SegmentTree
{
    // Measure, and how "at least x" and "below x" are said.
    private static readonly (string Metric, string AtLeast, string Below)[] s_measures =
    [
        ("recency_days", "silent for {0} days or more", "bought within the last {0} days"),
        ("orders", "{0} orders or more", "fewer than {0} orders"),
        ("spend_365d", "spent {0} or more in the last year", "spent less than {0} in the last year"),
        ("spend_total", "spent {0} or more so far", "spent less than {0} so far"),
        ("order_value", "{0} or more an order", "less than {0} an order"),
        ("tenure_days", "customer for {0} days or more", "customer for less than {0} days"),
        ("cadence_days", "buys every {0} days or less often", "buys more often than every {0} days"),
        ("categories_bought", "bought from {0} categories or more", "bought from fewer than {0} categories"),
        ("returned_orders", "gave back {0} orders or more", "gave back fewer than {0} orders"),
        ("visits", "{0} visits or more lately", "fewer than {0} visits lately"),
        ("churn_probability", "risk of {0} or more", "risk below {0}"),
        ("clv_expected", "expected to spend {0} or more", "expected to spend less than {0}"),
    ];

    /// <summary>The measures it asks about.</summary>
    internal static IReadOnlyList<string> Measures { get; } = [.. s_measures.Select(m => m.Metric)];

    /// <summary>A question to one of them, in words.</summary>
    internal static string Say(string metric, double cut, bool atLeast) =>
        Measure.Say(s_measures.Single(m => m.Metric == metric), cut, atLeast);

    /// <summary>What sets some rows of a table apart from the others.</summary>
    /// <param name="table">The base.</param>
    /// <param name="name">Name of the segment.</param>
    /// <param name="members">Whether each row is in it.</param>
    /// <param name="options">Null = defaults.</param>
    public static SegmentInsight Grow(SegmentTable table, string name, bool[] members, SegmentTreeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(members);
        options ??= new SegmentTreeOptions();
        var measures = s_measures.Where(m => table.Has(m.Metric)).Select(m => new Measure(m, table.Numbers(m.Metric), options.Cuts))
            .Where(m => m.Cuts.Length > 0).ToArray();
        int all = members.Count(m => m);
        var leaves = new List<SegmentLeaf>();
        Split([.. Enumerable.Range(0, table.Count)], [], 0);
        leaves.Sort((a, b) => b.Share != a.Share ? b.Share.CompareTo(a.Share) : b.Members.CompareTo(a.Members));
        int caught = leaves.Where(l => l.Share >= .5).Sum(l => l.Members);
        return new SegmentInsight(name, table.Count, all, all == 0 ? 0 : caught / (double)all, leaves);

        void Split(int[] rows, List<(int Measure, double Cut, bool AtLeast)> path, int depth)
        {
            int inside = rows.Count(r => members[r]);
            if (depth == options.Depth || inside == 0 || inside == rows.Length || Best(rows, inside) is not var (measure, cut))
            {
                leaves.Add(Leaf(rows.Length, inside, path));
                return;
            }

            double[] values = measures[measure].Values;
            Split([.. rows.Where(r => values[r] >= cut)], [.. path, (measure, cut, true)], depth + 1);
            Split([.. rows.Where(r => !(values[r] >= cut))], [.. path, (measure, cut, false)], depth + 1);
        }

        (int Measure, double Cut)? Best(int[] rows, int inside)
        {
            // A split must take more than a thousandth of the base's impurity away, or it says nothing.
            double best = .001 * table.Count;
            (int, double)? found = null;
            for (int m = 0; m < measures.Length; m++)
            {
                double[] cuts = measures[m].Cuts, values = measures[m].Values;
                var count = new int[cuts.Length + 1];
                var hits = new int[cuts.Length + 1];
                foreach (int r in rows)
                {
                    int bin = double.IsNaN(values[r]) ? 0 : Bin(cuts, values[r]);
                    count[bin]++;
                    hits[bin] += members[r] ? 1 : 0;
                }

                int above = 0, hitsAbove = 0;
                for (int b = cuts.Length; b >= 1; b--)
                {
                    above += count[b];
                    hitsAbove += hits[b];
                    int below = rows.Length - above;
                    if (above < options.MinimumCustomers || below < options.MinimumCustomers)
                    {
                        continue;
                    }

                    double gain = Impurity(rows.Length, inside) - Impurity(above, hitsAbove) - Impurity(below, inside - hitsAbove);
                    if (gain > best)
                    {
                        (best, found) = (gain, (m, cuts[b - 1]));
                    }
                }
            }

            return found;
        }

        SegmentLeaf Leaf(int customers, int inside, List<(int Measure, double Cut, bool AtLeast)> path)
        {
            // Of several questions to one measure and side the last is the sharpest.
            string[] conditions =
            [
                .. path.Select((p, i) => (p, i)).GroupBy(x => (x.p.Measure, x.p.AtLeast)).Select(g => g.Last()).OrderBy(x => x.i)
                    .Select(x => measures[x.p.Measure].Say(x.p.Cut, x.p.AtLeast)),
            ];
            double share = customers == 0 ? 0 : inside / (double)customers, others = all - inside, rest = table.Count - customers;
            string who = conditions.Length == 0 ? "everybody" : string.Join(", ", conditions);
            string text = string.Create(
                CultureInfo.InvariantCulture, $"{who}: {100 * share:0} % of these {customers:N0} customers are '{name}'");
            text += rest > 0 ? string.Create(CultureInfo.InvariantCulture, $" (others: {100 * others / rest:0} %)") : "";
            return new SegmentLeaf(customers, inside, share, conditions, text);
        }
    }

    private static double Impurity(int n, int hits) => n == 0 ? 0 : 2.0 * hits * (n - hits) / n;

    private static int Bin(double[] cuts, double value)
    {
        int at = Array.BinarySearch(cuts, value);
        return at >= 0 ? at + 1 : ~at;
    }

    private sealed class Measure
    {
        private readonly (string Metric, string AtLeast, string Below) _words;

        public Measure((string Metric, string AtLeast, string Below) words, double[] values, int cuts)
        {
            (_words, Values) = (words, values);
            double[] known = [.. values.Where(double.IsFinite)];
            Array.Sort(known);
            Cuts =
            [
                .. Enumerable.Range(1, Math.Max(cuts - 1, 0)).Where(_ => known.Length > 0)
                    .Select(i => Round(known[(int)((long)i * known.Length / cuts)])).Distinct().Order(),
            ];
        }

        public double[] Values { get; }

        public double[] Cuts { get; }

        public string Say(double cut, bool atLeast) => Say(_words, cut, atLeast);

        public static string Say((string Metric, string AtLeast, string Below) words, double cut, bool atLeast)
        {
            string number = words.Metric == "churn_probability"
                ? string.Create(CultureInfo.InvariantCulture, $"{100 * cut:0} %")
                : cut.ToString(cut == Math.Floor(cut) ? "N0" : "0.##", CultureInfo.InvariantCulture);
            return string.Format(CultureInfo.InvariantCulture, atLeast ? words.AtLeast : words.Below, number);
        }

        // Numbers a person would name: two digits, whole where they are large.
        private static double Round(double value)
        {
            if (value == 0)
            {
                return 0;
            }

            double unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(value))) - 1);
            return Math.Round(Math.Round(value / unit) * unit, 6);
        }
    }
}
