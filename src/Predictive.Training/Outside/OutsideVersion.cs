using System.Globalization;
using Predictive.History;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Training.Pipeline;

namespace Predictive.Training.Outside;

/// <summary>
/// A version that holds scores given from outside in the place of a model: rules, portraits and recommendations are those of the base, as
/// of the time the scores are for, made by the code that makes them for our own versions.
/// </summary>
public static class OutsideVersion
{
    /// <summary>Puts it together. The same history, scores and judgement give equal bundles.</summary>
    /// <param name="history">The base.</param>
    /// <param name="scores">What is to be served: of everybody who had bought before their as-of.</param>
    /// <param name="sourceHash">SHA-256 of the file they came in, lower-case hex.</param>
    /// <param name="judged">The same model on a window that has passed: metrics and grade, the interval of the spends, and the orders where
    /// none are given.</param>
    /// <param name="seed">Of every random draw.</param>
    /// <param name="rules">Settings of the rules. Null = defaults.</param>
    /// <param name="previous">The champion in service, whose portraits keep their ids; null = none.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="DatasetException">Somebody of the population has no row, or a row is of somebody else.</exception>
    /// <exception cref="LearningException">The base is too small for portraits.</exception>
    public static ModelBundle Assemble(
        TransactionHistory history, OutsideScores scores, string sourceHash, OutsideReport judged, int seed, RuleOptions? rules = null,
        ModelBundle? previous = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(judged);
        int[] customers = Population.At(history, scores.AsOf), rows = scores.Rows(history, customers);
        var interval = GivenInterval.Of(judged.Window);
        GivenScore[] given = [.. rows.Select(r =>
        {
            (double low, double high, double orders) = interval.At(scores.Spend[r]);
            return new GivenScore(scores.Churn[r], scores.Spend[r], scores.Orders?[r] ?? orders, low, high);
        })];
        var held = GivenScores.Of(judged.Model, sourceHash, scores.AsOf, [.. customers.Select(history.CustomerId)], given);
        BaseProfile profile = BaseProfile.Fit(history, scores.AsOf, judged.HorizonDays);
        FeatureMatrix features = FeatureSet.Compute(history, customers, scores.AsOf, judged.HorizonDays, profile);
        var options = new TrainingOptions
        {
            AsOf = scores.AsOf, HorizonDays = judged.HorizonDays, Engine = new BuiltInEngine(), Seed = seed,
        };
        return BundleAssembler.Around(
            history,
            new ScoredBase(
                profile, customers, features, [.. given.Select(g => g.Churn)], [.. given.Select(g => g.Spend)]) { Given = held },
            options, portraits => Manifest(history, judged, held, options, portraits, scores.Orders is not null), rules, null, previous,
            cancellation);
    }

    private static ModelManifest Manifest(
        TransactionHistory history, OutsideReport judged, GivenScores given, TrainingOptions options, object portraits, bool hasOrders) =>
        BundleAssembler.ManifestOf(history, options, new { Method = "given", Window = judged.AsOf, Portraits = portraits }) with
        {
            OldestReader = 2,
            Engine = new EngineStamp(GivenScores.Engine, "given", ".bin", given.Source),
            Given = new GivenStamp(given.Source, given.SourceHash, given.Count),
            Metrics = new MetricsStamp
            {
                Churn = BundleAssembler.Named(judged.Churn) ?? [], Clv = BundleAssembler.Named(judged.Clv) ?? [],
                Baselines = BundleAssembler.Stamps(judged.Baselines),
                ChurnGrade = new GradeStamp(judged.Grade.Churn, string.Join(" ", judged.Grade.Reasons)),
                ClvGrade = new GradeStamp(judged.Grade.Clv, string.Join(" ", judged.Grade.Reasons)),
            },
            Notes =
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The scores were given by '{given.Source}', a model from outside, for {given.Count:N0} customers as of {given.AsOf}. "
                        + $"They answer for those customers as of that time; there are no reasons, and nobody else can be scored."),
                $"Its measures are those of the window of {judged.HorizonDays} days from {judged.AsOf}. The intervals"
                    + (hasOrders ? " are" : ", and the expected orders, which were not given, are")
                    + " those of customers with as much expected spend on that window.",
            ],
        };
}
