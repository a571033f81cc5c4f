using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Predictive.History.Text;

/// <summary>
/// Hashes of byte sequences: 64 bits for look-ups that compare the bytes themselves, 128 bits where equal hashes are taken for equal rows.
/// </summary>
/// <remarks>
/// Folded 64 × 64 → 128 bit products, eight bytes a step. With 128 bits, a billion distinct rows meet by chance once in 10^20 imports.
/// The constants are fixed, so codes and files do not depend on the process.
/// </remarks>
internal static class RowHash
{
    private const ulong A = 0x9E3779B97F4A7C15;
    private const ulong B = 0xD1B54A32D192ED03;
    private const ulong C = 0x8CB92BA72F3D8DD7;
    private const ulong D = 0xABC98388FB8FAC03;

    /// <summary>64 bits.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong hash = A ^ (ulong)bytes.Length;
        while (bytes.Length >= 8)
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), B);
            bytes = bytes[8..];
        }

        return Fold(hash ^ Tail(bytes), C);
    }

    /// <summary>128 bits; <paramref name="seed"/> continues an earlier hash.</summary>
    public static UInt128 Wide(ReadOnlySpan<byte> bytes, UInt128 seed = default)
    {
        ulong low = A ^ (ulong)seed ^ (ulong)bytes.Length, high = D ^ (ulong)(seed >> 64);
        while (bytes.Length >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            low = Fold(low ^ word, B);
            high = Fold(high + word, C);
            bytes = bytes[8..];
        }

        ulong tail = Tail(bytes);
        low = Fold(low ^ tail, C);
        high = Fold(high + tail, B);
        return new UInt128(Fold(high ^ A, D), Fold(low ^ D, A));
    }

    /// <summary>Takes a value into a running hash of 64 bits; the order of values matters.</summary>
    public static ulong Mix(ulong hash, ulong value) => Fold(Fold(hash ^ A, B) ^ value, C);

    /// <summary>Takes a value of up to 128 bits into a running hash; the order of values matters.</summary>
    public static UInt128 Mix(UInt128 hash, UInt128 value)
    {
        ulong low = Fold((ulong)hash ^ (ulong)value ^ A, B), high = Fold((ulong)(hash >> 64) + (ulong)(value >> 64) + D, C);
        return new UInt128(Fold(high + (ulong)value, A), Fold(low ^ high, D));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static ulong Tail(ReadOnlySpan<byte> bytes)
    {
        ulong tail = 0;
        if (bytes.Length >= 4)
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(bytes) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32);
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            tail |= (ulong)bytes[i] << (8 * i);
        }

        return tail;
    }
}

/// <summary>A set of 128-bit hashes that grows a piece at a time, so that growing never doubles the memory of all of it.</summary>
/// <remarks>About 27 bytes per entry on average. The zero hash stands for an empty slot and is moved to one.</remarks>
internal sealed class RowHashSet
{
    private const int Pieces = 1 << PieceBits;
    private const int PieceBits = 5;
    private readonly UInt128[][] _slots = new UInt128[Pieces][];
    private readonly int[] _counts = new int[Pieces];

    /// <summary>Starts with room for about this many.</summary>
    public RowHashSet(long expected = 0)
    {
        int room = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(expected * 4 / 3 / Pieces, 64, 1 << 22));
        for (int i = 0; i < Pieces; i++)
        {
            _slots[i] = Fresh(room);
        }
    }

    /// <summary>Number of distinct hashes.</summary>
    public long Count { get; private set; }

    /// <summary>Asks the processor for the place of a hash that will be added soon: the table is far larger than any cache.</summary>
    public unsafe void Prefetch(UInt128 hash)
    {
        if (Sse.IsSupported)
        {
            UInt128[] slots = _slots[(int)((ulong)hash >> (64 - PieceBits))];
            Sse.Prefetch0(Unsafe.AsPointer(ref slots[(int)(ulong)hash & (slots.Length - 1)]));
        }
    }

    /// <summary>Adds a hash.</summary>
    /// <returns>False where it was there.</returns>
    public bool Add(UInt128 hash)
    {
        if (hash == UInt128.Zero)
        {
            hash = UInt128.One;
        }

        int piece = (int)((ulong)hash >> (64 - PieceBits));
        UInt128[] slots = _slots[piece];
        int mask = slots.Length - 1;
        int slot = (int)(ulong)hash & mask;
        while (slots[slot] != UInt128.Zero)
        {
            if (slots[slot] == hash)
            {
                return false;
            }

            slot = (slot + 1) & mask;
        }

        slots[slot] = hash;
        Count++;
        if (++_counts[piece] * 4L > slots.Length * 3L)
        {
            Grow(piece);
        }

        return true;
    }

    private static UInt128[] Fresh(int slots)
    {
        var fresh = new UInt128[slots];
        HugePages.Ask(fresh);
        return fresh;
    }

    private void Grow(int piece)
    {
        UInt128[] old = _slots[piece];
        UInt128[] slots = Fresh(old.Length * 2);
        int mask = slots.Length - 1;
        foreach (UInt128 hash in old)
        {
            if (hash != UInt128.Zero)
            {
                int slot = (int)(ulong)hash & mask;
                while (slots[slot] != UInt128.Zero)
                {
                    slot = (slot + 1) & mask;
                }

                slots[slot] = hash;
            }
        }

        _slots[piece] = slots;
    }
}
