using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Questions;

/// <summary>Days in a question, in both languages.</summary>
internal static partial class QuestionTimes
{
    private static readonly string[] s_ordinals = ["first", "second", "third", "fourth"];
    private static readonly string[] s_numbers =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    /// <summary>Takes the period out of a text.</summary>
    /// <param name="text">Lower case; what is taken is replaced by blanks.</param>
    /// <param name="last">Last day that can be meant by a month without a year.</param>
    /// <param name="forward">Whether such a month is the next one after that day, not the last one before.</param>
    public static List<Period> Take(ref string text, DateOnly last, bool forward)
    {
        var found = new List<Period>();
        string rest = text;
        Each(ChineseWeekOf(), m =>
            Period.TryParse($"{m.Groups["y"].Value}-{Two(m, "m")}-{Two(m, "d")}", out Period p) ? WeekWith(p.From) : null);
        Each(ChineseDay(), m => Period.TryParse($"{m.Groups["y"].Value}-{Two(m, "m")}-{Two(m, "d")}", out Period p) ? p : null);
        Each(WeekOf(), m => Period.TryParse(m.Groups["day"].Value, out Period p) ? WeekWith(p.From) : null);
        Each(Back(), m => OfBack(m, last));
        Each(Half(), m => Half(Year(m, last), m.Groups["h"].Value is "first" or "1" or "上"));
        Each(Since(), m => SinceOf(m, last));
        Each(Iso(), m => Period.TryParse(m.Value.ToUpperInvariant(), out Period p) ? p : null);
        Each(ChineseQuarter(), m => Period.Quarter(Year(m, last), QuarterOf(m)));
        Each(EnglishQuarter(), m => Period.Quarter(Year(m, last), QuarterOf(m)));
        Each(ChineseMonth(), m => Month(m, Number(m.Groups["m"].Value), last, forward));
        Each(EnglishMonth(), m => Month(m, 1 + MonthOf(m.Groups["m"].Value[..3]), last, forward));
        Each(OrdinalQuarter(), m => Period.Quarter(Year(m, last), 1 + Array.IndexOf(s_ordinals, m.Groups["q"].Value)));
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
            "last week" or "上周" or "上星期" => WeekWith(last.AddDays(-6)),
            "yesterday" or "昨天" or "昨日" => new Period(last, last),
            _ => null,
        };
    }

    private static Period WeekWith(DateOnly day)
    {
        DateOnly monday = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
        return new Period(monday, monday.AddDays(6));
    }

    private static Period Half(int year, bool first) =>
        first ? new Period(Period.Quarter(year, 1).From, Period.Quarter(year, 2).To) : new Period(Period.Quarter(year, 3).From,
            Period.Quarter(year, 4).To);

    // Days and weeks end with the last day; months, quarters and years are the last ones that are over in the data.
    private static Period? OfBack(Match match, DateOnly last)
    {
        string text = match.Groups["n"].Value;
        int n = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int digits) ? digits
            : Array.IndexOf(s_numbers, text) is >= 0 and var english ? english + 1
            : "一二三四五六七八九十".IndexOf(text[0], StringComparison.Ordinal) is >= 0 and var chinese ? chinese + 1
            : text == "两" ? 2 : 0;
        if (n is < 1 or > 5000)
        {
            return null;
        }

        var month = new DateOnly(last.Year, last.Month, 1);
        DateOnly end = Period.Month(last.Year, last.Month).To == last ? last : month.AddDays(-1);
        return match.Groups["unit"].Value.TrimEnd('s') switch
        {
            "day" or "天" or "日" => new Period(last.AddDays(1 - n), last),
            "week" or "周" => new Period(last.AddDays(1 - (7 * n)), last),
            "month" or "月" => new Period(new DateOnly(end.Year, end.Month, 1).AddMonths(1 - n), end),
            _ => null,
        };
    }

    private static Period? SinceOf(Match match, DateOnly last)
    {
        string inner = match.Groups["rest"].Value;
        List<Period> found = Take(ref inner, last, forward: false);
        return found is [var one] && inner.Trim().Length == 0 && one.From <= last ? new Period(one.From, last) : null;
    }

    private static string Two(Match match, string group) => match.Groups[group].Value.PadLeft(2, '0');

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

    [GeneratedRegex(@"(?<y>(19|20)\d\d)年(?<m>\d\d?)月(?<d>\d\d?)[日号]")]
    private static partial Regex ChineseDay();

    [GeneratedRegex(@"(?<y>(19|20)\d\d)年(?<m>\d\d?)月(?<d>\d\d?)[日号](的?(那|当|这)一?周|所在的?周)")]
    private static partial Regex ChineseWeekOf();

    [GeneratedRegex(@"\b(the )?week of (?<day>(19|20)\d\d-\d\d-\d\d)\b|(?<day>(19|20)\d\d-\d\d-\d\d)(那|当|这)一?周")]
    private static partial Regex WeekOf();

    [GeneratedRegex(
        @"\b(the )?(last|past) (?<n>\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) (?<unit>day|week|month)s?\b"
            + @"|(最近|过去|近)(?<n>\d{1,4}|[一二两三四五六七八九十])个?(?<unit>天|日|周|月)")]
    private static partial Regex Back();

    [GeneratedRegex(
        @"\b(the )?(?<h>first|second) half( of)?( (?<y>(19|20)\d\d))?\b"
            + @"|((?<y>(19|20)\d\d)年)?(?<h>上|下)半年|\bh(?<h>[12])( (?<y>(19|20)\d\d))?\b")]
    private static partial Regex Half();

    [GeneratedRegex(
        @"\bsince (?<rest>(19|20)\d\d(-(q[1-4]|\d\d(-\d\d)?))?|(january|february|march|april|may|june|july|august|september|october"
            + @"|november|december)( (19|20)\d\d)?)(?![\w-])|(自|从)?(?<rest>(19|20)\d\d年(\d\d?月)?)(以来|至今|起)")]
    private static partial Regex Since();

    [GeneratedRegex(@"\b(the )?(?<q>first|second|third|fourth) quarter( of)?( (?<y>(19|20)\d\d))?\b")]
    private static partial Regex OrdinalQuarter();

    [GeneratedRegex(@"\b(last|this) (month|quarter|year)\b|\blast week\b|\byesterday\b|昨天|昨日|上周|上星期|上个月|上月|本月|这个月|上个季度|上季度|本季度|去年|今年")]
    private static partial Regex Relative();

    [GeneratedRegex(@"(?<![\d\w-])(?<y>(19|20)\d\d)(年|\b)(?![\d-])")]
    private static partial Regex PlainYear();
}
