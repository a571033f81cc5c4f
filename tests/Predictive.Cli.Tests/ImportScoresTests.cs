using System.Globalization;
using System.Text.Json;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Tests;

/// <summary>Scores from outside, as who made them elsewhere hands them in: an oracle, its opposite, and what is refused.</summary>
public sealed class ImportScoresTests : IDisposable
{
    private const string First = "2025-05-15", Second = "2025-07-15", Now = "2025-09-30";
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-outside-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Data => Path.Combine(_folder, "shop");

    private string Models => Path.Combine(_folder, "models");

    [Fact]
    public async Task An_oracle_would_serve_its_opposite_is_held_and_both_are_noted_beside_our_backtests()
    {
        await Make();
        await Run.Predictive("train", Data, "--horizon", "60d", "--models", Models);
        string oracle = Path.Combine(_folder, "oracle.csv"), opposite = Path.Combine(_folder, "opposite.csv");
        await Write(oracle, (churned, spend) => (churned ? .95 : .05, Math.Max(0, spend)), First, Second, Now);
        await Write(opposite, (churned, spend) => (churned ? .05 : .95, churned ? 900 : 0), Second);

        (int code, string text, string error) = await Import(oracle, "--label", "the oracle", "--publish");
        Assert.True(code == ExitCode.Done, text + error);
        Assert.Contains("the oracle against built-in", text, StringComparison.Ordinal);
        Assert.Contains("gammaGamma", text, StringComparison.Ordinal);
        Assert.Contains($"as of {Now}: the window is not over", text, StringComparison.Ordinal);
        Assert.Contains("a version of ours that scored so would serve", text, StringComparison.Ordinal);
        Assert.DoesNotContain("no champion", text, StringComparison.Ordinal);
        Assert.Contains("published as default 2: the scores of", text, StringComparison.Ordinal);
        Assert.Contains($"as of {Now}, the challenger", text, StringComparison.Ordinal);

        (code, text, error) = await Import(opposite, "--json");
        Assert.True(code == ExitCode.Held, text + error);
        JsonElement document = JsonDocument.Parse(text).RootElement;
        JsonElement window = Assert.Single(document.GetProperty("windows").EnumerateArray());
        Assert.Equal("opposite", window.GetProperty("model").GetString());
        Assert.Equal(0, window.GetProperty("churn").GetProperty("auc").GetDouble(), 9);
        Assert.Equal(-Math.Log(.05), window.GetProperty("churn").GetProperty("logLoss").GetDouble(), 9);
        Assert.Equal("D", window.GetProperty("grade").GetProperty("overall").GetString());
        Assert.Equal("built-in", window.GetProperty("comparison").GetProperty("better").GetString());
        JsonElement reasons = document.GetProperty("gate").GetProperty("reasons");
        string[] held = [.. reasons.EnumerateArray().Select(r => r.GetProperty("code").GetString()!)];
        Assert.All((string[])["log-loss", "gini", "calibration", "grade"], code => Assert.Contains(code, held));
        (code, text, _) = await Import(opposite, "--accept", string.Join(',', held));
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("gate: accepted, log-loss: worse than the champion's recipe", text, StringComparison.Ordinal);

        JsonElement noted = JsonDocument.Parse((await Run.Predictive("experiments", "list", "--models", Models, "--json")).Out).RootElement;
        Assert.Equal(
            ["outside opposite", "backtest built-in", "outside opposite", "backtest built-in",
                "outside the oracle", "backtest built-in", "outside the oracle", "backtest built-in", "train built-in"],
            noted.EnumerateArray().Select(e => $"{e.GetProperty("kind").GetString()} {e.GetProperty("engine").GetString()}"));
        Assert.Equal(
            window.GetProperty("churn").GetProperty("logLoss").GetDouble(),
            noted[0].GetProperty("metrics").GetProperty("churnLogLoss").GetProperty("value").GetDouble());
        Assert.Equal("opposite.csv", noted[0].GetProperty("options").GetProperty("file").GetString());
        Assert.Equal(noted[1].GetProperty("data").ToString(), noted[0].GetProperty("data").ToString());

        await Exported();
        await Served(opposite);
        await LookedAtLater();
        (code, _, error) = await Import(opposite, "--horizon", "30d");
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("look 30 days ahead, the champion of 'default' 60", error, StringComparison.Ordinal);
    }

