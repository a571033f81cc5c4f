using System.Runtime.CompilerServices;

namespace Predictive.Segmentation.History.Import;

/// <summary>Gives each distinct byte sequence a code, in order of first appearance; nothing is allocated for one met before.</summary>
internal sealed class TextPool
{
    private byte[] _bytes = new byte[1 << 16];
    private int[] _starts = new int[1 << 10];
    private ulong[] _hashes = new ulong[1 << 10];
    private int[] _slots = new int[1 << 12];

    /// <summary>Number of distinct values.</summary>
    public int Count { get; private set; }

    /// <summary>The code of a value, new or known.</summary>
    public int CodeOf(ReadOnlySpan<byte> value)
    {
        ulong hash = RowHash.Of(value);
        int[] slots = _slots;
        int mask = slots.Length - 1;
        for (int slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            int code = slots[slot] - 1;
            if (code < 0)
            {
                return Add(value, hash, slot);
            }

            if (_hashes[code] == hash && value.SequenceEqual(Bytes(code)))
            {
                return code;
            }
        }
    }

    /// <summary>The bytes of a code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Bytes(int code) => _bytes.AsSpan(_starts[code], _starts[code + 1] - _starts[code]);

    /// <summary>Hash of a code's bytes.</summary>
    public ulong Hash(int code) => _hashes[code];

    /// <summary>Forgets every value; keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        Array.Clear(_slots);
    }

    private int Add(ReadOnlySpan<byte> value, ulong hash, int slot)
    {
        int code = Count++;
        if (code + 1 >= _starts.Length)
        {
            Array.Resize(ref _starts, _starts.Length * 2);
            Array.Resize(ref _hashes, _hashes.Length * 2);
        }

        int start = code == 0 ? 0 : _starts[code];
        if (start + value.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, start + (long)value.Length)));
        }

        value.CopyTo(_bytes.AsSpan(start));
        _starts[code] = start;
        _starts[code + 1] = start + value.Length;
        _hashes[code] = hash;
        _slots[slot] = code + 1;
        if (Count * 2 > _slots.Length)
        {
            Rehash();
        }

        return code;
    }

    private void Rehash()
    {
        int[] slots = new int[_slots.Length * 2];
        int mask = slots.Length - 1;
        for (int code = 0; code < Count; code++)
        {
            int slot = (int)_hashes[code] & mask;
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            slots[slot] = code + 1;
        }

        _slots = slots;
    }
}
