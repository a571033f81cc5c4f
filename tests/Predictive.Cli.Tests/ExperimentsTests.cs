using System.Globalization;
using System.Text.Json;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Registry;
using Predictive.Worker.Experiments;

namespace Predictive.Cli.Tests;

/// <summary>The book of experiments: what trainings and backtests leave in it, compared and taken elsewhere.</summary>
public sealed class ExperimentsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-experiments-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Models => Path.Combine(_folder, "models");

    [Fact]
    public async Task A_training_and_a_backtest_are_noted_with_data_metrics_and_seconds()
    {
        string data = Path.Combine(_folder, "shop");
        await Done("generate", "--customers", "250", "--years", "1.5", "--seed", "11", "--out", data);
        string last = (await Done("backtest", data, "--cutoff", "2025-07-01", "--horizon", "60d", "--models", Models)).Split('\n')[0];
        Assert.False(Directory.Exists(Models), last);
        await Done("train", data, "--horizon", "60d", "--seed", "5", "--models", Models);
        JsonElement judged = JsonDocument.Parse(
            await Done("backtest", data, "--cutoff", "2025-07-01", "--horizon", "60d", "--models", Models, "--json")).RootElement;
        JsonElement list = JsonDocument.Parse(await Done("experiments", "list", "--models", Models, "--json")).RootElement;
        Assert.Equal(["backtest", "train"], list.EnumerateArray().Select(e => e.GetProperty("kind").GetString()));
        JsonElement backtest = list[0], train = list[1];
        JsonElement auc = backtest.GetProperty("metrics").GetProperty("churnAuc");
        Assert.Equal(judged.GetProperty("churn").GetProperty("auc").GetDouble(), auc.GetProperty("value").GetDouble());
        Assert.Equal(judged.GetProperty("noise").GetProperty("model").GetProperty("auc").GetDouble(), auc.GetProperty("error").GetDouble());
        Assert.Equal("5", train.GetProperty("options").GetProperty("seed").GetString());
        JsonElement manifest = JsonDocument.Parse(
            await Done("models", "show", "--models", Models)).RootElement;
        Assert.Contains(train.GetProperty("data").GetProperty("fingerprint").GetString()!, manifest.ToString(), StringComparison.Ordinal);
        Assert.True(train.GetProperty("seconds").GetProperty("train").GetDouble() > 0);
        string table = await Done("experiments", "list", "--models", Models);
        Assert.Contains("2: backtest", table, StringComparison.Ordinal);
        Assert.Contains("1: default/1", table, StringComparison.Ordinal);
        string compared = await Done("experiments", "compare", "1", "2", "--models", Models);
        Assert.Contains("not judged on the same", compared, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_are_compared_by_what_was_asked_and_what_came_of_it()
    {
        var book = new ExperimentBook(Models);
        book.Add(Made(2, ("churnAuc", .80, .03), ("churnLogLoss", .50, .02), ("clvPredictedOverActual", 1.2, null)));
        book.Add(Made(7, ("churnAuc", .82, .04), ("churnLogLoss", .52, .01), ("clvPredictedOverActual", .9, null)));
        JsonElement compared = JsonDocument.Parse(await Done("experiments", "compare", "1", "2", "--models", Models, "--json")).RootElement;
        JsonElement asked = Assert.Single(compared.GetProperty("asked").EnumerateArray());
        Assert.Equal(("seed", "2", "7"), (Of("name"), Of("first"), Of("second")));
        Assert.Equal(
            [("churnAuc", .02, .05, "second"), ("churnLogLoss", .02, .0224, "first"), ("clvPredictedOverActual", -.3, 0, "second")],
            compared.GetProperty("metrics").EnumerateArray().Select(m => (
                m.GetProperty("measure").GetString()!, Math.Round(m.GetProperty("value").GetDouble(), 4),
                m.GetProperty("error").ValueKind == JsonValueKind.Null ? 0 : Math.Round(m.GetProperty("error").GetDouble(), 4),
                m.GetProperty("better").GetString()!)));
        string text = await Done("experiments", "compare", "1", "2", "--models", Models);
        Assert.Contains("at most", text, StringComparison.Ordinal);
        var (code, _, error) = await Run.Predictive("experiments", "compare", "1", "9", "--models", Models);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("There is no experiment 9", error, StringComparison.Ordinal);

        string Of(string property) => asked.GetProperty(property).GetString()!;
    }

    [Fact]
    public async Task Writers_at_once_get_a_number_each_and_a_damaged_one_is_named()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => new ExperimentBook(Models).Add(Made(i)))));
        var book = new ExperimentBook(Models);
        Assert.Equal(Enumerable.Range(1, 20), book.List().Experiments.Select(e => e.Number));
        await File.WriteAllTextAsync(Path.Combine(Models, ".experiments", "7.json"), "{", TestContext.Current.CancellationToken);
        var (experiments, damaged) = book.List();
        Assert.Equal(19, experiments.Count);
        Assert.StartsWith("experiment 7 cannot be read", Assert.Single(damaged), StringComparison.Ordinal);
        Assert.Equal(21, book.Add(Made(0)).Number);
    }

    [Fact]
    public async Task The_files_of_mlflow_hold_every_parameter_metric_and_error()
    {
        var book = new ExperimentBook(Models);
        book.Add(Made(2, ("churnAuc", .8, .03)));
        book.Add(Made(3) with { Name = "default", Version = 4, Kind = "train" });
        string runs = Path.Combine(_folder, "mlruns");
        await Done("experiments", "export", "--out", runs, "--models", Models);
        string[] metas = [.. Directory.GetFiles(runs, "meta.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.Equal(4, metas.Length);
        string auc = Assert.Single(Directory.GetFiles(runs, "churnAuc", SearchOption.AllDirectories));
        string[] point = File.ReadAllText(auc).TrimEnd('\n').Split(' ');
        Assert.Equal((3, "0.8", "0"), (point.Length, point[1], point[2]));
        Assert.Equal("1767323045000", point[0]);
        string run = Path.GetDirectoryName(Path.GetDirectoryName(auc))!;
        Assert.StartsWith(point[0] + " 0.03 ", File.ReadAllText(Path.Combine(run, "metrics", "churnAuc_error")), StringComparison.Ordinal);
        Assert.Equal("2", File.ReadAllText(Path.Combine(run, "params", "seed")));
        Assert.Equal(new string('a', 64), File.ReadAllText(Path.Combine(run, "params", "data_fingerprint")));
        string meta = File.ReadAllText(Path.Combine(run, "meta.yaml"));
        Assert.Contains($"run_id: \"{Path.GetFileName(run)}\"\n", meta, StringComparison.Ordinal);
        Assert.Contains($"experiment_id: \"{Path.GetFileName(Path.GetDirectoryName(run))}\"\n", meta, StringComparison.Ordinal);
        Assert.Contains("\nstatus: 3\n", meta, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, (await Run.Predictive("experiments", "export", "--out", runs, "--models", Models)).Code);
    }

    private static Experiment Made(int seed, params (string Name, double Value, double? Error)[] metrics) => new()
    {
        At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), Kind = "backtest", AsOf = "2025-07-01", HorizonDays = 90, Engine = "built-in",
        Options = new Dictionary<string, string> { ["seed"] = seed.ToString(CultureInfo.InvariantCulture) },
        Data = new TrainingDataStamp(new string('a', 64), 10, 100, "2025-01-01", "2025-06-30"),
        Metrics = metrics.ToDictionary(m => m.Name, m => new Measured(m.Value, m.Error)), Gains = new Dictionary<string, Measured>(),
        Seconds = new Dictionary<string, double> { ["total"] = 2 },
    };

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: {error}");
        return output;
    }
}
