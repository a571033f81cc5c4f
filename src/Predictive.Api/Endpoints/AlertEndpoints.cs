using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Store.Alerts;

namespace Predictive.Api.Endpoints;

/// <summary>What rules found of whom; seen, or silenced for a while.</summary>
internal static class AlertEndpoints
{
    private const int MostAlerts = 1000, MostDays = 365;

    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/alerts", List)
            .For(KeyRole.Marketer).Takes("top", "all")
            .WithName("Alerts").WithSummary("Alerts, newest first; how many are open of each rule")
            .WithDescription("Made by the worker after each training, or by predictive alerts evaluate: one per crossing.")
            .Produces<AlertsAnswer>().ProducesProblem(400).ProducesProblem(503);
        routes.MapPost("/v1/alerts/{id:long}/ack", Acknowledge)
            .For(KeyRole.Marketer).Takes()
            .WithName("AcknowledgeAlert").WithSummary("Say that an alert was seen")
            .Produces<AlertView>().ProducesProblem(404).ProducesProblem(503);
        routes.MapPost("/v1/alerts/mute", MuteRule)
            .For(KeyRole.Marketer).Takes()
            .WithName("MuteRule").WithSummary("Silence a rule for some days: what crosses meanwhile is noted as muted, and nothing is done")
            .WithDescription("days: 0–365; 0 = no longer silent.")
            .Accepts<MuteAsked>("application/json")
            .Produces<MuteAnswer>().ProducesProblem(400).ProducesProblem(408).ProducesProblem(413).ProducesProblem(415)
            .ProducesProblem(503);
    }

    private static async Task List(string? top, string? all, HttpContext context, HostStore store)
    {
        int most = QueryNumbers.Whole("top", top, 100, 1, MostAlerts);
        bool isAll = QueryFlags.Of("all", all);
        AlertsAnswer answer = await Task.Run(() => store.IfThere() is { } there && new AlertBook(there) is var book
            ? new AlertsAnswer(
                [.. book.List(most, isAll).Select(AlertView.Of)], [.. book.Count().Select(c => new OpenAlerts(c.Rule, c.Open))])
            : new AlertsAnswer([], []));
        await Answering.Send(context, AnswerJson.Of(answer));
    }

    private static async Task Acknowledge(long id, HttpContext context, HostStore store)
    {
        Alert alert = await Seen(id, context, store);
        await Answering.Send(context, AnswerJson.Of(AlertView.Of(alert)));
    }

    /// <summary>Says that an alert was seen.</summary>
    /// <exception cref="RequestException">There is none.</exception>
    public static async Task<Alert> Seen(long id, HttpContext context, HostStore store) =>
        await Task.Run(() => store.IfThere() is { } there ? new AlertBook(there).Acknowledge(id, HostStore.Actor(context)) : null)
            ?? throw RequestException.Missing(string.Create(
                CultureInfo.InvariantCulture, $"There is no alert {id}; GET /v1/alerts shows those there are."));

    private static async Task MuteRule(HttpContext context, HostStore store, ScoringHostOptions options, TimeProvider clock)
    {
        MuteAsked asked = await PostedJson.Read<MuteAsked>(context, options);
        await Answering.Send(context, AnswerJson.Of(await Mute(asked, context, store, clock)));
    }

    /// <summary>Silences a rule.</summary>
    /// <exception cref="RequestException">The rule has no name, or the days are out of range.</exception>
    public static async Task<MuteAnswer> Mute(MuteAsked asked, HttpContext context, HostStore store, TimeProvider clock)
    {
        if (asked.Rule.Length is 0 or > 200)
        {
            throw RequestException.Refused("rule is empty or too long; expected the name of a rule of alerts.json.");
        }

        if ((asked.Days ?? 7) is < 0 or > MostDays)
        {
            throw RequestException.Refused(string.Create(
                CultureInfo.InvariantCulture, $"days is {asked.Days}; expected 0 to {MostDays}."));
        }

        if (asked.Customer?.Length > 200)
        {
            throw RequestException.Refused("customer is too long; expected 200 characters at most.");
        }

        string customer = string.IsNullOrEmpty(asked.Customer) ? AlertBook.Everybody : asked.Customer;
        DateTimeOffset until = clock.GetUtcNow().AddDays(asked.Days ?? 7);
        await Task.Run(() => new AlertBook(store.Get()).Mute(asked.Rule, customer, until, HostStore.Actor(context)));
        return new MuteAnswer(asked.Rule, customer, until);
    }
}

/// <summary>A rule to be silenced.</summary>
/// <param name="Rule">Its name in alerts.json.</param>
/// <param name="Customer">Only about this customer; null = about all.</param>
/// <param name="Days">For how long. Default 7; 0 = no longer.</param>
internal sealed record MuteAsked(string Rule, string? Customer = null, int? Days = null);

/// <summary>A rule that is silent.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Customer">About whom; * = about all.</param>
/// <param name="Until">To when.</param>
public sealed record MuteAnswer(string Rule, string Customer, DateTimeOffset Until);

/// <summary>A rule that fired about a customer.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="Rule">Which.</param>
/// <param name="Customer">About whom.</param>
/// <param name="Severity">info, warning or critical.</param>
/// <param name="Owner">Who is told.</param>
/// <param name="Text">What is said.</param>
/// <param name="Play">What to do.</param>
/// <param name="State">open, acknowledged or muted.</param>
/// <param name="AsOf">Local time the customers were looked at as of.</param>
/// <param name="At">When it fired.</param>
/// <param name="AckedBy">Who saw it; null = nobody has yet.</param>
public sealed record AlertView(
    long Id, string Rule, string Customer, string Severity, string Owner, string Text, string Play, string State, string AsOf,
    DateTimeOffset At, string? AckedBy)
{
    internal static AlertView Of(Alert a) => new(
        a.Id, a.Rule, a.Subject, a.Severity, a.Owner, a.Text, a.Play, a.State, new LocalTime(a.AsOf).ToString(), a.At, a.AckedBy);
}

/// <summary>Open alerts of a rule.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Open">How many.</param>
public sealed record OpenAlerts(string Rule, int Open);

/// <summary>Alerts.</summary>
/// <param name="Alerts">Newest first.</param>
/// <param name="Open">How many are open of each rule, whatever is shown.</param>
public sealed record AlertsAnswer(IReadOnlyList<AlertView> Alerts, IReadOnlyList<OpenAlerts> Open);
