using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;

namespace Predictive.Client;

/// <summary>Registers the client with an application's services.</summary>
public static class PredictiveClientServices
{
    /// <summary>
    /// Adds <see cref="PredictiveClient"/> with retries, a breaker and time limits (Microsoft.Extensions.Http.Resilience). Only reads are
    /// repeated.
    /// </summary>
    /// <param name="services">Of the application.</param>
    /// <param name="address">Of the scoring host, such as http://localhost:5080.</param>
    /// <param name="apiKey">Sent as a bearer token; null = the host asks for none.</param>
    /// <param name="configure">The limits; null = the standard ones: 3 retries, 10 s an attempt, 30 s in all.</param>
    /// <returns>To configure further.</returns>
    public static IHttpClientBuilder AddPredictiveClient(
        this IServiceCollection services, Uri address, string? apiKey = null, Action<HttpStandardResilienceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(address);
        IHttpClientBuilder builder = services.AddHttpClient<PredictiveClient>(http =>
        {
            http.BaseAddress = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
            if (apiKey is not null)
            {
                http.DefaultRequestHeaders.Authorization = new("Bearer", apiKey);
            }
        });
        builder.AddStandardResilienceHandler(options =>
        {
            options.Retry.DisableForUnsafeHttpMethods();
            configure?.Invoke(options);
        });
        return builder;
    }
}
