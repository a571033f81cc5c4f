using System.Text;
using Predictive.Acting.Budgets;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Tests.Campaigns;
using Predictive.Acting.Tests.Uplift;
using Predictive.History;
using Predictive.Store;
using Predictive.Store.Tests;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Budgets;

/// <summary>How a budget is split: against every split there is, by hand, and on a scored base.</summary>
public sealed class BudgetTests(PostgresServer postgres, ScoredShop shop, ITestOutputHelper output) : StoreTest(postgres)
{
    private static readonly BudgetSettings s_standard = BudgetSettings.Parse(Encoding.UTF8.GetBytes(BudgetSettings.Standard));

    [Fact]
    public void Greedy_by_return_is_the_best_of_all_splits_to_within_one_item()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 200; trial++)
        {
            BudgetItem[] items =
            [
                .. Enumerable.Range(0, 12).Select(i => new BudgetItem(i % 3, 1 + random.Next(5), random.NextDouble() * 12)),
            ];
            double budget = 5 + random.Next(20);
            BudgetAllocation found = BudgetAllocation.Of(items, 3, [0, 0, 1], [null, null, null], budget, [budget, budget]);
            double best = 0;
            for (int taken = 0; taken < 1 << items.Length; taken++)
            {
                BudgetItem[] some = [.. items.Where((_, i) => (taken & (1 << i)) != 0)];
                best = some.Sum(i => i.Cost) <= budget ? Math.Max(best, some.Sum(i => i.Gain - i.Cost)) : best;
            }

            double profit = found.Gained.Sum() - found.Spent.Sum();
            Assert.InRange(found.Spent.Sum(), 0, budget);
            Assert.InRange(profit, best - items.Max(i => i.Gain), best + 1e-9);
        }
    }

    [Fact]
    public void The_shadow_price_is_what_one_more_brings_and_shares_have_their_own()
    {
        BudgetItem[] items = [new(0, 1, 5), new(0, 1, 4), new(0, 1, 3), new(1, 1, 2), new(1, 1, 1.5), new(1, 1, .5)];
        BudgetAllocation all = BudgetAllocation.Of(items, 2, [0, 1], [null, null], 3, [3, 3]);
        Assert.Equal([3, 0], all.Taken);
        Assert.Equal(2, all.Shadow);
        // Half for each side: winning takes what keeping may not.
        BudgetAllocation half = BudgetAllocation.Of(items, 2, [0, 1], [null, null], 4, [2, 2]);
        Assert.Equal([2, 2], half.Taken);
        Assert.Equal(1.5, half.Shadow);
        Assert.Equal([3.0, 0], half.ShadowOfSides);
        // Winning gets half at most and wants more than it; of one more in the budget half goes there: 4 × .5 + 2 × .5.
        BudgetItem[] dear = [new(1, 1, 5), new(1, 1, 4), new(0, 1, 3), new(0, 1, 2)];
        Assert.Equal(3, BudgetAllocation.Of(dear, 2, [0, 1], [null, null], 2, [2, 1]).Shadow);
        // What a line's capacity refuses takes no contact from the others.
        Assert.Equal([1, 1], BudgetAllocation.Of(items, 2, [0, 0], [1, null], 100, [100, 100], contacts: 2).Taken);
        // What brings less than it costs is not bought, whatever money there is; a capacity holds.
        BudgetAllocation rich = BudgetAllocation.Of(items, 2, [0, 1], [1, null], 100, [100, 100]);
        Assert.Equal([1, 2], rich.Taken);
        Assert.Equal((5.0, 1.5), (rich.LastReturn[0], rich.LastReturn[1]));
        Assert.Equal(0, rich.Shadow);
    }

    [Fact]
    public void A_base_is_split_within_its_preset_and_more_money_never_brings_less()
    {
        double last = 0;
        foreach (double budget in new[] { 200.0, 1000, 5000, 50_000 })
        {
            foreach (string preset in new[] { "mature", "growing", "free" })
            {
                BudgetSplit split = BudgetSplit.Of(budget, shop.Scores, s_standard, preset);
                double keep = split.Lines.Where(l => l.Side == "keep").Sum(l => l.Spent);
                Assert.InRange(split.Spent, 0, budget);
                Assert.InRange(keep, 0, (split.Preset.KeepTo * budget) + .01);
                Assert.InRange(split.Spent - keep, 0, ((1 - split.Preset.KeepFrom) * budget) + .01);
                Assert.All(split.Lines, l => Assert.True(l.IsAssumed && l.Profit >= 0 && l.LastReturn is null or >= 1));
                if (preset == "free")
                {
                    Assert.True(split.Profit >= last);
                    last = split.Profit;
                    output.WriteLine($"{budget}: {split.Profit}, {split.KeepShare:P0} kept, one more {split.ShadowPrice}");
                }
            }
        }

        // Half a year after the data begin nobody came early enough to be followed for a year: nobody is won on a guess.
        BudgetLine win = BudgetSplit.Of(5000, shop.Scores, s_standard, "free").Lines.Single(l => l.Side == "win");
        Assert.Equal(0, win.Contacts);
        Assert.Contains("win.value", win.Effect, StringComparison.Ordinal);
        BudgetSettings told = s_standard with { Win = s_standard.Win! with { Value = 400 } };
        Assert.InRange(BudgetSplit.Of(5000, shop.Scores, told, "free").Lines.Single(l => l.Side == "win").Contacts, 1, 1000);
        BudgetSettings month = s_standard with { ValueDays = 30 };
        Assert.Contains("measured on", BudgetSplit.Of(5000, shop.Scores, month, "free").Lines.Single(l => l.Side == "win").Effect,
            StringComparison.Ordinal);
        BudgetSplit few = BudgetSplit.Of(50_000, shop.Scores, s_standard, "free", capacity: 30);
        Assert.InRange(few.Lines.Where(l => l.Side == "keep").Sum(l => l.Contacts), 1, 30);
        Assert.NotEmpty(BudgetWords.Of(few));
    }

    [Theory, MemberData(nameof(Both))]
    public void What_campaigns_measured_takes_the_place_of_what_is_assumed(Database database)
    {
        StoreDatabase store = Open(database);
        Assert.Null(MeasuredEffects.Of(store));
        new UpliftLoop(shop.Scorer, shop.Scores, store, 1).Run("one", 400, .4, new DateOnly(2025, 7, 1), .5);
        MeasuredEffect measured = MeasuredEffects.Of(store)!;
        Assert.StartsWith("measured by 1 campaign: +", measured.Source, StringComparison.Ordinal);
        BudgetSplit split = BudgetSplit.Of(2000, shop.Scores, s_standard, "free", measured);
        Assert.All(split.Lines.Where(l => l.Side == "keep"), l => Assert.Equal((false, measured.Source), (l.IsAssumed, l.Effect)));
        Assert.True(split.Lines.Single(l => l.Side == "win").IsAssumed);
        // A contact that drives away is bought from nobody.
        BudgetSplit harm = BudgetSplit.Of(2000, shop.Scores, s_standard, "free", measured with { Points = -.02 });
        Assert.All(harm.Lines.Where(l => l.Side == "keep"), l => Assert.Equal(0, l.Contacts));
    }

    [Theory]
    [InlineData("\"preset\": \"mature\"", "\"preset\": \"old\"", "expected one of mature, growing, free")]
    [InlineData("\"keepFrom\": 0.6", "\"keepFrom\": 0.9", "expected shares")]
    [InlineData("\"margin\": 0.4", "\"margin\": 0", "the margin is 0")]
    [InlineData("\"valueDays\": 365", "\"valueDays\": 3", "expected 30 to 3650")]
    [InlineData("\"cost\": 20", "\"cost\": 0", "a contact costs 0")]
    [InlineData("\"effect\": 0.15", "\"effect\": 15", "expected a share")]
    [InlineData("\"group\": \"star\"", "\"group\": \"Problem\"", "stands here twice")]
    [InlineData("\"capacity\": 1000", "\"capacity\": -1", "-1 new customers")]
    [InlineData("\"capacity\": 1000", "\"capacities\": 1", "capacities")]
    public void What_is_wrong_in_budget_json_is_told_with_its_line(string from, string to, string told)
    {
        string json = BudgetSettings.Standard.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(BudgetSettings.Standard, json);
        DatasetException refused = Assert.Throws<DatasetException>(() => BudgetSettings.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains("budget.json, line ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_without_groups_and_a_group_without_a_line_are_refused()
    {
        CampaignException number = Assert.Throws<CampaignException>(
            () => BudgetSplit.Of(100, shop.Scores, s_standard with { By = "recency_days" }));
        Assert.Contains("no field with groups", number.Message, StringComparison.Ordinal);
        CampaignException line = Assert.Throws<CampaignException>(
            () => BudgetSplit.Of(100, shop.Scores, s_standard with { Keep = [s_standard.Keep[0]] }));
        Assert.Contains("no line for them", line.Message, StringComparison.Ordinal);
        Assert.Throws<CampaignException>(() => BudgetSplit.Of(100, shop.Scores, s_standard, "old"));
    }
}
