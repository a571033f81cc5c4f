using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.Cli.Terminal;
using Predictive.History.Loading;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive serve [--data DIR] [--models DIR] [--urls URL]</c>: the scoring host.</summary>
internal static class ServeVerb
{
    private static readonly string[] s_logs = ["text", "json", "quiet"];

    public static Command Create(VerbContext context)
    {
        var data = new Option<string?>("--data")
        {
            Description =
                "Dataset that customers are looked up in; taken up again when its files change. Default: none; inline histories only.",
            HelpName = "DIR",
        };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<long?> memory = CommonOptions.Memory("is refused: customers are looked up in it");
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen, separated by semicolons. Beyond this machine API keys are needed (predictive keys add).",
            HelpName = "URL", DefaultValueFactory = _ => CommonOptions.DefaultUrl,
        };
        var hosts = new Option<string?>("--hosts")
        {
            Description =
                "Host names that requests may name, separated by commas. Default: those of this machine; with keys and an address beyond "
                    + "it, any.",
            HelpName = "NAME,...",
        };
        var certificate = new Option<string?>("--certificate")
        {
            Description = "PEM file of the certificate for https; read again when it changes.", HelpName = "FILE",
        };
        var certificateKey = new Option<string?>("--certificate-key")
        {
            Description = "PEM file of its private key. Default: in the certificate's file.", HelpName = "FILE",
        };
        Option<TimeSpan?> drain =
            CommonOptions.Duration("--drain", "Time that requests under way get when the host is told to stop. Default: 30s.");
        var keys = new Option<string?>("--keys")
        {
            Description = "File of the API keys. Default: keys.json in the registry's folder.", HelpName = "FILE",
        };
        Option<string?> store = StoreAccess.Store();
        Option<double> shadow = CommonOptions.Percent(
            "--shadow", "Share of the requests that a challenger scores too, after they were answered. Default: 5%.", .05);
        Option<double> canary = CommonOptions.Percent(
            "--canary", "Share of the customers whom a challenger answers, always the same ones. Default: 0%.", 0);
        var canaryKey = new Option<string?>("--canary-key")
        {
            Description = "Id or note of the API key whose requests a challenger answers. Default: none.", HelpName = "NAME",
        };
        var rate =
            new Option<int?>("--rate") { Description = "Requests a second that one key may make. Default: no limit.", HelpName = "N" };
        rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
            {
                result.AddError("--rate expects a number of at least 1.");
            }
        });
        var log = new Option<string>("--log")
        {
            Description =
                "What goes to standard error: a line of text or JSON for each request, or (quiet) only what an operator must know.",
            HelpName = "text|json|quiet", DefaultValueFactory = _ => s_logs[0],
        };
        log.AcceptOnlyFromAmong(s_logs);
        var command = new Command(
            "serve", "Answer scores over HTTP; a newly promoted version, new data and new keys are taken up without a restart.")
        {
            data, models, name, store, urls, hosts, keys, certificate, certificateKey, drain, rate, shadow, canary,
            canaryKey, log, memory,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            MemoryLimit.Set(parsed.GetValue(memory));
            string logs = parsed.GetRequiredValue(log);
            var options = new ScoringHostOptions
            {
                Data = parsed.GetValue(data),
                Models = parsed.GetRequiredValue(models),
                Name = parsed.GetRequiredValue(name),
                Store = StoreAccess.Location(parsed.GetValue(store), parsed.GetRequiredValue(models)),
                Urls = parsed.GetRequiredValue(urls),
                Hosts = parsed.GetValue(hosts)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                Certificate = parsed.GetValue(certificate),
                CertificateKey = parsed.GetValue(certificateKey),
                Keys = parsed.GetValue(keys),
                RequestsPerSecond = parsed.GetValue(rate),
                LogRequests = logs != "quiet",
                LogAsJson = logs == "json",
                MemoryBytes = parsed.GetValue(memory),
                ShadowShare = parsed.GetValue(shadow),
                CanaryShare = parsed.GetValue(canary),
                CanaryKey = parsed.GetValue(canaryKey),
            };
            return Run(context, parsed.GetValue(drain) is { } time ? options with { DrainTimeout = time } : options, cancellation);
        });
    }

    /// <summary>Runs the host until it is told to stop.</summary>
    /// <param name="context">Console and clock.</param>
    /// <param name="options">What is served.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="worker">What a worker does in the same process; null = none.</param>
    public static async Task<int> Run(
        VerbContext context, ScoringHostOptions options, CancellationToken cancellation, WorkerJob? worker = null)
    {
        await using WebApplication app = WorkProgress.Run(context.Console, progress =>
        {
            progress.Report("load", 0);
            return ScoringHost.Build(options, context.Clock, builder =>
            {
                if (worker is not null)
                {
                    WorkerVerb.AddTo(builder.Services, worker, context.Console);
                }
            });
        });
        try
        {
            await app.StartAsync(cancellation);
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
