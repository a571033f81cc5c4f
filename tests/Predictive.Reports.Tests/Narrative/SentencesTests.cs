using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.History;
using Predictive.Reports.Narrative;
using Predictive.Segmentation.Narrative;

namespace Predictive.Reports.Tests.Narrative;

/// <summary>
/// Sentences are read back as a reader would: numbers as they stand there, words of direction, one or several. None may say other than its
/// figure.
/// </summary>
public partial class SentencesTests
{
    private const int Draws = 4000, Seed = 20;

    public static TheoryData<string> Languages => new("en", "zh");

    [Theory, MemberData(nameof(Languages))]
    public void No_change_says_other_than_its_figure(string language)
    {
        (ReportWords words, NarrativeSentences say) = Of(language);
        var random = new Random(Seed);
        var ways = new HashSet<string>();
        for (int i = 0; i < Draws; i++)
        {
            string unit = new[] { "money", "share", "customers", "orders" }[i % 4];
            (double before, double now) = Pair(random, unit);
            string text = say.Change(new NarrativeFigure($"{Name(unit)}/1", unit, now, before));
            string failed = $"seed {Seed}, draw {i}: {before:R} -> {now:R} {unit}: {text}";
            decimal[] numbers = Numbers(text, words.Metric(Name(unit)));
            string way = Way(text);
            ways.Add(way + numbers.Length);
            Assert.True(numbers.Length is 1 or 2 or 3, failed);
            Close(now, unit, numbers[^1], failed);
            if (way == "same")
            {
                Assert.True(numbers.Length == 1, failed);
                Close(before, unit, numbers[0], failed);
                continue;
            }

            Assert.True(way == (now > before ? "rose" : "fell"), failed);
            Close(before, unit, numbers[^2], failed);
            // What is read rises or falls, too.
            Assert.True(numbers[^1] > numbers[^2] == now > before && numbers[^1] != numbers[^2], failed);
            if (numbers.Length == 3)
            {
                Assert.True(numbers[0] > 0, failed);
                decimal by = unit == "share" ? Math.Abs(numbers[2] - numbers[1]) : (decimal)(100 * Math.Abs(now - before) / before);
                Assert.True(Math.Abs(numbers[0] - by) <= (unit == "share" ? 0 : .0501m), failed);
            }
        }

        // Every form was seen: a generator that makes only one proves nothing.
        Assert.Equal(["fell2", "fell3", "rose2", "rose3", "same1"], ways.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Languages))]
    public void No_year_and_no_driver_says_other_than_its_figure(string language)
    {
        (ReportWords words, NarrativeSentences say) = Of(language);
        var random = new Random(Seed + 1);
        for (int i = 0; i < Draws; i++)
        {
            string unit = new[] { "money", "share", "customers" }[i % 3];
            (double then, double now) = Pair(random, unit);
            string year = say.Year(new NarrativeFigure($"{Name(unit)}/1", unit, now, null, then))!;
            string failed = $"seed {Seed + 1}, draw {i}: {then:R} -> {now:R} {unit}: {year}";
            decimal[] numbers = Numbers(year, "\n");
            // In Chinese the year before stands first, in English last.
            Close(then, unit, year.StartsWith('比') ? numbers[0] : numbers[^1], failed);
            bool isPlain = numbers.Length == 1, saysMore = More().IsMatch(year), saysLess = Low().IsMatch(year);
            // "A year before it was less" says that it is more now.
            bool? rose = saysMore == saysLess ? null : isPlain ? saysLess : saysMore;
            Assert.True(rose is null ? isPlain && !saysMore : rose == now > then, failed);

            (double before, double after) = Pair(random, "customers");
            double effect = after > before ? random.NextDouble() * 1e5 : -random.NextDouble() * 1e5;
            string driver = say.Driver(new NarrativeDriver("active_customers/1", "customers", before, after, effect));
            failed = $"draw {i}: {before:R} -> {after:R}, {effect:R}: {driver}";
            numbers = Numbers(driver, words.Metric("active_customers"));
            Close(effect, "money", numbers[^1], failed);
            Assert.True(Way(driver) == (numbers.Length == 2 ? "same" : after > before ? "rose" : "fell"), failed);
        }
    }

    [Theory, MemberData(nameof(Languages))]
    public void No_campaign_says_other_than_its_figures(string language)
    {
        (_, NarrativeSentences say) = Of(language);
        var random = new Random(Seed + 2);
        for (int i = 0; i < Draws; i++)
        {
            double kept = Math.Round((random.NextDouble() - .4) * 200), half = random.NextDouble() * 80;
            double profit = (random.NextDouble() - .5) * 1e5, around = random.NextDouble() * 4e4;
            var campaign = new CampaignFigures(
                "autumn", "call", "2025-09-01", "2025-09-30", i % 2 == 0 ? CampaignStage.Final : CampaignStage.Running, 500, 100, kept,
                kept - half, kept + half, 10, profit, profit - around, profit + around);
            string text = say.Campaign(campaign), failed = $"seed {Seed + 2}, draw {i}: {campaign}: {text}";
            bool keptSome = Kept().IsMatch(text), drove = Drove().IsMatch(text);
            Assert.True(keptSome == kept - half > 0, failed);
            Assert.True(drove == kept + half < 0, failed);
            Assert.True(Lost().IsMatch(text) == profit < 0, failed);
            if (keptSome && language == "en")
            {
                Assert.True(text.Contains("kept 1 customer (", StringComparison.Ordinal) == (kept == 1), failed);
            }
        }
    }

    [Fact]
    public void One_is_said_as_one()
    {
        (_, NarrativeSentences say) = Of("en");
        Assert.StartsWith(
            "Of 3 customers, 1 is expected", say.Leaving(new("expected_churners/1", "customers", 1.2), 3, 90, "2025-10-01"),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Of 3 customers, 2 are expected", say.Leaving(new("expected_churners/1", "customers", 2.2), 3, 90, "2025-10-01"),
            StringComparison.Ordinal);
        Assert.Contains("1.0 point,", say.Change(new("return_rate/1", "share", .03, .02)), StringComparison.Ordinal);
        Assert.Contains("that customer holds", say.Todo(new Advice("call", null, 1, .2, 100)), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_languages_have_the_same_words_with_the_same_places()
    {
        foreach (string key in ReportWords.English.Keys.Where(k => !k.StartsWith("name:", StringComparison.Ordinal)
            && !k.EndsWith(".one", StringComparison.Ordinal)))
        {
            string english = ReportWords.English[key], chinese = ReportWords.Chinese[key];
            Assert.True(Places(english).SequenceEqual(Places(chinese)), $"{key}: {english} / {chinese}");
        }

        Assert.Empty(ReportWords.Chinese.Keys.Where(k => !k.StartsWith("name:", StringComparison.Ordinal))
            .Except(ReportWords.English.Keys));

        static IEnumerable<string> Places(string text) => Place().Matches(text).Select(m => m.Value).Distinct().Order();
    }

    private static (ReportWords, NarrativeSentences) Of(string language)
    {
        ReportWords words = ReportWords.Find(language)!;
        return (words, new NarrativeSentences(words, "EUR"));
    }

    private static string Name(string unit) => unit switch
    {
        "money" => "revenue",
        "share" => "retention_rate",
        "customers" => "active_customers",
        _ => "orders_per_customer",
    };

    // Large, small, equal, almost equal, nothing, and money below nothing.
    private static (double Before, double Now) Pair(Random random, string unit)
    {
        double One() => unit switch
        {
            "share" => random.Next(6) == 0 ? random.Next(11) / 10.0 : random.NextDouble(),
            "money" => (random.Next(8) == 0 ? -1 : 1) * Math.Round(Math.Pow(10, (random.NextDouble() * 11) - 2), 2),
            "orders" => 1 + (random.NextDouble() * 20),
            _ => Math.Floor(Math.Pow(10, random.NextDouble() * 7)),
        };
        double before = random.Next(20) == 0 ? 0 : One();
        double now = random.Next(4) switch
        {
            0 => before,
            1 => before * (1 + ((random.NextDouble() - .5) / 500)),
            _ => One(),
        };
        return (before, unit == "customers" ? Math.Round(now) : unit == "share" ? Math.Clamp(now, 0, 1) : now);
    }

    // Within half of the last digit shown.
    private static void Close(double figure, string unit, decimal shown, string failed)
    {
        double value = unit == "share" ? 100 * figure : figure;
        double step = shown % 1 == 0 && unit != "share" ? .5 : unit == "share" ? .05 : .005;
        Assert.True(Math.Abs((double)shown - value) <= (step * 1.0001) + (1e-9 * Math.Abs(value)), $"{failed} (reads {shown})");
    }

    private static decimal[] Numbers(string text, string name) =>
        [.. Number().Matches(text.Replace(name, "", StringComparison.OrdinalIgnoreCase)).Select(m => decimal.Parse(
            m.Value.Replace('−', '-').Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign
                | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture))];

    private static string Way(string text) =>
        Rose().IsMatch(text) ? "rose" : Fell().IsMatch(text) ? "fell" : Stayed().IsMatch(text) ? "same" : "?";

    [GeneratedRegex(@"[−+]?\d[\d,]*(\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex("rose|上升")]
    private static partial Regex Rose();

    [GeneratedRegex("fell|下降")]
    private static partial Regex Fell();

    [GeneratedRegex("stayed|保持")]
    private static partial Regex Stayed();

    [GeneratedRegex("more|高")]
    private static partial Regex More();

    [GeneratedRegex("less|低")]
    private static partial Regex Low();

    [GeneratedRegex("kept \\d|留住了 \\d")]
    private static partial Regex Kept();

    [GeneratedRegex("drove|赶走")]
    private static partial Regex Drove();

    [GeneratedRegex("more than it brought|成本比收益多")]
    private static partial Regex Lost();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    [Theory]
    [InlineData("en", "attribute.region", "sales area"), InlineData("zh", "attribute.region", "销售地区")]
    [InlineData("en", "attribute.age_band", "age band"), InlineData("en", "tier", "tier"), InlineData("zh", "tier", "会员等级")]
    public void A_column_is_called_what_the_shop_calls_it(string language, string dimension, string expected)
    {
        var shop = new Dictionary<string, AttributeNames> { ["region"] = new() { English = "sales area", Chinese = "销售地区" } };
        Assert.Equal(expected, ReportWords.Find(language)!.DimensionName(dimension, shop));
    }
}
