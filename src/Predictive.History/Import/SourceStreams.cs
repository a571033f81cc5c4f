using System.IO.Compression;
using System.Security.Cryptography;

namespace Predictive.History.Import;

/// <summary>Passes a file through, counting and hashing its bytes on the way.</summary>
internal sealed class HashingStream(FileStream file) : ForwardStream
{
    private readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _bytes;

    public long BytesRead => Interlocked.Read(ref _bytes);

    public override long Length => file.Length;

    public override long Position { get => BytesRead; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int n = file.Read(buffer);
        _sha.AppendData(buffer[..n]);
        Interlocked.Add(ref _bytes, n);
        return n;
    }

    /// <summary>Takes what a decompressor left unread, so that the hash covers the whole file.</summary>
    public void Drain()
    {
        byte[] rest = new byte[4096];
        while (Read(rest) > 0)
        {
        }
    }

    public string Finish() => Convert.ToHexStringLower(_sha.GetHashAndReset());

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _sha.Dispose();
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>
/// Decompresses gzip of one or several members, and notices a file that is cut off, which GZipStream alone takes for its end.
/// </summary>
/// <remarks>
/// A small member of known content is appended to the file's bytes. Where the file is whole it comes out last, and is taken off; where the
/// file ends inside a member, its bytes are swallowed by that member and what comes out last is something else, or an error.
/// </remarks>
internal sealed class GzipContent : ForwardStream
{
    private static readonly byte[] Mark = "<end-of-source:9f2c71d4e8>"u8.ToArray();
    private readonly GZipStream _gzip;
    private readonly byte[] _buffer = new byte[(128 << 10) + Mark.Length];
    private int _start;
    private int _end;
    private bool _ended;

    public GzipContent(Stream compressed) => _gzip = new GZipStream(new WithMark(compressed), CompressionMode.Decompress);

    public override int Read(Span<byte> buffer)
    {
        // The last bytes are held back until it is known whether they are the mark.
        while (_end - _start <= Mark.Length && !_ended)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int read = _gzip.Read(_buffer.AsSpan(_end));
            _end += read;
            _ended = read == 0;
            if (_ended)
            {
                if (!_buffer.AsSpan(0, _end).EndsWith(Mark))
                {
                    throw new InvalidDataException("the data end in the middle of a gzip member");
                }

                _end -= Mark.Length;
            }
        }

        int n = Math.Min(buffer.Length, _ended ? _end - _start : _end - _start - Mark.Length);
        _buffer.AsSpan(_start, n).CopyTo(buffer);
        _start += n;
        return n;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A stream followed by the mark as a gzip member of its own.</summary>
    private sealed class WithMark(Stream inner) : ForwardStream
    {
        private static readonly byte[] Member = Compress();
        private int _given;
        private bool _ended;

        public override int Read(Span<byte> buffer)
        {
            int n = _ended ? 0 : inner.Read(buffer);
            _ended |= n == 0;
            if (n == 0)
            {
                n = Math.Min(buffer.Length, Member.Length - _given);
                Member.AsSpan(_given, n).CopyTo(buffer);
                _given += n;
            }

            return n;
        }

        private static byte[] Compress()
        {
            using var stream = new MemoryStream();
            using (var gzip = new GZipStream(stream, CompressionLevel.NoCompression, leaveOpen: true))
            {
                gzip.Write(Mark);
            }

            return stream.ToArray();
        }
    }
}
