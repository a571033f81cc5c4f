using Predictive.History.Parquet;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Sheets;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// A scores file: one row per customer, <see cref="Columns"/> in that order, as Parquet, CSV or Excel. Written whole or not at all; equal
/// scores give equal bytes.
/// </summary>
/// <remarks>
/// Money is in whole cents; numbers are written exactly (in CSV as the shortest text that reads back to the same double), tags and reasons
/// joined by <c> | </c>.
/// Text that a spreadsheet would run is defused in CSV and Excel (<see cref="SheetText"/>), never in Parquet.
/// </remarks>
public static partial class ScoresFile
{
    /// <summary>The columns.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "customer_id", "as_of", "model", "version", "churn_probability", "churn_percentile", "churn_band", "clv_expected", "clv_low",
        "clv_high",
        "expected_orders", "recency_days", "frequency", "returned_orders", "monetary", "r", "f", "m", "rfm_segment", "lifecycle", "tier",
        "predicted_tier", "value_matrix", "portrait", "tags", "reasons",
    ];

    private const int Block = 1 << 15;
    private const int MostTogether = 1 << 14; // customers explained at once by one thread: see TreeShap
    private const string Separator = " | ";

    /// <summary>Writes the file; the ending chooses the format.</summary>
    /// <param name="scorer">What made the scores; finds the words.</param>
    /// <param name="table">The scores.</param>
    /// <param name="path">Ends with <c>.parquet</c>, <c>.csv</c> or <c>.xlsx</c>.</param>
    /// <param name="progress">Told after each block.</param>
    /// <param name="cancellation">Ends the writing early; an older file stays.</param>
    /// <param name="rawCells">True = text in CSV and Excel is written as it is, even where a spreadsheet would run it.</param>
    /// <exception cref="DatasetException">Another ending, or more rows than Excel holds.</exception>
    public static void Write(
        CustomerScorer scorer, ScoreTable table, string path, IProgress<ScoreProgress>? progress = null,
        CancellationToken cancellation = default, bool rawCells = false)
    {
        ArgumentNullException.ThrowIfNull(table);
        Write(scorer, [table], path, progress, cancellation, rawCells);
    }

    /// <summary>
    /// Writes the scores of a base scored part by part, each part as it comes: the rows of the one file are the same; a Parquet file has
    /// its row groups elsewhere.
    /// </summary>
    /// <param name="scorer">As in the other form.</param>
    /// <param name="parts">From <see cref="CustomerScorer.ScoreParts"/>: at least one.</param>
    /// <param name="path">As in the other form.</param>
    /// <param name="progress">Told after each block of each part.</param>
    /// <param name="cancellation">As in the other form.</param>
    /// <param name="rawCells">As in the other form.</param>
    /// <exception cref="DatasetException">Another ending, or more rows than Excel holds.</exception>
    public static void Write(
        CustomerScorer scorer,
        IEnumerable<ScoreTable> parts,
        string path,
        IProgress<ScoreProgress>? progress = null,
        CancellationToken cancellation = default,
        bool rawCells = false)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(path);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        IEnumerable<Rows> blocks = parts.SelectMany(table => Blocks(scorer, table, progress, cancellation));
        Action<Stream> write = ending switch
        {
            ".parquet" => stream => WriteParquet(blocks, stream),
            ".csv" => stream => WriteCsv(blocks, stream, rawCells),
            ".xlsx" =>
                stream => WriteExcel(
                    Fitting(parts, path).SelectMany(table => Blocks(scorer, table, progress, cancellation)), stream, rawCells, path),
            _ => throw new DatasetException(
                "unknown-format", $"{path}: the ending is '{ending}'; expected .parquet, .csv or .xlsx. Choose one of these.", path),
        };
        AtomicFile.Write(path, write);
    }

    /// <summary>The words of a block of rows, beside the table's numbers.</summary>
    private sealed record Rows(ScoreTable Table, int Start, int Count, string[] Tags, string[] Reasons);

    private static IEnumerable<Rows> Blocks(
        CustomerScorer scorer, ScoreTable table, IProgress<ScoreProgress>? progress, CancellationToken cancellation)
    {
        int together = Math.Clamp(Math.Min(table.Count, Block) / Environment.ProcessorCount, 16, MostTogether);

        // A block is worked out while the one before it is written.
        Task<Rows> next = Task.Run(() => Of(0), cancellation);
        for (int start = 0; start < table.Count; start += Block)
        {
            int after = start + Block;
            Rows rows = next.GetAwaiter().GetResult();
            if (after < table.Count)
            {
                next = Task.Run(() => Of(after), cancellation);
            }

            yield return rows;
            progress?.Report(new ScoreProgress(start + rows.Count, table.Count));
        }

        Rows Of(int start)
        {
            int count = Math.Min(Block, table.Count - start);
            var rows = new Rows(table, start, count, new string[count], new string[count]);
            Parallel.For(0, (count + together - 1) / together, new ParallelOptions { CancellationToken = cancellation }, block =>
            {
                int from = block * together, some = Math.Min(together, count - from);
                scorer.Words(
                    table.History, table.Customers.AsSpan(start + from, some), table.AsOf, Separator, rows.Tags.AsSpan(from, some),
                    rows.Reasons.AsSpan(from, some));
            });
            return rows;
        }
    }

    private static void WriteParquet(IEnumerable<Rows> blocks, Stream stream)
    {
        ParquetField[] fields =
        [
            ParquetField.String("customer_id"), ParquetField.Timestamp("as_of", isAdjustedToUtc: false), ParquetField.String("model"),
            ParquetField.Int32("version"), ParquetField.Double("churn_probability"), ParquetField.Double("churn_percentile"),
            ParquetField.String("churn_band"), ParquetField.Double("clv_expected"), ParquetField.Double("clv_low"),
            ParquetField.Double("clv_high"),
            ParquetField.Double("expected_orders"), ParquetField.Int32("recency_days"), ParquetField.Int32("frequency"),
            ParquetField.Int32("returned_orders"),
            ParquetField.Double("monetary"), ParquetField.Int32("r"), ParquetField.Int32("f"), ParquetField.Int32("m"),
            ParquetField.String("rfm_segment"), ParquetField.String("lifecycle"), ParquetField.String("tier"),
            ParquetField.String("predicted_tier"),
            ParquetField.String("value_matrix"), ParquetField.String("portrait"), ParquetField.String("tags"),
            ParquetField.String("reasons"),
        ];
        using var writer = ParquetWriter.Create(stream, fields);
        foreach (Rows[] group in Groups(blocks))
        {
            ScoreTable table = group[0].Table;
            int start = group[0].Start, count = group.Sum(g => g.Count);
            Rows rows = new(table, start, count, [.. group.SelectMany(g => g.Tags)], [.. group.SelectMany(g => g.Reasons)]);
            writer.WriteRowGroup(
                Text(i => table.CustomerId(i)),
                Filled(table.AsOf.Micros),
                Text(_ => table.Stamp.Name),
                Filled(table.Stamp.Version),
                Part(table.ChurnProbability),
                Part(table.ChurnPercentile),
                Text(table.BandName),
                Part(table.ClvExpected),
                Part(table.ClvLow),
                Part(table.ClvHigh),
                Part(table.ExpectedOrders),
                Ints(i => table.RecencyDays[i]),
                Ints(i => table.Frequency[i]),
                Ints(i => table.Returns[i].ReturnedOrders),
                Part(table.Monetary),
                Ints(i => table.R[i]),
                Ints(i => table.F[i]),
                Ints(i => table.M[i]),
                Text(i => table.RfmSegment[i]),
                Text(table.LifecycleName),
                Text(table.TierName),
                Text(table.PredictedTierName),
                Text(table.CellName),
                Text(table.PortraitName),
                rows.Tags,
                rows.Reasons);

            ColumnValues Part(double[] values) => ColumnValues.From(values.AsMemory(start, count));
            ColumnValues Ints(Func<int, int> value) => Enumerable.Range(start, count).Select(value).ToArray();
            ColumnValues Text(Func<int, string> value) => Enumerable.Range(start, count).Select(value).ToArray<string?>();
            ColumnValues Filled<T>(T value)
                where T : struct =>
                    value is long micros
                        ? Enumerable.Repeat(micros, count).ToArray()
                        : Enumerable.Repeat((int)(object)value, count).ToArray();
        }

        writer.Complete();
    }

    /// <summary>Row groups of two blocks of one table: large enough to read fast, small enough to hold the words of.</summary>
    private static IEnumerable<Rows[]> Groups(IEnumerable<Rows> blocks)
    {
        var group = new List<Rows>();
        foreach (Rows block in blocks)
        {
            if (group.Count == 2 || (group.Count > 0 && group[0].Table != block.Table))
            {
                yield return [.. group];
                group.Clear();
            }

            group.Add(block);
        }

        if (group.Count > 0)
        {
            yield return [.. group];
        }
    }
}
