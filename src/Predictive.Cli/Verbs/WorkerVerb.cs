using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Cli.Configuration;
using Predictive.Cli.Service;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Predictive.Store;
using Predictive.Worker;
using Predictive.Worker.Deliveries;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive worker [--data DIR] [--models DIR] [--schedule CRON] [--on-new-data 10m] [--once]</c>: retraining on the Generic Host;
/// with <c>--slices N</c> one of many workers that score (<see cref="WorkerSlices"/>).
/// </summary>
internal static class WorkerVerb
{
    public static Command Create(VerbContext context)
    {
        var once = new Option<bool>("--once") { Description = "Train now, once, and end." };
        var command = new Command(
            "worker",
            "Retrain on a schedule; a version that the gate holds is kept, but not put in service. With --slices: score together with "
                + "other workers.");
        SettingFlags settings = SettingFlags.AddTo(command, SettingUse.Worker);
        command.Add(once);
        var slices = new WorkerSlices();
        slices.AddTo(command);
        return command.Does(context, async (parsed, cancellation) =>
        {
            SettingValues values = settings.Read(parsed, context);
            bool isSliced = slices.IsAskedFor(parsed);
            string data = values.Find(Settings.Data)
                ?? throw new RefusedInputException(
                    $"{values.SourceOf(Settings.Data)} says none: a worker trains on a dataset. Name its folder.");
            if (isSliced)
            {
                if (parsed.GetValue(once))
                {
                    throw new RefusedInputException("--once with --slices: nothing is trained there. Leave one of the two out.");
                }

                return await slices.RunAsync(parsed, values, data, context, cancellation);
            }

            try
            {
                return await RunAsync(context, values, data, parsed.GetValue(once), cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested && !parsed.GetValue(once))
            {
                // Told to stop before it had started: a stop all the same, not a failure.
                context.Console.Note("worker stopped");
                return ExitCode.Done;
            }
        });
    }

    private static async Task<int> RunAsync(
        VerbContext context, SettingValues values, string data, bool once, CancellationToken cancellation)
    {
        WorkerTimes times = WorkerTimes.Of(values, context.Clock);
        if (values.FindValue(Settings.SampleCustomers) is null)
        {
            await DatasetAccess.RefreshAsync(data, context, cancellation);
        }

        IReadOnlyList<ILearningEngine> engines = Engines.Chosen(values, [.. Engines.Names]);
        WorkerJob job = Job(values, times, data, engines, StoreAccess.Open(
            context, values.Find(Settings.Store), values.Get(Settings.Models))) with { Once = once };
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(context.Clock);
        AddTo(builder.Services, job, context);
        ServiceNotice.AddTo(builder.Services, context, values.Find(Settings.Pulse));
        using IHost host = builder.Build();
        await host.RunAsync(cancellation);
        // Told to stop, what it had in hand goes back into the queue: that is no failure of the worker's.
        return !once && cancellation.IsCancellationRequested ? ExitCode.Done : job.Outcome;
    }

    /// <summary>The job that settings ask for.</summary>
    /// <param name="values">They.</param>
    /// <param name="times">When, of the same.</param>
    /// <param name="data">Dataset to train on.</param>
    /// <param name="engines">To learn with.</param>
    /// <param name="store">Where jobs are.</param>
    public static WorkerJob Job(
        SettingValues values, WorkerTimes times, string data, IReadOnlyList<ILearningEngine> engines, StoreDatabase store) =>
        new(
            data, values.Get(Settings.Models), values.Get(Settings.Name), engines, values.Get(Settings.Horizon), values.Get(Settings.Seed),
            values.FindValue(Settings.Memory), GateArguments.Gate(values), store)
        {
            Schedule = times.Schedule, Zone = times.Zone, OnNewData = times.OnNewData, OnDrift = times.OnDrift,
            KeepJobs = TimeSpan.FromDays(values.Get(Settings.KeepJobs)), Keep = values.FindValue(Settings.Keep),
            KeepEvents = values.FindValue(Settings.KeepEvents) is { } days ? TimeSpan.FromDays(days) : null,
            Output = values.Find(Settings.Results), Level = values.FindValue(Settings.Level),
            SampleCustomers = values.FindValue(Settings.SampleCustomers),
        };

    /// <summary>Adds the worker to a host, of its own or that of the scores.</summary>
    public static void AddTo(IServiceCollection services, WorkerJob job, VerbContext context)
    {
        var pulse = new Pulse(context.Clock);
        services.AddSingleton(job).AddSingleton(Output(context.Console) with { Pulse = pulse }).AddHostedService<TrainingWorker>();
        services.AddSingleton<ServiceCheck>(_ => Task.FromResult(pulse.StandsStill()));
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
