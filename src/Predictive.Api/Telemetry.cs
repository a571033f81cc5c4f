using System.Collections;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Predictive.Api.Serving;

namespace Predictive.Api;

/// <summary>
/// What is collected and where it goes: Prometheus asks for it at <c>/metrics</c>; where the environment names a collector (OTLP), metrics
/// and a trace of each request are sent there.
/// </summary>
internal static class Telemetry
{
    private const string Collector = "OTEL_EXPORTER_OTLP_ENDPOINT", Service = "predictive-host", UrlPath = "url.path";

    /// <summary>Lets the variables of OpenTelemetry, and no other, be read as configuration: its SDK looks for them there.</summary>
    public static void ReadEnvironment(IConfigurationBuilder configuration) => configuration.AddInMemoryCollection(
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => (Name: (string)v.Key, Value: v.Value as string))
            .Where(v => v.Name.StartsWith("OTEL_", StringComparison.Ordinal))
            .Select(v => KeyValuePair.Create(v.Name, v.Value)));

    public static void AddTo(IServiceCollection services)
    {
        bool isSent = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Collector));
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(HostMetrics.MeterName).AddRuntimeInstrumentation().AddPrometheusExporter();
            if (isSent)
            {
                metrics.AddOtlpExporter();
            }
        });
        if (isSent)
        {
            // OTEL_SERVICE_NAME names another.
            telemetry.ConfigureResource(r => r.AddService(Service).AddEnvironmentVariableDetector());
            telemetry.WithTracing(traces => traces.AddAspNetCoreInstrumentation(options =>
            {
                options.Filter = context => !context.Request.Path.StartsWithSegments("/health") && context.Request.Path != "/metrics";
                options.EnrichWithHttpResponse = (activity, response) => HideIds(activity, response.HttpContext);
                options.EnrichWithException = (activity, _) => activity.SetTag(UrlPath, null);
            }).AddOtlpExporter());
        }
    }

    // A path names a customer; a trace is kept by others.
    private static void HideIds(Activity activity, HttpContext context) => activity.SetTag(
        UrlPath, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)");
}
