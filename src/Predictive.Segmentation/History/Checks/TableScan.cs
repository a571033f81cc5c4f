using System.Runtime.InteropServices;
using Predictive.Parquet;
using Predictive.Segmentation.History.Import;

namespace Predictive.Segmentation.History.Checks;

/// <summary>Reads a transactions table once, part by part, into a <see cref="TableProfile"/> and the counts only the raw table can give.</summary>
internal sealed class TableScan(DatasetFolder folder, TransactionSchema schema, CheckOptions options)
{
    private const int Batch = 16_384;

    private readonly Dictionary<string, int> _customers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly RowHashSet _lines = new();
    private readonly LocalClock _clock = new(TimeZoneInfo.FindSystemTimeZoneById(folder.Description.TimeZone));
    private readonly UInt128[] _hashes = new UInt128[Batch];
    private readonly long[] _longs = new long[Batch];
    private readonly double[] _doubles = new double[Batch];
    private readonly bool[] _nulls = new bool[Batch];
    private readonly int[] _codes = new int[Batch];

    /// <summary>What the usable lines hold.</summary>
    public TableProfile Profile { get; } = new(options.Examples);

    /// <summary>Lines without a customer.</summary>
    public Tally NoCustomer { get; } = new(options.Examples);

    /// <summary>Lines without a time.</summary>
    public Tally NoTime { get; } = new(options.Examples);

    /// <summary>Lines without an amount, or with one that is no number.</summary>
    public Tally NoAmount { get; } = new(options.Examples);

    /// <summary>Lines equal to an earlier one, within one order where there are order ids.</summary>
    public Tally Equal { get; } = new(options.Examples);

    /// <summary>Rows read.</summary>
    public long Rows { get; private set; }

    /// <summary>Name of a customer of the profile.</summary>
    public string CustomerName(int customer) => _names[customer];

    /// <summary>Customers met.</summary>
    public IReadOnlyDictionary<string, int> Customers => _customers;

    /// <summary>Reads one part.</summary>
    public void Read(ParquetDatasetPart part, CancellationToken cancellation)
    {
        int rows = checked((int)part.RowGroup.RowCount);
        int[] customers = new int[rows];
        long[] times = new long[rows];
        bool[] noTime = new bool[rows];
        double[] amounts = new double[rows], quantities = new double[rows];
        bool[] ordered = new bool[rows];
        var hashes = new UInt128[rows];
        ReadCustomers(part, customers);
        ReadTimes(part, times, noTime);
        ReadNumbers(part, schema.Amount, amounts);
        if (schema.Quantity is not null)
        {
            ReadNumbers(part, schema.Quantity, quantities);
        }
        else
        {
            Array.Fill(quantities, double.NaN);
        }

        HashRows(part, hashes, ordered);
        cancellation.ThrowIfCancellationRequested();
        for (int i = 0; i < rows; i++)
        {
            int row = i;
            Rows++;
            if (customers[i] < 0)
            {
                NoCustomer.Add(() => Where(part, row));
            }
            else if (noTime[i])
            {
                NoTime.Add(() => Where(part, row));
            }
            else if (!double.IsFinite(amounts[i]))
            {
                NoAmount.Add(() => Where(part, row));
            }
            else
            {
                Profile.Add(customers[i], times[i], amounts[i], quantities[i]);
                if (!_lines.Add(hashes[i]) && (schema.Order is null || ordered[i]))
                {
                    Equal.Add(() => $"customer {_names[customers[row]]} at {new AsOf(times[row])}");
                }
            }
        }
    }

    private static string Where(ParquetDatasetPart part, int row) => part.File.RelativePath is { Length: > 0 } file ? $"{file} row {part.RowGroup.FirstRow + row + 1}" : $"row {part.FirstRow + row + 1}";

