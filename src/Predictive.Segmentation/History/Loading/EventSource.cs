using Predictive.Parquet;

namespace Predictive.Segmentation.History.Loading;

/// <summary>An events table, read row group by row group.</summary>
internal sealed class EventSource
{
    private readonly SideTable _table;
    private readonly string _valueColumn;
    private readonly LocalClock _clock;
    private readonly bool _kindIsPartition, _hasValue;
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _kinds = [];

    /// <exception cref="DatasetException">A column is missing or of the wrong type.</exception>
    public EventSource(SideTable table, string timeZone)
    {
        _table = table;
        _clock = new LocalClock(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        (TimeColumn, KindColumn, _valueColumn) = (table.SourceOf("occurred_at"), table.SourceOf("kind"), table.SourceOf("value"));
        table.Require(TimeColumn, "occurred_at", ColumnTypes.IsTime, "a timestamp or a date");
        _kindIsPartition = table.Find(KindColumn) is null && table.IsPartition(KindColumn);
        if (!_kindIsPartition)
        {
            table.Require(KindColumn, "kind", c => ColumnTypes.IsText(c) || ColumnTypes.IsInteger(c), "text");
        }

        if (_hasValue = table.Find(_valueColumn) is not null)
        {
            table.Require(_valueColumn, "value", c => ColumnTypes.IsNumber(c) || ColumnTypes.IsFlag(c), "a number");
        }
    }

    /// <summary>Name of the time column in the files.</summary>
    public string TimeColumn { get; }

    /// <summary>Name of the column, or partition, of the kinds in the files.</summary>
    public string KindColumn { get; }

    /// <summary>One row group: customer (see <see cref="SideTable"/>), local time, kind (−1 = none), value (NaN = none).</summary>
    public sealed record Rows(int[] Customers, long[] Times, bool[] NoTime, int[] Kinds, double[] Values);

    /// <summary>Names of the kinds met so far, by code.</summary>
    public IReadOnlyList<string> Kinds => _kinds;

    /// <summary>Rows without a customer id so far.</summary>
    public long NoCustomer { get; private set; }

    /// <summary>Rows without a time so far.</summary>
    public long NoTime { get; private set; }

    /// <summary>Rows without a kind so far.</summary>
    public long NoKind { get; private set; }

    /// <summary>Reads one row group.</summary>
    public Rows Read(ParquetDatasetPart part, Func<string, int> indexOf)
    {
        int[] customers = _table.ReadCustomers(part, indexOf), kinds = new int[customers.Length];
        var times = new long[customers.Length];
        var noTime = new bool[customers.Length];
        using (ColumnReader reader = part.OpenColumn(TimeColumn))
        {
            SideTable.Expect(reader.ReadTimestamp(times, noTime), times.Length, TimeColumn);
            if (reader.IsAdjustedToUtc)
            {
                _clock.ToLocal(times);
            }
        }

        if (_kindIsPartition)
        {
            Array.Fill(kinds, part.File.Partition.GetValueOrDefault(KindColumn) is { } kind ? CodeOf(kind) : -1);
        }
        else
        {
            SideTable.ReadTexts(part, KindColumn, kinds, CodeOf, -1);
        }

        double[] values = new double[customers.Length];
        if (_hasValue)
        {
            values = SideTable.ReadNumbers(part, _valueColumn);
        }
        else
        {
            Array.Fill(values, double.NaN);
        }

        for (int i = 0; i < customers.Length; i++)
        {
            NoCustomer += customers[i] == SideTable.NoCustomer ? 1 : 0;
            NoTime += noTime[i] ? 1 : 0;
            NoKind += kinds[i] < 0 ? 1 : 0;
            values[i] = double.IsFinite(values[i]) ? values[i] : double.NaN;
        }

        return new Rows(customers, times, noTime, kinds, values);
    }

    private int CodeOf(string kind)
    {
        if (string.IsNullOrWhiteSpace(kind))
        {
            return -1;
        }

        if (!_codes.TryGetValue(kind, out int code))
        {
            _codes.Add(kind, code = _kinds.Count);
            _kinds.Add(kind);
        }

        return code;
    }
}
