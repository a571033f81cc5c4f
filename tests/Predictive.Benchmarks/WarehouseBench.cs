using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>warehouse [--lines 1000000]</c>: lines that a ClickHouse of this machine makes are copied and scored, against the same lines as
/// Parquet. Seconds and peak memory of each process (VmHWM of Linux); with <c>--slices N</c> the first slice alone, too. The model is of
/// <c>--train DIR</c>, default data-samples. <c>--cluster 1</c>: the lines over two servers behind a Distributed table, scored
/// with segments and portfolio by one worker in <c>--slices</c>; peaks and processor seconds of both servers; <c>--plain 1</c>: the same
/// lines as Parquet by one process, too.
/// </summary>
internal static class WarehouseBench
{
    private const string Table =
        "CREATE TABLE lines (customer_id String, ordered_at DateTime, amount Decimal(18, 2), order_id UInt64, product_id String, "
            + "category String, quantity UInt8) ENGINE = MergeTree() ORDER BY ordered_at";

    public static int Run(string[] args)
    {
        if (BenchProcess.Option(args, "--stage") is { } staged)
        {
            _ = HistorySlice.TryRead(BenchProcess.Option(args, "--slice") ?? "1/1", out HistorySlice? slice);
            WarehouseFolder.RefreshSliceAsync(staged, slice!).GetAwaiter().GetResult();
            return 0;
        }

        int lines = BenchProcess.Option(args, "--lines", 1_000_000), slices = BenchProcess.Option(args, "--slices", 10);
        string folder = Directory.CreateTempSubdirectory("predictive-warehouse-bench-").FullName;
        Environment.SetEnvironmentVariable("PREDICTIVE_CLICKHOUSE_USER", ClickHouseServer.User);
        Environment.SetEnvironmentVariable("PREDICTIVE_CLICKHOUSE_PASSWORD", ClickHouseServer.Password);
        Environment.SetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE", Path.Combine(folder, "cache"));
        using var server = new ClickHouseServer(megabytes: 6_000);
        if (BenchProcess.Option(args, "--cluster") == "1")
        {
            return Cluster(args, server, folder, lines, slices);
        }

        server.Run(Table);

        Fill(server, 0, 0, lines, lines);
        string shop = Path.Combine(folder, "shop"), plain = Path.Combine(folder, "plain"), models = Path.Combine(folder, "models");
        Directory.CreateDirectory(shop);
        Directory.CreateDirectory(plain);
        File.WriteAllText(Path.Combine(shop, "dataset.json"), $$"""{ "source": "{{server.Address("lines")}}" }""");
        const string asOf = "2025-06-01";
        var run = new Dictionary<string, object>
        {
            ["lines"] = lines,
            ["stage"] = Self("warehouse", "--stage", shop),
            ["stageAgain"] = Self("warehouse", "--stage", shop),
            ["stageSlice"] = Self("warehouse", "--stage", shop, "--slice", $"1/{slices}"),
        };
        File.Copy(Path.Combine(shop, "transactions.parquet"), Path.Combine(plain, "transactions.parquet"));
        run["bytes"] = new FileInfo(Path.Combine(plain, "transactions.parquet")).Length;
        Cli("train", BenchProcess.Option(args, "--train") ?? "data-samples", "--models", models);
        string here = Path.Combine(folder, "here.parquet"), there = Path.Combine(folder, "there.parquet");
        run["scoreParquet"] = Cli("score", plain, "--models", models, "--as-of", asOf, "--out", here);
        run["scoreWarehouse"] = Cli("score", shop, "--models", models, "--as-of", asOf, "--out", there);
        run["equal"] = File.ReadAllBytes(here).AsSpan().SequenceEqual(File.ReadAllBytes(there));
        run["scoreSlice"] = Cli(
            "score", shop, "--models", models, "--as-of", asOf, "--slice", $"1/{slices}", "--out", Path.Combine(folder, "slice.parquet"));
        Directory.Delete(folder, recursive: true);
        Console.WriteLine(JsonSerializer.Serialize(run));
        return 0;
    }

