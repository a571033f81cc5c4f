using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Features;

/// <summary>How a linear model should see a feature; trees do not care.</summary>
public enum FeatureTransform
{
    /// <summary>As it is.</summary>
    None,

    /// <summary>sign(v) · ln(1 + |v|): counts, days, money.</summary>
    SignedLog,

    /// <summary>ln(p / (1 − p)), p clipped to [1e-4, 1 − 1e-4]: probabilities.</summary>
    Logit,
}

/// <summary>What a feature is about.</summary>
public enum FeatureGroup
{
    /// <summary>Time since something.</summary>
    Recency,

    /// <summary>The rhythm of purchases.</summary>
    Cadence,

    /// <summary>How often.</summary>
    Frequency,

    /// <summary>How much money.</summary>
    Money,

    /// <summary>What is in an order.</summary>
    Basket,

    /// <summary>Change over time.</summary>
    Trend,

    /// <summary>What the lifetimes models and the return curves of the base say.</summary>
    Lifetime,

    /// <summary>Events beside the purchases, from the events table.</summary>
    Events,

    /// <summary>What the customers table says.</summary>
    Attributes,

    /// <summary>What an application computes itself (<see cref="IFeatureSource"/>).</summary>
    Own,
}

/// <summary>One feature: the only place that says what it is called, what it means and how it is computed.</summary>
public sealed record FeatureDefinition
{
    /// <summary>Chances are held so far from 0 and 1 before their log odds are taken (<see cref="FeatureTransform.Logit"/>).</summary>
    internal const double LogitFloor = 1e-4;

    private const string OfBase = "base:";

    // Values further apart than this are never written as the same number.
    private const float CoarsestStep = 1.001f;

    /// <summary>Words of templates that follow a number, and what they are after 1.</summary>
    public static IReadOnlyList<(string Many, string One)> Counted { get; } =
    [
        ("days", "day"), ("orders", "order"), ("purchases", "purchase"), ("refunds", "refund"), ("lines", "line"), ("units", "unit"),
        ("categories", "category"), ("different products", "product"), ("different categories", "category"),
    ];

    private static readonly Regex s_spaces = new(@"\s+", RegexOptions.CultureInvariant);

    private static readonly Dictionary<string, double> s_windows = new() { ["H/2"] = .5, ["H"] = 1, ["2H"] = 2, ["4H"] = 4 };

    /// <summary>Lower-case name with underscores; a column name in matrices and files.</summary>
    public required string Name { get; init; }

    /// <summary>days, purchases, orders, lines, currency, share, ratio, z, flag, products ...</summary>
    public required string Unit { get; init; }

    /// <summary>What it is, exactly.</summary>
    public required string Description { get; init; }

    /// <summary>
    /// A sentence for a reason: <c>{name}</c> stands for the customer's value of that feature, <c>{base:name}</c> for the base's median,
    /// <c>{H}</c>, <c>{H/2}</c>, <c>{2H}</c> and <c>{4H}</c> for the windows in days. In days, orders and money.
    /// </summary>
    public required string Template { get; init; }

    /// <summary>The sentence for who has bought on one day only and so has no rhythm; null = <see cref="Template"/> fits.</summary>
    public string? OnceTemplate { get; init; }

    /// <summary>
    /// False where no sentence in days, orders and money tells what the feature measures: others of its kind then speak for it.
    /// </summary>
    public bool Speaks { get; init; } = true;

    /// <summary>What it is about.</summary>
    public required FeatureGroup Group { get; init; }

    /// <summary>The kind of events or the attribute it tells of; null = a feature of the transactions.</summary>
    public string? Subject { get; init; }

    /// <summary>Names of the values 0, 1, 2 ... of a category; null = a number.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>Raised whenever the formula changes: models trained on the former one then refuse to load. Default 1.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>How a linear model should see it.</summary>
    public FeatureTransform Transform { get; init; }

    /// <summary>
    /// The formula as the code has it, on one line, such as <c>c.Summary.Recency / c.Cadence</c>: taken from the source, so that no paper
    /// says otherwise. What c stands for is told in docs/features.md.
    /// </summary>
    public string Formula
    {
        get;
        init => field = s_spaces.Replace(value, " ") is var line && line.StartsWith("c => ", StringComparison.Ordinal) ? line[5..] : line;
    } = "";

    /// <summary>The formula; NaN = the customer or the source has no such value.</summary>
    internal Func<FeatureContext, double> Value { get; init; } = _ => double.NaN;

