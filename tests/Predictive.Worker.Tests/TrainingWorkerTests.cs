using Cronos;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;
using Predictive.Training;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Tests;

/// <summary>
/// The schedule on a clock of the test's own: when it trains, that a failure does not end it, that unchanged data trains nothing.
/// </summary>
public sealed class TrainingWorkerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-worker-").FullName;
    private readonly WorkerTold _told = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Data => Path.Combine(_folder, "data");

    private string Models => Path.Combine(_folder, "models");

    private StoreDatabase Store(TimeProvider? clock = null) =>
        StoreDatabase.Open(Path.Combine(_folder, "store.db"), clock ?? TimeProvider.System);

    private WorkerJob Job(string? cron, TimeProvider? clock = null) => new(
        Data, Models, "default", [new BuiltInEngine()], 60, 1, null, new GateOptions(), Store(clock))
    {
        Once = cron is null, Schedule = cron is null ? null : CronExpression.Parse(cron),
    };

    [Fact]
    public async Task Once_trains_and_a_second_time_there_is_nothing_to_train()
    {
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        for (int time = 1; time <= 2; time++)
        {
            WorkerJob job = Job(null);
            var lifetime = new Lifetime();
            using var worker = new TrainingWorker(job, _told.Output, TimeProvider.System, lifetime);
            await worker.StartAsync(TestContext.Current.CancellationToken);
            await worker.ExecuteTask!;
            Assert.Equal(0, job.Outcome);
            Assert.True(lifetime.Stopped);
            Assert.Single(new ModelRegistry(Models, SmokeTest.Admit).Versions("default"));
        }

        Assert.Equal(["trained 1", "the data is what the newest version was trained on: nothing to train"], _told.Lines);
    }

    [Fact]
    public async Task The_schedule_trains_at_its_time_and_goes_on_after_a_failure()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 2, 59, 0, TimeSpan.Zero));
        WorkerJob job = Job("0 3 * * *", clock);
        using var worker = new TrainingWorker(job, _told.Output, clock, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await _told.Told("next training at 2026-03-01 03:00 UTC");
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.DoesNotContain(_told.Lines, t => t.StartsWith("failed", StringComparison.Ordinal));

        // There is no data: the run fails, is told, and the next one is awaited.
        await _told.Passing(clock, "failed: DatasetException");
        await _told.Told("next training at 2026-03-02 03:00 UTC");
        Assert.Equal(2, job.Outcome);
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        await _told.Passing(clock, "trained 1");
        await worker.StopAsync(TestContext.Current.CancellationToken);
        await _told.Told("worker stopped");
        Assert.Equal(0, job.Outcome);
    }

    [Fact]
    public async Task A_run_is_a_job_with_its_stages_figures_fingerprint_result_and_promotion()
    {
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        await RunOnce(Job(null));
        await RunOnce(Job(null));
        var book = new JobBook(Store());
        Job[] jobs = [.. book.List().Reverse()];
        Assert.All(jobs, j => Assert.Equal((JobState.Done, 1, "once", "data"), (j.State, j.Attempt, j.Cause, j.Data)));
        Assert.Contains("read transactions", jobs[0].Stages.Select(s => s.Name));
        Assert.Contains("publish", jobs[0].Stages.Select(s => s.Name));
        Assert.InRange(jobs[0].Figures["churn.auc"], 0.5, 1);
        Assert.Equal(64, jobs[0].Fingerprint!.Length);
        Assert.Equal(jobs[0].Fingerprint, jobs[1].Fingerprint);
        Assert.Equal(1, jobs[0].Result!.Value.GetProperty("version").GetInt32());
        Assert.False(jobs[1].Result!.Value.GetProperty("trained").GetBoolean());
        Assert.NotEmpty(book.Lines(jobs[0].Id));
        Assert.Equal(
            [("worker", "promote", "model default/1"), ("worker", "intent", "model default/1")],
            new AuditLog(Store()).List().Select(e => (e.Actor, e.Action, e.Subject)));
        var registry = new ModelRegistry(Models, SmokeTest.Admit);
        ModelProvenance origin = registry.Provenance(registry.Resolve("default"))!;
        Assert.Equal(("worker", "once", jobs[0].Fingerprint, null, jobs[0].Id),
            (origin.Actor, origin.Cause, origin.Fingerprint, origin.Parent, origin.Job));
    }

    [Fact]
    public async Task A_job_that_was_asked_for_is_done_and_a_cancelled_one_publishes_nothing()
    {
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        WorkerJob job = Job("0 3 1 1 *");
        var book = new JobBook(job.Store);
        long first = book.Enqueue(new NewJob("train", "default", "request", "key 1")).Job.Id;
        using var worker = new TrainingWorker(job, _told.Output, TimeProvider.System, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await _told.Told("trained 1");
        await Until(() => book.Find(first)!.State == JobState.Done);

        // New data, and a change of mind as soon as it is begun.
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 900, Years = 1.2, Seed = 5 });
        long second = book.Enqueue(new NewJob("train", "default", "request", "key 1")).Job.Id;
        await Until(() => book.Find(second)!.State == JobState.Running);
        book.Cancel(second, "key 1");
        await Until(() => book.Find(second)!.IsOver);
        await worker.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal((JobState.Cancelled, "cancelled by key 1"), (book.Find(second)!.State, book.Find(second)!.Message));
        Assert.Single(new ModelRegistry(Models, SmokeTest.Admit).Versions("default"));
    }

    [Fact]
    public async Task A_second_worker_waits_for_the_first()
    {
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        WorkerJob job = Job(null);
        Task waiting;
        using (Lease first = TrainTurn.TryTake(job.Store, "default")!)
        {
            waiting = RunOnce(job);
            await _told.Told("job 1 waits: another training of 'default' is running");
            Assert.False(waiting.IsCompleted);
        }

        await waiting;
        Assert.Equal(0, job.Outcome);
        Assert.Contains("trained 1", _told.Lines);
    }

    [Fact]
    public async Task A_worker_told_to_stop_ends_its_run_with_nothing_published_and_says_so()
    {
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 3000, Years = 2, Seed = 4 });
        WorkerJob job = Job(null);
        using var worker = new TrainingWorker(job, _told.Output, TimeProvider.System, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        var book = new JobBook(job.Store);
        await Until(() => book.List() is [{ Stages.Count: > 1 }]);
        await worker.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(WorkerJob.Cut, job.Outcome);
        Assert.Equal(JobState.Cancelled, book.List()[0].State);
        Assert.Empty(new ModelRegistry(Models, SmokeTest.Admit).Versions("default"));
        Assert.False(new LeaseBook(job.Store).Read(JobBook.LeaseOf("train", "default"))!.Held);
    }

    [Fact]
    public async Task Runs_missed_while_no_worker_ran_are_caught_up_with_once()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 3, 0, 0, TimeSpan.Zero));
        WorkerJob job = Job("0 3 * * *", clock);
        var book = new JobBook(job.Store);
        using (Lease lease = TrainTurn.TryTake(job.Store, "default")!)
        {
            book.Enqueue(new NewJob("train", "default", "schedule", "worker"));
            using JobRun run = book.Begin("train", "default", lease)!;
            run.End(JobState.Done);
        }

        clock.Advance(TimeSpan.FromDays(9.5));
        using var worker = new TrainingWorker(job, _told.Output, clock, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await _told.Told("next training at 2026-03-11 03:00 UTC");
        await Until(() => book.List() is [{ State: JobState.Failed }, _]);
        await worker.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, book.List().Count);
        Assert.DoesNotContain(_folder, book.List()[0].Message!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_files_are_trained_on_once_they_have_stood_still_and_only_once()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        WorkerJob job = Job(null, clock) with { Once = false, OnNewData = TimeSpan.FromMinutes(10) };
        var book = new JobBook(job.Store);
        using var worker = new TrainingWorker(job, _told.Output, clock, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await _told.Told("waiting for new data");
        Simulator.GenerateTo(Data, new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });
        DateTimeOffset there = clock.GetUtcNow();
        await _told.Passing(clock, "trained 1");
        Job trained = book.List().Single();
        Assert.Equal(("new-data", JobState.Done), (trained.Cause, trained.State));
        Assert.True(trained.CreatedAt - there >= job.OnNewData, $"{trained.CreatedAt - there}");

        // A restart does not ask again for what was asked for.
        await worker.StopAsync(TestContext.Current.CancellationToken);
        using var again = new TrainingWorker(job, _told.Output, clock, new Lifetime());
        await again.StartAsync(TestContext.Current.CancellationToken);
        for (int minute = 0; minute < 30; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await again.StopAsync(TestContext.Current.CancellationToken);
        Assert.Single(book.List());
    }

    private async Task RunOnce(WorkerJob job)
    {
        using var worker = new TrainingWorker(job, _told.Output, TimeProvider.System, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await worker.ExecuteTask!;
    }

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
