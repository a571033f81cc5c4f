using System.Text.Json;
using Predictive.Learning;
using Predictive.Segmentation.Registry;

namespace Predictive.Cli.Tests;

/// <summary>The engines of a build: listed, chosen, compared, and refused by name where the build lacks one.</summary>
public sealed class EnginesTests : IDisposable
{
    private static readonly bool s_optional = Verbs.Engines.All.Any(e => e.Name == LearningEngines.MLNet);

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-engines-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_list_says_what_this_build_has_and_how_to_get_the_other()
    {
        (_, string json, _) = await Run.Predictive("engines", "--json");
        Assert.Equal(
            s_optional ? ["built-in", "mlnet"] : ["built-in"],
            JsonDocument.Parse(json).RootElement.EnumerateArray().Select(e => e.GetProperty("name").GetString()!));
        (_, string text, _) = await Run.Predictive("engines");
        Assert.Contains("built-in", text, StringComparison.Ordinal);
        Assert.Equal(!s_optional, text.Contains("-p:WithMLNet=true", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("train", "--engine")]
    [InlineData("backtest", "--cutoff", "2025-06-01", "--engine")]
    [InlineData("backtest", "--cutoff", "2025-06-01", "--engines")]
    [InlineData("worker", "--once", "--engine")]
    public async Task An_engine_this_build_lacks_is_refused_by_name(string verb, params string[] options)
    {
        Assert.SkipWhen(s_optional, "this build has the ML.NET engine");
        string data = await Generated(200);
        string[] from = verb == "worker" ? ["worker", "--data", data] : [verb, data];
        (int code, string output, string error) = await Run.Predictive([.. from, .. options, options[^1] == "--engines" ? "built-in,mlnet" : "mlnet"]);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Equal("", output);
        Assert.Contains("'mlnet'", error, StringComparison.Ordinal);
        Assert.Contains("dotnet build -c Release -p:WithMLNet=true", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_by_an_engine_this_build_lacks_is_refused_by_name()
    {
        Assert.SkipWhen(s_optional, "this build has the ML.NET engine");
        string data = await Generated(300), models = Path.Combine(_folder, "models");
        Assert.Equal(ExitCode.Done, (await Run.Predictive("train", data, "--models", models)).Code);
        var registry = new ModelRegistry(models);
        ModelPackage trained = registry.Load(registry.Resolve("default"));
        registry.Publish(
            "default",
            new ModelPackage(trained.Manifest with { Engine = new EngineStamp("mlnet", "5.0.0", ".mlnet.zip") }, trained.EntryNames.Select(n => KeyValuePair.Create(n, trained.Entry(n).ToArray()))),
            PublishAs.Champion);
        (int code, _, string error) = await Run.Predictive("score", data, "--models", models, "--out", Path.Combine(_folder, "scores.csv"));
        Assert.NotEqual(ExitCode.Done, code);
        Assert.Contains("2.zip: was trained with the engine 'mlnet'; this build has 'built-in'", error, StringComparison.Ordinal);
        Assert.Contains("dotnet build -c Release -p:WithMLNet=true", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "scores.csv")));
        Assert.Equal(ExitCode.Done, (await Run.Predictive("score", data, "--models", models, "--version", "1", "--out", Path.Combine(_folder, "scores.csv"))).Code);
    }

    [Fact]
    public async Task Backtest_shows_engines_side_by_side()
    {
        string data = await Generated(400), other = s_optional ? "mlnet" : "built-in";
        string[] args = ["backtest", data, "--cutoff", "2025-06-01", "--engines", $"built-in,{other}"];
        JsonElement[] reports = [.. JsonDocument.Parse((await Run.Predictive([.. args, "--json"])).Out).RootElement.EnumerateArray()];
        Assert.Equal(["built-in", other], reports.Select(r => r.GetProperty("engine").GetString()));
        Assert.All(reports, r => Assert.InRange(r.GetProperty("churn").GetProperty("auc").GetDouble(), .6, .99));
        string table = (await Run.Predictive(args)).Out;
        Assert.Single(table.Split('\n'), l => l.Contains("PR AUC", StringComparison.Ordinal));
        Assert.Single(table.Split('\n'), l => l.TrimStart().StartsWith("gammaGamma", StringComparison.Ordinal));
        foreach (JsonElement report in reports)
        {
            string auc = report.GetProperty("churn").GetProperty("auc").GetDouble().ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture);
            Assert.Contains(table.Split('\n'), l => l.Contains(report.GetProperty("engine").GetString()!, StringComparison.Ordinal) && l.Contains(auc, StringComparison.Ordinal));
        }
    }

    private async Task<string> Generated(int customers)
    {
        string data = Path.Combine(_folder, "data");
        Assert.Equal(ExitCode.Done, (await Run.Predictive("generate", "--customers", $"{customers}", "--years", "1.5", "--seed", "3", "--out", data)).Code);
        return data;
    }
}
