// Linked into Predictive.Benchmarks too.
using System.Diagnostics;
using System.Globalization;

namespace Predictive.History.Tests.Parquet.Mutations;

/// <summary>What a run came to.</summary>
/// <param name="Loaded">Mutations that loaded.</param>
/// <param name="Refused">Mutations refused with the one exception.</param>
/// <param name="InMetadata">Mutations that touched a footer or a page header.</param>
/// <param name="Slowest">Longest load and check together, milliseconds, and its index.</param>
/// <param name="Most">Highest peak of resident memory, MB, and its index.</param>
/// <param name="Failures">Everything else, with seed and index.</param>
internal sealed record MutationReport(int Loaded, int Refused, int InMetadata, (double Milliseconds, int Index) Slowest,
    (long MB, int Index) Most, IReadOnlyList<string> Failures);

/// <summary>
/// The parent's half: tries mutations in child processes, a batch in each, because native code can end a process. A child that ends, or is
/// silent for ten seconds, failed at the mutation it had begun; it is tried again alone, and the next child goes on after it.
/// </summary>
internal sealed class MutationRun(string folder, int seed, Func<string, string, int, int, int, Process> start)
{
    private const int Batch = 1000;
    private const long MostMB = 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10), Start = TimeSpan.FromSeconds(60);
    private readonly List<string> _failures = [];
    private int _loaded, _refused, _inMetadata;
    private (double Milliseconds, int Index) _slowest;
    private (long MB, int Index) _most;

    /// <summary>Tries so many mutations.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="cases">Folder of further sound files; null = none.</param>
    /// <param name="progress">Told after each batch.</param>
    public MutationReport Run(int first, int count, string? cases, Action<int>? progress = null)
    {
        SeedFiles.Make(Path.Combine(folder, "seeds"), cases);
        for (int from = first, last = first + count; from < last;)
        {
            int to = Math.Min(last, from + Batch);
            (int done, string? end) = Child(from, to, count: true);
            if (end is not null)
            {
                (_, string? alone) = Child(done, done + 1, count: false);
                _failures.Add(
                    $"seed {seed} index {done}: {end}; alone: "
                        + $"{alone ?? $"nothing, so an earlier one of this batch, from index {from} on, prepared it"}");
                done++;
            }

            from = done;
            progress?.Invoke(done);
        }

        return new MutationReport(_loaded, _refused, _inMetadata, _slowest, _most, _failures);
    }

    // Mutations finished, and how the child ended if not well.
    private (int Done, string? End) Child(int from, int to, bool count)
    {
        string work = Directory.CreateDirectory(Path.Combine(folder, $"work-{from}-{to}-{count}")).FullName,
            log = Path.Combine(work, "log");
        using Process child = start(Path.Combine(folder, "seeds"), work, seed, from, to);
        long length = 0, heard = Stopwatch.GetTimestamp();
        string? end = null;
        while (!child.WaitForExit(20))
        {
            long now = File.Exists(log) ? new FileInfo(log).Length : 0;
            if (now != length)
            {
                (length, heard) = (now, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(heard) > (length == 0 ? Start : Longest))
            {
                child.Kill();
                child.WaitForExit();
                end = $"no answer for {Longest.TotalSeconds} s";
                break;
            }
        }

        if (!File.Exists(log) || new FileInfo(log).Length == 0)
        {
            throw new InvalidOperationException($"A child ended with exit code {child.ExitCode} before it began.");
        }

        int done = from;
        foreach (string line in File.Exists(log) ? File.ReadLines(log) : [])
        {
            string[] words = line.Split(' ', 5);
            if (words is [var index, not "begin", _, _, _])
            {
                done = int.Parse(index, CultureInfo.InvariantCulture) + 1;
                if (count)
                {
                    Note(words);
                }
            }
        }

        end ??= done < to || child.ExitCode != 0 ? $"the child ended with exit code {child.ExitCode}" : null;
        Directory.Delete(work, recursive: true);
        return (done, done == to && end is not null && child.ExitCode == 0 ? null : end);
    }

    private void Note(string[] words)
    {
        (_loaded, _refused) = (_loaded + (words[1] == "loaded" ? 1 : 0), _refused + (words[1] == "refused" ? 1 : 0));
        string where = words[4].Split(": ")[1];
        _inMetadata += where.Contains("footer", StringComparison.Ordinal) || where.Contains("page header", StringComparison.Ordinal) ? 1
            : 0;
        double milliseconds = double.Parse(words[2], CultureInfo.InvariantCulture);
        long megabytes = long.Parse(words[3], CultureInfo.InvariantCulture);
        int index = int.Parse(words[0], CultureInfo.InvariantCulture);
        _slowest = milliseconds > _slowest.Milliseconds ? (milliseconds, index) : _slowest;
        _most = megabytes > _most.MB ? (megabytes, index) : _most;
        if (words[1] == "failed" || milliseconds > Longest.TotalMilliseconds || megabytes > MostMB)
        {
            _failures.Add($"seed {seed} index {words[0]}: {milliseconds} ms, {megabytes} MB: {words[4]}");
        }
    }
}
