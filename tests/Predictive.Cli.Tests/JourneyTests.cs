using System.Text.Json;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Tests;

/// <summary>The verbs one after the other, as a data scientist types them.</summary>
public sealed class JourneyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-journey-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Generate_check_train_twice_score_at_risk_models_worker()
    {
        string data = Path.Combine(_folder, "data"), models = Path.Combine(_folder, "models");
        await Done("generate", "--customers", "800", "--years", "1.5", "--seed", "3", "--out", data);
        await Done("check", data);
        JsonElement first = JsonDocument.Parse(await Done("train", data, "--models", models, "--json")).RootElement;
        Assert.True(first.GetProperty("serves").GetBoolean());
        await Done("train", data, "--models", models);
        byte[] one = await File.ReadAllBytesAsync(Path.Combine(models, "default", "1.zip")),
            two = await File.ReadAllBytesAsync(Path.Combine(models, "default", "2.zip"));
        Assert.Equal(one, two);

        string scores = Path.Combine(_folder, "scores.csv");
        await Done("score", data, "--models", models, "--out", scores);
        string[] lines = await File.ReadAllLinesAsync(scores);
        Assert.Equal(
            "customer_id,as_of,model,version,churn_probability,churn_percentile,churn_band,clv_expected,clv_low,clv_high,"
                + "expected_orders,recency_days,frequency,returned_orders,monetary,"
                + "r,f,m,rfm_segment,lifecycle,tier,predicted_tier,value_matrix,portrait,tags,reasons",
            lines[0]);
        Assert.InRange(lines.Length, 700, 801);

        await Segments(data, models);
        string features = Path.Combine(_folder, "features.parquet");
        Assert.Contains(" features as of ", await Done("export-features", data, "--out", features), StringComparison.Ordinal);
        Assert.True(new FileInfo(features).Length > 0);
        foreach (string format in new[] { "onnx", "mlnet", "json" })
        {
            string exported = Path.Combine(_folder, "version." + format);
            Assert.Contains(
                $" as {format}: ",
                await Done("models", "export", "default", "1", "--models", models, "--format", format, "--out", exported),
                StringComparison.Ordinal);
            Assert.True(new FileInfo(exported).Length > 10_000);
        }


        // A budget that is large enough changes nothing.
        string within = Path.Combine(_folder, "within.csv");
        await Done("score", data, "--models", models, "--out", within, "--memory", "16GB");
        Assert.Equal(lines, await File.ReadAllLinesAsync(within));
        await Done("train", data, "--models", Path.Combine(_folder, "within"), "--memory", "16GB");
        Assert.Equal(one, await File.ReadAllBytesAsync(Path.Combine(_folder, "within", "default", "1.zip")));

        await SpreadsheetsAreDefused(data, models);
        JsonElement list =
            JsonDocument.Parse(await Done("at-risk", data, "--models", models, "--top", "7", "--json")).RootElement.GetProperty("list");
        Assert.Equal(7, list.GetProperty("rows").GetArrayLength());
        await Done("models", "verify", "--models", models);
        await Done("models", "promote", "1", "--models", models);
        Assert.Contains("version 2", await Done("models", "rollback", "--models", models), StringComparison.Ordinal);
        await Registry(data, models);
        await Done("worker", "--data", data, "--models", models, "--once");
        Assert.False(File.Exists(Path.Combine(models, "default", "3.zip"))); // nothing new to train on
        string own = Path.Combine(_folder, "own");
        await Done("worker", "--data", data, "--models", own, "--once");
        JsonElement listed = JsonDocument.Parse(await Done("models", "list", "--models", own, "--json")).RootElement;
        Assert.Equal(2, listed.GetArrayLength()); // the worker trains with both engines

        // A delivery gone wrong is held: its own exit code, the reasons told, the champion stays.
        string broken = Path.Combine(_folder, "broken.csv"), shop = Path.Combine(_folder, "broken");
        string[] rows =
        [
            .. Enumerable.Range(0, 400)
                .SelectMany(c =>
                    Enumerable.Range(0, 5).Select(i => $"{c},{new DateOnly(2024, 1, 1).AddDays(((c * 7) + (i * 61)) % 600):yyyy-MM-dd},")),
        ];
        foreach ((string amount, int code) in new[] { ("12.5", ExitCode.Done), ("1250.0", ExitCode.Held) })
        {
            await File.WriteAllLinesAsync(broken, ["who,when,much", .. rows.Select(r => r + amount)]);
            await Done("import", broken, "--out", shop, "--customer", "who", "--time", "when", "--amount", "much", "--overwrite");
            (int trained, string output, string error) =
                await Run.Predictive("train", shop, "--models", Path.Combine(_folder, "gated"), "--horizon", "60d");
            Assert.True(trained == code, output + error);
            Assert.Equal(code == ExitCode.Held, output.Contains("held, past-money: ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Backtest_prints_the_published_document_and_a_page()
    {
        string data = Path.Combine(_folder, "data"), page = Path.Combine(_folder, "out.html");
        await Done("generate", "--customers", "800", "--years", "1.5", "--seed", "4", "--out", data);
        JsonElement report =
            JsonDocument.Parse(await Done("backtest", data, "--cutoff", "2025-06-01", "--json", "--report", page)).RootElement;
        foreach (string field in (string[])[
            "asOf", "horizonDays", "customers", "trainSnapshots", "churn", "clv", "baselines", "seconds", "peakMemoryMB",
        ])
        {
            Assert.True(report.TryGetProperty(field, out _), field);
        }

        foreach (string field in (string[])["rate", "auc", "prAuc", "logLoss", "brier", "ece", "topDecileLift"])
        {
            Assert.True(report.GetProperty("churn").TryGetProperty(field, out _), field);
        }

        foreach (string field in (string[])["actualTotal", "predictedTotal", "spearman", "mae", "rmse", "gini", "topDecileCapture"])
        {
            Assert.True(report.GetProperty("clv").TryGetProperty(field, out _), field);
        }

        Assert.Equal(
            ["recency", "rfm", "bgnbd", "gammaGamma", "boosting"], report.GetProperty("baselines").EnumerateObject().Select(p => p.Name));
        Assert.InRange(report.GetProperty("churn").GetProperty("auc").GetDouble(), .7, .99);
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(page), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What trainings and promotions left behind: jobs, origins, differences, pins, what would be deleted, drift.</summary>
    private static async Task Registry(string data, string models)
    {
        JsonElement jobs = JsonDocument.Parse(await Done("jobs", "list", "--models", models, "--json")).RootElement;
        Assert.All(jobs.EnumerateArray().Take(2), j => Assert.Equal(
            ("command", "done"), (j.GetProperty("cause").GetString(), j.GetProperty("state").GetString())));
        Assert.InRange(jobs[0].GetProperty("figures").GetProperty("churn.auc").GetDouble(), .5, 1);
        JsonElement shown = JsonDocument.Parse(await Done("models", "show", "--models", models)).RootElement;
        Assert.Equal(jobs[0].GetProperty("fingerprint").GetString(), shown.GetProperty("origin").GetProperty("fingerprint").GetString());
        Assert.Equal(1, shown.GetProperty("origin").GetProperty("parent").GetInt32());

        // The same data twice: no difference, and nobody changes.
        JsonElement same = JsonDocument.Parse(await Done("models", "diff", "1", "2", data, "--models", models, "--json")).RootElement;
        Assert.Equal((0, 0), (same.GetProperty("differences").GetArrayLength(), same.GetProperty("changes").GetArrayLength()));
        (int code, _, string error) = await Run.Predictive("models", "diff", "1", "2", "--models", models, "--out", "x.csv");
        Assert.True(code == ExitCode.Refused && error.Contains("--out needs a dataset", StringComparison.Ordinal), error);

        await Done("models", "pin", "2", "--models", models);
        (code, _, error) = await Run.Predictive("models", "promote", "1", "--models", models);
        Assert.True(code == ExitCode.Refused && error.Contains("is pinned", StringComparison.Ordinal), error);
        Assert.Contains("no version is pinned", await Done("models", "pin", "2", "--off", "--models", models), StringComparison.Ordinal);
        Assert.Contains("2: champion", await Done("models", "prune", "--dry-run", "--models", models), StringComparison.Ordinal);
        Assert.Contains("nothing was deleted", await Done("models", "prune", "--models", models), StringComparison.Ordinal);
        await Done("audit", "verify", "--models", models);

        JsonElement drift = JsonDocument.Parse(await Done("drift", data, "--models", models, "--publish", "--json")).RootElement;
        Assert.Equal((0, false), (drift.GetProperty("ageDays").GetInt32(), drift.GetProperty("drifted").GetBoolean()));
        Assert.True(File.Exists(Path.Combine(models, "default", "drift.json")));
        (code, _, error) = await Run.Predictive("drift", data, "--models", models, "--as-of", "2024-12-01");
        Assert.True(code == ExitCode.Refused && error.Contains("expected a later time", StringComparison.Ordinal), error);
    }

    /// <summary>init, segment, portfolio and explain-segment, with a version and without, and a wrong file.</summary>
    private async Task Segments(string data, string models)
    {
        string file = Path.Combine(data, "segments.json"), rows = Path.Combine(_folder, "segments.csv");
        await Done("init", data);
        (int again, _, string there) = await Run.Predictive("init", data);
        Assert.True(again == ExitCode.Refused && there.Contains("--overwrite", StringComparison.Ordinal), there);
        string own = (await File.ReadAllTextAsync(file)).Replace(
            "\"segments\": []",
            """
            "segments": [ { "name": "big",
                "all": [ { "field": "spend_365d", "atLeast": 100 }, { "field": "churn_band", "in": ["low"] } ] } ]
            """,
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, own);
        JsonElement segment =
            JsonDocument.Parse(await Done("segment", data, "--models", models, "--out", rows, "--json")).RootElement;
        string[] lines = await File.ReadAllLinesAsync(rows);
        Assert.Equal(segment.GetProperty("customers").GetInt32() + 1, lines.Length);
        Assert.StartsWith("customer_id,as_of,recency_days,frequency,monetary,r,f,m,rfm_score,rfm_segment", lines[0],
            StringComparison.Ordinal);
        JsonElement big = Assert.Single(segment.GetProperty("ownSegments").EnumerateArray().ToArray());
        Assert.Equal(big.GetProperty("customers").GetInt32(), lines.Count(l => l.EndsWith(",big", StringComparison.Ordinal)));
        Assert.InRange(big.GetProperty("customers").GetInt32(), 1, lines.Length - 2);
        await Done("segment", data, "--models", models, "--out", Path.ChangeExtension(rows, ".parquet"));
        await Done("segment", data, "--models", models, "--out", Path.ChangeExtension(rows, ".xlsx"), "--fresh");

        string page = Path.Combine(_folder, "portfolio.html");
        JsonElement portfolio = JsonDocument.Parse(
            await Done("portfolio", data, "--models", models, "--compare", "2025-06-01", "--json", "--report", page)).RootElement;
        Assert.Equal(5, portfolio.GetProperty("compared").GetProperty("migration").EnumerateObject().Count());
        Assert.Contains("Who moved since 2025-06-01", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        Assert.StartsWith("Portfolio as of ", await Done("portfolio", data, "--models", models), StringComparison.Ordinal);
        Assert.Contains("are 'big'", await Done("explain-segment", data, "--models", models, "--segment", "BIG"), StringComparison.Ordinal);
        (int unknown, _, string known) = await Run.Predictive("explain-segment", data, "--models", models, "--segment", "grand");
        Assert.True(unknown == ExitCode.Refused && known.Contains("expected one of big, ", StringComparison.Ordinal), known);

        await File.WriteAllTextAsync(file, own.Replace("\"spend_365d\"", "\"spending\"", StringComparison.Ordinal));
        foreach (string verb in (string[])["segment", "train"])
        {
            (int code, _, string error) = await Run.Predictive(verb, data, "--models", models);
            Assert.Equal(ExitCode.Refused, code);
            Assert.Matches(@"segments\.json, line \d+: segments\[0\]\.all\[0\]\.field: there is no field 'spending'", error);
        }

        File.Delete(file);
    }

    /// <summary>A customer whose id is a formula, through import and every verb that writes a list.</summary>
    private async Task SpreadsheetsAreDefused(string data, string models)
    {
        const string Id = "=SUM(A1:A9)", Guarded = "'" + Id;
        string csv = Path.Combine(_folder, "formula.csv"), shop = Path.Combine(_folder, "formula");
        await File.WriteAllLinesAsync(
            csv,
            [
                "who,when,much", .. Enumerable.Range(1, 9).SelectMany(i => (string[])[$"{Id},2025-0{i}-03,50", $"b{i},2025-0{i}-04,20"]),
                "@x,never,1",
            ]);
        await Done("import", csv, "--out", shop, "--customer", "who", "--time", "when", "--amount", "much", "--time-format", "yyyy-MM-dd");
        Assert.Contains("\"'@x,never,1\"", await File.ReadAllTextAsync(Path.Combine(shop, "rejects.csv")), StringComparison.Ordinal);
        await Done(
            "import", csv, "--out", shop, "--customer", "who", "--time", "when", "--amount", "much", "--time-format", "yyyy-MM-dd",
            "--raw-cells", "--overwrite");
        Assert.Contains("\"@x,never,1\"", await File.ReadAllTextAsync(Path.Combine(shop, "rejects.csv")), StringComparison.Ordinal);
        string file = Path.Combine(_folder, "list.csv");
        foreach (string[] verb in (string[][])[
            ["score", shop, "--models", models], ["at-risk", shop, "--models", models, "--min-risk", "0"], ["lookalikes", data],
        ])
        {
            await Done([.. verb, "--out", file]);
            string guarded = await File.ReadAllTextAsync(file);
            await Done([.. verb, "--out", file, "--raw-cells"]);
            string raw = await File.ReadAllTextAsync(file);
            Assert.Equal(raw, guarded.Replace(Guarded, Id, StringComparison.Ordinal));
            Assert.Equal(verb[0] != "lookalikes", guarded.Contains(Guarded, StringComparison.Ordinal));
            await Done([.. verb, "--out", Path.ChangeExtension(file, ".xlsx")]);
        }
    }

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: exit code {code}; {error}");
        return output;
    }
}
