using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Rules;

namespace Predictive.Api.Endpoints;

/// <summary>Scores of histories sent with the request: one, or a stream of them.</summary>
internal static class ScoreEndpoints
{
    private const string NdJson = "application/x-ndjson";

    public static void MapScores(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/score", Score)
            .WithName("ScoreHistory")
            .WithSummary("Score one history sent inline")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapPost("/v1/score/batch", Batch)
            .WithName("ScoreBatch")
            .WithSummary("Score histories as NDJSON, one in, one out, streamed")
            .WithDescription("Each line in is a history as for POST /v1/score; each line out is its score, or {\"line\":n,\"problem\":{...}} for a line that cannot be scored.")
            .Accepts<InlineHistory>(NdJson)
            .Produces<CustomerScore>(contentType: NdJson);
    }

    private static Ok<CustomerScore> Score([FromBody] InlineHistory body, ScoringState state) => TypedResults.Ok(ScoreOne(body, state, state.Scorer()));

    private static CustomerScore ScoreOne(InlineHistory? body, ScoringState state, CustomerScorer scorer)
    {
        TransactionHistory history = InlineHistories.Read(body, state.History?.Description ?? new DatasetDescription(), state.Options.MaxInlineTransactions);
        AsOf asOf = state.AsOfFor(body!.AsOf, history);
        return CustomerScorer.CanScore(history, 0, asOf)
            ? scorer.Score(history, 0, asOf)
            : throw RequestException.Refused($"The history has no purchase (a line with amount > 0) before {asOf}, so there is nothing to score.");
    }

    private static async Task Batch(HttpContext context, ScoringState state, IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json)
    {
        // One scorer for the whole stream: a swap in the middle would mix versions in one answer.
        CustomerScorer scorer = state.Scorer();
        JsonSerializerOptions options = json.Value.SerializerOptions;
        context.Response.ContentType = NdJson;
        PipeReader input = context.Request.BodyReader;
        int line = 0;
        while (true)
        {
            ReadResult read = await input.ReadAsync(context.RequestAborted);
            System.Buffers.ReadOnlySequence<byte> buffer = read.Buffer;
            while (NextLine(ref buffer, read.IsCompleted, out System.Buffers.ReadOnlySequence<byte> text))
            {
                line++;
                if (text.IsEmpty || (text.Length == 1 && text.FirstSpan[0] == (byte)'\r'))
                {
                    continue;
                }

                await Answer(text);
            }

            if (buffer.Length > state.Options.MaxBodyBytes)
            {
                line++;
                await Write(Problem($"The line is longer than {state.Options.MaxBodyBytes} bytes; the stream ends here."));
                break;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                break;
            }

            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }

        async Task Answer(System.Buffers.ReadOnlySequence<byte> text)
        {
            object answer;
            try
            {
                var reader = new Utf8JsonReader(text);
                answer = ScoreOne(JsonSerializer.Deserialize<InlineHistory>(ref reader, options), state, scorer);
            }
            catch (JsonException e)
            {
                answer = Problem($"The line is not the JSON expected: {JsonFault.Words(e)}");
            }
            catch (Exception e) when (e is RequestException or DatasetException or ModelPackageException)
            {
                answer = Problem(e.Message);
            }

            await Write(answer);
        }

        object Problem(string detail) => new { line, problem = new { title = "The line cannot be scored", status = StatusCodes.Status400BadRequest, detail } };

        async Task Write(object answer)
        {
            await JsonSerializer.SerializeAsync(context.Response.BodyWriter.AsStream(true), answer, answer.GetType(), options, context.RequestAborted);
            await context.Response.WriteAsync("\n", context.RequestAborted);
        }
    }

    private static bool NextLine(ref System.Buffers.ReadOnlySequence<byte> buffer, bool last, out System.Buffers.ReadOnlySequence<byte> line)
    {
        SequencePosition? end = System.Buffers.BuffersExtensions.PositionOf(buffer, (byte)'\n');
        if (end is { } position)
        {
            line = buffer.Slice(0, position);
            buffer = buffer.Slice(buffer.GetPosition(1, position));
            return true;
        }

        line = last ? buffer : default;
        if (!last || buffer.IsEmpty)
        {
            return false;
        }

        buffer = buffer.Slice(buffer.End);
        return true;
    }
}
