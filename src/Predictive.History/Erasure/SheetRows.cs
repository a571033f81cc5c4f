using nietras.SeparatedValues;
using Predictive.History.Sheets;

namespace Predictive.History.Erasure;

/// <summary>Takes rows out of a CSV file, whatever its columns; the file is replaced by a rename, and left where no row goes.</summary>
internal static class SheetRows
{
    /// <summary>Writes a file anew without some rows.</summary>
    /// <param name="path">The file: commas, a header.</param>
    /// <param name="choose">From the names of the columns what says of a row's cells that it goes; null = none of the file does.</param>
    /// <returns>Rows taken out.</returns>
    /// <exception cref="IOException">The disk is full, or fails; the file is what it was.</exception>
    public static long Remove(string path, Func<IReadOnlyList<string>, Func<string[], bool>?> choose)
    {
        var kept = new List<string[]>();
        long gone = 0;
        string[] header;
        using (SepReader reader = Sep.New(',').Reader(o => o with { Unescape = true, DisableColCountCheck = true }).FromFile(path))
        {
            header = [.. reader.Header.ColNames];
            if (choose(header) is not { } goes)
            {
                return 0;
            }

            foreach (SepReader.Row row in reader)
            {
                string[] cells = new string[row.ColCount];
                for (int c = 0; c < cells.Length; c++)
                {
                    cells[c] = row[c].ToString();
                }

                if (goes(cells))
                {
                    gone++;
                }
                else
                {
                    kept.Add(cells);
                }
            }
        }

        if (gone > 0)
        {
            AtomicFile.Write(path, stream =>
            {
                using var sheet = new CsvSheet(stream, header, raw: true);
                kept.ForEach(row => sheet.Write(row));
            });
        }

        return gone;
    }
}
