using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Endpoints;

/// <summary>Whom the customers, events or contacts table knows and who has not bought: what is known of them, and no money.</summary>
internal static class ProspectEndpoints
{
    private const int MostRows = 10_000;
    private const int MostOffset = 100_000_000;

    public static void MapProspects(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/prospects", List)
            .For(KeyRole.Marketer).Takes("stage", "top", "offset", "format", "asOf")
            .WithName("Prospects")
            .WithSummary("People without a purchase: the activated first, then whoever did something last")
            .WithDescription(
                "stage: acquired or activated (by an event that segments.json names). top: 1–10000, default 100; offset: rows passed over, "
                    + "to page. format: json (default), csv or xlsx.")
            .Produces<ProspectsAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(503);
        Describe(routes.MapGet("/v1/prospects/{id}", ByPath), "Prospect", "Everything known of one person without a purchase")
            .Takes("asOf");
        Describe(routes.MapGet("/v1/prospects/person", ByQuery), "ProspectById", "The same, whatever characters the id holds")
            .Takes("id", "asOf");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name, string summary) => route
        .For(KeyRole.Marketer).WithName(name).WithSummary(summary)
        .Produces<ProspectView>().Produces(304)
        .ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);

    private static async Task List(
        HttpContext context, Answering answering, HostStore store, string? stage, string? top, string? offset, string? format, string? asOf)
    {
        ServingSnapshot snapshot = answering.WithData();
        LocalTime time = Answering.AsOfFor(asOf, snapshot);
        string kind = ListAnswer.FormatOf(format);
        string? only = StageOf(stage);
        int rows = QueryNumbers.Whole("top", top, 100, 1, MostRows), from = QueryNumbers.Whole("offset", offset, 0, 0, MostOffset);
        if (answering.IsKnown(context, snapshot))
        {
            return;
        }

        await ListAnswer.Send(
            context, store, snapshot, time, kind, "prospects", string.Create(CultureInfo.InvariantCulture, $"{only}|{rows}|{from}"),
            "prospects", new { kind, asOf = time.ToString(), stage = only, top = rows, offset = from },
            _ => Make(snapshot, time, only, from, rows, kind));
    }

    /// <summary>A stage as the rules spell it; null = any.</summary>
    internal static string? StageOf(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : Prospects.Stages.FirstOrDefault(s => s.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw RequestException.Refused($"stage is '{Answering.Short(text)}'; expected {string.Join(" or ", Prospects.Stages)}.");

    private static byte[] Make(ServingSnapshot snapshot, LocalTime time, string? stage, int offset, int top, string kind)
    {
        ProspectTable? table = SnapshotProspects.Of(snapshot, time);
        Prospect[] asked = [.. table?.In(stage).Skip(offset).Take(top) ?? []];
        if (kind == "json")
        {
            return AnswerJson.Of(new ProspectsAnswer(
                time.ToString(), table?.Rows.Count ?? 0, table?.Activated ?? 0, Prospects.Group, offset,
                [.. asked.Select(r => ProspectRow.Of(r.Id, r.Result))]));
        }

        using var file = new MemoryStream();
        ProspectFile.Write(table ?? ProspectTable.Empty, asked, time, file, kind);
        return file.ToArray();
    }

    private static Task ByPath(string id, string? asOf, HttpContext context, Answering answering) =>
        View(CustomerEndpoints.Plain(id, "/v1/prospects/person"), asOf, context, answering);

    private static Task ByQuery(string? id, string? asOf, HttpContext context, Answering answering) =>
        View(CustomerEndpoints.Given(id, "/v1/prospects/person"), asOf, context, answering);

    private static async Task View(string id, string? asOf, HttpContext context, Answering answering)
    {
        ServingSnapshot snapshot = answering.WithData();
        await SnapshotProspects.Ready(snapshot, context.RequestAborted);
        ProspectView? view = ProspectView.Find(id, asOf, answering, snapshot, out bool hasEvents);
        if (view is null)
        {
            await Problem.Missing(
                $"There is no prospect '{Answering.Short(id)}' in the dataset served: nobody without a transaction is known by that id.")
                .Write(context);
        }
        else if (hasEvents)
        {
            // Changes with every event, so nobody is told that it is the same.
            answering.Stamp(context.Response, snapshot);
            await Answering.Send(context, AnswerJson.Of(view));
        }
        else if (!answering.IsKnown(context, snapshot))
        {
            await Answering.Send(context, AnswerJson.Of(view));
        }
    }
}

/// <summary>People without a purchase as of one local time.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="Prospects">How many there are, whatever is filtered.</param>
/// <param name="Activated">How many of them did something that activates.</param>
/// <param name="Group">Their group in the frequency × order-value chart.</param>
/// <param name="Offset">Rows passed over; the next page begins at this and the number of people.</param>
/// <param name="People">The activated first, then whoever did something last.</param>
public sealed record ProspectsAnswer(
    string AsOf, int Prospects, int Activated, string Group, int Offset, IReadOnlyList<ProspectRow> People);

/// <summary>One person without a purchase.</summary>
/// <param name="CustomerId">As in the source.</param>
/// <param name="Lifecycle">acquired, or activated.</param>
/// <param name="HeardOn">Local date of the first event; null = only the customers table knows the person.</param>
/// <param name="ActivatedOn">Local date of the first event that activates; null = none yet.</param>
/// <param name="LastEventOn">Local date of the last event; null = none.</param>
/// <param name="Events">Events so far.</param>
/// <param name="Reason">The same in words.</param>
public sealed record ProspectRow(
    string CustomerId, string Lifecycle, DateOnly? HeardOn, DateOnly? ActivatedOn, DateOnly? LastEventOn, int Events, string Reason)
{
    internal static ProspectRow Of(string id, ProspectResult result) => new(
        id, result.Stage, result.HeardOn, result.ActivatedOn, result.LastEventOn, result.Events, result.Reason);
}
