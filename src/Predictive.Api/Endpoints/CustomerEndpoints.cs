using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>Scores of customers the host knows.</summary>
internal static class CustomerEndpoints
{
    public static void MapCustomers(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/customers/{id}/score", Score)
            .WithName("ScoreCustomer")
            .WithSummary("One customer's score")
            .WithDescription("asOf: 2011-09-01 or 2011-09-01T10:15:00 (with an offset if wanted); default: midnight after the last transaction served.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static Ok<CustomerScore> Score(string id, string? asOf, ScoringState state)
    {
        CustomerScorer scorer = state.Scorer();
        TransactionHistory history = state.Base();
        int customer = history.IndexOf(id);
        if (customer < 0)
        {
            throw RequestException.Missing($"There is no customer '{id}' in the dataset served.");
        }

        AsOf instant = state.AsOfFor(asOf, history);
        return CustomerScorer.CanScore(history, customer, instant)
            ? TypedResults.Ok(scorer.Score(history, customer, instant))
            : throw RequestException.Missing($"Customer '{id}' has no purchase before {instant}, so there is nothing to score.");
    }
}
