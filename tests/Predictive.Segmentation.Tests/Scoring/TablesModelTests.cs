using Predictive.Learning.BuiltIn;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.History.Simulation;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Training.Assembly;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>A model trained with customers and events: it learns what they tell, and scores alike in every way of asking.</summary>
public class TablesModelTests
{
    private const int Horizon = 60;

    /// <summary>
    /// Nine in ten who leave complain when they do; a tenth of the others complain at some time. Attributes tell nothing.
    /// </summary>
    private static (TransactionHistory Bare, TransactionHistory Joined) Planted()
    {
        SimulatedBase made =
            Simulator.Generate(new SimulationOptions { Customers = 800, Years = 1.2, Seed = 11, CadenceDays = 60, LifetimeDays = 400 });
        var random = new Random(11);
        TransactionHistory history = made.History;
        var offsets = new List<int> { 0 };
        var times = new List<long>();
        long first = history.FirstMicros, span = history.LastMicros - first;
        foreach (SimulatedCustomer customer in made.Customers)
        {
            long? complaint = !double.IsInfinity(customer.DropoutDay) && random.Next(10) > 0
                ? (long)(customer.DropoutDay * LocalTime.MicrosPerDay)
                : random.Next(10) == 0 ? first + (long)(random.NextDouble() * span) : null;
            if (complaint is { } at)
            {
                times.Add(at);
            }

            offsets.Add(times.Count);
        }

        var tables = new CustomerTables
        {
            Events = new EventColumns
            {
                Offsets = [.. offsets], OccurredAt = [.. times], Kind = new int[times.Count], Value = [.. times.Select(_ => double.NaN)],
                Kinds = ["complaint"],
            },
            Attributes = [
                new AttributeColumn
                {
                    Name = "region", Values = [.. made.Customers.Select((_, i) => (float)(i % 3))], Categories = ["east", "north", "west"],
                },
            ],
        };
        return (history, new TransactionHistory(history.Columns, history.Description, tables));
    }

    [Fact]
    public void What_the_events_tell_is_learned_and_served_to_the_last_bit()
    {
        (TransactionHistory bare, TransactionHistory joined) = Planted();
        LocalTime last = LocalTime.MidnightAfter(bare.LastMicros), cutoff = last.AddDays(-Horizon);
        double Auc(TransactionHistory history) =>
            Backtest.Run(history, new BacktestOptions { Cutoff = cutoff, HorizonDays = Horizon, Engine = new BuiltInEngine() }).Churn.Auc;
        double without = Auc(bare), with = Auc(joined);
        Assert.True(with > without + .02, $"AUC {with:0.000} with the complaints, {without:0.000} without");

        var options = new TrainingOptions { AsOf = last, HorizonDays = Horizon, Engine = new BuiltInEngine() };
        byte[] zip = BundleAssembler.Assemble(joined, TrainingPipeline.Train(joined, options), options).ToPackage().ToBytes();
        ModelBundle bundle = ModelBundle.Load(ModelPackage.FromBytes(zip, "models/default/1.zip"));
        Assert.Equal(
            ["event_complaint", "event_complaint_h", "event_complaint_days", "customer_region"],
            bundle.Churn.FeatureNames.Skip(FeatureCatalogue.All.Count));
        Assert.Equal(bundle.Churn.FeatureNames, bundle.Clv.FeatureNames);
        var scorer = new CustomerScorer(bundle, new ModelStamp("default", 1));
        ScoreTable table = scorer.ScoreAll(joined, last);
        int told = 0;
        for (int row = 0; row < table.Count; row++)
        {
            CustomerScore one = scorer.Score(table, row, withLever: row % 50 == 0);
            Assert.Equal(
                (BitConverter.DoubleToInt64Bits(table.ChurnProbability[row]), BitConverter.DoubleToInt64Bits(table.ClvExpected[row])),
                (BitConverter.DoubleToInt64Bits(one.Churn.Probability), BitConverter.DoubleToInt64Bits(one.Clv.Expected)));
            told += one.Churn.Reasons.Any(r => r.Text.Contains("complaint", StringComparison.Ordinal)) ? 1 : 0;
        }

        Assert.True(told > table.Count / 20, $"{told} of {table.Count} customers have the complaint among their reasons");

        // Without the table (an inline history) the same model scores, the features missing.
        CustomerScore inline = scorer.Score(bare, table.Customers[0], last);
        Assert.InRange(inline.Churn.Probability, 0, 1);
    }

    [Fact]
    public void Where_only_the_lifetimes_models_fit_the_tables_are_left_out()
    {
        TransactionHistory joined = Planted().Joined;
        LocalTime asOf = new LocalTime(joined.FirstMicros).AddDays(32);
        var options = new TrainingOptions { AsOf = asOf, HorizonDays = Horizon, Engine = new BuiltInEngine() };
        TrainedModels models = TrainingPipeline.Train(joined, options);
        Assert.Equal("lifetimes", models.Report.Method);
        ModelPackage package = BundleAssembler.Assemble(joined, models, options).ToPackage();
        var scorer = new CustomerScorer(ModelBundle.Load(package), new ModelStamp("default", 1));
        ScoreTable table = scorer.ScoreAll(joined, asOf);
        Assert.NotEmpty(scorer.Score(table, 0).Churn.Reasons);
        Assert.Equal(FeatureCatalogue.Names, scorer.Bundle.Churn.FeatureNames);
    }

    [Fact]
    public void The_fingerprint_sees_the_tables()
    {
        (TransactionHistory bare, TransactionHistory joined) = Planted();
        LocalTime asOf = LocalTime.MidnightAfter(bare.LastMicros);
        Assert.NotEqual(DataFingerprint.Compute(bare, asOf), DataFingerprint.Compute(joined, asOf));
        var changed = new TransactionHistory(
            joined.Columns, joined.Description,
            joined.Tables! with
            {
                Events = joined.Tables.Events! with { OccurredAt = [.. joined.Tables.Events.OccurredAt.Select(t => t - 1)] },
            });
        Assert.NotEqual(DataFingerprint.Compute(changed, asOf), DataFingerprint.Compute(joined, asOf));
    }
}
