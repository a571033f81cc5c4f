using Predictive.Parquet.Metadata;
using Predictive.Parquet.Reading;

namespace Predictive.Parquet.Encodings;

/// <summary>The deprecated BIT_PACKED levels: most significant bit first, no header. Rewritten as one run of the hybrid, so that one reader serves both.</summary>
internal static class LegacyLevels
{
    /// <summary>Rewrites the levels; returns the bytes they took. The run is at the start of <paramref name="into"/>, its length in <paramref name="runLength"/>.</summary>
    public static int Rewrite(byte[] data, int start, int end, int count, int width, PooledBytes into, out int runLength)
    {
        long bits = (long)count * width;
        int bytes = (int)((bits + 7) / 8);
        if (bytes > end - start)
        {
            Corrupt.Throw("the page holds fewer levels than its header claims");
        }

        int groups = (count + 7) / 8;
        into.Reserve(5 + groups * width);
        byte[] run = into.Array;
        int at = 0;
        for (uint header = ((uint)groups << 1) | 1; ; header >>= 7)
        {
            if (header < 128)
            {
                run[at++] = (byte)header;
                break;
            }

            run[at++] = (byte)(header | 128);
        }

        run.AsSpan(at, groups * width).Clear();
        for (int i = 0; i < count; i++)
        {
            for (int b = 0; b < width; b++)
            {
                long from = (long)i * width + b;
                int bit = (data[start + (int)(from >> 3)] >> (7 - (int)(from & 7))) & 1;
                long to = (long)i * width + (width - 1 - b);
                run[at + (int)(to >> 3)] |= (byte)(bit << (int)(to & 7));
            }
        }

        runLength = at + groups * width;
        return bytes;
    }
}
