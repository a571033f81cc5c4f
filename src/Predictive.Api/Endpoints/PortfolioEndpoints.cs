using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Rules;

namespace Predictive.Api.Endpoints;

/// <summary>The base as a whole, and how it moved.</summary>
internal static class PortfolioEndpoints
{
    public static void MapPortfolio(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/portfolio", Show)
            .For(KeyRole.Marketer).Takes("asOf")
            .WithName("Portfolio")
            .WithSummary(
                "Prospects of the base, concentration of revenue, migration between segments since one horizon ago, segments to be "
                    + "careful with")
            .Produces<PortfolioAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(503);

    private static Task Show(
        HttpContext context, Answering answering, string? asOf) => BaseAnswer.Send(context, answering, "portfolio", asOf, Make);

    private static PortfolioAnswer Make(ServingSnapshot snapshot, LocalTime time, CancellationToken cancellation)
    {
        CustomerScorer scorer = snapshot.Scorer;
        TransactionHistory history = snapshot.History!;
        LocalTime before = time.AddDays(-scorer.Bundle.Manifest.HorizonDays);
        ScoreTable scores = snapshot.ScoresAt(time, cancellation);
        ConcentrationResult concentration = Concentration.Compute(scores.Customers.Select(c => NetSpend(history, c, time)));
        (string Name, IReadOnlyList<double> Values)[] measures =
        [
            ("recency", [.. scores.RecencyDays.Select(d => (double)d)]), ("frequency", [.. scores.Frequency.Select(f => (double)f)]),
            ("monetary", scores.Monetary), ("churn probability", scores.ChurnProbability),
        ];
        return new PortfolioAnswer(
            time.ToString(),
            scorer.Stamp,
            scores.Count,
            history.Tables?.Prospects?.Count ?? 0,
            scorer.Bundle.Manifest.HorizonDays,
            scores.ChurnProbability.Sum(),
            Cents.Of(scores.ClvExpected.Sum()),
            new ReturnsAnswer(
                scores.Returns.Sum(r => (long)r.Orders), scores.Returns.Sum(r => (long)r.ReturnedOrders),
                scores.Returns.Sum(r => (long)r.UnmatchedReturns), scores.Returns.Count(r => r.KeptNothing)),
            new ConcentrationAnswer(
                concentration.Revenue, concentration.TopDecileShare, concentration.Gini, concentration.CustomersForHalf,
                concentration.Alert,
                [.. concentration.Curve.Select(p => new CurveAnswer(p.Customers, p.Revenue))]),
            before.ToString(),
            new Dictionary<string, MigrationMatrix>
            {
                ["rfm"] = Migration.Compute(history, scorer.Bundle.Rules, before, time, MigrationOf.RfmSegment),
                ["tier"] = Migration.Compute(history, scorer.Bundle.Rules, before, time, MigrationOf.Tier),
                ["lifecycle"] = Migration.Compute(history, scorer.Bundle.Rules, before, time, MigrationOf.Lifecycle),
            },
            [
                .. Warnings("rfm", SegmentUsability.Check(scores.RfmSegment, measures)),
                .. Warnings(
                    "portrait", SegmentUsability.Check([.. Enumerable.Range(0, scores.Count).Select(scores.PortraitName)], measures)),
            ],
            scores.Drift);
    }

    private static IEnumerable<WarningAnswer> Warnings(string kind, IReadOnlyList<SegmentWarning> warnings) =>
        warnings.Select(w => new WarningAnswer(kind, w.Issue.ToString().ToLowerInvariant(), w.Segment, w.Other, w.Message));

    private static double NetSpend(TransactionHistory history, int customer, LocalTime asOf)
    {
        double net = 0;
        foreach (double amount in history.Lines(customer).Before(asOf).Amount)
        {
            net += amount;
        }

        return net;
    }
}

/// <summary>The base as of one local time.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="Model">The version that made it.</param>
/// <param name="Customers">Customers scored.</param>
/// <param name="Prospects">People of the customers and events tables without a transaction: in no other figure here.</param>
/// <param name="HorizonDays">Length of the window predicted.</param>
/// <param name="ExpectedChurners">Sum of the chances of no purchase within the horizon.</param>
/// <param name="ExpectedSpend">Sum of the expected net spend within the horizon.</param>
/// <param name="Returns">What was kept and given back.</param>
/// <param name="Concentration">How unevenly net spend so far is spread.</param>
/// <param name="MigrationSince">The local time migration is counted from: one horizon before.</param>
/// <param name="Migration">Matrices of RFM segments, tiers and lifecycle stages, with the model's own cut-offs at both times.</param>
/// <param name="Warnings">RFM segments and portraits that are tiny or overlap.</param>
/// <param name="Drift">How far the base is from the one the model was trained on.</param>
public sealed record PortfolioAnswer(
    string AsOf, ModelStamp Model, int Customers, int Prospects, int HorizonDays, double ExpectedChurners, double ExpectedSpend,
    ReturnsAnswer Returns, ConcentrationAnswer Concentration,
    string MigrationSince, IReadOnlyDictionary<string, MigrationMatrix> Migration, IReadOnlyList<WarningAnswer> Warnings,
    DriftReport Drift);

/// <summary>A segment to be careful with.</summary>
/// <param name="Kind">rfm or portrait.</param>
/// <param name="Issue">tiny, overlapping or unstable.</param>
/// <param name="Segment">Its name.</param>
/// <param name="Other">The segment it overlaps with.</param>
/// <param name="Message">What was found against what was expected.</param>
public sealed record WarningAnswer(string Kind, string Issue, string Segment, string? Other, string Message);

/// <summary>What the customers scored kept and gave back before the as-of.</summary>
/// <param name="Orders">Orders of which something was kept.</param>
/// <param name="ReturnedOrders">Orders given back whole: they count as none.</param>
/// <param name="UnmatchedReturns">Returns that answer to no purchase: they lower money only.</param>
/// <param name="CustomersWhoKeptNothing">Customers all of whose orders were given back: no list offers them.</param>
public sealed record ReturnsAnswer(long Orders, long ReturnedOrders, long UnmatchedReturns, int CustomersWhoKeptNothing);

/// <summary>How unevenly revenue is spread.</summary>
/// <param name="Revenue">Positive net spend in all.</param>
/// <param name="TopDecileShare">Share of the best tenth of the customers, 0–1.</param>
/// <param name="Gini">0 = all alike, towards 1 = one customer has everything.</param>
/// <param name="CustomersForHalf">Fewest customers that bring half of the revenue.</param>
/// <param name="Alert">The best tenth's share is at or above .6.</param>
/// <param name="Curve">Share of revenue by share of customers, largest first.</param>
public sealed record ConcentrationAnswer(
    double Revenue, double TopDecileShare, double Gini, int CustomersForHalf, bool Alert, IReadOnlyList<CurveAnswer> Curve);

/// <summary>A point of the curve.</summary>
/// <param name="Customers">Share of customers, 0–1.</param>
/// <param name="Revenue">Share of revenue, 0–1.</param>
public sealed record CurveAnswer(double Customers, double Revenue);
