using Predictive.Tests;
using System.Text;
using Predictive.History;
using Predictive.Segmentation.Portfolio;

namespace Predictive.Segmentation.Tests.Portfolio;

public sealed class ListFileTests
{
    private static readonly AtRiskList s_list = AtRisk.Rank(
        [
            AtRiskTests.Score("=HYPERLINK(\"http://example.org\")", .5, 100, "@home"), AtRiskTests.Score("00001", .5, 90),
            AtRiskTests.Score("-7", .5, 80),
        ], new AtRiskOptions());

    [Fact]
    public void TheAtRiskListIsDefusedInCsvAndExcelAlikeUnlessItIsRaw()
    {
        using var folder = new TemporaryFolder();
        foreach (bool raw in (bool[])[false, true])
        {
            AtRiskFile.Write(s_list, folder["list.csv"], raw);
            AtRiskFile.Write(s_list, folder["list.xlsx"], raw);
            List<string[]> csv = CsvText.Parse(File.ReadAllText(folder["list.csv"]));
            using FileStream file = File.OpenRead(folder["list.xlsx"]);
            var book = new Workbook(file);
            string guard = raw ? "" : "'";
            Assert.Equal(["customer_id", guard + "=HYPERLINK(\"http://example.org\")", "00001", "-7"], csv.Select(r => r[1]));
            Assert.Equal(guard + "@home", csv[1][11]);
            for (int r = 0; r < csv.Count; r++)
            {
                Assert.Equal(csv[r], book.Rows[r].Select(c => c.Text ?? ""));
            }

            Assert.Equal(
                [("n", "1"), ("str", guard + "=HYPERLINK(\"http://example.org\")"), ("n", "25")],
                book.Rows[1][..3].Select(c => (c.Type!, c.Text!)));
            Assert.Empty(Workbook.Elements(book.Sheet, "f"));
        }
    }

    [Fact]
    public void TheStreamFormIsDefusedAndEqualListsGiveEqualBytes()
    {
        byte[] Bytes(string format)
        {
            using var stream = new MemoryStream();
            AtRiskFile.Write(s_list, stream, format);
            return stream.ToArray();
        }

        Assert.Contains("'=HYPERLINK", Encoding.UTF8.GetString(Bytes("csv")), StringComparison.Ordinal);
        Assert.Equal(Bytes("csv"), Bytes("csv"));
        Assert.Equal(Bytes("xlsx"), Bytes("xlsx"));
    }

    [Fact]
    public void AListTooLongForExcelIsRefusedBeforeAnythingIsWritten()
    {
        using var folder = new TemporaryFolder();
        int asked = 0;
        ListColumn<int>[] columns = [new("n", i => asked = i + 1)];
        var refused = Assert.Throws<DatasetException>(
            () => ListFile.Write(folder["list.xlsx"], new { }, Enumerable.Range(0, 1_048_576).ToArray(), columns));
        Assert.Equal("too-many-rows", refused.Findings[0].Code);
        Assert.Contains(".csv or .parquet", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, asked);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AWriteThatFailsLeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["list.xlsx"], "old");
        ListColumn<int>[] columns = [new("text", i => i == 500 ? new string('w', 40_000) : "short")];
        Assert.Throws<DatasetException>(() => ListFile.Write(folder["list.xlsx"], new { }, Enumerable.Range(0, 1_000).ToArray(), columns));
        Assert.Equal("old", File.ReadAllText(folder["list.xlsx"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }
}
