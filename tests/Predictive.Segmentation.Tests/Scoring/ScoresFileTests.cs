using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Scoring;
using Predictive.Tests;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Scoring;

[Collection(TrainedBase.Collection)]
public class ScoresFileTests(TrainedBase trained)
{
    private const string Header =
        "customer_id,as_of,model,version,churn_probability,churn_percentile,churn_band,clv_expected,clv_low,clv_high,"
        + "expected_orders,recency_days,frequency,returned_orders,monetary,"
        + "r,f,m,rfm_segment,lifecycle,tier,predicted_tier,value_matrix,portrait,tags,reasons";

    [Fact]
    public void Csv_reads_back_to_the_same_numbers_and_words()
    {
        using var folder = new TemporaryFolder();
        ScoresFile.Write(trained.Scorer, trained.Table, folder["scores.csv"]);
        string[] lines = File.ReadAllLines(folder["scores.csv"]);
        Assert.Equal(Header, lines[0]);
        Assert.Equal(trained.Table.Count + 1, lines.Length);
        for (int row = 0; row < trained.Table.Count; row += 53)
        {
            string[] cells = lines[row + 1].Split(',');
            CustomerScore score = trained.Scorer.Score(trained.Table, row, false);
            Assert.Equal([score.CustomerId, score.AsOf, "default", "3"], cells[..4]);
            Assert.Equal(score.Churn.Probability, double.Parse(cells[4], CultureInfo.InvariantCulture));
            Assert.Equal(score.Clv.Expected, double.Parse(cells[7], CultureInfo.InvariantCulture));
            Assert.EndsWith(
                string.Join(" | ", score.Churn.Reasons.Select(r => r.Text)), lines[row + 1].TrimEnd('"'), StringComparison.Ordinal);
            Assert.Contains(score.Portrait.Name, lines[row + 1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parquet_holds_the_same_columns_and_numbers()
    {
        using var folder = new TemporaryFolder();
        ScoresFile.Write(trained.Scorer, trained.Table, folder["scores.parquet"]);
        using var reader = StoredFile.Open(folder["scores.parquet"]);
        Assert.Equal(Header, string.Join(',', reader.Columns));
        Assert.Equal(trained.Table.Count, reader.RowCount);
    }

    [Fact]
    public void Excel_keeps_text_as_text_and_numbers_as_numbers()
    {
        using var folder = new TemporaryFolder();
        ScoresFile.Write(trained.Scorer, trained.Small, folder["scores.xlsx"]);
        using FileStream file = File.OpenRead(folder["scores.xlsx"]);
        var book = new Workbook(file);
        Assert.Equal("scores", book.SheetName);
        Assert.Equal(Header, string.Join(',', book.Rows[0].Select(c => c.Text)));
        Assert.Equal(trained.Small.Count + 1, book.Rows.Count);
        for (int row = 0; row < trained.Small.Count; row++)
        {
            WorkbookCell[] cells = book.Rows[row + 1];
            Assert.Equal(("str", trained.Small.CustomerId(row)), (cells[0].Type, cells[0].Text));
            Assert.Equal(trained.Small.AsOf.ToDateTime(), DateTime.FromOADate(double.Parse(cells[1].Text!, CultureInfo.InvariantCulture)));
            Assert.Equal("yyyy-mm-dd", cells[1].Format);
            Assert.Equal(
                ("n", trained.Small.ChurnProbability[row]), (cells[4].Type, double.Parse(cells[4].Text!, CultureInfo.InvariantCulture)));
            Assert.Equal(("n", trained.Small.Monetary[row]), (cells[14].Type, double.Parse(cells[14].Text!, CultureInfo.InvariantCulture)));
        }
    }

    [Theory]
    [InlineData(".csv")]
    [InlineData(".parquet")]
    [InlineData(".xlsx")]
    public void Equal_scores_give_equal_bytes(string ending)
    {
        using var folder = new TemporaryFolder();
        ScoresFile.Write(trained.Scorer, trained.Small, folder["a" + ending]);
        ScoresFile.Write(trained.Scorer, trained.Small, folder["b" + ending]);
        Assert.Equal(File.ReadAllBytes(folder["a" + ending]), File.ReadAllBytes(folder["b" + ending]));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void An_unknown_ending_is_refused_and_a_cancelled_write_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<DatasetException>(() => ScoresFile.Write(trained.Scorer, trained.Table, folder["scores.json"]));
        Assert.Contains("the ending is '.json'; expected .parquet, .csv or .xlsx", e.Message, StringComparison.Ordinal);
        File.WriteAllText(folder["scores.csv"], "old");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => ScoresFile.Write(trained.Scorer, trained.Table, folder["scores.csv"], cancellation: cancelled.Token));
        Assert.Equal("old", File.ReadAllText(folder["scores.csv"]));
        Assert.Single(Directory.GetFiles(folder.Path));
    }
}
