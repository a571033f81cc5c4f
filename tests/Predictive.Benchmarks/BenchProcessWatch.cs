using System.Diagnostics;
using System.Globalization;

namespace Predictive.Benchmarks;

/// <summary>What a process took.</summary>
/// <param name="Seconds">From start to end.</param>
/// <param name="ProcessorSeconds">User and system, in the hundredths of a second that Linux counts in; as last seen before the end.</param>
/// <param name="PeakMegabytes">Most memory at a time (VmHWM of Linux).</param>
internal sealed record ProcessCost(double Seconds, double ProcessorSeconds, long PeakMegabytes);

/// <summary>Waits for a process and looks at it meanwhile.</summary>
internal static class BenchProcessWatch
{
    /// <summary>Waits for its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ProcessCost Watched(Process process)
    {
        long start = Stopwatch.GetTimestamp(), peak = 0;
        double processor = 0;
        using (process)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            while (!process.WaitForExit(20))
            {
                peak = Math.Max(peak, Peak(process.Id));
                processor = Math.Max(processor, ProcessorSeconds(process.Id));
            }

            return process.ExitCode is 0 or 3
                ? new ProcessCost(Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 2), processor, peak / 1024)
                : throw new InvalidOperationException($"exit code {process.ExitCode}");
        }
    }

    /// <summary>Processor time of a process until now; 0 where it is over.</summary>
    public static double ProcessorSeconds(int id)
    {
        try
        {
            string[] fields = File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Most memory of a process until now, in kB; 0 where it is over.</summary>
    public static long Peak(int id)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[6..^2].Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Processes that wanted a processor in the last minute, on average.</summary>
    public static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
