using System.CommandLine;
using System.Globalization;
using Cronos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Predictive.History.Loading;
using Predictive.Training;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive worker [--data DIR] [--models DIR] [--schedule CRON] [--once]</c>: retraining on the Generic Host.</summary>
internal static class WorkerVerb
{
    public static Command Create(VerbContext context)
    {
        var data = new Option<string>("--data") { Description = "Dataset to train on.", HelpName = "DIR", DefaultValueFactory = _ => "data" };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        var schedule = new Option<string>("--schedule") { Description = "When to retrain, as a cron expression in UTC.", HelpName = "CRON", DefaultValueFactory = _ => "0 3 * * *" };
        Option<long?> memory = CommonOptions.Memory("is sampled, customer by customer");
        var once = new Option<bool>("--once") { Description = "Train now, once, and end." };
        var command = new Command("worker", "Retrain on a schedule; a version worse than its baselines is published but not put in service.") { data, models, name, horizon, seed, schedule, memory, once };
        Engines engines = Engines.AddTo(command, "Engines that learn from the same snapshots, separated by commas: the better out of time becomes champion, the other challenger.", [.. Engines.Names]);
        return command.Does(context, async (parsed, cancellation) =>
        {
            string cron = parsed.GetRequiredValue(schedule);
            if (!CronExpression.TryParse(cron, out CronExpression? expression))
            {
                throw new RefusedInputException($"--schedule is '{cron}'; expected five cron fields such as '0 3 * * *' (03:00 UTC every day).");
            }

            var job = new WorkerJob(
                parsed.GetRequiredValue(data), parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), engines.Chosen(parsed),
                parsed.GetValue(horizon), parsed.GetValue(seed), parsed.GetValue(memory), parsed.GetValue(once) ? null : expression);
            HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(context).AddSingleton(job).AddHostedService<TrainingWorker>();
            using IHost host = builder.Build();
            await host.RunAsync(cancellation);
            return job.Outcome;
        });
    }
}

/// <summary>What the worker does, and how its last run ended.</summary>
internal sealed record WorkerJob(string Data, string Models, string Name, IReadOnlyList<ILearningEngine> Engines, int HorizonDays, int Seed, long? Memory, CronExpression? Schedule)
{
    /// <summary>Exit code of the last run.</summary>
    public int Outcome { get; set; }
}

/// <summary>Trains at once (<c>--once</c>) or at every time of the schedule; a failed run is told and the next one still comes.</summary>
internal sealed class TrainingWorker(VerbContext context, WorkerJob job, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (job.Schedule is null)
            {
                await Task.Run(() => RunOnce(stoppingToken), stoppingToken);
                return;
            }

            while (!stoppingToken.IsCancellationRequested)
            {
                DateTimeOffset now = context.Clock.GetUtcNow();
                if (job.Schedule.GetNextOccurrence(now, TimeZoneInfo.Utc) is not { } next)
                {
                    context.Console.Note("the schedule has no further time; the worker ends");
                    return;
                }

                context.Console.Note(string.Create(CultureInfo.InvariantCulture, $"next training at {next:yyyy-MM-dd HH:mm} UTC"));
                await WaitUntil(next, stoppingToken);
                await Task.Run(() => RunOnce(stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            context.Console.Note("worker stopped");
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    // In steps, because a timer cannot wait longer than some weeks and a suspended machine's clock jumps.
    private async Task WaitUntil(DateTimeOffset next, CancellationToken stopping)
    {
        while (next - context.Clock.GetUtcNow() is { } left && left > TimeSpan.Zero)
        {
            await Task.Delay(left < TimeSpan.FromMinutes(1) ? left : TimeSpan.FromMinutes(1), context.Clock, stopping);
        }
    }

    private void RunOnce(CancellationToken stopping)
    {
        try
        {
            TrainRuns runs = WorkProgress.Run(context.Console, progress =>
            {
                (LoadedSample sample, string? note) = DatasetAccess.LoadToLearn(job.Data, job.Memory, job.Seed, "training", progress, stopping);
                // An engine that cannot run on this machine must not keep the other from being retrained every night.
                return TrainRuns.Execute(
                    sample.History,
                    job.Engines,
                    engine => new TrainingOptions { AsOf = DatasetAccess.AsOfFor(sample, null), HorizonDays = job.HorizonDays, Seed = job.Seed, Engine = engine, Clock = context.Clock },
                    job.Models,
                    job.Name,
                    progress,
                    stopping,
                    note,
                    leaveOut: true);
            });
            TrainVerb.Show(context.Console, runs, []);
            job.Outcome = ExitCode.Done;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            job.Outcome = Failure.Explain(e, context.Console);
        }
    }
}
