using Predictive.Acting.Budgets;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.Acting.Lists;
using Predictive.Acting.Tests.Campaigns;
using Predictive.Acting.Uplift;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Campaigns;
using Predictive.Store.Tests;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Uplift;

/// <summary>What campaigns of the store teach of whom a contact changes, and lists ranked by it.</summary>
public sealed class UpliftStudyTests(PostgresServer postgres, ScoredShop shop, ITestOutputHelper output) : StoreTest(postgres)
{
    private static readonly DateOnly s_first = new(2025, 7, 1), s_second = new(2025, 9, 1), s_third = new(2025, 11, 1);

    private UpliftLoop Loop(StoreDatabase store, int seed = 1) => new(shop.Scorer, shop.Scores, store, seed);

    [Theory, MemberData(nameof(Both))]
    public void Two_campaigns_teach_whom_to_contact_and_a_third_is_ranked_by_it(Database database)
    {
        StoreDatabase store = Open(database);
        UpliftLoop loop = Loop(store);
        loop.Run("one", 500, .4, s_first, .7);
        CampaignException early = Assert.Throws<CampaignException>(loop.Study);
        Assert.Contains("1 campaign with 500 customers", early.Message, StringComparison.Ordinal);
        Assert.Contains("2 campaigns or 2,000 customers", early.Message, StringComparison.Ordinal);
        loop.Run("two", 500, .4, s_second, .7);
        UpliftStudy study = loop.Study();
        UpliftReport report = study.Report(shop.Scores);
        output.WriteLine(string.Join(Environment.NewLine, [.. report.Rankings.Select(r => r.ToString()),
            .. report.Groups.Select(g => g.ToString()), .. report.Tree.Select(b => b.ToString()), .. UpliftWords.Verdict(report)]));
        Assert.True(report.IsBetterThanChance);
        Assert.Equal((1000, 2), (report.Judged, report.Campaigns.Count));
        Assert.Equal(["persuadable", "sure thing", "lost cause", "do-not-disturb"], report.Groups.Select(g => g.Name));
        Assert.Equal(shop.Scores.Count, report.Groups.Sum(g => g.Today));
        Assert.True(report.Groups[0].Measured is { Low: > 0 });
        Assert.True(report.Groups[3].Measured is { High: < 0 });
        Assert.Contains("--rank uplift", UpliftWords.Verdict(report)[0], StringComparison.Ordinal);
        Assert.Contains("do-not-disturbs", UpliftWords.Verdict(report)[^1], StringComparison.Ordinal);
        Assert.True(report.Tree.Count > 1);
        // The same again is the same, to the bit.
        Assert.Equal(study.Gains(shop.Scores), Loop(Open(database)).Study().Gains(shop.Scores));

        Campaign third = loop.Run("three", 120, .25, s_third, .7, new AudienceGains(study.RankedBy, study.Gains(shop.Scores)));
        Assert.Contains(third.LeftOut, l => l.Reason == "a contact is expected to cost more than it brings");
        Assert.Contains("uplift, learned from 2 campaigns", third.Plan.GetProperty("rankedBy").GetString(), StringComparison.Ordinal);
        string[] groups = study.GroupNames(shop.Scores);
        Dictionary<string, int> row = Enumerable.Range(0, shop.Scores.Count).ToDictionary(shop.Scores.CustomerId);
        Assert.All(new CampaignBook(store).Members(third.Id), m => Assert.Equal("persuadable", groups[row[m.CustomerId]]));
        // A third that held only persuadables takes nothing away from what the first two taught.
        Assert.True(loop.Study().IsBetterThanChance);
    }

    [Fact]
    public void Campaigns_that_changed_nobody_teach_nothing_and_the_words_say_so()
    {
        StoreDatabase store = Open(Database.Sqlite);
        UpliftLoop loop = Loop(store, 4);
        loop.Run("one", 500, .4, s_first, 0);
        loop.Run("two", 500, .4, s_second, 0);
        UpliftReport report = loop.Study().Report(shop.Scores);
        Assert.False(report.IsBetterThanChance);
        Assert.Contains("cannot be told better than by chance", UpliftWords.Verdict(report)[0], StringComparison.Ordinal);
        // Cancelled ones, and those whose window is open, teach nothing.
        new CampaignBook(store).Close("two", CampaignBook.Cancelled, "ann");
        Assert.Single(PastCampaign.Read(store, shop.History, shop.Scores.Bundle.Rules));
    }

    [Fact]
    public void Outcomes_known_of_a_few_rank_nothing_and_refuse_nothing_and_a_correction_is_seen()
    {
        StoreDatabase store = Open(Database.Sqlite);
        UpliftLoop loop = Loop(store);
        loop.Run("one", 500, .4, s_first, .7, known: 20);
        Campaign two = loop.Run("two", 500, .4, s_second, .7, known: 20);
        ScoreTable later = shop.Scorer.ScoreAll(shop.History, shop.AsOf.AddDays(150));
        Assert.True(UpliftStudy.HasEnough(store, later.AsOf));
        (AudienceGains? gains, string? refusal) = UpliftStudy.GainsOf(store, later, new BuiltInEngine());
        Assert.Null(gains);
        Assert.False(string.IsNullOrEmpty(refusal));
        Assert.NotEqual('.', refusal[^1]);
        Assert.Null(MeasuredEffects.Of(store, later, new BuiltInEngine())?.Gains);

        var book = new CampaignBook(store);
        long before = book.LastNoted();
        MemberOutcome[] others = [.. book.Members(two.Id).Where(m => m.Retained is not null).Select(m =>
            new MemberOutcome(m.CustomerId, !m.Retained!.Value, m.Spend!.Value))];
        book.Note(two, others, two.To, "ann");
        Assert.NotEqual(before, book.LastNoted());
    }

