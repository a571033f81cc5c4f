using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Jobs;
using Predictive.Tests;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Tests;

/// <summary>
/// A store that goes away in the middle of a worker's life: one line, nothing lost, and it goes on when the store is back.
/// </summary>
public sealed class StoreAwayTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-away-").FullName;
    private readonly WorkerTold _told = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File => Path.Combine(_folder, "store.db");

    private WorkerJob JobOn(string location) => new(
        Path.Combine(_folder, "data"), Path.Combine(_folder, "models"), "default", [new BuiltInEngine()], 60, 1, null, new GateOptions(),
        StoreDatabase.Open(location, _clock));

    private void Generate() => Simulator.GenerateTo(
        Path.Combine(_folder, "data"), new SimulationOptions { Customers = 500, Years = 1.2, Seed = 4 });

    [Theory]
    [InlineData("moved away", "The store's file is gone")]
    [InlineData("damaged", "The store is damaged")]
    public async Task A_file_that_goes_is_missed_and_what_was_asked_is_done_when_it_is_back(string what, string line)
    {
        WorkerJob job = JobOn(File);
        long asked = new JobBook(job.Store).Enqueue(new NewJob("train", "default", "request", "key 1")).Job.Id;
        string away = File + ".away";
        if (what == "damaged")
        {
            // Everything in one file: what a write-ahead log holds would hide the damage.
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            System.IO.File.Copy(File, away);
            System.IO.File.WriteAllBytes(File, [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * 7))]);
        }
        else
        {
            System.IO.File.Move(File, away);
        }

        using var worker = new TrainingWorker(job, _told.Output, _clock, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await _told.Passing(_clock, line);
        for (int minute = 0; minute < 10; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.False(worker.ExecuteTask!.IsCompleted);
        Assert.True(_told.Lines.Count(l => l.StartsWith(line, StringComparison.Ordinal)) <= 2, string.Join('\n', _told.Lines));
        if (what == "damaged")
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        }
        else
        {
            Assert.False(System.IO.File.Exists(File));
        }

        System.IO.File.Move(away, File, overwrite: true);
        Generate();
        await _told.Passing(_clock, "trained 1");
        await worker.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(JobState.Done, new JobBook(job.Store).Find(asked)!.State);
        Assert.Null(new AuditLog(job.Store).Verify().Fault);
    }

    [Fact]
    public async Task A_server_that_is_away_for_a_moment_costs_a_training_nothing()
    {
        using var postgres = new PostgresServer();
        WorkerJob job = JobOn(postgres.NewDatabase());
        Generate();
        var book = new JobBook(job.Store);
        long asked = book.Enqueue(new NewJob("train", "default", "request", "key 1")).Job.Id;
        using var worker = new TrainingWorker(job, _told.Output, _clock, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await Until(() => book.Find(asked)!.Stages.Count > 1);
        postgres.Kill();
        await Task.Delay(2000, TestContext.Current.CancellationToken);
        postgres.Again();
        await _told.Told("trained 1");
        await worker.StopAsync(TestContext.Current.CancellationToken);
        Job done = book.Find(asked)!;
        Assert.Equal((JobState.Done, 1, 1), (done.State, done.Attempt, done.Result!.Value.GetProperty("version").GetInt32()));
        Assert.Contains("publish", done.Stages.Select(s => s.Name));
        Assert.Contains(book.Lines(asked), l => l.Text.Contains("version 1, the champion", StringComparison.Ordinal));
        Assert.Null(new AuditLog(job.Store).Verify().Fault);
    }

    [Fact]
    public async Task A_server_that_stays_away_ends_the_attempt_and_the_job_is_begun_again()
    {
        using var postgres = new PostgresServer();
        string location = postgres.NewDatabase();
        WorkerJob job = JobOn(location);
        Generate();
        var book = new JobBook(job.Store);
        long asked = book.Enqueue(new NewJob("train", "default", "request", "key 1")).Job.Id;
        using var worker = new TrainingWorker(job, _told.Output, _clock, new Lifetime());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await Until(() => book.Find(asked)!.Stages.Count > 1);
        postgres.Kill();
        await _told.Told("failed: StoreException");
        await _told.Passing(_clock, "The store's database server cannot be reached");
        Assert.False(worker.ExecuteTask!.IsCompleted);
        Assert.Empty(new ModelRegistry(job.Models, SmokeTest.Admit).Versions("default"));
        postgres.Again();

        // Its lease ran out meanwhile, or does now.
        using (var connection = new NpgsqlConnection(location))
        {
            connection.Open();
            using var expire = new NpgsqlCommand("UPDATE leases SET expires_at = 0", connection);
            expire.ExecuteNonQuery();
        }

        await _told.Passing(_clock, "trained 1");
        await worker.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal((JobState.Done, 2), (book.Find(asked)!.State, book.Find(asked)!.Attempt));
        Assert.Single(new ModelRegistry(job.Models, SmokeTest.Admit).Versions("default"));
        Assert.Null(new AuditLog(job.Store).Verify().Fault);
    }

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
