using System.Globalization;

using Predictive.Training.Evaluation;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Pipeline;

/// <summary>One measure of two models on the same customers.</summary>
/// <param name="Value">Of the model.</param>
/// <param name="Against">Of the other.</param>
/// <param name="Gain">How much better the model is, whichever way the measure runs; negative = worse.</param>
/// <param name="Noise">Standard error of the gain: the same customers judge both, so it is far smaller than either's own.</param>
public sealed record MeasureGain(double Value, double Against, double Gain, double Noise)
{
    /// <summary>Whether the gain is larger than its standard error, either way.</summary>
    public bool ToldApart => Math.Abs(Gain) > Noise;
}

/// <summary>Models of two engines, judged out of time on the same customers of the same windows, and which of them is better.</summary>
/// <param name="Engine">The engine compared.</param>
/// <param name="Against">The one it is compared with, which stays where they cannot be told apart.</param>
/// <param name="Windows">Windows judged on.</param>
/// <param name="LogLoss">Of churn; lower is better.</param>
/// <param name="Auc">Of churn.</param>
/// <param name="Gini">Of value.</param>
/// <param name="Spearman">Of value.</param>
/// <param name="Better">The better engine, by <see cref="Rule"/>.</param>
/// <param name="Reason">Why, with the figures.</param>
public sealed record EngineComparison(
    string Engine, string Against, int Windows, MeasureGain LogLoss, MeasureGain Auc, MeasureGain Gini, MeasureGain Spearman, string Better,
    string Reason)
{
    /// <summary>How the better engine is chosen.</summary>
    public const string Rule =
        "the lower churn log loss out of time wins; where the difference is within its standard error on the same customers, the higher "
            + "value Gini; where that is too, the engine named first";

    /// <summary>Compares two trainings of one history, as of one local time, on the windows inside the training period.</summary>
    /// <param name="engine">Name of the first's engine.</param>
    /// <param name="models">What it trained.</param>
    /// <param name="against">Name of the second's, which wins a tie.</param>
    /// <param name="others">What that trained.</param>
    /// <param name="seed">Of the resamples the noise is measured by.</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    /// <returns>Null where no window was left to judge on.</returns>
    /// <exception cref="ArgumentException">They were not judged on the same customers.</exception>
    public static EngineComparison? Of(string engine, TrainedModels models, string against, TrainedModels others, int seed, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(others);
        return models.Settings is { Windows.Count: > 0 } a && others.Settings is { Windows.Count: > 0 } b
            ? Of(engine, a.ChurnMetrics!, a.ClvMetrics!, a.Windows, against, b.ChurnMetrics!, b.ClvMetrics!, b.Windows, seed, threads)
            : null;
    }

    /// <summary>Compares two backtests of one history at one cutoff.</summary>
    /// <param name="report">Of the first engine.</param>
    /// <param name="against">Of the second, which wins a tie.</param>
    /// <param name="seed">Of the resamples the noise is measured by.</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">They did not judge the same customers.</exception>
    public static EngineComparison Of(JudgedReport report, JudgedReport against, int seed, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(against);
        return Of(report, JudgedTwin.Of(against), seed, threads);
    }

    /// <summary>Compares a backtest with a fit that was kept and judged on the same window (<see cref="KeptTwin"/>).</summary>
    /// <param name="report">The backtest.</param>
    /// <param name="against">The other, which wins a tie.</param>
    /// <param name="seed">Of the resamples the noise is measured by.</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">They did not judge the same customers.</exception>
    public static EngineComparison Of(JudgedReport report, JudgedTwin against, int seed, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(against);
        return Of(JudgedTwin.Of(report), against, seed, threads);
    }

    /// <summary>Compares two predictions of one window, whatever made them.</summary>
    internal static EngineComparison Of(JudgedTwin report, JudgedTwin against, int seed, int threads) => Of(
        report.EngineLabel, report.Churn, report.Clv, [report.Window], against.EngineLabel, against.Churn, against.Clv,
        [against.Window], seed, threads);

    private static EngineComparison Of(
        string engine, ChurnMetrics churn, ClvMetrics clv, IReadOnlyList<JudgedWindow> windows,
        string against, ChurnMetrics otherChurn, ClvMetrics otherClv, IReadOnlyList<JudgedWindow> others, int seed, int threads)
    {
        if (windows.Count != others.Count
            || !windows.Zip(others)
                .All(p =>
                    p.First.At.Point.AsOf == p.Second.At.Point.AsOf && p.First.At.Customers.AsSpan().SequenceEqual(p.Second.At.Customers)))
        {
            throw new ArgumentException(
                $"The models of {engine} and {against} were not judged on the same customers; train both on one history with one seed.");
        }

        MeasureNoise noise = NoiseBootstrap.Mean([.. windows.Zip(others, (w, o) => NoiseBootstrap.Of(
            w.At, w.Churn, w.Value, new Dictionary<string, (double[]? Churn, double[]? Value)> { [against] = (o.Churn, o.Value) }, seed,
            threads))])!.Gains[against];
        var logLoss = new MeasureGain(churn.LogLoss, otherChurn.LogLoss, otherChurn.LogLoss - churn.LogLoss, noise.LogLoss);
        var gini = new MeasureGain(clv.Gini, otherClv.Gini, clv.Gini - otherClv.Gini, noise.Gini);
        MeasureGain decides = logLoss.ToldApart ? logLoss : gini;
        bool better = decides.ToldApart && decides.Gain > 0;
        string verdict = logLoss.ToldApart ? "log loss decides" : gini.ToldApart ? "Gini decides" : $"not told apart, so {against} stays";
        return new EngineComparison(
            engine,
            against,
            windows.Count,
            logLoss,
            new MeasureGain(churn.Auc, otherChurn.Auc, churn.Auc - otherChurn.Auc, noise.Auc),
            gini,
            new MeasureGain(clv.Spearman, otherClv.Spearman, clv.Spearman - otherClv.Spearman, noise.Spearman),
            better ? engine : against,
            $"{engine} against {against}: churn {Text("log loss", logLoss)}; value {Text("Gini", gini)}; {verdict}");
    }

    private static string Text(string measure, MeasureGain gain) => string.Create(
        CultureInfo.InvariantCulture,
        $"{measure} {gain.Value:0.0000}, {Math.Abs(gain.Gain):0.0000} ± {gain.Noise:0.0000#} {(gain.Gain >= 0 ? "better" : "worse")} "
            + $"than {gain.Against:0.0000}");
}
