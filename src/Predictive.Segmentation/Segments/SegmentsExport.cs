using Predictive.History;
using Predictive.History.Sheets;

namespace Predictive.Segmentation.Segments;

/// <summary>
/// A segment table as a file: one row per customer, <c>customer_id</c>, <c>as_of</c>, a column per metric under its name, and
/// <c>segments</c>, the own segments joined with <c> | </c>. Written whole or not at all; equal tables give equal bytes.
/// </summary>
public static class SegmentsExport
{
    /// <summary>Writes the file; the ending chooses the format.</summary>
    /// <param name="table">What to write.</param>
    /// <param name="path">Ends with .parquet, .csv or .xlsx.</param>
    /// <param name="rawCells">True = text in CSV and Excel is written as it is, even where a spreadsheet would run it.</param>
    /// <exception cref="DatasetException">Another ending, or more rows than Excel holds.</exception>
    public static void Write(SegmentTable table, string path, bool rawCells = false)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(path);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        Action<Stream> write = ending switch
        {
            ".parquet" => stream => WriteParquet(table, stream),
            ".csv" => stream =>
            {
                using var sheet = new CsvSheet(stream, Columns(table), rawCells);
                foreach (object?[] row in Cells(table))
                {
                    sheet.Write(row);
                }
            },
            ".xlsx" => stream => ExcelSheet.Write(stream, "segments", Columns(table), Cells(table), rawCells, path),
            _ => throw new DatasetException(
                "unknown-format", $"{path}: the ending is '{ending}'; expected .parquet, .csv or .xlsx. Choose one of these.", path),
        };
        if (ending == ".xlsx")
        {
            ExcelSheet.RefuseBeyond(table.Count, path);
        }

        AtomicFile.Write(path, write);
    }

    /// <summary>The columns of the file.</summary>
    public static IReadOnlyList<string> Columns(SegmentTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return ["customer_id", "as_of", .. table.Columns.Select(c => c.Metric.Name), "segments"];
    }

    internal static string SegmentsOf(SegmentTable table, int row) =>
        string.Join(" | ", table.OwnSegments.Where(s => s.Members[row]).Select(s => s.Name));

    // One array, used again for each row.
    private static IEnumerable<object?[]> Cells(SegmentTable table)
    {
        object?[] cells = new object?[table.Columns.Count + 3];
        object asOf = table.AsOf;
        for (int i = 0; i < table.Count; i++)
        {
            int c = 0;
            cells[c++] = table.CustomerId(i);
            cells[c++] = asOf;
            foreach (SegmentColumn column in table.Columns)
            {
                cells[c++] = column.Texts is { } texts ? texts[i] : double.IsFinite(column.Numbers![i]) ? column.Numbers[i] : null;
            }

            cells[c] = SegmentsOf(table, i);
            yield return cells;
        }
    }

    private static void WriteParquet(SegmentTable table, Stream stream)
    {
        using var writer = new SegmentsParquet(stream);
        writer.Add(table);
        writer.Complete();
    }
}
