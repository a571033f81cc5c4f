using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training.Outside;
using Predictive.Training.Pipeline;

namespace Predictive.Training.Tests.Outside;

/// <summary>A version of given scores: what it says, what it does not say, and that it is tried before it serves.</summary>
public class OutsideVersionTests
{
    private const int Horizon = 60, Seed = 8;

    private static readonly Lazy<Made> s_made = new(() =>
    {
        TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = 700, Years = 1.2, Seed = Seed }).History;
        LocalTime end = LocalTime.MidnightAfter(history.LastMicros), cutoff = end.AddDays(-Horizon);
        JudgedReport ours = Backtest.Run(
            history, new BacktestOptions { Cutoff = cutoff, HorizonDays = Horizon, Engine = new BuiltInEngine() });
        OutsideReport judged = OutsideReport.Judge("echo", history, Given(history, cutoff), ours, seed: 1);
        OutsideScores now = Given(history, end);
        return new Made(history, end, judged, now, OutsideVersion.Assemble(history, now, new string('c', 64), judged, seed: 1));
    });

    private sealed record Made(TransactionHistory History, LocalTime End, OutsideReport Judged, OutsideScores Now, ModelBundle Bundle);

    [Fact]
    public void It_says_what_was_given_bit_for_bit_and_its_rules_are_those_of_the_base()
    {
        (TransactionHistory history, LocalTime end, _, OutsideScores now, ModelBundle bundle) = s_made.Value;
        byte[] zip = bundle.ToPackage().ToBytes();
        Assert.Equal(zip, OutsideVersion.Assemble(history, now, new string('c', 64), s_made.Value.Judged, seed: 1).ToPackage().ToBytes());
        ModelPackage package = ModelPackage.FromBytes(zip, "a zip");
        SmokeTest.Admit(package);
        Assert.Equal((2, 2, "echo"), (package.Manifest.FormatVersion, package.Manifest.OldestReader, package.Manifest.Given!.Source));
        Assert.False(package.Has("churn.bin") || package.Has("clv.bin"));
        var scorer = new CustomerScorer(ModelBundle.Load(package), new ModelStamp("default", 2));
        ScoreTable table = scorer.ScoreAll(history, end);
        Assert.Equal(now.Customers.Count, table.Count);
        for (int row = 0; row < table.Count; row++)
        {
            int at = now.Customers.ToList().IndexOf(table.CustomerId(row));
            Assert.Equal(now.Churn[at], table.ChurnProbability[row]);
            Assert.Equal(Cents.Of(now.Spend[at]), table.ClvExpected[row]);
            Assert.InRange(table.ClvExpected[row], table.ClvLow[row], table.ClvHigh[row]);
            Assert.True(table.ExpectedOrders[row] >= 0);
        }

        CustomerScore one = scorer.Score(table, 5);
        Assert.Null(one.Churn.Lever);
        Assert.Null(one.Clv.NextOrderDate);
        ScoreReason reason = Assert.Single(one.Churn.Reasons);
        Assert.Equal((ScoreReason.GivenFeature, 0), (reason.Feature, reason.Effect));
        Assert.Contains("'echo', a model from outside", reason.Text, StringComparison.Ordinal);
        Assert.Equal(table.RfmSegment[5], one.Rfm.Segment);
    }

    [Fact]
    public void What_needs_a_model_is_refused_with_what_is_there_and_what_to_do()
    {
        (TransactionHistory history, LocalTime end, _, _, ModelBundle bundle) = s_made.Value;
        var scorer = new CustomerScorer(bundle, new ModelStamp("default", 2));
        Action[] asked =
        [
            () => scorer.Score(history, 0, end.AddDays(-1)), () => scorer.ScoreAll(history, end.AddDays(1)), () => _ = bundle.Churn,
            () => _ = bundle.Clv, () => VersionFeatures.Of(bundle, withEffects: true),
        ];
        foreach (Action one in asked)
        {
            string told = Assert.Throws<DatasetException>(one).Message;
            Assert.All(
                ["Asked for", "This version holds none", $"as of {end}", "--publish"],
                w => Assert.Contains(w, told, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Who_was_not_given_is_left_out_of_the_base_and_refused_alone()
    {
        (TransactionHistory history, LocalTime end, _, OutsideScores now, ModelBundle bundle) = s_made.Value;
        string[] some = [.. now.Customers.Skip(3)];
        var scorer = new CustomerScorer(
            bundle with
            {
                Given = GivenScores.Of("echo", new string('c', 64), end, some, [.. some.Select(_ => new GivenScore(.5, 1, 1, 0, 2))]),
            },
            new ModelStamp("default", 2));
        Assert.Equal(now.Customers.Count - 3, scorer.ScoreAll(history, end).Count);
        string told = Assert.Throws<DatasetException>(() => scorer.Score(history, history.IndexOf(now.Customers[0]), end)).Message;
        Assert.Contains(now.Customers[0], told, StringComparison.Ordinal);
    }

    [Fact]
    public void The_interval_holds_what_came_on_its_window_and_on_the_one_before_it()
    {
        (TransactionHistory history, LocalTime end, OutsideReport judged, _, _) = s_made.Value;
        var interval = GivenInterval.Of(judged.Window);
        Assert.InRange(Covered(judged.Window.Value, judged.Window.At.NetSpend), .8, 1);
        LocalTime earlier = end.AddDays(-2 * Horizon);
        OutsideScores given = Given(history, earlier);
        int[] customers = Population.At(history, earlier);
        var net = Segmentation.Features.Labels.Compute(history, customers, earlier, Horizon).NetSpend;
        // Another time than it was fitted on: the promise, less what three standard errors of so many customers make of it.
        Assert.InRange(Covered([.. given.Rows(history, customers).Select(r => given.Spend[r])], net), .72, 1);

        double Covered(double[] spends, double[] came) => Enumerable.Range(0, spends.Length).Count(i =>
        {
            (double low, double high, _) = interval.At(spends[i]);
            return Math.Max(0, came[i]) >= low && Math.Max(0, came[i]) <= high;
        }) / (double)spends.Length;
    }

    [Fact]
    public void A_version_whose_given_scores_are_others_or_whose_mark_is_gone_is_refused()
    {
        ModelBundle bundle = s_made.Value.Bundle;
        (_, LocalTime end, _, OutsideScores now, _) = s_made.Value;
        ModelBundle shifted = bundle with
        {
            Given = GivenScores.Of(
                "echo", new string('c', 64), end, now.Customers,
                [.. now.Customers.Select((_, i) => new GivenScore(1 - now.Churn[i], now.Spend[i], 1, 0, 1e6))]),
        };
        Refused(shifted.ToPackage(), "given scores have a mean risk of");
        Refused(
            (bundle with { Manifest = bundle.Manifest with { Given = bundle.Manifest.Given! with { Customers = 1 } } }).ToPackage(),
            "the manifest says 1");
        Refused((bundle with { Manifest = bundle.Manifest with { OldestReader = 1 } }).ToPackage(), "readers of format 2");
        Refused((bundle with { Manifest = bundle.Manifest with { Given = null } }).ToPackage(), "churn.bin");

        static void Refused(ModelPackage package, string words) => Assert.Contains(
            words,
            Assert.Throws<ModelPackageException>(() => SmokeTest.Admit(ModelPackage.FromBytes(package.ToBytes(), "a zip"))).Message,
            StringComparison.Ordinal);
    }

    // A model anybody could have made elsewhere: silence makes leaving likely, what was spent a horizon before is expected again.
    private static OutsideScores Given(TransactionHistory history, LocalTime asOf)
    {
        int[] customers = Population.At(history, asOf);
        var churn = new double[customers.Length];
        var spend = new double[customers.Length];
        for (int i = 0; i < customers.Length; i++)
        {
            CustomerLines lines = history.Lines(customers[i]).Before(asOf);
            double silent = (asOf.Micros - lines.OrderedAt[^1]) / (double)LocalTime.MicrosPerDay;
            churn[i] = 1 - Math.Exp(-(silent + 10) / 60);
            for (int k = 0; k < lines.Count; k++)
            {
                spend[i] += lines.OrderedAt[k] >= asOf.AddDays(-Horizon).Micros ? lines.Amount[k] : 0;
            }

            spend[i] = Math.Max(0, spend[i]);
        }

        return new OutsideScores(asOf, [.. customers.Select(history.CustomerId)], churn, spend, null);
    }
}
