using System.Text.Encodings.Web;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Sheets;
using Predictive.Segmentation.Registry;

namespace Predictive.Segmentation.Portfolio;

/// <summary>One column of a list: its header, and a row's value.</summary>
/// <typeparam name="T">A row.</typeparam>
/// <param name="Name">Lower case, underscores; each once.</param>
/// <param name="Of">The value: text, a number or an <see cref="LocalTime"/>; null = an empty cell.</param>
public readonly record struct ListColumn<T>(string Name, Func<T, object?> Of);

/// <summary>
/// A list as a file a marketer opens: .csv, .xlsx or .json. Equal lists give equal bytes. Text that a spreadsheet would run is defused in
/// the first two (<see cref="SheetText"/>).
/// </summary>
public static class ListFile
{
    private const int RowGroup = 1 << 17;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes columns of text as Parquet, whole or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="names">Of the columns; none of them twice.</param>
    /// <param name="rows">A text per column; null = missing.</param>
    public static void WriteParquet(string path, IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<string?>> rows)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(rows);
        AtomicFile.Write(path, stream =>
        {
            using var writer = ParquetWriter.Create(stream, [.. names.Select(n => ParquetField.String(n, nullable: true))]);
            foreach (IReadOnlyList<string?>[] part in rows.Chunk(RowGroup))
            {
                writer.WriteRowGroup(
                    [.. Enumerable.Range(0, names.Count).Select(c => (ColumnValues)Array.ConvertAll(part, r => r[c]))]);
            }

            writer.Complete();
        });
    }

    /// <summary>Writes the file, whole or not at all; the ending chooses the format.</summary>
    /// <param name="path">Ends with .csv, .xlsx or .json.</param>
    /// <param name="document">What JSON holds.</param>
    /// <param name="rows">What the tables hold.</param>
    /// <param name="columns">Their columns.</param>
    /// <param name="rawCells">True = text is written as it is, even where a spreadsheet would run it.</param>
    /// <exception cref="DatasetException">Another ending, or more than Excel holds.</exception>
    public static void Write<T>(
        string path, object document, IReadOnlyList<T> rows, IReadOnlyList<ListColumn<T>> columns, bool rawCells = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(rows);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending is not (".csv" or ".xlsx" or ".json"))
        {
            throw new DatasetException(
                "unknown-format", $"{path}: the ending is '{ending}'; expected .csv, .xlsx or .json. Choose one of these.", path);
        }

        if (ending == ".xlsx")
        {
            ExcelSheet.RefuseBeyond(rows.Count, path);
        }

        AtomicFile.Write(path, stream => Write(stream, ending[1..], document, rows, columns, rawCells, path));
    }

    /// <summary>Writes the list to a stream, which stays open.</summary>
    /// <param name="stream">Where to; for xlsx at its start, and one that can seek and be read.</param>
    /// <param name="format">csv, xlsx or json.</param>
    /// <param name="document">What JSON holds.</param>
    /// <param name="rows">What the tables hold.</param>
    /// <param name="columns">Their columns.</param>
    /// <param name="rawCells">As above.</param>
    /// <param name="name">What a refusal calls the list.</param>
    /// <exception cref="ArgumentException">Another format.</exception>
    /// <exception cref="DatasetException">More than Excel holds.</exception>
    public static void Write<T>(
        Stream stream,
        string format,
        object document,
        IReadOnlyList<T> rows,
        IReadOnlyList<ListColumn<T>> columns,
        bool rawCells = false,
        string name = "The list")
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        string[] names = [.. columns.Select(c => c.Name)];
        IEnumerable<object?[]> cells = rows.Select(row => columns.Select(column => column.Of(row)).ToArray());
        switch (format)
        {
            case "csv":
                using (var sheet = new CsvSheet(stream, names, rawCells))
                {
                    foreach (object?[] row in cells)
                    {
                        sheet.Write(row);
                    }
                }

                break;
            case "xlsx":
                ExcelSheet.Write(stream, "list", names, cells, rawCells, name);
                break;
            case "json":
                JsonSerializer.Serialize(stream, document, s_json);
                break;
            default:
                throw new ArgumentException($"The format is '{format}'; expected csv, xlsx or json.", nameof(format));
        }
    }
}
