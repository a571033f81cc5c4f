using System.Globalization;
using System.IO.Compression;
using System.Security.Claims;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Description;
using Predictive.Api.Endpoints;
using Predictive.Api.Events;
using Predictive.Api.Http;
using Predictive.Api.Inference;
using Predictive.Api.Keys;
using Predictive.Api.Mcp;
using Predictive.Api.Pages;
using Predictive.Api.Privacy;
using Predictive.Api.Serving;

namespace Predictive.Api;

/// <summary>The scoring host: a table of contents. One <c>MapX</c> per resource under Endpoints/.</summary>
public static class ScoringHost
{
    /// <summary>
    /// Builds the host; dataset, keys and champion are read before it returns, so a fault in the first two is an exception here.
    /// </summary>
    /// <param name="options">What to serve.</param>
    /// <param name="clock">Times polls and tells today, for the default as-of and the age of the data; never enters a score
    /// otherwise.</param>
    /// <param name="configure">Last word on the builder, for tests.</param>
    /// <exception cref="HostRefusedException">Address, certificate or keys do not allow it.</exception>
    public static WebApplication Build(ScoringHostOptions options, TimeProvider clock, Action<WebApplicationBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        IReadOnlyList<ListenAddress> addresses = ListenAddress.Parse(options.Urls, options.Certificate is not null);
        HostCertificate? certificate = options.Certificate is { } pem ? new HostCertificate(pem, options.CertificateKey) : null;
        var ring = new KeyRing(new KeyFile(options.KeyFile), clock);
        bool here = addresses.All(a => a.IsLoopback);
        if (!here && !ring.HasKeys)
        {
            throw new HostRefusedException(
                $"'{options.Urls}' can be reached from other machines and there are no API keys; make one first: predictive keys add "
                    + "--role score, or listen at http://127.0.0.1:5080.");
        }

        WebApplicationBuilder builder =
            WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(ScoringHost).Assembly.GetName().Name });
        // Nothing of the surroundings decides where a host listens or what it allows: variables and files named by the framework are left
        // out; OpenTelemetry's own alone say where it sends.
        builder.Configuration.Sources.Clear();
        Telemetry.ReadEnvironment(builder.Configuration);
        builder.WebHost.ConfigureKestrel(server => ServerLimits.Apply(server, options, addresses, certificate));
        AddLog(builder.Logging, options);
        // The pipeline below is the whole of it: what the builder would put before it answers without a log line or a problem.
        builder.Services.RemoveAll<IStartupFilter>();
        AddServices(builder.Services, options, clock, ring, here);
        PageHost.AddTo(builder.Services, options, ring);
        McpHost.AddTo(builder.Services);
        Telemetry.AddTo(builder.Services);
        configure?.Invoke(builder);

        WebApplication app = builder.Build();
        SnapshotKeeper keeper = app.Services.GetRequiredService<SnapshotKeeper>();
        keeper.Start();
        app.Services.GetRequiredService<EventFeed>().Start();
        app.Services.GetRequiredService<DriftFile>();
        if (keeper.Events.Count > 0)
        {
            // Events of a later day than the data's move the default as-of.
            keeper.RefreshAsync().GetAwaiter().GetResult();
        }

        app.UseMiddleware<RequestEnvelope>();
        app.UsePages();
        app.UseHostFiltering();
        app.UseResponseCompression();
        app.UseRouting();
        KeyGate.Use(app, ring);
        app.UseRateLimiter();
        app.Use((context, next) =>
        {
            QueryRules.Check(context);
            return next(context);
        });
        app.MapHealth();
        app.MapCustomers();
        app.MapPrivacy();
        app.MapScores();
        app.MapAtRisk();
        app.MapSegments();
        app.MapProspects();
        app.MapPortfolio();
        app.MapCampaigns();
        app.MapStanding();
        app.MapContacts();
        app.MapBudget();
        app.MapAlerts();
        app.MapTasks();
        app.MapMetricCatalogue();
        app.MapMcpServer();
        app.MapProducts();
        app.MapModels();
        app.MapJobs();
        app.MapDrift();
        app.MapEvents();
        app.MapInference();
        app.MapPages();
        app.MapPrometheusScrapingEndpoint("/metrics").For(KeyRole.Score);
        ApiDocument.Map(app);
        ApiReference.Map(app);
        return app;
    }

    // One line an entry, on standard error: standard output is the command's. What hosting and server say of a failed start, the command
    // says itself.
    private static void AddLog(ILoggingBuilder log, ScoringHostOptions options)
    {
        log.ClearProviders();
        log.SetMinimumLevel(LogLevel.Information);
        log.AddFilter("Microsoft", LogLevel.Error);
        log.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        log.AddFilter(typeof(KeyAuthentication).FullName, LogLevel.Warning);
        log.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.None);
        if (options.LogAsJson)
        {
            log.AddJsonConsole(o => (o.UseUtcTimestamp, o.TimestampFormat) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        }
        else
        {
            log.AddSimpleConsole(o => (o.SingleLine, o.UseUtcTimestamp, o.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' "));
        }

        log.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void AddServices(
        IServiceCollection services, ScoringHostOptions options, TimeProvider clock, KeyRing ring, bool onlyThisMachine)
    {
        ApiDocument.AddTo(services);
        services.AddSingleton(options).AddSingleton(clock).AddSingleton(ring);
        services.AddSingleton<HostMetrics>().AddSingleton<PublicText>().AddSingleton<LoggedNames>().AddSingleton<Answering>()
            .AddSingleton<InlineScoring>().AddSingleton<BatchScoring>().AddSingleton<Promotions>().AddSingleton<HostStore>()
            .AddSingleton<DriftFile>().AddSingleton<CustomerEraser>().AddSingleton<CampaignDesk>()
            .AddSingleton<BudgetEndpoints.BudgetTurn>().AddSingleton<UpliftRanks>();
        services.AddSingleton(_ => new RequestLog(Console.OpenStandardError(), options.LogAsJson, clock));
        services.AddSingleton<SnapshotKeeper>().AddHostedService(s => s.GetRequiredService<SnapshotKeeper>());
        services.AddSingleton<Canary>().AddSingleton<Shadow>().AddHostedService(s => s.GetRequiredService<Shadow>());
        services.AddSingleton<EventFeed>().AddHostedService(s => s.GetRequiredService<EventFeed>());
        services.AddSingleton<EventAlerts>().AddHostedService(s => s.GetRequiredService<EventAlerts>());
        services.AddHostedService<StopNotice>().AddHostedService<KeyWatch>().AddHostedService<AuditSettler>();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = options.StopNotice + options.DrainTimeout);
        // A body that is not what a route expects becomes an exception, and so a problem with a detail, not a bare 400.
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.Encoder = AnswerJson.Options.Encoder;
            // A number is a number, not a text that looks like one.
            o.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.Configure<HostFilteringOptions>(o =>
        {
            o.AllowedHosts = [.. options.Hosts ?? (onlyThisMachine ? ["localhost", "127.0.0.1", "[::1]"] : ["*"])];
            o.IncludeFailureMessage = false;
        });
        services.AddHostFiltering(_ => { });
        services.AddResponseCompression(o => o.MimeTypes =
            ["application/json", "text/csv", Problem.MediaType, "text/plain", "text/html", "text/css", "text/javascript"]);
        services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
        KeyAuthentication.AddTo(services);
        services.AddRateLimiter(o =>
        {
            o.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            Problem tooMany = Problem.TooMany(
                "This key asks for more at a time than it may. Wait, or send histories one a line to POST /v1/score/batch.");
            o.OnRejected = (rejected, _) => new ValueTask(tooMany.Write(rejected.HttpContext));
            PartitionedRateLimiter<HttpContext> together =
                PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetConcurrencyLimiter(
                Caller(context), _ => new ConcurrencyLimiterOptions { PermitLimit = options.MaxConcurrentPerKey }));
            o.GlobalLimiter = options.RequestsPerSecond is not { } rate
                ? together
                : PartitionedRateLimiter.CreateChained(together, PartitionedRateLimiter.Create<HttpContext, string>(
                context => RateLimitPartition.GetTokenBucketLimiter(Caller(context), _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = rate, TokensPerPeriod = Math.Max(1, rate / 10),
                    ReplenishmentPeriod = TimeSpan.FromMilliseconds(rate < 10 ? 1000d / rate : 100),
                })));
        });
    }

    // Without a key, the address: health and OpenAPI are open to all.
    private static string Caller(HttpContext context) =>
        context.User.FindFirstValue(ClaimTypes.NameIdentifier) is { Length: > 1 } key
            ? key
            : string.Create(CultureInfo.InvariantCulture, $"@{context.Connection.RemoteIpAddress}");
}
