using Predictive.Segmentation.Models.Evaluation;
using static Predictive.Reports.Charts.ChartText;
using Predictive.Segmentation.Rules;

namespace Predictive.Reports.Backtests;

/// <summary>What the figures of a backtest mean, in sentences a marketer reads. Pure functions of the report.</summary>
public static class BacktestWords
{
    /// <summary>What was done.</summary>
    public static string Setting(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        return $"The models were trained with what was known before {r.AsOf} and nothing after it. Then {Fixed(r.Customers, 0)} "
            + "customers were scored, "
            + $"and the {r.HorizonDays} days that followed showed what really happened: {Percent(r.Churn.Rate)} of them bought nothing.";
    }

    /// <summary>How well leavers are told from stayers.</summary>
    public static string Ranking(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        string recency = r.Baselines.TryGetValue("recency", out var b) && b.Churn is { } c
            ? $" Days since the last order alone manage {Fixed(100 * c.Auc, 0)}."
            : "";
        return $"Pick one customer who left and one who stayed: in {Fixed(100 * r.Churn.Auc, 0)} of 100 such pairs the model gives the "
            + $"leaver the higher risk.{recency}";
    }

    /// <summary>Whether probabilities can be taken at their word.</summary>
    public static string Calibration(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        double points = 100 * r.Churn.Ece;
        string verdict = points <= 3
            ? "The probabilities can be taken at their word: of a group said to have a risk of 30 % close to 30 % really leave"
            : points <= 6 ? "The probabilities are roughly right"
            : "The ranking can be used, the probabilities should not be taken at their word";
        double predicted = r.Charts.Calibration.Sum(b => b.Count * b.Predicted), actual = r.Charts.Calibration.Sum(b => b.Count * b.Actual);
        string level = actual > 0 && Math.Abs((predicted / actual) - 1) > .05
            ? $" In all, {Fixed(predicted, 0)} were expected to leave and {Fixed(actual, 0)} did: the level is too "
                + $"{(predicted > actual ? "high" : "low")} in this window."
            : "";
        return $"{verdict}; on average they are off by {Fixed(points, 1)} percentage points.{level}";
    }

    /// <summary>What a list of the riskiest catches.</summary>
    public static string Gain(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        return $"Contact the tenth with the highest risk and you reach {Percent(At(r.Charts.Gain, .1))} of all who leave, "
            + $"{Fixed(r.Churn.TopDecileLift, 1)} times as many as a tenth "
            + $"picked at random; with three tenths, {Percent(At(r.Charts.Gain, .3))}.";
    }

    /// <summary>How well value is foreseen.</summary>
    public static string Value(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        double ratio = r.Clv.PredictedTotal / r.Clv.ActualTotal;
        string use = Math.Abs(ratio - 1) <= .15 ? "close enough to plan with"
            : ratio > 1 ? "so plans built on it would be too high"
            : "so plans built on it would be too low";
        string total = !double.IsFinite(ratio) || r.Clv.ActualTotal <= 0
            ? ""
            : $" In total {Amount(r.Clv.PredictedTotal)} was predicted and {Amount(r.Clv.ActualTotal)} came in, "
                + $"{use}.";
        return $"The tenth with the highest predicted value brought {Percent(r.Clv.TopDecileCapture)} of all spend.{total}";
    }

    /// <summary>Whether the 80 % interval keeps its promise.</summary>
    public static string Interval(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        string likely = r.Interval.CoverageLikelyBuyers is { } coverage
            ? $" Among the {Fixed(r.Interval.LikelyBuyers, 0)} customers more likely than not to buy it held {Percent(coverage)}."
            : "";
        return $"The 80 % range of the value was missed below by {Percent(r.Interval.BelowLow, 1)} and above by "
            + $"{Percent(r.Interval.AboveHigh, 1)} of the customers (10 % each was promised).{likely}";
    }

    /// <summary>How orders and their dates came out.</summary>
    public static string Orders(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        string next = r.Orders.NextOrderErrorDays is { } days
            ? $" For those who came back, the expected date of the next order was off by {Fixed(days, 0)} days on average."
            : "";
        return $"{Fixed(r.Orders.ExpectedOrders, 0)} orders were expected and {Fixed(r.Orders.ActualOrders, 0)} came in.{next}";
    }

    /// <summary>How the base has moved over the windows.</summary>
    public static string Drift(BacktestReport r)
    {
        ArgumentNullException.ThrowIfNull(r);
        if (r.Charts.Drift.Count < 2)
        {
            return "There was one window only, so nothing can be said about drift.";
        }

        // The newest training window is what a model knows best; older ones may have seen another season.
        double before = r.Charts.Drift[^2].ChurnRate, now = r.Charts.Drift[^1].ChurnRate;
        string verdict = Math.Abs(now - before) < .03
            ? "so what was learned last still held"
            : "a model can rank well under such drift, but its level is harder to get right";
        return $"In the judged window {Percent(now)} bought nothing, in the newest training window {Percent(before)}: {verdict}.";
    }

    /// <summary>Name of a baseline as shown.</summary>
    public static string BaselineName(string key) => key switch
    {
        "recency" => "Days since the last order",
        "rfm" => "RFM score",
        "bgnbd" => "BG/NBD",
        "gammaGamma" => "BG/NBD × Gamma-Gamma",
        "boosting" => "Gradient boosting, two snapshots",
        _ => key,
    };

    /// <summary>Height of a gain curve at a share of customers, between its points.</summary>
    public static double At(IReadOnlyList<CurvePoint> curve, double share)
    {
        ArgumentNullException.ThrowIfNull(curve);
        for (int i = 1; i < curve.Count; i++)
        {
            if (curve[i].Share >= share - 1e-12)
            {
                var (a, b) = (curve[i - 1], curve[i]);
                return b.Share == a.Share ? b.Captured : a.Captured + ((b.Captured - a.Captured) * (share - a.Share) / (b.Share - a.Share));
            }
        }

        return double.NaN;
    }
}
