using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Endpoints;

/// <summary>How the base divides.</summary>
internal static class SegmentEndpoints
{
    public static void MapSegments(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/segments", List)
            .For(KeyRole.Marketer).Takes("asOf")
            .WithName("Segments")
            .WithSummary("Size and prospects of every RFM segment, lifecycle stage, tier, value-matrix cell and portrait")
            .Produces<SegmentsAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(503);

    private static Task List(
        HttpContext context, Answering answering, string? asOf) => BaseAnswer.Send(context, answering, "segments", asOf, Make);

    private static SegmentsAnswer Make(ServingSnapshot snapshot, LocalTime time, CancellationToken cancellation)
    {
        ScoreTable scores = snapshot.ScoresAt(time, cancellation);
        (string Kind, Func<int, string> Of)[] kinds =
        [
            ("rfm", i => scores.RfmSegment[i]), ("lifecycle", scores.LifecycleName), ("tier", scores.TierName),
            ("valueMatrix", scores.CellName), ("portrait", scores.PortraitName), ("churnBand", scores.BandName),
        ];
        SegmentTable table = SnapshotSegments.Of(scores, cancellation);
        return new SegmentsAnswer(
            time.ToString(),
            snapshot.Scorer.Stamp,
            scores.Count,
            SnapshotProspects.CountOf(snapshot),
            kinds.ToDictionary(
                k => k.Kind,
                k => (IReadOnlyList<SegmentSummary>)[.. Enumerable.Range(0, scores.Count).GroupBy(k.Of).Select(g => new SegmentSummary(
                    g.Key, g.Count(), (double)g.Count() / scores.Count, g.Average(i => scores.ChurnProbability[i]),
                    Cents.Of(g.Sum(i => scores.ClvExpected[i])), Cents.Of(g.Average(i => scores.Monetary[i]))))
                    .OrderByDescending(s => s.Customers).ThenBy(s => s.Name, StringComparer.Ordinal)]))
        {
            Groups = SegmentGroups.Models.Where(table.Has).ToDictionary(m => m, m => SegmentGroups.Of(table, m)),
            Own = SegmentGroups.Own(table),
            Overlaps = SegmentGroups.Overlaps(table),
            Cutoffs = CutoffWords.Of(table.Book),
        };
    }
}

/// <summary>Segments as of one local time.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="Model">The version that made it.</param>
/// <param name="Customers">Customers scored.</param>
/// <param name="Prospects">People of the customers and events tables without a transaction: in no segment.</param>
/// <param name="Kinds">Segments by kind, largest first.</param>
public sealed record SegmentsAnswer(
    string AsOf, ModelStamp Model, int Customers, int Prospects, IReadOnlyDictionary<string, IReadOnlyList<SegmentSummary>> Kinds)
{
    /// <summary>Groups of every model by the name of its metric, with their spend and what to do.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<SegmentGroup>> Groups { get; init; }

    /// <summary>The shop's own segments.</summary>
    public required IReadOnlyList<SegmentGroup> Own { get; init; }

    /// <summary>How own segments overlap with each other, RFM segments and lifecycle stages.</summary>
    public required IReadOnlyList<SegmentOverlap> Overlaps { get; init; }

    /// <summary>The cut-offs in force, in plain words.</summary>
    public required IReadOnlyList<string> Cutoffs { get; init; }
}

/// <summary>One segment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Customers">How many.</param>
/// <param name="Share">Of the base, 0–1.</param>
/// <param name="MeanChurnProbability">Mean chance of no purchase within the horizon.</param>
/// <param name="ExpectedSpend">Sum of the expected net spend within the horizon.</param>
/// <param name="MeanMonetary">Mean RFM monetary value.</param>
public sealed record SegmentSummary(
    string Name, int Customers, double Share, double MeanChurnProbability, double ExpectedSpend, double MeanMonetary);
