using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Predictive.Api.Endpoints;

namespace Predictive.Api;

/// <summary>The scoring host: a table of contents. One <c>MapX</c> per resource under Endpoints/.</summary>
public static class ScoringHost
{
    /// <summary>Builds the host; the dataset is loaded and the champion read before it returns, so a fault in either is an exception here.</summary>
    /// <param name="options">What to serve.</param>
    /// <param name="clock">Times the polls of the registry; never enters a score.</param>
    /// <param name="configure">Last word on the builder, for tests.</param>
    public static WebApplication Build(ScoringHostOptions options, TimeProvider clock, Action<WebApplicationBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(ScoringHost).Assembly.GetName().Name });
        builder.WebHost.UseUrls(options.Urls.Split(';'));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddProblemDetails();
        builder.Services.AddOpenApi("v1", OpenApiInfo.Describe);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(_ => new ScoringState(options, clock));
        // A body that is not the JSON expected becomes an exception, and so a problem with a detail, not a bare 400.
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        configure?.Invoke(builder);

        WebApplication app = builder.Build();
        app.UseExceptionHandler(faults => faults.Run(ProblemAnswers.Write));
        app.UseStatusCodePages();
        app.MapHealth();
        app.MapCustomers();
        app.MapScores();
        app.MapAtRisk();
        app.MapSegments();
        app.MapPortfolio();
        app.MapModels();
        app.MapMetrics();
        app.MapOpenApi();
        _ = app.Services.GetRequiredService<ScoringState>();
        return app;
    }
}
