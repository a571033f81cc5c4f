using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Tests.Rules;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>Queries by hand: what counts, what is refused, what is said beside the figures.</summary>
public class QueryRunnerTests
{
    // January: ann buys twice (one order of two lines), bob once and gives half back. February: ann again, cid for the first time.
    private static readonly TransactionHistory s_shop = TransactionHistoryBuilder.Build(
    [
        Bases.Line("ann", 0, 10, "a1", "tea"), Bases.Line("ann", 0, 20, "a1", "cups"), Bases.Line("ann", 9, 30, "a2", "tea"),
        Bases.Line("bob", 5, 40, "b1", "tea"), Bases.Line("bob", 7, -20, "b1", "tea"), Bases.Line("ann", 40, 5, "a3", "tea"),
        Bases.Line("cid", 41, 100, "c1", "cups"),
    ]);

    private static readonly QueryBase s_base = MetricsByDuckTests.Base(s_shop);

    [Theory]
    [InlineData("revenue", 80), InlineData("gross_sales", 100), InlineData("returned_value", 20), InlineData("return_rate", .2)]
    [InlineData("orders_placed", 3), InlineData("purchase_lines", 4), InlineData("active_customers", 2), InlineData("new_customers", 2)]
    [InlineData("repeat_rate", .5), InlineData("average_order_value", 26.67), InlineData("average_spend", 40)]
    [InlineData("orders_per_customer", 1.5), InlineData("revenue_concentration", .15)]
    public void January_by_hand(string metric, double expected) =>
        Assert.Equal(expected, Ask(metric, from: "2024-01", to: "2024-01").Total.Value);

    [Theory]
    [InlineData("new_customers", 1), InlineData("new_customer_share", .5), InlineData("new_customer_revenue", 100)]
    [InlineData("retention_rate", .5), InlineData("churn_rate", .5), InlineData("lost_customers", 1)]
    public void February_by_hand(string metric, double expected) =>
        Assert.Equal(expected, Ask(metric, from: "2024-02", to: "2024-02").Total.Value);

    [Fact]
    public void An_order_counts_once_in_each_group_that_has_a_line_of_it()
    {
        QueryAnswer answer = Ask("orders", ["category"], from: "2024-01", to: "2024-01");
        Assert.Equal(("orders_placed/1", "orders_placed by category in 2024-01-01..2024-01-31"), (answer.Metric, answer.Query));
        Assert.Equal(
            [("tea", 3.0, 2L, 3L), ("cups", 1.0, 1L, 1L)],
            answer.Rows.Select(r => (r.Of[0], r.Value!.Value, r.Customers, r.Lines!.Value)));
        Assert.Equal(3, answer.Total.Value);
        Assert.Contains(answer.Notes, n => n == "'orders' is taken as orders_placed.");
    }

    [Fact]
    public void Months_say_who_is_new_and_who_left_month_by_month()
    {
        Assert.Equal([2.0, 1.0], Ask("new_customers", ["month"]).Rows.Select(r => r.Value!.Value));
        QueryAnswer churn = Ask("churn_rate", ["month"], from: "2024-01", to: "2024-02");
        Assert.Equal([("2024-02", .5)], churn.Rows.Select(r => (r.Of[0], r.Value!.Value)));
        Assert.Equal((.0945, .9055), (Math.Round(churn.Rows[0].Low!.Value, 4), Math.Round(churn.Rows[0].High!.Value, 4)));
    }

    [Fact]
    public void Two_periods_are_held_against_each_other()
    {
        QueryAnswer answer = Ask("revenue", ["category"], from: "2024-02", to: "2024-02", compare: "previous");
        Assert.Equal("2024-01-01..2024-01-31", answer.Against);
        Assert.Equal((105.0, 80.0, 25.0, .3125), (
            answer.Total.Value!.Value, answer.Total.Before!.Value, answer.Total.Change!.Value, answer.Total.ChangeShare!.Value));
        Assert.Equal([("cups", 100.0, 20.0), ("tea", 5.0, 60.0)], answer.Rows.Select(r => (r.Of[0], r.Value!.Value, r.Before!.Value)));
    }

    [Fact]
    public void Filters_name_values_and_numbers()
    {
        Assert.Equal(60, Ask("revenue", from: "2024-01", to: "2024-01", where: ["category = TEA"]).Total.Value);
        Assert.Equal(120, Ask("revenue", where: ["category != tea"]).Total.Value);
        Assert.Equal(65, Ask("revenue", where: ["orders >= 3"]).Total.Value);
        Assert.Equal(45, Ask("gross_sales", where: ["weekday = Saturday; category = tea"]).Total.Value);
    }

    [Fact]
    public void The_base_as_of_now_divides_by_what_customers_are()
    {
        QueryAnswer answer = Ask("customers", ["lifecycle"]);
        Assert.Equal(3, answer.Total.Value);
        Assert.Equal(3, answer.Rows.Sum(r => r.Value));
        Assert.Equal(answer.Rows.Count, answer.Groups);
    }

