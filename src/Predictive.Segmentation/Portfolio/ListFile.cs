using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClosedXML.Excel;
using CsvHelper;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Portfolio;

/// <summary>One column of a list: its header, and a row's value (text, a whole number or a double).</summary>
/// <typeparam name="T">A row.</typeparam>
/// <param name="Name">Lower case, underscores.</param>
/// <param name="Of">The value; null = an empty cell.</param>
public readonly record struct ListColumn<T>(string Name, Func<T, object?> Of);

/// <summary>A list as a file a marketer opens: .csv, .xlsx or .json. Equal lists give equal bytes.</summary>
public static class ListFile
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file, whole or not at all; the ending chooses the format.</summary>
    /// <param name="path">Ends with .csv, .xlsx or .json.</param>
    /// <param name="document">What JSON holds.</param>
    /// <param name="rows">What the tables hold.</param>
    /// <param name="columns">Their columns.</param>
    /// <param name="asOf">Stands in the Excel file's properties, where a clock would make equal lists differ.</param>
    /// <exception cref="DatasetException">Another ending.</exception>
    public static void Write<T>(string path, object document, IReadOnlyList<T> rows, IReadOnlyList<ListColumn<T>> columns, AsOf asOf)
    {
        ArgumentNullException.ThrowIfNull(path);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending is not (".csv" or ".xlsx" or ".json"))
        {
            throw new DatasetException("unknown-format", $"{path}: the ending is '{ending}'; expected .csv, .xlsx or .json. Choose one of these.", path);
        }

        AtomicFile.Write(path, stream => Write(stream, ending[1..], document, rows, columns, asOf));
    }

    /// <summary>Writes the list to a stream, which stays open.</summary>
    /// <inheritdoc cref="Write{T}(string, object, IReadOnlyList{T}, IReadOnlyList{ListColumn{T}}, AsOf)"/>
    /// <param name="stream">Where to.</param>
    /// <param name="format">csv, xlsx or json.</param>
    /// <param name="document">What JSON holds.</param>
    /// <param name="rows">What the tables hold.</param>
    /// <param name="columns">Their columns.</param>
    /// <param name="asOf">As above.</param>
    /// <exception cref="ArgumentException">Another format.</exception>
    public static void Write<T>(Stream stream, string format, object document, IReadOnlyList<T> rows, IReadOnlyList<ListColumn<T>> columns, AsOf asOf)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        switch (format)
        {
            case "csv":
                Csv(stream, rows, columns);
                break;
            case "xlsx":
                Excel(stream, rows, columns, asOf);
                break;
            case "json":
                JsonSerializer.Serialize(stream, document, s_json);
                break;
            default:
                throw new ArgumentException($"The format is '{format}'; expected csv, xlsx or json.", nameof(format));
        }
    }

    private static void Csv<T>(Stream stream, IReadOnlyList<T> rows, IReadOnlyList<ListColumn<T>> columns)
    {
        using var csv = CsvWriter.Create(stream, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
        csv.WriteHeader([.. columns.Select(c => c.Name)]);
        foreach (T row in rows)
        {
            foreach (ListColumn<T> column in columns)
            {
                csv.WriteField(column.Of(row) is double number ? number.ToString("R", CultureInfo.InvariantCulture) : Convert.ToString(column.Of(row), CultureInfo.InvariantCulture));
            }

            csv.EndRecord();
        }
    }

    private static void Excel<T>(Stream stream, IReadOnlyList<T> rows, IReadOnlyList<ListColumn<T>> columns, AsOf asOf)
    {
        using var book = new XLWorkbook();
        IXLWorksheet sheet = book.AddWorksheet("list");
        for (int c = 0; c < columns.Count; c++)
        {
            sheet.Cell(1, c + 1).SetValue(columns[c].Name).Style.Font.SetBold();
            for (int r = 0; r < rows.Count; r++)
            {
                // Text stays text: 00001 is a customer, not the number one, and =1+1 is no formula.
                IXLCell cell = sheet.Cell(r + 2, c + 1);
                _ = columns[c].Of(rows[r]) switch
                {
                    null => cell,
                    string text => cell.SetValue(text).SetDataType(XLDataType.Text),
                    object number => cell.SetValue(Convert.ToDouble(number, CultureInfo.InvariantCulture)),
                };
            }
        }

        sheet.SheetView.FreezeRows(1);
        ScoresFile.SaveWithoutClock(book, asOf, stream);
    }
}
