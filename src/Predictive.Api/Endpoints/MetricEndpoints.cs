using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Keys;
using Predictive.Segmentation.Metrics;

namespace Predictive.Api.Endpoints;

/// <summary>The one catalogue of metrics.</summary>
internal static class MetricEndpoints
{
    public static void MapMetricCatalogue(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/metrics", () => TypedResults.Ok(new MetricsAnswer(
            [
                .. MetricCatalogue.All.Select(m => new MetricAnswer(
                    m.Id, m.Name, m.Version, m.Scope.ToString().ToLowerInvariant(), m.Unit, m.Description, m.Formula,
                    m is CustomerMetric { NeedsModel: true })),
            ])))
            .For(KeyRole.Score)
            .WithName("Metrics")
            .WithSummary("Every metric of a customer and of the base: its unit, meaning, formula and version");
}

/// <summary>The catalogue.</summary>
/// <param name="Metrics">Metrics of a customer, then of the base.</param>
public sealed record MetricsAnswer(IReadOnlyList<MetricAnswer> Metrics);

/// <summary>One metric.</summary>
/// <param name="Id">Name and version, as outputs name it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Scope">customer or base.</param>
/// <param name="Unit">days, money, share, text ...</param>
/// <param name="Description">What it says.</param>
/// <param name="Formula">How it is computed.</param>
/// <param name="NeedsModel">Whether it needs a trained model.</param>
public sealed record MetricAnswer(
    string Id, string Name, int Version, string Scope, string Unit, string Description, string Formula, bool NeedsModel);
