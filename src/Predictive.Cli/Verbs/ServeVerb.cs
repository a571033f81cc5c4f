using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.Cli.Configuration;
using Predictive.Cli.Service;
using Predictive.Cli.Terminal;
using Predictive.History.Loading;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive serve [--data DIR] [--models DIR] [--urls URL] [--config FILE]</c>: the scoring host.</summary>
internal static class ServeVerb
{
    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "serve", "Answer scores over HTTP; a newly promoted version, new data and new keys are taken up without a restart.");
        SettingFlags settings = SettingFlags.AddTo(command, SettingUse.Serve);
        return command.Does(context, (parsed, cancellation) =>
        {
            SettingValues values = settings.Read(parsed, context);
            return Run(context, Options(values, values.Find(Settings.Data)), cancellation);
        });
    }

    /// <summary>The host that settings ask for.</summary>
    /// <param name="values">They.</param>
    /// <param name="data">Dataset that customers are looked up in; null = none.</param>
    public static ScoringHostOptions Options(SettingValues values, string? data)
    {
        string models = values.Get(Settings.Models), log = values.Get(Settings.Log);
        return new ScoringHostOptions
        {
            Data = data,
            Level = values.FindValue(Settings.Level),
            Models = models,
            Name = values.Get(Settings.Name),
            Store = StoreAccess.Location(values.Find(Settings.Store), models),
            Urls = values.Get(Settings.Urls),
            Hosts = values.Find(Settings.Hosts),
            Certificate = values.Find(Settings.Certificate),
            CertificateKey = values.Find(Settings.CertificateKey),
            Keys = values.Find(Settings.Keys),
            DrainTimeout = values.Get(Settings.Drain),
            StopNotice = values.FindValue(Settings.Notice) ?? TimeSpan.Zero,
            RequestsPerSecond = values.FindValue(Settings.Rate),
            LogRequests = log != "quiet",
            LogAsJson = log == "json",
            MemoryBytes = values.FindValue(Settings.Memory),
            ShadowShare = values.Get(Settings.Shadow),
            CanaryShare = values.Get(Settings.Canary),
            CanaryKey = values.Find(Settings.CanaryKey),
        };
    }

    /// <summary>Runs the host until it is told to stop.</summary>
    /// <param name="context">Console and clock.</param>
    /// <param name="options">What is served.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="worker">What a worker does in the same process; null = none.</param>
    public static async Task<int> Run(
        VerbContext context, ScoringHostOptions options, CancellationToken cancellation, WorkerJob? worker = null)
    {
        MemoryLimit.Set(options.MemoryBytes);
        await using WebApplication app = WorkProgress.Run(context.Console, progress =>
        {
            progress.Report("load", 0);
            return ScoringHost.Build(options, context.Clock, builder =>
            {
                if (worker is not null)
                {
                    WorkerVerb.AddTo(builder.Services, worker, context);
                }

                builder.Services.AddSingleton(s => new HostAnswer(s.GetRequiredService<IServer>()))
                    .AddSingleton<ServiceCheck>(s => s.GetRequiredService<HostAnswer>().LookAsync);
                ServiceNotice.AddTo(builder.Services, context);
            });
        });
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Told to stop before it had started: a stop all the same, not a failure.
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new RefusedInputException(
                $"--urls {options.Urls}: {e.Message.TrimEnd('.')}. Choose another address or port, such as --urls http://127.0.0.1:5081.");
        }

        string url = app.Urls.First();
        context.Console.Line($"serving {url}");
        if (options.Data is not null)
        {
            context.Console.Line("  open it in a browser: who deserves a call and why, customers, segments, portfolio, models, data");
        }

        context.Console.Line(options.Data is null ? $"  POST {url}/v1/score" : $"  {url}/v1/at-risk?top=10   {url}/v1/customers/ID/score");
        context.Console.Line($"  {url}/openapi/v1.json   {url}/health/ready   Ctrl+C stops");
        await app.WaitForShutdownAsync(cancellation);
        return ExitCode.Done;
    }
}
