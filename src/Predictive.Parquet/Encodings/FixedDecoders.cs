using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Encodings;

/// <summary>Decodes the values of data pages of one encoding. Reused from page to page.</summary>
/// <typeparam name="T">The stored type: byte for booleans, int, long, float, double or <see cref="Int96"/>.</typeparam>
internal interface IDecoder<T>
{
    /// <summary>Starts on a page's values. The array has <see cref="Reading.PooledBytes.Slack"/> bytes of room after <paramref name="end"/>.</summary>
    void Reset(byte[] data, int start, int end, int maxCount);

    /// <summary>Reads exactly the span's length; a page that holds fewer values is damaged.</summary>
    void Read(Span<T> into);
}

/// <summary>Legacy timestamp: nanoseconds of the day, then the Julian day.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly struct Int96
{
    public readonly ulong Nanoseconds;
    public readonly uint JulianDay;

    public const int UnixEpochJulianDay = 2_440_588;
}

/// <summary>PLAIN of fixed-size values: little-endian, one after another.</summary>
internal sealed class PlainDecoder<T> : IDecoder<T>
    where T : unmanaged
{
    private byte[] _data = [];
    private int _position;
    private int _end;

    public void Reset(byte[] data, int start, int end, int maxCount) => (_data, _position, _end) = (data, start, end);

    public void Read(Span<T> into)
    {
        long bytes = (long)into.Length * Unsafe.SizeOf<T>();
        if (bytes > _end - _position)
        {
            Corrupt.Throw($"the page holds fewer values than its header claims ({_end - _position} bytes left, {bytes} needed)");
        }

        _data.AsSpan(_position, (int)bytes).CopyTo(MemoryMarshal.AsBytes(into));
        _position += (int)bytes;
    }
}

/// <summary>PLAIN booleans: one bit each, least significant first.</summary>
internal sealed class PlainBooleanDecoder : IDecoder<byte>
{
    private byte[] _data = [];
    private int _start;
    private long _index;
    private long _count;

    public void Reset(byte[] data, int start, int end, int maxCount) => (_data, _start, _index, _count) = (data, start, 0, (long)(end - start) * 8);

    public void Read(Span<byte> into)
    {
        if (into.Length > _count - _index)
        {
            Corrupt.Throw("the page holds fewer values than its header claims");
        }

        for (int i = 0; i < into.Length; i++, _index++)
        {
            into[i] = (byte)((_data[_start + (int)(_index >> 3)] >> (int)(_index & 7)) & 1);
        }
    }
}

/// <summary>RLE booleans: a four-byte length, then the hybrid of width 1.</summary>
internal sealed class RleBooleanDecoder : IDecoder<byte>
{
    private readonly RleReader _runs = new();

    public void Reset(byte[] data, int start, int end, int maxCount)
    {
        if (end - start < 4)
        {
            Corrupt.Throw("a page of RLE booleans without its length");
        }

        uint length = BitConverter.ToUInt32(data, start);
        if (length > (uint)(end - start - 4))
        {
            Corrupt.Throw($"RLE booleans of {length} bytes in a page of {end - start - 4}");
        }

        _runs.Reset(data, start + 4, start + 4 + (int)length, 1);
    }

    public void Read(Span<byte> into) => _runs.ReadLevels(into, 1);
}
