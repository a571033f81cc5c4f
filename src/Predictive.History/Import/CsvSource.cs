
namespace Predictive.History.Import;

/// <summary>
/// Between <see cref="Start"/> and <see cref="End"/> lie data; room before and padding behind. The last chunk of a file says so.
/// </summary>
internal readonly record struct CsvChunk(byte[] Buffer, int Start, int End, bool Last);

/// <summary>The bytes of a CSV file, decompressed, as UTF-8 or Latin-1, in chunks that a thread of its own reads ahead.</summary>
/// <remarks>
/// <code>
/// chunk:  [ headroom | data ............ | padding ]
///           ^ the parser moves the incomplete row of the chunk before to here, so that a row is always contiguous
/// </code>
/// </remarks>
internal sealed class CsvSource : IDisposable
{
    /// <summary>Room before the data of a chunk for the incomplete row of the one before.</summary>
    public const int Headroom = 64 << 10;

    private const int DataBytes = 1 << 20;
    private const int ChunksAhead = 4;

    /// <summary>Of a table that is turned into text as it is read: enough to see its columns, and not much to turn twice.</summary>
    private const int WrittenHeadBytes = 128 << 10;

    private readonly SourceContent _content;
    private readonly string _path;
    private readonly Queue<CsvChunk> _ready = new();
    private readonly Stack<byte[]> _free = new();
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly CsvTranscoder? _transcoder;
    private bool _headTaken;
    private Exception? _fault;
    private bool _stop;

    private CsvSource(string path, SourceContent content, string? encoding)
    {
        (_path, _content) = (path, content);
        byte[] head = NewBuffer();
        int length = Fill(head, Headroom, content.IsWritten ? WrittenHeadBytes : DataBytes);
        (Encoding, int mark) = CsvEncodings.Detect(head.AsSpan(Headroom, length));
        HasMark = mark > 0;
        System.Text.Encoding? other = null;
        if (encoding is not null)
        {
            CsvEncoding found = Encoding;
            (Encoding, other) = CsvEncodings.Named(encoding);
            mark = Encoding == found ? mark : 0;
        }

        other ??= Encoding switch
        {
            CsvEncoding.Utf16LittleEndian => System.Text.Encoding.Unicode,
            CsvEncoding.Utf16BigEndian => System.Text.Encoding.BigEndianUnicode,
            _ => null,
        };
        EncodingName = encoding is not null && Encoding == CsvEncoding.Named ? other!.WebName : CsvEncodings.NameOf(Encoding);
        if (other is not null)
        {
            _transcoder = new CsvTranscoder(other, head.AsSpan(Headroom + mark, length - mark).ToArray());
            length = _transcoder.Read(this, head.AsSpan(Headroom, DataBytes));
            mark = 0;
        }

        Head = new CsvChunk(head, Headroom + mark, Headroom + length, false);
        _thread = new Thread(ReadAhead) { IsBackground = true, Name = "csv reader" };
    }

    /// <summary><c>none</c>, <c>gzip</c>, <c>zip</c>, <c>xlsx</c> or <c>parquet</c>, by the file's first bytes.</summary>
    public string Kind => _content.Kind;

    /// <summary>True where the CSV is made from a table: commas, decimal points.</summary>
    public bool IsWritten => _content.IsWritten;

    /// <summary>Told from the byte order mark or the first megabyte, or given.</summary>
    public CsvEncoding Encoding { get; }

    /// <summary>Its name, for a report.</summary>
    public string EncodingName { get; }

    /// <summary>True where a byte order mark says so.</summary>
    public bool HasMark { get; }

    /// <summary>The first chunk; to look at before it is taken.</summary>
    public CsvChunk Head { get; }

    /// <summary>Size of the file on disk.</summary>
    public long FileBytes => _content.FileBytes;

    /// <summary>Bytes of the file on disk read so far.</summary>
    public long BytesRead => _content.BytesRead;

