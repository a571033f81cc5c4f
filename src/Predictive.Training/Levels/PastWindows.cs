using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Levels;

/// <summary>What the lifetimes models missed on one window that has passed.</summary>
/// <param name="AsOf">Where the window starts.</param>
/// <param name="Churn">logit(share that churned) − logit(mean churn probability by Pareto/NBD).</param>
/// <param name="Spend">ln(net spend) − ln(Σ Pareto/NBD purchase days × Gamma-Gamma spend); NaN where net spend was not positive.</param>
/// <param name="Orders">ln(orders) − ln(Σ Pareto/NBD purchase days); NaN where there was none.</param>
internal readonly record struct PastWindow(LocalTime AsOf, double Churn, double Spend, double Orders);

/// <summary>
/// The misses of the lifetimes models over the windows before a local time, all by the parameters of that time. Parameters fitted as of
/// each window would not do: a base's first months give poor ones, and their errors would look like a season.
/// </summary>
internal static class PastWindows
{
    /// <summary>Most windows looked back on: ten horizons.</summary>
    private const int Most = 30;

    /// <summary>
    /// Customers looked at, a seeded sample of a larger base: the noise of a mean over so many is far below what is measured.
    /// </summary>
    private const int MostCustomers = 20_000;

    /// <summary>Fewest customers in a window's population.</summary>
    private const int FewestCustomers = 100;

    private static readonly FeatureDefinition[] Needed =
        [
            FeatureCatalogue.All[LifetimeColumns.ParetoActive], FeatureCatalogue.All[LifetimeColumns.ParetoPurchases],
            FeatureCatalogue.All[LifetimeColumns.SpendPerPurchase],
        ];

    /// <summary>Windows [u, u + H), u = T − H − ⌈k·H/3⌉, newest first; every one ends at or before <paramref name="cutoff"/>.</summary>
    /// <param name="history">The base.</param>
    /// <param name="cutoff">T: nothing at or after it is looked at.</param>
    /// <param name="horizonDays">H.</param>
    /// <param name="profile">Of the base as of T.</param>
    /// <param name="seed">Of the sample.</param>
    /// <param name="threads">0 = one per core.</param>
    public static IReadOnlyList<PastWindow> Of(
        TransactionHistory history, LocalTime cutoff, int horizonDays, BaseProfile profile, int seed, int threads)
    {
        TransactionHistory sample = HistorySample.Take(history, MostCustomers, seed);
        var windows = new List<PastWindow>();
        foreach (SnapshotPoint point in SnapshotPlan.ByThirds(new LocalTime(history.FirstMicros), cutoff, horizonDays, Most))
        {
            int[] population = Population.At(sample, point.AsOf);
            if (population.Length < FewestCustomers)
            {
                break;
            }

            FeatureMatrix lifetimes = FeatureSet.Compute(sample, population, point.AsOf, horizonDays, profile, Needed, threads);
            Labels labels = Labels.Compute(sample, population, point.AsOf, horizonDays);
            windows.Add(Measure(point.AsOf, lifetimes, labels));
        }

        return windows;
    }

    private static PastWindow Measure(LocalTime asOf, FeatureMatrix lifetimes, Labels labels)
    {
        ReadOnlySpan<float> active = lifetimes.Column(0), purchases = lifetimes.Column(1), spend = lifetimes.Column(2);
        double churn = 0, days = 0, value = 0, churned = 0, net = 0, orders = 0;
        for (int i = 0; i < active.Length; i++)
        {
            double expected = float.IsFinite(purchases[i]) ? purchases[i] : 0;
            churn += float.IsFinite(active[i]) ? 1 - active[i] : 1;
            days += expected;
            value += float.IsFinite(spend[i]) ? expected * Math.Max(0, spend[i]) : 0;
            churned += labels.Churned[i];
            net += labels.NetSpend[i];
            orders += labels.Orders[i];
        }

        return new PastWindow(
            asOf, LogOdds.Of(Held(churned / active.Length)) - LogOdds.Of(Held(churn / active.Length)), Ratio(net, value),
            Ratio(orders, days));

        static double Ratio(double actual, double predicted) => actual > 0 && predicted > 0 ? Math.Log(actual / predicted) : double.NaN;
    }

    private static double Held(double share) => Math.Clamp(share, 1e-3, 1 - 1e-3);
}
