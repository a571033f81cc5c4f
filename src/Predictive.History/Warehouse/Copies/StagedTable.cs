using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.History.Warehouse.Copies;

/// <summary>
/// Lines that stream into a Parquet file: one batch is encoded while the next fills, so two batches are in memory, however many lines
/// there are. The file appears under its name when all is written and flushed.
/// </summary>
internal sealed class StagedTable : ILineSink, IDisposable
{
    /// <summary>Lines of a row group.</summary>
    public const int BatchLines = 1 << 18;

    private readonly ParquetWriter _writer;
    private readonly LineBatch[] _batches;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly long _expected;
    private Task _writing = Task.CompletedTask;
    private int _filling;
    private long _done;

    /// <summary>Begins a file under a temporary name.</summary>
    /// <param name="path">Its own name.</param>
    /// <param name="columns">What it holds.</param>
    /// <param name="notes">Kept in its footer.</param>
    /// <param name="expected">Lines counted before, for progress.</param>
    /// <param name="progress">Told after each batch.</param>
    public StagedTable(
        string path, IReadOnlyList<SourceColumn> columns, IReadOnlyDictionary<string, string> notes, long expected,
        IProgress<LoadProgress>? progress)
    {
        int lines = (int)Math.Clamp(expected, 1, BatchLines);
        (_batches, _expected, _progress) = ([new LineBatch(columns, lines), new LineBatch(columns, lines)], expected, progress);
        _writer = ParquetWriter.Create(path, [.. columns.Select(LineColumn.FieldOf)], notes);
    }

    /// <inheritdoc/>
    public LineBatch Current => _batches[_filling];

    /// <inheritdoc/>
    public void Next()
    {
        _writing.GetAwaiter().GetResult();
        LineBatch full = Current;
        _filling ^= 1;
        Current.Clear();
        _done += full.Count;
        _progress?.Report(new LoadProgress(_done, Math.Max(_done, _expected)));
        _writing = Task.Run(() => _writer.WriteRowGroup([.. full.Columns.Select(c => c.Values(full.Count))]));
    }

    /// <summary>Writes what is left, flushes and gives the file its name.</summary>
    /// <param name="before">Done when all is written and flushed, before the file has its name.</param>
    public void Complete(Action before)
    {
        Next();
        _writing.GetAwaiter().GetResult();
        _writer.Complete(before);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _writing.Wait();
        }
        catch (AggregateException)
        {
            // Told where it mattered; here only the file is to be let go.
        }

        _writer.Dispose();
    }
}
