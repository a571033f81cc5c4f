using Predictive.Tests;
using ParquetSharp;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.History.Tests.Parquet.Mutations;

namespace Predictive.History.Tests.Parquet;

/// <summary>Damage is told, with file and column; what is not asked for is not read.</summary>
public sealed class DamageTests : TypesMatrix
{
    private const string FileVariable = "PREDICTIVE_TEST_DAMAGED_FILE";

    [Theory]
    [InlineData("customer_id")]
    [InlineData("ordered_at")]
    [InlineData("amount")]
    [InlineData("product_id")]
    public void A_wrong_page_checksum_is_refused(string column)
    {
        Write();
        Damage(column);
        Finding finding = Refused(Folder);
        Assert.Equal("unreadable-file", finding.Code);
        Assert.Contains($"column {column}: could not verify page integrity", finding.Message);
        Assert.Contains("transactions.parquet", finding.Message);
    }

    [Fact]
    public void Columns_that_nobody_asks_for_are_not_read()
    {
        Write();
        Damage("note");
        Assert.Equal(500, DatasetLoader.Load(Folder).LineCount);
        Assert.Equal("unreadable-file", Assert.Single(DatasetCheck.Run(Folder).Findings,
            f => f.Severity == FindingSeverity.Blocking).Code); // the check reads all
        Damage("product_id");
        Assert.Equal(500, DatasetLoader.Load(Folder, new LoadOptions { Columns = HistoryColumns.None }).LineCount);
        Assert.Contains("product_id", Assert.Throws<DatasetException>(() => DatasetLoader.Load(Folder)).Message);
    }

    [Fact]
    public void A_file_cut_anywhere_in_its_last_2_kB_is_refused()
    {
        Write();
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        for (int cut = 1; cut <= 2048; cut++)
        {
            System.IO.File.WriteAllBytes(File, bytes[..^cut]);
            Assert.Equal("unreadable-file", Assert.Single(Assert.Throws<DatasetException>(() => DatasetLoader.Load(Folder)).Findings).Code);
        }

        Assert.Equal("unreadable-file", Refused(Folder).Code);
    }

    [Fact]
    public void What_a_footer_cannot_mean_is_refused()
    {
        Assert.Contains("bytes of a file of", Refused(WithFooterNumber(n => n.Length == 2 && n.Value > 1000, 1 << 30)).Message);
    }

    /// <summary>Decimals of any length can be stored; nothing is computed with ones that no one could mean.</summary>
    [Theory]
    [InlineData("customer_id")]
    [InlineData("amount")]
    public void Decimals_beyond_76_digits_are_refused(string column)
    {
        MadeColumn Wide(int bytes, int precision, int scale) => new(column, PhysicalType.ByteArray,
            () => LogicalType.Decimal(precision, scale), [Enumerable.Repeat((byte)1, bytes).ToArray()]);
        MadeColumn[] Columns(MadeColumn with) => [.. new[] { OneCustomer(1), Days(1), RowNumbers(1) }.Select(c => c.Name == column ? with
            : c)];
        MadeFile.Write(File, Columns(Wide(60, 76, 0)));
        Finding finding = Refused(Folder);
        Assert.Equal("unreadable-file", finding.Code);
        Assert.Contains($"column {column}: found a decimal of 60 bytes", finding.Message);
        MadeFile.Write(File, Columns(Wide(1, 1_000_000_000, 999_999_999)));
        finding = Refused(Folder);
        Assert.Equal(("wrong-type", column), (finding.Code, finding.Column));
        Assert.Contains("decimal(1000000000,999999999)", finding.Message);
    }

    /// <summary>
    /// A page header that states 1.9 GB: Arrow's buffered stream allocates and clears that much before it finds the file shorter (index
    /// 17,709 of seed 1 of
    /// <c>-- parquet-mutations</c>). Read in a process of its own, whose peak is measured.
    /// </summary>
    [Fact]
    public void A_page_header_that_states_gigabytes_costs_none()
    {
        string file = WithHugePage();
        string answer = Path.Combine(Folder, "answer");
        using var child = ChildTest.Start(typeof(DamageTests), nameof(Load_the_damaged_file), (FileVariable, file));
        Assert.True(child.WaitForExit(60_000), "no answer within a minute");
        Assert.True(System.IO.File.Exists(answer), $"the child ended with {child.ExitCode} and no answer");
        string[] lines = System.IO.File.ReadAllLines(answer);
        Assert.Contains("cannot be read as Parquet", lines[0]);
        Assert.InRange(long.Parse(lines[1]), 1, 600);
    }

