using Predictive.Learning.Boosting.Inputs;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Predictive.Learning.Tests.Peers;

/// <summary>
/// Trains XGBoost and scikit-learn on the same rows with the same settings, through peers.py and Debian's own interpreter
/// (<c>apt-get install python3-xgboost python3-sklearn</c>).
/// </summary>
internal static class PeerRun
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> Importable = new(() => File.Exists(Python) && Run("-c", "import sklearn, xgboost").Exit == 0);

    /// <summary>Why the peers cannot run here; null where they can.</summary>
    public static string? Absent =>
        Importable.Value ? null : $"needs {Python} with xgboost and sklearn (Debian: python3-xgboost, python3-sklearn)";

    /// <summary>Predictions on the test rows and seconds, by library; a library that lacks the objective is not there.</summary>
    /// <param name="train">Row-major rows to learn from.</param>
    /// <param name="test">Row-major rows to predict.</param>
    /// <param name="options">The settings all share.</param>
    /// <param name="start">XGBoost's base score, on the response scale: ours.</param>
    public static Dictionary<string, (double[] Predictions, double Seconds)> Train(
        BoostingData train, float[] test, BoostingOptions options, double start)
    {
        return InFolder(folder =>
        {
            Write(folder, "train.bin", train.RowMajor!);
            Write(folder, "labels.bin", train.Labels);
            Write(folder, "test.bin", test);
            if (train.Weights is { } weights)
            {
                Write(folder, "weights.bin", weights);
            }

            var spec = new
            {
                columns = train.Columns,
                threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
                objective = options.Objective.ToString().ToLowerInvariant(),
                trees = options.Trees,
                leaves = options.Leaves,
                bins = options.MaxBins,
                rate = options.LearningRate,
                l2 = options.L2,
                minRows = options.MinRowsPerLeaf,
                minHessian = options.MinHessianPerLeaf,
                power = options.Objective == Objective.Quantile ? options.Quantile : options.TweediePower,
                start,
                monotone = train.FeatureNames.Select(name => options.MonotoneConstraints?.GetValueOrDefault(name) ?? 0),
                categorical = train.FeatureNames.Select((name, j) => (name, j))
                    .Where(pair => options.CategoricalFeatures?.Contains(pair.name) == true).Select(pair => pair.j),
            };
            return Script(folder, JsonSerializer.Serialize(spec)).EnumerateObject().ToDictionary(
                library => library.Name,
                library => (Read(folder, library.Name), library.Value.GetDouble()));
        });
    }

    /// <summary>scikit-learn's Lloyd iterations in float64 from given centres, until no row changes cluster.</summary>
    public static (int[] Labels, int Iterations, double Inertia) Clusters(
        float[] rowMajor, int features, float[] centres, int iterations) => InFolder(folder =>
    {
        Write(folder, "train.bin", rowMajor);
        Write(folder, "centres.bin", centres);
        JsonElement result = Script(
            folder, JsonSerializer.Serialize(new { clusters = centres.Length / features, columns = features, threads = 1, iterations }));
        int[] labels = [.. Read(folder, "labels").Select(label => (int)label)];
        return (labels, result.GetProperty("iterations").GetInt32(), result.GetProperty("inertia").GetDouble());
    });

    private static T InFolder<T>(Func<string, T> work)
    {
        string folder = Directory.CreateTempSubdirectory("predictive-peers-").FullName;
        try
        {
            return work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonElement Script(string folder, string spec)
    {
        File.WriteAllText(Path.Combine(folder, "spec.json"), spec);
        string path = Path.Combine(folder, "peers.py");
        using (Stream script = typeof(PeerRun).Assembly.GetManifestResourceStream("peers.py")!)
        using (FileStream copy = File.Create(path))
        {
            script.CopyTo(copy);
        }

        var (exit, output, errors) = Run(path, folder);
        return exit == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException($"peers.py failed: {errors}");
    }

    private static double[] Read(string folder, string name) =>
        MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(Path.Combine(folder, name + ".bin"))).ToArray();

    private static void Write(
        string folder, string name, float[] values) =>
            File.WriteAllBytes(Path.Combine(folder, name), MemoryMarshal.AsBytes(values.AsSpan()));

    private static (int Exit, string Output, string Errors) Run(params string[] arguments)
    {
        using Process process =
            Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
