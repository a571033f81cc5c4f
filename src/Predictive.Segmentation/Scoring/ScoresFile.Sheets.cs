using Predictive.History;
using Predictive.History.Sheets;

namespace Predictive.Segmentation.Scoring;

/// <content>The forms a spreadsheet opens: CSV and Excel.</content>
public static partial class ScoresFile
{
    private static void WriteCsv(IEnumerable<Rows> blocks, Stream stream, bool raw)
    {
        using var sheet = new CsvSheet(stream, Columns, raw);
        foreach (object?[] row in Cells(blocks))
        {
            sheet.Write(row);
        }
    }

    private static void WriteExcel(IEnumerable<Rows> blocks, Stream stream, bool raw, string path) =>
        ExcelSheet.Write(stream, "scores", Columns, Cells(blocks), raw, path);

    /// <summary>A base that is too long is refused before its first row; one that comes in parts, as soon as a part is too many.</summary>
    private static IEnumerable<ScoreTable> Fitting(IEnumerable<ScoreTable> parts, string path)
    {
        long rows = 0;
        foreach (ScoreTable table in parts)
        {
            ExcelSheet.RefuseBeyond(rows += table.Count, path);
            yield return table;
        }
    }

    /// <summary>The rows in column order; one array, used again for each.</summary>
    private static IEnumerable<object?[]> Cells(IEnumerable<Rows> blocks)
    {
        object?[] cells = new object?[Columns.Count];
        foreach (Rows block in blocks)
        {
            ScoreTable table = block.Table;
            (object asOf, object model, object version) = (table.AsOf, table.Stamp.Name, table.Stamp.Version);
            for (int i = block.Start; i < block.Start + block.Count; i++)
            {
                int c = 0;
                cells[c++] = table.CustomerId(i);
                cells[c++] = asOf;
                cells[c++] = model;
                cells[c++] = version;
                cells[c++] = table.ChurnProbability[i];
                cells[c++] = table.ChurnPercentile[i];
                cells[c++] = table.BandName(i);
                cells[c++] = table.ClvExpected[i];
                cells[c++] = table.ClvLow[i];
                cells[c++] = table.ClvHigh[i];
                cells[c++] = table.ExpectedOrders[i];
                cells[c++] = table.RecencyDays[i];
                cells[c++] = table.Frequency[i];
                cells[c++] = table.Returns[i].ReturnedOrders;
                cells[c++] = table.Monetary[i];
                cells[c++] = (int)table.R[i];
                cells[c++] = (int)table.F[i];
                cells[c++] = (int)table.M[i];
                cells[c++] = table.RfmSegment[i];
                cells[c++] = table.LifecycleName(i);
                cells[c++] = table.TierName(i);
                cells[c++] = table.PredictedTierName(i);
                cells[c++] = table.CellName(i);
                cells[c++] = table.PortraitName(i);
                cells[c++] = block.Tags[i - block.Start];
                cells[c] = block.Reasons[i - block.Start];
                yield return cells;
            }
        }
    }
}
