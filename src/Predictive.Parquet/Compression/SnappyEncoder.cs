using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Predictive.Parquet.Compression;

/// <summary>Snappy blocks: greedy matching over fragments of 64 KiB, skipping faster where nothing matches. Why not the package: see the README.</summary>
internal sealed class SnappyEncoder
{
    private const int Fragment = 1 << 16;
    private const int HashBits = 14;
    private const int Margin = 16;
    private readonly ushort[] _table = new ushort[1 << HashBits];

    /// <summary>Bytes that a block of this length can take at most.</summary>
    public static int MaxLength(int length) => checked(32 + length + length / 6);

    /// <summary>Encodes a block; returns its length. The target needs <see cref="MaxLength"/>.</summary>
    public int Encode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int at = 0;
        for (uint length = (uint)source.Length; ; length >>= 7)
        {
            if (length < 128)
            {
                target[at++] = (byte)length;
                break;
            }

            target[at++] = (byte)(length | 128);
        }

        for (int start = 0; start < source.Length; start += Fragment)
        {
            at = EncodeFragment(source.Slice(start, Math.Min(Fragment, source.Length - start)), target, at);
        }

        return at;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private int EncodeFragment(ReadOnlySpan<byte> source, Span<byte> target, int at)
    {
        Array.Clear(_table);
        ref byte from = ref MemoryMarshal.GetReference(source);
        int limit = source.Length - Margin;
        int literal = 0, position = 1, misses = 32;
        while (position < limit)
        {
            uint word = Word(ref from, position);
            ref ushort slot = ref _table[Hash(word)];
            int candidate = slot;
            slot = (ushort)position;
            if (word != Word(ref from, candidate) || candidate >= position)
            {
                position += misses++ >> 5;
                continue;
            }

            at = EmitLiteral(source[literal..position], target, at);
            int matched = 4 + MatchLength(ref from, candidate + 4, position + 4, source.Length);
            at = EmitCopy(position - candidate, matched, target, at);
            position += matched;
            literal = position;
            misses = 32;
            if (position < limit)
            {
                _table[Hash(Word(ref from, position - 1))] = (ushort)(position - 1);
            }
        }

        return literal < source.Length ? EmitLiteral(source[literal..], target, at) : at;
    }

    private static int MatchLength(ref byte from, int a, int b, int end)
    {
        int start = b;
        while (b <= end - 8)
        {
            ulong difference = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, a)) ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, b));
            if (difference != 0)
            {
                return b - start + (BitOperations.TrailingZeroCount(difference) >> 3);
            }

            a += 8;
            b += 8;
        }

        while (b < end && Unsafe.Add(ref from, a) == Unsafe.Add(ref from, b))
        {
            a++;
            b++;
        }

        return b - start;
    }

    private static int EmitLiteral(ReadOnlySpan<byte> literal, Span<byte> target, int at)
    {
        if (literal.IsEmpty)
        {
            return at;
        }

        uint n = (uint)literal.Length - 1;
        if (n < 60)
        {
            target[at++] = (byte)(n << 2);
        }
        else if (n < 256)
        {
            target[at++] = 60 << 2;
            target[at++] = (byte)n;
        }
        else
        {
            target[at++] = 61 << 2;
            target[at++] = (byte)n;
            target[at++] = (byte)(n >> 8);
        }

        literal.CopyTo(target[at..]);
        return at + literal.Length;
    }

    private static int EmitCopy(int offset, int length, Span<byte> target, int at)
    {
        while (length > 0)
        {
            if (length is >= 4 and < 12 && offset < 2048)
            {
                target[at++] = (byte)(1 | ((length - 4) << 2) | (offset >> 8 << 5));
                target[at++] = (byte)offset;
                return at;
            }

            // Leave at least four for the last piece, so that it can take the short form.
            int n = length > 64 ? length < 68 ? 60 : 64 : length;
            target[at++] = (byte)(2 | ((n - 1) << 2));
            target[at++] = (byte)offset;
            target[at++] = (byte)(offset >> 8);
            length -= n;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(ref byte from, int at) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref from, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(uint word) => (word * 0x1E35A7BD) >> (32 - HashBits);
}
