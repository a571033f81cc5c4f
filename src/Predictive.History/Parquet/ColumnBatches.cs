using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ParquetSharp;
using Predictive.History.Text;

namespace Predictive.History.Parquet;

/// <summary>
/// One pass over one column of one row group, in batches into the caller's spans, whatever the storage type.
/// </summary>
/// <remarks>
/// Every <c>Read…</c> fills the span with the next rows; one kind of read per instance. Damage met on the way, and a row group that ends
/// early, is the one <see cref="DatasetException"/>. A column its file lacks gives missing values. Not thread-safe.
/// </remarks>
internal sealed class ColumnBatches : IDisposable
{
    /// <summary>A row without a time.</summary>
    public const long MissingTime = long.MinValue;

    /// <summary>A time that no calendar knows, or that stands for "no end": see <see cref="LocalYears"/>.</summary>
    public const long ImpossibleTime = long.MaxValue;

    private const double LargestExactWhole = 1L << 53;
    private readonly string _file;
    private readonly string _name;
    private readonly StoredColumn? _stored;
    private readonly Physical? _physical;
    private bool _takesAny;

    public ColumnBatches(string file, string name, StoredColumn? stored, ColumnReader? reader)
    {
        (_file, _name, _stored) = (file, name, stored);
        _physical = reader is null || stored is null || stored.Kind == ColumnKind.Nothing ? null : Physical.Of(reader, stored);
    }

    /// <summary>Numbers of any kind; missing = NaN. Decimals are divided exactly, then rounded once to the nearest double.</summary>
    /// <param name="values">One per row.</param>
    /// <param name="isMissing">Empty, or one per row: tells a missing value from a NaN that stands in the file.</param>
    public void ReadNumbers(Span<double> values, Span<bool> isMissing = default)
    {
        for (int at = 0; at < values.Length;)
        {
            int rows = Next(values.Length - at);
            Span<double> to = values.Slice(at, rows);
            switch (_physical)
            {
                case null:
                    to.Fill(double.NaN);
                    break;
                case Physical<double> p when p.IsFull:
                    p.Values.CopyTo(to);
                    break;
                case Physical<double> p:
                    Spread(p, to, double.NaN, static v => v);
                    break;
                case Physical<float> p:
                    Spread(p, to, double.NaN, static v => v);
                    break;
                case Physical<int> p when _stored!.Scale > 0:
                    Spread(p, to, double.NaN, v => Decimals.ToDouble(v, _stored.Scale));
                    break;
                case Physical<int> p when _stored!.IsUnsigned:
                    Spread(p, to, double.NaN, static v => (uint)v);
                    break;
                case Physical<int> p:
                    Spread(p, to, double.NaN, static v => v);
                    break;
                case Physical<long> p when _stored!.Kind == ColumnKind.Unsigned64:
                    Spread(p, to, double.NaN, static v => (ulong)v);
                    break;
                case Physical<long> p:
                    Spread(p, to, double.NaN, v => Decimals.ToDouble(v, _stored!.Scale));
                    break;
                case Physical<bool> p:
                    Spread(p, to, double.NaN, static v => v ? 1 : 0);
                    break;
                case Physical<ByteArray> p:
                    Spread(p, to, double.NaN, v => Decimals.ToDouble(Unscaled(Bytes(v)), _stored!.Scale));
                    break;
                case Physical<FixedLenByteArray> p when _stored!.Kind == ColumnKind.Real:
                    Spread(p, to, double.NaN, v => (double)BinaryPrimitives.ReadHalfLittleEndian(Bytes(v, 2)));
                    break;
                case Physical<FixedLenByteArray> p:
                    Spread(p, to, double.NaN, v => Decimals.ToDouble(Unscaled(Bytes(v, _stored!.Length)), _stored.Scale));
                    break;
                default:
                    throw Unexpected("numbers");
            }

            if (!isMissing.IsEmpty)
            {
                Missing(isMissing.Slice(at, rows));
            }

            at += rows;
        }

        // −0 and 0 are one amount, and two bit patterns of NaN one missing value.
        foreach (ref double value in values)
        {
            value = double.IsNaN(value) ? double.NaN : value + 0.0;
        }
    }

