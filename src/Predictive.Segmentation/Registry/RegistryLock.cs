using System.Diagnostics;

namespace Predictive.Segmentation.Registry;

/// <summary>Writers of one model take turns: a file held open exclusively, which the operating system frees when its holder dies.</summary>
internal static class RegistryLock
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a command waits for its turn.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits for the turn; disposing ends it.</summary>
    /// <exception cref="IOException">Another writer held it for half a minute, or the folder cannot be written.</exception>
    public static FileStream Take(string folder)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryTake(folder, Patience - Stopwatch.GetElapsedTime(start)) is { } held)
            {
                return held;
            }

            Thread.Sleep(s_step);
        }
    }

    /// <summary>The same without a thread that sleeps: for hosts.</summary>
    /// <exception cref="IOException">Another writer held it for all that time, or the folder cannot be written.</exception>
    public static async Task<FileStream> TakeAsync(string folder, TimeSpan patience, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryTake(folder, patience - Stopwatch.GetElapsedTime(start)) is { } held)
            {
                return held;
            }

            await Task.Delay(s_step, cancellation).ConfigureAwait(false);
        }
    }

    private static FileStream? TryTake(string folder, TimeSpan left)
    {
        string path = Path.Combine(folder, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException) when (File.Exists(path) && left > TimeSpan.Zero)
        {
            return null;
        }
    }
}
