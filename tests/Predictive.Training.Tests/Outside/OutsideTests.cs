using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Tests;
using Predictive.Training.Outside;
using Predictive.Training.Pipeline;

namespace Predictive.Training.Tests.Outside;

/// <summary>Scores from outside are read and judged: a planted oracle, and our own predictions handed in as somebody else's.</summary>
public sealed class OutsideTests : IDisposable
{
    private const int Horizon = 60;
    private static readonly Lazy<(TransactionHistory History, JudgedReport Ours)> s_judged = new(() =>
    {
        TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = 700, Years = 1.2, Seed = 8 }).History;
        LocalTime cutoff = LocalTime.MidnightAfter(history.LastMicros).AddDays(-Horizon - 3);
        return (
            history, Backtest.Run(history, new BacktestOptions { Cutoff = cutoff, HorizonDays = Horizon, Engine = new BuiltInEngine() }));
    });

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Our_own_predictions_from_outside_get_our_own_figures_bit_for_bit()
    {
        (TransactionHistory history, JudgedReport ours) = s_judged.Value;
        OutsideReport judged = OutsideReport.Judge("echo", history, Given(ours.Window.Churn, ours.Window.Value), ours, seed: 1);
        Assert.Equal(ours.Churn, judged.Churn);
        Assert.Equal(ours.Clv, judged.Clv);
        Assert.Equal(ours.Noise!.Model, judged.Noise.Model);
        Assert.Equal(ours.Noise.Gains, judged.Noise.Gains);
        Assert.Equal(
            (ours.Grade.Overall, string.Join('\n', ours.Grade.Reasons)), (judged.Grade.Overall, string.Join('\n', judged.Grade.Reasons)));
        Assert.Equal((0, 0), (judged.Comparison.LogLoss.Gain, judged.Comparison.LogLoss.Noise));
        Assert.Equal(ours.EngineLabel, judged.Comparison.Better);
        Assert.Null(judged.Orders);
    }

    [Fact]
    public void Who_knows_the_truth_is_best_in_every_measure_whatever_the_order_of_the_rows()
    {
        (TransactionHistory history, JudgedReport ours) = s_judged.Value;
        double[] churn = [.. ours.Window.At.Churned.Select(c => c > 0 ? .99 : .01)];
        double[] spend = [.. ours.Window.At.NetSpend.Select(v => Math.Max(0, v))];
        double[] orders = [.. ours.Window.At.Labels!.Orders.Select(o => (double)o)];
        OutsideReport judged = OutsideReport.Judge("oracle", history, Given(churn, spend, orders), ours, seed: 1);
        Assert.Equal(1, judged.Churn.Auc, 12);
        Assert.Equal(-Math.Log(.99), judged.Churn.LogLoss, 12);
        Assert.Equal(1, judged.Clv.Gini, 9);
        Assert.Equal(0, judged.Orders!.DecileError, 12);
        Assert.Equal("oracle", judged.Comparison.Better);
        Assert.Equal("A", judged.Grade.Overall);
        OutsideScores given = Given(churn, spend, orders);
        int[] shuffled = [.. Enumerable.Range(0, churn.Length)];
        new Random(3).Shuffle(shuffled);
        var other = new OutsideScores(
            given.AsOf, [.. shuffled.Select(i => given.Customers[i])], [.. shuffled.Select(i => churn[i])],
            [.. shuffled.Select(i => spend[i])], [.. shuffled.Select(i => orders[i])]);
        OutsideReport again = OutsideReport.Judge("oracle", history, other, ours, seed: 1);
        Assert.Equal((judged.Churn, judged.Clv, judged.Orders), (again.Churn, again.Clv, again.Orders));
    }

    [Fact]
    public void A_population_that_is_not_whole_or_not_of_the_base_is_refused()
    {
        (TransactionHistory history, JudgedReport ours) = s_judged.Value;
        LocalTime end = LocalTime.MidnightAfter(history.LastMicros);
        OutsideScores all = Given(ours.Window.Churn, ours.Window.Value);
        Assert.Empty(all.Faults(history, end));
        OutsideScores some = all with { Customers = [.. all.Customers.Skip(2), "nobody", "C-9"] };
        Assert.Equal(["customers-missing", "customers-unknown"], some.Faults(history, end).Select(f => f.Code));
        string told = Assert.Throws<DatasetException>(() => OutsideReport.Judge("x", history, some, ours, 1)).Message;
        Assert.Contains($"2 of the {all.Customers.Count:N0} customers", told, StringComparison.Ordinal);
        Assert.All([all.Customers[0], all.Customers[1], "nobody", "C-9"], id => Assert.Contains(id, told, StringComparison.Ordinal));
        Assert.Equal("as-of-after-data", Assert.Single((all with { AsOf = end.AddDays(1) }).Faults(history, end)).Code);
        LocalTime before = new LocalTime(history.FirstMicros).AddDays(-1);
        Assert.Equal("no-purchase-before-as-of", Assert.Single((all with { AsOf = before }).Faults(history, end)).Code);
        Assert.Throws<ArgumentException>(() => OutsideReport.Judge("x", history, all with { AsOf = end }, ours, 1));
    }

    [Theory]
    [InlineData("2025-07-01,A,0.5,1,2", null)]
    [InlineData("yesterday,A,0.5,1,2", "line 3: as_of is 'yesterday'; expected a date")]
    [InlineData("2025-07-01,,0.5,1,2", "customer_id is empty")]
    [InlineData("2025-07-01,A,1.01,1,2", "churn_probability is '1.01'; expected a number from 0 to 1")]
    [InlineData("2025-07-01,A,NaN,1,2", "churn_probability is 'NaN'")]
    [InlineData("2025-07-01,A,,1,2", "churn_probability is ''")]
    [InlineData("2025-07-01,A,-0.1,1,2", "churn_probability is '-0.1'")]
    [InlineData("2025-07-01,A,0.5,-3,2", "expected_spend is '-3'; expected an amount of at least 0")]
    [InlineData("2025-07-01,A,0.5,Infinity,2", "expected_spend is 'Infinity'")]
    [InlineData("2025-07-01,A,0.5,1,", "expected_orders is ''")]
    [InlineData("2025-07-01,Z,0.5,1,2", "'Z' as of 2025-07-01 stands in line 2 already")]
    [InlineData("2025-07-01,A,0.5,1,2,60", "horizon_days is '60'; expected 90")]
    [InlineData("2025-07-01", "customer_id is empty")]
    public void Every_row_at_fault_is_told_with_its_line(string row, string? words)
    {
        string file = _folder["scores.csv"];
        File.WriteAllText(
            file,
            $"as_of,customer_id,churn_probability,expected_spend,expected_orders,horizon_days\n2025-07-01,Z,0.25,12.5,1.5,90\n{row}\n\n");
        if (words is null)
        {
            OutsideScores read = Assert.Single(OutsideFile.Read(file, "UTC", 90));
            Assert.Equal(["Z", "A"], read.Customers);
            Assert.Equal([.25, .5], read.Churn);
            Assert.Equal([12.5, 1], read.Spend);
            Assert.Equal([1.5, 2], read.Orders!);
            return;
        }

        string told = Assert.Throws<DatasetException>(() => OutsideFile.Read(file, "UTC", 90)).Message;
        Assert.Contains(words, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_its_columns_or_rows_is_refused()
    {
        Assert.Contains("expected_spend not found", Refused("as_of,customer_id,churn_probability\n"), StringComparison.Ordinal);
        Assert.Contains("no row", Refused("as_of,customer_id,churn_probability,expected_spend\n"), StringComparison.Ordinal);
        Assert.Contains("not found", Refused(""), StringComparison.Ordinal);
        string twice = Refused("as_of,as_of,customer_id,churn_probability,expected_spend\n");
        Assert.Contains("cannot be read as a table", twice, StringComparison.Ordinal);
        Assert.Throws<DatasetException>(() => OutsideFile.Read(_folder["none.csv"], "UTC", 90));

        string Refused(string text)
        {
            string file = _folder["bad.csv"];
            File.WriteAllText(file, text);
            return Assert.Throws<DatasetException>(() => OutsideFile.Read(file, "UTC", 90)).Message;
        }
    }

    [Fact]
    public void Parquet_says_the_same_as_CSV_and_as_ofs_come_oldest_first()
    {
        string csv = _folder["scores.csv"], parquet = _folder["scores.parquet"];
        File.WriteAllText(
            csv,
            "customer_id;as_of;churn_probability;expected_spend;remark\n00001;2025-10-01;0.5;3;x\n00002;2025-07-01T12:30:00;1e-3;0;\n");
        using (var writer = ParquetWriter.Create(
            parquet,
            [
                ParquetField.String("customer_id"), ParquetField.Timestamp("as_of", isAdjustedToUtc: false),
                ParquetField.Double("churn_probability"), ParquetField.Double("expected_spend"),
            ]))
        {
            writer.WriteRowGroup(
                ColumnValues.From((string[])["00001", "00002"]),
                ColumnValues.From((long[])[At(2025, 10, 1, 0, 0), At(2025, 7, 1, 12, 30)]),
                ColumnValues.From((double[])[.5, 1e-3]), ColumnValues.From((double[])[3, 0]));
            writer.Complete();
        }

        foreach (string file in (string[])[csv, parquet])
        {
            IReadOnlyList<OutsideScores> read = OutsideFile.Read(file, "UTC", 90);
            Assert.Equal(["2025-07-01T12:30:00", "2025-10-01"], read.Select(r => r.AsOf.ToString()));
            Assert.Equal(["00002", "00001"], read.SelectMany(r => r.Customers));
            Assert.Equal([1e-3, .5], read.SelectMany(r => r.Churn));
            Assert.Equal([0, 3], read.SelectMany(r => r.Spend));
            Assert.All(read, r => Assert.Null(r.Orders));
        }
    }

    private static long At(int year, int month, int day, int hour, int minute) =>
        LocalTime.From(new DateTime(year, month, day, hour, minute, 0)).Micros;

    private static OutsideScores Given(double[] churn, double[] spend, double[]? orders = null)
    {
        (TransactionHistory history, JudgedReport ours) = s_judged.Value;
        return new OutsideScores(ours.Cutoff, [.. ours.Window.At.Customers.Select(history.CustomerId)], churn, spend, orders);
    }
}
