using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Predictive.Api;
using Predictive.Cli.Terminal;
using Predictive.History.Loading;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive serve [--data DIR] [--models DIR] [--urls URL]</c>: the scoring host.</summary>
internal static class ServeVerb
{
    public static Command Create(VerbContext context)
    {
        var data = new Option<string?>("--data") { Description = "Dataset that customers are looked up in. Default: none; inline histories only.", HelpName = "DIR" };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<long?> memory = CommonOptions.Memory("is refused: customers are looked up in it");
        var urls = new Option<string>("--urls") { Description = "Where to listen.", HelpName = "URL", DefaultValueFactory = _ => CommonOptions.DefaultUrl };
        var command = new Command("serve", "Answer scores over HTTP; a newly promoted version is taken up without a restart.") { data, models, name, urls, memory };
        return command.Does(context, (parsed, cancellation) =>
        {
            MemoryLimit.Set(parsed.GetValue(memory));
            return Run(
                context,
                new ScoringHostOptions { Data = parsed.GetValue(data), Models = parsed.GetRequiredValue(models), Name = parsed.GetRequiredValue(name), Urls = parsed.GetRequiredValue(urls), MemoryBytes = parsed.GetValue(memory) },
                cancellation);
        });
    }

    /// <summary>Runs the host until it is told to stop.</summary>
    public static async Task<int> Run(VerbContext context, ScoringHostOptions options, CancellationToken cancellation)
    {
        await using WebApplication app = WorkProgress.Run(context.Console, progress =>
        {
            progress.Report("load", 0);
            return ScoringHost.Build(options, context.Clock);
        });
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException e)
        {
            throw new RefusedInputException($"--urls {options.Urls}: {e.Message} Choose another port, such as --urls http://127.0.0.1:5081.");
        }

        string url = app.Urls.First();
        context.Console.Line($"serving {url}");
        context.Console.Line(options.Data is null ? $"  POST {url}/v1/score" : $"  {url}/v1/at-risk?top=10   {url}/v1/customers/ID/score");
        context.Console.Line($"  {url}/openapi/v1.json   {url}/health/ready   Ctrl+C stops");
        await app.WaitForShutdownAsync(cancellation);
        return ExitCode.Done;
    }
}
