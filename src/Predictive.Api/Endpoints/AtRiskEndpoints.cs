using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
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
    private static readonly string[] s_formats = ["json", "csv", "xlsx"];

    public static void MapAtRisk(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/at-risk", List)
            .For(KeyRole.Marketer).Takes("top", "segment", "format", "asOf")
            .WithName("AtRisk")
            .WithSummary("Customers by what a contact can save")
            .WithDescription("top: 1–10000, default 100. segment: an RFM segment, lifecycle stage, tier, value-matrix cell or portrait of the model. format: json (default), csv or xlsx; in these two, text that a spreadsheet would run has an apostrophe before it.")
            .Produces<AtRiskAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(503);

    private static async Task List(HttpContext context, Answering answering, string? top, string? segment, string? format, string? asOf)
    {
        ServingSnapshot snapshot = answering.WithData();
        AsOf instant = Answering.AsOfFor(asOf, snapshot);
        int rows = Rows(top);
        string? only = Segment(segment, snapshot.Scorer.Bundle);
        string kind = string.IsNullOrEmpty(format) ? "json" : format.ToLowerInvariant();
        if (!s_formats.Contains(kind))
        {
            throw RequestException.Refused($"format is '{Answering.Short(format!)}'; expected json, csv or xlsx.");
        }

        if (answering.IsKnown(context, snapshot))
        {
            return;
        }

        string key = string.Create(CultureInfo.InvariantCulture, $"at-risk|{instant.Micros}|{rows}|{kind}|{only}");
        byte[] body = await snapshot.Answers.Get(key, cancellation => Make(snapshot, instant, rows, only, kind, cancellation), context.RequestAborted);
        if (kind != "json")
        {
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"at-risk-{instant.ToString().Replace(":", "", StringComparison.Ordinal)}.{kind}\"";
        }

        await Answering.Send(context, body, kind switch
        {
            "csv" => "text/csv; charset=utf-8",
            "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _ => Answering.Json,
        });
    }

    private static byte[] Make(ServingSnapshot snapshot, AsOf instant, int rows, string? segment, string kind, CancellationToken cancellation)
    {
        AtRiskList list = AtRisk.Rank(snapshot.Scorer, snapshot.ScoresAt(instant, cancellation), new AtRiskOptions { Capacity = rows, Segment = segment });
        if (kind == "json")
        {
            return AnswerJson.Of(new AtRiskAnswer(instant.ToString(), snapshot.Scorer.Stamp, list));
        }

        using var file = new MemoryStream();
        AtRiskFile.Write(list, file, kind);
        return file.ToArray();
    }

    private static int Rows(string? top) =>
        string.IsNullOrEmpty(top) ? 100
        : int.TryParse(top, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows is >= 1 and <= MostRows ? rows
        : throw RequestException.Refused($"top is {Answering.Short(top)}; expected 1 to {MostRows}.");

    private static string? Segment(string? segment, ModelBundle bundle)
    {
        if (string.IsNullOrEmpty(segment))
        {
            return null;
        }

        (string Kind, string[] Names)[] known =
        [
            ("RFM segments", [.. bundle.Rules.Options.Rfm.Segments.Segments]),
            ("lifecycle stages", [.. Enum.GetNames<LifecycleStage>().Select(n => n.ToLowerInvariant())]),
            ("tiers", [.. bundle.Rules.Tiers.Tiers.Select(t => t.Name)]),
            ("value-matrix cells", [.. Enum.GetValues<ValueMatrixCell>().Select(ValueMatrix.NameOf)]),
            ("portraits", [.. bundle.Portraits.Description.Portraits.Select(p => p.Name)]),
        ];
        return known.SelectMany(k => k.Names).FirstOrDefault(n => n.Equals(segment, StringComparison.OrdinalIgnoreCase))
            ?? throw RequestException.Refused($"segment is '{Answering.Short(segment)}'; expected one of the {string.Join("; ", known.Select(k => $"{k.Kind} {string.Join(", ", k.Names.Distinct())}"))}.");
    }
}

/// <summary>The at-risk list as of one instant.</summary>
/// <param name="AsOf">The instant.</param>
/// <param name="Model">The version that made it.</param>
/// <param name="List">The rows and the cut-off view.</param>
public sealed record AtRiskAnswer(string AsOf, ModelStamp Model, AtRiskList List);