    // Version 2 holds the oracle's scores: what needs a model is refused, and it is neither replaced nor passed over while it is fresh.
    private async Task Served(string opposite)
    {
        (int code, string text, string error) = await Import(opposite, "--publish", "--json");
        Assert.True(code == ExitCode.Held, text + error);
        JsonElement published = JsonDocument.Parse(text).RootElement.GetProperty("published");
        Assert.Equal((3, JsonValueKind.Null), (published.GetProperty("version").GetInt32(), published.GetProperty("alias").ValueKind));
        Assert.Equal(
            3, JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Models, "default", "gate.json"))).RootElement.GetProperty("held")
                .EnumerateArray().Last().GetProperty("version").GetInt32());
        string[] at = ["--models", Models];
        (_, text, _) = await Run.Predictive(["models", "list", .. at, "--json"]);
        JsonElement[] listed = [.. JsonDocument.Parse(text).RootElement.EnumerateArray()];
        Assert.Equal(
            [(1, false, null), (2, true, "the oracle"), (3, false, "opposite")],
            listed.Select(l => (
                l.GetProperty("version").GetInt32(), l.GetProperty("isChallenger").GetBoolean(),
                l.TryGetProperty("given", out JsonElement of) && of.ValueKind == JsonValueKind.Object
                    ? of.GetProperty("source").GetString() : null)));
        Assert.Equal(ExitCode.Done, (await Run.Predictive(["models", "verify", .. at])).Code);
        string made = Path.Combine(_folder, "made");
        foreach (string[] needs in (string[][])
        [
            ["models", "export", "default", "2", "--format", "onnx", "--out", made],
            ["models", "export", "default", "2", "--format", "mlnet", "--out", made],
            ["models", "export", "default", "2", "--format", "json", "--out", made],
            ["export-features", Data, "--version", "2", "--effects", "--out", made + ".csv"],
        ])
        {
            (code, text, error) = await Run.Predictive([.. needs, .. at]);
            Assert.True(code == ExitCode.Refused, string.Join(' ', needs) + text + error);
            Assert.Contains("This version holds none: it holds the scores that 'the oracle'", error, StringComparison.Ordinal);
            Assert.False(File.Exists(made) || Directory.Exists(made) || File.Exists(made + ".csv"));
        }

        (code, _, error) = await Run.Predictive(["models", "promote", "2", .. at]);
        Assert.True(code == ExitCode.Done, error);
        (code, _, error) = await Run.Predictive(["score", Data, "--as-of", Now, .. at, "--out", made + ".csv"]);
        Assert.True(code == ExitCode.Done, error);
        string[] rows = await File.ReadAllLinesAsync(made + ".csv");
        Assert.All(rows[1..], r => Assert.Equal("0.4", r.Split(',')[4]));
        (code, _, error) = await Run.Predictive(["score", Data, "--as-of", First, .. at, "--out", made + ".csv"]);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains($"Asked for scores as of {First}", error, StringComparison.Ordinal);
        (code, text, error) = await Run.Predictive(["train", Data, "--horizon", "60d", .. at]);
        Assert.True(code == ExitCode.Held, text + error);
        Assert.Contains("held, champion-given: the champion's scores were given by 'the oracle'", text, StringComparison.Ordinal);
    }

    // Version 3 holds the opposite's scores as of Second, whose 60 days are over by the end of the data; version 2 the oracle's as of Now.
    private async Task LookedAtLater()
    {
        string[] at = ["--models", Models];
        (int code, string text, string error) = await Run.Predictive(["drift", Data, "--version", "3", .. at, "--json"]);
        Assert.True(code == ExitCode.Done, error);
        JsonElement drift = JsonDocument.Parse(text).RootElement;
        JsonElement came = drift.GetProperty("outcomes").EnumerateArray().Single(o => o.GetProperty("version").GetInt32() == 3);
        Assert.Equal((Second, 0), (came.GetProperty("asOf").GetString(), came.GetProperty("ageDays").GetInt32()));
        // Whoever left was given .05, whoever stayed .95: both means follow from the share that left, as do loss and ranking.
        double left = came.GetProperty("churnObserved").GetDouble();
        Assert.InRange(left, .05, .95);
        Assert.Equal(.95 - (.9 * left), came.GetProperty("churnPredicted").GetDouble(), 9);
        Assert.Equal(-Math.Log(.05), came.GetProperty("logLoss").GetDouble(), 6);
        Assert.Equal(0, came.GetProperty("auc").GetDouble(), 9);
        Assert.True(drift.GetProperty("drifted").GetBoolean());
        Assert.Equal("2025-09-13", drift.GetProperty("forecast").GetProperty("staleOn").GetString());
        Assert.Equal(JsonValueKind.Null, drift.GetProperty("population").GetProperty("churnNow").ValueKind);
        (_, text, _) = await Run.Predictive(["drift", Data, "--version", "3", "--as-of", "2025-09-12", .. at]);
        Assert.Contains("their days have not passed", text, StringComparison.Ordinal);
        Assert.Contains("can be told from 2025-09-13 on", text, StringComparison.Ordinal);
        (_, text, _) = await Run.Predictive(["drift", Data, "--version", "3", .. at]);
        Assert.Contains("scores given as of 2025-07-15", text, StringComparison.Ordinal);
        Assert.Contains("Version 3 expected", text, StringComparison.Ordinal);
        Assert.Contains("The 60 days that 'opposite' spoke of are over since 2025-09-13", text, StringComparison.Ordinal);

        string changes = Path.Combine(_folder, "changes.csv");
        (code, text, error) = await Run.Predictive(["models", "diff", "1", "3", Data, "--out", changes, .. at]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains($"both are asked as of {Second}", error, StringComparison.Ordinal);
        Assert.Contains("churn_band", text, StringComparison.Ordinal);
        Assert.InRange((await File.ReadAllLinesAsync(changes)).Length, 50, int.MaxValue);
        (code, _, error) = await Run.Predictive(["models", "diff", "3", "1", Data, "--as-of", First, .. at]);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains($"--as-of is {First}, and 'opposite', a model from outside, gave", error, StringComparison.Ordinal);
        Assert.Contains($"as of {Second} alone", error, StringComparison.Ordinal);
        (code, _, error) = await Run.Predictive(["models", "diff", "2", "3", Data, .. at]);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains($"'the oracle' as of {Now} and 'opposite' as of {Second}", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await Run.Predictive(["models", "diff", "2", "3", .. at])).Code);

        (code, text, error) = await Run.Predictive(["portfolio", Data, "--version", "3", "--compare", First, .. at, "--json"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains($"as of {Second}, the one time that 'opposite'", error, StringComparison.Ordinal);
        Assert.Contains($"gave nobody a score as of {First}", error, StringComparison.Ordinal);
        JsonElement portfolio = JsonDocument.Parse(text).RootElement;
        Assert.Equal(Second, portfolio.GetProperty("asOf").GetString());
        JsonElement moved = portfolio.GetProperty("compared").GetProperty("migration");
        Assert.True(moved.TryGetProperty("lifecycle", out _));
        Assert.False(moved.TryGetProperty("value_matrix", out _));
        JsonElement[] metrics = [.. portfolio.GetProperty("metrics").EnumerateArray()];
        JsonElement churn = metrics.Single(m => m.GetProperty("name").GetString() == "expected_churners");
        Assert.NotEqual(JsonValueKind.Null, churn.GetProperty("value").ValueKind);
        Assert.Equal(JsonValueKind.Null, churn.GetProperty("before").ValueKind);
    }

    // Features and effects as the champion sees them at an as-of that is not its own: their sum is the score, whose horizon it is.
    private async Task Exported()
    {
        string features = Path.Combine(_folder, "seen.csv"), scores = Path.Combine(_folder, "scored.csv");
        string[] at = ["--as-of", First, "--models", Models];
        string[] seen = ["export-features", Data, "--version", "champion", .. at, "--out", features];
        (int code, string text, string error) = await Run.Predictive([.. seen, "--effects", "--labels"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("as the version as of", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await Run.Predictive(["score", Data, .. at, "--out", scores])).Code);
        string[][] table = [.. (await File.ReadAllLinesAsync(features)).Select(l => l.Split(','))];
        int[] effects = [.. table[0].Index().Where(c => c.Item.StartsWith("effect_", StringComparison.Ordinal)).Select(c => c.Index)];
        Assert.Equal(table[0].Length, 1 + (2 * effects.Length) - 1 + 4);
        Dictionary<string, double> probability = (await File.ReadAllLinesAsync(scores)).Skip(1).Select(l => l.Split(','))
            .ToDictionary(r => r[0], r => double.Parse(r[4], CultureInfo.InvariantCulture));
        Assert.Equal(probability.Count, table.Length - 1);
        Assert.All(table[1..], r => Assert.Equal(
            probability[r[0]],
            1 / (1 + Math.Exp(-effects.Sum(c => double.Parse(r[c], CultureInfo.InvariantCulture)))), 1e-6));
        Assert.Contains("\"effect_base\"", await File.ReadAllTextAsync(features + ".dictionary.json"), StringComparison.Ordinal);
        foreach ((string[] more, string words) in new (string[], string)[]
        {
            (["--horizon", "30d"], "--horizon is 30 days, and version champion looks 60"), (["--level", "account"], "--level is account"),
        })
        {
            (code, _, error) = await Run.Predictive([.. seen, .. more]);
            Assert.Equal(ExitCode.Refused, code);
            Assert.Contains(words, error, StringComparison.Ordinal);
        }

        (code, _, error) = await Run.Predictive("export-features", Data, "--effects", "--out", features);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("--effects are those of a version", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_that_is_not_whole_an_as_of_beyond_the_data_and_no_window_are_told()
    {
        await Make();
        string file = Path.Combine(_folder, "scores.csv");
        await Write(file, (_, _) => (.5, 1), First);
        string[] rows = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        string whole = string.Join('\n', rows);
        await Refused(string.Join('\n', rows[..^3]), $"As of {First} 3 of the", rows[^1].Split(',')[1], "export-features");
        await Refused(whole + $"\n{First},nobody,0.5,1", "1 row is of customers who are not in the base", "nobody");
        await Refused(whole.Replace(First, "2031-01-01", StringComparison.Ordinal), "as of 2031-01-01 are given, and the data end at");
        await Refused(whole + $"\n{rows[^1]}", "stands in line");
        await Refused(rows[0] + $"\n{First},a,2,-1", "line 2: churn_probability is '2'");
        await Refused("a,b\n1,2", "churn_probability, expected_spend not found");
        await Refused(string.Concat(Enumerable.Repeat("\0\u0001x", 5000)), "not found");

        await Write(file, (_, _) => (.5, 1), Now);
        (int code, string text, _) = await Import(file);
        Assert.Equal(ExitCode.Held, code);
        Assert.Contains("held, no-grade: could not be judged", text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Models));

        async Task Refused(string content, params string[] words)
        {
            string bad = Path.Combine(_folder, "bad.csv");
            await File.WriteAllTextAsync(bad, content, TestContext.Current.CancellationToken);
            (int refused, string said, string told) = await Import(bad);
            Assert.True(refused == ExitCode.Refused, said + told);
            Assert.All(words, w => Assert.Contains(w, told, StringComparison.Ordinal));
            Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
            Assert.True(told.Length < 3000, told);
        }
    }

    private async Task Make()
    {
        (int code, _, string error) = await Run.Predictive(
            "generate", "--customers", "250", "--years", "1.5", "--seed", "11", "--out", Data);
        Assert.True(code == ExitCode.Done, error);
    }

    private Task<(int Code, string Out, string Error)> Import(string file, params string[] more) => Run.Predictive(
        [
            "import-scores", file, "--data", Data, "--models", Models,
            .. more.Contains("--horizon") ? [] : new[] { "--horizon", "60d" }, .. more,
        ]);

    // The truth comes from the labels that export-features writes; as of now there is none.
    private async Task Write(string file, Func<bool, double, (double Churn, double Spend)> of, params string[] asOfs)
    {
        var rows = new List<string> { "as_of,customer_id,churn_probability,expected_spend" };
        foreach (string asOf in asOfs)
        {
            string features = Path.Combine(_folder, "features.csv");
            (int code, _, string error) = await Run.Predictive(
                [
                    "export-features", Data, "--as-of", asOf, "--horizon", "60d", "--out", features,
                    .. asOf == Now ? [] : new[] { "--labels" },
                ]);
            Assert.True(code == ExitCode.Done, error);
            string[][] table = [.. (await File.ReadAllLinesAsync(features)).Select(l => l.Split(','))];
            int churned = Array.IndexOf(table[0], "label_churned"), spent = Array.IndexOf(table[0], "label_net_spend");
            rows.AddRange(table[1..].Select(r =>
            {
                (double churn, double spend) = churned < 0
                    ? (.4, 50)
                    : of(r[churned] == "1", double.Parse(r[spent], CultureInfo.InvariantCulture));
                return string.Create(CultureInfo.InvariantCulture, $"{asOf},{r[0]},{churn},{spend}");
            }));
        }

        await File.WriteAllLinesAsync(file, rows);
    }
}
