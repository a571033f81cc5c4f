using System.Globalization;
using System.Text.Json;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>warehouse --cluster 1 --lines N</c>: the lines over two servers behind a Distributed table, half on each and some of each customer's
/// on both, as where nobody sharded by customer. They are laid out by customer (<c>--layout 0</c>: not), then one worker scores them in
/// <c>--slices</c> (default: the divisor of 960 that gives about 500,000 lines each) with segments, portfolio and list. Seconds, processor
/// seconds and peaks of worker and servers, and the rows that the servers read. <c>--plain 1</c>: the same lines as Parquet by one process,
/// with <c>--memory</c> where that is given; then without the portfolio, which holds the whole base.
/// </summary>
internal static class ClusterBench
{
    private const string AsOf = "2025-06-01", Laid = "lines_by_customer";
    private static readonly int[] s_slices = [1, 2, 4, 8, 10, 20, 40, 80, 192, 240, 480, 960];

    public static int Run(string[] args, ClickHouseServer server, string folder, int lines, string train)
    {
        int slices = BenchProcess.Option(args, "--slices", s_slices.MinBy(n => Math.Abs((lines / n) - 500_000)));
        bool isLaid = BenchProcess.Option(args, "--layout") != "0";
        string models = Path.Combine(folder, "models"), shop = Path.Combine(folder, "shop"), run = Path.Combine(folder, "run");
        var told = new Dictionary<string, object> { ["lines"] = lines, ["slices"] = slices, ["load"] = BenchProcessWatch.Load() };
        void Tell(string name, object value)
        {
            told[name] = value;
            Console.Error.WriteLine($"{name}: {JsonSerializer.Serialize(value)}, load {BenchProcessWatch.Load()}");
        }

        server.RunOnBoth(WarehouseBench.Table);
        for (int shard = 0; shard < 2; shard++)
        {
            WarehouseBench.Fill(server, shard, shard * (lines / 2L), lines / 2, lines);
        }

        Tell("servers.fill", Servers(server));
        string table = "lines";
        if (isLaid)
        {
            table = Laid;
            Tell("layout", WarehouseBench.Cli("layout", $"{server.Address("lines")},{server.Address("lines", shard: 1)}", "--run"));
            Tell("servers.layout", Servers(server));
            server.RunOnBoth("DROP TABLE lines");
        }

        server.Run($"CREATE TABLE all_lines AS {table} ENGINE = Distributed(two, default, {table})");
        Directory.CreateDirectory(shop);
        File.WriteAllText(Path.Combine(shop, "dataset.json"), $$"""{ "source": "{{server.Address("all_lines")}}" }""");
        WarehouseBench.Cli("train", train, "--models", models);
        Tell("bytesOnAShard", server.Run($"SELECT sum(bytes) FROM system.parts WHERE active AND table = '{table}'"));
        Tell("worker", WarehouseBench.Cli(
            "worker", "--data", shop, "--models", models, "--slices", slices.ToString(CultureInfo.InvariantCulture), "--as-of", AsOf,
            "--out", run));
        Tell("servers.worker", Servers(server));
        Tell("rowsRead", new
        {
            Slices = server.RowsRead("WHERE cityHash64") / (double)lines,
            All = server.RowsRead("FROM `all_lines`") / (double)lines,
        });
        string cache = Environment.GetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE")!;
        Tell("bytesOfCopies", new DirectoryInfo(cache).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length));
        Tell("bytesOfRun", new DirectoryInfo(run).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length));
        if (BenchProcess.Option(args, "--plain") == "1")
        {
            Directory.Delete(cache, recursive: true);
            Plain(args, shop, folder, models, Tell);
        }

        Console.WriteLine(JsonSerializer.Serialize(told));
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static void Plain(string[] args, string shop, string folder, string models, Action<string, object> tell)
    {
        WarehouseFolder.RefreshAsync(shop).GetAwaiter().GetResult();
        string plain = Path.Combine(folder, "plain");
        Directory.CreateDirectory(plain);
        File.Move(Path.Combine(shop, "transactions.parquet"), Path.Combine(plain, "transactions.parquet"));
        string[] of = [plain, "--models", models, "--as-of", AsOf];
        string[] memory = BenchProcess.Option(args, "--memory") is { } bytes ? ["--memory", bytes] : [];
        tell("score", WarehouseBench.Cli(["score", .. of, "--out", Path.Combine(folder, "here.parquet"), .. memory]));
        if (memory.Length == 0)
        {
            tell("portfolio", WarehouseBench.Cli(["portfolio", .. of, "--report", Path.Combine(folder, "here.html")]));
        }
    }

    private static object Servers(ClickHouseServer server)
    {
        int[] ids = [.. Enumerable.Range(0, 2).Select(server.ProcessOf)];
        return new
        {
            ProcessorSecondsSinceStart = Math.Round(ids.Sum(BenchProcessWatch.ProcessorSeconds), 1),
            PeakMegabytes = ids.Select(id => BenchProcessWatch.Peak(id) / 1024).ToArray(),
        };
    }
}
