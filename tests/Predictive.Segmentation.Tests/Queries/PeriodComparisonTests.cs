using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Tests.Rules;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>Effects that add up, planted reasons that are found, and noise that is not taken for a reason.</summary>
public class PeriodComparisonTests
{
    [Fact]
    public void Mix_and_rate_by_hand()
    {
        // January: ten buyers of tea at 10, ten of cups at 30. February: fifteen of tea at 10, five of cups at 40.
        var lines = new List<TransactionLine>();
        Buy(lines, 0, 10, "tea", 10);
        Buy(lines, 0, 10, "cups", 30);
        Buy(lines, 31, 15, "tea", 10);
        Buy(lines, 31, 5, "cups", 40);
        ComparisonAnswer why = Why(TransactionHistoryBuilder.Build(lines), "average_spend", "category");
        Assert.Equal((20, 17.5, -2.5), (why.Before, why.After, why.Change));
        GroupEffect tea = why.Groups.Single(g => g.Group == "tea"), cups = why.Groups.Single(g => g.Group == "cups");
        // Shares .5 to .75 and .5 to .25; figures 10, and 30 to 40; mean of all 18.75.
        Assert.Equal((.25 * (10 - 18.75), 0), (tea.Mix, tea.Rate));
        Assert.Equal((-.25 * (35 - 18.75), .375 * 10), (cups.Mix, cups.Rate));
        Assert.Equal(-2.5, why.Mix + why.Rate, 12);
        Assert.Equal("average_spend by category in 2024-02-01..2024-02-29 compared with 2024-01-01..2024-01-31", why.Query);
    }

    [Theory]
    [InlineData(81), InlineData(82), InlineData(83)]
    public void Effects_add_up_to_the_change(int seed)
    {
        QueryBase of = MetricsByDuckTests.Base(Bases.Random(seed, 200));
        string[] byLine = ["revenue", "gross_sales", "purchase_lines", "return_rate", "returned_value"];
        string[] byCustomer = [.. byLine, "orders_placed", "active_customers", "new_customers", "average_order_value", "repeat_rate",
            "churn_rate", "lost_customers", "average_spend", "orders_per_customer"];
        foreach ((string metric, string by) in byLine.Select(m => (m, "category")).Concat(byCustomer.Select(m => (m, "acquisition_month"))))
        {
            foreach (string? against in new[] { null, "2024-01", "2024-01-05..2024-03-09" })
            {
                ComparisonAnswer why = PeriodComparison.Run(
                    of, new MetricQuery { Metric = metric, By = [by], From = "2024-06", To = "2024-07", Compare = against }, seed, 100);
                Assert.Equal(why.Change, why.Groups.Sum(g => g.Mix + g.Rate + g.Size), 8);
                Assert.Equal(why.Change, why.After - why.Before, 9);
                QueryAnswer plain = QueryRunner.Run(of, new MetricQuery { Metric = metric, From = "2024-06", To = "2024-07" });
                Assert.Equal(plain.Total.Value!.Value, why.After, .0051);
            }
        }
    }

    [Fact]
    public void The_group_that_changed_is_found_and_told_from_noise()
    {
        // 300 customers buy in both months in one of five categories at 20 to 60; in February those of tea spend half.
        TransactionHistory history = Shop(seed: 91, teaFactor: .5);
        ComparisonAnswer why = Why(history, "revenue", "category");
        Assert.True(why.IsSure && why.Change < 0);
        Assert.Equal(("k0", true), (why.Most[0].Group, why.Most[0].IsSure));
        // Some 42 buyers of it a month, 40 each before and 20 after.
        Assert.InRange(why.Most[0].Rate, -42 * 20 * 1.4, -42 * 20 * .6);
        ComparisonAnswer again = Why(history, "revenue", "category");
        Assert.Equal(why.Groups.Select(g => (g.Low, g.High)), again.Groups.Select(g => (g.Low, g.High)));
    }

    [Fact]
    public void Noise_alone_is_rarely_taken_for_a_reason()
    {
        // Nothing differs between the months but chance: a 95 % interval may leave out 0 in one of twenty.
        int taken = 0, of = 0;
        for (int seed = 1; seed <= 60; seed++)
        {
            ComparisonAnswer why = Why(Shop(seed, teaFactor: 1), "revenue", "category", draws: 200);
            taken += why.IsSure ? 1 : 0;
            of++;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"seeds 1 to 60: {taken} of {of} changes by chance taken for sure");
        // Of 60 with a chance of .05: more than 8 has a probability below .01.
        Assert.InRange(taken, 0, 8);
    }

    [Theory]
    [InlineData("active_customers", "category", "does not add up over category")]
    [InlineData("revenue", "month", "by one dimension that is not time")]
    [InlineData("customers", "tier", "is as of a time")]
    [InlineData("revenue_concentration", "tier", "cannot be split")]
    [InlineData("revenue", "colour", "There is no dimension 'colour'")]
    public void What_cannot_be_split_is_refused(string metric, string by, string message) => Assert.Contains(
        message, Assert.Throws<QueryRefusedException>(() => Why(Shop(1, 1), metric, by)).Message, StringComparison.Ordinal);

    private static ComparisonAnswer Why(TransactionHistory history, string metric, string by, int draws = 300) => PeriodComparison.Run(
        MetricsByDuckTests.Base(history), new MetricQuery { Metric = metric, By = [by], From = "2024-02", To = "2024-02" }, 7, draws);

    private static void Buy(List<TransactionLine> lines, int day, int customers, string category, double amount)
    {
        for (int c = 0; c < customers; c++)
        {
            lines.Add(Bases.Line($"{category}{day}-{c}", day, amount, $"{category}{day}-{c}", category));
        }
    }

    private static TransactionHistory Shop(int seed, double teaFactor)
    {
        var random = new Random(seed);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 300; c++)
        {
            for (int month = 0; month < 2; month++)
            {
                if (random.Next(10) < 7)
                {
                    int k = random.Next(5);
                    double amount = (20 + random.Next(41)) * (k == 0 && month == 1 ? teaFactor : 1);
                    lines.Add(Bases.Line($"c{c}", (31 * month) + random.Next(28), amount, $"{c}-{month}", $"k{k}"));
                    lines.Add(Bases.Line($"c{c}", (31 * month) + random.Next(28), 10, $"{c}-{month}b", "k1"));
                }
            }
        }

        return TransactionHistoryBuilder.Build(lines);
    }
}
