using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Acting.Standing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Store.Standing;

namespace Predictive.Api.Endpoints;

/// <summary>Campaigns that are always on: how they stand, paused and resumed. What they are stands in a file beside the data.</summary>
internal static class StandingEndpoints
{
    private const int MostText = 500;

    public static void MapStanding(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/standing-campaigns", List)
            .For(KeyRole.Marketer).Takes()
            .WithName("StandingCampaigns").WithSummary("Campaigns that are always on, and whether they still pay")
            .WithDescription("Those of standing.json that had a round, by the worker or by predictive campaign standing run.")
            .Produces<StandingAnswer>().ProducesProblem(503);
        routes.MapPost("/v1/standing-campaigns/{name}/pause", PauseOne)
            .For(KeyRole.Marketer).Takes()
            .WithName("PauseStandingCampaign").WithSummary("Pause one: nobody enters and no step is sent")
            .Accepts<PauseAsked>("application/json")
            .Produces<StandingView>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(408).ProducesProblem(409)
            .ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);
        routes.MapPost("/v1/standing-campaigns/{name}/resume", ResumeOne)
            .For(KeyRole.Marketer).Takes()
            .WithName("ResumeStandingCampaign").WithSummary("Let a paused one go on: who enters from then on is judged anew")
            .Produces<StandingView>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
    }

    /// <summary>All that had a round; none where there is no store.</summary>
    public static Task<IReadOnlyList<StandingState>> All(HostStore store) =>
        Task.Run(() => store.IfThere() is { } there ? new StandingBook(there).List() : []);

    /// <summary>Pauses or resumes one.</summary>
    /// <param name="name">Which.</param>
    /// <param name="reason">Why it is paused; null = it is resumed.</param>
    /// <param name="context">Who asks.</param>
    /// <param name="store">Where it is.</param>
    /// <exception cref="RequestException">There is none, or it is so already.</exception>
    public static async Task<StandingState> Set(string name, string? reason, HttpContext context, HostStore store)
    {
        (bool done, StandingState? now) = await Task.Run(() =>
        {
            if (store.IfThere() is not { } there || new StandingBook(there) is var book && Known(book, name) is not { } known)
            {
                return (false, null);
            }

            string actor = HostStore.Actor(context);
            return (reason is null ? book.Resume(known.Name, actor) : book.Pause(known.Name, reason, actor), book.Find(known.Name));
        });
        return now is null
            ? throw RequestException.Missing(
                $"There is no standing campaign '{Answering.Short(name)}' that had a round; GET /v1/standing-campaigns "
                    + "shows those there are.")
            : done ? now
            : throw RequestException.Conflict($"The standing campaign '{Answering.Short(now.Name)}' is {now.State} already.");
    }

    private static async Task List(HttpContext context, HostStore store) =>
        await Answering.Send(context, AnswerJson.Of(new StandingAnswer([.. (await All(store)).Select(StandingView.Of)])));

    private static async Task PauseOne(string name, HttpContext context, HostStore store, ScoringHostOptions options)
    {
        PauseAsked asked = await PostedJson.Read<PauseAsked>(context, options);
        if (asked.Reason.Trim().Length is 0 or > MostText)
        {
            throw RequestException.Refused($"reason is empty or too long; expected 1 to {MostText} characters.");
        }

        await Answering.Send(context, AnswerJson.Of(StandingView.Of(await Set(name, asked.Reason.Trim(), context, store))));
    }

    private static async Task ResumeOne(string name, HttpContext context, HostStore store) =>
        await Answering.Send(context, AnswerJson.Of(StandingView.Of(await Set(name, null, context, store))));

    // A slash within a part of a path stays encoded.
    private static StandingState? Known(StandingBook book, string name) =>
        book.Find(name) ?? book.Find(name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Why a standing campaign is to be paused.</summary>
/// <param name="Reason">In words, 1 to 500 characters.</param>
internal sealed record PauseAsked(string Reason);

/// <summary>A standing campaign as it stands.</summary>
/// <param name="Name">As standing.json names it.</param>
/// <param name="State">running or paused.</param>
/// <param name="Reason">Why it is paused; empty = it is not.</param>
/// <param name="AsOf">Local time of its last round.</param>
/// <param name="Since">Who entered from this day on is judged.</param>
/// <param name="By">Who changed its state last.</param>
/// <param name="ChangedAt">When.</param>
/// <param name="InSteps">Customers with steps to come.</param>
/// <param name="Waiting">Customers who wait to enter.</param>
/// <param name="Judged">Customers whose window is over.</param>
/// <param name="HeldOut">Of them, held out.</param>
/// <param name="SentThisMonth">Contacts sent in the calendar month of the last round.</param>
/// <param name="CostThisMonth">What they cost.</param>
/// <param name="Profit">Profit per head against those held out, contacts counted, in the period that runs; null = too few are
/// judged.</param>
/// <param name="Words">Whether it still pays, in sentences.</param>
public sealed record StandingView(
    string Name, string State, string Reason, string AsOf, DateOnly Since, string By, DateTimeOffset ChangedAt, int InSteps, int Waiting,
    int Judged, int HeldOut, int SentThisMonth, double CostThisMonth, IntervalAnswer? Profit, IReadOnlyList<string> Words)
{
    internal static StandingView Of(StandingState s)
    {
        StandingReport? r = StandingReport.Of(s);
        return new(
            s.Name, s.State, s.Reason, new LocalTime(s.AsOf).ToString(), s.Since, s.Actor, s.ChangedAt, r?.InSteps ?? 0, r?.Waiting ?? 0,
            r?.Judgement.Judged ?? 0, r?.Judgement.HeldOut ?? 0, r?.SentThisMonth ?? 0, r?.CostThisMonth ?? 0,
            r?.Judgement.Profit is { } p ? new IntervalAnswer(p.Effect, p.Low, p.High) : null, r?.Words() ?? []);
    }
}

/// <summary>Standing campaigns.</summary>
/// <param name="Campaigns">By name.</param>
public sealed record StandingAnswer(IReadOnlyList<StandingView> Campaigns);
