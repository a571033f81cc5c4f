using Predictive.Learning.Metrics;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Evaluation;

/// <summary>Measures the noise of a window, and of windows together.</summary>
internal static class NoiseBootstrap
{
    /// <summary>Resamples.</summary>
    private const int Replicates = 200;

    /// <summary>Customers resampled; of a larger window a seeded sample, whose errors are scaled by √(sample / window).</summary>
    private const int MostCustomers = 20_000;

    /// <summary>Measures per predictor.</summary>
    private const int Measures = 4;

    /// <summary>
    /// The noise of one window by the Poisson bootstrap (Chamandy et al. 2012: every customer counts a Poisson(1) number of times).
    /// </summary>
    /// <param name="at">The window.</param>
    /// <param name="churn">The model's churn probability per row.</param>
    /// <param name="value">The model's expected net spend per row.</param>
    /// <param name="baselines">By name; see <see cref="Baselines.Predict"/>. Or any other model of the same rows.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    public static WindowNoise Of(
        Snapshot at, double[] churn, double[] value, IReadOnlyDictionary<string, (double[]? Churn, double[]? Value)> baselines, int seed,
        int threads)
    {
        int[] rows = HistorySample.Draw(at.Rows, Math.Min(at.Rows, MostCustomers), seed);
        double scale = Math.Sqrt((double)rows.Length / at.Rows);
        double[] churned = [.. rows.Select(i => (double)at.Churned[i])], net = [.. rows.Select(i => at.NetSpend[i])];
        var own = new WeightedRanks([.. net.Select(v => Math.Max(0, v))]);
        var netOrder = new WeightedRanks(net);
        string[] names = [.. Baselines.Names.Where(baselines.ContainsKey), .. baselines.Keys.Except(Baselines.Names)];
        Predictor[] predictors =
        [new(rows, churned, churn, value), .. names.Select(n => new Predictor(rows, churned, baselines[n].Churn, baselines[n].Value))];
        var results = new double[Replicates][];
        Parallel.For(
            0,
            Replicates,
            new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount },
            () => new Scratch(rows.Length),
            (r, _, scratch) =>
            {
                PoissonBootstrap.Draw(scratch.Weights, new Random(unchecked((seed * 7919) + r)));
                own.MidRanks(scratch.Weights, scratch.Own);
                netOrder.MidRanks(scratch.Weights, scratch.Net);
                var measured = new double[predictors.Length * Measures];
                for (int p = 0; p < predictors.Length; p++)
                {
                    predictors[p].Measure(scratch, churned, net, measured.AsSpan(p * Measures, Measures));
                }

                results[r] = measured;
                return scratch;
            },
            _ => { });
        return new WindowNoise(
            Errors(m => r => r[m]),
            names.Select((name, b) => (name, Noise: Errors(m => r => r[m] - r[((b + 1) * Measures) + m])))
                .ToDictionary(n => n.name, n => n.Noise));

        MeasureNoise Errors(Func<int, Func<double[], double>> of) => new(Error(of(0)), Error(of(1)), Error(of(2)), Error(of(3)));

        double Error(Func<double[], double> of)
        {
            double[] values = [.. results.Select(of)];
            double mean = values.Average();
            // NaN = the baseline has no such measure.
            return double.IsNaN(mean) ? 0 : scale * Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
        }
    }

    /// <summary>Mean over windows; those of one training overlap, so the mean's error is taken to be no smaller than one's.</summary>
    public static WindowNoise? Mean(IReadOnlyList<WindowNoise> windows) => windows.Count == 0
        ? null
        : new WindowNoise(
            Mean(windows.Select(w => w.Model)), windows[0].Gains.Keys.ToDictionary(n => n, n => Mean(windows.Select(w => w.Gains[n]))));

    private static MeasureNoise Mean(IEnumerable<MeasureNoise> noise)
    {
        MeasureNoise[] all = [.. noise];
        return new MeasureNoise(
            all.Average(n => n.Auc), all.Average(n => n.LogLoss), all.Average(n => n.Gini), all.Average(n => n.Spearman));
    }

    private sealed class Scratch(int rows)
    {
        public double[] Weights { get; } = new double[rows];

        public double[] Own { get; } = new double[rows];

        public double[] Net { get; } = new double[rows];

        public double[] Ranks { get; } = new double[rows];
    }

    /// <summary>One predictor's columns, sorted once.</summary>
    private sealed class Predictor
    {
        private readonly WeightedRanks? _churn, _value;
        private readonly double[] _loss = [];

        public Predictor(int[] rows, double[] churned, double[]? churn, double[]? value)
        {
            if (churn is not null)
            {
                double[] p = [.. rows.Select(i => churn[i])];
                _churn = new WeightedRanks(p);
                _loss = [.. p.Select((v, i) => -Math.Log(Math.Clamp(churned[i] > 0 ? v : 1 - v, LogOdds.Smallest, 1)))];
            }

            _value = value is null ? null : new WeightedRanks([.. rows.Select(i => value[i])]);
        }

        public void Measure(Scratch scratch, double[] churned, double[] net, Span<double> measures)
        {
            measures.Fill(double.NaN);
            if (_churn is not null)
            {
                _churn.MidRanks(scratch.Weights, scratch.Ranks);
                measures[0] = WeightedRanks.Auc(scratch.Ranks, scratch.Weights, churned);
                double sum = 0, total = 0;
                for (int i = 0; i < _loss.Length; i++)
                {
                    sum += scratch.Weights[i] * _loss[i];
                    total += scratch.Weights[i];
                }

                measures[1] = sum / total;
            }

            if (_value is not null)
            {
                _value.MidRanks(scratch.Weights, scratch.Ranks);
                measures[2] = WeightedRanks.NormalisedGini(scratch.Ranks, scratch.Own, scratch.Weights, net);
                measures[3] = WeightedRanks.Spearman(scratch.Ranks, scratch.Net, scratch.Weights);
            }
        }
    }
}
