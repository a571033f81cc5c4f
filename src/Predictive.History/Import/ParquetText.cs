using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>A Parquet file or folder as the rows of a CSV file, so that it is cleaned as one.</summary>
internal static class ParquetText
{
    private const int Batch = 8_192;

    /// <summary>
    /// Header and rows; flat columns and partitions. Times on the clock of <paramref name="timeZone"/>; those no calendar knows as text
    /// that none reads.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Rows(string path, string timeZone)
    {
        var clock = new LocalClock(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        using ParquetTable table = ParquetTable.Open(path);
        TableColumn[] columns = [.. table.ColumnNames.Select(n => table.Find(n)!).Where(c => c.IsTime || c.IsName || c.IsNumber)];
        var text = new CsvText();
        foreach (string name in columns.Select(c => c.Name).Concat(table.PartitionColumns))
        {
            text.Add(name);
        }

        text.EndRow();
        yield return text.Take();
        var pools = columns.Select(_ => new TextPool()).ToArray();
        int[][] codes = [.. columns.Select(_ => new int[Batch])];
        long[][] times = [.. columns.Select(c => c.IsTime ? new long[Batch] : [])];
        double[][] numbers = [.. columns.Select(c => c.IsTime || IsText(c) ? [] : new double[Batch])];
        bool[] missing = new bool[Batch];
        foreach (TablePart part in table.Parts)
        {
            using PartReader rows = part.Open();
            ColumnBatches[] open = [.. columns.Select(rows.Column)];
            for (int first = 0; first < part.Rows; first += Batch)
            {
                int n = Math.Min(Batch, part.Rows - first);
                for (int c = 0; c < columns.Length; c++)
                {
                    Read(columns[c], open[c], times[c], codes[c], numbers[c], pools[c], missing, n, clock);
                }

                for (int i = 0; i < n; i++)
                {
                    for (int c = 0; c < columns.Length; c++)
                    {
                        Write(text, columns[c], i, times[c], codes[c], numbers[c], pools[c]);
                    }

                    foreach (string partition in table.PartitionColumns)
                    {
                        text.Add(part.File.Partition[partition] ?? "");
                    }

                    text.EndRow();
                }

                yield return text.Take();
            }
        }
    }

    /// <summary>Names and whole numbers pass as text, digit for digit; what may have a fraction as a number.</summary>
    private static bool IsText(TableColumn column) => column.IsName && !column.HasFraction;

    private static void Read(
        TableColumn column, ColumnBatches batches, long[] times, int[] codes, double[] numbers, TextPool pool, bool[] missing, int n,
        LocalClock clock)
    {
        if (column.IsTime)
        {
            batches.ReadTimes(times.AsSpan(0, n), clock);
        }
        else if (IsText(column))
        {
            batches.ReadCodes(codes.AsSpan(0, n), pool);
        }
        else
        {
            batches.ReadNumbers(numbers.AsSpan(0, n), missing.AsSpan(0, n));
            for (int i = 0; i < n; i++)
            {
                numbers[i] = missing[i] ? double.NaN : numbers[i];
            }
        }
    }

    private static void Write(CsvText text, TableColumn column, int i, long[] times, int[] codes, double[] numbers, TextPool pool)
    {
        if (!column.IsTime)
        {
            if (IsText(column))
            {
                text.Add(codes[i] < 0 ? default : pool.Bytes(codes[i]));
            }
            else
            {
                text.Add(numbers[i]);
            }
        }
        else if (times[i] == ColumnBatches.MissingTime)
        {
            text.Add("");
        }
        else if (times[i] == ColumnBatches.ImpossibleTime)
        {
            text.Add("impossible");
        }
        else
        {
            text.AddTime(times[i]);
        }
    }
}
