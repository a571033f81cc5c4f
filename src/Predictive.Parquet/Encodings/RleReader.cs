// Longer than 300 lines: the four ways to take values (integers, levels, indices, look-ups) share one run state, and inlining wants them here.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Encodings;

/// <summary>
/// The RLE/bit-packed hybrid: dictionary indices, levels and RLE booleans. Reused from page to page; allocates nothing.
/// </summary>
/// <remarks><code>
/// run := varint header, then     header even: header/2 times one value of ceil(width/8) bytes
///                                header odd:  header/2 groups of 8 values, width bits each
/// </code>
/// The data array needs <see cref="Reading.PooledBytes.Slack"/> bytes of room after <c>end</c>.
/// </remarks>
internal sealed class RleReader
{
    private const int Batch = 1024;
    private readonly int[] _scratch = new int[Batch];
    private byte[] _data = [];
    private int _position;
    private int _end;
    private int _width;
    private uint _mask;
    private int _runLeft;
    private bool _isPacked;
    private int _value;
    private int _packedStart;
    private long _packedIndex;

    /// <summary>Starts on new data.</summary>
    public void Reset(byte[] data, int start, int end, int width)
    {
        if (width is < 0 or > 32)
        {
            Corrupt.Throw($"a bit width of {width} (0 to 32 are possible)");
        }

        _data = data;
        _position = start;
        _end = end;
        _width = width;
        _mask = width == 32 ? uint.MaxValue : (1u << width) - 1;
        _runLeft = 0;
        _isPacked = false;
    }

    /// <summary>Starts on an endless run of zeros: levels of a column that has none.</summary>
    public void ResetToZeros()
    {
        Reset([], 0, 0, 0);
        _runLeft = int.MaxValue;
        _value = 0;
    }

    /// <summary>Passes over up to <paramref name="count"/> entries of the current run if it repeats exactly this value; how many.
    /// Leaves a run shorter than both <paramref name="count"/> and <paramref name="worthwhile"/> alone: 0.</summary>
    public int SkipRunOf(int value, int count, int worthwhile)
    {
        if (_runLeft == 0 && count > 0)
        {
            NextRun();
        }

        if (_isPacked || _value != value)
        {
            return 0;
        }

        int run = Math.Min(count, _runLeft);
        if (run < count && run < worthwhile)
        {
            return 0;
        }

        Consume(run);
        return run;
    }

    /// <summary>Reads exactly the span's length.</summary>
    public void Read(Span<int> into)
    {
        while (into.Length > 0)
        {
            int n = Take(into.Length);
            Span<int> part = into[..n];
            if (_isPacked)
            {
                BitUnpacker.Unpack(_data, _packedStart, _packedIndex, _width, part);
            }
            else
            {
                part.Fill(_value);
            }

            Consume(n);
            into = into[n..];
        }
    }

    /// <summary>Reads levels, each at most <paramref name="max"/>; anything larger is damage.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    public void ReadLevels(Span<byte> into, int max)
    {
        while (into.Length > 0)
        {
            int n = Math.Min(Take(into.Length), Batch);
            Span<byte> part = into[..n];
            if (_isPacked)
            {
                Span<int> wide = _scratch.AsSpan(0, n);
                BitUnpacker.Unpack(_data, _packedStart, _packedIndex, _width, wide);
                uint largest = 0;
                for (int i = 0; i < wide.Length; i++)
                {
                    largest = Math.Max(largest, (uint)wide[i]);
                    part[i] = (byte)wide[i];
                }

                CheckLevel(largest, max);
            }
            else
            {
                CheckLevel((uint)_value, max);
                part.Fill((byte)_value);
            }

            Consume(n);
            into = into[n..];
        }
    }

    /// <summary>Reads dictionary indices, each below <paramref name="size"/>; anything larger is damage.</summary>
    public void ReadIndices(Span<int> into, int size)
    {
        Read(into);
        if (into.Length > 0)
        {
            CheckIndex(Largest(into), size);
        }
    }