    /// <summary>A guess at the number of rows, from the first chunk; text is taken to compress to a third.</summary>
    public long ExpectedRows(byte lineEnd)
    {
        long lines = Head.Buffer.AsSpan(Head.Start, Head.End - Head.Start).Count(lineEnd), bytes = Head.End - Head.Start;
        return Kind != "xlsx" && Kind != "parquet" && bytes < DataBytes / 2
            ? lines
            : (long)((double)FileBytes * (Kind == "none" ? 1 : 3) / bytes * lines);
    }

    /// <summary>Opens the source of the options and starts to read ahead.</summary>
    /// <param name="options">File, sheet, encoding.</param>
    /// <exception cref="DatasetException">It is not there, damaged, or something else.</exception>
    public static CsvSource Open(ImportOptions options)
    {
        SourceContent content = SourceContent.Open(options);
        try
        {
            return new CsvSource(options.Source, content, content.IsWritten ? "utf-8" : options.Encoding);
        }
        catch (Exception e)
        {
            content.Dispose();
            throw e is InvalidDataException ? DatasetFaults.DamagedGzip(options.Source, e.Message).Refuse(e) : e;
        }
    }

    /// <summary>Opens one file as it is.</summary>
    public static CsvSource Open(string path) => Open(new ImportOptions { Source = path, OutputFolder = "" });

    /// <summary>The next chunk; blocks until it is there. After the last one there is none.</summary>
    public CsvChunk Take()
    {
        lock (_gate)
        {
            if (!_headTaken)
            {
                // Whoever only looks at the beginning does not have the rest read.
                _headTaken = true;
                _thread.Start();
                return Head;
            }

            while (_ready.Count == 0)
            {
                if (_fault is not null)
                {
                    throw _fault is InvalidDataException ? DatasetFaults.DamagedGzip(_path, _fault.Message).Refuse(_fault)
                        : _fault is DatasetException refused
                            ? new DatasetException(refused.Findings, refused)
                            : new IOException(_fault.Message, _fault);
                }

                Monitor.Wait(_gate);
            }

            var chunk = _ready.Dequeue();
            Monitor.PulseAll(_gate);
            return chunk;
        }
    }

    /// <summary>Gives a chunk's buffer back for reuse.</summary>
    public void Return(byte[] buffer)
    {
        lock (_gate)
        {
            if (buffer.Length == NewBufferLength)
            {
                _free.Push(buffer);
            }
        }
    }

    /// <summary>SHA-256 of the whole file; only after the last chunk was taken.</summary>
    public string Sha256()
    {
        _thread.Join();
        return _content.Sha256();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stop = true;
            Monitor.PulseAll(_gate);
        }

        if (_headTaken)
        {
            _thread.Join();
        }

        _content.Dispose();
    }

    private const int NewBufferLength = Headroom + DataBytes + CsvRows.Padding;

    private static byte[] NewBuffer() => GC.AllocateUninitializedArray<byte>(NewBufferLength);

    /// <summary>Reads until the range is full or the content ends.</summary>
    internal int Fill(byte[] buffer, int start, int length) =>
        _content.Stream.ReadAtLeast(buffer.AsSpan(start, length), length, throwOnEndOfStream: false);

    private void ReadAhead()
    {
        try
        {
            while (true)
            {
                byte[] buffer;
                lock (_gate)
                {
                    while (_ready.Count >= ChunksAhead && !_stop)
                    {
                        Monitor.Wait(_gate);
                    }

                    if (_stop)
                    {
                        return;
                    }

                    buffer = _free.Count > 0 ? _free.Pop() : NewBuffer();
                }

                int length = _transcoder?.Read(this, buffer.AsSpan(Headroom, DataBytes)) ?? Fill(buffer, Headroom, DataBytes);
                bool last = length == 0;
                if (last)
                {
                    _content.Drain();
                }

                lock (_gate)
                {
                    _ready.Enqueue(new CsvChunk(buffer, Headroom, Headroom + length, last));
                    Monitor.PulseAll(_gate);
                }

                if (last)
                {
                    return;
                }
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _fault = e;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
