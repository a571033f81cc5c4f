using System.Security.Cryptography;

namespace Predictive.History.Warehouse.Copies;

/// <summary>
/// Where the copies of addresses lie that have no dataset folder: one folder per address and description, below the variable
/// <c>PREDICTIVE_WAREHOUSE_CACHE</c>, else the user's own data folder. Only its owner can read it. Copies unused for a week go when the
/// next address is used; so do the longest unused beyond <see cref="MostBytes"/>, where nobody used them for a day.
/// </summary>
internal static class WarehouseCache
{
    /// <summary>What all copies may take.</summary>
    public const long MostBytes = 100L << 30;

    private const string LockFile = ".warehouse.lock";
    private static readonly TimeSpan s_unused = TimeSpan.FromDays(7), s_resting = TimeSpan.FromDays(1);

    /// <summary>The folder of a description with a source; made where it is not there.</summary>
    /// <param name="description">With a source.</param>
    /// <param name="slice">Which customers; null = all.</param>
    public static string FolderOf(DatasetDescription description, HistorySlice? slice = null)
    {
        string root = Root(), source = WarehouseAddress.Read(description.Source!).Identity;
        byte[] identity = DatasetFolder.WriteDescription(description with { Source = $"{source} {slice ?? HistorySlice.Whole}" });
        string folder = Path.Combine(root, Convert.ToHexStringLower(SHA256.HashData(identity))[..24]);
        Make(folder);
        string file = Path.Combine(folder, DatasetFolder.DescriptionFile);
        byte[] wanted = DatasetFolder.WriteDescription(description);
        if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(wanted))
        {
            AtomicFile.Write(file, stream => stream.Write(wanted));
        }

        string held = Path.Combine(folder, LockFile);
        Touch(held);

        Clean(root, folder);
        return folder;
    }

    private static string Root()
    {
        string? named = Environment.GetEnvironmentVariable("PREDICTIVE_WAREHOUSE_CACHE");
        string data = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        string root = !string.IsNullOrEmpty(named) ? named
            : Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "predictive", "warehouse");
        Make(root);
        return Path.GetFullPath(root);
    }

    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static void Touch(string file)
    {
        try
        {
            using var held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            held.WriteByte((byte)'\n');
        }
        catch (IOException) when (File.Exists(file))
        {
            // In use: whoever holds it has touched it.
        }
    }

    private static void Clean(string root, string used)
    {
        // The time of the folder in use is the present: no clock is needed.
        DateTime now = File.GetLastWriteTimeUtc(Path.Combine(used, LockFile));
        var others = new DirectoryInfo(root).EnumerateDirectories()
            .Where(d => d.FullName != used && File.Exists(Path.Combine(d.FullName, LockFile)))
            .Select(d => (Folder: d, Used: File.GetLastWriteTimeUtc(Path.Combine(d.FullName, LockFile)),
                Bytes: d.EnumerateFiles().Sum(f => f.Length)))
            .OrderByDescending(d => d.Used).ToArray();
        long bytes = 0;
        foreach (var (folder, at, length) in others)
        {
            bytes += length;
            if (now - at > s_unused || (bytes > MostBytes && now - at > s_resting))
            {
                Remove(folder.FullName);
            }
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            using (new FileStream(Path.Combine(folder, LockFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use, or not ours to remove.
        }
    }
}
