// Longer than 300 lines: one frame, block and sequence walk whose steps share the decoder's tables and offsets; tables and bit streams are beside it.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Predictive.Parquet.Metadata;
using Predictive.Parquet.Reading;

namespace Predictive.Parquet.Compression.Zstandard;

/// <summary>Zstandard frames (RFC 8878), without dictionaries; no package of the feed has a decoder. Frame checksums are not verified: pages have their own CRC.</summary>
/// <remarks>
/// <code>
/// frame := magic, header, blocks [, checksum]       block := raw | one byte repeated | literals section, sequences section
/// </code>
/// The whole output is one buffer, so every match within the frame can be copied from it, whatever the frame's window.
/// </remarks>
internal sealed class ZstdDecoder
{
    private const uint Magic = 0xFD2FB528;
    private const int MaxBlock = 128 << 10;

    [ThreadStatic]
    private static ZstdDecoder? s_instance;

    private readonly byte[] _literals = new byte[MaxBlock + PooledBytes.Slack];
    private readonly HuffmanTable _huffman = new();
    private readonly FseTable _literalLengths = new(9);
    private readonly FseTable _offsets = new(8);
    private readonly FseTable _matchLengths = new(9);
    private bool _hasSequenceTables;
    private int _offset1;
    private int _offset2;
    private int _offset3;

    /// <summary>Decodes one or more frames to exactly <paramref name="length"/> bytes. The source needs eight readable bytes after its end; the target
    /// grows with what comes out.</summary>
    public static void Decode(byte[] source, int start, int count, PooledBytes target, int length)
    {
        s_instance ??= new ZstdDecoder();
        int end = start + count, done = 0;
        while (start < end)
        {
            start = s_instance.DecodeFrame(source, start, end, target, ref done, length);
        }

        if (done != length)
        {
            Corrupt.Throw($"a Zstandard page of {done} bytes where its header claims {length}");
        }

        target.Reserve(length, done);
    }

