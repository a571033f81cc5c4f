using Predictive.Learning;
using Predictive.Learning.Linear;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Evaluation;

/// <summary>
/// What a marketer has without this product, fitted as honestly as the models: on the newest training snapshot, judged on the window.
/// </summary>
/// <remarks>
/// <code>
/// recency     churn: logistic on ln(1 + days)          value: chance to buy × mean spend of buyers
/// rfm         churn: logistic on R + F + M (3–15)      value: net spend so far, scaled to the training window's total
/// bgnbd       churn: 1 − P(active in h)                value: expected purchase days × mean net spend of one
/// gammaGamma  value: BG/NBD purchase days × Gamma-Gamma spend of one
/// </code>
/// </remarks>
internal static class Baselines
{
    /// <summary>Names, in the order of the document.</summary>
    public static readonly string[] Names = ["recency", "rfm", "bgnbd", "gammaGamma"];

    /// <summary>Measures all four on a window.</summary>
    /// <param name="history">For RFM cut-offs.</param>
    /// <param name="train">Newest training snapshot; null = none, then recency and rfm only rank.</param>
    /// <param name="at">The window.</param>
    public static IReadOnlyDictionary<string, BaselineMetrics> Measure(TransactionHistory history, Snapshot? train, Snapshot at) =>
        Measure(Predict(history, train, at), at);

    /// <summary>Measures predictions of <see cref="Predict"/> on their window.</summary>
    public static IReadOnlyDictionary<string, BaselineMetrics> Measure(
        IReadOnlyDictionary<string, (double[]? Churn, double[]? Value)> predictions, Snapshot at) =>
        predictions.ToDictionary(
            p => p.Key,
            p => new BaselineMetrics(
                p.Value.Churn is { } churn ? WindowMetrics.Churn(at.Churned, churn) : null,
                p.Value.Value is { } value ? WindowMetrics.Clv(at.NetSpend, value) : null));

    /// <summary>Predictions of all four, by name.</summary>
    public static IReadOnlyDictionary<string, (double[]? Churn, double[]? Value)> Predict(
        TransactionHistory history, Snapshot? train, Snapshot at)
    {
        double[] recency = Column(at, LifetimeColumns.Recency, v => Math.Log(1 + v));
        double[] recencyChurn = Calibrated(train, t => Column(t, LifetimeColumns.Recency, v => Math.Log(1 + v)), recency);
        double[] rfm = RfmScores(history, at);
        double[] rfmChurn = Calibrated(train, t => RfmScores(history, t), rfm, sign: -1);
        double buyersMean = train is null ? 1 : MeanOfBuyers(train);
        double[] net = Column(at, FeatureCatalogue.IndexOf("net_total"), v => v);
        double scale = train is null
            ? 1
            : Math.Max(0, train.NetSpend.Sum()) / Math.Max(
                1e-9, Column(train, FeatureCatalogue.IndexOf("net_total"), v => Math.Max(0, v)).Sum());
        double[] bgChurn = Column(at, LifetimeColumns.BgActive, v => float.IsNaN((float)v) ? 0.5 : 1 - v);
        double[] purchases = Column(at, LifetimeColumns.BgPurchases, Known);
        double[] spend = Column(at, LifetimeColumns.SpendPerPurchase, Known);
        double perDay = Math.Max(0, net.Sum()) / Math.Max(1, Column(at, LifetimeColumns.PurchaseDays, v => v).Sum());
        return new Dictionary<string, (double[]? Churn, double[]? Value)>
        {
            ["recency"] = (recencyChurn, [.. recencyChurn.Select(p => (1 - p) * buyersMean)]),
            ["rfm"] = (rfmChurn, [.. net.Select(v => scale * v)]),
            ["bgnbd"] = (bgChurn, [.. purchases.Select(n => n * perDay)]),
            ["gammaGamma"] = (null, [.. purchases.Select((n, i) => n * spend[i])]),
        };

        static double Known(double v) => double.IsNaN(v) ? 0 : v;
    }

    /// <summary>Mean over windows, measure by measure.</summary>
    public static IReadOnlyDictionary<string, BaselineMetrics> Mean(IReadOnlyList<IReadOnlyDictionary<string, BaselineMetrics>> windows) =>
        windows.Count == 0
            ? new Dictionary<string, BaselineMetrics>()
            : Names.ToDictionary(
                n => n,
                n => new BaselineMetrics(
                    windows[0][n].Churn is null ? null : WindowMetrics.Mean([.. windows.Select(w => w[n].Churn!)]),
                    windows[0][n].Clv is null ? null : WindowMetrics.Mean([.. windows.Select(w => w[n].Clv!)])));

    private static double[] RfmScores(TransactionHistory history, Snapshot at)
    {
        var options = new RfmOptions();
        RfmCutoffs cutoffs = Rfm.Fit(history, at.Point.AsOf, options);
        return [.. at.Customers.Select(c => (double)Rfm.Compute(history.Lines(c), at.Point.AsOf, options, cutoffs).Score)];
    }

    private static double MeanOfBuyers(Snapshot train)
    {
        double[] spend = [.. train.NetSpend.Where(v => v > 0)];
        return spend.Length == 0 ? 1 : spend.Average();
    }

    private static double[] Column(Snapshot at, int column, Func<double, double> transform)
    {
        var values = new double[at.Rows];
        ReadOnlySpan<float> source = at.Features.Column(column);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = transform(source[i]);
        }

        return values;
    }

    /// <summary>
    /// Churn probability by a logistic of one variable; without a training snapshot the standardised variable's own logistic, which ranks
    /// alike.
    /// </summary>
    private static double[] Calibrated(Snapshot? train, Func<Snapshot, double[]> variable, double[] values, int sign = 1)
    {
        if (train is null)
        {
            double mean = values.Average(), sd = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
            return [.. values.Select(v => LogOdds.ToProbability(sign * (v - mean) / Math.Max(sd, 1e-9)))];
        }

        float lost = train.Churned.Sum();
        if (lost == 0 || lost == train.Rows)
        {
            return [.. values.Select(_ => LogOdds.ToProbability(LogOdds.Of(lost / train.Rows)))];
        }

        LinearModel model = LogisticRegression.Fit(new FeatureMatrix(["x"], [[.. variable(train).Select(v => (float)v)]]), train.Churned);
        return [.. values.Select(v => model.Predict([(float)v]))];
    }
}
