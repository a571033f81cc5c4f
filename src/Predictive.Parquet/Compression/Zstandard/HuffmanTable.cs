using System.Numerics;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Compression.Zstandard;

/// <summary>A Huffman decoding table for literals (RFC 8878, 4.2): one look-up per symbol.</summary>
internal sealed class HuffmanTable
{
    private const int MaxBits = 11;
    private readonly byte[] _symbols = new byte[1 << MaxBits];
    private readonly byte[] _lengths = new byte[1 << MaxBits];
    private readonly byte[] _weights = new byte[256];
    private readonly FseTable _weightTable = new(6);
    private int _bits;

    /// <summary>False before the first table of a frame.</summary>
    public bool IsSet { get; private set; }

    public void Clear() => IsSet = false;

    /// <summary>Reads a tree description; returns the bytes it took.</summary>
    public int Read(byte[] data, int start, int end)
    {
        if (start >= end)
        {
            Corrupt.Throw("damaged Zstandard data: a Huffman tree is missing");
        }

        int header = data[start], count, bytes;
        if (header >= 128)
        {
            count = header - 127;
            bytes = (count + 1) / 2;
            if (bytes > end - start - 1)
            {
                Corrupt.Throw("damaged Zstandard data: a Huffman tree ends in the middle");
            }

            for (int i = 0; i < count; i++)
            {
                int pair = data[start + 1 + i / 2];
                _weights[i] = (byte)((i & 1) == 0 ? pair >> 4 : pair & 15);
            }
        }
        else
        {
            bytes = header;
            if (bytes > end - start - 1)
            {
                Corrupt.Throw("damaged Zstandard data: a Huffman tree ends in the middle");
            }

            count = ReadCompressedWeights(data, start + 1, start + 1 + bytes);
        }

        Build(count);
        return 1 + bytes;
    }

    /// <summary>Decodes one stream to exactly the span's length.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    public void Decode(byte[] data, int start, int length, Span<byte> into)
    {
        var bits = new BackwardBits(data, start, length);
        int width = _bits;
        for (int i = 0; i < into.Length; i++)
        {
            int index = (int)bits.Peek(width);
            into[i] = _symbols[index];
            bits.Skip(_lengths[index]);
        }

        if (bits.Left != 0)
        {
            Corrupt.Throw("damaged Zstandard data: a literal stream of the wrong length");
        }
    }

    private int ReadCompressedWeights(byte[] data, int start, int end)
    {
        int table = _weightTable.Read(data.AsSpan(start, end - start), 255);
        var bits = new BackwardBits(data, start + table, end - start - table);
        int first = (int)bits.Read(_weightTable.Log), second = (int)bits.Read(_weightTable.Log);
        int count = 0;
        while (true)
        {
            // Two interleaved states; the stream ends when one needs more bits than are left, and the other still holds a symbol.
            Add(_weightTable.Symbols[first]);
            first = _weightTable.Bases[first] + (int)bits.Read(_weightTable.Bits[first]);
            if (bits.Left < 0)
            {
                Add(_weightTable.Symbols[second]);
                return count;
            }

            Add(_weightTable.Symbols[second]);
            second = _weightTable.Bases[second] + (int)bits.Read(_weightTable.Bits[second]);
            if (bits.Left < 0)
            {
                Add(_weightTable.Symbols[first]);
                return count;
            }
        }

        void Add(byte weight)
        {
            if (count >= 255)
            {
                Corrupt.Throw("damaged Zstandard data: a Huffman tree of too many symbols");
            }

            _weights[count++] = weight;
        }
    }

    private void Build(int count)
    {
        int sum = 0;
        for (int i = 0; i < count; i++)
        {
            if (_weights[i] > MaxBits)
            {
                Corrupt.Throw($"damaged Zstandard data: a Huffman weight of {_weights[i]}");
            }

            sum += _weights[i] == 0 ? 0 : 1 << (_weights[i] - 1);
        }

        int bits = sum == 0 ? 0 : BitOperations.Log2((uint)sum) + 1;
        int left = (1 << bits) - sum;
        if (bits is 0 or > MaxBits || !BitOperations.IsPow2(left))
        {
            Corrupt.Throw("damaged Zstandard data: Huffman weights that do not add up");
        }

        _weights[count++] = (byte)(BitOperations.Log2((uint)left) + 1);
        int at = 0;
        for (int weight = 1; weight <= bits; weight++)
        {
            for (int symbol = 0; symbol < count; symbol++)
            {
                if (_weights[symbol] == weight)
                {
                    int entries = 1 << (weight - 1);
                    _symbols.AsSpan(at, entries).Fill((byte)symbol);
                    _lengths.AsSpan(at, entries).Fill((byte)(bits + 1 - weight));
                    at += entries;
                }
            }
        }

        _bits = bits;
        IsSet = true;
    }
}
