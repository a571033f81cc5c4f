using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>Scores of histories sent with the request: one, or a stream of them.</summary>
internal static class ScoreEndpoints
{
    public static void MapScores(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/score", Score)
            .For(KeyRole.Score).Takes()
            .WithName("ScoreHistory")
            .WithSummary("Score one history sent inline")
            .WithDescription(
                "The score as for a customer of the dataset, then 'absent': members of the contract that were not sent though the model "
                    + "or the dataset knows them, and 'ignored': attributes the model does not know. Equal input gives equal numbers, "
                    + "bit for bit.")
            .Accepts<InlineHistory>("application/json")
            .Produces<CustomerScore>()
            .ProducesProblem(400).ProducesProblem(408).ProducesProblem(413).ProducesProblem(503);
        routes.MapPost("/v1/score/batch", Batch)
            .For(KeyRole.Score).Takes()
            .WithName("ScoreBatch")
            .WithSummary("Score histories as NDJSON, one in, one out, streamed")
            .WithDescription(
                "Each line in is a history as for POST /v1/score; each line out is its score, in the same order, or "
                    + "{\"line\":n,\"problem\":{...}} for a line that cannot be scored. The stream as a whole has no limit; all of it is "
                    + "scored by one model version.")
            .Accepts<InlineHistory>(BatchScoring.MediaType)
            .Produces<CustomerScore>(contentType: BatchScoring.MediaType)
            .ProducesProblem(503);
    }

    private static async Task Score(HttpContext context, Answering answering, InlineScoring scoring, ScoringHostOptions options,
        Canary canary)
    {
        ServingSnapshot snapshot = answering.Snapshot();
        (byte[] answer, CustomerScorer by) = await BodyReading.Read(
            context, options.MaxBodyBytes, options.BodyTimeout,
            body => scoring.Score(body, snapshot, id => canary.For(context.User, id, snapshot, null)));
        answering.Stamp(context.Response, snapshot);
        Canary.Name(context.Response, by, snapshot);
        await Answering.Send(context, answer);
    }

    private static Task Batch(HttpContext context, Answering answering, BatchScoring scoring, Canary canary)
    {
        ServingSnapshot snapshot = answering.Snapshot();
        CustomerScorer scorer = canary.ForBatch(context.User, snapshot);
        answering.Stamp(context.Response, snapshot);
        Canary.Name(context.Response, scorer, snapshot);
        return scoring.Run(context, snapshot, scorer);
    }
}
