using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Worker.Deliveries;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive worker [--data DIR] [--models DIR] [--schedule CRON] [--on-new-data 10m] [--once]</c>: retraining on the Generic Host.
/// </summary>
internal static class WorkerVerb
{
    public static Command Create(VerbContext context)
    {
        var data =
            new Option<string>("--data") { Description = "Dataset to train on.", HelpName = "DIR", DefaultValueFactory = _ => "data" };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        Option<string?> store = StoreAccess.Store();
        Option<long?> memory = CommonOptions.Memory("is sampled, customer by customer");
        var once = new Option<bool>("--once") { Description = "Train now, once, and end." };
        var command = new Command(
            "worker",
            "Retrain on a schedule; a version that the gate holds is kept, but not put in service. Options may stand in a file, one a "
                + "line: predictive worker @worker.txt")
            {
                data, models, name, horizon, seed, store, memory, once,
            };
        Engines engines = Engines.AddTo(
            command,
            "Engines that learn from the same snapshots, separated by commas: the better out of time becomes champion, the other "
                + "challenger.",
            [.. Engines.Names]);
        GateArguments gate = GateArguments.AddTo(command, promote: false);
        WorkerArguments when = WorkerArguments.AddTo(command, "0 3 * * *");
        return command.Does(context, async (parsed, cancellation) =>
        {
            WorkerJob job = when.Apply(
                new WorkerJob(
                    parsed.GetRequiredValue(data), parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), engines.Chosen(parsed),
                    parsed.GetValue(horizon), parsed.GetValue(seed), parsed.GetValue(memory), gate.Gate(parsed),
                    StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models))) { Once = parsed.GetValue(once) },
                parsed, context);
            HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(context.Clock);
            AddTo(builder.Services, job, context.Console);
            using IHost host = builder.Build();
            await host.RunAsync(cancellation);
            return job.Outcome;
        });
    }

    /// <summary>Adds the worker to a host, of its own or that of the scores.</summary>
    public static void AddTo(IServiceCollection services, WorkerJob job, UserConsole console)
    {
        services.AddSingleton(job).AddSingleton(Output(console)).AddHostedService<TrainingWorker>();
        if (!job.Once)
        {
            services.AddHostedService<DeliveryWorker>().AddHostedService<ActingLoop>();
        }
    }

    private static WorkerOutput Output(UserConsole console) => new(
        console.Note,
        run => WorkProgress.Run(console, progress => run(progress.Training())),
        runs => TrainVerb.Show(console, runs, []),
        fault => Failure.Explain(fault, console));
}
