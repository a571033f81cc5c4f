using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using ClosedXML.Excel;
using Predictive.History;

namespace Predictive.Segmentation.Scoring;

/// <content>The Excel form.</content>
public static partial class ScoresFile
{
    private const int MostExcelRows = 1_048_575;

    private static IEnumerable<Rows> Fitting(IEnumerable<Rows> blocks, string path)
    {
        long rows = 0;
        foreach (Rows block in blocks)
        {
            // A table that is too long is refused before its first row; the parts of a base one after the other.
            rows += block.Count;
            if (Math.Max(rows, block.Table.Count) > MostExcelRows)
            {
                throw new DatasetException(
                    "too-many-rows", $"{path}: {Math.Max(rows, block.Table.Count):N0} customers and more do not fit into an Excel sheet ({MostExcelRows:N0} rows). Write .parquet or .csv instead.", path);
            }

            yield return block;
        }
    }

    private static void WriteExcel(IEnumerable<Rows> blocks, Stream stream)
    {
        using var book = new XLWorkbook();
        IXLWorksheet sheet = book.AddWorksheet("scores");
        for (int c = 0; c < Columns.Count; c++)
        {
            sheet.Cell(1, c + 1).SetValue(Columns[c]).Style.Font.SetBold();
        }

        int line = 2;
        AsOf asOf = default;
        foreach (Rows block in blocks)
        {
            asOf = block.Table.AsOf;
            for (int i = block.Start; i < block.Start + block.Count; i++, line++)
            {
                int c = 1;
                foreach (object value in block.Values(i))
                {
                    IXLCell cell = sheet.Cell(line, c++);
                    // Text stays text: 00001 is a customer, not the number one, and =1+1 is no formula.
                    _ = value switch
                    {
                        double number => cell.SetValue(number),
                        int number => cell.SetValue(number),
                        _ => cell.SetValue(value.ToString()).SetDataType(XLDataType.Text),
                    };
                }
            }
        }

        sheet.SheetView.FreezeRows(1);
        SaveWithoutClock(book, asOf, stream);
    }

    /// <summary>Saves a workbook so that equal ones give equal bytes: dated as of <paramref name="asOf"/>.</summary>
    internal static void SaveWithoutClock(XLWorkbook book, AsOf asOf, Stream stream)
    {
        book.Properties.Created = asOf.ToDateTime();
        book.Properties.Modified = asOf.ToDateTime();
        using var packed = new MemoryStream();
        book.SaveAs(packed);
        CopyWithoutClock(packed, stream);
    }

    /// <summary>
    /// The packaging library stamps entries with the wall clock and invents names for the properties part and the package's relationships;
    /// equal scores must give equal bytes.
    /// </summary>
    private static void CopyWithoutClock(MemoryStream packed, Stream stream)
    {
        const string Properties = "docProps/core.psmdcp";
        var entryTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        packed.Position = 0;
        using var source = new ZipArchive(packed, ZipArchiveMode.Read);
        using var target = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (ZipArchiveEntry entry in source.Entries)
        {
            bool isProperties = entry.FullName.EndsWith(".psmdcp", StringComparison.Ordinal);
            ZipArchiveEntry copy = target.CreateEntry(isProperties ? Properties : entry.FullName, CompressionLevel.Optimal);
            copy.LastWriteTime = entryTime;
            using Stream from = entry.Open(), to = copy.Open();
            if (entry.FullName != "_rels/.rels")
            {
                from.CopyTo(to);
                continue;
            }

            using var reader = new StreamReader(from);
            int number = 0;
            string text = PropertiesTarget().Replace(reader.ReadToEnd(), $"Target=\"/{Properties}\"");
            to.Write(Encoding.UTF8.GetBytes(InventedId().Replace(text, _ => string.Create(CultureInfo.InvariantCulture, $"Id=\"R{++number}\""))));
        }
    }

    [GeneratedRegex("Target=\"[^\"]*\\.psmdcp\"")]
    private static partial Regex PropertiesTarget();

    [GeneratedRegex("Id=\"R[0-9a-f]+\"")]
    private static partial Regex InventedId();
}
