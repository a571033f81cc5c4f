using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Questions;

/// <summary>Days in a question, in both languages.</summary>
internal static partial class QuestionTimes
{
    /// <summary>Takes the period out of a text.</summary>
    /// <param name="text">Lower case; what is taken is replaced by blanks.</param>
    /// <param name="last">Last day that can be meant by a month without a year.</param>
    /// <param name="forward">Whether such a month is the next one after that day, not the last one before.</param>
    public static List<Period> Take(ref string text, DateOnly last, bool forward)
    {
        var found = new List<Period>();
        string rest = text;
        Each(Iso(), m => Period.TryParse(m.Value.ToUpperInvariant(), out Period p) ? p : null);
        Each(ChineseQuarter(), m => Period.Quarter(Year(m, last), QuarterOf(m)));
        Each(EnglishQuarter(), m => Period.Quarter(Year(m, last), QuarterOf(m)));
        Each(ChineseMonth(), m => Month(m, Number(m.Groups["m"].Value), last, forward));
        Each(EnglishMonth(), m => Month(m, 1 + MonthOf(m.Groups["m"].Value[..3]), last, forward));
        Each(Relative(), m => OfRelative(m.Value, last));
        Each(PlainYear(), m => Period.Year(Number(m.Groups["y"].Value)));
        text = rest;
        return found;

        void Each(Regex pattern, Func<Match, Period?> of) => rest = pattern.Replace(rest, m =>
        {
            if (of(m) is not { } period)
            {
                return m.Value;
            }

            found.Add(period);
            return " ";
        });
    }

    private static Period? OfRelative(string text, DateOnly last)
    {
        Period month = Period.Month(last.Year, last.Month), quarter = Period.Quarter(last.Year, ((last.Month - 1) / 3) + 1);
        bool isWhole = month.To == last;
        return text switch
        {
            // The last month that is over in the data.
            "last month" or "上个月" or "上月" => isWhole ? month : month.Before(),
            "this month" or "本月" or "这个月" => month,
            "last quarter" or "上个季度" or "上季度" => quarter.To == last ? quarter : quarter.Before(),
            "this quarter" or "本季度" => quarter,
            "last year" or "去年" => Period.Year(last.Year - 1),
            "this year" or "今年" => Period.Year(last.Year),
            _ => null,
        };
    }

    private static Period? Month(Match match, int month, DateOnly last, bool forward)
    {
        if (month is < 1 or > 12)
        {
            return null;
        }

        if (match.Groups["y"].Success)
        {
            return Period.Month(Number(match.Groups["y"].Value), month);
        }

        int year = forward ? (month >= last.AddDays(1).Month ? last.AddDays(1).Year : last.AddDays(1).Year + 1)
            : month <= last.Month ? last.Year : last.Year - 1;
        return Period.Month(year, month);
    }

    private static int MonthOf(string start) =>
        QuestionWords.Months.Index().First(m => m.Item.StartsWith(start, StringComparison.Ordinal)).Index;

    private static int QuarterOf(Match match) =>
        ("一二三四1234".IndexOf(match.Groups["q"].Value[0], StringComparison.Ordinal) % 4) + 1;

    private static int Year(Match match, DateOnly last) => match.Groups["y"].Success ? Number(match.Groups["y"].Value) : last.Year;

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![\w-])(19|20)\d\d-(q[1-4]|\d\d(-\d\d)?)(\.\.(19|20)\d\d(-(q[1-4]|\d\d(-\d\d)?))?)?(?![\w-])")]
    private static partial Regex Iso();

    [GeneratedRegex(@"((?<y>(19|20)\d\d)年)?第?(?<q>[一二三四1234])季度")]
    private static partial Regex ChineseQuarter();

    [GeneratedRegex(@"\bq(?<q>[1-4])\b( of)?( (?<y>(19|20)\d\d)\b)?")]
    private static partial Regex EnglishQuarter();

    [GeneratedRegex(@"((?<y>(19|20)\d\d)年)?(?<m>\d\d?)月份?")]
    private static partial Regex ChineseMonth();

    // "may" alone is a verb, too: a month where a word before it or a year after it says so.
    [GeneratedRegex(
        @"\b(?<m>january|february|march|april|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov"
            + @"|dec|(?<=\b(in|of|for|during|to|from|and|between) )may|may(?= (19|20)\d\d))\b,?( (?<y>(19|20)\d\d)\b)?")]
    private static partial Regex EnglishMonth();

    [GeneratedRegex(@"\b(last|this) (month|quarter|year)\b|上个月|上月|本月|这个月|上个季度|上季度|本季度|去年|今年")]
    private static partial Regex Relative();

    [GeneratedRegex(@"(?<![\d\w-])(?<y>(19|20)\d\d)(年|\b)(?![\d-])")]
    private static partial Regex PlainYear();
}
