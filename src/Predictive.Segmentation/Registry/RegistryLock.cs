using System.Diagnostics;

namespace Predictive.Segmentation.Registry;

/// <summary>Writers of one model take turns: a file held open exclusively, which the operating system frees when its holder dies.</summary>
internal static class RegistryLock
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits for the turn; disposing ends it.</summary>
    /// <exception cref="IOException">Another writer held it for half a minute, or the folder cannot be written.</exception>
    public static FileStream Take(string folder)
    {
        string path = Path.Combine(folder, ".lock");
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException) when (File.Exists(path) && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                Thread.Sleep(5);
            }
        }
    }
}
