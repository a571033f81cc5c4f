using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Features;

public class LabelsTests
{
    private static readonly LocalTime T = LocalTime.From(new DateTime(2024, 2, 1));

    [Fact]
    public void Hand_computed_window()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(
        [
            new("back", new DateTime(2024, 1, 5), 10),
            new("back", new DateTime(2024, 2, 1), 20, "o1"),                    // exactly at as-of: the first instant of the window
            new("back", new DateTime(2024, 2, 3), 5, "o1"),                     // the same order
            new("back", new DateTime(2024, 2, 10, 12, 0, 0), -7, "o2"),         // a refund is money, no order
            new("back", new DateTime(2024, 3, 1, 23, 59, 59), 1, "o3"),
            new("back", new DateTime(2024, 3, 2), 100, "o4"),                   // as-of + 30 days: outside
            new("gone", new DateTime(2024, 1, 5), 10),
            new("late", new DateTime(2024, 1, 5), 10),
            new("late", new DateTime(2024, 2, 10, 12, 0, 0), 3),
            new("late", new DateTime(2024, 2, 10, 18, 0, 0), 4),                // no order ids: one day = one order
            new("refund", new DateTime(2024, 1, 5), 10),
            new("refund", new DateTime(2024, 2, 5), -10),
        ]);
        Labels labels = Labels.Compute(history, Population.At(history, T), T, 30);
        Assert.Equal([0, 1, 0, 1], labels.Churned);
        Assert.Equal([19, 0, 7, -10], labels.NetSpend);
        Assert.Equal([2, 0, 1, 0], labels.Orders);
        Assert.Equal([0, float.NaN, 9.5f, float.NaN], labels.DaysToNextOrder);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Nothing_outside_the_window_changes_a_label(int seed)
    {
        List<TransactionLine> lines = RandomBase.Lines(seed);
        LocalTime from = LocalTime.From(RandomBase.Start.AddDays(150)), to = from.AddDays(60);
        List<TransactionLine> changed =
        [
            .. lines.Select(l => LocalTime.From(l.OrderedAt) < from || LocalTime.From(l.OrderedAt) >= to
                ? l with { Amount = l.Amount > 0 ? 99 : l.Amount, OrderId = null }
                : l),
        ];
        TransactionHistory a = TransactionHistoryBuilder.Build(lines), b = TransactionHistoryBuilder.Build(changed);
        int[] customers = Population.At(a, from);
        Labels before = Labels.Compute(a, customers, from, 60), after = Labels.Compute(b, customers, from, 60);
        Assert.Equal(before.Churned, after.Churned);
        Assert.Equal(before.NetSpend, after.NetSpend);
        Assert.Equal(before.Orders, after.Orders);
        Assert.Equal(before.DaysToNextOrder, after.DaysToNextOrder);
        Assert.Contains(1f, before.Churned);
        Assert.Contains(0f, before.Churned);
    }
}
