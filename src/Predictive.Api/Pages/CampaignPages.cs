using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Acting.Campaigns;
using Predictive.Api.Answers;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Pages.Language;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.SignIn;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Store.Campaigns;

namespace Predictive.Api.Pages;

/// <summary>Campaigns: those there are, one of them with what it brought, and a new one.</summary>
internal static class CampaignPages
{
    public static void MapCampaignPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/campaigns", List).Page();
        routes.MapPost("/campaigns/create", Create).Page();
        routes.MapGet("/campaign", Show).Page("name");
        routes.MapPost("/campaign/export", Export).Page();
        routes.MapPost("/campaign/close", Close).Page();
        routes.MapPost("/campaigns/standing", Standing).Page();
    }

    private static async Task List(
        HttpContext context, CampaignDesk desk, HostStore store, Answering answering, TimeProvider clock, PageRenderer renderer)
    {
        IReadOnlyList<Campaign> all = await desk.List();
        DateOnly first = FirstDay(answering, clock);
        await renderer.Show<CampaignsView>(context, "nav.campaigns", new()
        {
            [nameof(CampaignsView.Standing)] = (await StandingEndpoints.All(store)).Select(StandingView.Of).ToList(),
            [nameof(CampaignsView.Campaigns)] = all, [nameof(CampaignsView.First)] = first,
            [nameof(CampaignsView.HasData)] = answering.SnapshotIfAny()?.Scores is not null,
        });
    }

    private static async Task Show(HttpContext context, CampaignDesk desk, PageRenderer renderer, string? name)
    {
        Campaign campaign = await desk.Find(name);
        await renderer.Show<CampaignPageView>(context, "campaign.title", new()
        {
            [nameof(CampaignPageView.Campaign)] = campaign, [nameof(CampaignPageView.Plan)] = CampaignPlan.Of(campaign),
            [nameof(CampaignPageView.Report)] = campaign.OutcomesThrough is null ? null : await desk.Report(campaign),
        });
    }

    private static async Task Create(HttpContext context, IAntiforgery antiforgery, CampaignDesk desk)
    {
        var form = new FormFields(await PostedForm.Read(context, antiforgery));
        CampaignCreation made = await desk.Create(context, new CampaignRequest
        {
            Name = form.Text("name"), Audience = form.Text("audience"), Where = form.Optional("where"),
            Top = form.Whole("top"), Holdout = form.Number("holdout") / 100, Channel = form.Text("channel"), From = form.Day("from"),
            To = form.Day("to"), Cost = form.Number("cost"), Margin = form.Number("margin") / 100,
            ByUplift = form.Optional("rank") == "uplift",
        });
        context.Response.Redirect(PageUrl.Of("/campaign", ("name", made.Campaign.Name)));
    }

    private static async Task Export(HttpContext context, IAntiforgery antiforgery, CampaignDesk desk)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        string kind = ListAnswer.SheetOf(form["format"]);
        Campaign campaign = await desk.Find(form["name"]);
        await Answering.SendFile(
            context, await desk.Export(context, campaign, kind), "campaign", LocalTime.StartOf(campaign.From), kind);
    }

    private static async Task Close(HttpContext context, IAntiforgery antiforgery, CampaignDesk desk)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        await desk.Close(context, form["name"], form["how"] == "cancel");
        context.Response.Redirect(PageUrl.Of("/campaign", ("name", form["name"])));
    }

    private static async Task Standing(HttpContext context, IAntiforgery antiforgery, HostStore store)
    {
        var form = new FormFields(await PostedForm.Read(context, antiforgery));
        await StandingEndpoints.Set(form.Text("name"), form.Optional("resume") is null ? "on a page" : null, context, store);
        context.Response.Redirect("/campaigns");
    }

    // The midnight after the data, or today, whichever is later: nothing of a window is known before it begins.
    private static DateOnly FirstDay(Answering answering, TimeProvider clock)
    {
        DateOnly today = DateOnly.FromDateTime(clock.GetLocalNow().DateTime);
        return answering.SnapshotIfAny()?.AsOf is { } asOf && DateOnly.FromDateTime(asOf.ToDateTime()) is var data && data > today
            ? data
            : today;
    }
}

/// <summary>Fields of a form, read strictly: what is wrong is said by its name.</summary>
internal sealed class FormFields(IFormCollection form)
{
    /// <summary>A text; empty where it was left out.</summary>
    public string Text(string name) => ((string?)form[name] ?? "").Trim();

    /// <summary>A text; null where it was left out.</summary>
    public string? Optional(string name) => Text(name) is { Length: > 0 } text ? text : null;

    /// <summary>A whole number.</summary>
    public int Whole(string name) => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number : throw Refused(name, "a whole number");

    /// <summary>A number with a point.</summary>
    public double Number(string name) =>
        double.TryParse(Text(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number : throw Refused(name, "a number such as 2.5");

    /// <summary>A date.</summary>
    public DateOnly Day(string name) =>
        DateOnly.TryParseExact(Text(name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            ? day : throw Refused(name, "a date such as 2025-07-01");

    private RequestException Refused(string name, string expected) =>
        RequestException.Refused($"{name} is '{Answering.Short(Text(name))}'; expected {expected}.");
}
