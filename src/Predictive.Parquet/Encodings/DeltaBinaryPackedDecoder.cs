using System.Numerics;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Encodings;

/// <summary>
/// DELTA_BINARY_PACKED: blocks of bit-packed differences above a block minimum. Arithmetic wraps, as the format says.
/// </summary>
/// <remarks><code>
/// header: block size, miniblocks per block, total count (varints), first value (zigzag)
/// block:  minimum delta (zigzag), one width byte per miniblock, the miniblocks
/// </code></remarks>
internal sealed class DeltaBinaryPackedDecoder<T> : IDecoder<T>
    where T : unmanaged, IBinaryInteger<T>
{
    private const int Piece = 32;
    private readonly ulong[] _deltas = new ulong[Piece];
    private readonly byte[] _widths = new byte[512];
    private byte[] _data = [];
    private int _end;
    private int _perMiniblock;
    private int _miniblocks;
    private int _miniblock;
    private int _miniblockLeft;
    private int _pieceNext;
    private int _pieceCount;
    private int _remaining;
    private ulong _minDelta;
    private ulong _last;
    private bool _first;

    /// <summary>Position after everything read; once all values are read, the end of the encoded block.</summary>
    public int Position { get; private set; }

    /// <summary>Values the header announces.</summary>
    public int Count { get; private set; }

    public void Reset(byte[] data, int start, int end, int maxCount)
    {
        (_data, Position, _end) = (data, start, end);
        ulong block = VarInt(), miniblocks = VarInt(), count = VarInt();
        if (block == 0 || block % 128 != 0 || block > 1 << 24 || miniblocks == 0 || miniblocks > (ulong)_widths.Length || block % miniblocks != 0 || block / miniblocks % 32 != 0)
        {
            Corrupt.Throw($"delta blocks of {block} values in {miniblocks} miniblocks (multiples of 128 and 32 are expected)");
        }

        if (count > (ulong)maxCount)
        {
            Corrupt.Throw($"{count} delta-encoded values in a page of {maxCount}");
        }

        _perMiniblock = (int)(block / miniblocks);
        _miniblocks = (int)miniblocks;
        _miniblock = _miniblocks;
        _miniblockLeft = _pieceNext = _pieceCount = 0;
        Count = _remaining = (int)count;
        _last = (ulong)ZigZag();
        _first = true;
    }

    public void Read(Span<T> into)
    {
        if (into.Length > _remaining)
        {
            Corrupt.Throw($"the page holds fewer values than its header claims ({_remaining} left, {into.Length} needed)");
        }

        int done = 0;
        if (_first && into.Length > 0)
        {
            into[done++] = T.CreateTruncating(_last);
            _first = false;
            _remaining--;
        }

        while (done < into.Length)
        {
            if (_pieceNext == _pieceCount)
            {
                NextPiece();
            }

            int n = Math.Min(into.Length - done, _pieceCount - _pieceNext);
            ulong last = _last, min = _minDelta;
            for (int i = 0; i < n; i++)
            {
                last += min + _deltas[_pieceNext + i];
                into[done + i] = T.CreateTruncating(last);
            }

            _last = last;
            _pieceNext += n;
            _remaining -= n;
            done += n;
        }
    }

    private void NextPiece()
    {
        if (_miniblockLeft == 0)
        {
            if (++_miniblock >= _miniblocks)
            {
                _minDelta = (ulong)ZigZag();
                if (_miniblocks > _end - Position)
                {
                    Corrupt.Throw("a delta block ends in the middle");
                }

                _data.AsSpan(Position, _miniblocks).CopyTo(_widths);
                Position += _miniblocks;
                _miniblock = 0;
            }

            if (_widths[_miniblock] > 64)
            {
                Corrupt.Throw($"a bit width of {_widths[_miniblock]} (0 to 64 are possible)");
            }

            _miniblockLeft = _perMiniblock;
        }

        // The padding of the last miniblock is there by the format; cut padding is tolerated as long as no value is missing.
        int width = _widths[_miniblock];
        int bytes = Piece / 8 * width;
        int available = _end - Position;
        int needed = (Math.Min(Piece, _remaining) * width + 7) / 8;
        if (needed > available)
        {
            Corrupt.Throw("a delta block ends in the middle");
        }

        _pieceCount = bytes <= available ? Piece : Math.Min(Piece, _remaining);
        BitUnpacker.Unpack64(_data, Position, width, _deltas.AsSpan(0, _pieceCount));
        Position += Math.Min(bytes, available);
        _pieceNext = 0;
        _miniblockLeft -= Piece;
        if (_remaining <= Piece)
        {
            // Only values count: pass over the padding pieces of this miniblock, so that Position is where the next thing starts.
            Position += Math.Min(_miniblockLeft / 8 * width, _end - Position);
            _miniblockLeft = 0;
        }
    }

    private ulong VarInt()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (Position >= _end)
            {
                Corrupt.Throw("a delta block ends in the middle");
            }

            byte b = _data[Position++];
            value |= (ulong)(b & 127) << shift;
            if (b < 128)
            {
                return value;
            }
        }

        return Corrupt.Throw<ulong>("a delta header of more than 64 bits");
    }

    private long ZigZag()
    {
        ulong value = VarInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