    [Theory]
    [InlineData("revenu", null, "There is no metric 'revenu'; nearest: revenue")]
    [InlineData("revenue", "colour", "There is no dimension 'colour'; nearest:")]
    [InlineData("churn_rate", "category", "is about customers")]
    [InlineData("customers", "month", "is of customers as of a time")]
    [InlineData("expected_churners", null, "needs a trained model")]
    [InlineData("revenue", "churn_band", "needs columns or a model version")]
    [InlineData("period_profit", null, "needs the column unit_cost")]
    [InlineData("churn_rate", null, "needs a period")]
    [InlineData("tenure_days", null, "is a figure of one customer")]
    public void What_is_not_known_is_refused_by_name(string metric, string? by, string message)
    {
        QueryRefusedException refused = Assert.Throws<QueryRefusedException>(() => Ask(metric, by is null ? [] : [by]));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("category = coffee", "has no value 'coffee'; it has cups, tea, (none)")]
    [InlineData("category", "cannot be read"), InlineData("category > tea", "no number of a customer")]
    [InlineData("orders > many", "is no number"), InlineData("orders > 1,2", "cannot be read"), InlineData("= 3", "cannot be read")]
    [InlineData("'; drop table lines; --", "cannot be read")]
    public void What_a_filter_cannot_mean_is_refused(string where, string message) => Assert.Contains(
        message, Assert.Throws<QueryRefusedException>(() => Ask("revenue", where: [where])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("2024-13", null), InlineData("2024-02-30", null), InlineData("2024-03", "2024-01"), InlineData("0001", null)]
    [InlineData("2031", "2032"), InlineData("yesterday", null), InlineData("2024-Q5", null)]
    public void Days_that_are_none_are_refused(string from, string? to) =>
        Assert.Throws<QueryRefusedException>(() => Ask("revenue", from: from, to: to));

    [Fact]
    public void Too_many_groups_and_dimensions_are_refused()
    {
        Assert.Throws<QueryRefusedException>(() => Ask("revenue", ["month", "category", "tier", "weekday"]));
        Assert.Throws<QueryRefusedException>(() => QueryRunner.Run(s_base, new MetricQuery { Metric = "revenue", Limit = 0 }));
        QueryAnswer cut = QueryRunner.Run(s_base, new MetricQuery { Metric = "revenue", By = ["day"], Limit = 2 });
        Assert.Equal((2, 6), (cut.Rows.Count, cut.Groups));
    }

    [Theory]
    [InlineData(71), InlineData(72)]
    public void Groups_add_up_and_threads_change_nothing(int seed)
    {
        QueryBase of = MetricsByDuckTests.Base(Bases.Random(seed, 300));
        foreach (string metric in new[] { "revenue", "gross_sales", "purchase_lines" })
        {
            QueryAnswer answer = QueryRunner.Run(of, new MetricQuery { Metric = metric, By = ["month", "category"] });
            Assert.Equal(answer.Total.Value!.Value, answer.Rows.Sum(r => r.Value!.Value), .011);
            QueryAnswer again = QueryRunner.Run(of, new MetricQuery { Metric = metric, By = ["month", "category"] });
            Assert.Equal(answer.Rows.Select(r => r.Value), again.Rows.Select(r => r.Value));
        }
    }

    [Fact]
    public void Nothing_after_the_as_of_counts()
    {
        QueryBase january = MetricsByDuckTests.Base(s_shop, Bases.At(31));
        QueryAnswer answer = QueryRunner.Run(january, new MetricQuery { Metric = "revenue", From = "2024-01", To = "2024-12" });
        Assert.Equal((80.0, "2024-02-10", "2024-01-31"), (answer.Total.Value!.Value, "2024-02-10", answer.DataThrough));
        Assert.Contains(answer.Notes, n => n.StartsWith("The period is not over", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_definition_is_whole_and_no_name_means_two_things()
    {
        var names = new Dictionary<string, string>();
        Assert.All(QueryCatalogue.All, m =>
        {
            Assert.True(MetricWords.Has(m.Name), $"{m.Name} has no words");
            Assert.All(new[] { m.Words.English, m.Words.Chinese, m.Formula, m.Description, m.Unit, m.Owner, m.Grain, m.TimeRule }, t =>
                Assert.False(string.IsNullOrWhiteSpace(t), m.Name));
        });
        Assert.All(PeriodMetrics.All, m => Assert.NotNull(m.Code));
        Assert.Equal(QueryCatalogue.All.Count, QueryCatalogue.All.Select(m => m.Name).Distinct().Count());
        foreach (MetricDefinition metric in QueryCatalogue.Queryable)
        {
            foreach (string called in QueryCatalogue.CalledOf(metric).Select(c => c.ToLowerInvariant()).Distinct())
            {
                Assert.True(names.TryAdd(called.Replace('_', ' '), metric.Name) || names[called.Replace('_', ' ')] == metric.Name,
                    $"'{called}' is {names[called.Replace('_', ' ')]} and {metric.Name}");
            }
        }
    }

    private static QueryAnswer Ask(
        string metric, string[]? by = null, string? from = null, string? to = null, string[]? where = null, string? compare = null) =>
        QueryRunner.Run(
            s_base, new MetricQuery { Metric = metric, By = by ?? [], From = from, To = to, Where = where ?? [], Compare = compare });
}
