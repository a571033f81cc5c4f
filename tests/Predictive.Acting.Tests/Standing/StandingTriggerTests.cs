using Predictive.Acting.Standing;
using Predictive.Acting.Tests.Campaigns;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Acting.Tests.Standing;

/// <summary>Who is written to when a price fell and before a voucher ends, by planted events on a shop whose prices are set here.</summary>
public sealed class StandingTriggerTests(ScoredShop shop)
{
    // Silent = bought before, not within thirty days; buyers bought within the last ten.
    private readonly int[] _silent = [.. Customers(shop, (last, asOf) => last < asOf.AddDays(-30))];
    private readonly int[] _buyers = [.. Customers(shop, (last, asOf) => last >= asOf.AddDays(-10))];

    [Fact]
    public void Who_looked_at_what_costs_less_now_and_did_not_buy_it_is_told_and_nobody_else()
    {
        int at = _silent[0], early = _silent[1], late = _silent[2], other = _silent[3], bought = _buyers[0];
        ScoreTable scores = With(
            [(at, -15, 0, 0, 0), (early, -40, 0, 0, 0), (late, -5, 0, 0, 0), (other, -15, 1, 0, 0), (bought, -15, 0, 0, 0)]);
        var trigger = new TriggerSettings(StandingTrigger.PriceDrop) { Kind = "look", Drop = .2, Days = 30 };
        Assert.Null(StandingTriggers.Missing(trigger, scores.History));
        // Ten became seven ten days ago: the late look saw seven, the early one is forgotten, the other thing is another kind of event.
        Assert.Equal([(at, "mug")], Told(trigger, scores));
        Assert.Empty(Told(trigger with { Drop = .35 }, scores));
        Assert.Equal(
            new[] { at, early }.Order(), Told(trigger with { Days = 60 }, scores).Select(t => t.Customer).Order());
        Assert.Contains(
            "no events of the kind 'visit'", StandingTriggers.Missing(trigger with { Kind = "visit" }, scores.History),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_voucher_that_ends_soon_and_was_not_used_is_recalled()
    {
        int soon = _silent[0], later = _silent[1], over = _silent[2], redeemed = _silent[3], bought = _buyers[0];
        ScoreTable scores = With(
        [
            (soon, -20, 2, 22, 0), (soon, -10, 2, 14, 0), (later, -10, 2, 40, 0), (over, -30, 2, 20, 0), (redeemed, -20, 2, 22, 0),
            (redeemed, -18, 3, double.NaN, 0), (bought, -12, 2, 15, 0),
        ]);
        var trigger = new TriggerSettings(StandingTrigger.Voucher) { Kind = "voucher", Days = 7 };
        // Without a kind for the use any purchase since is one: who redeemed without buying is told, who bought is not.
        Assert.Equal(
            new[] { (soon, "2025-07-03"), (redeemed, "2025-07-03") }.Order(), Told(trigger, scores).Order());
        Assert.Equal(
            new[] { (soon, "2025-07-03"), (bought, "2025-07-04") }.Order(),
            Told(trigger with { UsedKind = "redeemed" }, scores).Order());
        Assert.Equal(
            new[] { later, soon, redeemed }.Order(), Told(trigger with { Days = 60 }, scores).Select(t => t.Customer).Order());
    }

    private static IEnumerable<(int Customer, string About)> Told(TriggerSettings trigger, ScoreTable scores) =>
        StandingTriggers.Holding(trigger, scores).Select(h => (scores.Customers[h.Key], h.Value));

    private static IEnumerable<int> Customers(ScoredShop shop, Func<LocalTime, LocalTime, bool> which)
    {
        for (int c = 0; c < shop.History.CustomerCount; c++)
        {
            CustomerLines lines = shop.History.Lines(c).Before(shop.AsOf);
            double net = 0;
            long last = 0;
            for (int i = 0; i < lines.Count; i++)
            {
                net += lines.Amount[i];
                last = lines.Amount[i] > 0 ? lines.OrderedAt[i] : last;
            }

            if (net > 0 && last > 0 && which(new LocalTime(last), shop.AsOf))
            {
                yield return c;
            }
        }
    }

    // Every purchase is one mug, of ten until ten days before the as-of and of seven from then; events: customer, day, kind, value, thing.
    private ScoreTable With((int Customer, int Day, int Kind, double Value, int Thing)[] events)
    {
        TransactionColumns columns = shop.History.Columns;
        long cheaper = shop.AsOf.AddDays(-10).Micros;
        var planted = new EventColumns
        {
            Offsets = [.. Enumerable.Range(0, shop.History.CustomerCount + 1).Select(c => events.Count(e => e.Customer < c))],
            OccurredAt = [], Kind = [], Value = [], Kinds = ["look", "other", "voucher", "redeemed"],
        };
        (int Customer, int Day, int Kind, double Value, int Thing)[] sorted = [.. events.OrderBy(e => e.Customer).ThenBy(e => e.Day)];
        planted = planted with
        {
            OccurredAt = [.. sorted.Select(e => shop.AsOf.AddDays(e.Day).Micros)], Kind = [.. sorted.Select(e => e.Kind)],
            Value = [.. sorted.Select(e => e.Value)], Detail = [.. sorted.Select(e => e.Thing)], Details = ["mug"],
            Things = [new EventThing("mug", null)],
        };
        var history = new TransactionHistory(
            columns with
            {
                Product = new int[columns.Amount.Length], Products = ["mug"],
                Quantity = [.. columns.Amount.Select(a => a > 0 ? 1f : -1f)],
                Amount = [.. columns.Amount.Select((a, i) => a <= 0 ? a : columns.OrderedAt[i] < cheaper ? 10 : 7)],
            },
            shop.History.Description, (shop.History.Tables ?? new CustomerTables()) with { Events = planted });
        return shop.Scorer.ScoreAll(history, shop.AsOf);
    }
}
