using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Predictive.History.Parquet;
using Predictive.History.Sources;
using Predictive.History.Text;

namespace Predictive.History.Loading;

/// <summary>
/// Codes for customer ids. Whole numbers whose range the files' statistics show to be small are their own code (id − smallest);
/// everything else is interned: text by its bytes, other whole numbers by theirs.
/// </summary>
internal sealed class CustomerIds
{
    private readonly TransactionSource _source;
    private readonly SharedTexts? _texts;
    private readonly bool _numeric;
    private readonly long _least;
    private readonly int _range;

    private CustomerIds(TransactionSource source, SharedTexts? texts, bool numeric, long least, int range) =>
        (_source, _texts, _numeric, _least, _range) = (source, texts, numeric, least, range);

    /// <summary>Codes are below this.</summary>
    public int Count => _texts?.Count ?? _range;

    /// <summary>A good first size for arrays by code.</summary>
    public int Capacity => _texts is null ? _range : 1 << 16;

    /// <summary>Whether the ids of a table are whole numbers (of every file, and of the accounts; not mapped to others).</summary>
    public static bool AreNumbers(TransactionSource source) =>
        source.Map is null && source.Customer.Column is { IsInteger: true } && source.Accounts is null or { AreNumbers: true };

    /// <summary>Chooses the way.</summary>
    public static CustomerIds For(TransactionSource source)
    {
        bool numeric = AreNumbers(source);
        return numeric && source.Accounts is null && TryRange(source, out long least, out long most)
            && most - least < Math.Max(1 << 22, 4 * source.Rows)
            && most - least < Array.MaxLength / 2
            ? new CustomerIds(source, null, true, least, (int)(most - least + 1))
            : new CustomerIds(source, new SharedTexts(), numeric, 0, 0);
    }

    /// <summary>A reader for one thread.</summary>
    public Reader Open() => new(this);

    /// <summary>Ranks the ids: whole numbers by value, text ordinally.</summary>
    /// <param name="used">By code: whether a line kept has it.</param>
    /// <returns>Ranks by code, −1 = unused; the ids by rank as text, or as numbers.</returns>
    public (int[] Ranks, string[]? Names, long[]? Numbers) Finish(bool[] used)
    {
        if (_texts is not null && !_numeric)
        {
            var (byName, names) = _texts.Finish(used);
            return (byName, names, null);
        }

        var ranks = new int[Count];
        Array.Fill(ranks, -1);
        var numbers = new long[used.Count(u => u)];
        int[] codes = new int[numbers.Length];
        for (int code = 0, at = 0; code < used.Length; code++)
        {
            if (used[code])
            {
                (codes[at], numbers[at++]) =
                    (code, _texts is null ? _least + code : BinaryPrimitives.ReadInt64LittleEndian(_texts.Bytes(code)));
            }
        }

        if (_texts is not null)
        {
            Array.Sort(numbers, codes); // else codes ascend as the numbers do
        }

        for (int rank = 0; rank < codes.Length; rank++)
        {
            ranks[codes[rank]] = rank;
        }

        return (ranks, null, numbers);
    }

