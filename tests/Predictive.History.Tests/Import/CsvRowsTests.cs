using System.Text;
using Predictive.History.Import;

namespace Predictive.History.Tests.Import;

public sealed class CsvRowsTests
{
    [Theory]
    [InlineData("a,b\nc,d\n", "a|b/c|d")]
    [InlineData("a,b\r\nc,d", "a|b/c|d")]
    [InlineData("\"a,1\",b\n", "a,1|b")]
    [InlineData("\"say \"\"hi\"\"\",b\n", "say \"hi\"|b")]
    [InlineData("\"two\nlines\",b\nc,d\n", "two\nlines|b/c|d")]
    [InlineData("\"two\r\nlines\",\"b\"\r\nc,d\r\n", "two\r\nlines|b/c|d")]
    [InlineData("12\" ruler,b\nc,d\n", "12\" ruler|b/c|d")]
    [InlineData(",,\n", "||")]
    [InlineData("\"\",b\n", "|b")]
    [InlineData("\"a\"x,b\n", "ax|b")]
    [InlineData("a,\"b\"", "a|b")]
    [InlineData("\n", "")]
    public void FieldsOfRows(string text, string expected) => Assert.Equal(expected, Join(Parse(text)));

    [Fact]
    public void AQuoteThatNeverClosesCostsOneLine()
    {
        var rows = new CsvRows((byte)',', (byte)'\n');
        byte[] bytes = Padded("\"open,1\nb,2\nc,3\n");
        rows.Load(bytes, 0, bytes.Length - CsvRows.Padding);
        Assert.True(rows.Read(last: true));
        Assert.True(rows.Unclosed);
        Assert.Equal("\"open,1", Encoding.UTF8.GetString(rows.Row));
        Assert.True(rows.Read(last: true));
        Assert.False(rows.Unclosed);
        Assert.Equal("b,2", Encoding.UTF8.GetString(rows.Row));
        Assert.True(rows.Read(last: true));
        Assert.False(rows.Read(last: true));
    }

    [Fact]
    public void EveryTextOfUpToEightSignsIsReadToItsEnd()
    {
        // What an unclosed quote leaves behind is easy to get wrong: all texts of these four signs, none of them may fault or be lost.
        const string Signs = "\",\na";
        for (int length = 1; length <= 8; length++)
        {
            byte[] bytes = Padded(new string('a', length));
            for (int code = 0; code < 1 << (2 * length); code++)
            {
                for (int i = 0; i < length; i++)
                {
                    bytes[i] = (byte)Signs[(code >> (2 * i)) & 3];
                }

                var rows = new CsvRows((byte)',', (byte)'\n');
                rows.Load(bytes, 0, length);
                int at = 0;
                while (rows.Read(last: true))
                {
                    Assert.Equal(at, rows.RowStart);
                    for (int f = 0; f < rows.FieldCount; f++)
                    {
                        _ = rows.Field(f).Length;
                    }

                    Assert.True(!rows.Unclosed || (rows.FieldCount == 1 && rows.Field(0).SequenceEqual(rows.Row)));
                    at = rows.Next;
                }

                Assert.Equal(length, at);
            }
        }
    }

    [Fact]
    public void AnIncompleteRowWaitsForMore()
    {
        var rows = new CsvRows((byte)',', (byte)'\n');
        byte[] bytes = Padded("a,b\nc,\"d\ne");
        rows.Load(bytes, 0, bytes.Length - CsvRows.Padding);
        Assert.True(rows.Read(last: false));
        Assert.False(rows.Read(last: false));
        Assert.Equal(4, rows.RowStart);
    }

    [Fact]
    public void ManyFieldsGrow()
    {
        string[] fields = [.. Enumerable.Range(0, 300).Select(i => i % 7 == 0 ? $"q,{i}" : $"{i}")];
        string text = string.Join(',', fields.Select(f => f.Contains(',') ? $"\"{f}\"" : f)) + "\n";
        Assert.Equal(fields, Parse(text)[0]);
    }

    /// <summary>
    /// Random tables, written with random quoting and line ends, read back equal at chunk sizes that put every boundary everywhere.
    /// </summary>
    [Fact]
    public void RandomTablesReadBackWhateverTheBuffer()
    {
        const int seed = 20251123;
        var random = new Random(seed);
        string[] pieces = ["a", "7", "\"", ",", "\n", "\r\n", "é", "", " ", "€", "xyz", "12.50"];
        for (int round = 0; round < 400; round++)
        {
            int columns = random.Next(1, 6), count = random.Next(1, 30);
            string newline = random.Next(2) == 0 ? "\n" : "\r\n";
            var table = new List<string[]>();
            var text = new StringBuilder();
            for (int r = 0; r < count; r++)
            {
                string[] row = new string[columns];
                for (int c = 0; c < columns; c++)
                {
                    row[c] = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => pieces[random.Next(pieces.Length)]));
                    bool must = row[c].AsSpan().IndexOfAny("\",\r\n") >= 0;
                    text.Append(c > 0 ? "," : "").Append(must || random.Next(4) == 0 ? $"\"{row[c].Replace("\"", "\"\"")}\"" : row[c]);
                }

                table.Add(row);
                text.Append(r == count - 1 && random.Next(2) == 0 && row.Any(f => f.Length > 0) ? "" : newline);
            }

            var read = Parse(text.ToString(), chunk: random.Next(1, 90));
            Assert.True(Join(table) == Join(read), $"seed {seed}, round {round}: {text}");
        }
    }

    private static string Join(IEnumerable<string[]> rows) => string.Join('/', rows.Select(r => string.Join('|', r)));

    private static byte[] Padded(string text) => [.. Encoding.UTF8.GetBytes(text), .. new byte[CsvRows.Padding]];

    /// <summary>Reads with a buffer that grows by <paramref name="chunk"/> bytes whenever a row is incomplete.</summary>
    private static List<string[]> Parse(string text, int chunk = int.MaxValue)
    {
        byte[] all = Encoding.UTF8.GetBytes(text);
        var rows = new CsvRows((byte)',', (byte)'\n');
        var result = new List<string[]>();
        int start = 0, end = (int)Math.Min(all.Length, (long)chunk);
        while (true)
        {
            byte[] window = [.. all.AsSpan(start, end - start), .. new byte[CsvRows.Padding]];
            rows.Load(window, 0, end - start);
            while (rows.Read(end == all.Length))
            {
                result.Add([.. Enumerable.Range(0, rows.FieldCount).Select(i => Encoding.UTF8.GetString(rows.Field(i)))]);
            }

            if (end == all.Length)
            {
                return result;
            }

            start += rows.RowStart;
            end = (int)Math.Min(all.Length, end + (long)chunk);
        }
    }
}