    private int DecodeFrame(byte[] source, int at, int end, PooledBytes target, ref int done, int length)
    {
        Need(at, end, 5);
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(source.AsSpan(at));
        if ((magic & 0xFFFFFFF0) == 0x184D2A50)
        {
            Need(at, end, 8);
            uint skip = BinaryPrimitives.ReadUInt32LittleEndian(source.AsSpan(at + 4));
            Need(at + 8, end, skip);
            return at + 8 + (int)skip;
        }

        if (magic != Magic)
        {
            Corrupt.Throw("not Zstandard data");
        }

        int descriptor = source[at + 4];
        bool single = (descriptor & 32) != 0;
        int contentSize = (descriptor >> 6) switch { 0 => single ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        int dictionaryId = (descriptor & 3) switch { 3 => 4, int n => n };
        if ((descriptor & 8) != 0 || dictionaryId != 0)
        {
            Corrupt.Throw("Zstandard data that need a dictionary, or of a reserved kind");
        }

        at += 5 + (single ? 0 : 1) + contentSize;
        _huffman.Clear();
        _hasSequenceTables = false;
        (_offset1, _offset2, _offset3) = (1, 4, 8);
        int frameStart = done;
        while (true)
        {
            Need(at, end, 3);
            int header = source[at] | (source[at + 1] << 8) | (source[at + 2] << 16);
            at += 3;
            int size = header >> 3;
            int room = Math.Min(length - done, MaxBlock);
            switch ((header >> 1) & 3)
            {
                case 0:
                    Need(at, end, size);
                    CheckRoom(size, room);
                    Grow(target, done, size, length);
                    source.AsSpan(at, size).CopyTo(target.Array.AsSpan(done));
                    at += size;
                    done += size;
                    break;
                case 1:
                    Need(at, end, 1);
                    CheckRoom(size, room);
                    Grow(target, done, size, length);
                    target.Array.AsSpan(done, size).Fill(source[at++]);
                    done += size;
                    break;
                case 2:
                    Need(at, end, size);
                    Grow(target, done, room, length);
                    done = DecodeBlock(source, at, at + size, target.Array, frameStart, done, done + room);
                    at += size;
                    break;
                default:
                    Corrupt.Throw("damaged Zstandard data: a block of a reserved kind");
                    break;
            }

            if ((header & 1) != 0)
            {
                break;
            }
        }

        if ((descriptor & 4) != 0)
        {
            Need(at, end, 4);
            at += 4;
        }

        return at;
    }

    private int DecodeBlock(byte[] source, int at, int end, byte[] target, int frameStart, int done, int limit)
    {
        at = DecodeLiterals(source, at, end, out int literalCount);
        Need(at, end, 1);
        int count = source[at++];
        if (count >= 128)
        {
            Need(at, end, count == 255 ? 2 : 1);
            count = count == 255 ? source[at] + (source[at + 1] << 8) + 0x7F00 : ((count - 128) << 8) + source[at];
            at += count >= 0x7F00 ? 2 : 1;
        }

        int literal = 0;
        if (count > 0)
        {
            Need(at, end, 1);
            int modes = source[at++];
            at = ReadTable(_literalLengths, modes >> 6, SequenceTables.DefaultLiterals, 6, SequenceTables.MaxLiteralCode, source, at, end);
            at = ReadTable(_offsets, (modes >> 4) & 3, SequenceTables.DefaultOffsets, 5, SequenceTables.MaxOffsetCode, source, at, end);
            at = ReadTable(_matchLengths, (modes >> 2) & 3, SequenceTables.DefaultMatches, 6, SequenceTables.MaxMatchCode, source, at, end);
            _hasSequenceTables = true;
            done = ExecuteSequences(new BackwardBits(source, at, end - at), count, target, frameStart, done, limit, literalCount, ref literal);
        }

        int rest = literalCount - literal;
        CheckRoom(rest, limit - done);
        _literals.AsSpan(literal, rest).CopyTo(target.AsSpan(done));
        return done + rest;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private int ExecuteSequences(BackwardBits bits, int count, byte[] target, int frameStart, int done, int limit, int literalCount, ref int literal)
    {
        FseTable lengths = _literalLengths, offsets = _offsets, matches = _matchLengths;
        int lengthState = (int)bits.Read(lengths.Log), offsetState = (int)bits.Read(offsets.Log), matchState = (int)bits.Read(matches.Log);
        ref byte to = ref MemoryMarshal.GetArrayDataReference(target);
        for (int i = 0; i < count; i++)
        {
            int offsetCode = offsets.Symbols[offsetState];
            long offsetValue = (1L << offsetCode) + (long)bits.Read(offsetCode);
            int matchCode = matches.Symbols[matchState];
            int match = SequenceTables.MatchBases[matchCode] + (int)bits.Read(SequenceTables.MatchBits[matchCode]);
            int lengthCode = lengths.Symbols[lengthState];
            int run = SequenceTables.LiteralBases[lengthCode] + (int)bits.Read(SequenceTables.LiteralBits[lengthCode]);
            if (i < count - 1)
            {
                lengthState = lengths.Bases[lengthState] + (int)bits.Read(lengths.Bits[lengthState]);
                matchState = matches.Bases[matchState] + (int)bits.Read(matches.Bits[matchState]);
                offsetState = offsets.Bases[offsetState] + (int)bits.Read(offsets.Bits[offsetState]);
            }

            int offset = NextOffset(offsetValue, run);
            if (run > literalCount - literal || run > limit - done || match > limit - done - run || (uint)(offset - 1) >= (uint)(done + run - frameStart))
            {
                Corrupt.Throw("damaged Zstandard data: a sequence beyond its block");
            }

            _literals.AsSpan(literal, run).CopyTo(target.AsSpan(done));
            literal += run;
            done += run;
            SnappyDecoder.CopyWithin(ref to, done, offset, match);
            done += match;
        }

        if (bits.Left != 0)
        {
            Corrupt.Throw("damaged Zstandard data: sequences of the wrong length");
        }

        return done;
    }

    // Values 1 to 3 repeat one of the last three offsets, one place further where there are no literals between.
    private int NextOffset(long value, int run)
    {
        if (value > 3)
        {
            int offset = value - 3 > int.MaxValue ? 0 : (int)(value - 3);
            (_offset3, _offset2, _offset1) = (_offset2, _offset1, offset);
            return offset;
        }

        switch (value - (run == 0 ? 0 : 1))
        {
            case 0:
                return _offset1;
            case 1:
                (_offset2, _offset1) = (_offset1, _offset2);
                return _offset1;
            case 2:
                (_offset3, _offset2, _offset1) = (_offset2, _offset1, _offset3);
                return _offset1;
            default:
                (_offset3, _offset2, _offset1) = (_offset2, _offset1, _offset1 - 1);
                return _offset1;
        }
    }

    private int ReadTable(FseTable table, int mode, short[] defaults, int defaultLog, int maxSymbol, byte[] source, int at, int end)
    {
        switch (mode)
        {
            case 0:
                table.Build(defaults, defaultLog);
                return at;
            case 1:
                Need(at, end, 1);
                if (source[at] > maxSymbol)
                {
                    Corrupt.Throw($"damaged Zstandard data: a sequence code of {source[at]}");
                }

                table.SetSingle(source[at]);
                return at + 1;
            case 2:
                return at + table.Read(source.AsSpan(at, end - at), maxSymbol);
            default:
                if (!_hasSequenceTables)
                {
                    Corrupt.Throw("damaged Zstandard data: a table is repeated that was never there");
                }

                return at;
        }
    }

    private int DecodeLiterals(byte[] source, int at, int end, out int count)
    {
        Need(at, end, 1);
        int kind = source[at] & 3, format = (source[at] >> 2) & 3;
        if (kind < 2)
        {
            int bytes = format switch { 1 => 2, 3 => 3, _ => 1 };
            Need(at, end, bytes);
            count = bytes switch { 1 => source[at] >> 3, 2 => (source[at] | (source[at + 1] << 8)) >> 4, _ => (source[at] | (source[at + 1] << 8) | (source[at + 2] << 16)) >> 4 };
            at += bytes;
            CheckRoom(count, MaxBlock);
            Need(at, end, kind == 0 ? count : 1);
            if (kind == 0)
            {
                source.AsSpan(at, count).CopyTo(_literals);
                return at + count;
            }

            _literals.AsSpan(0, count).Fill(source[at]);
            return at + 1;
        }

        int header = format switch { 2 => 4, 3 => 5, _ => 3 }, width = format switch { 2 => 14, 3 => 18, _ => 10 };
        Need(at, end, header);
        long packed = 0;
        for (int i = 0; i < header; i++)
        {
            packed |= (long)source[at + i] << (8 * i);
        }

        count = (int)((packed >> 4) & ((1 << width) - 1));
        int compressed = (int)((packed >> (4 + width)) & ((1 << width) - 1));
        at += header;
        Need(at, end, compressed);
        CheckRoom(count, MaxBlock);
        int stop = at + compressed, start = at;
        if (kind == 2)
        {
            start += _huffman.Read(source, at, stop);
        }
        else if (!_huffman.IsSet)
        {
            Corrupt.Throw("damaged Zstandard data: a Huffman tree is repeated that was never there");
        }

        DecodeStreams(source, start, stop, format == 0 ? 1 : 4, count);
        return stop;
    }

    private void DecodeStreams(byte[] source, int start, int stop, int streams, int count)
    {
        if (streams == 1)
        {
            _huffman.Decode(source, start, stop - start, _literals.AsSpan(0, count));
            return;
        }

        Need(start, stop, 6);
        int at = start + 6, done = 0, each = (count + 3) / 4;
        for (int i = 0; i < 4; i++)
        {
            int size = i < 3 ? BinaryPrimitives.ReadUInt16LittleEndian(source.AsSpan(start + 2 * i)) : stop - at;
            Need(at, stop, size);
            int part = i < 3 ? each : count - 3 * each;
            CheckRoom(part, count - done);
            _huffman.Decode(source, at, size, _literals.AsSpan(done, part));
            at += size;
            done += part;
        }
    }

    private static void Grow(PooledBytes target, int done, int more, int length) =>
        target.Reserve((int)Math.Min(length, Math.Max((long)done + more, 2L * done)), done);

    private static void Need(int at, int end, long bytes)
    {
        if (bytes < 0 || bytes > end - at)
        {
            Corrupt.Throw("damaged Zstandard data: they end in the middle");
        }
    }

    private static void CheckRoom(int bytes, int room)
    {
        if (bytes < 0 || bytes > room)
        {
            Corrupt.Throw("damaged Zstandard data: more output than the page header or a block allows");
        }
    }
}
