using Predictive.Parquet;
using Predictive.Segmentation.History.Sources;

namespace Predictive.Segmentation.History.Loading;

/// <summary>
/// Codes for customer ids. Whole numbers whose range the files' statistics show to be small are their own code (id − smallest);
/// everything else is interned.
/// </summary>
internal sealed class CustomerIds
{
    private readonly TransactionSource _source;
    private readonly KeyTable? _table;
    private readonly long _least;
    private readonly int _range;

    private CustomerIds(TransactionSource source, KeyTable? table, long least, int range) => (_source, _table, _least, _range) = (source, table, least, range);

    /// <summary>Codes are below this.</summary>
    public int Count => _table?.Count ?? _range;

    /// <summary>A good first size for arrays by code.</summary>
    public int Capacity => _table is null ? _range : 1 << 16;

    /// <summary>Chooses the way.</summary>
    public static CustomerIds For(TransactionSource source)
    {
        if (source.Map is not null)
        {
            return new CustomerIds(source, new KeyTable(numeric: false), 0, 0);
        }

        bool numeric = source.Customer.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64;
        if (numeric && TryRange(source, out long least, out long most) && most - least < Math.Max(1 << 22, 4 * source.Rows) && most - least < Array.MaxLength / 2)
        {
            return new CustomerIds(source, null, least, (int)(most - least + 1));
        }

        return new CustomerIds(source, new KeyTable(numeric), 0, 0);
    }

    /// <summary>Opens the id column of a row group.</summary>
    public Reader Open(ParquetDatasetPart part) => new(this, part);

    /// <summary>See <see cref="KeyTable.Finish"/>; whole numbers have no names yet.</summary>
    public (int[] Ranks, string[]? Names, long[]? Numbers) Finish(bool[] used)
    {
        if (_table is not null)
        {
            return _table.Finish(used);
        }

        var ranks = new int[_range];
        var numbers = new long[used.Count(u => u)];
        int rank = 0;
        for (int code = 0; code < _range; code++)
        {
            ranks[code] = used[code] ? rank : -1;
            if (used[code])
            {
                numbers[rank++] = _least + code;
            }
        }

        return (ranks, null, numbers);
    }

    private static bool TryRange(TransactionSource source, out long least, out long most)
    {
        (least, most) = (long.MaxValue, long.MinValue);
        foreach (ParquetDatasetPart part in source.Parts)
        {
            ParquetColumn column = part.File.Reader.Schema[source.Customer.Path];
            if (part.RowGroup.Columns[column.Index].Statistics is not { Min: long min, Max: long max } || min > max)
            {
                return false;
            }

            (least, most) = (Math.Min(least, min), Math.Max(most, max));
        }

        return least <= most && (double)most - least < int.MaxValue;
    }

    /// <summary>The ids of one row group.</summary>
    internal sealed class Reader : IDisposable
    {
        private readonly CustomerIds _ids;
        private readonly ColumnReader _column;
        private readonly MappedIds? _mapped;
        private readonly ParquetDatasetPart _part;
        private int _done;
        private readonly KeyTable.Mapping? _mapping;
        private readonly long[] _values;
        private readonly bool[] _isNull;

        public Reader(CustomerIds ids, ParquetDatasetPart part)
        {
            _ids = ids;
            _part = part;
            _column = part.OpenColumn(ids._source.Customer.Path);
            _mapped = ids._source.Map is { } map ? new MappedIds(map, ids._table!.Intern, part, ids._source.Customer.Path, ids._source.SourceColumn) : null;
            _mapping = ids._table?.Open();
            _values = _mapping is null ? new long[8192] : [];
            _isNull = _mapping is null ? new bool[8192] : [];
        }

        /// <summary>Rows without an id so far.</summary>
        public long Nulls => _mapped?.Nulls ?? _column.NullsRead;

        /// <summary>The codes of the next rows; −1 = no id, or delivered before.</summary>
        public void Read(Span<int> codes)
        {
            ReadIds(codes);
            _ids._source.Redelivered?.Drop(_part, _done, codes);
            _done += codes.Length;
        }

        private void ReadIds(Span<int> codes)
        {
            if (_mapped is not null)
            {
                Expect(_mapped.Read(codes), codes.Length);
                return;
            }

            if (_mapping is not null)
            {
                Expect(_column.ReadCodes(codes), codes.Length);
                _mapping.Map(_column, codes);
                return;
            }

            Span<long> values = _values.AsSpan(0, codes.Length);
            long nulls = _column.NullsRead;
            Expect(_column.ReadInt64(values, _isNull.AsSpan(0, codes.Length)), codes.Length);
            bool anyNull = _column.NullsRead > nulls;
            for (int i = 0; i < codes.Length; i++)
            {
                long code = values[i] - _ids._least;
                if (anyNull && _isNull[i])
                {
                    code = -1;
                }
                else if ((ulong)code >= (ulong)_ids._range)
                {
                    throw new ParquetFormatException(
                        _ids._source.Table, _column.Column.Path, -1, $"found the value {values[i]} outside the range the row group's statistics state; the file is damaged");
                }

                codes[i] = (int)code;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _column.Dispose();
            _mapped?.Dispose();
        }

        private void Expect(int read, int expected)
        {
            if (read != expected)
            {
                throw new IOException($"Column {_column.Column.Path} ended {expected - read} rows early.");
            }
        }
    }
}
