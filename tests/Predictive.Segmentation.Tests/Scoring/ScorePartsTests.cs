using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Predictive.Training.Snapshots;
using Predictive.Tests;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>A base scored part by part gives what it gives scored at once.</summary>
[Collection(TrainedBase.Collection)]
public class ScorePartsTests(TrainedBase trained)
{
    /// <summary>Three ranges of customers, nobody to score in the second.</summary>
    private IEnumerable<TransactionHistory> Parts()
    {
        TransactionHistory Range(int from, int to) => HistorySample.Take(trained.History, [.. Enumerable.Range(from, to - from)]);
        yield return Range(0, 1500);
        yield return TransactionHistoryBuilder.Build([new TransactionLine("C001500", trained.AsOf.ToDateTime().AddDays(1), 5)]);
        yield return Range(1500, trained.History.CustomerCount);
    }

    [Fact]
    public void Files_hold_the_same_rows()
    {
        using var folder = new TemporaryFolder();
        ScoresFile.Write(trained.Scorer, trained.Table, folder["whole.csv"]);
        ScoresFile.Write(trained.Scorer, trained.Scorer.ScoreParts(Parts(), trained.AsOf), folder["parts.csv"]);
        Assert.Equal(File.ReadAllBytes(folder["whole.csv"]), File.ReadAllBytes(folder["parts.csv"]));

        ScoresFile.Write(trained.Scorer, trained.Table, folder["whole.parquet"]);
        ScoresFile.Write(trained.Scorer, trained.Scorer.ScoreParts(Parts(), trained.AsOf), folder["parts.parquet"]);
        using StoredFile whole = StoredFile.Open(folder["whole.parquet"]), parts = StoredFile.Open(folder["parts.parquet"]);
        Assert.Equal((1, 2), (whole.RowGroups, parts.RowGroups));
        foreach (string column in ScoresFile.Columns)
        {
            Assert.Equal(whole.Texts(column), parts.Texts(column));
        }
    }

    [Theory]
    [InlineData(25, null)]
    [InlineData(7, "lost")]
    [InlineData(5000, null)]
    public void The_at_risk_list_is_the_same(int capacity, string? segment)
    {
        var options = new AtRiskOptions { Capacity = capacity, Segment = segment };
        Assert.Equal(
            JsonSerializer.Serialize(AtRisk.Rank(trained.Scorer, trained.Table, options)),
            JsonSerializer.Serialize(AtRisk.Rank(trained.Scorer, trained.Scorer.ScoreParts(Parts(), trained.AsOf), options)));
    }

    [Fact]
    public void The_drift_report_is_that_of_all_parts_and_nobody_at_all_is_told()
    {
        Assert.Equal(
            JsonSerializer.Serialize(trained.Table.Drift),
            JsonSerializer.Serialize(trained.Scorer.ScoreParts(Parts(), trained.AsOf).Last().Drift));
        var e =
            Assert.Throws<DatasetException>(() => trained.Scorer.ScoreParts(Parts(), new LocalTime(trained.History.FirstMicros)).Count());
        Assert.Contains("4,001 customers", e.Message, StringComparison.Ordinal);
    }
}
