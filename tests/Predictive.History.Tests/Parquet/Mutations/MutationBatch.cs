// Linked into Predictive.Benchmarks too.
using System.Diagnostics;
using System.Globalization;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;

namespace Predictive.History.Tests.Parquet.Mutations;

/// <summary>
/// The child's half: tries mutations one after another as users do (load, then check, as a dataset of a single file) and writes a line
/// before and after each, so that its parent knows which one ended it.
/// </summary>
/// <remarks>Lines: <c>INDEX begin</c>, then <c>INDEX loaded|refused|failed MILLISECONDS PEAK_MB DETAIL</c>.</remarks>
internal static class MutationBatch
{
    /// <summary>Tries some mutations.</summary>
    /// <param name="seeds">Folder of the sound files.</param>
    /// <param name="work">A folder of its own.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="from">First index.</param>
    /// <param name="to">First index no more tried.</param>
    public static void Run(string seeds, string work, int seed, int from, int to)
    {
        List<SeedFile> files = SeedFiles.Load(seeds);
        string path = Path.Combine(work, "mutated.parquet");
        using var log = new StreamWriter(new FileStream(Path.Combine(work, "log"), FileMode.Create, FileAccess.Write,
            FileShare.ReadWrite)) { AutoFlush = true };
        for (int i = from; i < to; i++)
        {
            Mutation mutation = Mutation.Of(files, seed, i);
            File.WriteAllBytes(path, mutation.Bytes);
            ResetPeak();
            log.WriteLine($"{i} begin");
            long start = Stopwatch.GetTimestamp();
            string outcome = Try(path);
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{i} {outcome.Split(' ')[0]} {milliseconds:F0} {PeakMB()} {mutation.File}: {mutation.Where}: {outcome}"));
        }
    }

    private static string Try(string path)
    {
        DatasetException? refused = null;
        try
        {
            DatasetLoader.Load(path);
        }
        catch (DatasetException e)
        {
            refused = e;
        }
        catch (Exception e)
        {
            return "failed in load: " + OneLine(e);
        }

        try
        {
            CheckReport report = DatasetCheck.Run(path);
            // Load stops at the first damage and reads the ids before all else; the check reads every column in step. Apart from that both
            // find the same.
            return refused is null ? "loaded"
                : report.Findings.Any(f => f.Code == "unreadable-file" || refused.Findings.Any(r => r.Code == f.Code))
                    ? "refused " + OneLine(refused)
                : $"failed with load saying {refused.Findings[0].Code}, check {string.Join(", ", report.Findings.Select(f => f.Code))}: "
                    + $"{OneLine(refused)}";
        }
        catch (Exception e)
        {
            return "failed in check: " + OneLine(e);
        }
    }

    private static string OneLine(Exception e) => e is DatasetException ? e.Message.ReplaceLineEndings(" ")
        : e.ToString().ReplaceLineEndings(" ");

    // Linux keeps the peak of resident memory and lets a process reset its own.
    private static void ResetPeak()
    {
        if (File.Exists("/proc/self/clear_refs"))
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
    }

    /// <summary>Peak of resident memory of this process, since the last reset.</summary>
    public static long PeakMB()
    {
        string? line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:",
            StringComparison.Ordinal)) : null;
        using var process = Process.GetCurrentProcess();
        return line is null ? process.PeakWorkingSet64 >> 20 : long.Parse(line[6..].Replace("kB", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture) >> 10;
    }
}
