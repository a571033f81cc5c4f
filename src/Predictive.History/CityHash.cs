using System.Buffers.Binary;
using System.Numerics;

namespace Predictive.History;

/// <summary>
/// CityHash64 of version 1.0.2, which ClickHouse's <c>cityHash64</c> of one text is and later versions are not (Pike and Alakuijala,
/// Google, 2011). By hand, because no package of the feed has this version by itself; tested against the server.
/// </summary>
internal static class CityHash
{
    private const ulong K0 = 0xc3a5c85c97cb3127, K1 = 0xb492b66fbe98f273, K2 = 0x9ae16a3b2f90404f, K3 = 0xc949d7c7509e6557;
    private const ulong Multiplier = 0x9ddfea08eb382d69;

    /// <summary>The hash of bytes.</summary>
    public static ulong Hash64(ReadOnlySpan<byte> s) => s.Length switch
    {
        <= 16 => UpTo16(s),
        <= 32 => UpTo32(s),
        <= 64 => UpTo64(s),
        _ => Long(s),
    };

    private static ulong UpTo16(ReadOnlySpan<byte> s)
    {
        ulong length = (ulong)s.Length;
        if (s.Length > 8)
        {
            ulong a = Fetch64(s, 0), b = Fetch64(s, s.Length - 8);
            return Combine(a, BitOperations.RotateRight(b + length, s.Length)) ^ b;
        }

        if (s.Length >= 4)
        {
            return Combine(length + ((ulong)Fetch32(s, 0) << 3), Fetch32(s, s.Length - 4));
        }

        if (s.Length > 0)
        {
            uint y = s[0] + ((uint)s[s.Length >> 1] << 8), z = (uint)s.Length + ((uint)s[^1] << 2);
            return Mix((y * K2) ^ (z * K3)) * K2;
        }

        return K2;
    }

    private static ulong UpTo32(ReadOnlySpan<byte> s)
    {
        ulong a = Fetch64(s, 0) * K1, b = Fetch64(s, 8), c = Fetch64(s, s.Length - 8) * K2, d = Fetch64(s, s.Length - 16) * K0;
        return Combine(
            BitOperations.RotateRight(a - b, 43) + BitOperations.RotateRight(c, 30) + d,
            a + BitOperations.RotateRight(b ^ K3, 20) - c + (ulong)s.Length);
    }

    private static ulong UpTo64(ReadOnlySpan<byte> s)
    {
        ulong z = Fetch64(s, 24);
        (ulong vf, ulong vs) = Half(
            Fetch64(s, 0) + (((ulong)s.Length + Fetch64(s, s.Length - 16)) * K0), z, Fetch64(s, 8), Fetch64(s, 16));
        (ulong wf, ulong ws) = Half(
            Fetch64(s, 16) + Fetch64(s, s.Length - 32), Fetch64(s, s.Length - 8), Fetch64(s, s.Length - 24), Fetch64(s, s.Length - 16));
        ulong r = Mix(((vf + ws) * K2) + ((wf + vs) * K0));
        return Mix((r * K0) + vs) * K2;
    }

    private static (ulong First, ulong Second) Half(ulong a, ulong z, ulong next, ulong last)
    {
        ulong b = BitOperations.RotateRight(a + z, 52), c = BitOperations.RotateRight(a, 37);
        a += next;
        c += BitOperations.RotateRight(a, 7);
        a += last;
        return (a + z, b + BitOperations.RotateRight(a, 31) + c);
    }

    private static ulong Long(ReadOnlySpan<byte> s)
    {
        int length = s.Length;
        ulong x = Fetch64(s, 0), y = Fetch64(s, length - 16) ^ K1, z = Fetch64(s, length - 56) ^ K0;
        (ulong First, ulong Second) v = Weak(s[(length - 64)..], (ulong)length, y), w = Weak(s[(length - 32)..], (ulong)length * K1, K0);
        z += Mix(v.Second) * K1;
        x = BitOperations.RotateRight(z + x, 39) * K1;
        y = BitOperations.RotateRight(y, 33) * K1;
        for (int left = (length - 1) & ~63; left != 0; left -= 64)
        {
            x = BitOperations.RotateRight(x + y + v.First + Fetch64(s, 16), 37) * K1;
            y = BitOperations.RotateRight(y + v.Second + Fetch64(s, 48), 42) * K1;
            x ^= w.Second;
            y ^= v.First;
            z = BitOperations.RotateRight(z ^ w.First, 33);
            v = Weak(s, v.Second * K1, x + w.First);
            w = Weak(s[32..], z + w.Second, y);
            (z, x) = (x, z);
            s = s[64..];
        }

        return Combine(Combine(v.First, w.First) + (Mix(y) * K1) + z, Combine(v.Second, w.Second) + x);
    }

    private static (ulong First, ulong Second) Weak(ReadOnlySpan<byte> s, ulong a, ulong b)
    {
        ulong w = Fetch64(s, 0), x = Fetch64(s, 8), y = Fetch64(s, 16), z = Fetch64(s, 24);
        a += w;
        b = BitOperations.RotateRight(b + a + z, 21);
        ulong c = a;
        a += x + y;
        b += BitOperations.RotateRight(a, 44);
        return (a + z, b + c);
    }

    private static ulong Combine(ulong low, ulong high)
    {
        ulong a = (low ^ high) * Multiplier;
        a ^= a >> 47;
        ulong b = (high ^ a) * Multiplier;
        b ^= b >> 47;
        return b * Multiplier;
    }

    private static ulong Mix(ulong value) => value ^ (value >> 47);

    private static ulong Fetch64(ReadOnlySpan<byte> s, int at) => BinaryPrimitives.ReadUInt64LittleEndian(s[at..]);

    private static uint Fetch32(ReadOnlySpan<byte> s, int at) => BinaryPrimitives.ReadUInt32LittleEndian(s[at..]);
}