    private void ReadCustomers(ParquetDatasetPart part, int[] customers)
    {
        using var reader = part.OpenColumn(schema.Customer);
        bool text = !TransactionSchema.IsWhole(reader.Column);
        var map = new List<int>();
        for (int at = 0, n; (n = reader.ReadCodes(_codes)) > 0; at += n)
        {
            int distinct = text ? reader.StringDictionary.Length : reader.Int64Dictionary.Length;
            for (int code = map.Count; code < distinct; code++)
            {
                map.Add(-2);
            }

            var indices = CollectionsMarshal.AsSpan(map);
            for (int i = 0; i < n; i++)
            {
                int code = _codes[i];
                if (code < 0)
                {
                    customers[at + i] = -1;
                    continue;
                }

                // Only values that a row uses become customers: a dictionary may hold others.
                if (indices[code] == -2)
                {
                    indices[code] = IndexOf(text ? reader.StringDictionary[code] : reader.Int64Dictionary[code].ToString(System.Globalization.CultureInfo.InvariantCulture));
                }

                customers[at + i] = indices[code];
            }
        }
    }

    private int IndexOf(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return -1;
        }

        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_customers, name, out bool known);
        if (!known)
        {
            index = _names.Count;
            _names.Add(name);
        }

        return index;
    }

    private void ReadTimes(ParquetDatasetPart part, long[] times, bool[] noTime)
    {
        using var reader = part.OpenColumn(schema.OrderedAt);
        bool utc = reader.IsAdjustedToUtc;
        for (int at = 0, n; (n = reader.ReadTimestamp(_longs, _nulls)) > 0; at += n)
        {
            for (int i = 0; i < n; i++)
            {
                times[at + i] = utc ? _clock.ToLocal(_longs[i]) : _longs[i];
                noTime[at + i] = _nulls[i];
            }
        }
    }

    private void ReadNumbers(ParquetDatasetPart part, string column, double[] values)
    {
        using var reader = part.OpenColumn(column);
        for (int at = 0, n; (n = reader.ReadDouble(_doubles)) > 0; at += n)
        {
            _doubles.AsSpan(0, n).CopyTo(values.AsSpan(at));
        }
    }

    /// <summary>A hash over every column; text by its bytes, so that it does not depend on a file's dictionary.</summary>
    private void HashRows(ParquetDatasetPart part, UInt128[] hashes, bool[] ordered)
    {
        foreach (string column in schema.All)
        {
            using var reader = part.OpenColumn(column);
            bool isOrder = column == schema.Order;
            if (TransactionSchema.IsText(reader.Column))
            {
                var map = new List<UInt128>();
                for (int at = 0, n; (n = reader.ReadCodes(_codes)) > 0; at += n)
                {
                    for (int code = map.Count; code < reader.StringDictionary.Length; code++)
                    {
                        map.Add(RowHash.Wide(MemoryMarshal.AsBytes(reader.StringDictionary[code].AsSpan())));
                    }

                    for (int i = 0; i < n; i++)
                    {
                        bool present = _codes[i] >= 0;
                        Combine(ref hashes[at + i], present ? map[_codes[i]] : 1);
                        ordered[at + i] |= isOrder && present && reader.StringDictionary[_codes[i]].Length > 0;
                    }
                }
            }
            else
            {
                bool real = reader.Column.PhysicalType is PhysicalType.Double or PhysicalType.Float || reader.Column.LogicalType.Kind is LogicalKind.Decimal or LogicalKind.Float16;
                bool time = reader.Column.PhysicalType == PhysicalType.Int96;
                int Next() => real ? reader.ReadDouble(_doubles, _nulls) : time ? reader.ReadTimestamp(_longs, _nulls) : reader.ReadInt64(_longs, _nulls);
                for (int at = 0, n; (n = Next()) > 0; at += n)
                {
                    for (int i = 0; i < n; i++)
                    {
                        ulong bits = _nulls[i] ? 0x7FF8_DEAD_BEEF_0001 : real ? BitConverter.DoubleToUInt64Bits(_doubles[i]) : (ulong)_longs[i];
                        Combine(ref hashes[at + i], bits);
                        ordered[at + i] |= isOrder && !_nulls[i];
                    }
                }
            }
        }
    }

    private static void Combine(ref UInt128 hash, UInt128 value) => hash = RowHash.Mix(hash, value);
}
