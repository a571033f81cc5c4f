using System.Data;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using MiniExcelLibs;
using MiniExcelLibs.Attributes;
using MiniExcelLibs.OpenXml;

namespace Predictive.History.Sheets;

/// <summary>
/// A table as an Excel workbook of one sheet, streamed: the first row frozen and filtered, columns as wide as their beginning. Text stays
/// text and is defused (<see cref="SheetText"/>). Equal tables give equal bytes.
/// </summary>
internal static partial class ExcelSheet
{
    /// <summary>Rows a sheet holds under its header.</summary>
    public const int MostRows = 1_048_575;

    /// <summary>Characters a cell holds.</summary>
    public const int LongestText = 32_767;

    private const int SampleRows = 100;
    private const double Narrowest = 8, Widest = 60;

    /// <summary>Writes the workbook.</summary>
    /// <param name="stream">At its start; can seek and be read; left open.</param>
    /// <param name="name">Of the sheet.</param>
    /// <param name="columns">Names, each once.</param>
    /// <param name="rows">As many values as columns; an array may be used again for the next row.</param>
    /// <param name="raw">True = text is written as it is.</param>
    /// <param name="file">What a refusal calls the file.</param>
    /// <exception cref="DatasetException">More rows than a sheet holds, or a text longer than a cell.</exception>
    public static void Write(Stream stream, string name, IReadOnlyList<string> columns, IEnumerable<object?[]> rows, bool raw, string file)
    {
        var sample = new List<object?[]>();
        using IEnumerator<object?[]> source = rows.GetEnumerator();
        while (sample.Count < SampleRows && source.MoveNext())
        {
            sample.Add([.. source.Current]);
        }

        var configuration = new OpenXmlConfiguration
        {
            Culture = CultureInfo.InvariantCulture,
            TableStyles = TableStyles.None,
            DynamicColumns =
            [
                .. columns.Select((column, c) => new DynamicExcelColumn(column)
                {
                    Index = c,
                    Width = WidthOf(column, c, sample, raw),
                    Format = FormatOf(c, sample),
                }),
            ],
        };
        object table = sample.Count == 0 ? HeaderOnly(columns) : Rows(columns, sample, source, raw, file);
        stream.SaveAs(table, sheetName: name, configuration: configuration);
        RemoveClock(stream);
    }

    /// <summary>Refuses a table that is known to be too long, before anything is written.</summary>
    public static void RefuseBeyond(long rows, string file)
    {
        if (rows > MostRows)
        {
            throw new DatasetException(
                "too-many-rows",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file}: {rows:N0} rows do not fit into an Excel sheet, which holds {MostRows:N0} and a header. "
                    + $"Write .csv or .parquet instead."),
                file,
                count: rows);
        }
    }

    private static IEnumerable<Dictionary<string, object?>> Rows(
        IReadOnlyList<string> columns, List<object?[]> sample, IEnumerator<object?[]> rest, bool raw, string file)
    {
        var cells = new Dictionary<string, object?>(columns.Count, StringComparer.Ordinal);
        int count = 0;
        foreach (object?[] row in sample)
        {
            yield return Fill(row);
        }

        while (rest.MoveNext())
        {
            yield return Fill(rest.Current);
        }

        Dictionary<string, object?> Fill(object?[] row)
        {
            RefuseBeyond(++count, file);
            for (int c = 0; c < columns.Count; c++)
            {
                object? value = SheetCell.Excel(row[c], raw);
                if (value is string { Length: > LongestText } text)
                {
                    throw new DatasetException(
                        "text-too-long",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{file}: row {count + 1}, column {columns[c]} has {text.Length:N0} characters; "
                            + $"an Excel cell holds {LongestText:N0}. "
                            + $"Write .csv or .parquet instead."),
                        file,
                        columns[c]);
                }

                cells[columns[c]] = value;
            }

            return cells;
        }
    }

    /// <summary>Without a row the library takes the columns from a table only.</summary>
    private static DataTable HeaderOnly(IReadOnlyList<string> columns)
    {
        var table = new DataTable();
        foreach (string column in columns)
        {
            table.Columns.Add(column, typeof(string));
        }

        return table;
    }

    // Room for the arrow of the filter beside the name.
    private static double WidthOf(string column, int c, List<object?[]> sample, bool raw) =>
        Math.Clamp(sample.Select(row => SheetCell.Csv(row[c], raw).Length).Append(column.Length + 3).Max() + 1, Narrowest, Widest);

    private static string? FormatOf(int c, List<object?[]> sample)
    {
        var times = sample.Select(row => row[c]).OfType<LocalTime>().ToList();
        return times.Count == 0
            ? null
            : times.TrueForAll(i => i.Micros % LocalTime.MicrosPerDay == 0) ? "yyyy-mm-dd" : "yyyy-mm-dd hh:mm:ss";
    }

    /// <summary>
    /// The library draws a new identifier for the sheet each time, and the zip stamps its entries with the wall clock. Both are replaced
    /// where they stand: the sheet itself lies before the entries that are written anew, and is not touched.
    /// </summary>
    private static void RemoveClock(Stream stream)
    {
        stream.Position = 0;
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                if (entry.FullName is "xl/workbook.xml" or "xl/_rels/workbook.xml.rels")
                {
                    using Stream content = entry.Open();
                    using var reader = new StreamReader(content);
                    byte[] text = Encoding.UTF8.GetBytes(DrawnIdentifier().Replace(reader.ReadToEnd(), "Rsheet1"));
                    content.SetLength(0);
                    content.Write(text);
                }

                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            }
        }

        stream.Position = stream.Length;
    }

    [GeneratedRegex("R[0-9a-f]{32}")]
    private static partial Regex DrawnIdentifier();
}
