using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Predictive.Cli.Terminal;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>
/// What an earlier build wrote is read by this one: dataset, registry, store, erasures, an event that waits. <c>Written/b916c01.zip</c> was
/// made by the build of that commit: <c>generate --customers 200 --years 1.2 --seed 3</c>, <c>train --horizon 60d</c>, a key, a campaign
/// that was rehearsed (effect 10%, seed 1), an event over HTTP, an erasure, <c>score</c> and <c>campaign report --json</c>.
/// </summary>
/// <remarks>
/// Where a feature changes what it means, older models refuse to load and say so; then make the zip anew with the newest build that still
/// loads, and tell in CHANGELOG.md that models have to be trained again.
/// </remarks>
public sealed class UpgradeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-upgrade-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_an_earlier_build_wrote_is_read_and_says_the_same()
    {
        ZipFile.ExtractToDirectory(
            Path.Combine(SharedData.RepositoryRoot, "tests", "Predictive.Cli.Tests", "Written", "b916c01.zip"), _folder);
        string data = At("shop");
        string[] models = ["--models", At("models")];
        await Done(["models", "verify", .. models]);

        // The registry: the same scores, but for the last digits of another machine; whoever was erased is in neither.
        await Done(["score", data, "--as-of", "2025-10-01", .. models, "--out", At("now.csv")]);
        string[][] then = Rows(At("scores.csv")), now = Rows(At("now.csv"));
        Assert.Equal(then.Select(r => r[0]), now.Select(r => r[0]));
        Assert.DoesNotContain(now, r => r[0] == "C000009");
        foreach ((string[] before, string[] after) in then.Zip(now).Skip(1))
        {
            Assert.Equal(Number(before[4]), Number(after[4]), 1e-6);
            Assert.Equal(Number(before[7]), Number(after[7]), .011);
        }

        // The store: the chain of the audit log, the campaign with its outcomes, the key, the event that came.
        Assert.Contains("entries, each sealed to the one before", await Done(["audit", "verify", .. models]), StringComparison.Ordinal);
        JsonElement report = JsonDocument.Parse(await Done(["campaign", "report", "spring", .. models, "--json"])).RootElement,
            told = JsonDocument.Parse(await File.ReadAllTextAsync(At("report.json"))).RootElement;
        Assert.Equal(48, report.GetProperty("contacted").GetInt32());
        Assert.Equal(Effect(told), Effect(report), 1e-9);
        Assert.Contains("ingest", await Done(["keys", "list", .. models]), StringComparison.Ordinal);
        Assert.Contains("1 events folded in", await Done(["compact", data, .. models]), StringComparison.Ordinal);

        // And it goes on from there.
        await Done(["train", data, "--horizon", "60d", .. models, "--promote", "force"]);
        Assert.Contains("\"version\": 2", await Done(["models", "list", .. models, "--json"]), StringComparison.Ordinal);
    }

    private static double Effect(JsonElement report) => report.GetProperty("retention").GetProperty("effect").GetDouble();

    private string At(string name) => Path.Combine(_folder, name);

    private static async Task<string> Done(string[] args)
    {
        (int code, string text, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: {text}{error}");
        return text;
    }

    private static string[][] Rows(string file) => [.. File.ReadAllLines(file).Select(l => l.Split(','))];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
