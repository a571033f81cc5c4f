using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Training;
using Predictive.Training.Snapshots;
using Predictive.Worker.Drift;
using Predictive.Worker.Gate;
using Predictive.Worker.Tests.Gate;

namespace Predictive.Worker.Tests;

/// <summary>What follows a training, what a pin keeps, and how drift and outcomes are told, over one simulated shop.</summary>
public sealed class AfterTrainingTests : IDisposable
{
    private const int Horizon = 45;
    private static readonly DateTime s_end = new(2025, 10, 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-after-").FullName;
    private readonly List<TransactionLine> _lines =
        Corruptions.Lines(Simulator.Generate(new SimulationOptions { Customers = 500, Years = 1.5, Seed = 6 }).History);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private StoreDatabase Store => StoreDatabase.Open(Path.Combine(_folder, "store.db"), TimeProvider.System);

    private WorkerJob Job => new(_folder, _folder, "default", [new BuiltInEngine()], Horizon, 1, null, new GateOptions(), Store)
    {
        Output = Path.Combine(_folder, "results"), Keep = 1,
    };

    private static TransactionHistory Until(IEnumerable<TransactionLine> lines, DateTime asOf) =>
        TransactionHistoryBuilder.Build(lines.Where(l => l.OrderedAt < asOf));

    private TrainRuns Train(IEnumerable<TransactionLine> lines, DateTime asOf, Promotion promotion = Promotion.Auto)
    {
        TransactionHistory history = Until(lines, asOf);
        var registry = new ModelRegistry(_folder, SmokeTest.Admit);
        ModelVersion? before = registry.Aliases("default").Champion is null ? null : registry.Resolve("default");
        using TrainJob job = TrainJob.Begin(Store, "default", "test", _folder, _folder, _ => { }, TestContext.Current.CancellationToken);
        return job.Do(
            new Quiet(),
            (progress, cancellation) =>
            {
                TrainRuns runs = TrainRuns.Execute(
                    new TrainRequest(
                        history, [new BuiltInEngine()],
                        engine => new TrainingOptions { AsOf = LocalTime.From(asOf), HorizonDays = Horizon, Engine = engine },
                        _folder, "default")
                    {
                        Promotion = promotion, Store = Store, Actor = "test", Job = job.Job.Id, Lease = job.Lease,
                    },
                    progress, cancellation);
                new AfterTraining(Job, job, new SharedTraining(), TimeProvider.System)
                    .Run(runs, history, true, before, progress, cancellation);
                return runs;
            },
            goesOn: false, TestContext.Current.CancellationToken)!;
    }

    [Fact]
    public void Page_scores_changes_drift_and_event_follow_and_a_pin_holds()
    {
        DateTime earlier = s_end.AddDays(-Horizon - 7), later = s_end.AddDays(-Horizon);
        Train(_lines, earlier);
        // The first training after a quarter writes its review, the next one lets it be.
        string[] reviews = [.. Directory.GetFiles(Path.Combine(_folder, "results")).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["default-review-2025Q2.html", "default-review-2025Q2.zh-Hans.html"], reviews.Select(r => Path.GetFileName(r)));
        DateTime[] stamps = [.. reviews.Select(File.GetLastWriteTimeUtc)];
        Assert.True(Train(_lines, later).Best.Serves);
        Assert.Equal(stamps, Directory.GetFiles(Path.Combine(_folder, "results")).Order(StringComparer.Ordinal)
            .Select(File.GetLastWriteTimeUtc));
        string results = Path.Combine(_folder, "results", "default-2");
        Assert.Equal(
            [AfterTraining.Page, AfterTraining.Report, AfterTraining.ReportChinese, AfterTraining.Scores, AfterTraining.Changes],
            Directory.GetFiles(results).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Contains("svg", File.ReadAllText(Path.Combine(results, AfterTraining.Page)), StringComparison.Ordinal);
        string[] changes = File.ReadAllLines(Path.Combine(results, AfterTraining.Changes));
        Assert.Equal("customer_id,what,from,to", changes[0]);
        Assert.InRange(changes.Length, 2, 5000);
        OutboxEvent told = new OutboxBook(Store).Waiting().Last(e => e.Kind == "model_trained");
        Assert.Equal("model default/2", told.Subject);
        Assert.Equal(5, told.Body.GetProperty("files").GetArrayLength());
        OutboxEvent[] written = [.. new OutboxBook(Store).Waiting().Where(e => e.Kind == "report_written")];
        NarrativeReport report = NarrativeFile.Read(_folder, "default")!;
        Assert.Equal($"default {report.Period}", written[^1].Subject);
        Assert.StartsWith("# ", written[^1].Body.GetProperty("english").GetString(), StringComparison.Ordinal);
        Assert.Contains("净销售额", written[^1].Body.GetProperty("chinese").GetString(), StringComparison.Ordinal);
        Assert.Single(new OutboxBook(Store).Waiting(), e => e.Kind == "review_written");
        Assert.Equal(("default/2", LocalTime.From(later).ToString()), (report.Model, report.AsOf));
        Assert.Empty(report.Risk!.Customers);
        Assert.Equal(
            _lines.Where(l => l.OrderedAt >= report.Period.Start.ToDateTime() && l.OrderedAt < report.Period.End.ToDateTime())
                .Sum(l => l.Amount), report.Happened[0].Value!.Value, 1);
        SaidScore said = SaidScores.Of(_folder, "default", _folder, _lines[0].CustomerId)[^1];
        Assert.Equal(("default/2", LocalTime.From(later)), (said.Version, said.AsOf));
        DriftDocument none = DriftDocument.Read(_folder, "default")!;
        Assert.Equal((0, false), (none.AgeDays, none.Drifted));
        Assert.All(none.Distributions, d => Assert.InRange(d.Psi, 0, d.PsiBand));

        // A pinned champion stays, whoever insists; the version is kept for the day it is unpinned.
        var registry = new ModelRegistry(_folder, SmokeTest.Admit);
        registry.Pin("default", 2, pinned: true);
        TrainRuns held = Train(_lines, later, Promotion.Force);
        Assert.True(held.Best.IsHeld);
        Assert.Contains(held.Best.Verdict!.Reasons, r => r.Code == GateVerdict.PinnedCode);
        Assert.Equal(2, registry.Aliases("default").Champion);
        Assert.Null(new AuditLog(Store).Verify().Fault);

        // One horizon later: what was predicted and what came are those of the labels, counted another way here.
        TransactionHistory all = Until(_lines, s_end);
        ModelVersion second = registry.Resolve("default", "2");
        DriftDocument drift = DriftLook.Run(all, registry, second, LocalTime.From(s_end));
        // The held one is followed too: whether holding it was right can be seen.
        Assert.Equal([(1, 0), (2, 0), (3, 0)], drift.Outcomes.Select(o => (o.Version, o.AgeDays)));
        var bought = _lines.Where(l => l.OrderedAt >= later && l.Amount > 0).Select(l => l.CustomerId).ToHashSet();
        string[] population = [.. _lines.Where(l => l.OrderedAt < later && l.Amount > 0).Select(l => l.CustomerId).Distinct()];
        OutcomeDrift outcome = drift.Outcomes[1];
        Assert.Equal(population.Length, outcome.Customers);
        Assert.Equal(population.Count(c => !bought.Contains(c)) / (double)population.Length, outcome.ChurnObserved, 9);
        Assert.Equal(
            _lines.Where(l => l.OrderedAt >= later && population.Contains(l.CustomerId)).Sum(l => l.Amount), outcome.SpendObserved, 2);
        Assert.InRange(outcome.ChurnObserved - outcome.ChurnPredicted, outcome.ChurnLow - 1e-9, outcome.ChurnHigh + 1e-9);
        Assert.Equal(ModelJson.Write(drift), ModelJson.Write(DriftLook.Run(all, registry, second, LocalTime.From(s_end))));

        // Everybody spends ten times as much since: the value moves further than it did, and more distributions beyond what is usual.
        TransactionHistory dear = Until(_lines.Select(l => l.OrderedAt >= later ? l with { Amount = l.Amount * 10 } : l), s_end);
        DriftDocument moved = DriftLook.Run(dear, registry, second, LocalTime.From(s_end));
        Assert.True(Value(moved).Psi > Value(drift).Psi && Value(moved).Psi > Value(moved).PsiBand);
        Assert.True(moved.Distributions.Count(d => d.Drifted) > drift.Distributions.Count(d => d.Drifted));
        // What came is far beyond what the version was told of its own error: that alone makes a training due.
        Assert.False(drift.Outcomes[1].IsSpendBeyond);
        Assert.True(moved is { Drifted: true } && moved.Outcomes.Last(o => o.Version == 2) is { SpendError: > 0, IsSpendBeyond: true });
        Assert.Contains(moved.Words, w => w.EndsWith("A training is due.", StringComparison.Ordinal));
        Assert.DoesNotContain(drift.Words, w => w.EndsWith("A training is due.", StringComparison.Ordinal));
        Assert.Throws<DatasetException>(() => DriftLook.Run(all, registry, second, LocalTime.From(earlier)));

        static DistributionDrift Value(DriftDocument document) => document.Distributions.Single(d => d.Name == DriftBaseline.ClvName);
    }

    private sealed class Quiet : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value)
        {
        }
    }
}
