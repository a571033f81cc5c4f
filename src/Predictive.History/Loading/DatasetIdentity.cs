using System.Security.Cryptography;
using System.Text;

namespace Predictive.History.Loading;

/// <summary>
/// What tells whether a dataset is still the one that was loaded: name, length and last write of every file it consists of. The same for
/// every host that sees the same folder.
/// </summary>
public static class DatasetIdentity
{
    /// <summary>Equal for equal files; null where there is nothing at the path.</summary>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be listed.</exception>
    public static string? Of(string pathOrFolder)
    {
        if (!Path.Exists(pathOrFolder))
        {
            return null;
        }

        var text = new StringBuilder();
        foreach ((string name, FileInfo file) in Files(pathOrFolder))
        {
            text.Append(name).Append('|').Append(file.Length).Append('|').Append(file.LastWriteTimeUtc.Ticks).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>
    /// The files that a dataset consists of, by their names in its folder, with / between, ordinal; none where there is
    /// nothing at the path.
    /// </summary>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be listed.</exception>
    public static IReadOnlyList<(string Name, FileInfo File)> Files(string pathOrFolder)
    {
        bool single = File.Exists(pathOrFolder);
        string root = single ? Path.GetDirectoryName(Path.GetFullPath(pathOrFolder))! : pathOrFolder;
        var files = new List<FileInfo>
        {
            new(Path.Combine(root, DatasetFolder.DescriptionFile)), new(Path.Combine(root, Sources.Erasures.FileName)),
        };
        if (single)
        {
            files.Add(new FileInfo(pathOrFolder));
        }
        else
        {
            foreach (string table in DatasetFolder.TableNames)
            {
                files.Add(new FileInfo(Path.Combine(root, table + ".parquet")));
                var folder = new DirectoryInfo(Path.Combine(root, table));
                files.AddRange(folder.Exists ? folder.EnumerateFiles("*.parquet", SearchOption.AllDirectories) : []);
            }
        }

        return
        [
            .. files.Where(f => f.Exists && f.Name[0] != '.').Select(f => (
                Path.GetRelativePath(root, f.FullName).Replace(Path.DirectorySeparatorChar, '/'), f))
                .OrderBy(f => f.Item1, StringComparer.Ordinal),
        ];
    }
}
