using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>How far the base has moved from what the champion learned.</summary>
internal static class DriftEndpoints
{
    public static void MapDrift(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/drift", Show)
        .For(KeyRole.Marketer).Takes()
        .WithName("Drift").WithSummary("How far the base has moved from what the champion learned, what became of its predictions")
        .WithDescription("As the worker, or 'predictive drift --publish', saw it last; 404 where neither has looked yet.")
        .Produces<DriftDocument>().ProducesProblem(404);

    private static async Task Show(HttpContext context, DriftFile drift)
    {
        if (await Task.Run(drift.Current) is { } document)
        {
            await Answering.Send(context, AnswerJson.Of(document));
        }
        else
        {
            await Problem.Missing(
                "Nobody has looked at the drift yet: a worker does after a training, or 'predictive drift DIR --publish'.").Write(context);
        }
    }
}