    // About twelve lines a customer over two years and a half.
    private static void Fill(ClickHouseServer server, int shard, long from, long some, long all) => server.Run(
        string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO lines SELECT concat('c', toString(intHash64(number) % {Math.Max(1, all / 12)})), "
                + $"toDateTime(1672531200) + intHash32(number + 7) % 78000000, "
                + $"toDecimal64(toInt64(intHash32(number + 13) % 9000) + 100, 2) / 100, intDiv(number, 2), "
                + $"concat('p', toString(intHash32(number + 3) % 5000)), concat('k', toString(number % 40)), "
                + $"1 + number % 5 FROM (SELECT number + {from} AS number FROM numbers({some}))"),
        shard);

    // Each server holds half of the lines, and some of each customer's: as where nobody sharded by customer.
    private static int Cluster(string[] args, ClickHouseServer server, string folder, int lines, int slices)
    {
        server.RunOnBoth(Table);
        for (int shard = 0; shard < 2; shard++)
        {
            Fill(server, shard, shard * (lines / 2L), lines / 2, lines);
        }

        server.Run("CREATE TABLE all_lines AS lines ENGINE = Distributed(two, default, lines)");
        string models = Path.Combine(folder, "models"), shop = Path.Combine(folder, "shop"), run = Path.Combine(folder, "run");
        Directory.CreateDirectory(shop);
        File.WriteAllText(Path.Combine(shop, "dataset.json"), $$"""{ "source": "{{server.Address("all_lines")}}" }""");
        Cli("train", BenchProcess.Option(args, "--train") ?? "data-samples", "--models", models);
        string on = server.Run("SELECT sum(bytes) FROM system.parts WHERE active AND table = 'lines'");
        var told = new Dictionary<string, object>
        {
            ["lines"] = lines, ["slices"] = slices, ["bytesOnAShard"] = on,
            ["engineBefore"] = Enumerable.Range(0, 2).Select(s => Peak(server.ProcessOf(s)) / 1024).ToArray(),
            ["worker"] = Cli(
                "worker", "--data", shop, "--models", models, "--slices", slices.ToString(CultureInfo.InvariantCulture), "--as-of",
                "2025-06-01", "--out", run),
            ["enginePeakMegabytes"] = Enumerable.Range(0, 2).Select(s => Peak(server.ProcessOf(s)) / 1024).ToArray(),
            ["engineSeconds"] = Enumerable.Range(0, 2).Select(s => Seconds(server.ProcessOf(s))).ToArray(),
        };
        if (BenchProcess.Option(args, "--plain") == "1")
        {
            WarehouseFolder.RefreshAsync(shop).GetAwaiter().GetResult();
            string plain = Path.Combine(folder, "plain");
            Directory.CreateDirectory(plain);
            File.Move(Path.Combine(shop, "transactions.parquet"), Path.Combine(plain, "transactions.parquet"));
            string[] of = [plain, "--models", models, "--as-of", "2025-06-01"];
            told["score"] = Cli(["score", .. of, "--out", Path.Combine(folder, "here.parquet")]);
            told["portfolio"] = Cli(["portfolio", .. of, "--report", Path.Combine(folder, "here.html")]);
        }

        Directory.Delete(folder, recursive: true);
        Console.WriteLine(JsonSerializer.Serialize(told));
        return 0;
    }

    // Of the processor, user and system, in the hundredths of a second that Linux counts in.
    private static double Seconds(int id)
    {
        string[] fields = File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static object Self(params string[] args) => Watched(BenchProcess.Start(args));

    private static object Cli(params string[] args) => Watched(Process.Start(
        new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "predictive.dll"), .. args])
        {
            RedirectStandardOutput = true,
        })!);

    private static object Watched(Process process)
    {
        long start = Stopwatch.GetTimestamp(), peak = 0;
        using (process)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            while (!process.WaitForExit(20))
            {
                peak = Math.Max(peak, Peak(process.Id));
            }

            return process.ExitCode is 0 or 3
                ? new { Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 2), PeakMegabytes = peak / 1024 }
                : throw new InvalidOperationException($"exit code {process.ExitCode}");
        }
    }

    private static long Peak(int id)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[6..^2].Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
