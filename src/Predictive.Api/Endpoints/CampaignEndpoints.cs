using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Effects;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.History;
using Predictive.Store.Campaigns;

namespace Predictive.Api.Endpoints;

/// <summary>Campaigns with a control group: who is contacted, who is held out, and what it brought.</summary>
internal static class CampaignEndpoints
{
    public static void MapCampaigns(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/campaigns", List)
            .For(KeyRole.Marketer).Takes()
            .WithName("Campaigns").WithSummary("All campaigns, newest first")
            .Produces<CampaignsAnswer>().ProducesProblem(503);
        routes.MapPost("/v1/campaigns", Make)
            .For(KeyRole.Marketer).Takes()
            .WithName("MakeCampaign").WithSummary("Draw who is contacted and who is held out")
            .WithDescription(
                "201 with the campaign; 200 with the one that was there already, asked for in the same words: nothing is drawn twice. "
                    + "Customers are scored as of the first day of the window, or the end of the data. Opt-outs, caps and other campaigns "
                    + "leave out; how many, and why, is in the answer. rank: stake (what is at stake, the default) or uplift (what past "
                    + "campaigns teach that a contact changes; where they do not tell better than chance, what is at stake, and rankedBy "
                    + "says so).")
            .Accepts<CampaignAsked>("application/json")
            .Produces<CampaignAnswer>().Produces<CampaignAnswer>(201)
            .ProducesProblem(400).ProducesProblem(408).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);
        routes.MapGet("/v1/campaigns/{name}", Show)
            .For(KeyRole.Marketer).Takes()
            .WithName("Campaign").WithSummary("One campaign: its plan, who was left out and why")
            .Produces<CampaignAnswer>().ProducesProblem(404).ProducesProblem(503);
        routes.MapGet("/v1/campaigns/{name}/report", Report)
            .For(KeyRole.Marketer).Takes()
            .WithName("CampaignReport").WithSummary("What it brought, with intervals, cost, profit and a verdict")
            .Produces<CampaignReportAnswer>().ProducesProblem(404).ProducesProblem(503);
        routes.MapGet("/v1/campaigns/{name}/export", Export)
            .For(KeyRole.Marketer).Takes("format")
            .WithName("ExportCampaign").WithSummary("The list for the channel: who is to be contacted, never who is held out")
            .WithDescription("Noted in the audit log.")
            .Produces<CampaignContactsAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
        foreach ((string verb, bool cancels) in new[] { ("end", false), ("cancel", true) })
        {
            routes.MapPost($"/v1/campaigns/{{name}}/{verb}", (string name, HttpContext context, CampaignDesk desk) =>
                Close(name, cancels, context, desk))
                .For(KeyRole.Marketer).Takes()
                .WithName(cancels ? "CancelCampaign" : "EndCampaign")
                .WithSummary(cancels
                    ? "Cancel a campaign: its customers are free for others, and nothing is learned from it"
                    : "End a campaign: its customers are free for others")
                .Produces<CampaignAnswer>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
        }
    }

    private static async Task List(HttpContext context, CampaignDesk desk) =>
        await Answering.Send(context, AnswerJson.Of(new CampaignsAnswer([.. (await desk.List()).Select(CampaignView.Of)])));

    private static async Task Show(string name, HttpContext context, CampaignDesk desk) => await Send(context, await desk.Find(name));

    private static async Task Make(HttpContext context, CampaignDesk desk, ScoringHostOptions options)
    {
        CampaignAsked asked = await PostedJson.Read<CampaignAsked>(context, options);
        CampaignCreation made = await desk.Create(context, asked.ToRequest());
        context.Response.StatusCode = made.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        context.Response.Headers.Location = $"/v1/campaigns/{Uri.EscapeDataString(made.Campaign.Name)}";
        await Send(context, made.Campaign);
    }

    private static async Task Report(string name, HttpContext context, CampaignDesk desk)
    {
        CampaignReport report = await desk.Report(await desk.Find(name));
        await Answering.Send(context, AnswerJson.Of(CampaignReportAnswer.Of(report)));
    }

    private static async Task Export(string name, string? format, HttpContext context, CampaignDesk desk)
    {
        string kind = ListAnswer.FormatOf(format);
        Campaign campaign = await desk.Find(name);
        byte[] file = await desk.Export(context, campaign, kind);
        await (kind == "json"
            ? Answering.Send(context, file)
            : Answering.SendFile(context, file, "campaign", LocalTime.StartOf(campaign.From), kind));
    }

    private static async Task Close(string name, bool cancels, HttpContext context, CampaignDesk desk)
    {
        await desk.Close(context, name, cancels);
        await Send(context, await desk.Find(name));
    }

    private static Task Send(HttpContext context, Campaign campaign) => Answering.Send(context, AnswerJson.Of(new CampaignAnswer(
        CampaignView.Of(campaign), CampaignWords.Before(CampaignPlan.Of(campaign), campaign.Contacted, campaign.HeldOut))));
}

