using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Questions;

// How names are taken out of a text.
public sealed partial class QuestionReader
{
    private List<MetricDefinition> Metrics(ref string text)
    {
        var found = new List<MetricDefinition>();
        foreach (var (phrase, metric) in _metrics.Where(m => m.Phrase is not ("customers" or "客户")))
        {
            if (phrase.Length > 1 && Take(ref text, phrase))
            {
                found.Add(metric);
            }
        }

        // "customers" is a noun where another figure is named.
        if (found.Count == 0 && Take(ref text, "customers"))
        {
            found.Add(QueryCatalogue.Find("customers"));
        }

        return found;
    }

    private List<QuestionValue[]> Values(ref string text)
    {
        var found = new List<QuestionValue[]>();
        foreach (var (phrase, meanings) in _values.OrderByDescending(v => v.Key.Length))
        {
            // "silver tier" says which silver is meant; the dimension's name then divides nothing.
            foreach (QuestionValue meaning in meanings)
            {
                Dimension dimension = _base.Dimensions.First(d => d.Name == meaning.Dimension);
                foreach (string name in dimension.Names.Select(Plain).OrderByDescending(n => n.Length))
                {
                    if (Take(ref text, Beside().Replace($"{phrase} {name}", ""))
                        || Take(ref text, Beside().Replace($"{name} {phrase}", "")))
                    {
                        found.Add([meaning with { IsNot = IsExcluded(ref text) }]);
                    }
                }
            }

            if (Take(ref text, phrase))
            {
                bool isNot = IsExcluded(ref text);
                found.Add([.. meanings.Select(m => m with { IsNot = isNot })]);
            }
        }

        return found;
    }

    // A word that excludes stands right before what was taken; it goes with it.
    private static bool IsExcluded(ref string text)
    {
        Match match = Excluding().Match(text);
        if (match.Success)
        {
            text = text.Remove(match.Index, match.Length).Insert(match.Index, " ");
        }

        return match.Success;
    }

    private static string? Silent(ref string text)
    {
        Match match = SilentDays().Match(text);
        if (!match.Success)
        {
            return null;
        }

        text = text.Remove(match.Index, match.Length).Insert(match.Index, " ");
        return $"recency_days > {match.Groups["n"].Value}";
    }

    [GeneratedRegex(
        @"\b(excluding|except( for)?|without|other than|apart from)( the)?\s*\|(\s*(以外|之外|外))?"
            + @"|(不包括|不含|除了|除)\s*\|(\s*(以外|之外|外))?")]
    private static partial Regex Excluding();

    // "sales channel" and "销售地区" have a figure's name in them: they are taken before it.
    private List<Dimension> ByWithin(ref string text) =>
        By(ref text, _dimensions.Where(
            d => _metrics.Any(m => m.Phrase.Length < d.Length && d.Contains(m.Phrase, StringComparison.Ordinal))));

    private List<Dimension> By(ref string text, IEnumerable<string> phrases)
    {
        var found = new List<Dimension>();
        foreach (string phrase in phrases)
        {
            if (Take(ref text, phrase))
            {
                // Where two go by one name, which is meant is for the asker to say.
                found.Add(_base.Dimension(phrase));
            }
        }

        return [.. found.DistinctBy(d => d.Name)];
    }

    private static int? Top(ref string text)
    {
        Match match = TopN().Match(text);
        if (!match.Success)
        {
            return null;
        }

        text = text.Remove(match.Index, match.Length).Insert(match.Index, " ");
        return int.Parse(match.Groups["n"].Value, NumberStyles.None, CultureInfo.InvariantCulture) is > 0 and <= 1000 and int n
            ? n
            : throw new QueryRefusedException("top expects 1 to 1000.");
    }

    // Takes a phrase out where it stands as whole words; Chinese has no blanks between words.
    private static bool Take(ref string text, string phrase)
    {
        int at = 0;
        while ((at = text.IndexOf(phrase, at, StringComparison.Ordinal)) >= 0)
        {
            int end = at + phrase.Length;
            if ((at == 0 || !Joins(text[at - 1], phrase[0])) && (end == text.Length || !Joins(phrase[^1], text[end])))
            {
                text = $"{text[..at]} | {text[end..]}";
                return true;
            }

            at++;
        }

        return false;
    }

    private static bool Joins(char a, char b) => IsLatin(a) && IsLatin(b);

    private static bool IsLatin(char c) => char.IsAsciiLetterOrDigit(c) || c == '\'';

    private static IEnumerable<string> Words(string text)
    {
        foreach (string word in text.Split([' ', ',', '?', '!', ';', ':', '|', '？', '，', '。', '！', '、', '(', ')', '"'],
            StringSplitOptions.RemoveEmptyEntries))
        {
            string rest = word.TrimEnd('.');
            while (rest.Length > 0)
            {
                int length = IsLatin(rest[0]) ? rest.TakeWhile(IsLatin).Count() : Filler(rest);
                yield return rest[..length];
                rest = rest[length..];
            }
        }
    }

    // The longest filler that a Chinese text begins with; else one character.
    private static int Filler(string text)
    {
        for (int n = Math.Min(3, text.Length); n > 1; n--)
        {
            string start = text[..n];
            if (QuestionWords.Fillers.Contains(start) || QuestionWords.By.Contains(start) || QuestionWords.Changes.Contains(start))
            {
                return n;
            }
        }

        return 1;
    }

    private void Know(string word, string dimension, string value)
    {
        if (!_values.TryGetValue(word, out List<QuestionValue>? meanings))
        {
            _values[word] = meanings = [];
        }

        var meaning = new QuestionValue(dimension, value);
        if (!meanings.Contains(meaning))
        {
            meanings.Add(meaning);
        }
    }

    // A value that was named, or that was named to be left out.
    private sealed record QuestionValue(string Dimension, string Value, bool IsNot = false);
}
