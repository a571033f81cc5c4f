namespace Predictive.History.Loading;

/// <summary>
/// A folder of temporary files that goes away with its owner: on success and failure when disposed; after a crash when the next start
/// finds that nobody holds its lock file any more.
/// </summary>
internal sealed class SpillFolder : IDisposable
{
    private const string Prefix = "predictive-spill-";
    private const string LockFile = "in-use";
    private readonly string _folder;
    private readonly FileStream _lock;

    /// <summary>Makes a new one below <paramref name="parent"/>.</summary>
    public SpillFolder(string parent)
    {
        Directory.CreateDirectory(parent);
        int number = 0;
        do
        {
            _folder = System.IO.Path.Combine(parent, $"{Prefix}{Environment.ProcessId}-{number++}");
        }
        while (Directory.Exists(_folder));
        Directory.CreateDirectory(_folder);
        _lock = new FileStream(System.IO.Path.Combine(_folder, LockFile), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Removes what a process that ended without clearing up left behind; folders in use are left alone.</summary>
    /// <returns>How many.</returns>
    public static int RemoveAbandoned(string parent)
    {
        int removed = 0;
        if (!Directory.Exists(parent))
        {
            return 0;
        }

        foreach (string folder in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            string lockFile = System.IO.Path.Combine(folder, LockFile);
            try
            {
                // A folder without its lock file may be a moment old: its owner is about to make it.
                if (File.Exists(lockFile))
                {
                    using (new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                    {
                    }

                    Directory.Delete(folder, recursive: true);
                    removed++;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use by another process, or not ours to remove.
            }
        }

        return removed;
    }

    /// <summary>The file of a segment and a range.</summary>
    public string Path(int segment, int range) => System.IO.Path.Combine(_folder, $"{range:00000}-{segment:000}.raw");

    /// <summary>Removes the files of a range that has been read.</summary>
    public void Remove(int range, int segments)
    {
        for (int segment = 0; segment < segments; segment++)
        {
            File.Delete(Path(segment, range));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
