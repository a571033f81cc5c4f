using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;

namespace Predictive.Api.Endpoints;

/// <summary>Liveness and readiness for whoever operates the host.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Ok(new LiveAnswer("live"))).ForAnybody().WithName("Live")
            .WithSummary("The process answers");
        routes.MapGet("/health/ready", Ready).ForAnybody().WithName("Ready").WithSummary("A snapshot is in service").ProducesProblem(503);
    }

    private static Ok<ReadyAnswer> Ready(
        SnapshotKeeper keeper, Answering answering, PublicText text, IHostApplicationLifetime life, TimeProvider clock)
    {
        if (life.ApplicationStopping.IsCancellationRequested)
        {
            throw RequestException.NotReady("The host is stopping.");
        }

        ServingSnapshot s = answering.Snapshot();
        return TypedResults.Ok(new ReadyAnswer(
            "ready", s.Model, s.Id, s.BuiltAt, s.AsOf?.ToString(), s.History is null ? null : s.DataAsOf,
            s.DataAgeSeconds(clock.GetUtcNow()), s.LinesAfterAsOf,
            text.OfOptional(keeper.Refusal), text.OfOptional(keeper.Fault)));
    }
}

/// <summary>That the process answers.</summary>
/// <param name="Status">live.</param>
public sealed record LiveAnswer(string Status);

/// <summary>What is in service.</summary>
/// <param name="Status">ready.</param>
/// <param name="Model">Name and version.</param>
/// <param name="Snapshot">Id of the snapshot.</param>
/// <param name="BuiltAt">When it was built.</param>
/// <param name="AsOf">The default as-of; null = no data is served.</param>
/// <param name="DataAsOf">Time of the last transaction, on the dataset's clock.</param>
/// <param name="DataAgeSeconds">Time since then; negative where the data go beyond today.</param>
/// <param name="LinesAfterAsOf">Lines after today, which the default as-of leaves out.</param>
/// <param name="Refusal">Why the registry's champion is not in service; null = it is.</param>
/// <param name="Fault">Why the latest snapshot could not be built; null = it could.</param>
public sealed record ReadyAnswer(
    string Status, string Model, string Snapshot, DateTimeOffset BuiltAt, string? AsOf, string? DataAsOf, double? DataAgeSeconds,
    long LinesAfterAsOf, string? Refusal,
    string? Fault);
