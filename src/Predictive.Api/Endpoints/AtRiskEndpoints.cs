using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>The ranked list a marketer acts on.</summary>
internal static class AtRiskEndpoints
{
    private const int MostRows = 10_000;

    public static void MapAtRisk(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/at-risk", List)
            .WithName("AtRisk")
            .WithSummary("Customers by what a contact can save")
            .WithDescription("top: 1–10000, default 100. segment: an RFM segment, lifecycle stage, tier, value-matrix cell or portrait. format: json (default), csv or xlsx; in these two, text that a spreadsheet would run has an apostrophe before it.")
            .Produces<AtRiskAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static IResult List(ScoringState state, int? top, string? segment, string? format, string? asOf)
    {
        if (top is < 1 or > MostRows)
        {
            throw RequestException.Refused($"top is {top}; expected 1 to {MostRows}.");
        }

        CustomerScorer scorer = state.Scorer();
        var instant = state.AsOfFor(asOf, state.Base());
        AtRiskList list = AtRisk.Rank(scorer, state.ScoreBase(scorer, instant), new AtRiskOptions { Capacity = top ?? 100, Segment = string.IsNullOrEmpty(segment) ? null : segment });
        string? kind = format?.ToLowerInvariant();
        switch (kind)
        {
            case null or "" or "json":
                return TypedResults.Ok(new AtRiskAnswer(instant.ToString(), scorer.Stamp, list));
            case "csv" or "xlsx":
                var file = new MemoryStream();
                AtRiskFile.Write(list, file, kind);
                file.Position = 0;
                return TypedResults.File(file, kind == "csv" ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", $"at-risk-{instant}.{kind}");
            default:
                throw RequestException.Refused($"format is '{format}'; expected json, csv or xlsx.");
        }
    }
}

/// <summary>The at-risk list as of one instant.</summary>
/// <param name="AsOf">The instant.</param>
/// <param name="Model">The version that made it.</param>
/// <param name="List">The rows and the cut-off view.</param>
public sealed record AtRiskAnswer(string AsOf, ModelStamp Model, AtRiskList List);
