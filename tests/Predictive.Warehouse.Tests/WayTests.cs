using System.Diagnostics;
using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.ClickHouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;

namespace Predictive.Warehouse.Tests;

/// <summary>What the options of an address do on the way, and where the copy ends up.</summary>
public sealed class WayTests(WarehouseServers servers) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OnlyTheAuthorityThatIsNamedIsTrusted()
    {
        Way(500);
        string authority = _folder["authority.pem"], other = _folder["other.pem"];
        using var server = new TlsServer(servers.ClickHouse.Port(), authority);
        using var stranger = new TlsServer(servers.ClickHouse.Port(), other);
        string address = string.Create(CultureInfo.InvariantCulture, $"clickhouses://127.0.0.1:{server.Port}/default?table=way");
        string folder = servers.FolderOf($"{address}&ca={Uri.EscapeDataString(authority)}");
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        Assert.Equal(500, DatasetLoader.Load(folder).LineCount);
        foreach (string untrusted in new[] { address, $"{address}&ca={Uri.EscapeDataString(other)}" })
        {
            WarehouseException fault =
                await Assert.ThrowsAsync<WarehouseException>(() => WarehouseFolder.RefreshAsync(servers.FolderOf(untrusted)));
            Assert.Contains("127.0.0.1", fault.Message);
        }

        File.WriteAllText(other, "no certificate");
        DatasetException refused = await Assert.ThrowsAsync<DatasetException>(
            () => WarehouseFolder.RefreshAsync(servers.FolderOf($"{address}&ca={Uri.EscapeDataString(other)}")));
        Assert.Equal("bad-authority", refused.Findings[0].Code);
    }

    [Fact]
    public async Task CompressedRowsAreFewerBytesAndTheSameLines()
    {
        Way(20_000);
        var came = new Dictionary<string, (long Bytes, byte[] File)>();
        foreach (string how in new[] { "none", "gzip" })
        {
            using var counted = new TlsServer(servers.ClickHouse.Port(), null);
            string folder = servers.FolderOf(string.Create(
                CultureInfo.InvariantCulture, $"clickhouse://127.0.0.1:{counted.Port}/default?table=way&compress={how}"));
            Assert.True(await WarehouseFolder.RefreshAsync(folder));
            came[how] = (counted.Bytes, File.ReadAllBytes(Path.Combine(folder, "transactions.parquet")));
        }

        Assert.Equal(came["none"].File, came["gzip"].File);
        Assert.InRange(came["gzip"].Bytes, 1, came["none"].Bytes * 3 / 4);
    }

    [Fact]
    public async Task FinalTakesTheNewestRowsAndDistinctNoLineTwice()
    {
        servers.ClickHouse.Run("DROP TABLE IF EXISTS versions");
        servers.ClickHouse.Run(
            "CREATE TABLE versions (customer_id String, ordered_at DateTime, amount Float64, version UInt32) "
                + "ENGINE = ReplacingMergeTree(version) ORDER BY (customer_id, ordered_at)");
        foreach (int version in new[] { 1, 2 })
        {
            servers.ClickHouse.Run(
                $"INSERT INTO versions SELECT toString(number % 3), toDateTime(1700000000) + number, number + {version} * 100, {version} "
                    + "FROM numbers(6)");
        }

        Assert.Equal(12, await Lines("versions", ""));
        Assert.Equal(6, await Lines("versions", "&final=1"));
        TransactionHistory newest = DatasetLoader.Load(_last);
        Assert.Equal(Enumerable.Range(0, 6).Sum(i => i + 200.0), newest.Columns.Amount.Sum());

        servers.ClickHouse.Run("DROP TABLE IF EXISTS twice");
        servers.ClickHouse.Run("CREATE TABLE twice (customer_id String, ordered_at DateTime, amount Float64, note String) ENGINE = Memory");
        servers.ClickHouse.Run(
            "INSERT INTO twice SELECT toString(number % 5), toDateTime(1700000000) + number % 5, 1, toString(number) FROM numbers(15)");
        Assert.Equal(15, await Lines("twice", ""));

        // Equal in the columns that are used, whatever others say.
        Assert.Equal(5, await Lines("twice", "&distinct=1"));
    }

    [Fact]
    public async Task NewerTypesAreReadAsTheirServersSendThem()
    {
        (string Type, byte[] Bytes)[] values =
        [
            ("Date32", BitConverter.GetBytes(-25_567)), ("DateTime64(3)", BitConverter.GetBytes(-1L)),
            ("DateTime64(9, 'Asia/Tokyo')", BitConverter.GetBytes(1_700_000_000_123_456_789L)),
            ("DateTime64(6)", BitConverter.GetBytes(1_700_000_000_123_456L)),
            ("Decimal(38, 4)", [.. BitConverter.GetBytes(-12_345L), .. Enumerable.Repeat((byte)0xff, 8)]), ("Nullable(Date32)", [1]),
            ("UInt64", BitConverter.GetBytes(ulong.MaxValue)), ("LowCardinality(Nullable(String))", [0, 2, 104, 105]),
        ];
        ClickHouseColumn[] columns = [.. values.Select((v, i) => ClickHouseColumn.Of($"c{i}", v.Type))];
        columns = [.. columns.Select(c => c.Source.Kind == SourceKind.LargeWhole
            ? c with { Source = c.Source with { Kind = SourceKind.Text } }
            : c)];
        using var sink = new OneBatch([.. columns.Select(c => c.Source)]);
        var rows = new RowBinary(columns, sink);
        byte[] row = [.. values.SelectMany(v => v.Bytes), .. BitConverter.GetBytes(7UL)];
        using var body = new ClickHouseBody(
            new HttpResponseMessage(), new MemoryStream(row), "a test", TimeSpan.FromSeconds(5), () => { });
        await rows.ReadAsync(body, TestContext.Current.CancellationToken);
        Assert.Equal((1, 7UL), (rows.Lines, rows.Fingerprint));
        using StoredFile file = sink.Stored(_folder["row.parquet"]);
        Assert.Contains("1900", Convert.ToString(file.Values("c0")[0], CultureInfo.InvariantCulture));

        // Finer than a microsecond is rounded down, before 1970 too.
        Assert.Equal(DateTime.UnixEpoch.AddMilliseconds(-1), file.Times("c1")[0]);
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_700_000_000).AddTicks(1_234_560), file.Times("c2")[0]);
        Assert.Equal(file.Times("c2")[0], file.Times("c3")[0]);
        Assert.Equal(-1.2345, file.Doubles("c4")[0]);
        Assert.Null(file.Values("c5")[0]);
        Assert.Equal((ulong.MaxValue.ToString(CultureInfo.InvariantCulture), "hi"), (file.Texts("c6")[0], file.Texts("c7")[0]));
    }

    [Fact]
    public async Task AFullDiskIsOneErrorOfTheDiskAndTheCopyIsWhatItWas()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs ulimit of a shell");
        Way(100);
        string folder = servers.FolderOf(servers.ClickHouse.Address("way")), copy = Path.Combine(folder, "transactions.parquet");
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        byte[] before = File.ReadAllBytes(copy);
        Way(200_000);

        // No file may become larger than so many blocks: as on a full disk, a write fails in the middle.
        string[] command =
        [
            "-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh", "dotnet", "exec",
            Path.Combine(AppContext.BaseDirectory, "predictive.dll"), "check", folder,
        ];
        using Process check = Process.Start(new ProcessStartInfo("sh", command)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_EnableWriteXorExecute"] = "0" },
        })!;
        Task<string> output = check.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await check.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await check.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(check.ExitCode == 1, error + await output);
        Assert.DoesNotContain(" at ", error);
        Assert.DoesNotContain("ClickHouse", error);
        Assert.Contains("A Parquet file could not be written: ", error);
        Assert.Equal(before, File.ReadAllBytes(copy));
        Assert.Empty(Directory.GetFiles(folder, ".*.tmp"));
        Assert.True(await WarehouseFolder.RefreshAsync(folder));
        Assert.Equal(200_000, DatasetLoader.Load(folder).LineCount);
    }

    [Fact]
    public void CopiesThatNobodyUsesGoAndThoseInUseStay()
    {
        string old = Environment.GetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE")!;
        Environment.SetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE", _folder["cache"]);
        try
        {
            string[] folders = [.. Enumerable.Range(0, 5).Select(Copy)];
            Used(folders[0], 8);
            Used(folders[1], 8);
            Used(folders[2], 2);
            using (new FileStream(Path.Combine(folders[1], ".warehouse.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                Copy(9);
            }

            Assert.Equal([false, true, true, true, true], folders.Select(Directory.Exists));

            // Beyond what all may take the longest unused go, but none that was used within a day.
            foreach (string large in folders[2..4])
            {
                using FileStream sparse = File.Create(Path.Combine(large, "transactions.parquet"));
                sparse.SetLength(WarehouseCache.MostBytes - 1000);
            }

            Copy(9);
            Assert.Equal([false, false, false, true, true], folders.Select(Directory.Exists));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE", old);
        }

        static string Copy(int number) => WarehouseCache.FolderOf(
            new DatasetDescription { Source = string.Create(CultureInfo.InvariantCulture, $"clickhouse://127.0.0.1/db?table=t{number}") });

        static void Used(string folder, int daysAgo)
        {
            string file = Path.Combine(folder, ".warehouse.lock");
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddDays(-daysAgo));
        }
    }

    private string _last = "";

    private async Task<long> Lines(string table, string options)
    {
        _last = servers.FolderOf(servers.ClickHouse.Address(table, options));
        await WarehouseFolder.RefreshAsync(_last);
        return DatasetLoader.Load(_last).LineCount;
    }

    private void Way(int lines)
    {
        servers.ClickHouse.Run("DROP TABLE IF EXISTS way");
        servers.ClickHouse.Run("CREATE TABLE way (customer_id String, ordered_at DateTime, amount Float64) ENGINE = Memory");
        servers.ClickHouse.Run(
            $"INSERT INTO way SELECT concat('customer ', toString(intHash32(number) % 1000)), toDateTime(1700000000) + number, "
                + $"intHash32(number) % 10000 / 100 FROM numbers({lines})");
    }

    /// <summary>Lines of one batch, to be looked at as a file.</summary>
    private sealed class OneBatch(SourceColumn[] columns) : ILineSink, IDisposable
    {
        public LineBatch Current { get; } = new(columns, 4);

        public void Next() => throw new InvalidOperationException("more lines than were sent");

        public StoredFile Stored(string path)
        {
            using (ParquetWriter writer = ParquetWriter.Create(path, [.. columns.Select(LineColumn.FieldOf)]))
            {
                writer.WriteRowGroup([.. Current.Columns.Select(c => c.Values(Current.Count))]);
                writer.Complete();
            }

            return StoredFile.Open(path);
        }

        public void Dispose()
        {
        }
    }
}
