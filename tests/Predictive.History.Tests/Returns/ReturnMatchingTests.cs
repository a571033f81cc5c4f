using Predictive.History.Loading;
using Predictive.History.Returns;

namespace Predictive.History.Tests.Returns;

/// <summary>What is matched with what, by hand; the answer does not depend on the order of the lines, and loses no money.</summary>
public class ReturnMatchingTests
{
    private static readonly DateTime Start = new(2024, 1, 1, 12, 0, 0);

    private static TransactionLine Line(int day, double amount, string? order = null, string? product = null, int hour = 0) =>
        new("a", Start.AddDays(day).AddHours(hour), amount, order, product);

    private static (ReturnCounts Counts, double[] Kept) Match(int asOfDay, params TransactionLine[] lines)
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(lines);
        CustomerLines before = history.Lines(0).Before(LocalTime.From(Start.Date.AddDays(asOfDay)));
        var kept = new double[before.Count];
        return (new ReturnMatching().Match(before, kept), kept);
    }

    [Fact]
    public void Without_returns_everything_is_kept()
    {
        var (counts, kept) = Match(9, Line(0, 10, "o1"), Line(1, 20, "o2"));
        Assert.Equal(new ReturnCounts(2, 0, 0), counts);
        Assert.Equal([10, 20], kept);
        Assert.False(counts.KeptNothing);
    }

    [Fact]
    public void An_invoice_returned_by_another_is_no_order() // customer 12346 of Online Retail
    {
        var (counts, kept) = Match(9, Line(0, 77183.60, "541431", "23166"), Line(0, -77183.60, "C541433", "23166", hour: 1));
        Assert.Equal(new ReturnCounts(0, 1, 0), counts);
        Assert.Equal([0, 0], kept);
        Assert.True(counts.KeptNothing);
    }

    [Fact]
    public void A_return_within_its_order_takes_its_product_first_and_then_the_rest()
    {
        // 15 back for B, which cost 5: the other 10 come off A. Something of A is left, so the order stays whole, and so do its amounts.
        var (counts, kept) = Match(9, Line(0, 30, "o", "A"), Line(0, 5, "o", "B"), Line(1, -15, "o", "B"));
        Assert.Equal(new ReturnCounts(1, 0, 0), counts);
        Assert.Equal([30, 5, -15], kept);

        // The other 20 come back without a product: nothing is left.
        (counts, kept) = Match(9, Line(0, 30, "o", "A"), Line(0, 5, "o", "B"), Line(1, -15, "o", "B"), Line(2, -20, "o"));
        Assert.Equal(new ReturnCounts(0, 1, 0), counts);
        Assert.Equal([0, 0, 0, 0], kept);
    }

    [Fact]
    public void A_return_of_an_order_with_purchases_takes_from_no_other_order()
    {
        // 40 back for an order of 30: the 10 too many lower money only.
        var (counts, kept) = Match(9, Line(0, 10, "p", "A"), Line(1, 30, "o", "A"), Line(2, -40, "o", "A"));
        Assert.Equal(new ReturnCounts(1, 1, 0), counts);
        Assert.Equal([10, 0, -10], kept);
    }

    [Fact]
    public void The_latest_earlier_purchase_of_the_product_is_taken_and_what_is_left_from_the_one_before()
    {
        var (counts, kept) = Match(
            9, Line(0, 20, "1", "A"), Line(1, 20, "2", "A"), Line(2, 20, "3", "B"), Line(3, -20, "r", "A"), Line(4, 20, "4", "A"));
        Assert.Equal(new ReturnCounts(3, 1, 0), counts);
        Assert.Equal([20, 0, 20, 0, 20], kept);

        // 30 back: all of the later one, 10 of the earlier, of which something is kept.
        (counts, kept) = Match(9, Line(0, 20, "1", "A"), Line(1, 20, "2", "A"), Line(3, -30, "r", "A"));
        Assert.Equal(new ReturnCounts(1, 1, 0), counts);
        Assert.Equal([20, 0, -10], kept);
    }

    [Fact]
    public void Without_a_product_the_latest_untouched_line_or_order_of_the_amount_is_taken()
    {
        var (counts, kept) = Match(9, Line(0, 25, "1"), Line(1, 25, "2"), Line(2, 30, "3"), Line(3, -25, "r"));
        Assert.Equal(new ReturnCounts(2, 1, 0), counts);
        Assert.Equal([25, 0, 30, 0], kept);

        // Order 2 is 25 in all, and later than the line of 25.
        (counts, kept) = Match(9, Line(0, 25, "1", "A"), Line(1, 10, "2", "B"), Line(1, 15, "2", "C"), Line(3, -25, "r"));
        Assert.Equal(new ReturnCounts(1, 1, 0), counts);
        Assert.Equal([25, 0, 0, 0], kept);
    }

    [Fact]
    public void What_answers_to_nothing_lowers_money_and_is_counted()
    {
        var (counts, kept) = Match(9, Line(0, 25, "1", "A"), Line(1, -7, "r", "B"), Line(2, -3));
        Assert.Equal(new ReturnCounts(1, 0, 2), counts);
        Assert.Equal([25, -7, -3], kept);
        Assert.False(counts.KeptNothing);

        // A return before its purchase answers to nothing either.
        (counts, kept) = Match(9, Line(1, 25, "1", "A"), Line(0, -25, "r", "A"));
        Assert.Equal(new ReturnCounts(1, 0, 1), counts);
        Assert.Equal([-25, 25], kept);
    }

    [Fact]
    public void Only_returns_before_the_as_of_count()
    {
        TransactionLine[] lines = [Line(0, 25, "1", "A"), Line(5, -25, "r", "A")];
        Assert.Equal(new ReturnCounts(1, 0, 0), Match(5, lines).Counts);
        Assert.Equal(new ReturnCounts(0, 1, 0), Match(6, lines).Counts);
    }

    [Fact]
    public void Without_order_ids_a_day_is_an_order()
    {
        var (counts, kept) = Match(
            9, Line(0, 5, product: "A"), Line(0, 6, product: "B", hour: 1), Line(1, 7, product: "A"), Line(2, -6, product: "B"),
            Line(2, -7, product: "A"), Line(3, -5, product: "A"));
        Assert.Equal(new ReturnCounts(0, 2, 0), counts);
        Assert.Equal([0, 0, 0, 0, 0, 0], kept);
    }

    [Fact]
    public void Days_alone_know_no_hours_so_a_return_may_answer_to_a_purchase_of_its_own_time()
    {
        Assert.Equal(new ReturnCounts(0, 1, 0), Match(9, Line(1, -25, "r", "A"), Line(1, 25, "1", "A")).Counts);
    }

    private static TransactionLine Units(int day, double amount, double units, string order, string product = "A") =>
        Line(day, amount, order, product) with { Quantity = units };

    [Fact]
    public void Goods_returned_for_less_than_was_paid_are_returned()
    {
        // A fee of 3 is kept by the shop; it is no purchase of the day of the return, nor of any other.
        var (counts, kept) = Match(9, Units(0, 30, 2, "1"), Units(3, -27, -2, "r"), Units(4, 8, 1, "2"));
        Assert.Equal(new ReturnCounts(1, 1, 0), counts);
        Assert.Equal([0, 0, 8], kept);

        // One unit after the other, each a little less.
        (counts, kept) = Match(9, Units(0, 30, 2, "1"), Units(3, -14, -1, "r"), Units(4, -13, -1, "s"));
        Assert.Equal(new ReturnCounts(0, 1, 0), counts);
        Assert.Equal([0, 0, 0], kept);

        // In its own order, beside another product that stays.
        (counts, kept) = Match(9, Units(0, 30, 2, "1"), Units(0, 5, 1, "1", "B"), Units(3, -27, -2, "1"));
        Assert.Equal(new ReturnCounts(1, 0, 0), counts);
        Assert.Equal([30, 5, -27], kept);
        Assert.Equal(
            new ReturnCounts(0, 1, 0),
            Match(9, Units(0, 30, 2, "1"), Units(0, 5, 1, "1", "B"), Units(3, -27, -2, "1"), Units(4, -4.5, -1, "1", "B")).Counts);

        // More than was paid: what is over lowers money.
        (counts, kept) = Match(9, Units(0, 30, 2, "1"), Units(3, -32, -2, "r"), Units(4, 8, 1, "2"));
        Assert.Equal(new ReturnCounts(1, 1, 0), counts);
        Assert.Equal([0, -2, 8], kept);
    }

    [Fact]
    public void Some_of_the_units_or_a_price_taken_off_leave_an_order_an_order()
    {
        // Two of three come back; for what all three cost, even: the third was kept.
        Assert.Equal(new ReturnCounts(1, 0, 0), Match(9, Units(0, 30, 3, "1"), Units(3, -20, -2, "r")).Counts);
        Assert.Equal(new ReturnCounts(1, 0, 0), Match(9, Units(0, 30, 3, "1"), Units(3, -30, -2, "r")).Counts);

        // 10 off a unit of 30 is a price, not a return; with the 20 it cost then, it is one.
        Assert.Equal(new ReturnCounts(1, 0, 0), Match(9, Units(0, 30, 1, "1"), Units(3, -10, -1, "r")).Counts);
        var (counts, kept) = Match(9, Units(0, 30, 1, "1"), Units(3, -10, -1, "r"), Units(4, -20, -1, "s"));
        Assert.Equal(new ReturnCounts(0, 1, 0), counts);
        Assert.Equal([0, 0, 0], kept);

        // Units that were returned already are not returned again.
        Assert.Equal(
            new ReturnCounts(1, 1, 1),
            Match(9, Units(0, 30, 1, "1"), Units(1, 50, 1, "2", "B"), Units(3, -27, -1, "r"), Units(4, -27, -1, "s")).Counts);
    }

    [Fact]
    public void Without_units_nine_tenths_of_a_products_money_are_all_of_it()
    {
        var (counts, kept) = Match(9, Line(0, 30, "1", "A"), Line(3, -27, "r", "A"), Line(4, 8, "2", "B"));
        Assert.Equal(new ReturnCounts(1, 1, 0), counts);
        Assert.Equal([0, 0, 8], kept);
        Assert.Equal(new ReturnCounts(1, 0, 0), Match(9, Line(0, 30, "1", "A"), Line(3, -26.9, "r", "A")).Counts);

        // Without a product it is money that comes back, not goods.
        Assert.Equal(new ReturnCounts(1, 0, 0), Match(9, Line(0, 30, "1"), Line(3, -27, "1")).Counts);
    }

    [Fact]
    public void Dust_of_fractions_is_no_money()
    {
        Assert.NotEqual(.3, .1 + .2);
        var (counts, kept) = Match(9, Line(0, .1, "o", "A"), Line(0, .2, "o", "B"), Line(1, -.3, "o"));
        Assert.Equal(new ReturnCounts(0, 1, 0), counts);
        Assert.Equal([0, 0, 0], kept);
    }

    [Fact]
    public void A_history_is_marked_up_to_the_as_of_and_told_apart_from_one_that_is_not()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(
        [
            Line(0, 25, "1", "A"), Line(1, -25, "r", "A"), Line(5, 9, "2", "A"),
            new TransactionLine("b", Start, 4), new TransactionLine("c", Start, 4, "x"), new TransactionLine("c", Start, -4, "x"),
        ]);
        TransactionHistory marked = ReturnMatching.Mark(history, LocalTime.From(Start.AddDays(2)));
        Assert.Equal([0, 0, 9, 4, 0, 0], marked.Columns.Kept!);
        Assert.Equal([9], marked.Lines(0).Between(LocalTime.From(Start.AddDays(2)), LocalTime.From(Start.AddDays(9))).Kept.ToArray());
        Assert.Equal([25, -25, 9], history.Lines(0).Kept.ToArray());
        Assert.Same(history, ReturnMatching.Mark(history, LocalTime.From(Start)));
        Assert.Null(ReturnMatching.Mark(marked, LocalTime.From(Start)).Columns.Kept); // marked again, as of another time
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Random_histories_agree_with_a_search_through_all_lines_whatever_their_order(bool orderIds)
    {
        int returned = 0, unmatched = 0, fees = 0;
        for (int seed = 1; seed <= 400; seed++)
        {
            TransactionLine[] lines = RandomReturns.Lines(seed, orderIds);
            TransactionHistory history = TransactionHistoryBuilder.Build(lines);
            LocalTime asOf = LocalTime.From(Start.AddDays(20 + (seed % 20)));
            var matching = new ReturnMatching();
            for (int c = 0; c < history.CustomerCount; c++)
            {
                CustomerLines before = history.Lines(c).Before(asOf);
                var kept = new double[before.Count];
                ReturnCounts counts = matching.Match(before, kept);
                var (expected, expectedKept) = SearchedReturns.Match(before);
                Assert.True(counts == expected, $"seed {seed}, customer {c}: {counts}; expected {expected}");
                Assert.True(kept.SequenceEqual(expectedKept), $"seed {seed}, customer {c}: {string.Join(' ', kept)}");
                double shopKept = before.Amount.ToArray().Sum() - kept.Sum();
                Assert.True(shopKept >= -1e-6, $"seed {seed}, customer {c}: money was made");
                fees += shopKept > 1e-6 ? 1 : 0;
                returned += counts.ReturnedOrders;
                unmatched += counts.UnmatchedReturns;
            }

            new Random(seed).Shuffle(lines);
            TransactionHistory shuffled = TransactionHistoryBuilder.Build(lines);
            Assert.Equal(ReturnMatching.Mark(history, asOf).Columns.Kept ?? [], ReturnMatching.Mark(shuffled, asOf).Columns.Kept ?? []);
        }

        Assert.True(
            returned > 500 && unmatched > 500 && fees > 100,
            $"{returned} orders returned, {unmatched} returns unmatched, {fees} customers with fees kept: no test");
    }

    [Fact]
    public void One_order_of_very_many_lines_and_returns_is_no_trouble()
    {
        // In proportion to the lines: a walk over the order for every return would take minutes.
        TransactionLine[] lines =
        [
            .. Enumerable.Range(0, 60_000).SelectMany(
                i => new[] { Line(i / 300, 2, "o", "A"), Line(i / 300, -1, "o", i % 2 == 0 ? "A" : "B") }),
            Line(400, -60_000, "o"),
        ];
        Assert.Equal(new ReturnCounts(0, 1, 0), Match(999, lines).Counts);
    }
}
