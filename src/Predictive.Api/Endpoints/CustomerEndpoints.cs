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
        string id, string? asOf, HttpContext context, Answering answering) => View(Plain(id, "/v1/customers"), asOf, context, answering);

    private static Task ViewByQuery(
        string? id, string? asOf, HttpContext context, Answering answering) => View(Given(id, "/v1/customers"), asOf, context, answering);

    private static Task View(string id, string? asOf, HttpContext context, Answering answering)
    {
        ServingSnapshot snapshot = answering.WithData();
        if (Find(id, asOf, snapshot, out LocalTime time, out string missing) is not { } customer)
        {
            return Missing(context, missing);
        }

        return answering.IsKnown(context, snapshot)
            ? Task.CompletedTask
            : Answering.Send(context, AnswerJson.Of(CustomerView.Of(snapshot.Scorer, snapshot.History!, customer, time)));
    }

    private static Task ByPath(
        string id, string? asOf, HttpContext context, Answering answering) =>
            Score(Plain(id, "/v1/customers/score"), asOf, context, answering);

    private static Task ByQuery(
        string? id, string? asOf, HttpContext context, Answering answering) =>
            Score(Given(id, "/v1/customers/score"), asOf, context, answering);

    // A server leaves %2F as it is and decodes %252F to the same: two ids in one.
    private static string Plain(string id, string other) => id.Contains("%2f", StringComparison.OrdinalIgnoreCase)
        ? throw RequestException.Refused($"An id with a slash cannot stand in a path without doubt; ask for it by GET {other}?id=ID.")
        : id;

    private static string Given(string? id, string here) =>
        string.IsNullOrEmpty(id) ? throw RequestException.Refused($"'id' is missing; expected GET {here}?id=ID.") : id;

    /// <summary>Index of a customer who can be scored at the as-of asked for; null = there is none, and why.</summary>
    private static int? Find(string id, string? asOf, ServingSnapshot snapshot, out LocalTime time, out string missing)
    {
        time = Answering.AsOfFor(asOf, snapshot);
        int customer = snapshot.History!.IndexOf(id);
        bool known = customer >= 0
            && (time == snapshot.AsOf ? snapshot.Row[customer] >= 0 : CustomerScorer.CanScore(snapshot.History, customer, time));
        missing = known ? ""
            : customer < 0 && snapshot.History.Tables?.Prospects is { } prospects && prospects.Contains(id)
                ? $"'{Answering.Short(id)}' is a prospect: known by the customers or events table, without a transaction. No rule and no "
                    + "model speaks of a prospect's spend."
            : customer < 0 ? $"There is no customer '{Answering.Short(id)}' in the dataset served."
            : $"Customer '{Answering.Short(id)}' has no purchase before {time}, so there is nothing to score.";
        return known ? customer : null;
    }

    private static Task Score(string id, string? asOf, HttpContext context, Answering answering)
    {
        ServingSnapshot snapshot = answering.WithData();
        if (Find(id, asOf, snapshot, out LocalTime time, out string missing) is not { } customer)
        {
            return Missing(context, missing);
        }

        if (answering.IsKnown(context, snapshot))
        {
            return Task.CompletedTask;
        }

        bool usual = time == snapshot.AsOf;
        byte[]? answer = usual ? snapshot.Ready.Find(customer) : null;
        if (answer is null)
        {
            answer = AnswerJson.Of(snapshot.Scorer.Score(snapshot.History!, customer, time));
            if (usual)
            {
                snapshot.Ready.Keep(customer, answer);
            }
        }

        return Answering.Send(context, answer);
    }

    // Written, not thrown: a scan for ids must cost no more than the answers it gets.
    private static Task Missing(HttpContext context, string detail) => Problem.Missing(detail).Write(context);
}
