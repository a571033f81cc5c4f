using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>What the host knows of its customers, one at a time.</summary>
internal static class CustomerEndpoints
{
    private const string AsOfText =
        "asOf: 2011-09-01 or 2011-09-01T10:15:00 (with an offset if wanted); default: midnight after the last transaction served, but "
            + "never later than midnight after today.";

    public static void MapCustomers(this IEndpointRouteBuilder routes)
    {
        Map("/v1/customers/{id}/score", "ScoreCustomer", "One customer's score", ByPath).Takes("asOf");
        Map("/v1/customers/score", "ScoreCustomerById", "One customer's score, whatever characters the id holds", ByQuery).Takes(
            "id", "asOf");

        RouteHandlerBuilder Map(string pattern, string name, string summary, Delegate handler) =>
            Describe<CustomerScore>(routes.MapGet(pattern, handler), KeyRole.Score, name, summary);
        Describe<CustomerView>(
            routes.MapGet("/v1/customers/{id}", ViewByPath), KeyRole.Marketer, "Customer",
            "Everything known of one customer: score, money, latest lines, attributes, events").Takes("asOf");
        Describe<CustomerView>(
            routes.MapGet("/v1/customers", ViewByQuery), KeyRole.Marketer, "CustomerById",
            "The same, whatever characters the id holds").Takes("id", "asOf");
    }