    /// <summary>Whole numbers that fit a <see cref="long"/>; missing = 0.</summary>
    public void ReadIntegers(Span<long> values, Span<bool> isMissing)
    {
        for (int at = 0; at < values.Length;)
        {
            int rows = Next(values.Length - at);
            Span<long> to = values.Slice(at, rows);
            switch (_physical)
            {
                case null:
                    to.Clear();
                    break;
                case Physical<long> p when p.IsFull:
                    p.Values.CopyTo(to);
                    break;
                case Physical<long> p:
                    Spread(p, to, 0L, static v => v);
                    break;
                case Physical<int> p when _stored!.IsUnsigned:
                    Spread(p, to, 0L, static v => (uint)v);
                    break;
                case Physical<int> p:
                    Spread(p, to, 0L, static v => v);
                    break;
                default:
                    throw Unexpected("whole numbers");
            }

            Missing(isMissing.Slice(at, rows));
            at += rows;
        }
    }

    /// <summary>
    /// Local microseconds since 1970-01-01T00:00; <see cref="MissingTime"/> or <see cref="ImpossibleTime"/> where there is none. DATE is
    /// 00:00 of the day, nanoseconds are rounded down, INT96 is local.
    /// </summary>
    /// <param name="values">One per row.</param>
    /// <param name="clock">Turns instants in UTC into local times.</param>
    public void ReadTimes(Span<long> values, LocalClock clock)
    {
        for (int at = 0; at < values.Length;)
        {
            int rows = Next(values.Length - at);
            Span<long> to = values.Slice(at, rows);
            switch (_physical)
            {
                case null:
                    to.Fill(MissingTime);
                    break;
                case Physical<long> p:
                    Spread(p, to, MissingTime, _stored!.Micros);
                    break;
                case Physical<int> p:
                    Spread(p, to, MissingTime, v => _stored!.Micros(v));
                    break;
                case Physical<Int96> p:
                    Spread(p, to, MissingTime, Int96Micros);
                    break;
                default:
                    throw Unexpected("times");
            }

            if (_stored is { IsUtc: true })
            {
                foreach (ref long time in to)
                {
                    long local = time is MissingTime or ImpossibleTime ? time : clock.ToLocal(time);
                    time = local is MissingTime or (>= LocalYears.First and <= LocalYears.Last) ? local : ImpossibleTime;
                }
            }

            at += rows;
        }
    }

    /// <summary>
    /// Names as codes of a pool, −1 = missing or blank. Text is taken as its bytes; a uuid in its usual text, a whole number in its digits;
    /// a double or decimal must be whole (and not above 2⁵³, where doubles lose digits).
    /// </summary>
    public void ReadCodes(Span<int> codes, TextPool pool)
    {
        if (_physical is Physical<ByteArray> text && _stored!.Kind == ColumnKind.Text)
        {
            ReadTexts(text, codes, pool);
            return;
        }

        var sink = new CodeSink(codes, pool);
        ReadNames(codes.Length, ref sink);
    }

    // A few at a time: while one is looked up, the memory of the next is on its way.
    private void ReadTexts(Physical<ByteArray> physical, Span<int> codes, TextPool pool)
    {
        const int few = 32;
        Span<TextKey> keys = stackalloc TextKey[few];
        for (int at = 0; at < codes.Length;)
        {
            int rows = Next(codes.Length - at), value = 0;
            ReadOnlySpan<ByteArray> texts = physical.Values;
            for (int start = 0; start < rows; start += few)
            {
                int some = Math.Min(few, rows - start);
                Span<int> to = codes.Slice(at + start, some);
                ReadOnlySpan<ByteArray> from = texts[value..];
                int v = 0;
                for (int i = 0; i < some; i++)
                {
                    to[i] = -1;
                    if (physical.HasValue(start + i))
                    {
                        ReadOnlySpan<byte> name = Bytes(from[v]);
                        if (!TextPool.IsBlank(name))
                        {
                            to[i] = v;
                            keys[i] = TextKey.Of(name);
                            pool.Prefetch(keys[i]);
                        }

                        v++;
                    }
                }

                value += v;
                for (int i = 0; i < some; i++)
                {
                    if (to[i] >= 0)
                    {
                        to[i] = pool.CodeOf(Bytes(from[to[i]]), keys[i]);
                    }
                }
            }

            at += rows;
        }
    }

    /// <summary>A 64-bit hash of each row's name (<see cref="NameHash"/>); 0 = missing or blank. A value that names nothing is refused as
    /// by <see cref="ReadCodes"/>.</summary>
    public void ReadNameHashes(Span<ulong> hashes)
    {
        var sink = new HashSink(hashes);
        ReadNames(hashes.Length, ref sink);
    }

