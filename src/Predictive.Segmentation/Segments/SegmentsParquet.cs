using Predictive.History.Parquet;

namespace Predictive.Segmentation.Segments;

/// <summary>
/// The Parquet form of <see cref="SegmentsExport"/>, table by table: of a base that comes in parts, all under the same rules.
/// </summary>
/// <param name="stream">Where to; stays open.</param>
public sealed class SegmentsParquet(Stream stream) : IDisposable
{
    private const int Block = 1 << 16;
    private ParquetWriter? _writer;

    /// <summary>Writes the rows of a table.</summary>
    public void Add(SegmentTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        _writer ??= ParquetWriter.Create(
            stream,
            [
                ParquetField.String("customer_id"), ParquetField.Timestamp("as_of", isAdjustedToUtc: false),
                .. table.Columns.Select(c => c.Texts is null
                    ? ParquetField.Double(c.Metric.Name)
                    : ParquetField.String(c.Metric.Name, nullable: true)),
                ParquetField.String("segments"),
            ]);
        for (int start = 0; start < table.Count; start += Block)
        {
            int first = start, count = Math.Min(Block, table.Count - start);
            _writer.WriteRowGroup(
            [
                Enumerable.Range(first, count).Select(i => (string?)table.CustomerId(i)).ToArray(),
                Enumerable.Repeat(table.AsOf.Micros, count).ToArray(),
                .. table.Columns.Select(c => c.Texts is { } texts
                    ? (ColumnValues)texts.AsSpan(first, count).ToArray()
                    : ColumnValues.From(c.Numbers!.AsMemory(first, count))),
                Enumerable.Range(first, count).Select(i => (string?)SegmentsExport.SegmentsOf(table, i)).ToArray(),
            ]);
        }
    }

    /// <summary>Ends the file; without it, or where nothing was added, there is none.</summary>
    public void Complete() => _writer?.Complete();

    /// <inheritdoc/>
    public void Dispose() => _writer?.Dispose();
}
