using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Encodings;

/// <summary>BYTE_STREAM_SPLIT: all first bytes of the values, then all second bytes, and so on.</summary>
internal sealed class ByteStreamSplitDecoder<T> : IDecoder<T>
    where T : unmanaged
{
    private byte[] _data = [];
    private int _start;
    private int _count;
    private int _index;

    public void Reset(byte[] data, int start, int end, int maxCount)
    {
        int size = Unsafe.SizeOf<T>();
        if ((end - start) % size != 0)
        {
            Corrupt.Throw($"a split page of {end - start} bytes for values of {size}");
        }

        (_data, _start, _count, _index) = (data, start, (end - start) / size, 0);
    }

    public void Read(Span<T> into)
    {
        if (into.Length > _count - _index)
        {
            Corrupt.Throw($"the page holds fewer values than its header claims ({_count - _index} left, {into.Length} needed)");
        }

        int size = Unsafe.SizeOf<T>();
        Span<byte> bytes = MemoryMarshal.AsBytes(into);
        for (int stream = 0; stream < size; stream++)
        {
            ReadOnlySpan<byte> source = _data.AsSpan(_start + stream * _count + _index, into.Length);
            for (int i = 0, to = stream; i < source.Length; i++, to += size)
            {
                bytes[to] = source[i];
            }
        }

        _index += into.Length;
    }
}
