using System.Text.Json;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Predictive.Cli.Terminal;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>
/// A shop whose customers are organisations: every verb with --level account says what it says of the same data with customer_id replaced
/// by an independent program, byte for byte.
/// </summary>
public sealed class AccountsVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("accounts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_verb_says_of_accounts_what_it_says_of_replaced_ids()
    {
        string people = Path.Combine(_folder, "people"), replaced = Path.Combine(_folder, "replaced");
        await Done("generate", "--customers", "450", "--years", "2", "--seed", "5", "--out", people);
        Replace(people, replaced);
        await Done("train", people, "--level", "account", "--models", Models("ours"), "--promote", "force");
        await Done("train", replaced, "--models", Models("theirs"), "--promote", "force");
        await Same(["check", "DIR", "--json"]);
        await Same(["backtest", "DIR", "--cutoff", "2025-06-01", "--json"]);
        await Same(["score", "DIR", "--models", "MODELS", "--out", "OUT.csv"]);
        await Same(["at-risk", "DIR", "--models", "MODELS", "--top", "40", "--out", "OUT.csv"]);
        await Same(["at-risk", "DIR", "--models", "MODELS", "--json"]);
        await Same(["segment", "DIR", "--models", "MODELS", "--out", "OUT.csv"]);
        await Same(["segment", "DIR", "--fresh", "--json"]);
        await Same(["portfolio", "DIR", "--models", "MODELS", "--compare", "2025-05-01", "--json"]);
        await Same(["explain-segment", "DIR", "--models", "MODELS", "--segment", "potential"]);
        await Same(["drift", "DIR", "--models", "MODELS", "--json"]);
        await Same(["metrics", "compute", "revenue", "DIR", "--by", "channel,quarter", "--json"]);
        await Same(["export-features", "DIR", "--out", "OUT.parquet"], parquet: true);

        // What learned from accounts knows nothing of people.
        var (code, _, error) = await Run.Predictive("score", people, "--models", Models("ours"), "--out", Path.Combine(_folder, "x.csv"));
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("Use --level account, or train with --level person", error, StringComparison.Ordinal);
        (int held, string said, string _) = await Run.Predictive("train", people, "--models", Models("ours"));
        Assert.Equal(ExitCode.Held, held);
        Assert.Contains("its customers are people, the champion's accounts", said.ReplaceLineEndings(" "), StringComparison.Ordinal);

        async Task Same(string[] args, bool parquet = false)
        {
            async Task<string> Say(string data, string which, params string[] more)
            {
                string file = Path.Combine(_folder, which + (parquet ? ".parquet" : ".csv"));
                string said = await Done([
                    .. args.Select(a => a == "DIR" ? data : a == "MODELS" ? Models(which)
                        : a.StartsWith("OUT", StringComparison.Ordinal) ? file : a),
                    .. more,
                ]);
                if (args.Any(a => a.StartsWith("OUT", StringComparison.Ordinal)))
                {
                    return parquet ? Rows(file) : await File.ReadAllTextAsync(file);
                }

                if (said.StartsWith('{'))
                {
                    JsonNode document = JsonNode.Parse(said)!;
                    Forget(document);
                    return document.ToJsonString();
                }

                return said;
            }

            string ours = await Say(people, "ours", "--level", "account"), theirs = await Say(replaced, "theirs");
            Assert.True(ours.Length > 100, ours);
            Assert.Equal(theirs, ours);
        }
    }

    [Fact]
    public async Task Accounts_and_their_people_are_told()
    {
        string people = Path.Combine(_folder, "people");
        await Done("generate", "--customers", "120", "--years", "1", "--seed", "3", "--out", people);
        Replace(people, Path.Combine(_folder, "replaced"));
        JsonElement all = JsonDocument.Parse(await Done("accounts", people, "--json")).RootElement;
        string largest = all.GetProperty("largest")[0].GetProperty("id").GetString()!;
        JsonElement one = JsonDocument.Parse(await Done("accounts", people, largest, "--json")).RootElement;
        Assert.Equal(
            all.GetProperty("largest")[0].GetProperty("net").GetDouble(),
            one.GetProperty("people").EnumerateArray().Sum(p => p.GetProperty("net").GetDouble()), .005);
        Assert.Equal(1, one.GetProperty("people").EnumerateArray().Sum(p => p.GetProperty("share").GetDouble()), 1e-9);
        Assert.StartsWith($"{largest}: ", await Done("accounts", people, largest), StringComparison.Ordinal);
        string person = one.GetProperty("people")[0].GetProperty("customerId").GetString()!;
        Assert.Contains("expected an account", (await Run.Predictive("accounts", people, person)).Error, StringComparison.Ordinal);
        Assert.Contains(
            "expected person or account", (await Run.Predictive("check", people, "--level", "team")).Error, StringComparison.Ordinal);
    }

    // What differs from run to run.
    private static void Forget(JsonNode node)
    {
        if (node is JsonObject of)
        {
            foreach (string name in new[] { "seconds", "peakMemoryMB", "file" })
            {
                of.Remove(name);
            }
        }

        foreach (JsonNode? child in node is JsonObject members ? members.Select(m => m.Value) : node is JsonArray items ? items : [])
        {
            if (child is JsonObject or JsonArray)
            {
                Forget(child);
            }
        }
    }

    private string Models(string which) => Path.Combine(_folder, which);

    // Three of four people are in an account; the map lies beside the people, the other dataset has the accounts' ids instead.
    private static void Replace(string people, string replaced)
    {
        Directory.CreateDirectory(replaced);
        File.Copy(Path.Combine(people, "dataset.json"), Path.Combine(replaced, "dataset.json"));
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        void Do(string sql)
        {
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        Do($"""
            CREATE TABLE of AS SELECT DISTINCT customer_id,
                'A' || lpad(((hash(customer_id) // 4) % 200)::text, 4, '0') AS account_id
            FROM '{people}/transactions.parquet' WHERE hash(customer_id) % 4 > 0
            """);
        Do($"COPY (SELECT * FROM of ORDER BY 1) TO '{people}/account-map.parquet' (FORMAT parquet)");
        Do($"""
            COPY (SELECT coalesce(account_id, t.customer_id) AS customer_id, t.* EXCLUDE (customer_id, file_row_number)
                FROM read_parquet('{people}/transactions.parquet', file_row_number = true) t LEFT JOIN of USING (customer_id)
                ORDER BY file_row_number)
            TO '{replaced}/transactions.parquet' (FORMAT parquet)
            """);
        Do($"CREATE TABLE said AS SELECT coalesce(account_id, c.customer_id) AS id, c.* EXCLUDE (customer_id) "
            + $"FROM '{people}/customers.parquet' c LEFT JOIN of USING (customer_id)");
        command.CommandText =
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'said' AND column_name <> 'id'";
        var columns = new List<(string Name, bool IsText)>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                columns.Add((reader.GetString(0), reader.GetString(1) == "VARCHAR"));
            }
        }

        string combined = string.Join(", ", columns.Select(c => c.IsText
            ? $"(SELECT {c.Name} FROM said b WHERE b.id = a.id AND {c.Name} IS NOT NULL GROUP BY 1 "
                + $"ORDER BY count(*) DESC, 1 LIMIT 1) AS {c.Name}"
            : $"avg({c.Name}) AS {c.Name}"));
        Do($"COPY (SELECT id AS customer_id, {combined} FROM said a GROUP BY id) TO '{replaced}/customers.parquet' (FORMAT parquet)");
    }

    private static string Rows(string file)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT string_agg(t::text, chr(10)) FROM '{file}' t";
        return (string)command.ExecuteScalar()!;
    }

    private static async Task<string> Done(params string[] args)
    {
        var (code, output, error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: {error}");
        return output;
    }
}
