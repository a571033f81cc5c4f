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
        FeatureMatrix features = models.Features;
        double[] churn = models.Probability, clv = [.. models.Predictions.Select(p => p.Expected)];
        PortraitOptions portraitOptions = (portraits ?? new PortraitOptions()) with { Seed = options.Seed };
        PortraitModel grouped = PortraitTrainer.Train(
            features, options.Engine, portraitOptions, previous?.Portraits, cancellation, models.Profile.Features);
        MemoryLimit.Release();
        var originals = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        string extension = options.Engine.PayloadExtension;
        ModelEntries.AddOriginals(originals, ChurnModel.Name, extension, models.Churn.Originals);
        ModelEntries.AddOriginals(originals, ClvModel.Name, extension, models.Clv.Originals);
        ModelEntries.AddOriginals(originals, PortraitModel.PayloadName, extension, [grouped.Clusters.Original]);
        BaseProfile profile = null!;
        RuleBook book = null!;
        ScoreDistribution distribution = null!;
        DriftBaseline drift = null!;
        Recommendations? recommendations = null;
        ModelManifest manifest = null!;
        Together.Run(
            () => book = RuleBook.Fit(history, options.AsOf, rules)
                .WithValueMatrix(history, models.Customers, options.AsOf, options.HorizonDays, clv)
                .WithLifetimeValue(history, models.Customers, options.AsOf, options.HorizonDays, churn, clv),
            () => recommendations = Recommend(history, options),
            () => manifest = Manifest(history, models, options, portraitOptions),
            () => profile = models.Profile.WithMedians(features),
            () => drift = DriftBaseline.Of(features, churn, clv),
            () => distribution = ScoreDistribution.Of(churn, clv));
        return SmokeTest.With(new ModelBundle
        {
            Originals = originals,
            Manifest = manifest,
            Profile = profile,
            Churn = models.Churn,
            Clv = models.Clv,
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
        return new ModelManifest
        {
            Engine = new EngineStamp(options.Engine.Name, options.Engine.Version, options.Engine.PayloadExtension, options.Engine.Trainer),
            AsOf = options.AsOf.ToString(),
            HorizonDays = options.HorizonDays,
            Level = history.Description.Level == CustomerLevel.Person ? null : LevelNames.Of(history.Description.Level),
            Features = FeatureCatalogue.Schema,
            TrainingData = DataFingerprint.Compute(history, options.AsOf),
            // No timing, thread count or budget: they do not change the models, or would make equal runs differ. The rules' settings stand
            // in rules.json.
            Options = JsonSerializer.SerializeToElement(
                new
                {
                    report.Method, report.TrainSnapshots, report.ValidationWindows, report.ChurnBlend, Tuned = options.Tune is not null,
                    Portraits = portraits,
                },
                ModelJson.Options),
            Seed = options.Seed,
            Metrics = new MetricsStamp
            {
                Churn = Named(report.ValidationChurn) ?? new Dictionary<string, double>(),
                Clv = Named(report.ValidationClv) ?? new Dictionary<string, double>(),
                Baselines = report.ValidationBaselines.OrderBy(b => b.Key, StringComparer.Ordinal)
                    .ToDictionary(b => b.Key, b => new BaselineStamp(Named(b.Value.Churn), Named(b.Value.Clv))),
                ChurnGrade = report.Grade is { } grade ? new GradeStamp(grade.Churn, string.Join(" ", grade.Reasons)) : null,
                ClvGrade = report.Grade is { } same ? new GradeStamp(same.Clv, string.Join(" ", same.Reasons)) : null,
                TotalSpendError = report.TotalSpend?.Error,
            },
            Notes = report.Notes,
        };
    }

    /// <summary>The numbers of a metrics record by their JSON names, nulls left out.</summary>
    private static Dictionary<string, double>? Named<T>(T? metrics)
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
