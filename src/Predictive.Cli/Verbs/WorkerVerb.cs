using System.CommandLine;
using Cronos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Cli.Terminal;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive worker [--data DIR] [--models DIR] [--schedule CRON] [--once]</c>: retraining on the Generic Host.</summary>
internal static class WorkerVerb
{
    public static Command Create(VerbContext context)
    {
        var data =
            new Option<string>("--data") { Description = "Dataset to train on.", HelpName = "DIR", DefaultValueFactory = _ => "data" };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        var schedule = new Option<string>("--schedule")
        {
            Description = "When to retrain, as a cron expression in the zone.", HelpName = "CRON", DefaultValueFactory = _ => "0 3 * * *",
        };
        var zone = new Option<string>("--zone")
        {
            Description = "Time zone of the schedule, as an IANA name.", HelpName = "ZONE", DefaultValueFactory = _ => "UTC",
        };
        Option<int> keep = CommonOptions.Days("--keep-jobs", "How long jobs that are over are kept.", 90);
        Option<string?> store = StoreAccess.Store();
        Option<long?> memory = CommonOptions.Memory("is sampled, customer by customer");
        var once = new Option<bool>("--once") { Description = "Train now, once, and end." };
        var command = new Command(
            "worker",
            "Retrain on a schedule; a version that the gate holds is kept, but not put in service.")
            {
                data, models, name, horizon, seed, schedule, zone, keep, store, memory, once,
            };
        Engines engines = Engines.AddTo(
            command,
            "Engines that learn from the same snapshots, separated by commas: the better out of time becomes champion, the other "
                + "challenger.",
            [.. Engines.Names]);
        GateArguments gate = GateArguments.AddTo(command, promote: false);
        return command.Does(context, async (parsed, cancellation) =>
        {
            string cron = parsed.GetRequiredValue(schedule);
            if (!CronExpression.TryParse(cron, out CronExpression? expression))
            {
                throw new RefusedInputException(
                    $"--schedule is '{cron}'; expected five cron fields such as '0 3 * * *' (03:00 every day).");
            }

            if (!TimeZoneInfo.TryFindSystemTimeZoneById(parsed.GetRequiredValue(zone), out TimeZoneInfo? clock))
            {
                throw new RefusedInputException(
                    $"--zone is '{parsed.GetValue(zone)}', which this system does not know; expected an IANA name such as Europe/Paris.");
            }

            if (expression.GetNextOccurrence(context.Clock.GetUtcNow(), clock) is null)
            {
                throw new RefusedInputException($"--schedule '{cron}' never fires; expected a time that comes, such as '0 3 * * *'.");
            }

            var job = new WorkerJob(
                parsed.GetRequiredValue(data), parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), engines.Chosen(parsed),
                parsed.GetValue(horizon), parsed.GetValue(seed), parsed.GetValue(memory), parsed.GetValue(once) ? null : expression,
                gate.Gate(parsed), StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models)))
            {
                Zone = clock, KeepJobs = TimeSpan.FromDays(parsed.GetValue(keep)),
            };
            HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(job).AddSingleton(Output(context.Console)).AddSingleton(context.Clock)
                .AddHostedService<TrainingWorker>();
            using IHost host = builder.Build();
            await host.RunAsync(cancellation);
            return job.Outcome;
        });
    }

    private static WorkerOutput Output(UserConsole console) => new(
        console.Note,
        run => WorkProgress.Run(console, progress => run(progress.Training())),
        runs => TrainVerb.Show(console, runs, []),
        fault => Failure.Explain(fault, console));
}
