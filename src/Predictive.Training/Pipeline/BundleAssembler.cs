using System.Text.Json;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;
using Predictive.Training.Evaluation;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Portraits;
using Predictive.Training.Recommendation;

namespace Predictive.Training.Pipeline;

/// <summary>
/// Turns trained models into everything a version holds: portraits, rule cut-offs, calibration, drift baseline, manifest.
/// </summary>
public static class BundleAssembler
{
    /// <summary>Puts a version together. The same history, models and options give equal bundles.</summary>
    /// <param name="history">What the models were trained on.</param>
    /// <param name="models">From <see cref="TrainingPipeline.Train"/>.</param>
    /// <param name="options">The options they were trained with.</param>
    /// <param name="rules">Settings of the rules. Null = defaults.</param>
    /// <param name="portraits">Settings of the portraits; their seed is replaced by the training's. Null = defaults.</param>
    /// <param name="previous">The champion in service, whose portraits keep their ids; null = none.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="DatasetException">The base is too small for portraits.</exception>
    public static ModelBundle Assemble(
        TransactionHistory history, TrainedModels models, TrainingOptions options, RuleOptions? rules = null,
        PortraitOptions? portraits = null,
        ModelBundle? previous = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(options);
        var originals = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        string extension = options.Engine.PayloadExtension;
        ModelEntries.AddOriginals(originals, ChurnModel.Name, extension, models.Churn.Originals);
        ModelEntries.AddOriginals(originals, ClvModel.Name, extension, models.Clv.Originals);
        return Around(
            history,
            new ScoredBase(
                models.Profile, models.Customers, models.Features, models.Probability, [.. models.Predictions.Select(p => p.Expected)])
            {
                Churn = models.Churn, Clv = models.Clv, Originals = originals,
            },
            options, settings => Manifest(history, models, options, settings), rules, portraits, previous, cancellation);
    }

    /// <summary>Puts everything around what scores: whatever that is, the rest of a version is made alike.</summary>
    internal static ModelBundle Around(
        TransactionHistory history, ScoredBase scored, TrainingOptions options, Func<PortraitOptions, ModelManifest> manifestOf,
        RuleOptions? rules, PortraitOptions? portraits, ModelBundle? previous, CancellationToken cancellation)
    {
        (BaseProfile fitted, int[] customers, FeatureMatrix features, double[] churn, double[] clv) = scored;
        PortraitOptions portraitOptions = (portraits ?? new PortraitOptions()) with { Seed = options.Seed };
        PortraitModel grouped = PortraitTrainer.Train(
            features, options.Engine, portraitOptions, previous?.Portraits, cancellation, fitted.Features);
        MemoryLimit.Release();
        ModelEntries.AddOriginals(
            scored.Originals, PortraitModel.PayloadName, options.Engine.PayloadExtension, [grouped.Clusters.Original]);
        BaseProfile profile = null!;
        RuleBook book = null!;
        ScoreDistribution distribution = null!;
        DriftBaseline drift = null!;
        Recommendations? recommendations = null;
        ModelManifest manifest = null!;
        Together.Run(
            () => book = RuleBook.Fit(history, options.AsOf, rules)
                .WithValueMatrix(history, customers, options.AsOf, options.HorizonDays, clv)
                .WithLifetimeValue(history, customers, options.AsOf, options.HorizonDays, churn, clv),
            () => recommendations = Recommend(history, options),
            () => manifest = manifestOf(portraitOptions),
            () => profile = fitted.WithMedians(features),
            () => drift = DriftBaseline.Of(features, churn, clv),
            () => distribution = scored.Given is { } given ? SmokeTest.DistributionOf(given) : ScoreDistribution.Of(churn, clv));
        return SmokeTest.With(new ModelBundle
        {
            Originals = scored.Originals,
            Manifest = manifest,
            Profile = profile,
            Churn = scored.Churn!,
            Clv = scored.Clv!,
            Given = scored.Given,
            Portraits = grouped,
            Rules = book,
            Distribution = distribution,
            Drift = drift,
            Recommendations = recommendations,
        });
    }

