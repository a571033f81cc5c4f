using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using Predictive.Api.Serving;

namespace Predictive.Api;

/// <summary>
/// What is collected and where it goes: Prometheus asks for it at <c>/metrics</c>; where the environment names a collector (OTLP), it is
/// sent there.
/// </summary>
internal static class Telemetry
{
    private const string Collector = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTo(IServiceCollection services) => services.AddOpenTelemetry().WithMetrics(metrics =>
    {
        metrics.AddMeter(HostMetrics.MeterName).AddRuntimeInstrumentation().AddPrometheusExporter();
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Collector)))
        {
            metrics.AddOtlpExporter();
        }
    });
}
