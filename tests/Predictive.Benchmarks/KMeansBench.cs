using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Predictive.Learning.Clustering;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>kmeans fixed [--threads 2] [--json]</c>: 50 Lloyd iterations on <c>kmeans.X.bin</c> from <c>kmeans.init.bin</c> of
/// <c>$BENCH_DATA</c>, the data and the start of the scikit-learn peer. The inertia is that of the float32 rows and centres, added up in
/// float64; scikit-learn adds up in float32 on float32 data, and so prints a figure that is off in the sixth digit. Prints
/// <c>{"ms_per_iter","iters","inertia"}</c>.
/// </summary>
internal static class KMeansBench
{
    private const int Features = 12;

    public static int Run(string[] args)
    {
        if (args.Length == 0 || args[0] != "fixed")
        {
            Console.Error.WriteLine("Usage: kmeans fixed [--threads 2] [--json]; data from $BENCH_DATA (kmeans.X.bin, kmeans.init.bin).");
            return 2;
        }

        int at = Array.IndexOf(args, "--threads");
        int threads = at >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 2;
        string folder = Environment.GetEnvironmentVariable("BENCH_DATA") ?? Path.Combine(Path.GetTempPath(), "predictive-bench");
        float[] rows = Read(Path.Combine(folder, "kmeans.X.bin")), init = Read(Path.Combine(folder, "kmeans.init.bin"));
        long start = Stopwatch.GetTimestamp();
        (KMeansModel model, int iterations) = KMeans.FitFrom(rows, Features, init, 50, threads);
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"ms_per_iter\":{ms / iterations:0.000},\"iters\":{iterations},\"inertia\":{model.Inertia:0.000}}}"));
        return 0;
    }

    private static float[] Read(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
}
