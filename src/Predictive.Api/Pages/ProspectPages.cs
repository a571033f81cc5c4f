using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.SignIn;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;
using Predictive.Store.Audit;

namespace Predictive.Api.Pages;

/// <summary>Who is known and has not bought: the list, one of them, and the list to take away.</summary>
internal static class ProspectPages
{
    private const int PageRows = 50, MostPages = 200, MostRows = 100_000;

    public static void MapProspectPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/prospects", List).Page("stage", "page");
        routes.MapGet("/prospect", Show).Page("id");
        routes.MapPost("/prospects/export", Export).Page("stage");
    }

    private static async Task List(
        HttpContext context, Answering answering, PageRenderer renderer, string? stage, string? page)
    {
        ServingSnapshot snapshot = answering.WithData();
        string? only = ProspectEndpoints.StageOf(stage);
        ProspectTable table = await SnapshotProspects.Ready(snapshot, context.RequestAborted) ?? ProspectTable.Empty;
        int count = only is null ? table.Rows.Count : table.In(only).Count();
        int pages = Math.Clamp((count + PageRows - 1) / PageRows, 1, MostPages);
        int at = int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out int p) ? Math.Clamp(p, 1, pages) : 1;
        await renderer.Show<ProspectsView>(context, "prospects.title", new()
        {
            [nameof(ProspectsView.Table)] = table,
            [nameof(ProspectsView.Rows)] = table.In(only).Skip((at - 1) * PageRows).Take(PageRows).ToList(),
            [nameof(ProspectsView.Stage)] = only,
            [nameof(ProspectsView.Page)] = at, [nameof(ProspectsView.Pages)] = pages,
        });
    }

    private static async Task Show(HttpContext context, Answering answering, PageRenderer renderer, string? id)
    {
        ServingSnapshot snapshot = answering.WithData();
        if (string.IsNullOrEmpty(id))
        {
            throw RequestException.Refused("'id' is missing; expected /prospect?id=ID.");
        }

        await SnapshotProspects.Ready(snapshot, context.RequestAborted);
        ProspectView view = ProspectView.Find(id, null, answering, snapshot, out _)
            ?? throw RequestException.Missing($"There is nobody '{Answering.Short(id)}' without a purchase in the data served.");
        await renderer.Show<ProspectPageView>(context, "prospects.one", new() { [nameof(ProspectPageView.View)] = view });
    }

    private static async Task Export(HttpContext context, Answering answering, HostStore store, IAntiforgery antiforgery)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        ServingSnapshot snapshot = answering.WithData();
        string? stage = ProspectEndpoints.StageOf(context.Request.Query["stage"]);
        string format = ListAnswer.SheetOf(form["format"]);
        ProspectTable table = await SnapshotProspects.Ready(snapshot, context.RequestAborted) ?? ProspectTable.Empty;
        // What cannot be noted is not taken away.
        AuditLog audit = await store.Audit();
        byte[] file = await Task.Run(() =>
        {
            Prospect[] rows = [.. table.In(stage).Take(MostRows)];
            using var stream = new MemoryStream();
            ProspectFile.Write(table, rows, snapshot.AsOf!.Value, stream, format);
            audit.Append(HostStore.Actor(context), "export", "prospects", new
            {
                kind = format, asOf = snapshot.AsOf.ToString(), rows = rows.Length, stage,
            });
            return stream.ToArray();
        });
        await Answering.SendFile(context, file, "prospects", snapshot.AsOf!.Value, format);
    }
}