    [Fact(Explicit = true)]
    public void Load_the_damaged_file()
    {
        string file = Environment.GetEnvironmentVariable(FileVariable) ?? throw new InvalidOperationException($"Set {FileVariable}.");
        string message = Assert.Throws<DatasetException>(() => DatasetLoader.Load(file)).Message;
        System.IO.File.WriteAllLines(Path.Combine(Path.GetDirectoryName(file)!, "answer"),
            [message.ReplaceLineEndings(" "), MutationBatch.PeakMB().ToString(System.Globalization.CultureInfo.InvariantCulture)]);
    }

    [Fact]
    public void A_refused_file_is_closed()
    {
        Refused(WithFooterNumber(n => n.Length == 2 && n.Value > 1000, 1 << 30)); // the native reader is open when this is found
        string? open = Directory.Exists("/proc/self/fd")
            ? new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Select(Target).FirstOrDefault(t => t == File) : null;
        Assert.Null(open);
    }

    private static string? Target(FileSystemInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void Write() => MadeFile.Write(
        File,
        [
            MadeColumn.Text("customer_id", [.. Enumerable.Range(0, 500).Select(i => $"customer {i % 70}")]), Days(500), RowNumbers(500),
            MadeColumn.Text("product_id", [.. Enumerable.Range(0, 500).Select(i => $"product {i}")]),
                MadeColumn.Text("note", [.. Enumerable.Range(0, 500).Select(i => $"note {i}")]),
        ],
        300,
        b => b.EnablePageChecksum());

    // Flips a bit in the last page of a column of the first row group.
    private void Damage(string column)
    {
        object?[] chunk = Duck.Query(
            $"SELECT data_page_offset FROM parquet_metadata('{File}') WHERE path_in_schema = '{column}' AND row_group_id = 0")[0];
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        var header = new CompactThrift(bytes, (int)(long)chunk[0]!).Walk();
        bytes[header.End + (int)(header.Fields[3] / 2)] ^= 4;
        System.IO.File.WriteAllBytes(File, bytes);
    }

    private string WithFooterNumber(Func<(int Length, long Value), bool> which, long value)
    {
        Write();
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        int start = bytes.Length - 8 - BitConverter.ToInt32(bytes, bytes.Length - 8);
        long size =
            (long)Duck.Query(
                $"SELECT total_compressed_size FROM parquet_metadata('{File}') WHERE path_in_schema = 'note' AND row_group_id = 0")[0][0]!;
        byte[] stated = Zigzag(size);
        Range at = new CompactThrift(bytes, start).Walk().Numbers.First(n => bytes[n].AsSpan().SequenceEqual(stated)
            && which((stated.Length, size)));
        byte[] changed = [.. bytes[..at.Start.Value], .. Zigzag(value), .. bytes[at.End.Value..]];
        BitConverter.TryWriteBytes(changed.AsSpan(changed.Length - 8), changed.Length - 8 - start);
        System.IO.File.WriteAllBytes(File, changed);
        return Folder;
    }

    // The page of the last column chunk states 1.9 GB; only the footer moves.
    private string WithHugePage()
    {
        string file = Path.Combine(Folder, "huge.parquet");
        MadeFile.Write(file, [OneCustomer(500), Days(500), RowNumbers(500)], int.MaxValue, b => b.DisableDictionary());
        byte[] bytes = System.IO.File.ReadAllBytes(file);
        int start = SeedFiles.PageHeaders(file)[^1].Start.Value;
        Range compressed = new CompactThrift(bytes, start).Walk().Numbers[2]; // type, uncompressed size, compressed size
        System.IO.File.WriteAllBytes(file, [.. bytes[..compressed.Start.Value], .. Zigzag(1_900_000_000),
            .. bytes[compressed.End.Value..]]);
        return file;
    }

    private static byte[] Zigzag(long value)
    {
        var bytes = new List<byte>();
        ulong raw = (ulong)value << 1;
        for (; raw >= 128; raw >>= 7)
        {
            bytes.Add((byte)(raw | 128));
        }

        bytes.Add((byte)raw);
        return [.. bytes];
    }
}
