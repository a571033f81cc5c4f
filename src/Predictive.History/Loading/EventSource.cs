using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <summary>An events table, read batch by batch.</summary>
internal sealed class EventSource
{
    private readonly SideTable _table;
    private readonly TableColumn _time;
    private readonly NameColumn _kind;
    private readonly TableColumn? _value;
    private readonly LocalClock _clock;
    private readonly SideTable.CustomerReader _customers;
    private readonly NameCodes _kindCodes;
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _kinds = [];

    /// <param name="table">The table.</param>
    /// <param name="timeZone">Whose clock the times are given on.</param>
    /// <param name="indexOf">Index of a customer by id; negative = nobody with a transaction.</param>
    /// <exception cref="DatasetException">A column is missing or of the wrong type.</exception>
    public EventSource(SideTable table, string timeZone, Func<string, int> indexOf)
    {
        _table = table;
        _clock = new LocalClock(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        _time = table.Require(table.SourceOf("occurred_at"), "occurred_at", c => c.IsTime, "a timestamp or a date");
        _kind = table.RequireNames(table.SourceOf("kind"), "kind");
        string value = table.SourceOf("value");
        _value = table.Find(value) is null ? null : table.Require(value, "value", c => c.IsNumber || c.IsFlag, "a number");
        _customers = table.Customers(indexOf);
        _kindCodes = new NameCodes(CodeOf);
    }

    /// <summary>Name of the time column in the files.</summary>
    public string TimeColumn => _time.Name;

    /// <summary>Name of the column, or partition, of the kinds in the files.</summary>
    public string KindColumn => _kind.Name;

    /// <summary>
    /// Some rows: customer (see <see cref="SideTable"/>), local time (or the marks of <see cref="ColumnBatches"/>), kind (−1 = none), value
    /// (NaN = none).
    /// </summary>
    public sealed record Rows(TablePart Part, int First, int[] Customers, long[] Times, int[] Kinds, double[] Values);

    /// <summary>Names of the kinds met so far, by code.</summary>
    public IReadOnlyList<string> Kinds => _kinds;

    /// <summary>Reads the whole table, batch by batch.</summary>
    public void Read(Action<Rows> batch, CancellationToken cancellation)
    {
        ColumnBatches? times = null, values = null;
        _table.Read(
            rows =>
            {
                _customers.Open(rows);
                times = rows.Column(_time);
                _kindCodes.Open(rows, _kind);
                values = _value is null ? null : rows.Column(_value);
            },
            (part, first, n) =>
            {
                var rows = new Rows(part, first, new int[n], new long[n], new int[n], new double[n]);
                _customers.Read(rows.Customers);
                times!.ReadTimes(rows.Times, _clock);
                _kindCodes.Read(rows.Kinds);
                Array.Fill(rows.Values, double.NaN);
                values?.ReadNumbers(rows.Values);
                foreach (ref double value in rows.Values.AsSpan())
                {
                    value = double.IsFinite(value) ? value : double.NaN;
                }

                batch(rows);
            },
            cancellation);
    }

    private int CodeOf(string kind)
    {
        if (!_codes.TryGetValue(kind, out int code))
        {
            _codes.Add(kind, code = _kinds.Count);
            _kinds.Add(kind);
        }

        return code;
    }
}
