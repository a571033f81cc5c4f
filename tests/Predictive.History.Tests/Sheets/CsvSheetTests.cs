using Predictive.Tests;
using System.Text;
using Predictive.History;
using Predictive.History.Sheets;

namespace Predictive.History.Tests.Sheets;

public sealed class CsvSheetTests
{
    private static readonly string[] s_columns = ["id", "text", "number"];

    [Fact]
    public void ByHand()
    {
        string csv = Write(
            false,
            ["00001", "plain", 1.5],
            ["-7", "a, \"b\"\nc", -0.1],
            ["=1+1", "@x", 3],
            ["x", null, double.NaN],
            ["y", new LocalTime(0), double.NegativeInfinity],
            ["z", new LocalTime(3_661_000_000), 0.1 + 0.2]);
        Assert.Equal(
            "id,text,number\n00001,plain,1.5\n-7,\"a, "
                + "\"\"b\"\"\nc\",-0.1\n'=1+1,'@x,3\nx,,\ny,1970-01-01,-Infinity\nz,1970-01-01T01:01:01,0.30000000000000004\n",
            csv);
    }

    [Fact]
    public void RawTextIsQuotedButNotDefused() =>
        Assert.Equal("id,text,number\n=1+1,\"=\"\"a\"\"\",1\n", Write(true, ["=1+1", "=\"a\"", 1]));

    [Fact]
    public void ATableWithoutRowsHasItsHeader() => Assert.Equal("id,text,number\n", Write(false));

    /// <summary>
    /// Written and read back by a parser of its own, then undone: the same text; and nothing a spreadsheet would run is left in a cell.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20261128)]
    public void RandomTextComesBack(int seed)
    {
        var random = new Random(seed);
        object?[][] rows =
        [
            .. Enumerable.Range(0, 3_000)
                .Select(_ => new object?[] { SheetSamples.Text(random), SheetSamples.Text(random), random.NextDouble() - .5 }),
        ];
        var read = CsvText.Parse(Write(false, rows));
        Assert.Equal(rows.Length + 1, read.Count);
        for (int r = 0; r < rows.Length; r++)
        {
            for (int c = 0; c < 2; c++)
            {
                string text = (string)rows[r][c]!, cell = read[r + 1][c];
                Assert.True(text == SheetText.Restore(cell), $"seed {seed}, row {r}: {text} came back as {cell}");
                Assert.False(cell.Length > 0 && "=@\t\r\n\uFF1D\uFF0B".Contains(cell[0]), $"seed {seed}, row {r}: {cell}");
            }

            Assert.Equal((double)rows[r][2]!, double.Parse(read[r + 1][2], System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static string Write(bool raw, params object?[][] rows)
    {
        using var stream = new MemoryStream();
        using (var sheet = new CsvSheet(stream, s_columns, raw))
        {
            foreach (object?[] row in rows)
            {
                sheet.Write(row);
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
