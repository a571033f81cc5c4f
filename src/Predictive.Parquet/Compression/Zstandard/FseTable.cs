using System.Numerics;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Compression.Zstandard;

/// <summary>A finite state entropy decoding table (RFC 8878, 4.1).</summary>
internal sealed class FseTable(int maxLog)
{
    private readonly short[] _probabilities = new short[256];
    private readonly int[] _next = new int[256];

    /// <summary>Bits of a state.</summary>
    public int Log { get; private set; } = -1;

    public byte[] Symbols { get; } = new byte[1 << maxLog];

    public byte[] Bits { get; } = new byte[1 << maxLog];

    public ushort[] Bases { get; } = new ushort[1 << maxLog];

    /// <summary>A table of one symbol that takes no bits.</summary>
    public void SetSingle(byte symbol)
    {
        (Log, Symbols[0], Bits[0], Bases[0]) = (0, symbol, 0, 0);
    }

    /// <summary>Builds the table from probabilities: −1 = "less than one".</summary>
    public void Build(ReadOnlySpan<short> probabilities, int log)
    {
        Log = log;
        int size = 1 << log, high = size;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            if (probabilities[symbol] == -1)
            {
                Symbols[--high] = (byte)symbol;
                _next[symbol] = 1;
            }
        }

        int step = (size >> 1) + (size >> 3) + 3, position = 0;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            if (probabilities[symbol] <= 0)
            {
                continue;
            }

            _next[symbol] = probabilities[symbol];
            for (int i = 0; i < probabilities[symbol]; i++)
            {
                Symbols[position] = (byte)symbol;
                do
                {
                    position = (position + step) & (size - 1);
                }
                while (position >= high);
            }
        }

        for (int state = 0; state < size; state++)
        {
            int next = _next[Symbols[state]]++;
            int bits = log - BitOperations.Log2((uint)next);
            Bits[state] = (byte)bits;
            Bases[state] = (ushort)((next << bits) - size);
        }
    }

    /// <summary>Reads a table description; returns the bytes it took.</summary>
    public int Read(ReadOnlySpan<byte> source, int maxSymbol)
    {
        int bit = 0;
        int log = Take(source, ref bit, 4) + 5;
        if (log > maxLog)
        {
            Corrupt.Throw($"damaged Zstandard data: a table of {log} bits where at most {maxLog} are possible");
        }

        int remaining = 1 << log, symbol = 0;
        while (remaining > 0)
        {
            if (symbol > maxSymbol)
            {
                Corrupt.Throw("damaged Zstandard data: a table of too many symbols");
            }

            int bits = BitOperations.Log2((uint)remaining + 1) + 1;
            int value = Take(source, ref bit, bits);
            int lower = (1 << (bits - 1)) - 1;
            int threshold = (1 << bits) - 1 - (remaining + 1);
            if ((value & lower) < threshold)
            {
                bit--;
                value &= lower;
            }
            else if (value > lower)
            {
                value -= threshold;
            }

            int probability = value - 1;
            remaining -= Math.Abs(probability);
            _probabilities[symbol++] = (short)probability;
            if (probability == 0)
            {
                int repeat;
                do
                {
                    repeat = Take(source, ref bit, 2);
                    if (symbol + repeat > maxSymbol + 1)
                    {
                        Corrupt.Throw("damaged Zstandard data: a table of too many symbols");
                    }

                    _probabilities.AsSpan(symbol, repeat).Clear();
                    symbol += repeat;
                }
                while (repeat == 3);
            }
        }

        if (remaining < 0)
        {
            Corrupt.Throw("damaged Zstandard data: probabilities that do not add up");
        }

        Build(_probabilities.AsSpan(0, symbol), log);
        return (bit + 7) >> 3;
    }

    private static int Take(ReadOnlySpan<byte> source, ref int bit, int count)
    {
        int value = 0;
        for (int i = 0; i < count; i++, bit++)
        {
            if (bit >> 3 >= source.Length)
            {
                Corrupt.Throw("damaged Zstandard data: a table ends in the middle");
            }

            value |= ((source[bit >> 3] >> (bit & 7)) & 1) << i;
        }

        return value;
    }
}
