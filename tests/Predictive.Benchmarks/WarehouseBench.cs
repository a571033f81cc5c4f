using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>warehouse [--lines 1000000]</c>: lines that a ClickHouse of this machine makes are copied and scored, against the same lines as
/// Parquet; with <c>--slices N</c> the first slice alone, too. The model is of <c>--train DIR</c>, default data-samples.
/// <c>--cluster 1</c>: see <see cref="ClusterBench"/>.
/// </summary>
internal static class WarehouseBench
{
    /// <summary>The table of lines.</summary>
    public const string Table =
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

        string train = BenchProcess.Option(args, "--train") ?? "data-samples";
        if (!Directory.Exists(train))
        {
            Console.Error.WriteLine($"Nothing at '{train}' to train on: run from the repository's root, or name a dataset with --train.");
            return 2;
        }

        int lines = BenchProcess.Option(args, "--lines", 1_000_000), slices = BenchProcess.Option(args, "--slices", 10);
        string folder = Directory.CreateTempSubdirectory("predictive-warehouse-bench-").FullName;
        Environment.SetEnvironmentVariable("PREDICTIVE_CLICKHOUSE_USER", ClickHouseServer.User);
        Environment.SetEnvironmentVariable("PREDICTIVE_CLICKHOUSE_PASSWORD", ClickHouseServer.Password);
        Environment.SetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE", Path.Combine(folder, "cache"));
        using var server = new ClickHouseServer(megabytes: 6_000);
        if (BenchProcess.Option(args, "--cluster") == "1")
        {
            return ClusterBench.Run(args, server, folder, lines, train);
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
        Cli("train", train, "--models", models);
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

    /// <summary>Makes lines: about twelve a customer over two years and a half.</summary>
    public static void Fill(ClickHouseServer server, int shard, long from, long some, long all)
    {
        const long most = 5_000_000;
        for (long end = from + some; from < end; from += most)
        {
            server.Run(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"INSERT INTO lines SELECT concat('c', toString(intHash64(number) % {Math.Max(1, all / 12)})), "
                        + $"toDateTime(1672531200) + intHash32(number + 7) % 78000000, "
                        + $"toDecimal64(toInt64(intHash32(number + 13) % 9000) + 100, 2) / 100, intDiv(number, 2), "
                        + $"concat('p', toString(intHash32(number + 3) % 5000)), concat('k', toString(number % 40)), "
                        + $"1 + number % 5 FROM (SELECT number + {from} AS number FROM numbers({Math.Min(most, end - from)}))"),
                shard);
        }
    }

    private static object Self(params string[] args) => BenchProcessWatch.Watched(BenchProcess.Start(args));

    /// <summary>Runs the command line as a process of its own.</summary>
    public static object Cli(params string[] args) => BenchProcessWatch.Watched(Process.Start(
        new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "predictive.dll"), .. args])
        {
            RedirectStandardOutput = true,
        })!);
}
