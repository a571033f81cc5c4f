using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Effects;
using Predictive.Api.Pages.Language;
using Predictive.Api.Pages.Views;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Campaigns;
using Predictive.Tests;

namespace Predictive.Api.Tests.Pages;

/// <summary>Every word of the pages comes from the lists, and the lists agree.</summary>
public sealed partial class WordsTests
{
    private static readonly Words s_chinese = Words.All.Single(w => w.Tag == "zh-Hans");

    [Fact]
    public void Both_languages_have_the_same_keys_and_the_same_places_for_values()
    {
        Assert.Equal(Words.English.Keys.Order(StringComparer.Ordinal), s_chinese.Keys.Order(StringComparer.Ordinal));
        foreach (string key in Words.English.Keys)
        {
            Assert.Equal(Places(Words.English[key]), Places(s_chinese[key]));
        }

        static IEnumerable<string> Places(string text) => Place().Matches(text).Select(m =>
            m.Value).Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Every_key_the_pages_use_exists_and_no_page_writes_words_of_its_own()
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "src", "Predictive.Api", "Pages");
        var used = new HashSet<string>();
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".razor", StringComparison.Ordinal) || f.EndsWith(".cs", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(file);
            used.UnionWith(Key().Matches(text).Select(m => m.Groups["key"].Value).Where(k => !k.EndsWith('.') && !k.EndsWith(':')));
            if (file.EndsWith(".razor", StringComparison.Ordinal))
            {
                // The product's name is the same in every language.
                Match bare = Bare().Match(text.Replace(">Predictive<", "><", StringComparison.Ordinal));
                Assert.False(bare.Success, $"{file}: '{bare.Value}' is text outside the word lists");
            }
        }

        Assert.True(used.Count > 200, $"{used.Count} keys found");
        Assert.DoesNotContain(used, k => !Words.English.Has(k));
    }

    [Fact]
    public void Closed_sets_of_the_rules_are_named_in_both_languages()
    {
        foreach (Words words in Words.All)
        {
            Assert.DoesNotContain(RfmSegmentTable.Default.Segments, s => !words.Has("segment:" + s));
            Assert.DoesNotContain(Lifecycle.Names, s => !words.Has("stage:" + s) || !words.Has("why.stage:" + s));
            Assert.DoesNotContain(Enum.GetValues<ValueMatrixCell>().Select(ValueMatrix.NameOf),
                c => !words.Has("cell:" + c) || !words.Has("why.cell:" + c));
            Assert.DoesNotContain(ChurnBand.Names, b => !words.Has("band:" + b) || !words.Has("resources:" + b));
        }

        var plays = new PlayOptions();
        string[] phrases = [.. plays.Rules.Select(r => r.Play).Concat(plays.Bands.Select(b => b.Play)).SelectMany(p => new[] { p.Goal,
            p.Action, p.Channel })];
        Assert.DoesNotContain(phrases.Distinct(), p => !s_chinese.Phrases.Contains(p));
    }

    [Fact]
    public void Metrics_and_traits_are_said_in_Chinese()
    {
        Assert.DoesNotContain(QueryCatalogue.All, m => !s_chinese.Phrases.Contains("meaning:" + m.Name));
        Assert.Equal("购买间隔长，消费减少", s_chinese.Trait("slow rhythm, spending less"));
        Assert.Equal(
            "购买间隔长：两单之间 103 天（典型客户：51）", s_chinese.Trait("slow rhythm: 103 days between orders (typical customer: 51)"));
        Assert.Equal("high loyalty points", s_chinese.Trait("high loyalty points"));
        Assert.Equal("slow rhythm, new", Words.English.Trait("slow rhythm, new"));
        string naming = File.ReadAllText(Path.Combine(
            SharedData.RepositoryRoot, "src", "Predictive.Training", "Portraits", "PortraitNaming.cs"));
        string[] lines = [.. TraitLine().Matches(naming).Select(m => m.Value)];
        Assert.Equal(9, lines.Length);
        foreach (string[] texts in lines.Select(l => Quoted().Matches(l).Select(m => m.Groups[1].Value).ToArray()))
        {
            string percent = texts[2].Contains("lately", StringComparison.Ordinal) ? " % less" : "";
            string said = string.Format(CultureInfo.InvariantCulture, texts[2], "7" + percent, "8" + percent);
            Assert.DoesNotMatch("[A-Za-z]", s_chinese.Trait($"{texts[0]}: {said}"));
            Assert.DoesNotMatch("[A-Za-z]", s_chinese.Trait($"{texts[0]}, {texts[1]}"));
        }
    }

    [Fact]
    public void Every_kind_of_finding_that_a_check_makes_is_said_in_Chinese()
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "src", "Predictive.History", "Checks");
        string[] codes = [.. Directory.EnumerateFiles(folder, "*Judgement.cs").Append(Path.Combine(folder, "DatasetCheck.cs"))
            .SelectMany(f => FindingCode().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct()];
        Assert.True(codes.Length > 15, $"{codes.Length} kinds found");
        Assert.DoesNotContain(codes, c => !s_chinese.Phrases.Contains("finding:" + c));
    }

    [Fact]
    public void A_finding_in_Chinese_tells_no_number_that_the_English_one_does_not()
    {
        List<SmallDataset.Row> rows = SmallDataset.Clean();
        // Ids that look like a missing value, postage in every fifth order, two currencies, a till, the same line twice, a day too full.
        rows = [.. rows.Select((r, i) => r with
        {
            Currency = i % 7 == 0 ? "USD" : "EUR", Product = "p" + (i % 40),
            Customer = i % 6 == 0 ? "till" : i % 50 == 1 ? "NULL" : r.Customer,
        })];
        rows.AddRange(rows.Where((_, i) => i % 4 == 0).Select(r => r with { Product = "POST", Amount = 3.5 }).ToList());
        rows.AddRange(rows.Take(9).Select(r => r with { Amount = -r.Amount }));
        rows.AddRange(rows.Take(3));
        rows.Add(new SmallDataset.Row("null", "2023-02-01T10:00", 0, "zero", -1));
        string folder = Directory.CreateTempSubdirectory("findings-").FullName;
        try
        {
            IReadOnlyList<Finding> findings =
                DatasetCheck.Run(SmallDataset.Write(folder, rows), new CheckOptions { Today = new DateOnly(2030, 1, 1) }).Findings;
            string[] said = [.. findings.Select(f => f.Code).Where(c => s_chinese.Phrases.Contains("finding:" + c))];
            Assert.Superset(
                new HashSet<string> { "id-like-missing", "several-currencies", "no-product", "dominant-customer", "stale", "returns" },
                said.ToHashSet());
            var show = new Show(s_chinese);
            foreach (Finding finding in findings.Where(f => said.Contains(f.Code)))
            {
                string text = FindingText.Of(s_chinese, show, finding);
                Assert.Null(FindingText.Language(s_chinese, finding));
                // Rows are counted of every finding; whatever else is counted stands in its English sentence.
                Assert.All(Figure().Matches(text), m => Assert.True(
                    m.Groups[2].Value == "行" || finding.Message.Contains(m.Groups[1].Value, StringComparison.Ordinal),
                    $"{text} | {finding.Message}"));
                Assert.Equal(finding.Message, FindingText.Of(Words.English, new Show(Words.English), finding));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_reason_that_leaves_a_row_out_is_said_in_Chinese()
    {
        string log = File.ReadAllText(Path.Combine(
            SharedData.RepositoryRoot, "src", "Predictive.History", "Import", "RejectLog.cs"));
        string[] texts = [.. Fate().Matches(log).Select(m => m.Groups[1].Value)];
        Assert.True(texts.Length > 20, $"{texts.Length} found");
        Assert.DoesNotContain(texts, t => s_chinese.SentenceLanguage(t) is not null);
    }

    /// <summary>Every branch of a plan's and a verdict's sentences, with the figures of the English one.</summary>
    [Fact]
    public void What_a_campaign_found_is_said_in_Chinese_with_the_same_figures()
    {
        var plan = new CampaignPlan
        {
            Audience = "at-risk", RankedBy = "", AsOf = "", HorizonDays = 90, Model = "default/1", Holdout = .2, Cost = 2, Margin = 1,
            Seed = 1, IsDaily = true, Fitting = 900, ExpectedRetention = .31, DetectableRetention = .063, DetectableSpend = 1234,
        };
        var campaign = new Campaign(
            1, "calls", "running", "call", new(2025, 7, 1), new(2025, 8, 31), default, [], "ann", default, null, 400, 100,
            new DateOnly(2025, 7, 20));
        EffectEstimate gain = new(.4, .3, .1, .02, .06, .14, 1), harm = new(.3, .4, -.1, .02, -.14, -.06, 1),
            none = new(.3, .31, -.01, .02, -.05, .03, 1);
        List<string> sentences =
        [
            .. CampaignWords.Before(plan, 1400, 350), .. CampaignWords.Before(plan with { DetectableRetention = .7 }, 40, 10),
            .. CampaignWords.Before(plan with { DetectableRetention = .2 }, 40, 10),
            .. CampaignWords.Before(plan with { DetectableRetention = .01 }, 40, 10),
        ];
        foreach (ReportStage stage in Enum.GetValues<ReportStage>())
        {
            foreach ((EffectEstimate bought, EffectEstimate spend) in new[]
            {
                (gain, gain), (gain, harm), (none, gain), (harm, none), (none, none), (none, harm), (gain, none),
            })
            {
                foreach ((double margin, double low, double high) in new[] { (.4, -50.0, 90.0), (1, 20, 90), (.4, -90, -20) })
                {
                    sentences.AddRange(CampaignWords.Verdict(new CampaignReport(
                        campaign, plan with { Margin = margin, DetectableRetention = margin < 1 ? .01 : .08 }, stage, new(2025, 7, 20), 400,
                        100, 380, 350, 3, bought, default, spend, 40, 1000, 1780, ((low + high) / 2, low, high))));
                }
            }
        }

        sentences.AddRange(
        [
            "opted out of call", "held out by the campaign 'calls'", "had 3 contacts in 30 days", "had 2 email in 7 days",
            "ranked below the first 500", "what a contact changes in spend (uplift, learned from 3 campaigns)",
            "it no longer pays: −1.20 (−2.00 to −0.40) a head over 300 people, contacts counted",
            "1 campaign with 500 customers of known outcome is over; expected 2 campaigns or 2,000 customers to learn from. Note the "
                + "outcomes of campaigns that are over (predictive campaign outcomes), or run another.",
        ]);
        foreach (string english in sentences.Distinct())
        {
            string chinese = s_chinese.Sentence(english);
            Assert.True(s_chinese.SentenceLanguage(english) is null, english);
            Assert.Equal(Numbers(english), Numbers(chinese));
            Assert.DoesNotContain(" to ", chinese, StringComparison.Ordinal);
        }

        static IEnumerable<string> Numbers(string text) => Regex.Matches(text, @"\d[\d.,%-]*").Select(m => m.Value.TrimEnd('.', ','))
            .Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_grade_says_of_each_measure_what_it_tells()
    {
        const string Reason = "churn AUC 0.798: 0.012 better than bgnbd (0.786) ± 0.004 churn log loss 0.431: 0.002 worse than recency "
            + "(0.429) ± 0.003, not told apart CLV Gini 0.702: 0.031 worse than gammaGamma (0.733) CLV Spearman 0.41: 0.000 better than "
            + "rfm (0.41) ± 0.010, not told apart season unseen: the total may be off by a third";
        Assert.Equal(
            [
                "Better than BG/NBD in telling who leaves from who stays (0.798 against 0.786).",
                "Level with recency in the risk as a number (0.431 against 0.429): the difference is within chance.",
                "Worse than Gamma-Gamma in who brings the money (0.702 against 0.733).",
                "Level with RFM in the order by value (0.41 against 0.41): the difference is within chance.",
                "season unseen: the total may be off by a third",
            ],
            GradeText.Of(Words.English, Reason));
        Assert.Equal("在“区分流失与留存”上优于 BG/NBD（0.798 对 0.786）。", GradeText.Of(s_chinese, Reason)[0]);
        Assert.Equal("季节未见：总额可能相差三分之一", GradeText.Of(s_chinese, Reason)[^1]);
        Assert.Equal(["graded by hand"], GradeText.Of(s_chinese, "graded by hand"));
    }

    [Theory]
    [InlineData(
        "There is no line in 2031; the data go from 2024-01-01 to 2025-09-30.", "2031 内没有任何明细；数据范围为 2024-01-01 至 2025-09-30。")]
    [InlineData("The first or the last month is not whole.", "第一个或最后一个时间段（月）不完整。")]
    [InlineData("Something that nobody translated.", null)]
    public void A_sentence_with_figures_is_said_in_Chinese_where_it_is_known(string english, string? chinese)
    {
        Assert.Equal(chinese ?? english, s_chinese.Sentence(english));
        Assert.Equal(chinese is null ? "en" : null, s_chinese.SentenceLanguage(english));
        Assert.Equal(english, Words.English.Sentence(english));
        Assert.Null(Words.English.SentenceLanguage(english));
    }

    [Fact]
    public void Every_sentence_of_a_reason_has_a_Chinese_one_with_the_same_figures()
    {
        foreach (FeatureDefinition feature in FeatureCatalogue.All.Where(f => f.Speaks))
        {
            foreach (string template in new[] { feature.Template, feature.OnceTemplate }.OfType<string>())
            {
                Assert.Contains("reason:" + template, s_chinese.Phrases);
                string own = s_chinese.Phrase("reason:" + template);
                Assert.Equal(
                    Named().Matches(template).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal),
                    Named().Matches(own).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal));

                // A sentence made of the template, with a different figure in each place, comes back with each figure in its place.
                string[] places = [.. Named().Matches(template).Select(m => m.Value).Distinct()];
                string english = template, expected = own;
                for (int k = 0; k < places.Length; k++)
                {
                    english = english.Replace(places[k], $"{k + 11}.5", StringComparison.Ordinal);
                    expected = expected.Replace(places[k], $"{k + 11}.5", StringComparison.Ordinal);
                }

                var reason = new ScoreReason(feature.Name, 1, -.2, "in their favour: " + english);
                Assert.Equal(expected, ReasonText.Of(s_chinese, reason));
                Assert.Null(ReasonText.Language(s_chinese, reason));
                Assert.Equal(english, ReasonText.Of(Words.English, reason));

                // One day, one order: the word after it is another, the sentence is known all the same.
                string one = Named().Replace(template, "1");
                foreach ((string many, string single) in FeatureDefinition.Counted)
                {
                    one = one.Replace($"1 {many}", $"1 {single}", StringComparison.Ordinal);
                }

                Assert.Equal(Named().Replace(own, "1"), ReasonText.Of(s_chinese, reason with { Text = one }));
            }
        }

        var returned = new ScoreReason(
            "net_30", -5.5f, .2, "gave back 5.50 more than they spent in the last 30 days (typical customer: 8.00)");
        Assert.Null(ReasonText.Language(s_chinese, returned));
        var later = new ScoreReason(
            "spend_trend", -1, .2, "gave back 5.50 more than they spent in the last 90 days, but spent 12.00 in the last 180");
        Assert.Null(ReasonText.Language(s_chinese, later));
        Assert.Contains("-5.50", ReasonText.Of(s_chinese, later), StringComparison.Ordinal);
        Assert.Contains("-5.50", ReasonText.Of(s_chinese, returned), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans")]
    [InlineData("zh-Hans", "zh-Hans")]
    [InlineData("zh-TW,en;q=0.5", "en")]
    [InlineData("de-DE,de;q=0.9,en-US;q=0.7", "en")]
    [InlineData("fr", null)]
    [InlineData(null, null)]
    public void The_language_is_the_first_one_asked_for_that_is_spoken(string? asked, string? expected) =>
        Assert.Equal(expected, Words.Find(asked)?.Tag);

    [Fact]
    public void A_reason_of_the_shops_own_column_is_said_by_the_shops_own_name()
    {
        var shop = new Dictionary<string, AttributeNames> { ["age_band"] = new() { English = "age", Chinese = "年龄段" } };
        var reason = new ScoreReason("customer_age_band", 2, .1, "age band: 45-59");
        Assert.Equal("年龄段：45-59", ReasonText.Of(s_chinese, reason, shop));
        Assert.Null(ReasonText.Language(s_chinese, reason, shop));
        Assert.Equal("age: 45-59", ReasonText.Of(Words.English, reason, shop));
        Assert.Equal(("age band: 45-59", "en"), (ReasonText.Of(s_chinese, reason), ReasonText.Language(s_chinese, reason)));
        Assert.Equal(("年龄段", "age band"), (ReasonText.Attribute(s_chinese, reason, shop), ReasonText.Attribute(s_chinese, reason, null)));
        // Two columns whose features have names that cannot tell them apart.
        var chinese = new Dictionary<string, AttributeNames> { ["地区"] = new() { English = "region" }, ["性别"] = new() { English = "sex" } };
        Assert.Equal("sex: 女", ReasonText.Of(Words.English, new ScoreReason("customer____2", 1, .1, "性别: 女"), chinese));
        Assert.Equal("region", ReasonText.Attribute(Words.English, new ScoreReason("customer___", 1, .1, "地区: 东"), chinese));
    }

    [Fact]
    public void Numbers_and_dates_are_written_as_the_language_writes_them()
    {
        Show english = new(Words.English), chinese = new(s_chinese);
        Assert.Equal("1,234,567", english.Count(1234567));
        Assert.Equal("12.3 %", english.Percent(.1234, 1));
        Assert.Equal("12.3%", chinese.Percent(.1234, 1));
        Assert.Equal("1 Sep 2011", english.Date("2011-09-01"));
        Assert.Equal("2011年9月1日", chinese.Date("2011-09-01"));
        Assert.Equal("1.5M", english.Short(1.5e6));
        Assert.Equal("150万", chinese.Short(1.5e6));
        Assert.Equal("250k", english.Short(250_000));
        Assert.Equal("1.2亿", chinese.Short(1.2e8));
        Assert.Equal("−3.50", english.Fixed(-3.5, 2));
        Assert.Equal("–", english.Money(double.NaN));
        Assert.Equal("1 day", english.Days(1));
    }

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"\{[^{}]+\}")]
    private static partial Regex Named();

    [GeneratedRegex(
        @"\bW(?:\.Say\(|\[)\s*""(?<key>[^""]+)""|""(?<key>(?:nav|fault|signin|next|wait)\.[a-z]+)"""
            + @"|Show<\w+>\(\s*context, ""(?<key>[^""]+)""")]
    private static partial Regex Key();

    [GeneratedRegex("""^ +\[(?:"\w+"|SpendTrend)\] = \("[^\n]+$""", RegexOptions.Multiline)]
    private static partial Regex TraitLine();

    [GeneratedRegex(@"(?<!\[)""([^""]+)""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(\d[\d,]*) ?(\p{Lo}?)")]
    private static partial Regex Figure();

    [GeneratedRegex(@"\(""[a-z-]+"", ""([^""]+)""\)[,;]")]
    private static partial Regex Fate();

    [GeneratedRegex("""(?:Finding|Warning|new)\(\s*"([a-z]+(?:-[a-z]+)*)",""")]
    private static partial Regex FindingCode();

    // Words between two tags of one line, or at the end of one, that no expression makes.
    [GeneratedRegex(@"<(?:h1|h2|h3|p|th|td|button|label|li|dt|dd|a)\b[^<>@]*>[A-Za-z][a-z]+ ?[^<@]*<")]
    private static partial Regex Bare();
}
