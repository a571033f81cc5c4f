using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Metrics;

namespace Predictive.Api.Pages.Language;

/// <summary>
/// Every word of the pages in one language, from <c>Language/TAG.json</c>: words by key, names of closed sets by kind and name, phrases
/// that
/// the rules write in English, and how numbers and dates are written. Immutable.
/// </summary>
/// <remarks>
/// JSON and not satellite assemblies: the product runs in the invariant globalization mode, in which the framework knows no culture but its
/// own. To add a language: a file beside the two, a line in <see cref="All"/>; the tests compare the keys.
/// </remarks>
public sealed partial class Words
{
    private readonly Dictionary<string, string> _words, _phrases;
    private static readonly string[] s_quoted = ["segment", "stage", "cell", "tier", "band", "metric", "step"];

    // Made when the first sentence is asked for: a host that answers only programs never needs them.
    private readonly Lazy<(SentenceTemplate English, string Translation)[]> _sentences;

    private Words(string tag)
    {
        Tag = tag;
        using Stream stream = typeof(Words).Assembly.GetManifestResourceStream(tag + ".json")
            ?? throw new InvalidOperationException($"The words of '{tag}' are not in the assembly.");
        using JsonDocument document = JsonDocument.Parse(stream);
        _words = Read(document.RootElement.GetProperty("words"));
        _phrases = Read(document.RootElement.GetProperty("phrases"));
        Dictionary<string, string> sentences = document.RootElement.TryGetProperty("sentences", out JsonElement all) ? Read(all) : [];
        _sentences = new(() => [.. sentences.Select(s => (new SentenceTemplate(s.Key), s.Value))]);
        Name = this["language.name"];
    }

    /// <summary>English.</summary>
    public static Words English { get; } = new("en");

    /// <summary>Every language, English first.</summary>
    public static IReadOnlyList<Words> All { get; } = [English, new("zh-Hans")];

    /// <summary>BCP 47 tag: <c>en</c>, <c>zh-Hans</c>.</summary>
    public string Tag { get; }

    /// <summary>Its name in itself.</summary>
    public string Name { get; }

    /// <summary>The keys there are.</summary>
    public IReadOnlyCollection<string> Keys => _words.Keys;

    /// <summary>The phrases of the rules that are translated.</summary>
    public IReadOnlyCollection<string> Phrases => _phrases.Keys;

    /// <summary>The text of a key.</summary>
    /// <exception cref="KeyNotFoundException">No language has it.</exception>
    public string this[string key] => _words.TryGetValue(key, out string? text)
        ? text
        : this != English ? English[key] : throw new KeyNotFoundException($"There is no text '{key}'; add it to every Language/*.json.");

    /// <summary>The text of a key with its places {0}, {1} ... filled.</summary>
    public string Say(string key, params object?[] values) => string.Format(CultureInfo.InvariantCulture, this[key], values);

    /// <summary>A name of a closed set, such as a lifecycle stage; a name of the shop's own stays as it is.</summary>
    /// <param name="kind">Such as <c>stage</c>.</param>
    /// <param name="name">As the rules call it.</param>
    public string Named(string kind, string name) =>
        _words.TryGetValue($"{kind}:{name}", out string? text) ? text
        : kind == "portrait" ? Trait(name)
        // The catalogue has the names of its metrics, in both languages; there is no second list.
        : kind == "metric" && MetricWords.Has(name) ? this == English ? MetricWords.Of(name).English : MetricWords.Of(name).Chinese
        : this != English ? English.Named(kind, name) : name;

    /// <summary>A phrase of the rules (plays and the like) in this language; one that is not known stays as it is.</summary>
    public string Phrase(string english) => _phrases.GetValueOrDefault(english, english);

    /// <summary>
    /// A sentence that rules, checks or questions wrote in English, with its figures, in this language; one that is not known stays.
    /// </summary>
    public string Sentence(string english) => Known(english) ?? english;

    /// <summary>The language that <see cref="Sentence"/> answers in where that is not the page's: <c>en</c>; else null.</summary>
    public string? SentenceLanguage(string english) => Known(english) is null ? English.Tag : null;

    private string? Known(string english) => this == English ? english
        : _sentences.Value.Select(s => s.English.Translate(english, s.Translation, Part)).FirstOrDefault(t => t is not null)
            ?? _phrases.GetValueOrDefault(english);

    // A name that a sentence quotes, of whatever closed set it is.
    private string Part(string english) => Range().Match(english) is { Success: true } range
        ? Say("campaign.range", range.Groups[1].Value, range.Groups[2].Value)
        : s_quoted.Select(kind => _words.GetValueOrDefault($"{kind}:{english}")).FirstOrDefault(t => t is not null)
            ?? Trait(Phrase(english));

    /// <summary>A trait of a portrait ("slow rhythm: 103 days between orders ..."), or the name that traits make.</summary>
    public string Trait(string english)
    {
        ArgumentNullException.ThrowIfNull(english);
        int colon = english.IndexOf(": ", StringComparison.Ordinal);
        return this == English ? english
            : colon > 0 && _phrases.TryGetValue("trait:" + english[..colon], out string? word)
                ? $"{word}{this["format.colon"]}{Sentence(english[(colon + 2)..])}"
            : string.Join(this["format.comma"], english.Split(", ").Select(t => _phrases.GetValueOrDefault("trait:" + t, t)));
    }

    /// <summary>Whether a key is known.</summary>
    public bool Has(string key) => _words.ContainsKey(key);

    /// <summary>The language of a tag or of an <c>Accept-Language</c> list; null = none of them is spoken here.</summary>
    public static Words? Find(string? tags)
    {
        foreach (string part in (tags ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string tag = part.Split(';')[0].Trim();
            // zh, zh-CN and zh-Hans-CN are all written in simplified characters; zh-TW, zh-HK and zh-Hant are not.
            bool traditional = tag.Contains("Hant", StringComparison.OrdinalIgnoreCase)
                || tag.EndsWith("-TW", StringComparison.OrdinalIgnoreCase) || tag.EndsWith("-HK", StringComparison.OrdinalIgnoreCase);
            foreach (Words words in All)
            {
                string primary = words.Tag.Split('-')[0];
                if (!traditional && (tag.Equals(primary, StringComparison.OrdinalIgnoreCase)
                    || tag.StartsWith(primary + "-", StringComparison.OrdinalIgnoreCase)))
                {
                    return words;
                }
            }
        }

        return null;
    }

    [GeneratedRegex(@"^([+−\-]?\d[\d.,:%\- ]*) to ([+−\-]?\d[\d.,:%\- ]*)$")]
    private static partial Regex Range();

    private static Dictionary<string, string> Read(JsonElement texts) =>
        texts.EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetString()!, StringComparer.Ordinal);
}
