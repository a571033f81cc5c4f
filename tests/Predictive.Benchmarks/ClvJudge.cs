using System.Globalization;
using Predictive.Learning.Metrics;

namespace Predictive.Benchmarks;

/// <summary>One window of <see cref="ClvStudy"/>.</summary>
/// <param name="Customers">Whose row it is.</param>
/// <param name="Net">Net spend that came.</param>
/// <param name="Expected">By candidate, per row.</param>
internal sealed record ClvWindow(int[] Customers, double[] Net, IReadOnlyDictionary<string, double[]> Expected);

/// <summary>
/// Means over the windows of one base, and the standard errors of the differences to the first candidate by a bootstrap of customers: a
/// customer counts the same Poisson(1) number of times in every window of the base.
/// </summary>
internal static class ClvJudge
{
    public static readonly string[] Measures = ["gini", "capture", "spearman", "logTotal"];

    private const int Draws = 200;

    /// <summary>
    /// Per candidate and measure: its mean, and the error of its mean less the first candidate's (of its own for the first).
    /// </summary>
    public static Dictionary<string, double> Of(IReadOnlyList<ClvWindow> windows)
    {
        string[] names = [.. windows[0].Expected.Keys];
        Prepared[] prepared = [.. windows.Select(w => new Prepared(w, names))];
        int most = windows.Max(w => w.Customers.Max()) + 1;
        double[] plain = Mean(Enumerable.Repeat(1.0, most).ToArray());
        var draws = new double[Draws][];
        Parallel.For(0, Draws, d =>
        {
            var counts = new double[most];
            PoissonBootstrap.Draw(counts, new Random(7919 + d));
            draws[d] = Mean(counts);
        });
        var result = new Dictionary<string, double>();
        for (int c = 0; c < names.Length; c++)
        {
            for (int m = 0; m < Measures.Length; m++)
            {
                int k = (c * Measures.Length) + m;
                result[$"{names[c]}.{Measures[m]}"] = plain[k];
                double[] of = [.. draws.Select(d => c == 0 ? d[k] : d[k] - d[m])];
                double mean = of.Average();
                result[$"{names[c]}.{Measures[m]}.error"] = Math.Sqrt(of.Sum(v => (v - mean) * (v - mean)) / (Draws - 1));
            }
        }

        return result;

        double[] Mean(double[] counts)
        {
            var sum = new double[names.Length * Measures.Length];
            foreach (Prepared window in prepared)
            {
                window.Add(counts, sum, 1.0 / prepared.Length);
            }

            return sum;
        }
    }

    /// <summary>
    /// Two measures by candidate and base: the first candidate's means, and of the others the differences to it, each ± its error.
    /// </summary>
    public static void Table(IReadOnlyList<(string Name, Dictionary<string, double> Measures)> bases, string first, string second)
    {
        string[] names = [.. bases[0].Measures.Keys.Where(k => k.EndsWith(".gini", StringComparison.Ordinal)).Select(k => k[..^5])];
        Console.WriteLine(
            $"\n| {first} / {second} | {string.Join(" | ", bases.Select(b => b.Name))} |\n|---|{string.Concat(bases.Select(_ => "---|"))}");
        foreach (string name in names)
        {
            Console.WriteLine(
                $"| {name} | {string.Join(" | ", bases.Select(b => $"{Cell(b.Measures, first)} / {Cell(b.Measures, second)}"))} |");

            string Cell(Dictionary<string, double> of, string measure)
            {
                double mean = of[$"{name}.{measure}"], error = of[$"{name}.{measure}.error"];
                // Rounded first: a sign before four zeros says nothing.
                double difference = Math.Round(mean - of[$"{names[0]}.{measure}"], 4);
                return name == names[0] ? string.Create(CultureInfo.InvariantCulture, $"{mean:.0000} ± {error:.0000}")
                    : difference == 0 && error < 5e-5 ? "0"
                    : string.Create(CultureInfo.InvariantCulture, $"{difference:+.0000;−.0000;.0000} ± {error:.0000}");
            }
        }
    }

    /// <summary>Several bases as one: means, and the errors of means of independent bases.</summary>
    public static Dictionary<string, double> Mean(IReadOnlyList<Dictionary<string, double>> bases) => bases[0].Keys.ToDictionary(
        k => k,
        k => k.EndsWith(".error", StringComparison.Ordinal)
            ? Math.Sqrt(bases.Sum(b => b[k] * b[k])) / bases.Count
            : bases.Average(b => b[k]));

    /// <summary>Sorted once per candidate.</summary>
    private sealed class Prepared
    {
        private readonly ClvWindow _window;
        private readonly (double[] Expected, WeightedRanks Ranks, int[] Descending)[] _candidates;
        private readonly WeightedRanks _own, _net;
        private readonly double[] _spend;

        public Prepared(ClvWindow window, string[] names)
        {
            _window = window;
            _spend = [.. window.Net.Select(v => Math.Max(0, v))];
            (_own, _net) = (new WeightedRanks(_spend), new WeightedRanks(window.Net));
            _candidates = [.. names.Select(n =>
            {
                double[] expected = window.Expected[n];
                int[] order = [.. Enumerable.Range(0, expected.Length).OrderByDescending(i => expected[i])];
                return (expected, new WeightedRanks(expected), order);
            })];
        }

        public void Add(double[] counts, double[] sum, double share)
        {
            int rows = _spend.Length;
            double[] weights = [.. _window.Customers.Select(c => counts[c])];
            double[] own = new double[rows], net = new double[rows], ranks = new double[rows];
            _own.MidRanks(weights, own);
            _net.MidRanks(weights, net);
            double actual = 0;
            for (int i = 0; i < rows; i++)
            {
                actual += weights[i] * _window.Net[i];
            }

            for (int c = 0; c < _candidates.Length; c++)
            {
                var (expected, sorted, descending) = _candidates[c];
                sorted.MidRanks(weights, ranks);
                double predicted = 0;
                for (int i = 0; i < rows; i++)
                {
                    predicted += weights[i] * expected[i];
                }

                int at = c * Measures.Length;
                sum[at] += share * WeightedRanks.NormalisedGini(ranks, own, weights, _window.Net);
                sum[at + 1] += share * Capture(expected, descending, weights);
                sum[at + 2] += share * WeightedRanks.Spearman(ranks, net, weights);
                sum[at + 3] += share * Math.Abs(Math.Log(Math.Max(1e-9, predicted) / Math.Max(1e-9, actual)));
            }
        }

        /// <summary>
        /// Share of spend held by the tenth of the weight with the highest predictions; a tie at the border counts with its mean.
        /// </summary>
        private double Capture(double[] expected, int[] descending, double[] weights)
        {
            double total = weights.Sum(), left = total / 10, captured = 0, all = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                all += weights[i] * _spend[i];
            }

            for (int i = 0; i < descending.Length && left > 0;)
            {
                double tied = 0, held = 0;
                int end = i;
                while (end < descending.Length && expected[descending[end]] == expected[descending[i]])
                {
                    tied += weights[descending[end]];
                    held += weights[descending[end]] * _spend[descending[end]];
                    end++;
                }

                if (tied > 0)
                {
                    captured += held * Math.Min(1, left / tied);
                    left -= tied;
                }

                i = end;
            }

            return all > 0 ? captured / all : 0;
        }
    }
}
