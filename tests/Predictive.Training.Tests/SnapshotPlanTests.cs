using Predictive.History;
using Predictive.History.Loading;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Tests;

public class SnapshotPlanTests
{
    private static readonly DateTime Start = new(2000, 1, 1);

    [Fact]
    public void A_calendar_of_one_day_a_year_is_as_lumpy_as_can_be_and_snapshots_stand_years_apart()
    {
        // Gifts on 1 July of 2000 ... 2008, seen from 1 January 2009: a third of a year later every window looks altogether different.
        TransactionHistory history = Gifts(Enumerable.Range(0, 9).Select(y => new DateTime(2000 + y, 7, 1)));
        LocalTime asOf = LocalTime.From(new DateTime(2009, 1, 1));
        PurchaseCalendar calendar = PurchaseCalendar.Of(history);
        SnapshotPlan plan = SnapshotPlan.Of(calendar, new LocalTime(history.FirstMicros), asOf, 365);
        Assert.InRange(plan.Lumpiness, 0.4, 0.6);
        Assert.True(plan.IsYearly);
        Assert.Equal(
            [new DateTime(2008, 1, 1), new DateTime(2007, 1, 1), new DateTime(2006, 1, 1), new DateTime(2005, 1, 1)],
            plan.Full(asOf).Select(p => p.AsOf.ToDateTime()));
        Assert.Empty(plan.Half(asOf));

        // The lumps decide at any horizon: of half a year, too, the same season is learned from.
        SnapshotPlan half = SnapshotPlan.Of(calendar, new LocalTime(history.FirstMicros), asOf, 183);
        Assert.True(half.IsYearly);
        Assert.Equal(new DateTime(2008, 1, 1), half.Full(asOf)[0].AsOf.ToDateTime());
    }

    [Fact]
    public void An_even_year_keeps_the_dense_grid_and_its_half_windows_below_most_of_a_year()
    {
        TransactionHistory history = Gifts(Enumerable.Range(0, 1200).Select(d => Start.AddDays(d)));
        LocalTime first = new(history.FirstMicros), asOf = LocalTime.From(Start.AddDays(1200));
        PurchaseCalendar calendar = PurchaseCalendar.Of(history);
        SnapshotPlan quarter = SnapshotPlan.Of(calendar, first, asOf, 90);
        Assert.Equal((false, true), (quarter.IsYearly, quarter.HasHalves));
        Assert.InRange(quarter.Lumpiness, 0, 1e-9);
        Assert.Equal(12, quarter.Full(asOf).Count);
        SnapshotPlan year = SnapshotPlan.Of(calendar, first, asOf, 365);
        Assert.Equal((true, false), (year.IsYearly, year.HasHalves));

        // One yearly window is not enough: the dense grid makes more of a short history.
        SnapshotPlan young = SnapshotPlan.Of(calendar, first, LocalTime.From(Start.AddDays(600)), 365);
        Assert.Equal((false, true), (young.IsYearly, young.HasHalves));
    }

    [Fact]
    public void One_window_that_fell_into_one_half_is_enough_to_leave_half_windows_alone()
    {
        // Two gifts, a year apart: whoever gave in the second half of 2001 had not given in the first, and half windows would teach that
        // who gave lately gives no more.
        TransactionHistory history = Gifts([new DateTime(2000, 7, 1), new DateTime(2001, 7, 1)]);
        LocalTime first = new(history.FirstMicros), asOf = LocalTime.From(new DateTime(2002, 1, 1));
        SnapshotPlan plan = SnapshotPlan.Of(PurchaseCalendar.Of(history), first, asOf, 365);
        Assert.Single(plan.Full(asOf));
        Assert.Equal((false, false, 0.5), (plan.IsYearly, plan.HasHalves, plan.Lumpiness));
    }

    [Fact]
    public void A_year_with_a_peak_has_no_half_windows()
    {
        // Three times the purchases in the second half of every quarter: half of a window tells of another season.
        TransactionHistory history = Gifts(
            Enumerable.Range(0, 900).Where(d => d % 90 >= 45 || d % 3 == 0).Select(d => Start.AddDays(d)));
        LocalTime asOf = LocalTime.From(Start.AddDays(900));
        SnapshotPlan plan = SnapshotPlan.Of(PurchaseCalendar.Of(history), new LocalTime(history.FirstMicros), asOf, 90);
        Assert.InRange(plan.Lumpiness, SnapshotPlan.HalvesBelow, SnapshotPlan.YearlyFromLumpiness);
        Assert.Equal((false, false), (plan.IsYearly, plan.HasHalves));
    }

    [Fact]
    public void No_label_window_of_a_yearly_plan_passes_the_cutoff_and_nothing_later_is_looked_at()
    {
        TransactionHistory history = Gifts(Enumerable.Range(0, 12).Select(y => new DateTime(2000 + y, 2, 29 - (y % 4 == 0 ? 0 : 1))));
        PurchaseCalendar calendar = PurchaseCalendar.Of(history);
        LocalTime first = new(history.FirstMicros);
        foreach (int horizon in new[] { 270, 365, 366, 400, 730 })
        {
            for (int day = 900; day < 4300; day += 61)
            {
                LocalTime cutoff = LocalTime.From(Start.AddDays(day));
                SnapshotPlan plan = SnapshotPlan.Of(calendar, first, cutoff, horizon);
                foreach (SnapshotPoint p in plan.Full(cutoff))
                {
                    Assert.True(p.LabelEnd <= cutoff, $"H = {horizon}, T = {cutoff}: {p.AsOf}");
                    Assert.True(p.AsOf >= first.AddDays(SnapshotPlan.HistoryNeeded(horizon)), $"H = {horizon}, T = {cutoff}: {p.AsOf}");
                }

                TransactionHistory known = Gifts(
                    Enumerable.Range(0, 12).Select(y => new DateTime(2000 + y, 2, 29 - (y % 4 == 0 ? 0 : 1)))
                        .Where(d => LocalTime.From(d) < cutoff));
                Assert.Equal(
                    plan.Full(cutoff), SnapshotPlan.Of(PurchaseCalendar.Of(known), first, cutoff, horizon).Full(cutoff));
            }
        }
    }

    private static TransactionHistory Gifts(IEnumerable<DateTime> days) =>
        TransactionHistoryBuilder.Build([.. days.Select(d => new TransactionLine("c", d, 10))]);
}