/// <summary>A campaign that is asked for.</summary>
/// <param name="Name">Unique; 1 to 200 characters without |.</param>
/// <param name="Channel">By which way, such as call.</param>
/// <param name="From">First day of the window.</param>
/// <param name="To">Last day of it: outcomes are counted through it.</param>
/// <param name="Audience">at-risk (the default), everyone, segment:NAME, pool:NAME, or filter with where.</param>
/// <param name="Where">Further conditions, such as value_band=A|B and recency_days&gt;=30.</param>
/// <param name="Top">Customers at most, those held out included. Default 500.</param>
/// <param name="Holdout">Share that is held out. Default .2.</param>
/// <param name="Cost">What one contact costs, offer included. Default 0.</param>
/// <param name="Margin">Share of spend that is left after goods. Default 1.</param>
/// <param name="Seed">Of the draw. Default 1.</param>
/// <param name="Daily">Whether intervals hold however often one looks; they are wider. Default false.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Rank">stake (the default) or uplift.</param>
internal sealed record CampaignAsked(
    string Name, string Channel, DateOnly From, DateOnly To, string? Audience = null, string? Where = null, int? Top = null,
    double? Holdout = null, double? Cost = null, double? Margin = null, int? Seed = null, bool? Daily = null, string? Purpose = null,
    string? Rank = null)
{
    public CampaignRequest ToRequest() => Rank is null or "stake" or "uplift"
        ? new CampaignRequest
        {
            Name = Name, Audience = Audience ?? "at-risk", Where = string.IsNullOrWhiteSpace(Where) ? null : Where, Top = Top ?? 500,
            Holdout = Holdout ?? .2, Channel = Channel, From = From, To = To, Cost = Cost ?? 0, Margin = Margin ?? 1, Seed = Seed ?? 1,
            IsDaily = Daily ?? false, Purpose = string.IsNullOrWhiteSpace(Purpose) ? null : Purpose, ByUplift = Rank == "uplift",
        }
        : throw RequestException.Refused($"rank is '{Answering.Short(Rank)}'; expected stake or uplift.");
}

/// <summary>A campaign as it stands.</summary>
/// <param name="Name">Unique.</param>
/// <param name="State">running, ended or cancelled.</param>
/// <param name="Channel">Such as call.</param>
/// <param name="From">First day of the window.</param>
/// <param name="To">Last day of it.</param>
/// <param name="Contacted">Customers to be contacted.</param>
/// <param name="HeldOut">Customers held out.</param>
/// <param name="LeftOut">Who was left out, and why.</param>
/// <param name="By">Who made it.</param>
/// <param name="MadeAt">When.</param>
/// <param name="EndedAt">When it was ended or cancelled; null = it was not.</param>
/// <param name="OutcomesThrough">Last day the outcomes are whole for; null = none are known.</param>
/// <param name="Plan">What was said when it was made.</param>
public sealed record CampaignView(
    string Name, string State, string Channel, DateOnly From, DateOnly To, int Contacted, int HeldOut, IReadOnlyList<LeftOut> LeftOut,
    string By, DateTimeOffset MadeAt, DateTimeOffset? EndedAt, DateOnly? OutcomesThrough, CampaignPlan Plan)
{
    internal static CampaignView Of(Campaign c) => new(
        c.Name, c.State, c.Channel, c.From, c.To, c.Contacted, c.HeldOut, c.LeftOut, c.Actor, c.CreatedAt, c.EndedAt, c.OutcomesThrough,
        CampaignPlan.Of(c));
}

