namespace Predictive.History.Import;

/// <summary>The product's <c>CsvRowSource</c> over Sep: the reading thread's chunks go through a <see cref="WideningReader"/>.</summary>
internal sealed class CsvRowSource
{
    private readonly CsvSource _source;
    private readonly CsvRows _rows;
    private bool _open;

    public CsvRowSource(CsvSource source, CsvRows rows)
    {
        (_source, _rows) = (source, rows);
        rows.RingFull = () => ChunkLeft?.Invoke(rows.Buffer);
    }

    public CsvRows Rows => _rows;

    public long Line => _rows.Line;

    public Action? ChunkTaken { get; set; }

    public Action<byte[]>? ChunkLeft { get; set; }

    /// <summary>The bytes of a source as chars, one for one.</summary>
    public static TextReader TextOf(CsvSource source) => new WideningReader(BytesOf(source).Read);

    /// <summary>The bytes of a source as one stream.</summary>
    public static Stream BytesOf(CsvSource source) => new ChunkStream(source);

    public bool Read()
    {
        if (!_open)
        {
            ChunkTaken?.Invoke();
            _rows.Open(TextOf(_source));
            _open = true;
        }

        return _rows.Read(last: true);
    }

    private sealed class ChunkStream(CsvSource source) : Stream
    {
        private CsvChunk _chunk;
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            while (_chunk.Buffer is null || _at == _chunk.End)
            {
                if (_chunk.Last)
                {
                    return 0;
                }

                CsvChunk next = source.Take();
                if (_chunk.Buffer is { } used)
                {
                    source.Return(used);
                }

                (_chunk, _at) = (next, next.Start);
            }

            int n = Math.Min(buffer.Length, _chunk.End - _at);
            _chunk.Buffer.AsSpan(_at, n).CopyTo(buffer);
            _at += n;
            return n;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
