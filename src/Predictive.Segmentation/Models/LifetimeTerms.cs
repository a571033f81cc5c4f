using Predictive.Learning;
using Predictive.Learning.Lifetimes;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Models;

/// <summary>
/// What the CLV model takes from the lifetimes models: the features that hold their expectations, and Pareto/NBD itself for other horizons.
/// </summary>
/// <param name="Pareto">Fitted as of that time, in weeks.</param>
/// <param name="HorizonDays">H, what is predicted for.</param>
/// <param name="FeatureHorizonDays">h, what the features are for; below H where the model is carried.</param>
internal sealed record LifetimeTerms(ParetoNbdModel Pareto, int HorizonDays, int FeatureHorizonDays)
{
    private const double DaysPerWeek = 7;

    public static LifetimeTerms Of(BaseProfile profile, int horizonDays, int featureHorizonDays) =>
        // Where nobody returned or no time passed there is no model; a rate of next to nothing then stands for it (training refuses such a
        // base).
        new(profile.ParetoNbd ?? new ParetoNbdModel(0.1, 1000, 0, double.PositiveInfinity, 0, false, []), horizonDays, featureHorizonDays);

    /// <summary>Pareto/NBD × Gamma-Gamma over the feature horizon; 0 where it cannot be told.</summary>
    public double Value(ReadOnlySpan<float> row) => Product(row[LifetimeColumns.ParetoPurchases], row[LifetimeColumns.SpendPerPurchase]);

    /// <summary>BG/NBD × Gamma-Gamma over the feature horizon.</summary>
    public double BgValue(ReadOnlySpan<float> row) => Product(row[LifetimeColumns.BgPurchases], row[LifetimeColumns.SpendPerPurchase]);

    /// <summary>Expected purchase days over the feature horizon.</summary>
    public double Purchases(ReadOnlySpan<float> row) => Math.Max(0, Known(row[LifetimeColumns.ParetoPurchases]));

    /// <summary>Expected spend given a purchase within the feature horizon.</summary>
    public double SpendIfBuying(ReadOnlySpan<float> row) => Value(row) / Math.Max(1e-3, Known(row[LifetimeColumns.ParetoActive]));

    /// <summary>E[purchases in H] / E[purchases in h] of the customer: what values and orders are carried by.</summary>
    public double CarryRatio(ReadOnlySpan<float> row)
    {
        if (HorizonDays == FeatureHorizonDays)
        {
            return 1;
        }

        var (x, tx, t) = Summary(row);
        double shorter = Pareto.ExpectedPurchases(x, tx, t, FeatureHorizonDays / DaysPerWeek);
        double longer = Pareto.ExpectedPurchases(x, tx, t, HorizonDays / DaysPerWeek);
        double most = (double)HorizonDays / FeatureHorizonDays;
        return shorter > 0 && double.IsFinite(longer) ? Math.Clamp(longer / shorter, 1, most) : most;
    }

    /// <summary>P(active within H) / P(active within h), at least 1.</summary>
    public double BuyGrowth(ReadOnlySpan<float> row) =>
        HorizonDays == FeatureHorizonDays ? 1 : Math.Max(1, Active(row, HorizonDays) / Math.Max(1e-6, Active(row, FeatureHorizonDays)));

    /// <summary>P(active within days), by Pareto/NBD.</summary>
    public double Active(ReadOnlySpan<float> row, int days)
    {
        var (x, tx, t) = Summary(row);
        return Pareto.ProbabilityActive(x, tx, t, days / DaysPerWeek);
    }

    /// <summary>
    /// The day by which a share of those who return within H has returned, purchases at the posterior mean rate's Gamma mixture:
    /// s = (α + T)[(1 − share · F)^(−1/(r + x)) − 1], F = 1 − ((α + T)/(α + T + H))^(r + x).
    /// </summary>
    public double NextOrderDays(ReadOnlySpan<float> row, double share)
    {
        var (x, _, t) = Summary(row);
        double shape = Pareto.R + x, scale = Pareto.Alpha + t;
        double within = 1 - Math.Pow(scale / (scale + (HorizonDays / DaysPerWeek)), shape);
        double days = DaysPerWeek * scale * (Math.Pow(1 - (share * within), -1 / shape) - 1);
        return double.IsFinite(days) ? Math.Clamp(days, 0, HorizonDays) : double.NaN;
    }

    public void Save(PayloadWriter writer)
    {
        writer.Write((ReadOnlySpan<double>)[Pareto.R, Pareto.Alpha, Pareto.S, Pareto.Beta, Pareto.LogLikelihood]);
        writer.Write(Pareto.DropoutIdentified ? 1 : 0);
        writer.Write(HorizonDays);
        writer.Write(FeatureHorizonDays);
    }

    public static LifetimeTerms Load(ref PayloadReader reader)
    {
        // Without dropout β is infinite.
        double[] p = [reader.Double(), reader.Double(), reader.Double(), reader.Bound(), reader.Double()];
        reader.Require(p[0] > 0 && p[1] > 0 && p[2] >= 0 && p[3] > 0, $"Pareto/NBD with the parameters {p[0]}, {p[1]}, {p[2]}, {p[3]}");
        bool identified = reader.Int() != 0;
        int horizon = reader.Days(), learned = reader.Days();
        reader.Require(learned <= horizon, $"a window of {learned} days for a horizon of {horizon}");
        return new LifetimeTerms(new ParetoNbdModel(p[0], p[1], p[2], p[3], p[4], identified, []), horizon, learned);
    }

    private static double Product(float purchases, float spend) => Math.Max(0, Known(purchases)) * Math.Max(0, Known(spend));

    private static double Known(float value) => float.IsFinite(value) ? value : 0;

    /// <summary>Repeat purchase days, weeks from first to last, weeks observed.</summary>
    private static (double X, double Tx, double T) Summary(ReadOnlySpan<float> row)
    {
        double tenure = Known(row[LifetimeColumns.Tenure]), recency = Known(row[LifetimeColumns.Recency]);
        double x = Math.Max(0, Known(row[LifetimeColumns.PurchaseDays]) - 1);
        return (x, x > 0 ? (tenure - recency) / DaysPerWeek : 0, tenure / DaysPerWeek);
    }
}