/// <summary>Campaigns.</summary>
/// <param name="Campaigns">Newest first.</param>
public sealed record CampaignsAnswer(IReadOnlyList<CampaignView> Campaigns);

/// <summary>One campaign.</summary>
/// <param name="Campaign">As it stands.</param>
/// <param name="Words">What it can find out, in sentences.</param>
public sealed record CampaignAnswer(CampaignView Campaign, IReadOnlyList<string> Words);

/// <summary>Somebody to be contacted.</summary>
/// <param name="Rank">1 = first.</param>
/// <param name="CustomerId">Who.</param>
/// <param name="WhatToDo">The play.</param>
/// <param name="Why">Reasons of the risk.</param>
/// <param name="ChurnRisk">Chance to buy nothing; null = not known.</param>
/// <param name="ExpectedSpend">Net spend expected.</param>
public sealed record CampaignContact(int Rank, string CustomerId, string WhatToDo, string Why, double? ChurnRisk, double ExpectedSpend);

/// <summary>Who is to be contacted for a campaign, never who is held out.</summary>
/// <param name="Campaign">Its name.</param>
/// <param name="Channel">By which way.</param>
/// <param name="Contacts">In order.</param>
public sealed record CampaignContactsAnswer(string Campaign, string Channel, IReadOnlyList<CampaignContact> Contacts);

/// <summary>A figure with its interval.</summary>
/// <param name="Mean">The figure.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record IntervalAnswer(double Mean, double Low, double High);

/// <summary>What a campaign brought.</summary>
/// <param name="Campaign">Its name.</param>
/// <param name="Stage">noOutcomes, tooEarly, running or final; before running and final there is no verdict.</param>
/// <param name="Through">Last day of the outcomes.</param>
/// <param name="Contacted">Customers to be contacted, with a known outcome.</param>
/// <param name="HeldOut">Customers held out, with a known outcome.</param>
/// <param name="Made">Contacts noted for it.</param>
/// <param name="Reached">Customers of it who were contacted, as noted.</param>
/// <param name="Contaminated">Held-out customers who were contacted all the same.</param>
/// <param name="Retention">Effect on the share that bought, adjusted by what was known before.</param>
/// <param name="RetentionPlain">The plain difference.</param>
/// <param name="Spend">Effect on net spend per head, adjusted.</param>
/// <param name="Kept">Customers kept.</param>
/// <param name="ExtraSpend">Spend brought.</param>
/// <param name="Cost">What the contacts cost.</param>
/// <param name="Profit">Margin on the extra spend less the cost.</param>
/// <param name="Verdict">In sentences.</param>
public sealed record CampaignReportAnswer(
    string Campaign, string Stage, DateOnly Through, int Contacted, int HeldOut, int Made, int Reached, int Contaminated,
    EffectEstimate Retention, IntervalAnswer RetentionPlain, EffectEstimate Spend, double Kept, double ExtraSpend, double Cost,
    IntervalAnswer Profit, IReadOnlyList<string> Verdict)
{
    internal static CampaignReportAnswer Of(CampaignReport r) => new(
        r.Campaign.Name, StageOf(r.Stage), r.Through, r.Contacted, r.HeldOut, r.Made, r.Reached, r.Contaminated, r.Retention,
        new IntervalAnswer(r.RetentionPlain.Difference, r.RetentionPlain.Low, r.RetentionPlain.High), r.Spend, r.Kept, r.ExtraSpend, r.Cost,
        new IntervalAnswer(r.Profit.Mean, r.Profit.Low, r.Profit.High), CampaignWords.Verdict(r));

    private static string StageOf(ReportStage stage) => stage switch
    {
        ReportStage.NoOutcomes => "noOutcomes", ReportStage.TooEarly => "tooEarly", ReportStage.Running => "running", _ => "final",
    };
}
