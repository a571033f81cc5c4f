using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Cli.Tests;

/// <summary>900 customers, trained once with both engines.</summary>
public sealed class BothEngines : IAsyncLifetime
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("predictive-both-").FullName;

    public string Data => Path.Combine(Folder, "data");

    public string Models => Path.Combine(Folder, "models");

    /// <summary>What <c>train --engines built-in,mlnet --json</c> printed.</summary>
    public JsonElement Trained { get; private set; }

    public async ValueTask InitializeAsync()
    {
        await Run.Predictive("generate", "--customers", "900", "--years", "1.5", "--seed", "3", "--out", Data);
        (int code, string output, string error) =
            await Run.Predictive("train", Data, "--models", Models, "--engines", "built-in,mlnet", "--json");
        Assert.True(code == ExitCode.Done, error);
        Trained = JsonDocument.Parse(output).RootElement;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Both engines: listed, chosen, compared; trained together, the better published as champion; what is refused, by name.</summary>
public sealed class EnginesTests(BothEngines both) : IClassFixture<BothEngines>, IDisposable
{
    private const string NoLightGbm = "LightGBM's native library cannot be loaded here (on Debian: libgomp1).";

    private static readonly bool s_lightGbm = new MLNet.MLNetEngine().Trainers.Any(t => t.Name == MLNet.MLNetEngine.LightGbm);

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-engines-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_list_names_engines_and_trainers()
    {
        (_, string json, _) = await Run.Predictive("engines", "--json");
        JsonElement[] engines = [.. JsonDocument.Parse(json).RootElement.EnumerateArray()];
        Assert.Equal(["built-in", "mlnet"], engines.Select(e => e.GetProperty("name").GetString()!));
        Assert.Equal(
            s_lightGbm ? ["fasttree", "lightgbm", "logistic", "fastforest"] : ["fasttree", "logistic", "fastforest"],
            engines[1].GetProperty("trainers").EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
        (_, string text, _) = await Run.Predictive("engines");
        Assert.Contains("fastforest", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'xgboost'", "--engine", "xgboost")]
    [InlineData("'mlnet'", "--trainer", "lightgbm")]
    [InlineData("'built-in' has one of its own", "--engine", "built-in", "--trainer", "fasttree")]
    [InlineData("'adaboost'", "--engine", "mlnet", "--trainer", "adaboost")]
    [InlineData("each engine once", "--engines", "mlnet,mlnet")]
    [InlineData("both given", "--engine", "mlnet", "--engines", "built-in,mlnet")]
    public async Task What_cannot_be_chosen_is_refused_by_name(string reason, params string[] options)
    {
        foreach (string[] verb in new[]
        {
            ["train", "nowhere"], new[] { "backtest", "nowhere", "--cutoff", "2025-06-01" }, ["worker", "--once"], ["demo"],
        })
        {
            if (verb[0] == "worker" && options is ["--trainer", "lightgbm"])
            {
                continue; // its engines have one with trainers
            }

            (int code, string output, string error) =
                await Run.Predictive([.. verb, .. verb[0] == "demo" ? ["--data", _folder] : Array.Empty<string>(), .. options]);
            Assert.Equal(ExitCode.Refused, code);
            Assert.Equal("", output);
            Assert.Contains(reason, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Training_both_publishes_the_better_as_champion_and_says_by_how_much()
    {
        string data = both.Data, models = both.Models;
        JsonElement comparison = both.Trained.GetProperty("comparison"), loss = comparison.GetProperty("logLoss"),
            gini = comparison.GetProperty("gini");
        JsonElement[] versions = [.. both.Trained.GetProperty("versions").EnumerateArray()];
        Assert.Equal(("mlnet", "built-in"), (comparison.GetProperty("engine").GetString(), comparison.GetProperty("against").GetString()));

        // The rule, by the figures printed.
        JsonElement decides = Math.Abs(loss.GetProperty("gain").GetDouble()) > loss.GetProperty("noise").GetDouble() ? loss : gini;
        string better = decides.GetProperty("gain").GetDouble() > decides.GetProperty("noise").GetDouble() ? "mlnet" : "built-in";
        Assert.Equal(better, comparison.GetProperty("better").GetString());
        Assert.Equal(better, versions[0].GetProperty("engine").GetProperty("name").GetString());
        Assert.InRange(loss.GetProperty("noise").GetDouble(), 1e-6, .1);
        foreach (JsonElement version in versions)
        {
            double logLoss = version.GetProperty("training").GetProperty("validationChurn").GetProperty("logLoss").GetDouble();
            Assert.Equal(
                version.GetProperty("engine").GetProperty("name").GetString() == "mlnet"
                    ? loss.GetProperty("value").GetDouble()
                    : loss.GetProperty("against").GetDouble(),
                logLoss);
        }

        // The same windows and snapshots: the baselines of both are the same to the last digit.
        Assert.Single(versions.Select(v => v.GetProperty("training").GetProperty("validationBaselines").GetRawText()).Distinct());
        Assert.Single(versions.Select(v => v.GetProperty("training").GetProperty("trainSnapshots").GetRawText()).Distinct());
        ModelAliases aliases = new ModelRegistry(models, SmokeTest.Admit).Aliases("default");
        Assert.Equal((1, 2), (aliases.Champion, aliases.Challenger));

        // Trained together or alone, an engine's models are the same; only the manifest's notes tell of the other.
        string own = Path.Combine(_folder, "alone");
        await Done("train", data, "--models", own, "--engine", better);
        ModelPackage together = ModelPackage.Read(Path.Combine(models, "default", "1.zip")),
            alone = ModelPackage.Read(Path.Combine(own, "default", "1.zip"));
        Assert.All(together.EntryNames, n => Assert.True(together.Entry(n).Span.SequenceEqual(alone.Entry(n).Span), n));

        // The worker does so unless told otherwise.
        string said = await Done("worker", "--data", data, "--models", Path.Combine(_folder, "worker"), "--once");
        Assert.Contains("mlnet against built-in: churn log loss", said, StringComparison.Ordinal);
        Assert.Contains("rule: the lower churn log loss", said, StringComparison.Ordinal);
        Assert.Contains($"better here: {better}", said, StringComparison.Ordinal);
        aliases = new ModelRegistry(Path.Combine(_folder, "worker"), SmokeTest.Admit).Aliases("default");
        Assert.Equal((1, 2), (aliases.Champion, aliases.Challenger));
    }

    [Theory]
    [InlineData("built-in")]
    [InlineData("mlnet")]
    public async Task A_version_scores_to_the_same_bits_through_the_command_line_and_over_HTTP(string engine)
    {
        JsonElement version = both.Trained.GetProperty("versions").EnumerateArray()
            .Single(v => v.GetProperty("engine").GetProperty("name").GetString() == engine);
        string number = version.GetProperty("version").GetRawText(), models = Path.Combine(_folder, "models"),
            file = Path.Combine(_folder, "scores.csv");
        Directory.CreateDirectory(Path.Combine(models, "default"));
        File.Copy(version.GetProperty("file").GetString()!, Path.Combine(models, "default", $"{number}.zip"));
        new ModelRegistry(models, SmokeTest.Admit).Promote("default", version.GetProperty("version").GetInt32());
        await Done("score", both.Data, "--models", models, "--out", file);
        string[][] lines = [.. (await File.ReadAllLinesAsync(file)).Select(l => l.Split(','))];
        int Column(string name) => Array.IndexOf(lines[0], name);

        await using WebApplication app = ScoringHost.Build(
            new ScoringHostOptions { Data = both.Data, Models = models, Urls = "http://127.0.0.1:0" }, TimeProvider.System);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.InRange(lines.Length, 700, 901);
        foreach (string[] line in lines.Skip(1))
        {
            JsonElement score = JsonDocument.Parse(await client.GetStringAsync($"/v1/customers/{line[0]}/score")).RootElement;
            Assert.Equal(number, score.GetProperty("model").GetProperty("version").GetRawText());
            Same(line[Column("churn_probability")], score.GetProperty("churn").GetProperty("probability"));
            foreach (string part in new[] { "expected", "low", "high" })
            {
                Same(line[Column("clv_" + part)], score.GetProperty("clv").GetProperty(part));
            }
        }

        static void Same(string csv, JsonElement json) => Assert.Equal(
            BitConverter.DoubleToInt64Bits(double.Parse(csv, System.Globalization.CultureInfo.InvariantCulture)),
            BitConverter.DoubleToInt64Bits(json.GetDouble()));
    }

    [Fact]
    public async Task Backtest_shows_engines_side_by_side()
    {
        Assert.SkipUnless(s_lightGbm, NoLightGbm);
        string data = await Generated(400);
        string[] args = ["backtest", data, "--cutoff", "2025-06-01", "--engines", "built-in,mlnet", "--trainer", "lightgbm"];
        JsonElement[] reports = [.. JsonDocument.Parse(await Done([.. args, "--json"])).RootElement.EnumerateArray()];
        Assert.Equal(["built-in", "mlnet"], reports.Select(r => r.GetProperty("engine").GetString()));
        Assert.Equal([null, "lightgbm"], reports.Select(r => r.GetProperty("trainer").GetString()));
        Assert.All(reports, r => Assert.InRange(r.GetProperty("churn").GetProperty("auc").GetDouble(), .6, .99));
        string table = await Done(args);
        Assert.Single(table.Split('\n'), l => l.Contains("PR AUC", StringComparison.Ordinal));
        Assert.Single(table.Split('\n'), l => l.TrimStart().StartsWith("gammaGamma", StringComparison.Ordinal));
        Assert.Contains("mlnet lightgbm against built-in: churn log loss", table, StringComparison.Ordinal);
        foreach (JsonElement report in reports)
        {
            string auc = report.GetProperty("churn").GetProperty("auc").GetDouble()
                .ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture);
            Assert.Contains(
                table.Split('\n'),
                l => l.Contains(report.GetProperty("engine").GetString()!, StringComparison.Ordinal)
                    && l.Contains(auc, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_search_over_mlnet_tells_which_trainer_each_trial_was()
    {
        // How many trials fit the time depends on the machine; that every trainer is among enough of them is tested with the engine.
        string data = await Generated(400);
        JsonElement run =
            JsonDocument.Parse(
                await Done(
                    "train", data, "--models", Path.Combine(_folder, "models"), "--engine", "mlnet", "--tune", "6s", "--json")).RootElement;
        string[] tried =
        [
            .. run.GetProperty("trials").EnumerateArray().Select(t => t.GetProperty("options").GetProperty("trainer").GetString()!)
                .Distinct(),
        ];
        Assert.NotEmpty(tried);
        Assert.All(tried, t => Assert.Contains(t, new[] { "fasttree", "lightgbm", "logistic", "fastforest" }));
    }

    [Fact]
    public async Task Scoring_a_version_by_mlnet_needs_nothing_of_ML_NET_and_a_trainer_without_its_library_is_refused()
    {
        Assert.SkipUnless(s_lightGbm, NoLightGbm);
        string data = await Generated(400), models = Path.Combine(_folder, "models");
        await Done("train", data, "--models", models, "--engine", "mlnet", "--trainer", "lightgbm");
        await Done("score", data, "--models", models, "--out", Path.Combine(_folder, "here.csv"));

        // A copy of the program in which LightGBM cannot be loaded, as where libgomp is missing or the C library is another.
        string program = Path.Combine(_folder, "program");
        Copy(AppContext.BaseDirectory, program);
        foreach (string library in Directory.EnumerateFiles(program, "lib_lightgbm.*", SearchOption.AllDirectories))
        {
            File.WriteAllBytes(library, []);
        }

        (int code, string output, string error) =
            await Child(program, "train", data, "--models", models, "--engine", "mlnet", "--trainer", "lightgbm");
        Assert.Equal(ExitCode.Refused, code);
        Assert.Equal("", output);
        string told = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(
            "error: The trainer 'lightgbm' needs LightGBM's native library 'lib_lightgbm', which cannot be loaded on this machine", told,
            StringComparison.Ordinal);
        Assert.Contains("use --trainer fasttree or --engine built-in.", told, StringComparison.Ordinal);
        (code, output, _) = await Child(program, "engines");
        Assert.Equal(ExitCode.Done, code);
        Assert.DoesNotContain("lightgbm", output, StringComparison.Ordinal);

        // Nothing of ML.NET at all: what it trained is scored, to the same bytes.
        foreach (string file in Directory.EnumerateFiles(program, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f).Contains("Microsoft.ML", StringComparison.Ordinal)
                || Path.GetFileName(f) == "Predictive.MLNet.dll"
                || (f.Contains("native", StringComparison.Ordinal) && !IsParquet(f) && !IsStore(f))))
        {
            File.WriteAllBytes(file, []);
        }

        (code, _, error) = await Child(program, "score", data, "--models", models, "--out", Path.Combine(_folder, "there.csv"));
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(_folder, "here.csv")),
            await File.ReadAllTextAsync(Path.Combine(_folder, "there.csv")));
        (code, _, _) = await Child(program, "train", data, "--models", models, "--engine", "mlnet");
        Assert.NotEqual(ExitCode.Done, code); // it is really gone

        // Where Parquet's native library cannot be loaded either, that is told as what it is, not as damaged data.
        foreach (string file in Directory.EnumerateFiles(program, "*", SearchOption.AllDirectories).Where(IsParquet))
        {
            File.WriteAllBytes(file, []);
        }

        (code, _, error) = await Child(program, "check", data);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("native library (ParquetSharpNative), which cannot be loaded on this machine", error, StringComparison.Ordinal);
    }

    private static bool IsParquet(string file) => Path.GetFileName(file).Contains("ParquetSharpNative", StringComparison.Ordinal);

    // The store's library: a list that is written is noted in the audit log.
    private static bool IsStore(string file) => Path.GetFileName(file).Contains("e_sqlite3", StringComparison.Ordinal);

    private static async Task<(int Code, string Out, string Error)> Child(string program, params string[] args)
    {
        using Process process =
            Process.Start(
                new ProcessStartInfo(
                    "dotnet",
                    [Path.Combine(program, "predictive.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private async Task<string> Generated(int customers)
    {
        string data = Path.Combine(_folder, "data");
        await Done("generate", "--customers", $"{customers}", "--years", "1.5", "--seed", "3", "--out", data);
        return data;
    }

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: exit code {code}; {error}");
        return output;
    }
}
