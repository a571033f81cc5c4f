using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>The ranked list a marketer acts on.</summary>
internal static class AtRiskEndpoints
{
    private const int MostRows = 10_000;
    private const int MostOffset = 100_000_000;
    private const string AtStake = "what is at stake × the share assumed to be saved";

    public static void MapAtRisk(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/at-risk", List)
            .For(KeyRole.Marketer)
                .Takes("top", "offset", "segment", "stage", "tier", "cell", "portrait", "band", "minProbability", "rank", "format",
                    "asOf")
            .WithName("AtRisk")
            .WithSummary("Customers by what a contact can save")
            .WithDescription(
                "top: 1–10000, default 100; offset: rows passed over, to page. segment: an RFM segment, lifecycle stage, tier, "
                    + "value-matrix cell or portrait of the model; stage, tier, cell, portrait, band (low, medium, high) and "
                    + "minProbability (0–1, default: where the medium band begins) filter further. rank: stake (the default), or uplift: "
                    + "what past campaigns teach that a contact brings, refused (409, with the reason) where that "
                    + "cannot be told better than by "
                    + "chance; rankedBy says which. format: json (default), csv or xlsx; "
                    + "in these two, text that a spreadsheet would run has an apostrophe before it.")
            .Produces<AtRiskAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(503);

    private static async Task List(
        HttpContext context, Answering answering, HostStore store, UpliftRanks ranks, [AsParameters] AtRiskQuery query)
    {
        ServingSnapshot snapshot = answering.WithData();
        LocalTime time = Answering.AsOfFor(query.AsOf, snapshot);
        AtRiskOptions options = Options(query, snapshot.Scorer.Bundle);
        string kind = ListAnswer.FormatOf(query.Format);
        UpliftRank? rank = null;
        if (IsUplift(query.Rank))
        {
            // What it was learned from is no part of the snapshot: an answer that was kept may be another by now.
            answering.Stamp(context.Response, snapshot);
            rank = await ranks.Of(snapshot.ScoresAt(time, context.RequestAborted), context.RequestAborted);
            options = options with { Gains = _ => rank.Gains! };
        }
        else if (answering.IsKnown(context, snapshot))
        {
            return;
        }

        string rankedBy = rank?.Words ?? AtStake;

        await ListAnswer.Send(
            context, store, snapshot, time, kind, "at-risk", (options with { Gains = null }).ToString() + rank?.Known, "at-risk list",
            new { kind, asOf = time.ToString(), options.Capacity, options.Offset, options.Segment, rankedBy },
            cancellation => Make(snapshot, time, options, rankedBy, kind, cancellation));
    }

    /// <summary>Whether a list is asked for by uplift.</summary>
    /// <exception cref="RequestException">Neither that nor by stake.</exception>
    public static bool IsUplift(string? rank) => rank switch
    {
        null or "" or "stake" => false,
        "uplift" => true,
        _ => throw RequestException.Refused($"rank is '{Answering.Short(rank)}'; expected stake or uplift."),
    };

    private static byte[] Make(
        ServingSnapshot snapshot, LocalTime time, AtRiskOptions options, string rankedBy, string kind, CancellationToken cancellation)
    {
        AtRiskList list = AtRisk.Rank(snapshot.Scorer, snapshot.ScoresAt(time, cancellation), options);
        if (kind == "json")
        {
            return AnswerJson.Of(new AtRiskAnswer(time.ToString(), snapshot.Scorer.Stamp, options.Offset, rankedBy, list));
        }

        using var file = new MemoryStream();
        AtRiskFile.Write(list, file, kind);
        return file.ToArray();
    }

    private static AtRiskOptions Options(AtRiskQuery query, ModelBundle bundle)
    {
        string[] rfm = [.. bundle.Rules.Options.Rfm.Segments.Segments], stages = [.. Lifecycle.Names];
        string[] tiers = [.. bundle.Rules.Tiers.Tiers.Select(t => t.Name)],
            cells = [.. Enum.GetValues<ValueMatrixCell>().Select(ValueMatrix.NameOf)];
        string[] portraits = [.. bundle.Portraits.Description.Portraits.Select(p => p.Name)];
        return new AtRiskOptions
        {
            Capacity = QueryNumbers.Whole("top", query.Top, 100, 1, MostRows),
            Offset = QueryNumbers.Whole("offset", query.Offset, 0, 0, MostOffset),
            MinimumProbability = Share("minProbability", query.MinProbability),
            Segment = OneOf(
                "segment", query.Segment, ("RFM segments", rfm), ("lifecycle stages", stages), ("tiers", tiers),
                ("value-matrix cells", cells), ("portraits", portraits)),
            Lifecycle = OneOf("stage", query.Stage, ("lifecycle stages", stages)),
            Tier = OneOf("tier", query.Tier, ("tiers", tiers)),
            ValueMatrix = OneOf("cell", query.Cell, ("value-matrix cells", cells)),
            Portrait = OneOf("portrait", query.Portrait, ("portraits", portraits)),
            Band = OneOf("band", query.Band, ("bands", [.. ChurnBand.Names])),
        };
    }

    private static double? Share(string name, string? text) =>
        string.IsNullOrEmpty(text) ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1
            ? share
        : throw RequestException.Refused($"{name} is {Answering.Short(text)}; expected 0 to 1, such as 0.6.");

    private static string? OneOf(string name, string? text, params (string Kind, string[] Names)[] known) =>
        string.IsNullOrEmpty(text) ? null
        : known.SelectMany(k => k.Names).FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw RequestException.Refused(
                $"{name} is '{Answering.Short(text)}'; expected one of the "
                    + $"{string.Join("; ", known.Select(k => $"{k.Kind} {string.Join(", ", k.Names.Distinct())}"))}.");
}

/// <summary>What may be asked of the list.</summary>
/// <param name="Top">Rows.</param>
/// <param name="Offset">Rows passed over.</param>
/// <param name="Segment">Any of the names below, or an RFM segment.</param>
/// <param name="Stage">Lifecycle stage.</param>
/// <param name="Tier">Membership tier.</param>
/// <param name="Cell">Cell of the value matrix.</param>
/// <param name="Portrait">Name of a portrait.</param>
/// <param name="Band">low, medium or high.</param>
/// <param name="MinProbability">Smallest churn probability.</param>
/// <param name="Rank">stake or uplift.</param>
/// <param name="Format">json, csv or xlsx.</param>
/// <param name="AsOf">The as-of.</param>
internal sealed record AtRiskQuery(
    string? Top, string? Offset, string? Segment, string? Stage, string? Tier, string? Cell, string? Portrait, string? Band,
    string? MinProbability, string? Rank, string? Format, string? AsOf);

/// <summary>The at-risk list as of one local time.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="Model">The version that made it.</param>
/// <param name="Offset">Rows passed over; the next page begins at this and the number of rows.</param>
/// <param name="RankedBy">What the rows are ranked by.</param>
/// <param name="List">The rows and the cut-off view.</param>
public sealed record AtRiskAnswer(string AsOf, ModelStamp Model, int Offset, string RankedBy, AtRiskList List);
