using System.Globalization;
using Npgsql;
using Predictive.Cli;
using Predictive.History.Warehouse.Copies;
using Predictive.Tests;
using Predictive.Warehouse.Tests;

[assembly: AssemblyFixture(typeof(WarehouseServers))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Predictive.Warehouse.Tests;

/// <summary>
/// Two shards, a PostgreSQL, and a shop: its lines as Parquet, in both engines, and a model of them. Made when first asked for.
/// </summary>
public sealed class WarehouseServers : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-warehouse-").FullName;
    private readonly Lazy<ClickHouseServer> _clickHouse = new(() => new ClickHouseServer());
    private readonly PostgresServer _postgres = new();
    private readonly Lazy<string> _shop, _distributed, _inPostgres;

    public WarehouseServers()
    {
        Environment.SetEnvironmentVariable("PREDICTIVE_CLICKHOUSE_USER", ClickHouseServer.User);
        Environment.SetEnvironmentVariable("PREDICTIVE_CLICKHOUSE_PASSWORD", ClickHouseServer.Password);
        Environment.SetEnvironmentVariable("PREDICTIVE_POSTGRES_USER", "predictive");
        Environment.SetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE", Path.Combine(_folder, "cache"));
        _shop = new(MakeShop);
        _distributed = new(MakeDistributed);
        _inPostgres = new(MakePostgres);
    }

    public ClickHouseServer ClickHouse => _clickHouse.Value;

    /// <summary>Where the copies of plain addresses lie.</summary>
    public string Cache => Path.Combine(_folder, "cache");

    /// <summary>A dataset folder with Parquet and nothing of a warehouse.</summary>
    public string Shop => _shop.Value;

    /// <summary>A registry with a model of it.</summary>
    public string Models => Path.Combine(Path.GetDirectoryName(Shop)!, "models");

    /// <summary>The same lines over two shards, amounts as Decimal(18, 2), times as DateTime of Shanghai.</summary>
    public string Distributed => _distributed.Value;

    /// <summary>The same lines in PostgreSQL, amounts as numeric, times with time zone.</summary>
    public string Postgres => _inPostgres.Value;

    /// <summary>Runs the command line in this process.</summary>
    public static async Task<(int Code, string Out, string Error)> Ran(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await new CommandLineApp(output, error, TimeProvider.System).RunAsync(args);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>The same; what fails fails the test.</summary>
    public static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Ran(args);
        Assert.True(code == 0, error);
        return output;
    }

    /// <summary>A fresh dataset folder whose lines lie elsewhere.</summary>
    public string FolderOf(string address)
    {
        string folder = Directory.CreateTempSubdirectory("predictive-warehouse-shop-").FullName;
        string under = Path.Combine(_folder, Path.GetFileName(folder));
        Directory.Move(folder, under);
        File.WriteAllText(Path.Combine(under, "dataset.json"), $$"""{ "source": "{{address}}" }""");
        return under;
    }

    public void Dispose()
    {
        if (_clickHouse.IsValueCreated)
        {
            _clickHouse.Value.Dispose();
        }

        _postgres.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string MakeShop()
    {
        string made = Path.Combine(_folder, "made"), shop = Path.Combine(_folder, "shop");
        Done("generate", "--customers", "1500", "--years", "1.5", "--out", made).GetAwaiter().GetResult();
        Directory.CreateDirectory(shop);
        File.Move(Path.Combine(made, "transactions.parquet"), Path.Combine(shop, "transactions.parquet"));
        (int code, _, string error) = Ran("train", shop, "--models", Path.Combine(_folder, "models")).GetAwaiter().GetResult();
        Assert.True(code is 0 or 3, error);
        return shop;
    }

    private string MakeDistributed()
    {
        string shop = Shop;
        ClickHouse.Run("SELECT 1");
        WarehouseTable.ReplaceAsync(ClickHouse.Address("loaded"), Path.Combine(shop, "transactions.parquet")).GetAwaiter().GetResult();
        string[] columns = [.. ClickHouse.Run("DESCRIBE TABLE loaded").Split('\n').Select(r => r.Split('\t')[0])];
        string select = string.Join(", ", columns.Select(c => c == "amount" ? "toDecimal64(toString(amount), 2) AS amount" : c));
        const string create = "CREATE TABLE lines ENGINE = MergeTree() ORDER BY ordered_at AS SELECT";
        ClickHouse.Run($"{create} {select} FROM loaded WHERE rowNumberInAllBlocks() % 3 = 0");
        ClickHouse.Run(
            $"{create} {select} FROM (SELECT *, rowNumberInAllBlocks() % 3 AS k "
                + $"FROM remote('127.0.0.1:{ClickHouse.NativePort(0)}', default.loaded, '{ClickHouseServer.User}', "
                + $"'{ClickHouseServer.Password.Replace("\\", "\\\\").Replace("'", "\\'")}')) WHERE k != 0", 1);
        ClickHouse.Run("CREATE TABLE all_lines AS lines ENGINE = Distributed(two, default, lines)");
        return ClickHouse.Address("all_lines");
    }

    private string MakePostgres()
    {
        string connection = _postgres.NewDatabase();
        var text = new NpgsqlConnectionStringBuilder(connection);
        using var open = new NpgsqlConnection(connection);
        open.Open();
        using StoredFile file = StoredFile.Open(Path.Combine(Shop, "transactions.parquet"));
        (string Name, string Type)[] columns = [.. file.Columns.Select(c => (c, c switch
        {
            "ordered_at" => "timestamptz",
            "amount" => "numeric(18, 2)",
            _ when file.Values(c).All(v => v is null or double) => "double precision",
            _ when file.Values(c).All(v => v is null or long or int) => "bigint",
            _ => "text",
        }))];
        Run(
            open,
            $"CREATE SCHEMA warehouse; CREATE TABLE warehouse.lines ({string.Join(", ", columns.Select(c => $"{c.Name} {c.Type}"))})");
        List<object?>[] values = [.. columns.Select(c => file.Values(c.Name))];
        using (TextWriter copy = open.BeginTextImport("COPY warehouse.lines FROM STDIN"))
        {
            for (int row = 0; row < values[0].Count; row++)
            {
                copy.Write(string.Join('\t', values.Select(v => v[row] switch
                {
                    null => "\\N",
                    DateTime at => at.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + "+00",
                    var other => Convert.ToString(other, CultureInfo.InvariantCulture)!.Replace("\\", "\\\\"),
                })) + "\n");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"postgres://127.0.0.1:{text.Port}/{text.Database}?table=warehouse.lines");
    }

    internal static void Run(NpgsqlConnection open, string sql)
    {
        using var command = new NpgsqlCommand(sql, open);
        command.ExecuteNonQuery();
    }
}
