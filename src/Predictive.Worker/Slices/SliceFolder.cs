using System.Globalization;
using System.Security.Cryptography;
using Predictive.History;

namespace Predictive.Worker.Slices;

/// <summary>
/// The folder of a run: each slice and the result is a folder that is there whole or not at all. It is written under a hidden name, every
/// file is flushed, then it gets its name: only the first of several does, for the name of a folder that holds something is not given
/// again.
/// <code>
/// run.json                                          what all workers do
/// slices/0001-of-0008/scores.parquet ...            a slice
/// slices/.0002-of-0008.HEX.tmp                      one that is worked at, or whose worker was killed
/// result/portfolio.json at-risk.csv ...             when all slices are there
/// </code>
/// </summary>
internal sealed class SliceFolder(string root, int slices)
{
    private const string Ending = ".tmp";

    /// <summary>Files of a slice.</summary>
    public const string Scores = "scores.parquet", Segments = "segments.parquet", Changes = "changes.parquet",
        Part = "part.json", Rules = "rules.bin", AtRisk = "at-risk.json", Prospects = "prospects.json";

    /// <summary>The figures of the result as rows.</summary>
    public const string Portfolio = "portfolio.parquet";

    /// <summary>The result's folder.</summary>
    public string Result => Path.Combine(root, "result");

    /// <summary>A slice's folder.</summary>
    /// <param name="slice">From 0.</param>
    public string Of(int slice) => Path.Combine(root, "slices", NameOf(slice));

    /// <summary>Whether a slice is done.</summary>
    public bool IsDone(int slice) => Directory.Exists(Of(slice));

    /// <summary>Whether the run is.</summary>
    public bool HasResult => Directory.Exists(Result);

    /// <summary>
    /// Writes a folder; what another left under a hidden name for it is removed first: who holds the lease is alone, and a late one fails.
    /// </summary>
    /// <param name="path">Its name.</param>
    /// <param name="write">Writes and flushes the files into the folder given.</param>
    /// <returns>False where the name was taken by then: what was written is discarded.</returns>
    public static bool Write(string path, Action<string> write)
    {
        string parent = Path.GetDirectoryName(path)!, beginning = $".{Path.GetFileName(path)}.";
        Directory.CreateDirectory(parent);
        foreach (string left in Directory.EnumerateDirectories(parent, beginning + "*" + Ending))
        {
            Remove(left);
        }

        string made = Path.Combine(parent, beginning + RandomNumberGenerator.GetHexString(8, lowercase: true) + Ending);
        Directory.CreateDirectory(made);
        try
        {
            write(made);
            AtomicFile.FlushFolder(made);
            Directory.Move(made, path);
        }
        catch (IOException) when (Directory.Exists(path))
        {
            Remove(made);
            return false;
        }
        catch
        {
            Remove(made);
            throw;
        }

        AtomicFile.FlushFolder(parent);
        return true;
    }

    private string NameOf(int slice) => string.Create(CultureInfo.InvariantCulture, $"{slice + 1:0000}-of-{slices:0000}");

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Removed by another.
        }
    }
}
