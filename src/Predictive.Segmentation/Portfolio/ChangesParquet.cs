using Predictive.History;
using Predictive.History.Parquet;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// <see cref="StateChanges"/> as Parquet, part by part: customer_id, as_of, since, what, from, to; a state that there was not is missing.
/// </summary>
/// <param name="stream">Where to; stays open.</param>
/// <param name="since">The earlier time.</param>
/// <param name="asOf">The later one.</param>
public sealed class ChangesParquet(Stream stream, LocalTime since, LocalTime asOf) : IDisposable
{
    private readonly ParquetWriter _writer = ParquetWriter.Create(
        stream,
        [
            ParquetField.String("customer_id"), ParquetField.Timestamp("as_of", isAdjustedToUtc: false),
            ParquetField.Timestamp("since", isAdjustedToUtc: false), ParquetField.String("what"),
            ParquetField.String("from", nullable: true), ParquetField.String("to", nullable: true),
        ]);

    /// <summary>Writes some.</summary>
    public void Add(IReadOnlyList<StateChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        foreach (StateChange[] block in changes.Chunk(1 << 16))
        {
            _writer.WriteRowGroup(
                Array.ConvertAll(block, c => (string?)c.CustomerId), Enumerable.Repeat(asOf.Micros, block.Length).ToArray(),
                Enumerable.Repeat(since.Micros, block.Length).ToArray(), Array.ConvertAll(block, c => (string?)c.What),
                Array.ConvertAll(block, c => c.From), Array.ConvertAll(block, c => c.To));
        }
    }

    /// <summary>Ends the file; without it there is none.</summary>
    public void Complete() => _writer.Complete();

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
