using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using System.Text.Unicode;

namespace Predictive.History.Text;

/// <summary>
/// What a <see cref="TextPool"/> looks a value up by: its bytes and their number, where there are no more than 15; else two hashes of them.
/// </summary>
/// <param name="Low">The first eight bytes.</param>
/// <param name="High">The next seven and, on top, the number of bytes; 255 = the key is a hash.</param>
internal readonly record struct TextKey(ulong Low, ulong High)
{
    private const ulong Hashed = 0xFFUL << 56;

    /// <summary>Whether equal keys may stand for different values.</summary>
    public bool IsHash => High >= Hashed;

    /// <summary>The key of a value.</summary>
    public static TextKey Of(ReadOnlySpan<byte> value)
    {
        int n = value.Length;
        if (n > 15)
        {
            UInt128 hash = RowHash.Wide(value);
            return new TextKey((ulong)hash, (ulong)(hash >> 64) | Hashed);
        }

        ulong length = (ulong)n << 56;
        if (n >= 8)
        {
            // The last eight bytes, without those that the first eight hold.
            ulong last = BinaryPrimitives.ReadUInt64LittleEndian(value[^8..]);
            return new TextKey(BinaryPrimitives.ReadUInt64LittleEndian(value), length | (n == 8 ? 0 : last >> (8 * (16 - n))));
        }

        if (n >= 4)
        {
            return new TextKey(
                BinaryPrimitives.ReadUInt32LittleEndian(value)
                    | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(value[^4..]) << (8 * (n - 4))),
                length);
        }

        ulong low = 0;
        for (int i = 0; i < n; i++)
        {
            low |= (ulong)value[i] << (8 * i);
        }

        return new TextKey(low, length);
    }
}

/// <summary>Gives each distinct byte sequence a code, in order of first appearance; nothing is allocated for one met before.</summary>
/// <remarks>
/// A value of up to 15 bytes is its own key, so a look-up touches one slot and no other memory; longer ones are compared.
/// </remarks>
internal sealed class TextPool
{
    private byte[] _bytes = new byte[1 << 16];
    private int[] _starts = new int[1 << 10];
    private Slot[] _slots = new Slot[1 << 12];

    /// <param name="Key">Of the value.</param>
    /// <param name="Next">Code + 1; 0 = empty.</param>
    private record struct Slot(TextKey Key, int Next);

    /// <summary>Number of distinct values.</summary>
    public int Count { get; private set; }

    /// <summary>Asks the processor for the slot of a key that will be looked up soon.</summary>
    public unsafe void Prefetch(in TextKey key)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref _slots[Home(key, _slots.Length - 1)]));
        }
    }

    /// <summary>The code of a value, new or known.</summary>
    public int CodeOf(ReadOnlySpan<byte> value) => CodeOf(value, TextKey.Of(value));

    /// <summary>The code of a value, new or known, by its key.</summary>
    public int CodeOf(ReadOnlySpan<byte> value, in TextKey key)
    {
        Slot[] slots = _slots;
        int mask = slots.Length - 1;
        for (int at = Home(key, mask); ; at = (at + 1) & mask)
        {
            ref Slot slot = ref slots[at];
            if (slot.Next == 0)
            {
                return Add(value, key, at);
            }

            if (slot.Key == key && (!key.IsHash || value.SequenceEqual(Bytes(slot.Next - 1))))
            {
                return slot.Next - 1;
            }
        }
    }

    /// <summary>The bytes of a code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Bytes(int code) => _bytes.AsSpan(_starts[code], _starts[code + 1] - _starts[code]);

    /// <summary>All values, one behind the other; valid until one is added.</summary>
    public ReadOnlyMemory<byte> AllBytes => _bytes.AsMemory(0, Count == 0 ? 0 : _starts[Count]);

    /// <summary>Where each begins, and at last where they end.</summary>
    public ReadOnlyMemory<int> Starts => _starts.AsMemory(0, Count + 1);

    /// <summary>
    /// A code's value as text; bytes that are no UTF-8 as <c>0x</c> and hexadecimal digits, so that different bytes never look alike.
    /// </summary>
    public string Text(int code)
    {
        ReadOnlySpan<byte> bytes = Bytes(code);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : "0x" + Convert.ToHexStringLower(bytes);
    }

    /// <summary>Whether a value is empty or nothing but white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> value)
    {
        while (!value.IsEmpty)
        {
            if (value[0] is > 0x20 and < 0x80
                || Rune.DecodeFromUtf8(value, out Rune rune, out int length) != System.Buffers.OperationStatus.Done
                || !Rune.IsWhiteSpace(rune))
            {
                return false;
            }

            value = value[length..];
        }

        return true;
    }

    /// <summary>Forgets every value; keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        Array.Clear(_slots);
    }

    /// <summary>Where a key is looked for first: the topmost bits of a product, on which every bit of the key has a say.</summary>
    internal static int Home(in TextKey key, int mask) =>
        (int)((key.Low ^ (key.High * 0xD1B54A32D192ED03)) * 0x9E3779B97F4A7C15 >> BitOperations.LeadingZeroCount((ulong)mask));

    private int Add(ReadOnlySpan<byte> value, in TextKey key, int at)
    {
        int code = Count++;
        if (code + 1 >= _starts.Length)
        {
            Array.Resize(ref _starts, _starts.Length * 2);
        }

        int start = code == 0 ? 0 : _starts[code];
        if (start + value.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, start + (long)value.Length)));
        }

        value.CopyTo(_bytes.AsSpan(start));
        _starts[code] = start;
        _starts[code + 1] = start + value.Length;
        _slots[at] = new Slot(key, code + 1);
        if (Count * 2 > _slots.Length)
        {
            Grow();
        }

        return code;
    }

    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[old.Length * 2];
        HugePages.Ask(_slots);
        int mask = _slots.Length - 1;
        foreach (Slot slot in old)
        {
            if (slot.Next != 0)
            {
                int at = Home(slot.Key, mask);
                while (_slots[at].Next != 0)
                {
                    at = (at + 1) & mask;
                }

                _slots[at] = slot;
            }
        }
    }
}
