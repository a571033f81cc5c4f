// Linked into Predictive.Benchmarks too.
namespace Predictive.History.Tests.Parquet.Mutations;

/// <summary>One damaged file, made from a seed and an index alone.</summary>
/// <param name="File">The sound file it was.</param>
/// <param name="Bytes">The damaged one.</param>
/// <param name="Where">What was damaged.</param>
internal sealed record Mutation(string File, byte[] Bytes, string Where)
{
    /// <summary>The mutation of that index: a third in the footer, a third in page headers, the rest anywhere.</summary>
    public static Mutation Of(IReadOnlyList<SeedFile> files, int seed, int index)
    {
        var random = new Random(unchecked((int)(((uint)seed * 2_654_435_761u) + ((uint)index * 40_503u))));
        SeedFile file = files[random.Next(files.Count)];
        byte[] bytes = [.. file.Bytes];
        string where = "";
        for (int edits = random.Next(4) == 0 ? 2 + random.Next(3) : 1; edits > 0; edits--)
        {
            bool structured = random.Next(2) == 0;
            int kind = random.Next(3);
            if (kind == 0 && bytes.Length >= file.Bytes.Length)
            {
                where += structured ? "footer number, " : "footer bytes, ";
                bytes = structured ? FooterNumber(bytes, random) : Bytewise(bytes, Math.Min(file.Footer, bytes.Length - 8)..bytes.Length,
                    random);
            }
            else if (kind == 1 && file.PageHeaders.Count > 0 && bytes.Length >= file.Bytes.Length)
            {
                Range header = file.PageHeaders[random.Next(file.PageHeaders.Count)];
                where += structured ? "page header number, " : "page header bytes, ";
                bytes = structured ? HeaderNumber(bytes, header, random) : Overwrite(bytes, header, random);
            }
            else
            {
                where += "anywhere, ";
                bytes = Bytewise(bytes, 0..bytes.Length, random);
            }
        }

        return new Mutation(file.Name, bytes, where.TrimEnd(',', ' '));
    }

    // A number of the footer becomes another of any length; the footer's length is set right.
    private static byte[] FooterNumber(byte[] bytes, Random random)
    {
        int start = bytes.Length - 8 - BitConverter.ToInt32(bytes, bytes.Length - 8);
        if (start < 0 || Numbers(bytes, start) is not { Count: > 0 } numbers)
        {
            return Overwrite(bytes, (bytes.Length / 2)..bytes.Length, random);
        }

        Range at = numbers[random.Next(numbers.Count)];
        byte[] number = Varint(Interesting(random));
        byte[] changed = [.. bytes[..at.Start.Value], .. number, .. bytes[at.End.Value..]];
        BitConverter.TryWriteBytes(changed.AsSpan(changed.Length - 8), changed.Length - 8 - start);
        return changed;
    }

    // A number of a page header becomes another in as many bytes, so that all else stays in its place.
    private static byte[] HeaderNumber(byte[] bytes, Range header, Random random)
    {
        if (Numbers(bytes, header.Start.Value) is not { Count: > 0 } numbers)
        {
            return Overwrite(bytes, header, random);
        }

        Range at = numbers[random.Next(numbers.Count)];
        int length = at.End.Value - at.Start.Value;
        ulong value = Interesting(random);
        for (int i = 0; i < length; i++, value >>= 7)
        {
            bytes[at.Start.Value + i] = (byte)((value & 127) | (i < length - 1 ? 128u : 0));
        }

        return bytes;
    }

    private static IReadOnlyList<Range>? Numbers(byte[] bytes, int start)
    {
        try
        {
            return new CompactThrift(bytes, start).Walk().Numbers;
        }
        catch (Exception e) when (e is IndexOutOfRangeException or InvalidDataException)
        {
            return null; // an earlier edit broke it
        }
    }

    private static ulong Interesting(Random random) => random.Next(10) switch
    {
        0 => 0,
        1 => 1, // −1
        2 => (ulong)random.Next(256),
        3 => (ulong)random.Next(1 << 20),
        4 => (ulong)int.MaxValue << 1,
        5 => ((ulong)int.MaxValue << 1) + 1, // −2³¹
        6 => ulong.MaxValue - 1, // 2⁶³ − 1
        7 => ulong.MaxValue, // −2⁶³
        8 => 1UL << random.Next(64),
        _ => (ulong)random.NextInt64() << 1,
    };

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 128; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Overwrite(byte[] bytes, Range range, Random random)
    {
        int start = Math.Min(range.Start.Value, bytes.Length - 1), end = Math.Max(start + 1, Math.Min(range.End.Value, bytes.Length)),
            at = start + random.Next(end - start);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes[at] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                break;
            case 2:
                bytes[at]++;
                break;
            case 3:
                random.NextBytes(bytes.AsSpan(at, Math.Min(bytes.Length - at, 1 + random.Next(8))));
                break;
            default:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
        }

        return bytes;
    }

    // Also cuts and insertions, which move what comes after.
    private static byte[] Bytewise(byte[] bytes, Range range, Random random)
    {
        int start = Math.Min(range.Start.Value, bytes.Length - 1), end = Math.Max(start + 1, Math.Min(range.End.Value, bytes.Length)),
            at = start + random.Next(end - start);
        return random.Next(10) switch
        {
            0 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Next(4))..], .. bytes.Length < 16 ? new byte[16] : []],
            1 => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
            2 when random.Next(4) == 0 => [.. bytes[..Math.Max(1, at)]],
            _ => Overwrite(bytes, range, random),
        };
    }
}
