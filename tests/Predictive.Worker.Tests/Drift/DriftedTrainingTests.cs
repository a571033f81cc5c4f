using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.History.Sources;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Jobs;
using Predictive.Worker.Gate;
using Predictive.Worker.Tests.Gate;

namespace Predictive.Worker.Tests.Drift;

/// <summary><c>--on-drift</c> from new files to a version: a planted drift starts a training, and nothing else does.</summary>
public sealed class DriftedTrainingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-drifted-").FullName;
    private readonly List<TransactionLine> _lines =
        Corruptions.Lines(Simulator.Generate(new SimulationOptions { Customers = 600, Years = 2, Seed = 6 }).History);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_planted_drift_starts_a_training_and_healthy_deliveries_start_none()
    {
        DateTime end = _lines.Max(l => l.OrderedAt).Date.AddDays(1), first = end.AddDays(-42);
        var clock = new FakeTimeProvider(new DateTimeOffset(end, TimeSpan.Zero));
        StoreDatabase store = StoreDatabase.Open(Path.Combine(_folder, "store.db"), clock);
        var job = new WorkerJob(
            Path.Combine(_folder, "data"), Path.Combine(_folder, "models"), "default", [new BuiltInEngine()], 45, 1, null,
            new GateOptions(), store) { OnDrift = TimeSpan.FromMinutes(10), Output = Path.Combine(_folder, "results") };
        string list = Path.Combine(Directory.CreateDirectory(job.Output).FullName, "list.csv"), gone = _lines[0].CustomerId;
        await File.WriteAllLinesAsync(
            list, ["customer_id,band", $"{gone},high", $"not-{gone},low"], TestContext.Current.CancellationToken);
        var told = new WorkerTold();
        using var worker = new TrainingWorker(job, told.Output, clock, new Lifetime());
        Deliver(_lines.Where(l => l.OrderedAt < first));
        await worker.StartAsync(TestContext.Current.CancellationToken);

        // Without a champion a training is due.
        await told.Passing(clock, "trained 1");
        for (int week = 1; week <= 6; week += 5)
        {
            Deliver(_lines.Where(l => l.OrderedAt < first.AddDays(7 * week)));
            await told.Passing(clock, "the data has not drifted: nothing to train", week == 1 ? 1 : 2);
        }

        Assert.Single(new ModelRegistry(job.Models, SmokeTest.Admit).Versions("default"));
        Job[] quiet = [.. new JobBook(store).List().Where(j => j.Cause == "drift")];
        Assert.Equal(3, quiet.Length);
        Assert.All(quiet, j => Assert.Equal(JobState.Done, j.State));

        // Whoever is erased goes out of the results too, with the next training.
        Erasures.Add(job.Data, [gone]);

        // Nineteen customers of twenty have not come since: the same days, another base.
        Deliver(_lines.Where(l => l.OrderedAt < end && (l.OrderedAt < first || DeliveryFacts.HashOf(l.CustomerId) % 20 == 0)));
        await told.Passing(clock, "trained 2");
        await worker.StopAsync(TestContext.Current.CancellationToken);
        Job trained = new JobBook(store).List()[0];
        Assert.Equal($"customer_id,band\nnot-{gone},low\n", await File.ReadAllTextAsync(list, TestContext.Current.CancellationToken));
        Assert.Contains(
            new JobBook(store).Lines(trained.Id), l => l.Text.EndsWith("taken out of data and results", StringComparison.Ordinal));
        Assert.Equal("drift", trained.Cause);
        Assert.Equal(2, trained.Result!.Value.GetProperty("version").GetInt32());
        Assert.Contains(
            new JobBook(store).Lines(trained.Id), l => l.Text.Contains("distributions have moved beyond", StringComparison.Ordinal));
        Assert.Equal("drift", new ModelRegistry(job.Models, SmokeTest.Admit) is var registry
            ? registry.Provenance(registry.Versions("default")[^1])!.Cause
            : null);
    }

    // A delivery is the whole history again, as shops send it.
    private void Deliver(IEnumerable<TransactionLine> lines)
    {
        string file = Path.Combine(_folder, "sales.csv");
        File.WriteAllLines(
            file,
            [
                "customer,date,amount,order",
                .. lines.Select(l => string.Create(
                    CultureInfo.InvariantCulture, $"{l.CustomerId},{l.OrderedAt:yyyy-MM-ddTHH:mm:ss},{l.Amount:0.00},{l.OrderId}")),
            ]);
        CsvImport.Run(new ImportOptions
        {
            Source = file, OutputFolder = Path.Combine(_folder, "data"), CustomerColumn = "customer", TimeColumn = "date",
            AmountColumn = "amount", OrderColumn = "order", Existing = ExistingData.Overwrite,
        });
    }
}
