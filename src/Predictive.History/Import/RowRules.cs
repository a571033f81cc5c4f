using System.Text;

namespace Predictive.History.Import;

/// <summary>
/// What presets and flags ask of a row beside its columns: which rows count, what an empty field takes over, who a guest is.
/// </summary>
/// <remarks>Made only where something is asked for: the plain import does not pass through here.</remarks>
internal sealed class RowRules
{
    private readonly CsvColumns _columns;
    private readonly CsvEncoding _encoding;
    private readonly HashSet<string>[] _values;
    private readonly HashSet<string> _nobody;
    private readonly Dictionary<int, byte[]> _above = [];
    private readonly Dictionary<ulong, bool>[] _known;
    private readonly bool _foldCase, _fillsOn;
    private byte[] _order = [];
    private byte[] _text = new byte[128];

    private RowRules(ImportOptions options, CsvColumns columns, CsvEncoding encoding)
    {
        (_columns, _encoding, _foldCase, _fillsOn) = (columns, encoding, options.FoldCase, options.FillsAcrossOrders);
        _values = [.. columns.Filters.Select(f => f.Filter.Values.Select(Clean).ToHashSet(StringComparer.OrdinalIgnoreCase))];
        _known = [.. columns.Filters.Select(_ => new Dictionary<ulong, bool>())];
        _nobody = options.NoCustomer.Select(Clean).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (int column in columns.FillDown)
        {
            _above[column] = [];
        }
    }

    /// <summary>The rules of the options; null where there are none.</summary>
    public static RowRules? Of(ImportOptions options, CsvColumns columns, CsvEncoding encoding) =>
        columns.Filters.Length + columns.FillDown.Length + options.NoCustomer.Count > 0 || columns.Guest >= 0
            || columns.RefundCustomer >= 0 || columns.TimeOfDay >= 0 || options.FoldCase
            ? new RowRules(options, columns, encoding)
            : null;

    /// <summary>Starts a row: empty fields that are filled take over, the others are remembered.</summary>
    public void Open(CsvRows row)
    {
        if (_above.Count == 0)
        {
            return;
        }

        if (_columns.Order >= 0 && !_fillsOn && !_above.ContainsKey(_columns.Order)
            && !Trim(row.Field(_columns.Order)).SequenceEqual(_order))
        {
            _order = Trim(row.Field(_columns.Order)).ToArray();
            foreach (int column in _above.Keys)
            {
                _above[column] = [];
            }
        }

        foreach (int column in _above.Keys)
        {
            var field = Trim(row.Field(column));
            if (!field.IsEmpty && !field.SequenceEqual(_above[column]))
            {
                _above[column] = field.ToArray();
            }
        }
    }

    /// <summary>A field of the row, filled.</summary>
    public ReadOnlySpan<byte> Field(CsvRows row, int column)
    {
        var field = Trim(row.Field(column));
        return field.IsEmpty && _above.TryGetValue(column, out byte[]? above) ? above : field;
    }

    /// <summary>Whether the row does not count, and by which column.</summary>
    public bool LeavesOut(CsvRows row, out RowFate fate, out int column)
    {
        for (int f = 0; f < _values.Length; f++)
        {
            (column, ImportFilter filter) = _columns.Filters[f];
            if (Matches(f, Field(row, column)) != filter.Keep)
            {
                fate = filter.Meaning switch { "status" => RowFate.Status, "product" => RowFate.Product, _ => RowFate.Kind };
                return true;
            }
        }

        (fate, column) = (default, -1);
        return false;
    }

    /// <summary>The customer: the id, or the guest's where it names nobody; empty = nobody. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Customer(CsvRows row)
    {
        bool back = _columns.RefundCustomer >= 0 && _columns.Amount >= 0 && Field(row, _columns.Amount) is [(byte)'-' or (byte)'(', ..];
        var id = Field(row, back ? _columns.RefundCustomer : _columns.Customer);
        if (IsNobody(id))
        {
            id = _columns.Guest < 0 ? default : Field(row, _columns.Guest);
            id = IsNobody(id) ? default : id;
        }

        return _foldCase ? Folded(id) : id;
    }

    /// <summary>The time, the time of day behind it. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Time(CsvRows row)
    {
        var date = Field(row, _columns.Time);
        var clock = _columns.TimeOfDay < 0 || date.IsEmpty ? default : Field(row, _columns.TimeOfDay);
        if (clock.IsEmpty)
        {
            return date;
        }

        int length = date.Length + 1 + clock.Length;
        Room(length);
        date.CopyTo(_text);
        _text[date.Length] = (byte)' ';

        // Both may come out of the row's one scratch buffer; the date was copied first.
        Field(row, _columns.TimeOfDay).CopyTo(_text.AsSpan(date.Length + 1));
        return _text.AsSpan(0, length);
    }

    private bool Matches(int filter, ReadOnlySpan<byte> field)
    {
        // A status has a handful of values: told once each by their bytes.
        ulong key = Predictive.History.Text.RowHash.Of(field);
        if (!_known[filter].TryGetValue(key, out bool matches))
        {
            matches = _values[filter].Contains(Clean(CsvEncodings.Decode(field, _encoding)));
            if (_known[filter].Count < 100_000)
            {
                _known[filter].Add(key, matches);
            }
        }

        return matches;
    }

    private bool IsNobody(ReadOnlySpan<byte> id) =>
        LineImport.IsMissing(id) || (_nobody.Count > 0 && id.Length <= 64 && _nobody.Contains(CsvEncodings.Decode(id, _encoding)));

    private ReadOnlySpan<byte> Folded(ReadOnlySpan<byte> id)
    {
        if (id.IndexOfAnyInRange((byte)'A', (byte)'Z') < 0 && id.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) < 0)
        {
            return id;
        }

        // Latin-1 stays as it is beyond ASCII: its bytes are decoded later.
        if (_encoding == CsvEncoding.Latin1)
        {
            Room(id.Length);
            for (int i = 0; i < id.Length; i++)
            {
                _text[i] = id[i] is >= (byte)'A' and <= (byte)'Z' or >= 0xC0 and <= 0xDE and not 0xD7 ? (byte)(id[i] + 32) : id[i];
            }

            return _text.AsSpan(0, id.Length);
        }

        byte[] folded = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(id).ToLowerInvariant());
        Room(folded.Length);
        folded.CopyTo(_text, 0);
        return _text.AsSpan(0, folded.Length);
    }

    private void Room(int length)
    {
        if (_text.Length < length)
        {
            _text = new byte[length * 2];
        }
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) => field.Trim(" \t"u8);

    private static string Clean(string value) => value.Trim();
}
