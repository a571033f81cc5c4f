using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Registry;

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
            text.OfOptional(keeper.Refusal), text.OfOptional(keeper.Fault),
            GivenAnswer.Of(s.Scorer.Bundle.Manifest, s.Zone, clock.GetUtcNow()), s.WithoutScore));
    }
}

/// <summary>Scores that were given from outside, and how old they are.</summary>
/// <param name="Source">What the outside model is called.</param>
/// <param name="AsOf">The one time they answer for.</param>
/// <param name="Customers">Customers they answer for.</param>
/// <param name="AgeDays">Days from then to today, on the dataset's clock.</param>
/// <param name="IsOver">Whether the days that they speak of have passed.</param>
public sealed record GivenAnswer(string Source, string AsOf, int Customers, int AgeDays, bool IsOver)
{
    internal static GivenAnswer? Of(ModelManifest? manifest, TimeZoneInfo? zone, DateTimeOffset now)
    {
        if (manifest?.Given is not { } given || !manifest.TryAsOf(out LocalTime asOf))
        {
            return null;
        }

        var today = LocalTime.From(TimeZoneInfo.ConvertTime(now, zone ?? TimeZoneInfo.Utc).DateTime);
        int age = Math.Max(0, today.Day - asOf.Day);
        return new GivenAnswer(given.Source, manifest.AsOf, given.Customers, age, age >= manifest.HorizonDays);
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
/// <param name="Given">The scores from outside that are in service in the place of a model; null = a trained version is.</param>
/// <param name="WithoutScore">Customers with a purchase before the as-of for whom none was given; 0 where a trained version is.</param>
public sealed record ReadyAnswer(
    string Status, string Model, string Snapshot, DateTimeOffset BuiltAt, string? AsOf, string? DataAsOf, double? DataAgeSeconds,
    long LinesAfterAsOf, string? Refusal,
    string? Fault, GivenAnswer? Given, int WithoutScore);
