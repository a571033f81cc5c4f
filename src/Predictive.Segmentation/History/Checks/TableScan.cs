using System.Runtime.InteropServices;
using Predictive.Parquet;
using Predictive.Segmentation.History.Import;
using Predictive.Segmentation.History.Loading;
using Predictive.Segmentation.History.Sources;

namespace Predictive.Segmentation.History.Checks;

/// <summary>Reads a transactions table once, part by part, into a <see cref="TableProfile"/> and the counts only the raw table can give.</summary>
internal sealed class TableScan(TransactionSource source, TransactionSchema schema, CheckOptions options)
{
    private const int Batch = 16_384;

    private readonly Dictionary<string, int> _customers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly RowHashSet _lines = new();
    private readonly LocalClock _clock = new(TimeZoneInfo.FindSystemTimeZoneById(source.Description.TimeZone));
    private readonly LineHasher _hasher = new(schema.All, schema.Order);
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

    /// <summary>Lines that an earlier file already brought.</summary>
    public long Redelivered { get; private set; }

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
        ReadCustomers(part, customers);
        ReadTimes(part, times, noTime);
        if (schema.Amount is null)
        {
            Array.Fill(amounts, 1);
        }
        else
        {
            ReadNumbers(part, schema.Amount, amounts);
        }

        if (schema.Quantity is not null)
        {
            ReadNumbers(part, schema.Quantity, quantities);
        }
        else
        {
            Array.Fill(quantities, double.NaN);
        }

        var (hashes, ordered) = _hasher.Hash(part);
        var redelivered = new int[rows];
        source.Redelivered?.Drop(part, 0, redelivered);
        cancellation.ThrowIfCancellationRequested();
        for (int i = 0; i < rows; i++)
        {
            int row = i;
            Rows++;
            if (redelivered[i] < 0)
            {
                Redelivered++;
            }
            else if (customers[i] < 0)
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

    /// <summary>Where a row stands, for a person.</summary>
    public static string Where(ParquetDatasetPart part, int row) => part.File.RelativePath is { Length: > 0 } file ? $"{file} row {part.RowGroup.FirstRow + row + 1}" : $"row {part.FirstRow + row + 1}";

    private void ReadCustomers(ParquetDatasetPart part, int[] customers)
    {
        if (source.Map is { } idMap)
        {
            using var mapped = new MappedIds(idMap, IndexOf, part, schema.Customer, source.SourceColumn);
            for (int at = 0, n; (n = mapped.Read(_codes)) > 0; at += n)
            {
                _codes.AsSpan(0, n).CopyTo(customers.AsSpan(at));
            }

            return;
        }

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
}
