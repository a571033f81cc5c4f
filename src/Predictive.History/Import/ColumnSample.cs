using System.Text;

namespace Predictive.History.Import;

/// <summary>The beginning of a file as text, column by column: what the mapping is told from.</summary>
internal sealed class ColumnSample
{
    private const int MostRows = 2_000;
    private const int TimesTried = 100;

    private readonly List<string[]> _rows = [];
    private readonly CsvEncoding _encoding;
    private readonly ImportOptions _options;
    private readonly Dictionary<int, double> _times = [];

    /// <summary>Reads the rows of the first chunk.</summary>
    /// <exception cref="DatasetException">The file is no text, or has no header.</exception>
    public ColumnSample(ImportOptions options, CsvSource source)
    {
        (_options, _encoding) = (options, source.Encoding);
        CsvLayout layout = CsvLayout.Detect(options, source);
        CsvRows rows = layout.Open(source.Head, source.Encoding, out string[] header);
        Header = header;
        bool whole = source.Head.End - source.Head.Start < CsvSource.Headroom;
        while (_rows.Count < MostRows && rows.Read(whole))
        {
            if (rows.FieldCount >= header.Length && !rows.Unclosed)
            {
                string[] row = new string[header.Length];
                for (int c = 0; c < row.Length; c++)
                {
                    row[c] = CsvEncodings.Decode(rows.Field(c), source.Encoding).Trim();
                }

                _rows.Add(row);
            }
        }
    }

    /// <summary>The column names.</summary>
    public string[] Header { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<string[]> Rows => _rows;

    /// <summary>Values of a column that are not empty.</summary>
    public IEnumerable<string> Values(int column) => _rows.Select(r => r[column]).Where(v => v.Length > 0);

    /// <summary>Share of the values that are numbers.</summary>
    public double Numbers(int column)
    {
        var point = new CsvNumbers(false, CsvEncoding.Utf8, lax: true);
        return Share(Values(column), v => point.TryParse(Encoding.UTF8.GetBytes(v), out _));
    }

    /// <summary>Share of the values that are numbers with a fraction.</summary>
    public double Fractions(int column) =>
        Share(
            Values(column),
            v => v.Length > 2 && v.AsSpan().LastIndexOfAny('.', ',') is var at and > 0 && v.Length - at - 1 is 1 or 2 or 4
                && char.IsAsciiDigit(v[^1]));

    /// <summary>Distinct values ÷ values.</summary>
    public double Distinct(int column) =>
        Values(column).ToList() is { Count: > 0 } all ? (double)all.Distinct(StringComparer.Ordinal).Count() / all.Count : 0;

    /// <summary>Share of the values that one of the known formats reads as a time; 0 where none reads half of them.</summary>
    public double Times(int column)
    {
        if (!_times.TryGetValue(column, out double share))
        {
            List<string> all = [.. Values(column).Take(TimesTried)];
            share = all.Count == 0 || all.TrueForAll(v => v.Length < 6) ? 0 : Share(all, TimeOf(column, all));
            _times[column] = share;
        }

        return share;
    }

    /// <summary>Whether every value is a number as Excel stores the days of 1954 to 2119; false where there is none.</summary>
    public bool LooksLikeExcelDays(int column)
    {
        var point = new CsvNumbers(false, CsvEncoding.Utf8);
        return Values(column).Any()
            && Values(column).All(
                v => point.TryParse(Encoding.UTF8.GetBytes(v), out ExactNumber n) && n.ToDouble() is >= 20_000 and < 80_000);
    }

    /// <summary>Values of a column with their counts, most frequent first; null where there are too many to be a status.</summary>
    public IReadOnlyList<(string Value, int Count)>? Kinds(int column)
    {
        var groups = Values(column).GroupBy(v => v, StringComparer.OrdinalIgnoreCase).Select(g => (g.Key, g.Count()))
            .OrderByDescending(g => g.Item2).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        return groups.Count is 0 or > 30 ? null : groups;
    }

    /// <summary>Whether two columns name the same things: each value of one stands beside one of the other.</summary>
    public bool AreOneToOne(int a, int b) =>
        _rows.Select(r => (r[a], r[b])).Distinct().Count() is var pairs && pairs == _rows.Select(r => r[a]).Distinct().Count()
            && pairs == _rows.Select(r => r[b]).Distinct().Count();

    private Func<string, bool> TimeOf(int column, List<string> values)
    {
        try
        {
            var sample = values.Select((v, i) => ((long)i + 2, Encoding.UTF8.GetBytes(v))).ToList();
            var columns = CsvColumns.Only(Header, column);
            TimeReader reader =
                TimeFormatDetector.Detect(_options, columns, sample, TimeZoneInfo.Utc, CsvEncoding.Utf8, () => sample).Reader;
            return v => reader.TryParse(Encoding.UTF8.GetBytes(v), 0, out _);
        }
        catch (DatasetException e)
        {
            // Day and month may be open yet: a time all the same. Excel's numbers are told apart by their name alone.
            bool time = e.Findings[0].Code == "ambiguous-time-format"
                || (e.Findings[0].Code == "unknown-time-format" && e.Message.Contains("excel", StringComparison.Ordinal)
                    && ColumnNames.Score("ordered_at", Header[column]) > 0);
            return _ => time;
        }
    }

    private static double Share(IEnumerable<string> values, Func<string, bool> holds)
    {
        int n = 0, yes = 0;
        foreach (string value in values)
        {
            n++;
            yes += holds(value) ? 1 : 0;
        }

        return n == 0 ? 0 : (double)yes / n;
    }
}
