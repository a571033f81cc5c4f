using System.Globalization;
using System.IO.Compression;
using MiniExcelLibs;
using MiniExcelLibs.OpenXml;

namespace Predictive.History.Import;

/// <summary>A sheet of an Excel workbook as the rows of a CSV file: streamed, dates as dates whichever of its two calendars it counts by.</summary>
internal static class WorkbookText
{
    private const int PieceBytes = 1 << 16;

    // From 1900-01-01 to 1904-01-01 in Excel's counting.
    private const int DaysTo1904 = 1462;

    /// <summary>The rows of a sheet, its header as the first.</summary>
    /// <param name="path">The workbook.</param>
    /// <param name="sheet">Its name; null = the first.</param>
    /// <exception cref="DatasetException">There is no such sheet, or the workbook is damaged.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Rows(string path, string? sheet)
    {
        List<string> sheets = Reading(path, () => MiniExcel.GetSheetNames(path));
        if (sheet is not null && !sheets.Contains(sheet))
        {
            throw DatasetFaults.Blocking("missing-sheet", $"'{path}' has no sheet '{sheet}'; it has {string.Join(", ", sheets)}. Name one of these with --sheet.", path).Refuse();
        }

        bool from1904 = Reading(path, () => CountsFrom1904(path));
        var configuration = new OpenXmlConfiguration { Culture = CultureInfo.InvariantCulture, EnableSharedStringCache = true };
        var text = new CsvText();
        using IEnumerator<IDictionary<string, object?>> rows = Reading(path, () => MiniExcel.Query(path, false, sheet ?? sheets[0], ExcelType.XLSX, "A1", configuration)
            .Cast<IDictionary<string, object?>>().GetEnumerator());
        int width = 0;
        while (Reading(path, rows.MoveNext))
        {
            object?[] cells = [.. rows.Current.Values];
            int used = Array.FindLastIndex(cells, c => c is not null and not "") + 1;
            if (used == 0)
            {
                continue;
            }

            // The header says how wide the table is: cells right of it are remarks, rows end where the last filled cell is.
            width = width == 0 ? used : width;
            for (int c = 0; c < width; c++)
            {
                Add(text, c < cells.Length ? cells[c] : null, from1904);
            }

            text.EndRow();
            if (text.Length >= PieceBytes)
            {
                yield return text.Take();
            }
        }

        yield return text.Take();
    }

    private static void Add(CsvText text, object? cell, bool from1904)
    {
        switch (cell)
        {
            case null:
                text.Add("");
                break;
            case double number:
                text.Add(number);
                break;
            case DateTime time:
                text.AddTime(AsOf.From(from1904 ? time.AddDays(DaysTo1904) : time).Micros);
                break;
            case TimeSpan span:
                text.Add(span.ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture));
                break;
            default:
                text.Add(Convert.ToString(cell, CultureInfo.InvariantCulture) ?? "");
                break;
        }
    }

    private static bool CountsFrom1904(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        using var reader = new StreamReader(archive.GetEntry("xl/workbook.xml")!.Open());
        string workbook = reader.ReadToEnd();
        return workbook.Contains("date1904=\"1\"", StringComparison.Ordinal) || workbook.Contains("date1904=\"true\"", StringComparison.Ordinal);
    }

    private static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or System.Xml.XmlException or NotSupportedException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw DatasetFaults.NotACsvFile(path, $"it is a damaged Excel workbook ({e.Message.TrimEnd('.')})").Refuse(e);
        }
    }
}
