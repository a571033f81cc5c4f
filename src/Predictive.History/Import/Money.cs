using System.Globalization;

namespace Predictive.History.Import;

/// <summary>Which currency a row is in, and what becomes of it: counted, left out, or brought to the dataset's.</summary>
internal sealed class Money
{
    /// <summary>Digits kept behind the point where a rate was applied.</summary>
    private const int RateScale = 8;

    private readonly Dictionary<string, (Int128 Unscaled, int Scale)>? _rates;
    private readonly string? _only;
    private readonly Dictionary<string, Seen> _seen = new(StringComparer.Ordinal);
    private string _lastText = "";
    private byte[] _lastBytes = [];

    private Money(
        string? only, Dictionary<string, (Int128, int)>? rates, string? target) => (_only, _rates, Target) = (only, rates, target);

    private sealed class Seen
    {
        public long Count { get; set; }

        public long First { get; set; }
    }

    /// <summary>The currency all amounts come out in; null = whatever the file holds.</summary>
    public string? Target { get; }

    /// <summary>Rows by currency, most frequent first; "" = none.</summary>
    public IReadOnlyList<(string Currency, long Count, long FirstLine)> Currencies =>
        [
            .. _seen.Select(s => (s.Key, s.Value.Count, s.Value.First)).OrderByDescending(s => s.Count)
                .ThenBy(s => s.Key, StringComparer.Ordinal),
        ];

    /// <summary>The rules of the options; null where the amounts' own marks are all there is and nothing is asked of them.</summary>
    /// <exception cref="DatasetException">The file of rates cannot be read.</exception>
    public static Money? Of(ImportOptions options, CsvColumns columns)
    {
        if (options.RatesFile is null && options.OnlyCurrency is null && columns.Currency < 0)
        {
            return null;
        }

        var rates = options.RatesFile is null ? null : ReadRates(options.RatesFile);
        string? target = options.OnlyCurrency?.ToUpperInvariant() ?? (rates is null ? null : options.Currency ?? One(rates));
        return new Money(options.OnlyCurrency?.ToUpperInvariant(), rates, target);
    }

    /// <summary>Takes a row's currency.</summary>
    /// <param name="text">The field of the currency column; empty = none, or no column.</param>
    /// <param name="mark">The mark of the amount; null = none.</param>
    /// <param name="line">Its line.</param>
    /// <param name="rate">What amounts are multiplied by, × 10^<paramref name="scale"/>.</param>
    /// <param name="scale">See there.</param>
    /// <param name="fate">Why the row is left out.</param>
    /// <returns>False where it is.</returns>
    public bool Takes(ReadOnlySpan<byte> text, string? mark, long line, out Int128 rate, out int scale, out RowFate fate)
    {
        string currency = text.IsEmpty ? mark is null ? "" : NameOf(mark) : NameOf(text);
        ref Seen? seen = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_seen, currency, out _);
        seen ??= new Seen { First = line };
        seen.Count++;
        (rate, scale, fate) = (1, 0, RowFate.OtherCurrency);
        if (_only is not null)
        {
            return currency == _only;
        }

        if (_rates is null)
        {
            return true;
        }

        fate = RowFate.NoRate;
        bool known = _rates.TryGetValue(currency, out var found);
        (rate, scale) = found;
        return known;
    }

    /// <summary>An amount × the rate, rounded to eight digits where there are more.</summary>
    public static (Int128 Unscaled, int Scale) Times(Int128 unscaled, int scale, Int128 rate, int rateScale)
    {
        if (rate == 1 && rateScale == 0)
        {
            return (unscaled, scale);
        }

        // Six digits of an amount within ±10^13 and a rate of nine digits either side of the point keep within 128 bits.
        for (; scale > 6; scale--)
        {
            unscaled /= 10;
        }

        (unscaled, scale) = (unscaled * rate, scale + rateScale);
        for (; scale > RateScale; scale--)
        {
            Int128 half = unscaled >= 0 ? 5 : -5;
            unscaled = (unscaled + (scale == RateScale + 1 ? half : 0)) / 10;
        }

        return (unscaled, scale);
    }

    /// <summary>The code of a sign (€) or of a code in any case.</summary>
    public static string NameOf(string text)
    {
        text = text.Trim();
        return CsvNumbers.CurrencyOf(text) ?? text.ToUpperInvariant();
    }

    private string NameOf(ReadOnlySpan<byte> text)
    {
        if (!text.SequenceEqual(_lastBytes))
        {
            (_lastBytes, _lastText) = (text.ToArray(), NameOf(System.Text.Encoding.UTF8.GetString(text)));
        }

        return _lastText;
    }

    private static string One(Dictionary<string, (Int128 Unscaled, int Scale)> rates) =>
        rates.FirstOrDefault(r => r.Value is { Unscaled: var u, Scale: var s } && u == (Int128)Math.Pow(10, s)).Key
        ?? throw DatasetFaults.Blocking(
            "bad-rates",
            "No currency of the rates has the rate 1, so it cannot be told what amounts are brought to. Name it with --currency.").Refuse();

    private static Dictionary<string, (Int128, int)> ReadRates(string path)
    {
        if (!File.Exists(path))
        {
            throw DatasetFaults.MissingSource(path).Refuse();
        }

        var rates = new Dictionary<string, (Int128, int)>(StringComparer.Ordinal);
        int n = 0;
        foreach (string row in File.ReadLines(path))
        {
            n++;
            string[] parts = row.Split(',', ';', '\t');
            if (n == 1 || row.Trim().Length == 0)
            {
                continue;
            }

            if (parts.Length != 2
                || !decimal.TryParse(parts[1].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal rate)
                || rate <= 0 || rate > 1_000_000_000)
            {
                throw DatasetFaults.Blocking(
                    "bad-rates", $"Line {n} of '{path}' is '{row}'; expected currency,rate such as USD,0.92 below a header.", path)
                        .Refuse();
            }

            rate = Math.Round(rate, 9);
            int scale = 0;
            for (; rate != decimal.Truncate(rate); scale++)
            {
                rate *= 10;
            }

            rates[NameOf(parts[0])] = ((Int128)rate, scale);
        }

        return rates;
    }
}
