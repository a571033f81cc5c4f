using System.Runtime.CompilerServices;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Scoring;

/// <summary>A scored base as a segment table: what the rules say, and what the model predicts under the same rules.</summary>
public static class ScoredSegments
{
    private static readonly ConditionalWeakTable<ScoreTable, SegmentTable> s_made = [];

    /// <summary>The table of a scored base under the rules of its version, made once as long as the scores live.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="cancellation">Ends the making early.</param>
    public static SegmentTable Of(ScoreTable scores, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return s_made.TryGetValue(scores, out SegmentTable? known)
            ? known
            : s_made.GetValue(scores, s => Build(s, null, cancellation));
    }

    /// <summary>Builds the table of a scored base.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="book">The rules in force; null = those of the version.</param>
    /// <param name="cancellation">Ends early.</param>
    public static SegmentTable Build(ScoreTable scores, RuleBook? book = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        RuleBook rules = book ?? scores.Bundle.Rules;
        var row = new int[scores.History.CustomerCount];
        for (int i = 0; i < scores.Count; i++)
        {
            row[scores.Customers[i]] = i;
        }

        return SegmentTable.Build(
            scores.History, rules, scores.AsOf,
            (customer, kept, read) =>
            {
                int i = row[customer];
                return Of(
                    kept, scores.AsOf, rules, read, scores.Bundle.Manifest.HorizonDays, scores.ChurnProbability[i],
                    new ClvPrediction(scores.ClvExact[i], scores.ClvLow[i], scores.ClvHigh[i], scores.ExpectedOrders[i], 0, 0, 0),
                    scores.PortraitName(i));
            },
            cancellation);
    }

    /// <summary>Fits settings anew on a scored base: what the cut-offs would be today.</summary>
    public static RuleBook Fit(ScoreTable scores, RuleOptions options)
    {
        ArgumentNullException.ThrowIfNull(scores);
        int horizon = scores.Bundle.Manifest.HorizonDays;
        return RuleBook.Fit(scores.History, scores.AsOf, options)
            .WithValueMatrix(scores.History, scores.Customers, scores.AsOf, horizon, scores.ClvExact)
            .WithLifetimeValue(
                scores.History, scores.Customers, scores.AsOf, horizon, scores.ChurnProbability, scores.ClvExact);
    }

    /// <summary>What follows from one customer's predictions under a rule book.</summary>
    internal static CustomerPredictions Of(
        CustomerLines kept, LocalTime asOf, RuleBook book, CustomerRules rules, int horizonDays, double churn, ClvPrediction clv,
        string portrait)
    {
        RuleOptions options = book.Options;
        ValueMatrixResult matrix = ValueMatrix.Compute(
            kept, asOf, clv.Expected, options.ValueMatrix, book.ValueMatrix!, (options.Rfm, book.Rfm));
        TierResult predicted = Tiers.Predict(
            kept, asOf, horizonDays, clv.Expected, clv.ExpectedOrders, rules.Tier, options.Tiers, book.Tiers);
        string band = ChurnBand.Names[ChurnBand.Compute(churn, options.ChurnBands)];
        return new CustomerPredictions
        {
            Churn = churn,
            ChurnBand = band,
            Expected = Cents.Of(clv.Expected),
            Low = Cents.Of(clv.Low),
            High = Cents.Of(clv.High),
            ExpectedOrders = clv.ExpectedOrders,
            PredictedTier = predicted.Tier,
            Matrix = matrix,
            Portrait = portrait,
            Goal = Plays.Compute(band, matrix.Cell, rules.Lifecycle.Stage, options.Plays).Play.Goal,
            Lifetime = LifetimeValue.Compute(rules.Net, churn, clv.Expected, horizonDays, options.LifetimeValue, book.LifetimeValue),
        };
    }
}