    private static Recommendations? Recommend(TransactionHistory history, TrainingOptions options)
    {
        if (history.Columns.Category is null && history.Columns.Product is null)
        {
            return null;
        }

        var (model, report) =
            RecommenderTrainer.Train(history, options.AsOf, options.HorizonDays, new RecommenderOptions { Seed = options.Seed });
        // Worse than popularity out of time: popularity then, and the report says why.
        return new Recommendations(report?.Grade == "D" ? model with { Weights = new RecommenderWeights(0, 0, 1) } : model, report);
    }

    private static ModelManifest Manifest(
        TransactionHistory history, TrainedModels models, TrainingOptions options, PortraitOptions portraits)
    {
        TrainingReport report = models.Report;
        // No timing, thread count or budget: they do not change the models, or would make equal runs differ. The rules' settings stand
        // in rules.json.
        ModelManifest manifest = ManifestOf(
            history, options,
            new
            {
                report.Method, report.TrainSnapshots, report.ValidationWindows, report.ChurnBlend, report.ValueBlend,
                Tuned = options.Tune is not null, Portraits = portraits,
            });
        return manifest with
        {
            TrainingData = manifest.TrainingData with { Sample = report.Sample },
            Metrics = new MetricsStamp
            {
                Churn = Named(report.ValidationChurn) ?? [],
                Clv = Named(report.ValidationClv) ?? [],
                Baselines = Stamps(report.ValidationBaselines),
                ChurnGrade = report.Grade is { } grade ? new GradeStamp(grade.Churn, string.Join(" ", grade.Reasons)) : null,
                ClvGrade = report.Grade is { } same ? new GradeStamp(same.Clv, string.Join(" ", same.Reasons)) : null,
                TotalSpendError = report.TotalSpend?.Error,
            },
            Notes = report.Notes,
            FeatureSources = models.Profile.Tables?.Sources,
        };
    }

    /// <summary>The manifest of a version of a base, its measures still to come.</summary>
    internal static ModelManifest ManifestOf(TransactionHistory history, TrainingOptions options, object settings) => new()
    {
        Engine = new EngineStamp(options.Engine.Name, options.Engine.Version, options.Engine.PayloadExtension, options.Engine.Trainer),
        AsOf = options.AsOf.ToString(),
        HorizonDays = options.HorizonDays,
        Level = history.Description.Level == CustomerLevel.Person ? null : LevelNames.Of(history.Description.Level),
        Features = FeatureCatalogue.Schema,
        TrainingData = DataFingerprint.Compute(history, options.AsOf),
        Options = JsonSerializer.SerializeToElement(settings, ModelJson.Options),
        Seed = options.Seed,
        Metrics = new MetricsStamp(),
    };

    internal static Dictionary<string, BaselineStamp> Stamps(IReadOnlyDictionary<string, BaselineMetrics> baselines) =>
        baselines.OrderBy(b => b.Key, StringComparer.Ordinal)
            .ToDictionary(b => b.Key, b => new BaselineStamp(Named(b.Value.Churn), Named(b.Value.Clv)));

    /// <summary>The numbers of a metrics record by their JSON names, nulls left out.</summary>
    internal static Dictionary<string, double>? Named<T>(T? metrics)
        where T : class
    {
        if (metrics is null)
        {
            return null;
        }

        var named = new Dictionary<string, double>();
        foreach (JsonProperty property in JsonSerializer.SerializeToElement(metrics, ModelJson.Options).EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Number)
            {
                named[property.Name] = property.Value.GetDouble();
            }
        }

        return named;
    }
}

/// <summary>A base and what is said of it: what the rest of a version is made around.</summary>
/// <param name="Profile">The base as of that time, without its medians.</param>
/// <param name="Customers">Indices into the history, ascending.</param>
/// <param name="Features">Theirs.</param>
/// <param name="Probability">Chance of no purchase, by customer.</param>
/// <param name="Expected">Expected net spend, by customer.</param>
internal sealed record ScoredBase(BaseProfile Profile, int[] Customers, FeatureMatrix Features, double[] Probability, double[] Expected)
{
    /// <summary>The models that say it; null where it was given.</summary>
    public ChurnModel? Churn { get; init; }

    /// <inheritdoc cref="Churn"/>
    public ClvModel? Clv { get; init; }

    /// <summary>The scores as they were given; null where a model says them.</summary>
    public GivenScores? Given { get; init; }

    /// <summary>What the engine's library saved.</summary>
    public SortedDictionary<string, byte[]> Originals { get; init; } = new(StringComparer.Ordinal);
}