    private static RouteHandlerBuilder Describe<T>(RouteHandlerBuilder route, KeyRole role, string name, string summary) => route
        .For(role)
        .WithName(name)
        .WithSummary(summary)
        .WithDescription(AsOfText)
        .Produces<T>().Produces(304)
        .ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);

    private static Task ViewByPath(
        string id, string? asOf, HttpContext context, Answering answering, Canary canary) =>
            View(Plain(id, "/v1/customers"), asOf, context, answering, canary);

    private static Task ViewByQuery(
        string? id, string? asOf, HttpContext context, Answering answering, Canary canary) =>
            View(Given(id, "/v1/customers"), asOf, context, answering, canary);

    private static Task View(string id, string? asOf, HttpContext context, Answering answering, Canary canary)
    {
        ServingSnapshot snapshot = answering.WithData();
        Subject subject = Find(id, asOf, snapshot, answering);
        CustomerScorer scorer = canary.For(context.User, id, snapshot, subject.Own);
        return subject.Missing is { } missing ? Missing(context, missing)
            : IsKnown(context, answering, snapshot, subject.Version, scorer)
                ? Task.CompletedTask
                : Answering.Send(context, AnswerJson.Of(CustomerView.Of(
                    scorer, subject.History, subject.Customer, subject.AsOf, once: subject.Events is not null, snapshot.Base?.People)));
    }

    private static Task ByPath(
        string id, string? asOf, HttpContext context, Answering answering, Canary canary, Shadow shadow) =>
            Score(Plain(id, "/v1/customers/score"), asOf, context, answering, canary, shadow);

    private static Task ByQuery(
        string? id, string? asOf, HttpContext context, Answering answering, Canary canary, Shadow shadow) =>
            Score(Given(id, "/v1/customers/score"), asOf, context, answering, canary, shadow);

    // A server leaves %2F as it is and decodes %252F to the same: two ids in one.
    internal static string Plain(string id, string other) => id.Contains("%2f", StringComparison.OrdinalIgnoreCase)
        ? throw RequestException.Refused($"An id with a slash cannot stand in a path without doubt; ask for it by GET {other}?id=ID.")
        : id;

    internal static string Given(string? id, string here) =>
        string.IsNullOrEmpty(id) ? throw RequestException.Refused($"'id' is missing; expected GET {here}?id=ID.") : id;

    /// <summary>Whom an answer is about.</summary>
    /// <param name="History">Holds the customer.</param>
    /// <param name="Customer">Index into it.</param>
    /// <param name="AsOf">The as-of.</param>
    /// <param name="Events">Events over the data in service; null = none.</param>
    /// <param name="Missing">Why there is nobody to be scored; null = there is.</param>
    private readonly record struct Subject(
        TransactionHistory History, int Customer, LocalTime AsOf, PendingCustomer? Events, string? Missing)
    {
        /// <summary>Of the events and the as-of they moved; null = none.</summary>
        public string? Version => Events is null ? null : CustomerEndpoints.Version(Events, AsOf);

        /// <summary>The as-of, where the customer is answered from the data in service alone.</summary>
        public LocalTime? Own => Events is null ? AsOf : null;
    }

    private static string Version(PendingCustomer events, LocalTime asOf) =>
        string.Create(CultureInfo.InvariantCulture, $"{events.Version}.{asOf.Micros}");

    private static Subject Find(string id, string? asOf, ServingSnapshot snapshot, Answering answering)
    {
        if (answering.IsErased(id))
        {
            return new Subject(snapshot.History!, 0, default, null, NoCustomer(id));
        }

        if (answering.Pending(id, snapshot) is var (events, changed, standard))
        {
            LocalTime at = Answering.AsOfIn(asOf, snapshot) ?? standard;
            return new Subject(
                changed ?? snapshot.History!, 0, at, events,
                changed is null ? NoCustomer(id)
                    : changed.LineCount == 0 ? IsProspect(id)
                    : CustomerScorer.CanScore(changed, 0, at) ? null : NoPurchase(id, at));
        }

        LocalTime time = Answering.AsOfFor(asOf, snapshot);
        TransactionHistory history = snapshot.History!;
        int customer = history.IndexOf(id);
        bool known = customer >= 0
            // Of whom no score was given the scorer tells.
            && (time == snapshot.AsOf && snapshot.Scorer.Given is null
                ? snapshot.Row[customer] >= 0
                : CustomerScorer.CanScore(history, customer, time));
        return new Subject(history, customer, time, null, known ? null : customer < 0 ? Unknown(id, snapshot) : NoPurchase(id, time));
    }

    private static string Unknown(string id, ServingSnapshot snapshot) =>
        SnapshotProspects.Has(snapshot, id) ? IsProspect(id)
        : snapshot.History?.Accounts is { } accounts && accounts.Holds(id)
            ? $"'{Answering.Short(id)}' is one of the people of the account '{Answering.Short(accounts.AccountOf(id))}', and the customers "
                + "served are accounts; ask for that."
        : NoCustomer(id);

    private static string IsProspect(string id) =>
        $"'{Answering.Short(id)}' is a prospect: known by the customers or events table, without a transaction. No rule and no model "
            + "speaks of a prospect's spend; GET /v1/prospects/person?id=ID says what is known.";

    private static string NoCustomer(string id) => $"There is no customer '{Answering.Short(id)}' in the dataset served.";

    private static string NoPurchase(string id, LocalTime asOf) =>
        $"Customer '{Answering.Short(id)}' has no purchase before {asOf}, so there is nothing to score.";

    private static Task Score(
        string id, string? asOf, HttpContext context, Answering answering, Canary canary, Shadow shadow)
    {
        ServingSnapshot snapshot = answering.WithData();
        CustomerScorer scorer = canary.For(context.User, id, snapshot);
        if (scorer == snapshot.Scorer && !answering.IsErased(id)
            && answering.ReadyWithEvents(id, asOf, snapshot, out PendingCustomer? of, out LocalTime at) is { } kept)
        {
            return answering.IsKnown(context, snapshot, Version(of!, at)) ? Task.CompletedTask : Answering.Send(context, kept);
        }

        Subject subject = Find(id, asOf, snapshot, answering);
        if (subject.Missing is { } missing)
        {
            return Missing(context, missing);
        }

        scorer = canary.For(context.User, id, snapshot, subject.Own);
        bool isCanary = scorer != snapshot.Scorer;
        if (IsKnown(context, answering, snapshot, subject.Version, scorer))
        {
            return Task.CompletedTask;
        }

        if (subject.Events is { } events)
        {
            CustomerScore score = scorer.ScoreOnce(subject.History, 0, subject.AsOf);
            byte[] made = AnswerJson.Of(score);
            if (!isCanary)
            {
                events.Keep(snapshot, subject.AsOf, made);
                shadow.Sample(snapshot, subject.History, 0, subject.AsOf, score.Churn.Probability);
            }

            return Answering.Send(context, made);
        }

        bool usual = subject.AsOf == snapshot.AsOf && !isCanary;
        byte[]? answer = usual ? snapshot.Ready.Find(subject.Customer) : null;
        if (answer is null)
        {
            CustomerScore made = scorer.Score(snapshot.History!, subject.Customer, subject.AsOf);
            answer = AnswerJson.Of(made);
            if (usual)
            {
                snapshot.Ready.Keep(subject.Customer, answer);
            }
            else if (!isCanary && shadow.IsGivenAt(subject.AsOf))
            {
                // Once the data have moved on, this is where given scores can still be compared.
                shadow.Sample(snapshot, subject.History, subject.Customer, subject.AsOf, made.Churn.Probability);
            }
        }

        if (usual)
        {
            shadow.Sample(
                snapshot, subject.History, subject.Customer, subject.AsOf,
                snapshot.Scores!.ChurnProbability[snapshot.Row[subject.Customer]]);
        }

        return Answering.Send(context, answer);
    }

    // A challenger's answer is another answer, of another name.
    private static bool IsKnown(
        HttpContext context, Answering answering, ServingSnapshot snapshot, string? version, CustomerScorer scorer)
    {
        bool known = answering.IsKnown(
            context, snapshot, scorer == snapshot.Scorer ? version : $"{version}~{Canary.NameOf(scorer)}");
        Canary.Name(context.Response, scorer, snapshot);
        return known;
    }

    /// <summary>A customer's score for an export; null where there is none.</summary>
    internal static JsonNode? ScoreOf(string id, Answering answering) =>
        answering.SnapshotIfAny() is { History: not null } snapshot && Find(id, null, snapshot, answering) is { Missing: null } subject
            ? JsonNode.Parse(AnswerJson.Of(subject.Events is null
                ? snapshot.Scorer.Score(subject.History, subject.Customer, subject.AsOf)
                : snapshot.Scorer.ScoreOnce(subject.History, subject.Customer, subject.AsOf)))
            : null;

    // Written, not thrown: a scan for ids must cost no more than the answers it gets.
    private static Task Missing(HttpContext context, string detail) => Problem.Missing(detail).Write(context);
}
