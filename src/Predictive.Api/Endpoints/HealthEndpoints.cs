using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Predictive.Api.Endpoints;

/// <summary>Liveness, readiness and metrics for whoever operates the host.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Ok(new HealthAnswer("live", null, null))).WithName("Live").WithSummary("The process answers");
        routes.MapGet("/health/ready", Ready).WithName("Ready").WithSummary("A model is in service").ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", (ScoringState state) => TypedResults.Text(Metrics(state), "text/plain; version=0.0.4", Encoding.UTF8)).ExcludeFromDescription();

    private static Results<Ok<HealthAnswer>, ProblemHttpResult> Ready(ScoringState state) =>
        state.Current is { } scorer
            ? TypedResults.Ok(new HealthAnswer("ready", $"{scorer.Stamp.Name}/{scorer.Stamp.Version}", state.Refusal))
            : ProblemAnswers.Unavailable($"No model is in service: {state.Refusal}");

    // Prometheus text format, by hand: five gauges do not need a metrics library.
    private static string Metrics(ScoringState state)
    {
        var text = new StringBuilder();
        Gauge("predictive_model_version", "Version in service (0 = none).", state.Current?.Stamp.Version ?? 0);
        Gauge("predictive_model_refused", "1 where the registry's champion is refused and an earlier version serves.", state.Refusal is null ? 0 : 1);
        Gauge("predictive_customers", "Customers in the dataset served.", state.History?.CustomerCount ?? 0);
        Gauge("predictive_transactions", "Lines in the dataset served.", state.History?.LineCount ?? 0);
        Gauge("process_resident_memory_bytes", "Working set.", Environment.WorkingSet);
        return text.ToString();

        void Gauge(string name, string help, double value) =>
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(" gauge\n")
                .Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}

/// <summary>How the host is.</summary>
/// <param name="Status">live or ready.</param>
/// <param name="Model">Name and version in service.</param>
/// <param name="Refusal">Why the registry's champion is not in service; null = it is.</param>
public sealed record HealthAnswer(string Status, string? Model, string? Refusal);
