using System.Buffers.Binary;
using Predictive.Parquet.Metadata;
using Predictive.Parquet.Reading;

namespace Predictive.Parquet.Encodings;

/// <summary>Where a byte-array value lies in its decoder's <see cref="ByteArrayDecoder.Data"/>.</summary>
internal readonly record struct Slice(int Start, int Length);

/// <summary>Decodes byte arrays to slices of a buffer; nothing is copied where the encoding allows.</summary>
internal abstract class ByteArrayDecoder : IDisposable
{
    /// <summary>The buffer the slices of the current page point into.</summary>
    public byte[] Data { get; protected set; } = [];

    /// <inheritdoc cref="IDecoder{T}.Reset"/>
    public abstract void Reset(byte[] data, int start, int end, int maxCount);

    /// <inheritdoc cref="IDecoder{T}.Read"/>
    public abstract void Read(Span<Slice> into);

    public virtual void Dispose()
    {
    }
}

/// <summary>PLAIN: a four-byte length before each value.</summary>
internal sealed class PlainByteArrayDecoder : ByteArrayDecoder
{
    private int _position;
    private int _end;

    public override void Reset(byte[] data, int start, int end, int maxCount) => (Data, _position, _end) = (data, start, end);

    public override void Read(Span<Slice> into)
    {
        for (int i = 0; i < into.Length; i++)
        {
            if (_end - _position < 4)
            {
                Corrupt.Throw("the page holds fewer values than its header claims");
            }

            uint length = BinaryPrimitives.ReadUInt32LittleEndian(Data.AsSpan(_position));
            _position += 4;
            if (length > (uint)(_end - _position))
            {
                Corrupt.Throw($"a value of {length} bytes where the page has {_end - _position} left");
            }

            into[i] = new Slice(_position, (int)length);
            _position += (int)length;
        }
    }
}

/// <summary>PLAIN of fixed-length values.</summary>
internal sealed class PlainFixedDecoder(int length) : ByteArrayDecoder
{
    private int _position;
    private int _end;

    public override void Reset(byte[] data, int start, int end, int maxCount) => (Data, _position, _end) = (data, start, end);

    public override void Read(Span<Slice> into)
    {
        if ((long)into.Length * length > _end - _position)
        {
            Corrupt.Throw($"the page holds fewer values than its header claims ({_end - _position} bytes left, {(long)into.Length * length} needed)");
        }

        for (int i = 0; i < into.Length; i++, _position += length)
        {
            into[i] = new Slice(_position, length);
        }
    }
}

/// <summary>BYTE_STREAM_SPLIT of fixed-length values.</summary>
internal sealed class SplitFixedDecoder(int length) : ByteArrayDecoder
{
    private readonly PooledBytes _joined = new();
    private int _count;
    private int _index;

    public override void Reset(byte[] data, int start, int end, int maxCount)
    {
        if ((end - start) % length != 0)
        {
            Corrupt.Throw($"a split page of {end - start} bytes for values of {length}");
        }

        (_count, _index) = ((end - start) / length, 0);
        _joined.Reserve(end - start);
        Data = _joined.Array;
        for (int stream = 0, from = start; stream < length; stream++)
        {
            for (int i = 0, to = stream; i < _count; i++, to += length)
            {
                Data[to] = data[from++];
            }
        }
    }

    public override void Read(Span<Slice> into)
    {
        if (into.Length > _count - _index)
        {
            Corrupt.Throw("the page holds fewer values than its header claims");
        }

        for (int i = 0; i < into.Length; i++, _index++)
        {
            into[i] = new Slice(_index * length, length);
        }
    }

    public override void Dispose() => _joined.Dispose();
}

/// <summary>DELTA_LENGTH_BYTE_ARRAY: all lengths delta-encoded, then all bytes.</summary>
internal sealed class DeltaLengthDecoder : ByteArrayDecoder
{
    private readonly DeltaBinaryPackedDecoder<int> _lengths = new();
    private int[] _all = [];
    private int _index;
    private int _count;
    private int _position;
    private int _end;

    public override void Reset(byte[] data, int start, int end, int maxCount)
    {
        _lengths.Reset(data, start, end, maxCount);
        _count = _lengths.Count;
        if (_all.Length < _count)
        {
            _all = new int[_count];
        }

        _lengths.Read(_all.AsSpan(0, _count));
        (Data, _index, _position, _end) = (data, 0, _lengths.Position, end);
    }

    public override void Read(Span<Slice> into)
    {
        if (into.Length > _count - _index)
        {
            Corrupt.Throw("the page holds fewer values than its header claims");
        }

        for (int i = 0; i < into.Length; i++)
        {
            int length = _all[_index++];
            if ((uint)length > (uint)(_end - _position))
            {
                Corrupt.Throw($"a value of {length} bytes where the page has {_end - _position} left");
            }

            into[i] = new Slice(_position, length);
            _position += length;
        }
    }
}

/// <summary>DELTA_BYTE_ARRAY: the length of the prefix shared with the value before, and the rest as DELTA_LENGTH_BYTE_ARRAY.</summary>
internal sealed class DeltaByteArrayDecoder(int maxBytes) : ByteArrayDecoder
{
    private readonly DeltaBinaryPackedDecoder<int> _prefixLengths = new();
    private readonly DeltaLengthDecoder _suffixes = new();
    private readonly PooledBytes _joined = new();
    private int[] _prefixes = [];
    private int _index;
    private int _count;
    private Slice _last;

    public override void Reset(byte[] data, int start, int end, int maxCount)
    {
        _prefixLengths.Reset(data, start, end, maxCount);
        _count = _prefixLengths.Count;
        if (_prefixes.Length < _count)
        {
            _prefixes = new int[_count];
        }

        _prefixLengths.Read(_prefixes.AsSpan(0, _count));
        _suffixes.Reset(data, _prefixLengths.Position, end, maxCount);
        _index = 0;
        _last = default;
    }

    public override void Read(Span<Slice> into)
    {
        if (into.Length > _count - _index)
        {
            Corrupt.Throw("the page holds fewer values than its header claims");
        }

        _suffixes.Read(into);
        long total = _last.Length;
        for (int i = 0, length = _last.Length; i < into.Length; i++)
        {
            int prefix = _prefixes[_index + i];
            if ((uint)prefix > (uint)length)
            {
                Corrupt.Throw($"a prefix of {prefix} bytes of a value of {length}");
            }

            length = prefix + into[i].Length;
            total += length;
            if (total > maxBytes)
            {
                Corrupt.Throw($"prefix-coded values of more than {maxBytes} bytes in one page");
            }
        }

        // The value before the batch moves to the front of the buffer, as its first value may share a prefix with it.
        Data.AsSpan(_last.Start, _last.Length).CopyTo(Data);
        _joined.Reserve((int)total, _last.Length);
        Data = _joined.Array;
        var last = new Slice(0, _last.Length);
        int at = last.Length;
        for (int i = 0; i < into.Length; i++)
        {
            int prefix = _prefixes[_index++];
            Data.AsSpan(last.Start, prefix).CopyTo(Data.AsSpan(at));
            _suffixes.Data.AsSpan(into[i].Start, into[i].Length).CopyTo(Data.AsSpan(at + prefix));
            last = into[i] = new Slice(at, prefix + into[i].Length);
            at += last.Length;
        }

        _last = last;
    }

    public override void Dispose() => _joined.Dispose();
}