    /// <summary>A 64-bit hash of each row's value as text, whatever it is; 0 = missing or blank. The same as <see cref="ReadNameHashes"/>
    /// for what may be a name.</summary>
    public void ReadHashes(Span<ulong> hashes)
    {
        _takesAny = true;
        ReadNameHashes(hashes);
    }

    /// <inheritdoc/>
    public void Dispose() => _physical?.Dispose();

    private interface INameSink
    {
        void Put(int row, scoped ReadOnlySpan<byte> name);
    }

    private readonly ref struct CodeSink(Span<int> codes, TextPool pool) : INameSink
    {
        private readonly Span<int> _codes = codes;

        public void Put(int row, scoped ReadOnlySpan<byte> name) => _codes[row] = TextPool.IsBlank(name) ? -1 : pool.CodeOf(name);
    }

    private readonly ref struct HashSink(Span<ulong> hashes) : INameSink
    {
        private readonly Span<ulong> _hashes = hashes;

        public void Put(int row, scoped ReadOnlySpan<byte> name) => _hashes[row] = NameHash.Of(name);
    }

    private void ReadNames<TSink>(int count, scoped ref TSink sink)
        where TSink : struct, INameSink, allows ref struct
    {
        Span<byte> buffer = stackalloc byte[128]; // a decimal has up to 76 digits
        for (int at = 0; at < count;)
        {
            int rows = Next(count - at);
            switch (_physical)
            {
                case Physical<ByteArray> p when _stored!.Kind == ColumnKind.Text:
                    ReadOnlySpan<ByteArray> texts = p.Values;
                    for (int i = 0, v = 0; i < rows; i++)
                    {
                        sink.Put(at + i, p.HasValue(i) ? Bytes(texts[v++]) : default);
                    }

                    break;
                case null:
                    for (int i = 0; i < rows; i++)
                    {
                        sink.Put(at + i, default);
                    }

                    break;
                default:
                    Formatted(_physical, at, rows, buffer, ref sink);
                    break;
            }

            at += rows;
        }
    }

    private void Formatted<TSink>(Physical physical, int at, int rows, scoped Span<byte> buffer, scoped ref TSink sink)
        where TSink : struct, INameSink, allows ref struct
    {
        for (int i = 0, v = 0; i < rows; i++)
        {
            int length = physical.HasValue(i) ? Format(physical, v++, buffer) : 0;
            sink.Put(at + i, buffer[..length]);
        }
    }

    private int Format(Physical physical, int v, Span<byte> buffer)
    {
        int length;
        switch (physical)
        {
            case Physical<int> p when _stored!.Kind == ColumnKind.Integer:
                Utf8Formatter.TryFormat(_stored.IsUnsigned ? (uint)p.Values[v] : p.Values[v], buffer, out length);
                return length;
            case Physical<long> p when _stored!.Kind == ColumnKind.Integer:
                Utf8Formatter.TryFormat(p.Values[v], buffer, out length);
                return length;
            case Physical<long> p when _stored!.Kind == ColumnKind.Unsigned64:
                Utf8Formatter.TryFormat((ulong)p.Values[v], buffer, out length);
                return length;
            case Physical<FixedLenByteArray> p when _stored!.Kind == ColumnKind.Uuid:
                Utf8Formatter.TryFormat(new Guid(Bytes(p.Values[v], 16), bigEndian: true), buffer, out length);
                return length;
            case Physical<int> p when _stored!.Kind == ColumnKind.Decimal:
                return WholeDecimal(p.Values[v], buffer);
            case Physical<long> p when _stored!.Kind == ColumnKind.Decimal:
                return WholeDecimal(p.Values[v], buffer);
            case Physical<ByteArray> p when _stored!.Kind == ColumnKind.Decimal:
                return WholeDecimal(Unscaled(Bytes(p.Values[v])), buffer);
            case Physical<FixedLenByteArray> p when _stored!.Kind == ColumnKind.Decimal:
                return WholeDecimal(Unscaled(Bytes(p.Values[v], _stored.Length)), buffer);
            case Physical<double> p:
                return Whole(p.Values[v], buffer);
            case Physical<float> p:
                return Whole(p.Values[v], buffer);
            case Physical<FixedLenByteArray> p when _stored!.Kind == ColumnKind.Real:
                return Whole((double)BinaryPrimitives.ReadHalfLittleEndian(Bytes(p.Values[v], 2)), buffer);
            case Physical<bool> p when _takesAny:
                Utf8Formatter.TryFormat(p.Values[v], buffer, out length);
                return length;
            case Physical<int> p when _takesAny:
                Utf8Formatter.TryFormat(_stored!.Micros(p.Values[v]), buffer, out length);
                return length;
            case Physical<long> p when _takesAny:
                Utf8Formatter.TryFormat(_stored!.Micros(p.Values[v]), buffer, out length);
                return length;
            case Physical<Int96> p when _takesAny:
                Utf8Formatter.TryFormat(Int96Micros(p.Values[v]), buffer, out length);
                return length;
            default:
                throw Unexpected("names");
        }
    }

