
namespace Predictive.History.Import;

/// <summary>
/// The files of a dataset folder on their way in: written under temporary names, flushed, then renamed together at the end. A folder that
/// was not there before appears whole, by one rename.
/// </summary>
internal sealed class ImportFolder : IDisposable
{
    private const string Suffix = ".importing";
    private readonly string _final;
    private readonly string _work;
    private readonly bool _fresh;
    private readonly List<string> _names = [];
    private bool _published;

    private ImportFolder(string final, bool fresh)
    {
        _final = final;
        _fresh = fresh;
        _work = fresh ? final + Suffix : final;
    }

    /// <summary>Gets a folder ready; what an earlier, interrupted import left behind is removed.</summary>
    /// <param name="folder">The dataset folder.</param>
    /// <param name="table"><c>transactions</c>, or a table beside them.</param>
    /// <param name="delivery">True where the file becomes one of several under a folder of the table, false where it is all of it.</param>
    /// <param name="named">True where a delivery names its source.</param>
    /// <param name="existing">What becomes of a table that is there.</param>
    public static ImportFolder Prepare(string folder, string table, bool delivery, bool named, ExistingData existing)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(full))
        {
            throw DatasetFaults.OutputInUse(folder, "it is a file").Refuse();
        }

        bool fresh = !Directory.Exists(full);
        bool one = File.Exists(Path.Combine(full, table + ".parquet")), many = Directory.Exists(Path.Combine(full, table));
        if (named && one)
        {
            throw DatasetFaults.OutputInUse(folder, $"it keeps its {table} as one file, which names no source").Refuse();
        }

        if (!delivery && many)
        {
            throw DatasetFaults.OutputInUse(
                folder, $"it keeps its {table} as a folder of files, which an import would not replace; --append adds to them").Refuse();
        }

        if (!delivery && one && existing == ExistingData.Refuse)
        {
            throw DatasetFaults.OutputInUse(
                folder, $"it holds a dataset already; --overwrite replaces its {table}, --append adds to them").Refuse();
        }

        var target = new ImportFolder(full, fresh);
        if (fresh)
        {
            if (Directory.Exists(target._work))
            {
                Directory.Delete(target._work, recursive: true);
            }

            Directory.CreateDirectory(target._work);
        }

        return target;
    }

    /// <summary>Where to write a file for now.</summary>
    public string Temporary(string name)
    {
        _names.Add(name);
        string path = Path.Combine(_work, name + Suffix);
        File.Delete(path);
        return path;
    }

    /// <summary>Writes a small file and flushes it to disk.</summary>
    public void Write(string name, byte[] content)
    {
        using var file = new FileStream(Temporary(name), FileMode.Create, FileAccess.Write, FileShare.None);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Gives every file its name. A file that was prepared but never written is removed where an earlier import left one.
    /// </summary>
    /// <param name="place">Name prepared → path below the folder.</param>
    public void Publish(Func<string, string> place)
    {
        foreach (string name in _names)
        {
            string temporary = Path.Combine(_work, name + Suffix), final = Path.Combine(_work, place(name));
            if (File.Exists(temporary))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(final)!);
                File.Move(temporary, final, overwrite: true);
            }
            else
            {
                File.Delete(final);
            }
        }

        if (_fresh)
        {
            Directory.Move(_work, _final);
        }

        _published = true;
    }

    public void Dispose()
    {
        if (_published)
        {
            return;
        }

        if (_fresh)
        {
            if (Directory.Exists(_work))
            {
                Directory.Delete(_work, recursive: true);
            }

            return;
        }

        foreach (string name in _names)
        {
            File.Delete(Path.Combine(_work, name + Suffix));
        }
    }
}
