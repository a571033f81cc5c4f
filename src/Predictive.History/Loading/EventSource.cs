using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <summary>What stands where in a table of happenings.</summary>
/// <param name="What">One row, in words.</param>
/// <param name="Time">Canonical name of the time.</param>
/// <param name="Kind">Canonical name of the kind.</param>
/// <param name="NoKind">The kind of a row that names none; null = every row needs one.</param>
/// <param name="Value">Canonical name of the number; null = there is none.</param>
/// <param name="Details">Canonical names of what is shown and not learned from.</param>
internal sealed record EventLayout(string What, string Time, string Kind, string? NoKind, string? Value, string[] Details)
{
    /// <summary>What people did.</summary>
    public static EventLayout Events { get; } =
        new("event", "occurred_at", "kind", null, "value", ["product_id", "category", "channel", "session"]);

    /// <summary>What was done to reach them: the channel is the kind.</summary>
    public static EventLayout Contacts { get; } = new("contact", "contacted_at", "channel", "contact", null, ["campaign", "outcome"]);
}

/// <summary>A table of events or contacts, read batch by batch.</summary>
internal sealed class EventSource
{
    private readonly SideTable _table;
    private readonly TableColumn _time;
    private readonly NameColumn? _kind;
    private readonly string? _noKind;
    private readonly (string Name, NameColumn Column, NameCodes Codes)[] _details;
    private readonly Dictionary<string, int> _detailCodes = new(StringComparer.Ordinal);
    private readonly List<string> _detailTexts = [];
    private readonly List<EventThing> _things = [];
    private readonly List<string> _words = [];
    private readonly TableColumn? _value;
    private readonly LocalClock _clock;
    private readonly SideTable.CustomerReader _customers;
    private readonly NameCodes _kindCodes;
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _kinds = [];

    /// <param name="table">The table.</param>
    /// <param name="timeZone">Whose clock the times are given on.</param>
    /// <param name="indexOf">Index of a customer by id; negative = nobody with a transaction.</param>
    /// <param name="layout">What its columns are.</param>
    /// <exception cref="DatasetException">A column is missing or of the wrong type.</exception>
    public EventSource(SideTable table, string timeZone, Func<string, int> indexOf, EventLayout layout)
    {
        _table = table;
        _clock = new LocalClock(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        _time = table.Require(table.SourceOf(layout.Time), layout.Time, c => c.IsTime, "a timestamp or a date");
        _noKind = layout.NoKind;
        string kind = table.SourceOf(layout.Kind);
        _kind = _noKind is null || table.FindNames(kind) is not null ? table.RequireNames(kind, layout.Kind) : null;
        string? value = layout.Value is null ? null : table.SourceOf(layout.Value);
        _value = value is null || table.Find(value) is null
            ? null : table.Require(value, layout.Value!, c => c.IsNumber || c.IsFlag, "a number");
        _details =
        [
            .. layout.Details.Where(d => table.FindNames(d) is not null).Select(d => (d, table.RequireNames(d, d), new NameCodes(TextOf))),
        ];
        _customers = table.Customers(indexOf);
        _kindCodes = new NameCodes(CodeOf);
    }

    /// <summary>Name of the time column in the files.</summary>
    public string TimeColumn => _time.Name;

    /// <summary>Name of the column, or partition, of the kinds in the files.</summary>
    public string KindColumn => _kind?.Name ?? "";

    /// <summary>What the further columns say, by code.</summary>
    public IReadOnlyList<string> Details => _detailTexts;

    /// <summary>What they are about, by code.</summary>
    public IReadOnlyList<EventThing> Things => _things;

    /// <summary>Whether there are further columns.</summary>
    public bool HasDetails => _details.Length > 0;

    /// <summary>
    /// Some rows: customer (see <see cref="SideTable"/>), local time (or the marks of <see cref="ColumnBatches"/>), kind (−1 = none), value
    /// (NaN = none), detail (−1 = none).
    /// </summary>
    public sealed record Rows(TablePart Part, int First, int[] Customers, long[] Times, int[] Kinds, double[] Values, int[] Details);

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
                if (_kind is not null)
                {
                    _kindCodes.Open(rows, _kind);
                }

                foreach ((_, NameColumn column, NameCodes codes) in _details)
                {
                    codes.Open(rows, column);
                }

                values = _value is null ? null : rows.Column(_value);
            },
            (part, first, n) =>
            {
                var rows = new Rows(part, first, new int[n], new long[n], new int[n], new double[n], new int[n]);
                _customers.Read(rows.Customers);
                times!.ReadTimes(rows.Times, _clock);
                Array.Fill(rows.Kinds, -1);
                if (_kind is not null)
                {
                    _kindCodes.Read(rows.Kinds);
                }

                foreach (ref int code in rows.Kinds.AsSpan())
                {
                    code = code < 0 && _noKind is not null ? CodeOf(_noKind) : code;
                }

                ReadDetails(rows.Details);
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

    /// <summary>What the further columns say, put together: <c>product 7, web</c>.</summary>
    private void ReadDetails(int[] to)
    {
        Array.Fill(to, -1);
        if (_details.Length == 0)
        {
            return;
        }

        int[][] codes = [.. _details.Select(_ => new int[to.Length])];
        for (int d = 0; d < codes.Length; d++)
        {
            _details[d].Codes.Read(codes[d]);
        }

        for (int i = 0; i < to.Length; i++)
        {
            string text = string.Join(
                ", ",
                _details.Index().Where(d => codes[d.Index][i] >= 0).Select(d => $"{Word(d.Item.Name)} {_words[codes[d.Index][i]]}"));
            if (text.Length > 0 && !_detailCodes.TryGetValue(text, out to[i]))
            {
                _detailCodes.Add(text, to[i] = _detailTexts.Count);
                _detailTexts.Add(text);
                _things.Add(new EventThing(Said("product_id", codes, i), Said("category", codes, i)));
            }
            else if (text.Length == 0)
            {
                to[i] = -1;
            }
        }
    }

    private string? Said(string column, int[][] codes, int row)
    {
        int at = Array.FindIndex(_details, d => d.Name == column);
        return at < 0 || codes[at][row] < 0 ? null : _words[codes[at][row]];
    }

    private static string Word(string column) => column == "product_id" ? "product" : column;

    private int TextOf(string word)
    {
        _words.Add(word);
        return _words.Count - 1;
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