    private System.Numerics.BigInteger Unscaled(ReadOnlySpan<byte> stored) => stored.Length <= Decimals.MostBytes
        ? Decimals.Unscaled(stored)
        : throw ParquetFault.Of($"found a decimal of {stored.Length} bytes; expected at most {Decimals.MostBytes}.", _file, _name);

    private int WholeDecimal(System.Numerics.BigInteger unscaled, Span<byte> buffer) =>
        Decimals.TryWhole(unscaled, _stored!.Scale, out System.Numerics.BigInteger whole)
            ? System.Text.Encoding.ASCII.GetBytes(whole.ToString(System.Globalization.CultureInfo.InvariantCulture), buffer)
            : _takesAny ? Digits(Decimals.ToDouble(unscaled, _stored.Scale), buffer)
            : throw NotWhole(Decimals.Text(unscaled, _stored.Scale), "that is no whole number");

    private int Whole(double value, Span<byte> buffer)
    {
        if (double.IsNaN(value))
        {
            return 0; // what pandas writes where a whole number is missing
        }

        if (Math.Floor(value) != value || Math.Abs(value) > LargestExactWhole)
        {
            return _takesAny ? Digits(value, buffer) : throw NotWhole(value.ToString("R",
                System.Globalization.CultureInfo.InvariantCulture), Math.Abs(value) > LargestExactWhole
                ? "beyond 2^53, where a double has lost digits" : "that is no whole number");
        }

        Utf8Formatter.TryFormat((long)value, buffer, out int length);
        return length;
    }

    private static int Digits(double value, Span<byte> buffer)
    {
        Utf8Formatter.TryFormat(value, buffer, out int length);
        return length;
    }

    private DatasetException NotWhole(string value, string why) =>
        DatasetFaults.WrongType(Path.GetFileName(_file), _name, "a name", $"{_stored!.TypeName} with the value {value} {why}",
            "text or whole numbers").Refuse();

    private static long Int96Micros(Int96 value)
    {
        long nanos = (long)(uint)value.A | ((long)value.B << 32), day = (uint)value.C - 2_440_588L; // Julian day of 1970-01-01
        return day is >= LocalYears.FirstDay and <= LocalYears.LastDay && nanos is >= 0 and < 86_400_000_000_000
            ? (day * LocalTime.MicrosPerDay) + (nanos / 1000)
            : ImpossibleTime;
    }

    private static unsafe ReadOnlySpan<byte> Bytes(ByteArray value) => new((void*)value.Pointer, value.Length);

    private static unsafe ReadOnlySpan<byte> Bytes(FixedLenByteArray value, int length) => new((void*)value.Pointer, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<T, TTo>(Physical<T> from, Span<TTo> to, TTo missing, Func<T, TTo> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> values = from.Values;
        if (from.IsFull)
        {
            for (int i = 0; i < values.Length; i++)
            {
                to[i] = convert(values[i]);
            }

            return;
        }

        for (int i = 0, v = 0; i < to.Length; i++)
        {
            to[i] = from.HasValue(i) ? convert(values[v++]) : missing;
        }
    }

    private void Missing(Span<bool> isMissing)
    {
        if (_physical is null)
        {
            isMissing.Fill(true);
        }
        else if (_physical.IsFull)
        {
            isMissing.Clear();
        }
        else
        {
            for (int i = 0; i < isMissing.Length; i++)
            {
                isMissing[i] = !_physical.HasValue(i);
            }
        }
    }

    private int Next(int rows)
    {
        if (_physical is null)
        {
            return rows;
        }

        int read;
        try
        {
            read = _physical.Next(rows);
        }
        catch (Exception e)
        {
            throw ParquetFault.Of(e, _file, _name);
        }

        return read > 0 ? read : throw ParquetFault.Of($"it ends {rows} rows early.", _file, _name);
    }

    private InvalidOperationException Unexpected(string wanted) => new($"Column {_name} of kind {_stored?.Kind} was asked for {wanted}.");
}