    /// <summary>A list that is due comes: by uplift where that was learned, else as before, and it says which.</summary>
    [Theory]
    [InlineData(.7, true)]
    [InlineData(0, false)]
    public void A_list_that_arrives_is_ranked_by_uplift_where_that_was_learned(double effect, bool isLearned)
    {
        StoreDatabase store = Open(Database.Sqlite);
        UpliftLoop loop = Loop(store, 4);
        loop.Run("one", 500, .4, s_first, effect);
        loop.Run("two", 500, .4, s_second, effect);
        ScoreTable later = shop.Scorer.ScoreAll(shop.History, shop.AsOf.AddDays(150));
        ArrivingList list = ArrivingList.Make(
            new ListDefinition("calls", "everyone", "0 7 * * 1") { Top = 20, Rank = "uplift" }, shop.Scorer, later, new RuleOptions(),
            new ContactSettings(), store, "one", new BuiltInEngine(), TestContext.Current.CancellationToken);
        Assert.Equal(20, list.Rows.Count);
        Assert.Equal(isLearned, list.RankedBy.Contains("uplift, learned from 2 campaigns", StringComparison.Ordinal));
        Assert.Equal(
            !isLearned,
            list.RankedBy.Contains("not by uplift: whom a contact changes cannot be told better than by chance", StringComparison.Ordinal));
        if (isLearned)
        {
            Dictionary<string, int> row = Enumerable.Range(0, later.Count).ToDictionary(later.CustomerId);
            double[] gains = UpliftStudy.GainsOf(store, later, new BuiltInEngine()).Gains!.Gains;
            double[] ranked = [.. list.Rows.Select(r => gains[row[r.CustomerId]])];
            Assert.Equal(ranked.OrderDescending(), ranked);
        }
    }

    [Fact]
    public void What_a_contact_changes_in_spend_is_learned_too()
    {
        StoreDatabase store = Open(Database.Sqlite);
        UpliftLoop loop = Loop(store);
        loop.Run("one", 500, .4, s_first, .7);
        loop.Run("two", 500, .4, s_second, .7);
        UpliftStudy study = UpliftStudy.Of(
            store, shop.History, shop.Scores.Bundle.Rules, new BuiltInEngine(), null,
            new UpliftStudyOptions { Outcome = UpliftOutcome.Spend }, TestContext.Current.CancellationToken);
        UpliftReport report = study.Report(shop.Scores);
        output.WriteLine(string.Join(Environment.NewLine, [.. report.Rankings.Select(r => r.ToString()), .. UpliftWords.Verdict(report)]));
        Assert.Equal(UpliftOutcome.Spend, report.Outcome);
        Assert.StartsWith("what a contact changes in spend", study.RankedBy, StringComparison.Ordinal);
        Assert.StartsWith("Whose spend a contact changes", UpliftWords.Verdict(report)[0], StringComparison.Ordinal);
        // The truth: those who waver are won, those who would have stayed are driven away.
        double[] gains = study.Gains(shop.Scores);
        double won = Mean(r => r is >= .4 and <= .7), driven = Mean(r => r < .4);
        Assert.True(won > 0 && driven < won, $"{won} for those who waver, {driven} for those who stay");

        double Mean(Func<double, bool> which) => Enumerable.Range(0, shop.Scores.Count).Where(i => which(shop.Scores.ChurnProbability[i]))
            .Average(i => gains[i]);
    }

    [Fact]
    public void The_at_risk_list_ranks_by_gains_and_leaves_out_whom_a_contact_drives_away()
    {
        double[] gains = [.. Enumerable.Range(0, shop.Scores.Count).Select(i => (double)((i * 7) % 11) - 5)];
        AtRiskList list = AtRisk.Rank(shop.Scorer, shop.Scores, new AtRiskOptions { Capacity = 10_000, Gains = _ => gains });
        Assert.Equal(list.Rows.Select(r => r.ExpectedSaving).OrderDescending(), list.Rows.Select(r => r.ExpectedSaving));
        Assert.All(list.Rows, r => Assert.InRange(r.ExpectedSaving, 1, 5));
        Dictionary<string, int> row = Enumerable.Range(0, shop.Scores.Count).ToDictionary(shop.Scores.CustomerId);
        Assert.All(list.Rows, r => Assert.Equal(gains[row[r.Score.CustomerId]], r.ExpectedSaving));
    }

    [Fact]
    public void Single_campaigns_are_judged_by_halves()
    {
        StoreDatabase store = Open(Database.Sqlite);
        UpliftLoop loop = Loop(store);
        loop.Run("one", 500, .4, s_first, .7);
        PastCampaign one = Assert.Single(PastCampaign.Read(store, shop.History, shop.Scores.Bundle.Rules));
        // As many customers as a single campaign needs: each four times over.
        int[] rows = [.. Enumerable.Range(0, 2000).Select(i => i % 500)];
        PastCampaign large = one with { Data = one.Data.Take(rows), Members = [.. rows.Select(r => one.Members[r])] };
        UpliftStudy study = UpliftStudy.Learn([large], new BuiltInEngine());
        Assert.Contains("1 campaign)", study.RankedBy, StringComparison.Ordinal);
        Assert.Equal(2000, study.Report(shop.Scores).Judged);
    }
}
