using Cronos;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Tests;

/// <summary>
/// The schedule on a clock of the test's own: when it trains, that a failure does not end it, that unchanged data trains nothing.
/// </summary>
public sealed class TrainingWorkerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-worker-").FullName;
    private readonly List<string> _told = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Data => Path.Combine(_folder, "data");

    private string Models => Path.Combine(_folder, "models");

    private WorkerJob Job(string? cron) => new(
        Data, Models, "default", [new BuiltInEngine()], 60, 1, null, cron is null ? null : CronExpression.Parse(cron), new GateOptions());

    private WorkerOutput Output() => new(
        Tell,
        run => run(new Quiet()),
        runs => Tell($"trained {runs.Best.Version.Version}"),
        fault =>
        {
            Tell("failed: " + fault.GetType().Name);
            return 2;
        });

    private void Tell(string line)
    {
        lock (_told)
        {
            _told.Add(line);
        }
    }

    private async Task Told(string start, int times = 1)
    {
        // The worker runs on threads of its own: the test waits for what it tells, however long the machine takes.
        while (true)
        {
            lock (_told)
            {
                if (_told.Count(t => t.StartsWith(start, StringComparison.Ordinal)) >= times)
                {
                    return;
                }
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Once_trains_and_a_second_time_there_is_nothing_to_train()
    {
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        for (int time = 1; time <= 2; time++)
        {
            WorkerJob job = Job(null);
            var lifetime = new Lifetime();
            using var worker = new TrainingWorker(job, Output(), TimeProvider.System, lifetime);
            await worker.StartAsync(TestContext.Current.CancellationToken);
            await worker.ExecuteTask!;
            Assert.Equal(0, job.Outcome);
            Assert.True(lifetime.Stopped);
            Assert.Single(new ModelRegistry(Models, SmokeTest.Admit).Versions("default"));
        }

        Assert.Equal(["trained 1", "the data is what the newest version was trained on: nothing to train"], _told);
    }

    [Fact]
    public async Task The_schedule_trains_at_its_time_and_goes_on_after_a_failure()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 2, 59, 0, TimeSpan.Zero));
        WorkerJob job = Job("0 3 * * *");
        using var worker = new TrainingWorker(job, Output(), clock, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await Told("next training at 2026-03-01 03:00 UTC");
        clock.Advance(TimeSpan.FromSeconds(59));
        lock (_told)
        {
            Assert.DoesNotContain(_told, t => t.StartsWith("failed", StringComparison.Ordinal));
        }

        // There is no data: the run fails, is told, and the next one is awaited.
        await Passing(clock, "failed: DatasetException");
        await Told("next training at 2026-03-02 03:00 UTC");
        Assert.Equal(2, job.Outcome);
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        await Passing(clock, "trained 1");
        await worker.StopAsync(TestContext.Current.CancellationToken);
        await Told("worker stopped");
        Assert.Equal(0, job.Outcome);
    }

    // Time passes in steps until the worker has told something: its waits are steps of a minute.
    private async Task Passing(FakeTimeProvider clock, string start)
    {
        Task told = Told(start);
        while (!told.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        await told;
    }

    private sealed class Quiet : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value)
        {
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public bool Stopped { get; private set; }

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => Stopped = true;
    }
}
