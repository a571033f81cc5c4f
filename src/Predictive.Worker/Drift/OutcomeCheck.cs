using Predictive.History;
using Predictive.Learning.Metrics;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Worker.Drift;

/// <summary>
/// Predictions of versions whose windows have passed, against what came: at the time a version was trained and, a third of a horizon apart,
/// at the ages it reached since.
/// </summary>
internal static class OutcomeCheck
{
    private const int MostVersions = 6, MostAges = 6, Replicates = 200;

    /// <summary>Compares the newest versions; those that this build cannot load, or that predict something else, are left out.</summary>
    public static IReadOnlyList<OutcomeDrift> Run(
        TransactionHistory history, ModelRegistry registry, string name, int horizonDays, LocalTime now, int seed,
        CancellationToken cancellation)
    {
        var found = new List<OutcomeDrift>();
        int versions = 0;
        foreach (ModelListing listing in registry.List(name).Reverse())
        {
            if (versions == MostVersions)
            {
                break;
            }

            if (listing.Manifest is not { } manifest || manifest.HorizonDays != horizonDays
                || !manifest.TryAsOf(out LocalTime trained) || trained.AddDays(horizonDays) > now)
            {
                continue;
            }

            CustomerScorer scorer;
            try
            {
                scorer = new CustomerScorer(
                    ModelBundle.Load(registry.Load(listing.Version)), new ModelStamp(name, listing.Version.Version));
            }
            catch (ModelPackageException)
            {
                continue;
            }

            versions++;
            int step = Math.Max(1, horizonDays / 3);
            // Given scores speak of one time alone.
            int ages = scorer.Given is null ? MostAges : 1;
            for (int k = 0; k < ages && trained.AddDays((k * step) + horizonDays) <= now; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                found.Add(At(history, scorer, manifest, trained.AddDays(k * step), k * step, seed, cancellation));
            }
        }

        return [.. found.OrderBy(o => o.Version).ThenBy(o => o.AgeDays)];
    }

    private static OutcomeDrift At(
        TransactionHistory history, CustomerScorer scorer, ModelManifest manifest, LocalTime at, int age, int seed,
        CancellationToken cancellation)
    {
        ScoreTable scores = scorer.ScoreAll(history, at, cancellation: cancellation);
        Labels labels = Labels.Compute(history, scores.Customers, at, manifest.HorizonDays);
        double[] churn = scores.ChurnProbability;
        int n = scores.Count;
        double[] losses = new double[n], gaps = new double[n];
        for (int i = 0; i < n; i++)
        {
            double p = Math.Clamp(churn[i], 1e-15, 1 - 1e-15);
            losses[i] = -Math.Log(labels.Churned[i] > 0 ? p : 1 - p);
            gaps[i] = labels.Churned[i] - churn[i];
        }

        (double low, double high, double error) = Bootstrap(gaps, losses, unchecked((seed * 7919) + age));
        return new OutcomeDrift(
            scorer.Stamp.Version, at.ToString(), age, n, churn.Average(), labels.Churned.Average(c => (double)c), low, high,
            Cents.Of(scores.ClvExpected.Sum()), Cents.Of(labels.NetSpend.Sum()), losses.Average(), error,
            ClassificationMetrics.Ece(churn, labels.Churned), ClassificationMetrics.Auc(churn, labels.Churned),
            RegressionMetrics.NormalisedGini(scores.ClvExpected, labels.NetSpend))
        {
            LogLossPromised = manifest.Metrics.Churn.TryGetValue("logLoss", out double promised) ? promised : null,
            SpendError = manifest.Metrics.TotalSpendError,
        };
    }

    // The same resamples for both: the ends of the gap, and the error of the loss.
    private static (double Low, double High, double LossError) Bootstrap(double[] gaps, double[] losses, int seed)
    {
        var random = new Random(seed);
        double[] gap = new double[Replicates], loss = new double[Replicates], counts = new double[gaps.Length];
        for (int r = 0; r < Replicates; r++)
        {
            double weights = 0, g = 0, l = 0;
            PoissonBootstrap.Draw(counts, random);
            for (int i = 0; i < gaps.Length; i++)
            {
                weights += counts[i];
                g += counts[i] * gaps[i];
                l += counts[i] * losses[i];
            }

            (gap[r], loss[r]) = (g / Math.Max(1, weights), l / Math.Max(1, weights));
        }

        Array.Sort(gap);
        double mean = loss.Average();
        return (
            gap[(int)(.025 * (Replicates - 1))], gap[(int)(.975 * (Replicates - 1))],
            Math.Sqrt(loss.Sum(v => (v - mean) * (v - mean)) / (Replicates - 1)));
    }
}
