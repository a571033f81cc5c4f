using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Inference;

/// <summary>
/// The open inference protocol, version 2, over HTTP and JSON: health, metadata, inference. Source:
/// github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
/// </summary>
internal static class InferenceEndpoints
{
    private const string Model = InferencePaths.Root + "/models/{name}", Version = Model + "/versions/{version}";

    public static void MapInference(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(InferencePaths.Root + "/health/live", () => TypedResults.Ok(new InferenceLive(true)))
            .ForAnybody().Takes().WithName("V2Live").WithSummary("The process answers");
        routes.MapGet(InferencePaths.Root + "/health/ready", Ready)
            .ForAnybody().Takes().WithName("V2Ready").WithSummary("A model is in service")
            .Produces<InferenceReady>().Produces<InferenceReady>(503);
        Get<InferenceServer>(InferencePaths.Root, "V2Server", "What this server is", (HttpContext context) => Answering.Send(
            context,
            AnswerJson.Of(new InferenceServer("predictive", typeof(InferenceEndpoints).Assembly.GetName().Version!.ToString(3), []))));
        foreach ((string pattern, string suffix) in new[] { (Model, ""), (Version, "Version") })
        {
            Get<InferenceModel>(pattern, "V2Model" + suffix, "Inputs and outputs of a model", Describe).ProducesProblem(404);
            Get<InferenceModelReady>(pattern + "/ready", "V2ModelReady" + suffix, "Whether a model infers", ModelReady)
                .ProducesProblem(404);
            routes.MapPost(pattern + "/infer", Infer)
                .For(KeyRole.Score).Takes().WithName("V2Infer" + suffix)
                .WithSummary("Infer from feature vectors, or from histories")
                .WithDescription(
                    "Either one input 'history' (BYTES: each element the JSON of a history, as for POST /v1/score), or one input for each "
                        + "feature of the model by its name (FP64, or any number type; a feature that is not sent is missing for every "
                        + "row). Shapes [n] or [n, 1]. Numbers equal those of /v1/score bit for bit. Tensors are JSON; the binary "
                        + "extension is not spoken.")
                .Accepts<InferenceRequest>("application/json")
                .Produces<InferenceResponse>()
                .ProducesProblem(400).ProducesProblem(404).ProducesProblem(408).ProducesProblem(413).ProducesProblem(503);
        }

        RouteHandlerBuilder Get<T>(string pattern, string name, string summary, Delegate handler) => routes.MapGet(pattern, handler)
            .For(KeyRole.Score).Takes().WithName(name).WithSummary(summary).Produces<T>().ProducesProblem(503);
    }

    private static Task Ready(HttpContext context, SnapshotKeeper keeper, IHostApplicationLifetime life)
    {
        bool ready = keeper.Current is not null && !life.ApplicationStopping.IsCancellationRequested;
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        if (!ready)
        {
            context.Response.Headers.RetryAfter = Problem.RetryAfterSeconds;
        }

        return Answering.Send(context, AnswerJson.Of(new InferenceReady(true, ready)));
    }

    private static Task Describe(string name, string? version, HttpContext context, Answering answering, SnapshotKeeper keeper)
    {
        ServingSnapshot snapshot = answering.Snapshot();
        CustomerScorer scorer = Find(name, version, snapshot, keeper);
        answering.Stamp(context.Response, snapshot);
        return Answering.Send(context, AnswerJson.Of(InferenceScoring.Describe(scorer, Served(snapshot, keeper))));
    }

    private static Task ModelReady(string name, string? version, HttpContext context, Answering answering, SnapshotKeeper keeper)
    {
        CustomerScorer scorer = Find(name, version, answering.Snapshot(), keeper);
        return Answering.Send(context, AnswerJson.Of(new InferenceModelReady(scorer.Stamp.Name, true)));
    }

    private static async Task Infer(
        string name, string? version, HttpContext context, Answering answering, SnapshotKeeper keeper, InlineScoring histories,
        ScoringHostOptions options)
    {
        ServingSnapshot snapshot = answering.Snapshot();
        CustomerScorer scorer = Find(name, version, snapshot, keeper);
        if (context.Request.Headers.ContainsKey("Inference-Header-Content-Length"))
        {
            throw RequestException.Refused(
                "The tensors are binary (Inference-Header-Content-Length); expected JSON: this server speaks no extension.");
        }

        byte[] answer = await BodyReading.Read(context, options.MaxBodyBytes, options.BodyTimeout, body =>
        {
            using InferenceInputs inputs = InferenceInputs.Read(body.ToArray());
            return InferenceScoring.Infer(inputs, snapshot, scorer, histories);
        });
        answering.Stamp(context.Response, snapshot);
        context.Response.Headers["Predictive-Model"] =
            string.Create(CultureInfo.InvariantCulture, $"{scorer.Stamp.Name}/{scorer.Stamp.Version}");
        await Answering.Send(context, answer);
    }

    /// <summary>Versions that can be asked for: the one in service, and the challenger.</summary>
    private static CustomerScorer[] Served(ServingSnapshot snapshot, SnapshotKeeper keeper) =>
        keeper.Challenger is { } challenger ? [snapshot.Scorer, challenger] : [snapshot.Scorer];

    private static CustomerScorer Find(string name, string? version, ServingSnapshot snapshot, SnapshotKeeper keeper)
    {
        CustomerScorer[] served = Served(snapshot, keeper);
        if (name != snapshot.Scorer.Stamp.Name)
        {
            throw RequestException.Missing($"There is no model '{Answering.Short(name)}' here; expected '{snapshot.Scorer.Stamp.Name}'.");
        }

        return version is null ? served[0]
            : Array.Find(served, s => s.Stamp.Version.ToString(CultureInfo.InvariantCulture) == version)
                ?? throw RequestException.Missing(
                    $"Version '{Answering.Short(version)}' is not loaded; expected "
                        + $"{string.Join(" or ", served.Select(s => s.Stamp.Version))}.");
    }
}