    /// <summary>Reads dictionary indices and looks each up.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    public void ReadLookup<T>(Span<T> into, T[] dictionary, int size)
    {
        while (into.Length > 0)
        {
            int n = Take(into.Length);
            if (_isPacked)
            {
                n = Math.Min(n, Batch);
                Span<int> indices = _scratch.AsSpan(0, n);
                BitUnpacker.Unpack(_data, _packedStart, _packedIndex, _width, indices);
                CheckIndex(Largest(indices), size);
                Gather(indices, dictionary, into);
            }
            else
            {
                CheckIndex((uint)_value, size);
                into[..n].Fill(dictionary[_value]);
            }

            Consume(n);
            into = into[n..];
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static void Gather<T>(ReadOnlySpan<int> indices, T[] dictionary, Span<T> into)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            for (int i = 0; i < indices.Length; i++)
            {
                into[i] = dictionary[indices[i]];
            }

            return;
        }

        // The indices are checked; leave out the bounds check per element.
        ref T from = ref MemoryMarshal.GetArrayDataReference(dictionary);
        ref T to = ref MemoryMarshal.GetReference(into);
        ref int index = ref MemoryMarshal.GetReference(indices);
        for (int i = 0; i < indices.Length; i++)
        {
            Unsafe.Add(ref to, i) = Unsafe.Add(ref from, Unsafe.Add(ref index, i));
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static uint Largest(ReadOnlySpan<int> values)
    {
        ref uint first = ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(values));
        uint largest = 0;
        int i = 0;
        if (Vector256.IsHardwareAccelerated && values.Length >= Vector256<uint>.Count)
        {
            Vector256<uint> lanes = Vector256<uint>.Zero;
            for (; i <= values.Length - Vector256<uint>.Count; i += Vector256<uint>.Count)
            {
                lanes = Vector256.Max(lanes, Vector256.LoadUnsafe(ref first, (nuint)i));
            }

            for (int lane = 0; lane < Vector256<uint>.Count; lane++)
            {
                largest = Math.Max(largest, lanes[lane]);
            }
        }

        for (; i < values.Length; i++)
        {
            largest = Math.Max(largest, Unsafe.Add(ref first, i));
        }

        return largest;
    }

    private static void CheckIndex(uint index, int size)
    {
        if (index >= (uint)size)
        {
            Corrupt.Throw($"dictionary index {index} where the dictionary has {size} entries");
        }
    }

    private static void CheckLevel(uint level, int max)
    {
        if (level > (uint)max)
        {
            Corrupt.Throw($"level {level} where at most {max} is possible");
        }
    }

    // How many of the wanted entries the current run can give; starts the next run where it is used up.
    private int Take(int wanted)
    {
        if (_runLeft == 0)
        {
            NextRun();
        }

        return Math.Min(wanted, _runLeft);
    }

    private void Consume(int count)
    {
        _runLeft -= count;
        _packedIndex += count;
    }

    private void NextRun()
    {
        do
        {
            uint header = VarInt();
            int bytes = (_width + 7) >> 3;
            _isPacked = (header & 1) != 0;
            if (_isPacked)
            {
                long count = (long)(header >> 1) * 8;
                long size = (long)(header >> 1) * _width;
                if (size > _end - _position)
                {
                    // Some writers cut the padding of the last group.
                    size = _end - _position;
                    count = size * 8 / _width;
                }

                _packedStart = _position;
                _packedIndex = 0;
                _position += (int)size;
                _runLeft = (int)Math.Min(count, int.MaxValue);
            }
            else
            {
                if (bytes > _end - _position)
                {
                    Corrupt.Throw("a run ends in the middle");
                }

                uint value = 0;
                for (int i = 0; i < bytes; i++)
                {
                    value |= (uint)_data[_position++] << (8 * i);
                }

                if ((value & ~_mask) != 0)
                {
                    Corrupt.Throw($"a run of the value {value} where values have {_width} bits");
                }

                _value = (int)value;
                _runLeft = (int)(header >> 1);
            }
        }
        while (_runLeft == 0);
    }

    private uint VarInt()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            if (_position >= _end)
            {
                Corrupt.Throw("the page holds fewer values than its header claims");
            }

            byte b = _data[_position++];
            value |= (uint)(b & 127) << shift;
            if (b < 128)
            {
                return value;
            }
        }

        return Corrupt.Throw<uint>("a run header of more than 32 bits");
    }
}
