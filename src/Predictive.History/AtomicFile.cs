using System.Runtime.InteropServices;

namespace Predictive.History;

/// <summary>
/// Files that are either whole or not there: a temporary name in the same folder, flush to disk, rename, flush the folder.
/// A process killed at any point leaves the old file (or none) and at worst a hidden <c>.tmp</c> file.
/// </summary>
public static partial class AtomicFile
{
    private static int s_counter;

    /// <summary>Writes or replaces a file; the folder is made where missing.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Writes the content; where it throws, the old file stays and the temporary one is removed.</param>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = WriteTemporary(path, write);
        try
        {
            Rename(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Gives a file that is written, flushed and closed its final name, durably; what had that name is replaced.</summary>
    /// <param name="temporary">From <see cref="TemporaryNameFor"/>.</param>
    /// <param name="path">The final name.</param>
    public static void Rename(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes a file unless one of that name exists.</summary>
    /// <returns>False where the name was taken; nothing was changed then.</returns>
    public static bool TryCreate(string path, Action<Stream> write)
    {
        string temporary = WriteTemporary(path, write);
        try
        {
            // The framework looks first and renames then: of two writers at once one would be lost. A link is made once or not at all.
            if (!OperatingSystem.IsWindows() && Link(temporary, path) == 0)
            {
                File.Delete(temporary);
            }
            else
            {
                File.Move(temporary, path, overwrite: false);
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
            return false;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return true;
    }

    /// <summary>
    /// A fresh hidden name beside <paramref name="path"/>, ending in <c>.tmp</c>, for writers that need a path and not a stream.
    /// </summary>
    public static string TemporaryNameFor(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        while (true)
        {
            string candidate =
                Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref s_counter)}.tmp");
            if (!File.Exists(candidate))
            {
                return candidate;
            }
        }
    }

    /// <summary>Makes the names in a folder durable. Does nothing on Windows, where the file system journals them.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // .NET opens no folders, and only fsync on the folder makes a rename survive a power cut. Best effort: some network
        // file systems refuse it, and the rename itself has already happened.
        int descriptor = Open(folder, 0);
        if (descriptor >= 0)
        {
            _ = Fsync(descriptor);
            _ = Close(descriptor);
        }
    }

    private static string WriteTemporary(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = TemporaryNameFor(path);
        try
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return temporary;
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string path, string other);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
