using System.Buffers.Binary;

namespace Predictive.History.Text;

/// <summary>
/// Ranks the values of a <see cref="TextPool"/> as <see cref="StringComparer.Ordinal"/> orders them, without making strings to compare.
/// </summary>
internal static class TextRanks
{
    // UTF-8 bytes order by code point, .NET's ordinal order is by UTF-16 unit: surrogates (lead bytes F0 to F4) come before U+E000 (EE,
    // EF).
    private static readonly byte[] Utf16Order =
    [.. Enumerable.Range(0, 256).Select(b => (byte)(b switch { 0xEE => 0xF3, 0xEF => 0xF4, >= 0xF0 and <= 0xF4 => b - 2, _ => b }))];

    /// <summary>Sorts the values in use.</summary>
    /// <param name="pool">The values.</param>
    /// <param name="used">By code: whether to take it.</param>
    /// <returns>Rank by code, −1 = not in use; the values by rank.</returns>
    public static (int[] Ranks, string[] Names) Of(TextPool pool, ReadOnlySpan<bool> used)
    {
        var ranks = new int[pool.Count];
        Array.Fill(ranks, -1);
        int count = used.Count(true);
        var codes = new int[count];
        var keys = new ulong[count];
        for (int code = 0, at = 0; code < used.Length; code++)
        {
            if (used[code])
            {
                codes[at++] = code;
            }
        }

        // Eight bytes decide nearly always, where those that all ids begin with are left out; what they leave equal is compared whole.
        int shared = SharedPrefix(pool, codes);
        OverParts(count, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                keys[i] = Key(pool.Bytes(codes[i])[shared..]);
            }
        });
        Array.Sort(keys, codes);
        for (int first = 0, end; first < count; first = end)
        {
            for (end = first + 1; end < count && keys[end] == keys[first];)
            {
                end++;
            }

            if (end - first > 1)
            {
                codes.AsSpan(first, end - first).Sort((a, b) => Compare(pool.Bytes(a), pool.Bytes(b)));
            }
        }

        var names = new string[count];
        bool byBytes = true;
        OverParts(count, (from, to) =>
        {
            for (int rank = from; rank < to; rank++)
            {
                names[rank] = pool.Text(codes[rank]);
            }
        });
        OverParts(count, (from, to) =>
        {
            for (int rank = Math.Max(1, from); rank < to; rank++)
            {
                if (string.CompareOrdinal(names[rank - 1], names[rank]) >= 0)
                {
                    Volatile.Write(ref byBytes, false);
                    return;
                }
            }
        });

        if (!byBytes)
        {
            Array.Sort(names, codes, StringComparer.Ordinal); // bytes that are no UTF-8 are named by their digits
        }

        for (int rank = 0; rank < count; rank++)
        {
            ranks[codes[rank]] = rank;
        }

        return (ranks, names);
    }

    private static void OverParts(int count, Action<int, int> part)
    {
        const int OnOneCore = 1 << 14;
        int parts = count <= OnOneCore ? 1 : Environment.ProcessorCount;
        if (parts == 1)
        {
            part(0, count);
            return;
        }

        Parallel.For(0, parts, p => part((int)((long)count * p / parts), (int)((long)count * (p + 1) / parts)));
    }

    private static int SharedPrefix(TextPool pool, ReadOnlySpan<int> codes)
    {
        int shared = codes.IsEmpty ? 0 : pool.Bytes(codes[0]).Length;
        for (int i = 1; i < codes.Length && shared > 0; i++)
        {
            shared = Math.Min(shared, pool.Bytes(codes[0])[..shared].CommonPrefixLength(pool.Bytes(codes[i])));
        }

        return shared;
    }

    private static ulong Key(ReadOnlySpan<byte> bytes)
    {
        Span<byte> first = stackalloc byte[8];
        first.Clear();
        for (int i = 0; i < Math.Min(8, bytes.Length); i++)
        {
            first[i] = Utf16Order[bytes[i]];
        }

        return BinaryPrimitives.ReadUInt64BigEndian(first);
    }

    private static int Compare(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int at = a.CommonPrefixLength(b);
        return at < a.Length && at < b.Length ? Utf16Order[a[at]] - Utf16Order[b[at]] : a.Length - b.Length;
    }
}
