using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;

namespace Predictive.Reports.Narrative;

/// <summary>Every word of the written reports in one language, from <c>Narrative/Language/TAG.json</c>, and how figures are written in
/// it. Immutable.</summary>
public sealed class ReportWords
{
    private readonly Dictionary<string, string> _words;

    private ReportWords(string tag)
    {
        Tag = tag;
        using Stream stream = typeof(ReportWords).Assembly.GetManifestResourceStream($"report.{tag}.json")
            ?? throw new InvalidOperationException($"The words of '{tag}' are not in the assembly.");
        _words = JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }

    /// <summary>English.</summary>
    public static ReportWords English { get; } = new("en");

    /// <summary>简体中文.</summary>
    public static ReportWords Chinese { get; } = new("zh-Hans");

    /// <summary>BCP 47 tag: <c>en</c>, <c>zh-Hans</c>.</summary>
    public string Tag { get; }

    /// <summary>The keys there are.</summary>
    public IReadOnlyCollection<string> Keys => _words.Keys;

    /// <summary>The text of a key.</summary>
    /// <exception cref="KeyNotFoundException">The language has it not.</exception>
    public string this[string key] =>
        _words.TryGetValue(key, out string? text) ? text : throw new KeyNotFoundException($"There is no text '{key}' in {Tag}.json.");

    /// <summary>The language of <c>en</c> or <c>zh</c>, or of their tags; null = another.</summary>
    public static ReportWords? Find(string? tag) => tag?.Split('-')[0].ToLowerInvariant() switch
    {
        "en" => English,
        "zh" => Chinese,
        _ => null,
    };

    /// <summary>The text of a key with its places filled.</summary>
    public string Say(string key, params object?[] values) => string.Format(CultureInfo.InvariantCulture, this[key], values);

    /// <summary>A text that has a form for one and one for several.</summary>
    public string Count(string key, double count, params object?[] values) =>
        Say(count == 1 && _words.ContainsKey(key + ".one") ? key + ".one" : key, [Whole(count), .. values]);

    /// <summary>A name of a closed set, such as a tier; one of the shop's own stays as it is.</summary>
    public string Named(string name) => _words.GetValueOrDefault("name:" + name, name);

    /// <summary>What a metric is called.</summary>
    public string Metric(string name)
    {
        MetricWords words = MetricWords.Of(name);
        return this == Chinese ? words.Chinese : words.English;
    }

    /// <summary>What a dimension is called.</summary>
    /// <param name="name">Its name in the catalogue, or <c>attribute.COLUMN</c>.</param>
    /// <param name="shop">What dataset.json calls its columns (<see cref="DatasetDescription.Names"/>); null = nothing.</param>
    public string DimensionName(string name, IReadOnlyDictionary<string, AttributeNames>? shop = null) =>
        OfShop(name, shop) ?? Catalogued(name);

    private string? OfShop(string name, IReadOnlyDictionary<string, AttributeNames>? shop) =>
        shop is not null && name.StartsWith(Dimensions.Attribute, StringComparison.Ordinal)
            && shop.GetValueOrDefault(name[Dimensions.Attribute.Length..]) is { } called
            ? this == Chinese ? called.Chinese : called.English
            : null;

    private string Catalogued(string name) => Dimensions.All.FirstOrDefault(d => d.Name == name) is { } d
        ? this == Chinese ? d.Chinese : d.English
        : _words.GetValueOrDefault("name:" + name, name.Split('.')[^1].Replace('_', ' '));

    /// <summary>A figure in its unit.</summary>
    /// <param name="value">The figure.</param>
    /// <param name="unit">As the catalogue says.</param>
    /// <param name="currency">Currency of money; null = not known.</param>
    public string Figure(double value, string unit, string? currency) => unit switch
    {
        "money" => Money(value, currency),
        "share" => Percent(value),
        _ => Math.Abs(value - Math.Round(value)) < 1e-9 || Math.Abs(value) >= 100 ? Whole(value) : Signed(value, 2),
    };

    /// <summary>An amount: two decimals below 100, else none.</summary>
    /// <param name="value">The amount.</param>
    /// <param name="currency">Its currency; null = not known.</param>
    /// <param name="fine">Two decimals whatever it is.</param>
    public string Money(double value, string? currency, bool fine = false)
    {
        string text = fine ? Signed(value, 2) : Bare(value);
        return currency is null ? text : Say("format.money", text, currency);
    }

    /// <summary>An amount with its sign.</summary>
    public string Change(double value, string? currency)
    {
        string text = Money(value, currency);
        return text.Contains('−') || Money(0, currency) == text ? text
            : currency is null ? "+" + text : text.Replace(Bare(value), "+" + Bare(value), StringComparison.Ordinal);
    }

    /// <summary>A share as percent, one decimal.</summary>
    public string Percent(double share) => Say("format.percent", Signed(100 * share, 1));

    /// <summary>A whole number.</summary>
    public string Whole(double value) => Signed(value, 0);

    /// <summary>A period.</summary>
    public string Days(Period period) =>
        period == Period.Month(period.From.Year, period.From.Month) ? Month(period.From)
        : period.From.Day == 1 && period == Period.Quarter(period.From.Year, ((period.From.Month - 1) / 3) + 1)
            ? Say("format.quarter", period.From.Year, ((period.From.Month - 1) / 3) + 1)
        : period == Period.Year(period.From.Year) ? Say("format.year", period.From.Year)
        : Say("format.range", Day(period.From), Day(period.To));

    /// <summary>A day.</summary>
    public string Day(DateOnly day) => day.ToString(this["format.date"], CultureInfo.InvariantCulture);

    /// <summary>A day as outputs write it.</summary>
    public string Day(string iso) => DateTime.TryParse(iso, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime at)
        ? Day(DateOnly.FromDateTime(at))
        : iso;

    /// <summary>A month.</summary>
    public string Month(DateOnly first) => first.ToString(this["format.month"], CultureInfo.InvariantCulture);

    /// <summary>A number of an axis.</summary>
    public string Short(double value)
    {
        double unit = double.Parse(this["format.unit"], CultureInfo.InvariantCulture);
        return Math.Abs(value) >= 10_000
            ? Say("format.short", (value / unit).ToString("0.#", CultureInfo.InvariantCulture))
            : value.ToString("0.###", CultureInfo.InvariantCulture);
    }

    /// <summary>The first letter as a sentence begins.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Bare(double value) => Math.Abs(value) < 99.995 && Math.Round(value, 2) != 0 ? Signed(value, 2) : Signed(value, 0);

    // A number that rounds to nothing has no sign.
    private static string Signed(double value, int decimals)
    {
        string text = value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return text.Trim('-', '0', '.', ',').Length == 0 ? text.TrimStart('-') : text.Replace('-', '−');
    }
}
