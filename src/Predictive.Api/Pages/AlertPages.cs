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
using Predictive.Store.Alerts;
using Predictive.Store.WorkTasks;

namespace Predictive.Api.Pages;

/// <summary>What rules found, and what is to be done about it.</summary>
internal static class AlertPages
{
    private const int PageRows = 100;

    public static void MapAlertPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/alerts", Alerts).Page("all", "page");
        routes.MapPost("/alerts/ack", Acknowledge).Page();
        routes.MapPost("/alerts/mute", Mute).Page();
        routes.MapGet("/tasks", Tasks).Page("owner", "all", "page");
        routes.MapGet("/tasks/calendar", Calendar).Page("owner");
        routes.MapPost("/tasks/done", Done).Page();
        routes.MapPost("/tasks/snooze", Snooze).Page();
    }

    private static async Task Alerts(HttpContext context, HostStore store, PageRenderer renderer, string? all, string? page)
    {
        (int rows, IReadOnlyList<(string Rule, int Open)> open) = await Task.Run(() =>
            store.IfThere() is { } there && new AlertBook(there) is var book
                ? (book.Rows(all == "1"), book.Count()) : (0, (IReadOnlyList<(string, int)>)[]));
        (int at, int pages) = PageOf(page, rows);
        IReadOnlyList<Alert> alerts = rows == 0 ? []
            : await Task.Run(() => new AlertBook(store.Get()).List(PageRows, all == "1", (at - 1) * PageRows));
        await renderer.Show<AlertsView>(context, "nav.alerts", new()
        {
            [nameof(AlertsView.Page)] = at, [nameof(AlertsView.Pages)] = pages,
            [nameof(AlertsView.Alerts)] = alerts, [nameof(AlertsView.Open)] = open, [nameof(AlertsView.All)] = all == "1",
        });
    }

    private static async Task Acknowledge(HttpContext context, IAntiforgery antiforgery, HostStore store)
    {
        var form = new FormFields(await PostedForm.Read(context, antiforgery));
        await AlertEndpoints.Seen(form.Whole("id"), context, store);
        context.Response.Redirect("/alerts");
    }

    private static async Task Mute(HttpContext context, IAntiforgery antiforgery, HostStore store, TimeProvider clock)
    {
        var form = new FormFields(await PostedForm.Read(context, antiforgery));
        await AlertEndpoints.Mute(new MuteAsked(form.Text("rule"), null, form.Whole("days")), context, store, clock);
        context.Response.Redirect("/alerts");
    }

    private static async Task Tasks(
        HttpContext context, HostStore store, TimeProvider clock, PageRenderer renderer, string? owner, string? all, string? page)
    {
        string? whose = string.IsNullOrEmpty(owner) ? null : owner;
        IReadOnlyList<WorkTask> tasks = await Task.Run(() =>
            store.IfThere() is { } there ? new WorkTaskBook(there).List(null, all == "1") : []);
        WorkTask[] own = [.. tasks.Where(t => whose is null || t.Asked.Owner == whose)];
        (int at, int pages) = PageOf(page, own.Length);
        await renderer.Show<TasksView>(context, "nav.tasks", new()
        {
            [nameof(TasksView.Page)] = at, [nameof(TasksView.Pages)] = pages,
            [nameof(TasksView.Tasks)] = own.Skip((at - 1) * PageRows).Take(PageRows).ToList(),
            [nameof(TasksView.Owners)] = tasks.Select(t => t.Asked.Owner).Distinct().Order(StringComparer.Ordinal).ToList(),
            [nameof(TasksView.Owner)] = whose, [nameof(TasksView.All)] = all == "1",
            [nameof(TasksView.Today)] = DateOnly.FromDateTime(clock.GetLocalNow().DateTime),
        });
    }

    private static async Task Calendar(HttpContext context, HostStore store, string? owner)
    {
        byte[] feed = await TaskEndpoints.Feed(owner, store);
        context.Response.Headers.ContentDisposition = "attachment; filename=\"tasks.ics\"";
        await Answering.Send(context, feed, "text/calendar; charset=utf-8");
    }

    private static (int Page, int Pages) PageOf(string? page, int rows)
    {
        int pages = Math.Max(1, (rows + PageRows - 1) / PageRows);
        return (QueryNumbers.Whole("page", page, 1, 1, pages), pages);
    }

    private static async Task Done(HttpContext context, IAntiforgery antiforgery, HostStore store, TimeProvider clock)
    {
        var form = new FormFields(await PostedForm.Read(context, antiforgery));
        await TaskEndpoints.Finish(
            form.Whole("id"), new TaskOutcome(form.Text("outcome"), form.Optional("note")), context, store, clock);
        context.Response.Redirect("/tasks");
    }

    private static async Task Snooze(HttpContext context, IAntiforgery antiforgery, HostStore store)
    {
        var form = new FormFields(await PostedForm.Read(context, antiforgery));
        await TaskEndpoints.Snooze(form.Whole("id"), form.Day("until"), context, store);
        context.Response.Redirect("/tasks");
    }
}
