using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>What the host knows of its customers, one at a time.</summary>
internal static class CustomerEndpoints
{
    private const string AsOfText = "asOf: 2011-09-01 or 2011-09-01T10:15:00 (with an offset if wanted); default: midnight after the last transaction served, but never later than midnight after today.";

    public static void MapCustomers(this IEndpointRouteBuilder routes)
    {
        Map("/v1/customers/{id}/score", "ScoreCustomer", "One customer's score", ByPath).Takes("asOf");
        Map("/v1/customers/score", "ScoreCustomerById", "One customer's score, whatever characters the id holds", ByQuery).Takes("id", "asOf");

        RouteHandlerBuilder Map(string pattern, string name, string summary, Delegate handler) => routes.MapGet(pattern, handler)
            .For(KeyRole.Score)
            .WithName(name)
            .WithSummary(summary)
            .WithDescription(AsOfText)
            .Produces<CustomerScore>().Produces(304)
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);
    }

    private static Task ByPath(string id, string? asOf, HttpContext context, Answering answering) =>
        // A server leaves %2F as it is and decodes %252F to the same: two ids in one.
        id.Contains("%2f", StringComparison.OrdinalIgnoreCase)
            ? throw RequestException.Refused("An id with a slash cannot stand in a path without doubt; ask for it by GET /v1/customers/score?id=ID.")
            : Score(id, asOf, context, answering);

    private static Task ByQuery(string? id, string? asOf, HttpContext context, Answering answering) =>
        string.IsNullOrEmpty(id)
            ? throw RequestException.Refused("'id' is missing; expected GET /v1/customers/score?id=ID.")
            : Score(id, asOf, context, answering);

    private static Task Score(string id, string? asOf, HttpContext context, Answering answering)
    {
        ServingSnapshot snapshot = answering.WithData();
        TransactionHistory history = snapshot.History!;
        int customer = history.IndexOf(id);
        if (customer < 0)
        {
            return Missing(context, $"There is no customer '{Answering.Short(id)}' in the dataset served.");
        }

        AsOf instant = Answering.AsOfFor(asOf, snapshot);
        bool usual = instant == snapshot.AsOf;
        if (usual ? snapshot.Row[customer] < 0 : !CustomerScorer.CanScore(history, customer, instant))
        {
            return Missing(context, $"Customer '{Answering.Short(id)}' has no purchase before {instant}, so there is nothing to score.");
        }

        if (answering.IsKnown(context, snapshot))
        {
            return Task.CompletedTask;
        }

        byte[]? answer = usual ? snapshot.Ready.Find(customer) : null;
        if (answer is null)
        {
            answer = AnswerJson.Of(snapshot.Scorer.Score(history, customer, instant));
            if (usual)
            {
                snapshot.Ready.Keep(customer, answer);
            }
        }

        return Answering.Send(context, answer);
    }

    // Written, not thrown: a scan for ids must cost no more than the answers it gets.
    private static Task Missing(HttpContext context, string detail) => ProblemAnswers.Write(context, StatusCodes.Status404NotFound, "Not found", detail);
}
