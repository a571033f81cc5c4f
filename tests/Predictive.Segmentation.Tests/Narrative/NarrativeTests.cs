using System.Text.Json;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Tests.Queries;
using Predictive.Segmentation.Tests.Rules;
using Predictive.Segmentation.Tests.Scoring;

namespace Predictive.Segmentation.Tests.Narrative;

/// <summary>Reports of small bases: nobody is named where nobody may be, a change is explained against a whole period alone, campaigns that
/// are known later.</summary>
[Collection(TrainedBase.Collection)]
public class NarrativeTests(TrainedBase trained)
{
    [Fact]
    public void A_report_that_names_nobody_names_nobody_in_what_the_check_found_either()
    {
        // A till holds half of the lines, and one customer had everything paid back.
        var lines = new List<TransactionLine> { Bases.Line("paid-back", 3, 50, "p"), Bases.Line("paid-back", 4, -50, "p") };
        for (int i = 0; i < 60; i++)
        {
            lines.Add(Bases.Line($"member-{i}", i, 20 + i, $"m{i}", "tea"));
            lines.Add(Bases.Line("till-seven", i, 5, $"t{i}", "cups"));
        }

        string named = Text(withCustomers: true), nameless = Text(withCustomers: false);
        Assert.Contains("till-seven", named, StringComparison.Ordinal);
        Assert.Contains("paid-back", named, StringComparison.Ordinal);
        Assert.Contains("dominant-customer", nameless, StringComparison.Ordinal);
        Assert.DoesNotContain("till-seven", nameless, StringComparison.Ordinal);
        Assert.DoesNotContain("paid-back", nameless, StringComparison.Ordinal);
        Assert.DoesNotContain("member-", nameless, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => NarrativeFile.Write(Report(withCustomers: true), Path.GetTempPath(), "none"));

        string Text(bool withCustomers) => JsonSerializer.Serialize(Report(withCustomers));

        NarrativeReport Report(bool withCustomers)
        {
            QueryBase of = MetricsByDuckTests.Base(TransactionHistoryBuilder.Build(lines));
            return NarrativeBuilder.Build(
                new NarrativeInput
                {
                    Base = of, Compare = "2024-02", WithCustomers = withCustomers,
                    Findings = DatasetCheck.Run(of.History, NarrativeBuilder.CheckOf(of)),
                }, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(0, 3, true)]
    [InlineData(9, 0, false)]
    public void A_change_is_explained_against_a_whole_period_alone(int firstDay, int drivers, bool isExplained)
    {
        var lines = new List<TransactionLine>();
        for (int day = firstDay; day < 90; day++)
        {
            lines.Add(Bases.Line($"c{day % 30}", day, 10 + (day % 7), $"o{day}", day % 2 == 0 ? "tea" : "cups"));
        }

        NarrativeReport report = NarrativeBuilder.Build(
            new NarrativeInput { Base = MetricsByDuckTests.Base(TransactionHistoryBuilder.Build(lines)), Compare = "2024-02" },
            TestContext.Current.CancellationToken);
        Assert.Equal((drivers, isExplained), (report.Drivers.Count, report.Why.Count > 0));
        Assert.Equal(isExplained, report.Happened.Any(f => f.Before is not null));
        if (isExplained)
        {
            NarrativeFigure revenue = report.Happened[0];
            Assert.Equal(revenue.Value!.Value - revenue.Before!.Value, report.Drivers.Sum(d => d.Effect), .006);
        }
    }

    [Fact]
    public void What_campaigns_brought_is_added_with_what_follows_of_it_and_once()
    {
        NarrativeReport report = NarrativeBuilder.Build(
            new NarrativeInput { Base = MetricsByDuckTests.Base(Bases.Random(seed: 71, customers: 60)) },
            TestContext.Current.CancellationToken);
        Assert.Null(report.Campaigns);
        CampaignFigures Campaign(string name, CampaignStage stage, double high) =>
            new(name, "call", "2024-12-01", "2024-12-31", stage, 900, 100, -4, -9, -1, 300, high - 400, high - 900, high);

        NarrativeReport with = report.With(
        [
            Campaign("lost money", CampaignStage.Final, -10), Campaign("may have lost", CampaignStage.Final, 10),
            Campaign("not over", CampaignStage.Running, -10),
        ]);
        Assert.Equal(3, with.Campaigns!.Count);
        Assert.Equal(report.Advice, with.Advice.SkipLast(1));
        Assert.Equal(new Advice("stop", "lost money", Money: -410), with.Advice[^1]);
        Assert.Throws<InvalidOperationException>(() => with.With([]));
    }

    [Fact]
    public void A_review_of_segments_with_new_names_proposes_them_and_counts_no_moves_between_other_names()
    {
        RuleOptions settings = trained.Scorer.Bundle.Rules.Options;
        RfmSegmentTable own = new([.. RfmSegmentTable.Default.Rules.Select(r => r with { Segment = "our " + r.Segment })]);
        Period quarter = ReviewBuilder.LastWhole(trained.AsOf);
        ReviewReport same = Review(settings);
        ReviewReport renamed = Review(settings with { Rfm = settings.Rfm with { Segments = own } });
        Assert.Contains(same.Proposal.Changes, c => c.Metric == "rfm_segment");
        Assert.DoesNotContain(renamed.Proposal.Changes, c => c.Metric == "rfm_segment");
        Assert.Equal(same.Proposal.Changes.Count - 1, renamed.Proposal.Changes.Count);
        Assert.Contains("our champions", renamed.Proposal.Settings, StringComparison.Ordinal);
        // Between two times the names are those in force, whatever is proposed.
        Assert.Equal(same.Migration["rfm_segment"].Counts, renamed.Migration["rfm_segment"].Counts);

        ReviewReport Review(RuleOptions under) => ReviewBuilder.Build(
            new ReviewInput
            {
                History = trained.History, AsOf = trained.AsOf, Quarter = quarter, Scorer = trained.Scorer, Settings = under,
            }, TestContext.Current.CancellationToken);
    }
}
