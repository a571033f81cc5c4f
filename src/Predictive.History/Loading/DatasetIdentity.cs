using System.Security.Cryptography;
using System.Text;

namespace Predictive.History.Loading;

/// <summary>
/// What tells whether a dataset is still the one that was loaded: name, length and last write of every file it consists of. The same for
/// every host that sees the same folder.
/// </summary>
public static class DatasetIdentity
{
    private static readonly string[] s_tables =
        ["transactions", "customers", "events", "contacts", "products", "id-map", DatasetFolder.AccountMapTable];

    /// <summary>Equal for equal files; null where there is nothing at the path.</summary>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be listed.</exception>
    public static string? Of(string pathOrFolder)
    {
        bool single = File.Exists(pathOrFolder);
        if (!single && !Directory.Exists(pathOrFolder))
        {
            return null;
        }

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
            foreach (string table in s_tables)
            {
                files.Add(new FileInfo(Path.Combine(root, table + ".parquet")));
                var folder = new DirectoryInfo(Path.Combine(root, table));
                files.AddRange(folder.Exists ? folder.EnumerateFiles("*.parquet", SearchOption.AllDirectories) : []);
            }
        }

        var text = new StringBuilder();
        foreach (FileInfo file in files.Where(f => f.Exists && f.Name[0] != '.').OrderBy(f => f.FullName, StringComparer.Ordinal))
        {
            text.Append(Path.GetRelativePath(root, file.FullName)).Append('|').Append(file.Length).Append('|')
                .Append(file.LastWriteTimeUtc.Ticks).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
