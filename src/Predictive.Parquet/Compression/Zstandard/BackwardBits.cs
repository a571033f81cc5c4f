using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Compression.Zstandard;

/// <summary>A bit stream read from its end to its start. The highest set bit of the last byte marks where it begins.</summary>
/// <remarks>The array needs eight readable bytes after the stream.</remarks>
internal ref struct BackwardBits
{
    private readonly ref byte _start;
    private long _left;

    public BackwardBits(byte[] data, int start, int length)
    {
        if (length < 1 || data[start + length - 1] == 0)
        {
            Corrupt.Throw("damaged Zstandard data: a bit stream without its end mark");
        }

        _start = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data), start);
        _left = 8L * length - 1 - (7 - System.Numerics.BitOperations.Log2(data[start + length - 1]));
    }

    /// <summary>Bits not yet read; negative where more were read than there are (they count as zeros).</summary>
    public readonly long Left => _left;

    /// <summary>Reads up to 56 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(int count)
    {
        ulong value = Peek(count);
        _left -= count;
        return value;
    }

    /// <summary>The next bits without passing them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Peek(int count)
    {
        long at = _left - count;
        if (at < 0)
        {
            return PeekBeyond(count);
        }

        return (Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref _start, (nint)(at >> 3))) >> (int)(at & 7)) & ((1UL << count) - 1);
    }

    public void Skip(int count) => _left -= count;

    private readonly ulong PeekBeyond(int count) =>
        _left <= 0 ? 0 : (Unsafe.ReadUnaligned<ulong>(ref _start) & ((1UL << (int)_left) - 1)) << (int)(count - _left);
}
