using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Predictive.History.Import;

/// <summary>
/// A sheet of an Excel workbook as the rows of a CSV file: streamed, dates as dates whichever of its two calendars it counts by.
/// </summary>
internal static class WorkbookText
{
    private const int PieceBytes = 1 << 16;

    /// <summary>The rows of a sheet, its header as the first; empty rows are passed over.</summary>
    /// <param name="path">The workbook.</param>
    /// <param name="sheet">Its name; null = the first.</param>
    /// <exception cref="DatasetException">There is no such sheet, or the workbook is damaged.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Rows(string path, string? sheet)
    {
        using WorkbookSheet rows = Reading(path, () => WorkbookSheet.Open(path, sheet));
        var text = new CsvText();
        Func<bool> next = rows.Read;
        int width = 0;
        while (Reading(path, next))
        {
            int used = rows.Used;
            if (used == 0)
            {
                continue;
            }

            // The header says how wide the table is: cells right of it are remarks.
            width = width == 0 ? used : width;
            for (int c = 0; c < width; c++)
            {
                Add(text, c < used ? rows.Cells[c] : default);
            }

            text.EndRow();
            if (text.Length >= PieceBytes)
            {
                yield return text.Take();
            }
        }

        yield return text.Take();
    }

    private static void Add(CsvText text, WorkbookSheet.Cell cell)
    {
        switch (cell.Kind)
        {
            case WorkbookSheet.CellKind.Number:
                text.Add(cell.Number);
                break;
            case WorkbookSheet.CellKind.Time when cell.Number is >= 0 and < 1:
                // A time of day without a date.
                text.Add(
                    TimeSpan.FromMilliseconds(Math.Round(cell.Number * 86_400_000)).ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture));
                break;
            case WorkbookSheet.CellKind.Time when cell.Number is >= 0 and < 2_900_000:
                text.AddTime(
                    ((long)WorkbookSheet.Origin(cell.Number, cell.From1904) * LocalTime.MicrosPerDay)
                        + ((long)Math.Round(cell.Number * 86_400_000) * 1_000));
                break;
            case WorkbookSheet.CellKind.Time:
                text.Add("impossible");
                break;
            default:
                text.Add(cell.Text ?? "");
                break;
        }
    }

    private static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or XmlException or FormatException or OverflowException)
        {
            throw DatasetFaults.NotACsvFile(path, $"it is a damaged Excel workbook ({e.Message.TrimEnd('.')})").Refuse(e);
        }
    }
}
