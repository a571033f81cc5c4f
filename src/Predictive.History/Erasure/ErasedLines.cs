using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Erasure;

/// <summary>What was taken out of the files of a dataset.</summary>
/// <param name="Lines">Rows, of every table and of the files of rows that an import left out.</param>
/// <param name="Files">Files written anew.</param>
public sealed record ErasedLinesReport(long Lines, int Files);

/// <summary>
/// Takes the lines of erased customers out of the files beside which they are noted: every table that names customers, and the rows that
/// imports left out. Each file by itself under a temporary name and a rename: killed at any point, the rest is done by the next run.
/// </summary>
public static class ErasedLines
{
    private const string Rejects = "rejects*.csv";

    private static readonly char[] s_delimiters = [',', ';', '\t', '|'];

    /// <summary>Looks through every file and rewrites those that hold lines of erased customers.</summary>
    /// <param name="pathOrFolder">A dataset folder, or its single file.</param>
    /// <param name="cancellation">Ends between two files.</param>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public static ErasedLinesReport Remove(string pathOrFolder, CancellationToken cancellation)
    {
        Erasures erasures = Erasures.Of(pathOrFolder);
        var report = new ErasedLinesReport(0, 0);
        if (erasures.Count == 0)
        {
            return report;
        }

        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        // The map goes last: without it a line that is still there would be taken for somebody else's.
        IdMap? map = PersonTables.MapOf(folder);
        foreach (var (_, path, columns, isMapped) in PersonTables.Of(folder))
        {
            List<(string File, Dictionary<int, bool[]> Rows)> files;
            using (SideTable table = SideTable.Open(path, columns, folder.Description, isMapped ? map : null))
            {
                files = [.. PersonTables.RowsOf(table, erasures.Contains, cancellation).GroupBy(r => r.Part.File)
                    .Select(g => (g.Key.Path, g.ToDictionary(r => r.Part.RowGroup, r => r.Rows)))];
            }

            foreach (var (file, rows) in files)
            {
                cancellation.ThrowIfCancellationRequested();
                RowRemoval.Run(file, rows);
                report = new ErasedLinesReport(report.Lines + rows.Values.Sum(r => (long)r.Count(gone => gone)), report.Files + 1);
            }
        }

        foreach (string file in Directory.EnumerateFiles(folder.Root, Rejects).Order(StringComparer.Ordinal).ToList())
        {
            cancellation.ThrowIfCancellationRequested();
            long gone = RemoveLeftOut(file, erasures);
            report = new ErasedLinesReport(report.Lines + gone, report.Files + (gone > 0 ? 1 : 0));
        }

        return report;
    }

    // A row that was left out stands there as it came: any of its fields may be the id, by itself or as its source names it.
    private static long RemoveLeftOut(string path, Erasures erasures)
    {
        string[] name = Path.GetFileNameWithoutExtension(path).Split('-');
        string? source = name.Length > 2 ? string.Join('-', name[1..^1]) : null;
        return SheetRows.Remove(path, _ => cells => cells.Skip(2).SelectMany(Fields)
            .Any(f => erasures.Contains(f) || (source is not null && erasures.Contains($"{source}:{f}"))));
    }

    private static IEnumerable<string> Fields(string row) => s_delimiters.SelectMany(d => row.Split(d))
        .Select(f => f.Trim().TrimStart('\'').Trim('"')).Where(f => f.Length > 0).Distinct(StringComparer.Ordinal);
}
