using System.Text.Json;
using Predictive.Cli.Terminal;
using Predictive.Store;
using Predictive.Store.Ingest;
using Predictive.Store.Jobs;

namespace Predictive.Cli.Tests;

/// <summary>The verbs over the store: jobs, audit, compact; what they refuse, and that no message names a place.</summary>
public sealed class StoreVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-store-verbs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Models => Path.Combine(_folder, "models");

    private StoreDatabase Store => StoreDatabase.Open(Path.Combine(Models, "store.db"), TimeProvider.System);

    [Fact]
    public async Task Jobs_are_listed_shown_and_cancelled()
    {
        long id = new JobBook(Store).Enqueue(new NewJob("train", "default", "request", "key 12", "shop")).Job.Id;
        Assert.Contains("queued", await Done("jobs", "list", "--models", Models), StringComparison.Ordinal);
        JsonElement list = JsonDocument.Parse(await Done("jobs", "list", "--models", Models, "--json")).RootElement;
        Assert.Equal("queued", list[0].GetProperty("state").GetString());
        string none = await Done("jobs", "list", "--models", Models, "--name", "x", "--json");
        Assert.Empty(JsonDocument.Parse(none).RootElement.EnumerateArray());
        Assert.Contains("asked by key 12", await Done("jobs", "show", $"{id}", "--models", Models), StringComparison.Ordinal);
        Assert.Contains("is cancelled", await Done("jobs", "cancel", $"{id}", "--models", Models), StringComparison.Ordinal);
        JsonElement shown = JsonDocument.Parse(await Done("jobs", "show", $"{id}", "--models", Models, "--json")).RootElement;
        Assert.Equal("cancelled", shown.GetProperty("job").GetProperty("state").GetString());
        Assert.Contains("There is no job 99", await Refused("jobs", "show", "99", "--models", Models), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customer_is_exported_erased_and_taken_out_of_the_files()
    {
        string data = Path.Combine(_folder, "data"), file = Path.Combine(_folder, "customer.json");
        await Done("generate", "--customers", "60", "--years", "1", "--seed", "3", "--out", data);
        const string Customer = "C000010";
        await Done("export-customer", data, "--customer", Customer, "--out", file, "--models", Models);
        int lines = JsonDocument.Parse(await File.ReadAllBytesAsync(file)).RootElement
            .GetProperty("tables").GetProperty("transactions").GetArrayLength();
        Assert.True(lines > 0);
        Assert.Contains(
            "Nothing is known", await Refused("erase", data, "--customer", "nobody", "--models", Models), StringComparison.Ordinal);
        Assert.Contains("erased; 0 ", await Done("erase", data, "--customer", Customer, "--models", Models), StringComparison.Ordinal);
        Assert.Contains(
            "erased before", await Done("erase", data, "--customer", Customer, "--models", Models), StringComparison.Ordinal);
        await Done("erase", data, "--customer", "nobody", "--unknown", "--models", Models);
        Assert.Contains($"{lines} line(s) of erased customers left out", await Done("check", data), StringComparison.Ordinal);
        Assert.Contains(
            "Nothing is known",
            await Refused("export-customer", data, "--customer", Customer, "--out", file, "--models", Models), StringComparison.Ordinal);
        JsonElement compacted = JsonDocument.Parse(await Done("compact", data, "--models", Models, "--json")).RootElement;
        Assert.True(compacted.GetProperty("erasedLines").GetInt64() >= lines);
        Assert.DoesNotContain("erased", await Done("check", data), StringComparison.Ordinal);
        string audit = await Done("audit", "list", "--models", Models, "--json");
        Assert.DoesNotContain(Customer, audit, StringComparison.Ordinal);
        await Done("audit", "verify", "--models", Models);
    }

    [Fact]
    public async Task Key_changes_are_noted_and_the_chain_is_verified()
    {
        JsonElement key =
            JsonDocument.Parse(await Done("keys", "add", "--role", "ingest", "--note", "till", "--models", Models, "--json")).RootElement;
        string id = key.GetProperty("id").GetString()!;
        await Done("keys", "revoke", id, "--models", Models);
        JsonElement entries = JsonDocument.Parse(await Done("audit", "list", "--models", Models, "--json")).RootElement;
        Assert.Equal(
            [("key-revoke", $"key {id}"), ("key-add", $"key {id}")],
            entries.EnumerateArray().Select(e => (e.GetProperty("action").GetString(), e.GetProperty("subject").GetString())));
        Assert.DoesNotContain(key.GetProperty("key").GetString()!, entries.ToString(), StringComparison.Ordinal);
        JsonElement verdict = JsonDocument.Parse(await Done("audit", "verify", "--models", Models, "--json")).RootElement;
        string head = $"{verdict.GetProperty("entries")}:{verdict.GetProperty("head").GetString()}";
        Assert.Contains(head, await Done("audit", "verify", "--models", Models, "--expect", head), StringComparison.Ordinal);
        Assert.Contains("--expect is 'x'", await Refused("audit", "verify", "--models", Models, "--expect", "x"), StringComparison.Ordinal);

        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Models, "store.db")}"))
        {
            connection.Open();
            using var change = connection.CreateCommand();
            change.CommandText = """UPDATE audit SET "Actor" = 'nobody' WHERE "Number" = 1""";
            Assert.Equal(1, change.ExecuteNonQuery());
        }

        Assert.Contains("entry 1 was changed", await Refused("audit", "verify", "--models", Models), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Looking_at_a_store_that_is_not_there_is_refused_and_makes_none()
    {
        foreach (string[] verb in (string[][])[["jobs", "list"], ["audit", "list"], ["audit", "verify"], ["compact", _folder]])
        {
            Assert.Contains("There is no store yet", await Refused([.. verb, "--models", Models]), StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Models));
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_is_told_without_its_place_and_no_key_is_made()
    {
        Directory.CreateDirectory(Path.Combine(Models, "store.db"));
        (int code, _, string error) = await Run.Predictive("keys", "add", "--role", "score", "--models", Models);
        Assert.Equal(ExitCode.Failed, code);
        Assert.DoesNotContain(_folder, error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Models, "keys.json")));
    }

    [Fact]
    public async Task Compact_folds_what_is_in_the_store_once()
    {
        string data = Path.Combine(_folder, "shop");
        await Done("generate", "--customers", "50", "--years", "1", "--seed", "3", "--out", data);
        new EventStream(Store, "shop/transactions").Append(
        [
            new NewEvent("1", new Predictive.History.Ingest.IngestedEvent(
                Predictive.History.Ingest.IngestTable.Transactions, "somebody", 1_700_000_000_000_000) { Amount = 5 }.ToBody()),
        ]);
        JsonElement report = JsonDocument.Parse(await Done("compact", data, "--models", Models, "--json")).RootElement;
        Assert.Equal((1, 1), (report.GetProperty("events").GetInt32(), report.GetProperty("files").GetInt32()));
        Assert.Contains("0 events", await Done("compact", data, "--models", Models), StringComparison.Ordinal);
        await Done("check", data);
        Assert.Contains(
            "content of 1 revision(s) forgotten", await Done("compact", data, "--models", Models, "--forget", "0"),
            StringComparison.Ordinal);
        string file = Path.Combine(data, "dataset.json");
        Assert.Contains("is no folder", await Refused("compact", file, "--models", Models), StringComparison.Ordinal);

        // Whoever was erased goes out of what was made of the data, too.
        string results = Directory.CreateDirectory(Path.Combine(_folder, "results", "default-1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(results, "scores.csv"), "customer_id,risk\nC000001,0.5\nsomebody,0.1\n");
        await Done("erase", data, "--customer", "somebody", "--models", Models);
        string[] sweep = ["compact", data, "--models", Models, "--results", Path.Combine(_folder, "results")];
        Assert.Contains("2 line(s) of erased customers taken out", await Done(sweep), StringComparison.Ordinal);
        Assert.Equal(
            "customer_id,risk\nC000001,0.5\n",
            await File.ReadAllTextAsync(Path.Combine(results, "scores.csv")));
        Assert.Contains(
            "--results", await Refused("compact", data, "--models", Models, "--results", Path.Combine(_folder, "none")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--schedule", "0 3 31 2 *", "never fires")]
    [InlineData("--schedule", "every night", "five cron fields")]
    [InlineData("--zone", "Nowhere/Land", "IANA name")]
    [InlineData("--on-new-data", "soon", "a duration such as")]
    [InlineData("--keep", "0", "at least 1")]
    public async Task A_schedule_that_cannot_be_followed_is_refused(string option, string value, string told) =>
        Assert.Contains(told, await Refused("worker", "--data", _folder, "--models", Models, option, value), StringComparison.Ordinal);

    [Fact]
    public async Task Two_answers_to_new_data_are_refused_and_options_may_stand_in_a_file()
    {
        string file = Path.Combine(_folder, "worker.txt");
        await File.WriteAllLinesAsync(file, ["--data", _folder, "--models", Models, "--on-new-data 10m", "--on-drift 10m"]);
        Assert.Contains("expected one of them", await Refused("worker", $"@{file}"), StringComparison.Ordinal);
    }

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: exit code {code}; {error}");
        return output;
    }

    private static async Task<string> Refused(params string[] args)
    {
        (int code, _, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Refused, $"{string.Join(' ', args)}: exit code {code}; {error}");
        return error;
    }
}
