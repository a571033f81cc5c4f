using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Leases;
using Predictive.Store.Outbox;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Worker.Gate;
using Predictive.Worker.Tests.Gate;

namespace Predictive.Worker.Tests;

/// <summary>
/// The gate over whole trainings: a healthy delivery replaces the champion, corrupted ones are held, the operator can insist.
/// </summary>
public sealed class GateTests : IDisposable
{
    private const int Horizon = 60;
    private static readonly DateTime s_end = new(2025, 10, 1);
    private static readonly Lazy<List<TransactionLine>> s_lines =
        new(() => Corruptions.Lines(Simulator.Generate(new SimulationOptions { Customers = 500, Years = 1.5, Seed = 6 }).History));

    private readonly string _models = Directory.CreateTempSubdirectory("predictive-gate-").FullName;

    public void Dispose() => Directory.Delete(_models, recursive: true);

    private TrainRuns Train(
        IEnumerable<TransactionLine> lines, DateTime asOf, Promotion promotion = Promotion.Auto, int horizon = Horizon,
        params string[] accept) => TrainRuns.Execute(
        new TrainRequest(
            TransactionHistoryBuilder.Build(lines.Where(l => l.OrderedAt < asOf)),
            [new BuiltInEngine()],
            engine => new TrainingOptions { AsOf = LocalTime.From(asOf), HorizonDays = horizon, Engine = engine },
            _models,
            "default") { Promotion = promotion, Gate = new GateOptions { Accept = accept }, Store = Store, Actor = "test" },
        null,
        TestContext.Current.CancellationToken);

    private StoreDatabase Store => StoreDatabase.Open(Path.Combine(_models, "store.db"), TimeProvider.System);

    private int? Champion => new ModelRegistry(_models, SmokeTest.Admit).Aliases("default").Champion;

    [Fact]
    public void What_may_serve_serves_and_what_may_not_is_held_with_its_reasons()
    {
        DateTime before = s_end.AddDays(-7);
        TrainRuns first = Train(s_lines.Value, before);
        Assert.Equal((1, true), (Champion, first.Best.Serves));

        // Amounts times 100, a file delivered twice: the champion stays, no alias, the book remembers why.
        int version = 1;
        foreach ((
            string kind, double strength,
            string code) in new[] { ("amounts times a factor", 100, "past-money"), ("a file delivered twice", 1.0, "past-lines") })
        {
            Corruption corruption = Corruptions.All.Single(c => c.Name == kind);
            TrainRuns held = Train(corruption.Apply(s_lines.Value, before, strength, new Random(2)), s_end);
            Assert.True(held.Best.IsHeld, kind);
            Assert.Contains(held.Best.Verdict!.Reasons, r => r.Code == code);
            Assert.Equal((1, null), (Champion, new ModelRegistry(_models, SmokeTest.Admit).Aliases("default").Challenger));
            Assert.Equal(++version, GateBook.Read(_models, "default").Held[^1].Version);
        }

        // Another horizon: every number would mean something else, unless it was asked for.
        TrainRuns shorter = Train(s_lines.Value, s_end, horizon: 30);
        Assert.Contains(shorter.Best.Verdict!.Reasons, r => r.Code == "horizon");
        Assert.Equal(1, Champion);

        // The healthy delivery of the next week serves; the twins were judged.
        TrainRuns next = Train(s_lines.Value, s_end);
        Assert.True(next.Best.Serves, string.Join('\n', next.Best.Verdict!.Reasons.Select(r => r.Text)));
        Assert.Contains(next.Best.Verdict.Notes, n => n.Contains("the champion's, 7 days older", StringComparison.Ordinal));
        int healthy = next.Best.Version.Version;

        // The fit it was judged by was kept: judged on this week's window it is what learning it anew gives.
        LocalTime cutoff = LocalTime.From(s_end.AddDays(-Horizon));
        var options = new TrainingOptions { AsOf = LocalTime.From(s_end), HorizonDays = Horizon, Engine = new BuiltInEngine() };
        ModelPackage kept = new ModelRegistry(_models, SmokeTest.Admit).Twin("default", healthy)!;
        Assert.True(KeptTwin.Is(kept, options, cutoff));
        Assert.False(KeptTwin.Is(kept, options with { Seed = 2 }, cutoff));
        TransactionHistory all = TransactionHistoryBuilder.Build(s_lines.Value.Where(l => l.OrderedAt < s_end));
        JudgedTwin again = KeptTwin.Judge(kept, all, cutoff, options);
        Assert.Equal((next.Best.Verdict.Twin!.Churn, next.Best.Verdict.Twin.Clv), (again.Churn, again.Clv));
        Assert.Equal(0, EngineComparison.Of(next.Best.Verdict.Twin, again, 1).LogLoss.Gain);
        Assert.Equal(healthy, Champion);

        // Never: kept only. Force: serves whatever the gate says, and what it said is told.
        Train(s_lines.Value, s_end, Promotion.Never);
        Assert.Equal(healthy, Champion);
        TrainRuns forced = Train(s_lines.Value.Select(l => l with { Amount = l.Amount * 3 }), s_end, Promotion.Force);
        Assert.True(forced.Best.Serves);
        Assert.Contains(forced.Best.Verdict!.Reasons, r => r.Code == "past-money");
        Assert.Equal(forced.Best.Version.Version, Champion);

        // Who serves since and by whose word is sealed; what was refused waits to be told.
        var audit = new AuditLog(Store);
        Assert.Null(audit.Verify().Fault);
        Assert.Equal(
            ["intent", "promote", "intent", "promote", "intent", "force"], audit.List().Reverse().Select(e => e.Action));
        Assert.Contains("past-money", audit.List()[0].Details.GetRawText(), StringComparison.Ordinal);
        IReadOnlyList<OutboxEvent> told = new OutboxBook(Store).Waiting();
        Assert.Equal(3, told.Count(e => e.Kind == "gate_refused"));
        Assert.Equal(3, told.Count(e => e.Kind == "model_promoted"));
        JsonElement reason = told.First(e => e.Kind == "gate_refused").Body.GetProperty("reasons")[0];
        Assert.Equal("past-money", reason.GetProperty("code").GetString());
    }

    [Fact]
    public void A_reason_that_is_accepted_is_told_and_holds_nothing()
    {
        DateTime before = s_end.AddDays(-7);
        Train(s_lines.Value, before);
        TrainRuns run = Train(s_lines.Value.Select(l => l with { Amount = l.Amount * 1.5 }), s_end, accept: ["past-money"]);
        Assert.True(run.Best.Serves, string.Join('\n', run.Best.Verdict!.Reasons.Select(r => r.Text)));
        Assert.Contains(run.Best.Verdict!.Accepted, r => r.Code == "past-money");
    }

    [Fact]
    public void One_training_of_a_name_at_a_time_and_one_whose_turn_was_taken_publishes_nothing()
    {
        using Lease first = TrainTurn.TryTake(Store, "default")!;
        Assert.Null(TrainTurn.TryTake(Store, "default"));
        using Lease elsewhere = TrainTurn.TryTake(Store, "another")!;
        first.Dispose();
        using Lease second = TrainTurn.TryTake(Store, "default")!;
        Assert.Equal(2, second.Token);
        Assert.Throws<StoreException>(first.Confirm);
    }
}
