
namespace Predictive.History.Import;

/// <summary>Between <see cref="Start"/> and <see cref="End"/> lie data; room before and padding behind. The last chunk of a file says so.</summary>
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

    private readonly HashingStream _file;
    private readonly Stream _content;
    private readonly string _path;
    private readonly Queue<CsvChunk> _ready = new();
    private readonly Stack<byte[]> _free = new();
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly CsvTranscoder? _transcoder;
    private bool _headTaken;
    private Exception? _fault;
    private bool _stop;

    private CsvSource(string path, HashingStream file, Stream content, bool gzip, string? encoding)
    {
        (_path, _file, _content, Gzip) = (path, file, content, gzip);
        byte[] head = NewBuffer();
        int length = Fill(head, Headroom, DataBytes);
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
        _thread.Start();
    }

    /// <summary>True where the file is gzip, by its first two bytes.</summary>
    public bool Gzip { get; }

    /// <summary>Told from the byte order mark or the first megabyte, or given.</summary>
    public CsvEncoding Encoding { get; }

    /// <summary>Its name, for a report.</summary>
    public string EncodingName { get; }

    /// <summary>True where a byte order mark says so.</summary>
    public bool HasMark { get; }

    /// <summary>The first chunk; to look at before it is taken.</summary>
    public CsvChunk Head { get; }

    /// <summary>Size of the file on disk.</summary>
    public long FileBytes => _file.Length;

    /// <summary>Bytes of the file on disk read so far.</summary>
    public long BytesRead => _file.BytesRead;

    /// <summary>A guess at the number of rows, from the first chunk; text is taken to compress to a third.</summary>
    public long ExpectedRows(byte lineEnd)
    {
        long lines = Head.Buffer.AsSpan(Head.Start, Head.End - Head.Start).Count(lineEnd), bytes = Head.End - Head.Start;
        return bytes < DataBytes / 2 ? lines : (long)((double)FileBytes * (Gzip ? 3 : 1) / bytes * lines);
    }

    /// <summary>Opens a file and starts to read ahead.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding by name; null = detected.</param>
    public static CsvSource Open(string path, string? encoding = null)
    {
        if (Directory.Exists(path))
        {
            throw DatasetFaults.NotACsvFile(path, "it is a folder").Refuse();
        }

        if (!File.Exists(path))
        {
            throw DatasetFaults.MissingSource(path).Refuse();
        }

        HashingStream? file = null;
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
            file = new HashingStream(stream);
            Span<byte> magic = stackalloc byte[4];
            int n = stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
            stream.Position = 0;
            if (n == 4 && magic.SequenceEqual("PAR1"u8))
            {
                throw DatasetFaults.NotACsvFile(path, "it is a Parquet file, which 'check' and 'train' take as it is").Refuse();
            }

            if (n == 4 && magic.SequenceEqual("PK\u0003\u0004"u8))
            {
                throw DatasetFaults.NotACsvFile(path, "it is a zip archive or an Excel workbook; unpack it or save it as CSV first").Refuse();
            }

            bool gzip = n >= 2 && magic[0] == 0x1F && magic[1] == 0x8B;
            return new CsvSource(path, file, gzip ? new GzipContent(file) : file, gzip, encoding);
        }
        catch (Exception e)
        {
            file?.Dispose();
            throw e is InvalidDataException ? DatasetFaults.DamagedGzip(path, e.Message).Refuse(e) : e is UnauthorizedAccessException ? DatasetFaults.NotACsvFile(path, "it may not be read by this user").Refuse(e) : e;
        }
    }

    /// <summary>The next chunk; blocks until it is there. After the last one there is none.</summary>
    public CsvChunk Take()
    {
        lock (_gate)
        {
            if (!_headTaken)
            {
                _headTaken = true;
                return Head;
            }

            while (_ready.Count == 0)
            {
                if (_fault is not null)
                {
                    throw _fault is InvalidDataException ? DatasetFaults.DamagedGzip(_path, _fault.Message).Refuse(_fault) : new IOException(_fault.Message, _fault);
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
        return _file.Finish();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stop = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        _content.Dispose();
        _file.Dispose();
    }

    private const int NewBufferLength = Headroom + DataBytes + CsvRows.Padding;

    private static byte[] NewBuffer() => GC.AllocateUninitializedArray<byte>(NewBufferLength);

    /// <summary>Reads until the range is full or the content ends.</summary>
    internal int Fill(byte[] buffer, int start, int length) => _content.ReadAtLeast(buffer.AsSpan(start, length), length, throwOnEndOfStream: false);

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
                    _file.Drain();
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