    /// <summary>The code of who is behind an id.</summary>
    private int CodeOf(string id)
    {
        string customer = _source.Accounts?.AccountOf(id) ?? id;
        if (!_numeric)
        {
            return _texts!.CodeOf(customer);
        }

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, long.Parse(customer, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        return _texts!.CodeOf(bytes);
    }

    private static bool TryRange(TransactionSource source, out long least, out long most)
    {
        (least, most) = (long.MaxValue, long.MinValue);
        foreach (TablePart part in source.Parts)
        {
            if (part.Range(source.Customer.Column!) is not var (min, max))
            {
                return false;
            }

            (least, most) = (Math.Min(least, min), Math.Max(most, max));
        }

        return least <= most && (double)most - least < int.MaxValue;
    }

    /// <summary>The ids of one row group after another; one per thread.</summary>
    internal sealed class Reader
    {
        private readonly CustomerIds _ids;
        private readonly SharedTexts.Local? _local;
        private readonly MappedIds? _mapped;
        private readonly LeftOutCodes? _leftOut;
        private NameBatches? _names;
        private ColumnBatches? _numbers;
        private TablePart _part = null!;
        private int _done;
        private long[] _values = [];
        private bool[] _missing = [];

        public Reader(CustomerIds ids)
        {
            _ids = ids;
            _local = ids._texts?.Open();
            Erasures erasures = ids._source.Erasures;
            HistorySlice? slice = ids._source.Slice;
            _leftOut = erasures.Count > 0 || slice is not null ? new LeftOutCodes(erasures, slice) : null;
            _mapped = ids._source is { Map: null, Accounts: null }
                ? null
                : new MappedIds(
                    ids._source.Map ?? IdMap.Empty,
                    id => erasures.Contains(id) ? Erasures.Erased
                        : slice?.Holds(ids._source.Accounts?.AccountOf(id) ?? id) == false ? Redelivery.Dropped
                        : ids.CodeOf(id));
        }

        /// <summary>Starts a row group.</summary>
        public void Open(PartReader rows)
        {
            (_part, _done) = (rows.Part, 0);
            NameColumn customer = _ids._source.Customer;
            if (_mapped is not null)
            {
                _mapped.Open(rows, customer, _ids._source.SourceColumn);
            }
            else if (_ids._numeric)
            {
                _numbers = rows.Column(customer.Column!);
            }
            else
            {
                _names = new NameBatches(rows, customer);
            }
        }

        /// <summary>
        /// The codes of the next rows; −1 = no id, <see cref="Redelivery.Dropped"/> = delivered before, or of another slice,
        /// <see cref="Erasures.Erased"/> = of a customer who was erased.
        /// </summary>
        public void Read(Span<int> codes)
        {
            if (_mapped is not null)
            {
                _mapped.Read(codes);
            }
            else if (_ids._numeric)
            {
                ReadNumbers(codes);
            }
            else
            {
                _names!.ReadCodes(codes, _local!.Pool);
                Drop(codes, code => _local.Pool.Bytes(code).ToArray());
                _local.Share(codes);
            }

            _ids._source.Redelivered?.Drop(_part, _done, codes);
            _done += codes.Length;
        }

        private void ReadNumbers(Span<int> codes)
        {
            if (_values.Length < codes.Length)
            {
                (_values, _missing) = (new long[codes.Length], new bool[codes.Length]);
            }

            Span<long> values = _values.AsSpan(0, codes.Length);
            Span<bool> missing = _missing.AsSpan(0, codes.Length);
            _numbers!.ReadIntegers(values, missing);
            if (_local is not null)
            {
                Span<byte> bytes = stackalloc byte[sizeof(long)];
                for (int i = 0; i < codes.Length; i++)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(bytes, values[i]);
                    codes[i] = missing[i] ? -1 : _local.Pool.CodeOf(bytes);
                }

                Drop(codes, code => Digits(BinaryPrimitives.ReadInt64LittleEndian(_local.Pool.Bytes(code))));
                _local.Share(codes);
                return;
            }

            for (int i = 0; i < codes.Length; i++)
            {
                long code = values[i] - _ids._least;
                codes[i] = missing[i] ? -1 : (ulong)code < (ulong)_ids._range ? (int)code : throw Outside(values[i]);
            }

            Drop(codes, code => Digits(_ids._least + code));
        }

        private void Drop(Span<int> codes, Func<int, byte[]> idOf)
        {
            if (_leftOut is null)
            {
                return;
            }

            foreach (ref int code in codes)
            {
                code = code >= 0 ? _leftOut.Of(code, idOf) : code;
            }
        }

        private static byte[] Digits(long id) => Encoding.ASCII.GetBytes(id.ToString(CultureInfo.InvariantCulture));

        private DatasetException Outside(long value) => ParquetFault.Of(
            $"found the value {value} outside the range that the file's statistics state.", _part.File.Path, _ids._source.Customer.Name);
    }
}
