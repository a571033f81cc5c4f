using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Segmentation.Features;

namespace Predictive.Hosting;

/// <summary>Registers scoring with an application's services.</summary>
public static class PredictiveServices
{
    /// <summary>
    /// Adds <see cref="PredictiveScoring"/>, one for the application. The champion is loaded when the host starts (without a host, when it
    /// is first asked for); an empty registry is no error until somebody scores. A <see cref="TimeProvider"/> among the services is used.
    /// </summary>
    /// <param name="services">Of the application.</param>
    /// <param name="options">Where versions come from.</param>
    /// <exception cref="ArgumentException">A feature source cannot be registered.</exception>
    public static IServiceCollection AddPredictive(this IServiceCollection services, PredictiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        foreach (IFeatureSource source in options.FeatureSources)
        {
            FeatureSources.Register(source);
        }

        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new PredictiveScoring(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PredictiveScoring>>()));
        return services.AddHostedService<Warmer>();
    }

    // Loaded before the first request, not by it: whoever asks for the scoring has it look.
    private sealed class Warmer : IHostedService
    {
        public Warmer(PredictiveScoring scoring) => ArgumentNullException.ThrowIfNull(scoring);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
