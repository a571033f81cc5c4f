// Linked into Predictive.Benchmarks too: `-- dialects`.
using System.Globalization;
using System.Text;
using Predictive.History;
using Predictive.History.Import;
using Predictive.Tests;

namespace Predictive.History.Tests.Import.Dialects;

/// <summary>
/// A random table written in a random dialect and imported again without a word about the dialect: it comes back as it was, or is refused
/// with a reason that is true of it. Then bytes are changed at random: whatever comes, it is a report or a refusal.
/// </summary>
internal sealed class DialectTrial
{
    private static readonly string[] s_texts =
        [
            "plain", "with, comma", "semi;colon", "a\ttab", "pi|pe", "say \"hi\"", "two\nlines", "=1+1", "Zoë", "Müller", "naïve café",
            "00012", "12,5", "2.350", "x", "ß", "\"", "it's", "end,",
        ];

    private static readonly string[] s_wide = ["客户一", "Łódź", "Привет", "👩‍👩‍👧", "ñandú"];

    private static readonly string[] s_dates =
        ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy/MM/dd", "yyyyMMdd", "dd/MM/yyyy",
        "MM/dd/yyyy HH:mm", "dd.MM.yyyy", "dd.MM.yyyy HH:mm:ss",
         "d/M/yyyy", "M/d/yyyy h:mm tt", "dd-MM-yyyy", "dd MMM yyyy", "MMM d, yyyy", "dd/MM/yy", "MM-dd-yy", "unix-s", "unix-ms",
         "yyyy-MM-dd HH:mm:ss 'UTC'", "yyyy-MM-dd'T'HH:mm:ss'Z'"];

    private readonly Random _random;
    private readonly List<(string Customer, DateTime Time, decimal Amount, string Product)> _rows = [];
    private readonly char _delimiter;
    private readonly string _lineEnd;
    private readonly string _date;
    private readonly char _point;
    private readonly string _group;
    private readonly int _decimals;
    private readonly int _quoting;
    private readonly string _before;
    private readonly string _behind;
    private readonly Encoding _encoding;
    private readonly bool _sep;

    private DialectTrial(int seed)
    {
        _random = new Random(seed);
        _delimiter = Pick(",,;;\t|".ToCharArray());
        _lineEnd = Pick(["\n", "\n", "\r\n", "\r\n", "\r"]);
        _date = Pick(s_dates);
        _point = Pick(['.', '.', ',']);
        _group = Pick(["", "", "", _point == '.' ? "," : ".", "'", "\u2019", "\u00A0", "\u202F"]);
        _decimals = Pick([2, 2, 2, 2, 0, 1, 3]);
        _quoting = _random.Next(3);
        _sep = _random.Next(12) == 0 && _lineEnd != "\r";
        (_before, _behind) = Pick([("", ""), ("", ""), ("", ""), ("€", ""), ("", " EUR"), ("$ ", ""), ("", " zł"), ("CHF ", "")]);
        int encoding = _random.Next(6);
        bool narrow = encoding == 5 && _group is not ("\u2019" or "\u202F") && !_before.Contains('€') && !_behind.Contains('ł');
        _encoding = encoding switch { 0 =>
            new UTF8Encoding(true), 1 =>
                new UnicodeEncoding(false, true), 2 =>
                    new UnicodeEncoding(true, true), _ => narrow ? Encoding.Latin1 : new UTF8Encoding(false) };
        string[] texts = narrow ? s_texts : [.. s_texts, .. s_wide];
        if (_lineEnd == "\r")
        {
            // A lone return ends rows here, so a line feed within a field would make line feeds the line ends.
            texts = [.. texts.Where(t => !t.Contains('\n'))];
        }

        int rows = 1 + _random.Next(60), span = _random.Next(3) == 0 ? 12 : 700;
        for (int i = 0; i < rows; i++)
        {
            DateTime time = new DateTime(2023, 1, 1).AddDays(_random.Next(span)).AddSeconds(_random.Next(86_400));
            decimal amount = Math.Round(
                (decimal)((_random.NextDouble() * (_random.Next(4) == 0 ? 200_000 : 900)) + .01),
                _decimals) * (_random.Next(9) == 0 ? -1 : 1);
            _rows.Add((Pick(texts).Trim() + _random.Next(20), Rounded(time), amount, Pick(texts)));
        }
    }

    /// <summary>Runs a seed.</summary>
    /// <param name="seed">Of everything drawn.</param>
    /// <param name="folder">To work in; emptied.</param>
    /// <returns>What came of it (<c>same</c>, or the code it was rightly refused with), and what is wrong; null = nothing.</returns>
    public static (string Outcome, string? Fault) Run(int seed, string folder)
    {
        var trial = new DialectTrial(seed);
        string file = Path.Combine(folder, "in.csv"), output = Path.Combine(folder, "out");
        byte[] bytes = trial.Write();
        File.WriteAllBytes(file, bytes);
        var options = new ImportOptions
        {
            Source = file, OutputFolder = output, CustomerColumn = "who", TimeColumn = "on", AmountColumn = "paid", ProductColumn = "what",
            Existing = ExistingData.Overwrite, RowGroupLines = 1_024,
        };
        (string outcome, string? fault) = trial.Compare(options);
        if (fault is null)
        {
            fault = trial.Mutate(options, bytes, file);
        }

        return (outcome, fault is null ? null : $"seed {seed}: {fault} [{trial}]");
    }

    public override string ToString() =>
        $"delimiter '{_delimiter}' line end {_lineEnd.Length}{(int)_lineEnd[0]} date {_date} point '{_point}' group '{_group}' decimals "
            + $"{_decimals} quoting {_quoting} money '{_before}..{_behind}' {_encoding.WebName} {_rows.Count} rows";

    private (string Outcome, string? Fault) Compare(ImportOptions options)
    {
        try
        {
            CsvImport.Run(options);
        }
        catch (DatasetException e)
        {
            string code = e.Findings[0].Code;
            bool isTrue = code switch
            {
                "ambiguous-time-format" => IsOrdered && _rows.TrueForAll(r => r.Time.Day <= 12),
                "ambiguous-decimal-mark" =>
                    Marked().Any() && Marked().All(m => m.Split('.', ',') is { Length: 2 } parts && parts[1].Length == 3),
                _ => false,
            };
            return (code, isTrue ? null : $"refused: {e.Message}");
        }

        using StoredFile stored = StoredFile.Open(Path.Combine(options.OutputFolder, "transactions.parquet"));
        string?[] customers = stored.Texts("customer_id"), products = stored.Texts("product_id");
        double[] amounts = stored.Doubles("amount");
        DateTime?[] times = stored.Times("ordered_at");
        if (customers.Length != _rows.Count)
        {
            return (
                "",
                $"{customers.Length} of {_rows.Count} rows came back: "
                    + $"{File.ReadAllText(Path.Combine(options.OutputFolder, CsvImport.RejectsFile))}");
        }

        for (int i = 0; i < _rows.Count; i++)
        {
            var row = _rows[i];
            if (customers[i] != row.Customer.Trim(' ', '\t')
                || products[i] != (row.Product.Trim(' ', '\t') is { Length: > 0 } p ? p : null) || amounts[i] != (double)row.Amount
                || times[i] != row.Time)
            {
                return (
                    "",
                    $"row {i + 2}: {row} came back as ({customers[i]}, {times[i]:O}, {amounts[i]}, {products[i]}), written "
                        + $"{Line(row).TrimEnd()}");
            }
        }

        return ("same", null);
    }

    private string? Mutate(ImportOptions options, byte[] bytes, string file)
    {
        byte[] changed = [.. bytes];
        for (int n = 1 + _random.Next(6); n > 0 && changed.Length > 4; n--)
        {
            int at = _random.Next(changed.Length), to = _random.Next(changed.Length);
            switch (_random.Next(4))
            {
                case 0: changed[at] = (byte)_random.Next(256); break;
                case 1: changed[at] = Pick("\"\n\r,;\t\0"u8.ToArray()); break;
                case 2: changed = [.. changed[..at], .. changed[Math.Min(changed.Length, at + _random.Next(20))..]]; break;
                default: changed = [.. changed[..at], .. changed[Math.Min(at, to)..Math.Max(at, to)], .. changed[at..]]; break;
            }
        }

        File.WriteAllBytes(file, changed);
        foreach (ImportOptions asked in (ImportOptions[])[
            options, options with { CustomerColumn = null, TimeColumn = null, AmountColumn = null, ProductColumn = null },
        ])
        {
            try
            {
                ImportReport report = CsvImport.Run(asked);
                if (report.Rejected.Sum(r => r.Count) != report.Rows - report.Kept)
                {
                    return $"after changes {report.Rows} rows, {report.Kept} kept, {report.Rejected.Sum(r => r.Count)} left out";
                }
            }
            catch (DatasetException)
            {
                // Refused in words.
            }
            catch (Exception e)
            {
                return $"after changes {e.GetType().Name}: {e.Message} {e.StackTrace}";
            }
        }

        return null;
    }

    private byte[] Write()
    {
        string text = (_sep ? $"sep={_delimiter}{_lineEnd}" : "") + string.Join(_delimiter, "who", "on", "paid", "what") + _lineEnd
            + string.Concat(_rows.Select(Line));
        if (_random.Next(3) == 0)
        {
            text = text[..^_lineEnd.Length];
        }

        return [.. _encoding.GetPreamble(), .. _encoding.GetBytes(text)];
    }

    private string Line((string Customer, DateTime Time, decimal Amount, string Product) row) =>
        string.Join(_delimiter, Field(row.Customer), Field(Time(row.Time)), Field(Money(row.Amount)), Field(row.Product)) + _lineEnd;

    private string Field(string text)
    {
        bool must = text.Contains(_delimiter) || text.Contains('\n') || text.Contains('\r') || text.StartsWith('"') || text.EndsWith('"');
        return must || _quoting == 2 || (_quoting == 1 && _random.Next(4) == 0)
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;
    }

    private string Time(DateTime time) => _date switch
    {
        "unix-s" => ((long)(time - DateTime.UnixEpoch).TotalSeconds).ToString(CultureInfo.InvariantCulture),
        "unix-ms" => ((long)(time - DateTime.UnixEpoch).TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
        _ => time.ToString(_date, CultureInfo.InvariantCulture),
    };

    private string Number(decimal amount)
    {
        string text = Math.Abs(amount).ToString(_group.Length > 0 ? "N" + _decimals : "F" + _decimals, CultureInfo.InvariantCulture);
        return string.Concat(text.Select(c => c == ',' ? _group : c == '.' ? _point.ToString() : c.ToString()));
    }

    private string Money(decimal amount) => (amount < 0 ? "-" : "") + _before + Number(amount) + _behind;

    private IEnumerable<string> Marked() => _rows.Select(r => Number(r.Amount)).Where(n => n.Contains('.') || n.Contains(','));

    private bool IsOrdered =>
        _date.StartsWith('d') || _date.StartsWith("MM/", StringComparison.Ordinal) || _date.StartsWith("MM-", StringComparison.Ordinal)
            || _date.StartsWith("M/", StringComparison.Ordinal);

    private DateTime Rounded(DateTime time) =>
        _date.Contains("ss", StringComparison.Ordinal) || _date.StartsWith("unix", StringComparison.Ordinal) ? time
        : _date.Contains("mm", StringComparison.Ordinal) ? time.AddSeconds(-time.Second) : time.Date;

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
