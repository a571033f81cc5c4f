using Predictive.History;
using Predictive.Segmentation;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Registry;
using Predictive.Training.Evaluation;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Pipeline;

/// <summary>A fit judged on a window that it did not see.</summary>
/// <param name="EngineLabel">Engine, and trainer where it has several.</param>
/// <param name="Churn">How well it told who would leave.</param>
/// <param name="Clv">How well it told what they would spend.</param>
public sealed record JudgedTwin(string EngineLabel, ChurnMetrics Churn, ClvMetrics Clv)
{
    internal JudgedWindow Window { get; init; } = null!;

    /// <summary>Of a backtest.</summary>
    public static JudgedTwin Of(JudgedReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new JudgedTwin(report.EngineLabel, report.Churn, report.Clv) { Window = report.Window };
    }
}

/// <summary>
/// The fit that a backtest made without the last horizon, kept to be judged again on a newer window: learning it anew from the same lines
/// gives the same models.
/// </summary>
public static class KeptTwin
{
    private const string ProfileEntry = "profile.json";

    /// <summary>What is kept of a backtest.</summary>
    /// <param name="report">The backtest, trained as of its cutoff.</param>
    /// <param name="options">Engine and seed it was trained with.</param>
    /// <param name="history">What it was trained on.</param>
    public static ModelPackage Of(JudgedReport report, TrainingOptions options, TransactionHistory history)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(options);
        LocalTime asOf = options.AsOf.AddDays(-options.HorizonDays);
        var manifest = new ModelManifest
        {
            Engine = new EngineStamp(options.Engine.Name, options.Engine.Version, options.Engine.PayloadExtension, options.Engine.Trainer),
            AsOf = asOf.ToString(), HorizonDays = options.HorizonDays, Features = FeatureCatalogue.Schema, Seed = options.Seed,
            FeatureSources = report.Models.Profile.Tables?.Sources,
            TrainingData = DataFingerprint.Compute(history, asOf), Metrics = new MetricsStamp(),
        };
        return new ModelPackage(
            manifest,
            [
                new(ProfileEntry, report.Models.Profile.ToJson()),
                new(ModelEntries.Of(ChurnModel.Name), ModelEntries.Bytes(report.Models.Churn.Save)),
                new(ModelEntries.Of(ClvModel.Name), ModelEntries.Bytes(report.Models.Clv.Save)),
            ]);
    }

    /// <summary>Whether a kept fit is the one that would be learned: engine, seed, horizon, features and as-of are the same.</summary>
    /// <param name="kept">What <see cref="Of"/> gave.</param>
    /// <param name="options">Engine, seed and horizon wanted.</param>
    /// <param name="asOf">As-of wanted.</param>
    public static bool Is(ModelPackage kept, TrainingOptions options, LocalTime asOf)
    {
        ArgumentNullException.ThrowIfNull(kept);
        ArgumentNullException.ThrowIfNull(options);
        ModelManifest m = kept.Manifest;
        return m.Engine.Name == options.Engine.Name && m.Engine.Version == options.Engine.Version
            && m.Engine.Trainer == options.Engine.Trainer && m.Seed == options.Seed && m.HorizonDays == options.HorizonDays
            && m.AsOf == asOf.ToString() && m.Features.DifferenceFrom(FeatureCatalogue.Schema) is null
            && FeatureSourceStamp.Same(m.FeatureSources, FeatureSourceStamp.Of(options.FeatureSources));
    }

    /// <summary>Judges a kept fit on the window that follows a cutoff.</summary>
    /// <param name="kept">What <see cref="Of"/> gave.</param>
    /// <param name="history">Must reach the end of the window.</param>
    /// <param name="cutoff">Start of the window; not before the fit's as-of.</param>
    /// <param name="options">Threads and clock.</param>
    /// <exception cref="ModelPackageException">The fit is damaged.</exception>
    public static JudgedTwin Judge(ModelPackage kept, TransactionHistory history, LocalTime cutoff, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(kept);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        BaseProfile profile = BaseProfile.FromJson(kept.Entry(ProfileEntry).Span);
        ChurnModel churn = ChurnModel.Load(kept.Entry(ModelEntries.Of(ChurnModel.Name)));
        ClvModel clv = ClvModel.Load(kept.Entry(ModelEntries.Of(ClvModel.Name)));
        Snapshot at = (options.Shared ?? new SharedTraining())
            .Judged(history, cutoff, options.HorizonDays, options.Seed, options.Threads, options.Clock, options.FeatureSources);
        var (_, probabilities, values) = TrainedModels.Ask(churn, clv, profile, history, at.Customers, cutoff, options.Threads);
        double[] expected = [.. values.Select(v => v.Expected)];
        return new JudgedTwin(
            kept.Manifest.Engine.Label, WindowMetrics.Churn(at.Churned, probabilities), WindowMetrics.Clv(at.NetSpend, expected))
        {
            Window = new JudgedWindow(at, probabilities, expected),
        };
    }
}
