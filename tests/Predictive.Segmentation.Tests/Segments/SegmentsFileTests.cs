using System.Text;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Tests.Segments;

public class SegmentsFileTests
{
    [Fact]
    public void The_written_file_explains_every_setting_and_reads_back_to_the_defaults()
    {
        Assert.Empty(SettingsText.Uncommented());
        Assert.Empty(SettingsText.Stray());
        string text = SettingsText.Of(new RuleOptions());
        Assert.DoesNotContain(text.Split('\n'), l => l.Contains("//", StringComparison.Ordinal) && l.Length > 140);
        Assert.Equal(new RuleOptions().ToJson(), SegmentsFile.Parse(Encoding.UTF8.GetBytes(text)).ToJson());
    }

    [Fact]
    public void What_the_file_changes_is_changed_and_nothing_else()
    {
        RuleOptions read = Parse("""
            // ours
            { "value": { "thresholdA": 100000, "thresholdB": 50000, },
              "segments": [ { "name": "vip", "all": [ { "field": "value_band", "in": ["A"] }, { "field": "score.fan", "atLeast": 50 } ] } ],
              "scores": [ { "name": "fan", "terms": [ { "field": "loyalty_score", "weight": 1 } ] } ] }
            """);
        Assert.Equal((100000.0, 50000.0, (int?)365), (read.Value.ThresholdA, read.Value.ThresholdB, read.Value.WindowDays));
        Assert.Equal("vip", Assert.Single(read.Segments).Name);
        Assert.Equal(
            new RuleOptions().ToJson(),
            (read with { Value = new ValueOptions(), Segments = [], Scores = [] }).ToJson());
    }

    [Theory]
    [InlineData("""{ "value": { "thresholdC": 5 } }""", 1, "'thresholdC' is nothing that value has; expected measure, windowDays, "
        + "thresholdA")]
    [InlineData("{\n \"lifecycel\": {} }", 2, "'lifecycel' is nothing that the file has; expected rfm, lifecycle, value")]
    [InlineData("{\n \"lifecycle\": {\n \"leftCadences\": \"x\" } }", 3, "lifecycle.leftCadences is \"x\"; expected a number")]
    [InlineData("{\n\n \"rfm\": { \"windowDays\": 1.5 } }", 3, "rfm.windowDays is 1.5; expected a whole number")]
    [InlineData("""{ "value": { "measure": "turnover" } }""", 1, "value.measure is \"turnover\"; expected Spend, Profit, Rfm")]
    [InlineData("{ \"churnBands\":\n { \"mediumFrom\": 0.7 } }", 2,
        "churnBands: medium from 0.7, high from 0.6; expected 0 < medium < high < 1")]
    [InlineData("""{ "tiers": { "tiers": [ { "name": "gold", "minimumSpend": 1 } ] } }""", 1,
        "tiers.tiers[0] has no 'minimumOrders'; expected a whole number")]
    [InlineData("{ \"rfm\": {\n\"segments\": [ { \"segment\": \"all\", \"r\": [1,5], \"f\": [1,5], \"m\": [1,4] } ] } }", 2,
        "25 of 125 cells have no segment")]
    [InlineData("{ \"segments\": [\n { \"name\": \"a\", \"all\": [\n { \"field\": \"spendings\", \"atLeast\": 1 } ] } ] }", 3,
        "there is no field 'spendings'; expected recency_days,")]
    [InlineData("{ \"segments\": [\n { \"name\": \"a\" } ] }", 2, "it has no condition; expected at least one in all or any")]
    [InlineData("{ \"segments\": [ { \"name\": \"a\", \"all\": [ { \"field\": \"lifecycle\",\n \"atLeast\": 1 } ] } ] }", 1,
        "'lifecycle' is a text; expected")]
    [InlineData("{ \"combined\": [ { \"name\": \"a\",\n \"fields\": [ \"lifecycle\",\n \"recency_days\" ] } ] }", 3,
        "'recency_days' is a number; expected")]
    [InlineData("{ \"rfm\": {}, \n \"rfm\": {} }", 2, "'rfm' stands here a second time (first on line 1); expected once")]
    [InlineData("{ \"rfm\": {},\n \"value\": { \"windowDays\" 5 } }", 2, "this is not JSON")]
    [InlineData("[]", 1, "the file is a list; expected an object")]
    [InlineData("""{ "value": null }""", 1, "value is null; expected an object")]
    [InlineData("""{ "points": { "expireDays": 0 } }""", 1, "points: points expire after 0 days; expected at least 1, or null for never")]
    public void A_wrong_file_names_the_line_and_what_is_allowed(string json, int line, string words)
    {
        Finding finding = Assert.Single(Assert.Throws<DatasetException>(() => Parse(json)).Findings);
        Assert.StartsWith($"segments.json, line {line}: ", finding.Message, StringComparison.Ordinal);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var refused = Assert.Throws<DatasetException>(() => Parse("{ \"rfn\": 1,\n \"value\": { \"shareA\": \"x\" },\n \"tiers\": 3 }"));
        Assert.Equal([1, 2, 3], refused.Findings.Select(f => int.Parse(f.Message.Split("line ")[1].Split(':')[0], null)));
    }

    [Fact]
    public void A_window_set_to_null_stays_null_in_the_zip_and_in_the_file()
    {
        RuleOptions options = Parse("""{ "value": { "windowDays": null }, "points": { "expireDays": null } }""");
        Assert.Null(options.Value.WindowDays);
        var history = Tests.Rules.Bases.Days(0, 5, 9);
        RuleOptions inZip = RuleBook.FromJson(RuleBook.Fit(history, Tests.Rules.Bases.At(20), options).ToJson()).Options;
        Assert.Equal((null, null), (inZip.Value.WindowDays, inZip.Points.ExpireDays));
        RuleOptions inFile = Parse(SettingsText.Of(options));
        Assert.Equal((null, null), (inFile.Value.WindowDays, inFile.Points.ExpireDays));
        Assert.Equal(options.ToJson(), inZip.ToJson());
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public void Any_bytes_are_read_or_refused_with_lines(int seed)
    {
        byte[] whole = Encoding.UTF8.GetBytes(SettingsText.Of(new RuleOptions()));
        var random = new Random(seed);
        for (int i = 0; i < 300; i++)
        {
            byte[] mutated = [.. whole];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(32, 127);
            }

            try
            {
                SegmentsFile.Parse(mutated);
            }
            catch (DatasetException e)
            {
                Assert.All(e.Findings, f => Assert.StartsWith("segments.json, line ", f.Message, StringComparison.Ordinal));
            }
        }
    }

    private static RuleOptions Parse(string json) => SegmentsFile.Parse(Encoding.UTF8.GetBytes(json));
}