    /// <summary>Position of a feature among those of a row, by name; −1 = it is none of them.</summary>
    public static int IndexOf(IReadOnlyList<FeatureDefinition> row, string name)
    {
        ArgumentNullException.ThrowIfNull(row);
        for (int i = 0; i < row.Count; i++)
        {
            if (row[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The value on the scale of <see cref="Transform"/>; NaN stays NaN.</summary>
    public double Apply(float value) => Transform switch
    {
        FeatureTransform.SignedLog => Math.CopySign(Math.Log(1 + Math.Abs((double)value)), value),
        FeatureTransform.Logit => Logit(value),
        _ => value,
    };

    /// <summary>The reason in plain words, with the customer's and the base's numbers; a missing number reads "unknown".</summary>
    /// <param name="row">The customer's features, in catalogue order.</param>
    /// <param name="profile">The base; its <see cref="BaseProfile.Medians"/> fill <c>{base:name}</c>.</param>
    public string Text(ReadOnlySpan<float> row, BaseProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        string template = TemplateFor(row);
        var text = new StringBuilder(template.Length + 16);
        int position = 0;
        while (position < template.Length)
        {
            int open = template.IndexOf('{', position);
            if (open < 0)
            {
                break;
            }

            int close = template.IndexOf('}', open);
            string value = Fill(template[(open + 1)..close], row, profile);
            text.Append(template, position, open - position).Append(value);
            position = close + 1;
            if (value == "1" && Plural(template, position) is { } plural)
            {
                text.Append(' ').Append(plural.One);
                position += plural.Many.Length + 1;
            }
        }

        return Given(text.Append(template, position, template.Length - position).ToString());
    }

    // Nobody spends less than nothing.
    private static string Given(string text)
    {
        const string Spent = "spent -";
        int end = text.StartsWith(Spent, StringComparison.Ordinal) ? text.IndexOf(' ', Spent.Length) : -1;
        if (end < 0 || text.Contains(" days, -", StringComparison.Ordinal))
        {
            return text;
        }

        string when = text[end..].Replace(" days, ", " days, but spent ", StringComparison.Ordinal);
        return $"gave back {text[Spent.Length..end]} more than they spent{when}";
    }

    private string TemplateFor(ReadOnlySpan<float> row) =>
        OnceTemplate is not null && row[FeatureCatalogue.OneTime] == 1 ? OnceTemplate : Template;

    /// <summary>Names of the features whose values of the customer the sentence quotes.</summary>
    internal IEnumerable<string> Quoted(bool once) => Keys(once).Where(k => !k.StartsWith(OfBase, StringComparison.Ordinal));

    /// <summary>Names of the features whose typical values it sets beside the customer's.</summary>
    internal IEnumerable<string> Compared(bool once) =>
        Keys(once).Where(k => k.StartsWith(OfBase, StringComparison.Ordinal)).Select(k => k[OfBase.Length..]);

    /// <summary>Whether a person would read two values as different numbers.</summary>
    internal bool Differ(float one, float other) =>
        !(Math.Abs(one - other) < CoarsestStep) || !string.Equals(Format(one), Format(other), StringComparison.Ordinal);

    private IEnumerable<string> Keys(bool once)
    {
        string template = once ? OnceTemplate ?? Template : Template;
        for (int open = template.IndexOf('{'); open >= 0; open = template.IndexOf('{', open + 1))
        {
            string key = template[(open + 1)..template.IndexOf('}', open)];
            if (!s_windows.ContainsKey(key))
            {
                yield return key;
            }
        }
    }

    /// <summary>The counted word that follows a number in the template, if it is one.</summary>
    private static (string Many, string One)? Plural(string template, int position)
    {
        foreach (var word in Counted)
        {
            if (string.CompareOrdinal(template, position, " " + word.Many, 0, word.Many.Length + 1) == 0)
            {
                return word;
            }
        }

        return null;
    }

    private static string Fill(string key, ReadOnlySpan<float> row, BaseProfile profile)
    {
        if (s_windows.TryGetValue(key, out double horizons))
        {
            return Math.Max(1, (int)(profile.HorizonDays * horizons)).ToString(CultureInfo.InvariantCulture);
        }

        bool ofBase = key.StartsWith(OfBase, StringComparison.Ordinal);
        int index = profile.IndexOf(ofBase ? key[OfBase.Length..] : key);
        float value = !ofBase ? row[index] : profile.Medians.Length > index ? profile.Medians[index] : float.NaN;
        return profile.Features[index].Format(value);
    }

    /// <summary>A value as a person writes it: 95, 31.5, 1,234.50, 37 %.</summary>
    public string Format(float value)
    {
        if (!float.IsFinite(value))
        {
            return "unknown";
        }

        double v = value + 0.0; // minus zero reads 0
        return Unit switch
        {
            "category" => value >= 0 && value < Categories!.Count ? Categories[(int)value] : "unknown",
            "share" or "probability" => Math.Round(v * 100).ToString("0", CultureInfo.InvariantCulture) + " %",
            "currency" => v.ToString("#,0.00", CultureInfo.InvariantCulture),
            "flag" => v != 0 ? "yes" : "no",
            "days" =>
                Math.Abs(v) < 10
                    ? v.ToString("0.#", CultureInfo.InvariantCulture)
                    : Math.Round(v).ToString("0", CultureInfo.InvariantCulture),
            _ => v.ToString(Math.Abs(v) >= 100 ? "#,0" : "#,0.#", CultureInfo.InvariantCulture),
        };
    }

    private static double Logit(double p)
    {
        p = double.IsNaN(p) ? p : Math.Clamp(p, LogitFloor, 1 - LogitFloor);
        return Math.Log(p / (1 - p));
    }
}
