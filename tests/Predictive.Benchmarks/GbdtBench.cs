using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Predictive.Learning;
using Predictive.Learning.Boosting;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>gbdt --data b200k|b1m [--threads 2] [--trees 200] [--json]</c>: 200 trees × 31 leaves on the files of <c>$BENCH_DATA</c> (float32,
/// row-major; labels 0/1). <c>fit_s</c> runs from the array in memory to a usable model; prediction is the best of three passes over the
/// test rows.
/// </summary>
internal static class GbdtBench
{
    public static int Run(string[] args)
    {
        string Option(string name, string fallback) =>
            Array.IndexOf(args, name) is >= 0 and int i && i + 1 < args.Length ? args[i + 1] : fallback;
        string root = Environment.GetEnvironmentVariable("BENCH_DATA") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Path.GetTempPath(), "predictive-bench");
        string data = Path.Combine(root, Option("--data", "b200k"));
        int threads = int.Parse(Option("--threads", "2"), CultureInfo.InvariantCulture);
        int trees = int.Parse(Option("--trees", "200"), CultureInfo.InvariantCulture);
        if (!File.Exists(data + ".json"))
        {
            Console.Error.WriteLine($"{data}.json is not there; make it with gen_binary.py, or set BENCH_DATA to its folder.");
            return 2;
        }

        int columns = JsonDocument.Parse(File.ReadAllText(data + ".json")).RootElement.GetProperty("d").GetInt32();
        string[] names = [.. Enumerable.Range(0, columns).Select(j => $"f{j}")];
        var options = new BoostingOptions
        {
            Trees = trees, Threads = threads, Seed = int.Parse(Option("--seed", "1"), CultureInfo.InvariantCulture),
        };
        var (model, bin, fit) = Fit(data, names, options);
        GC.Collect(); // the training rows are gone; what follows is prediction
        float[] test = Read(data + ".test.X.bin");
        float[] labels = Read(data + ".test.y.bin");
        var predictions = new double[labels.Length];
        double batch = Best(() => model.Predict(test, predictions, threads));
        double singles = Best(() => Singles(model, test, columns, predictions));
        var result = new Dictionary<string, object>
        {
            ["lib"] = "predictive",
            ["data"] = Option("--data", "b200k"),
            ["threads"] = threads,
            ["bin_s"] = Math.Round(bin, 3),
            ["boost_s"] = Math.Round(fit - bin, 3),
            ["fit_s"] = Math.Round(fit, 3),
            ["pred_rows_per_s"] = (long)(labels.Length / batch),
            ["single_rows_per_s"] = (long)(Math.Min(labels.Length, 50_000) / singles),
            ["auc"] = Math.Round(Auc(labels, predictions), 5),
            ["logloss"] = Math.Round(LogLoss(labels, predictions), 5),
            ["rss_mb"] = PeakMegabytes(),
            ["sha256"] = Sha256(model)[..16],
        };
        Console.WriteLine(JsonSerializer.Serialize(result));
        return 0;
    }

    private static (TreeEnsemble Model, double Bin, double Fit) Fit(string data, string[] names, BoostingOptions options)
    {
        float[] rows = Read(data + ".train.X.bin");
        float[] labels = Read(data + ".train.y.bin");
        long start = Stopwatch.GetTimestamp();
        var clock = new BinningClock(start);
        TreeEnsemble model = GradientBoosting.Train(new BoostingData(rows, names, labels), options, progress: clock);
        return (model, clock.Seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static void Singles(TreeEnsemble model, float[] test, int columns, double[] predictions)
    {
        for (int i = 0; i < Math.Min(predictions.Length, 50_000); i++)
        {
            predictions[i] = model.Predict(test.AsSpan(i * columns, columns));
        }
    }

    // The same whatever the threads.
    private static string Sha256(TreeEnsemble model)
    {
        using var payload = new MemoryStream();
        model.Save(payload);
        return Convert.ToHexStringLower(SHA256.HashData(payload.ToArray()));
    }

    private static double Best(Action action)
    {
        double best = double.PositiveInfinity;
        for (int run = 0; run < 3; run++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static float[] Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        var values = GC.AllocateUninitializedArray<float>((int)(file.Length / sizeof(float)));
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static double Auc(float[] labels, double[] predictions)
    {
        int[] order = [.. Enumerable.Range(0, labels.Length)];
        Array.Sort((double[])predictions.Clone(), order);
        double ranks = 0;
        double positives = labels.Sum(y => (double)y);
        for (int i = 0; i < order.Length;)
        {
            int end = i;
            double tied = 0;
            while (end < order.Length && predictions[order[end]] == predictions[order[i]])
            {
                tied += labels[order[end++]];
            }

            ranks += tied * (i + end + 1) / 2;
            i = end;
        }

        return (ranks - (positives * (positives + 1) / 2)) / (positives * (labels.Length - positives));
    }

    private static double LogLoss(float[] labels, double[] predictions)
        => -labels.Select((y, i) => y > 0 ? Math.Log(predictions[i]) : Math.Log(1 - predictions[i])).Average();

    private static long PeakMegabytes()
    {
        const string Status = "/proc/self/status";
        string? line =
            File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is null
            ? Process.GetCurrentProcess().PeakWorkingSet64 >> 20
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10;
    }

    // The trainer reports round 0 when binning is done.
    private sealed class BinningClock(long start) : IProgress<TrainingProgress>
    {
        public double Seconds { get; private set; }

        public void Report(TrainingProgress value) => Seconds = value.Done == 0 ? Stopwatch.GetElapsedTime(start).TotalSeconds : Seconds;
    }
}
