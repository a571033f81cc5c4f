using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Endpoints;

/// <summary>The base as a whole, and how it moved.</summary>
internal static class PortfolioEndpoints
{
    public static void MapPortfolio(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/portfolio", Show)
            .For(KeyRole.Marketer).Takes("asOf", "compare")
            .WithName("Portfolio")
            .WithSummary(
                "The base as a whole: figures, segments, concentration, who moved since an earlier date (compare; default one horizon "
                    + "ago), "
                    + "tiers, cohorts, funnel, what goes together, segments to be careful with")
            .Produces<PortfolioAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(503);

    private static Task Show(HttpContext context, Answering answering, string? asOf, string? compare)
    {
        LocalTime? earlier = null;
        if (compare is not null)
        {
            ServingSnapshot snapshot = answering.WithData();
            earlier = Answering.AsOfFor(compare, snapshot);
            LocalTime time = Answering.AsOfFor(asOf, snapshot);
            if (!(earlier < time))
            {
                return Problem.Refused($"compare is {earlier} and the as-of {time}; expected an earlier date.").Write(context);
            }
        }

        return BaseAnswer.Send(
            context, answering, $"portfolio|{earlier}", asOf, (snapshot, time, cancellation) => Make(snapshot, time, earlier,
                cancellation));
    }

    private static PortfolioAnswer Make(ServingSnapshot snapshot, LocalTime time, LocalTime? earlier, CancellationToken cancellation)
    {
        CustomerScorer scorer = snapshot.Scorer;
        TransactionHistory history = snapshot.History!;
        ScoreTable scores = snapshot.ScoresAt(time, cancellation);
        LocalTime before = earlier ?? time.AddDays(-scorer.Bundle.Manifest.HorizonDays);
        SegmentTable table = SnapshotSegments.Of(scores, cancellation);
        SegmentTable? then = Population.At(history, before).Length == 0
            ? null
            : SnapshotSegments.At(snapshot, before, cancellation);
        return new PortfolioAnswer(
            time.ToString(),
            scorer.Stamp,
            scores.Count,
            SnapshotProspects.CountOf(snapshot),
            scorer.Bundle.Manifest.HorizonDays,
            scores.ChurnProbability.Sum(),
            Cents.Of(scores.ClvExpected.Sum()),
            new ReturnsAnswer(
                scores.Returns.Sum(r => (long)r.Orders), scores.Returns.Sum(r => (long)r.ReturnedOrders),
                scores.Returns.Sum(r => (long)r.UnmatchedReturns), scores.Returns.Count(r => r.KeptNothing)),
            PortfolioBuilder.Build(table, scorer.Stamp, then, cancellation),
            scores.Drift);
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
/// <param name="Report">Everything else: metrics, groups, concentration, migration, tiers, cohorts, funnel, associations, warnings.</param>
/// <param name="Drift">How far the base is from the one the model was trained on.</param>
public sealed record PortfolioAnswer(
    string AsOf, ModelStamp Model, int Customers, int Prospects, int HorizonDays, double ExpectedChurners, double ExpectedSpend,
    ReturnsAnswer Returns, PortfolioReport Report, DriftReport Drift);

/// <summary>What the customers scored kept and gave back before the as-of.</summary>
/// <param name="Orders">Orders of which something was kept.</param>
/// <param name="ReturnedOrders">Orders given back whole: they count as none.</param>
/// <param name="UnmatchedReturns">Returns that answer to no purchase: they lower money only.</param>
/// <param name="CustomersWhoKeptNothing">Customers all of whose orders were given back: no list offers them.</param>
public sealed record ReturnsAnswer(long Orders, long ReturnedOrders, long UnmatchedReturns, int CustomersWhoKeptNothing);
