using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Rules;

namespace Predictive.Reports.Tests.Backtests;

/// <summary>A backtest report with planted numbers.</summary>
internal static class SampleReport
{
    public static BacktestReport Make() => new()
    {
        AsOf = "2011-06-03",
        HorizonDays = 90,
        Customers = 2735,
        TrainSnapshots = ["2011-03-05", "2011-02-03", "2011-01-04"],
        Churn = new ChurnMetrics(.46, .7647, .71, .5679, .196, .016, 1.75),
        Clv = new ClvMetrics(1_210_000, 1_150_000, .522, 310, 1630, .81, .604),
        Baselines = new Dictionary<string, BaselineMetrics>
        {
            ["recency"] = new(
                new ChurnMetrics(.46, .668, .6, .665, .23, .074, 1.4),
                new ClvMetrics(1_210_000, double.NaN, .315, double.NaN, double.NaN, .536, .294)),
            ["rfm"] =
                new(new ChurnMetrics(.46, .748, .7, .607, .2, .091, 1.7), new ClvMetrics(1_210_000, 1_300_000, .513, 320, 1700, .82, .6)),
            ["bgnbd"] = new(new ChurnMetrics(.46, .745, .69, .584, .2, .036, 1.68), null),
            ["gammaGamma"] = new(null, new ClvMetrics(1_210_000, 1_137_000, .462, 330, 1720, .761, .601)),
        },
        Seconds = new BacktestSeconds(.4, 1.2, 6.5, .2, 8.3),
        PeakMemoryMB = 312,
        Interval = new IntervalMetrics(.104, .097, .79, 1310, 40, 120, 55, 160),
        Orders = new OrderMetrics(4210, 4050, .12, 19.5),
        Engine = "built-in",
        Grade = new ModelGrade(
            "A", "B", "B", ["Churn AUC .765 against .748 of the RFM score", "Value Gini .810 does not reach .820 of <past spend> & co"]),
        Charts = new BacktestCharts(
            [
                .. Enumerable.Range(0, 10)
                    .Select(
                        i => new CalibrationBin(
                            i / 10.0, (i + 1) / 10.0, 100 + (40 * Math.Min(i, 9 - i)), (i + .5) / 10,
                            Math.Clamp(((i + .5) / 10) + (i % 2 == 0 ? .02 : -.02), 0, 1))),
            ],
            Gain(.46, 1.9),
            Gain(.46, 1.7),
            [.. Enumerable.Range(0, 101).Select(i => new CurvePoint(i / 100.0, 1 - Math.Pow(1 - (i / 100.0), 6)))],
            [
                .. Enumerable.Range(1, 10)
                    .Select(
                        d => new ValueDecile(
                            d, d <= 5 ? 274 : 273, 2600 * Math.Exp(-.55 * (d - 1)), d == 10 ? -3 : 2700 * Math.Exp(-.56 * (d - 1)),
                            1 - (.08 * d))),
            ],
            [
                new("recency_days", .62), new("orders_90d", .41), new("probability_alive", .33), new("a_feature_of_another_version", .2),
                new("cadence_days", .12),
            ],
            [
                new("2011-01-04", 1200, .52, 380, 31), new("2011-02-03", 1500, .55, 350, 40), new("2011-03-05", 1900, .5, 400, 45),
                new("2011-06-03", 2735, .46, 442, 52),
            ],
            [
                new("churn", "blend", 1, .7647, .5679, null, null, 1), new("churn", "ridge logistic", .45, .76, .572, null, null, 1),
                new("clv", "Tweedie trees", .3, null, null, .814, .521, 1), new("churn", "forest", 0, .75, .6, null, null, 1),
            ]),
        Training = new TrainingReport
        {
            Method = "windows",
            Customers = 2735,
            TrainSnapshots = ["2011-03-05", "2011-02-03", "2011-01-04"],
            ValidationWindows = [],
            Notes = ["The season of the judged window has not been seen before."],
            ValidationBaselines = new Dictionary<string, BaselineMetrics>(),
            Leaderboard = [],
            ChurnBlend = new Dictionary<string, double> { ["ridge logistic"] = .45, ["trees"] = .45, ["pareto/nbd"] = .1, ["forest"] = 0 },
            Seconds = new Dictionary<string, double>(),
        },
    };

    private static CurvePoint[] Gain(double rate, double lift) =>
        [.. Enumerable.Range(0, 101).Select(i => i / 100.0).Select(s => new CurvePoint(s, Math.Min(1 - Math.Pow(1 - s, lift), s / rate)))];
}
