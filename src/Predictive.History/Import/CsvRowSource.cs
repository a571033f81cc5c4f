namespace Predictive.History.Import;

/// <summary>The rows of a file, chunk after chunk; a row cut by the end of a chunk is joined with its rest.</summary>
internal sealed class CsvRowSource(CsvSource source, CsvRows rows)
{
    private CsvChunk _chunk;
    private bool _started;
    private long _nextLine = 1;

    /// <summary>The current row.</summary>
    public CsvRows Rows => rows;

    /// <summary>Line number where the current row starts; the first line is 1.</summary>
    public long Line { get; private set; }

    /// <summary>Told before each chunk is taken.</summary>
    public Action? ChunkTaken { get; set; }

    /// <summary>Takes a chunk that no further row lies in, and gives it back to the source when it is done with it.</summary>
    public Action<byte[]>? ChunkLeft { get; set; }

    /// <summary>Reads a row; blank lines are rows of one empty field.</summary>
    public bool Read()
    {
        while (!_started || !rows.Read(_chunk.Last))
        {
            if (_started && _chunk.Last)
            {
                return false;
            }

            Advance();
        }

        Line = _nextLine;
        _nextLine += 1 + rows.InnerLines;
        return true;
    }

    private void Advance()
    {
        ChunkTaken?.Invoke();
        CsvChunk next = source.Take();
        if (!_started)
        {
            _started = true;
        }
        else
        {
            int left = _chunk.End - rows.RowStart;
            if (left <= next.Start)
            {
                Buffer.BlockCopy(_chunk.Buffer, rows.RowStart, next.Buffer, next.Start - left, left);
                next = next with { Start = next.Start - left };
            }
            else
            {
                // Longer than the headroom: a field of many lines, or a quote that never closes.
                byte[] joined = new byte[left + (next.End - next.Start) + CsvRows.Padding];
                Buffer.BlockCopy(_chunk.Buffer, rows.RowStart, joined, 0, left);
                Buffer.BlockCopy(next.Buffer, next.Start, joined, left, next.End - next.Start);
                source.Return(next.Buffer);
                next = new CsvChunk(joined, 0, joined.Length - CsvRows.Padding, next.Last);
            }

            (ChunkLeft ?? source.Return)(_chunk.Buffer);
        }

        _chunk = next;
        rows.Load(_chunk.Buffer, _chunk.Start, _chunk.End);
    }
}
