using Microsoft.AspNetCore.Components;
using Predictive.Reports.Charts;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models.Evaluation;
using static Predictive.Reports.Charts.ChartText;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Reports.Backtests;

/// <summary>The page of one backtest: turns the report's numbers into series; the markup is beside it.</summary>
public sealed partial class BacktestView
{
    private IReadOnlyList<(double Predicted, double Actual, int Count)> _bins = [];
    private IReadOnlyList<ChartSeries> _gain = [];
    private IReadOnlyList<ChartSeries> _lift = [];
    private IReadOnlyList<ChartSeries> _valueGain = [];
    private IReadOnlyList<ChartBar> _features = [];
    private IReadOnlyList<ChartPair> _deciles = [];
    private IReadOnlyList<ScoreTable.Row> _rows = [];
    private IReadOnlyList<(string Name, IReadOnlyList<double> Values, Func<double, string> Format)> _drift = [];

    /// <summary>The report to show.</summary>
    [Parameter, EditorRequired]
    public BacktestReport Report { get; set; } = default!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var charts = Report.Charts;
        _bins = [.. charts.Calibration.Select(b => (b.Predicted, b.Actual, b.Count))];
        _gain = [
            Curve("model", "model", charts.Gain), Curve("RFM score", "baseline", charts.GainBaseline),
            new("at random", "ideal", [new(0, 0), new(1, 1)]),
        ];
        _lift = [
            Lift("model", "model", charts.Gain), Lift("RFM score", "baseline", charts.GainBaseline),
            new("at random", "ideal", [new(0, 1), new(1, 1)]),
        ];
        _valueGain = [Curve("model", "model", charts.ValueGain), new("at random", "ideal", [new(0, 0), new(1, 1)])];
        var catalogue = FeatureCatalogue.All.ToDictionary(f => f.Name, f => f.Description, StringComparer.Ordinal);
        _features = [
            .. charts.TopFeatures.Take(12)
                .Select(f => new ChartBar(f.Feature.Replace('_', ' '), f.Importance, catalogue.GetValueOrDefault(f.Feature, f.Feature))),
        ];
        _deciles =
        [
            .. charts.ValueDeciles.Select(d => new ChartPair(
                Fixed(d.Decile, 0), d.Predicted, d.Actual,
                $"tenth {d.Decile}: {Amount(d.Predicted)} predicted, {Amount(d.Actual)} actual, {Percent(d.BuyersShare)} bought")),
        ];
        _rows =
        [
            new("This model", Report.Churn, Report.Clv),
            .. Report.Baselines.Select(b => new ScoreTable.Row(BacktestWords.BaselineName(b.Key), b.Value.Churn, b.Value.Clv)),
        ];
        _drift =
        [
            ("Share that bought nothing", [.. charts.Drift.Select(d => d.ChurnRate)], v => Percent(v)),
            ("Net spend per customer", [.. charts.Drift.Select(d => d.NetSpendPerCustomer)], Short),
            ("Customers", [.. charts.Drift.Select(d => (double)d.Customers)], Short),
            ("Median days of silence", [.. charts.Drift.Select(d => d.MedianRecencyDays)], Short),
        ];
    }

    private static ChartSeries Curve(
        string name, string style, IReadOnlyList<CurvePoint> points) =>
            new(name, style, [.. points.Select(p => new ChartPoint(p.Share, p.Captured))]);

    /// <summary>Lift = share captured over share contacted; at share 0 there is none.</summary>
    private static ChartSeries Lift(string name, string style, IReadOnlyList<CurvePoint> points) =>
        new(name, style, [.. points.Where(p => p.Share > 0).Select(p => new ChartPoint(p.Share, p.Captured / p.Share))]);

    private double NoiseOf(string measure) => Report.Grade.Comparisons.FirstOrDefault(c => c.Measure == measure)?.Noise ?? 0;

    private double? BestChurn(
        Func<ChurnMetrics, double> metric, bool lower = false) =>
            Best(Report.Baselines.Values.Select(b => b.Churn).OfType<ChurnMetrics>().Select(metric), lower);

    private double? BestClv(Func<ClvMetrics, double> metric) =>
        Best(Report.Baselines.Values.Select(b => b.Clv).OfType<ClvMetrics>().Select(metric), lower: false);

    private static double? Best(IEnumerable<double> values, bool lower)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        return finite.Length == 0 ? null : lower ? finite.Min() : finite.Max();
    }

    private string WindowName(double at) =>
        at == Math.Floor(at) && at >= 1 && at <= Report.Charts.Drift.Count && (at == 1 || at == Report.Charts.Drift.Count)
            ? Report.Charts.Drift[(int)at - 1].AsOf
            : "";

    private string Method()
    {
        string how = Report.Training.Method switch
        {
            "windows" => "Learned from full windows of the past",
            "carried" => "No full window of this length fits the history: learned from shorter windows and carried to the horizon",
            "lifetimes" => "No window fits the history: lifetimes models only",
            var other => other,
        };
        string snapshots = Report.TrainSnapshots.Count == 0
            ? ""
            : $" {Report.TrainSnapshots.Count} snapshots from {Report.TrainSnapshots[^1]} to {Report.TrainSnapshots[0]}.";
        return $"{how}.{snapshots}{Blend("Churn", Report.Training.ChurnBlend)}{Blend("Value", Report.Training.ValueBlend)}";

        static string Blend(string of, IReadOnlyDictionary<string, double> weights) => weights.Count == 0
            ? ""
            : $" {of} blend: {string.Join(", ", weights.Where(w => w.Value > 0).Select(w => $"{w.Key} {Fixed(w.Value, 2)}"))}.";
    }
}
