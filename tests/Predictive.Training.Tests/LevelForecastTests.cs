using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Training.Levels;
using Predictive.Training.Snapshots;
using Xunit;

namespace Predictive.Training.Tests;

/// <summary>The level of the coming window: planted waves are found, too little is not believed, nothing of the future is seen.</summary>
public sealed class LevelForecastTests
{
    private const int H = 90;

    private static readonly LocalTime Now = LocalTime.From(new DateTime(2025, 6, 1));

    [Fact]
    public void A_planted_wave_of_a_year_is_carried_to_the_coming_window()
    {
        // Two and a half years of windows, every 30 days: −.1, and a wave of ±.4 whose top lies where the coming window starts.
        PastWindow[] windows = Windows(27, days => -0.1 + (0.4 * Math.Cos(2 * Math.PI * days / 365.25)));
        LevelForecast forecast = Fit(windows);
        Assert.Equal(27, forecast.Windows);
        // The constant is held back by its penalty: weights Σ 2^(−k/6) / 3 ≈ 3 against 1 leave −.1 · 3/4; the wave is all but whole.
        Assert.InRange(forecast.Error, 0.31, 0.335);

        // Trained on the newest window alone, 90 days back: there the wave stands at .4 cos(2π · 90 / 365.25) = .0085.
        Assert.InRange(forecast.Season, 0.34, 0.40);
    }

    [Fact]
    public void One_window_is_a_constant_half_believed_and_no_season()
    {
        // a + c with weights 1/3, penalty 1 and a wave that 90 days all but forbid: (1/3 · .4) / (1/3 + 1) = .1.
        LevelForecast forecast = Fit(Windows(1, _ => 0.4));
        Assert.Equal(0.1, forecast.Error, 2);
        Assert.InRange(forecast.Season, -0.02, 0.02);
        // A quarter of a year has been seen: of 2 / 3 a quarter.
        Assert.Equal(2 / 3.0 * 90 / 365.25, forecast.LifetimesShare, 12);
        Assert.Equal(default, Fit([]));
        Assert.Equal(0, Fit([]).LifetimesShare, 12);
    }

    [Fact]
    public void A_window_of_a_young_base_counts_for_less()
    {
        // 30 of 120 days lie before it: weight 1/3 · 2 · 30/120 = 1/6, so (1/6 · .4) / (1/6 + 1).
        Assert.Equal(0.4 / 7, Fit(Windows(1, _ => 0.4), historyDays: 120).Error, 2);
        Assert.True(Fit(Windows(1, _ => 0.4), historyDays: 120).Error < Fit(Windows(1, _ => 0.4), historyDays: 180).Error);
    }

    [Fact]
    public void The_level_weighs_the_learned_moved_by_the_season_and_the_lifetimes_set_right()
    {
        var forecast = new LevelForecast(0.2, -0.1, 6, 1);
        // Share of the lifetimes 2 / 8: ¾ · (1 − .1) + ¼ · (2 + .2).
        Assert.Equal((0.75 * 0.9) + (0.25 * 2.2), forecast.Combine(1, 2), 12);
    }

    [Fact]
    public void A_window_without_a_miss_is_left_out()
    {
        PastWindow[] windows = [.. Windows(6, _ => 0.3), new PastWindow(Now.AddDays(-H - 180), 0, double.NaN, double.NaN)];
        Assert.Equal(Fit(windows[..6], w => w.Spend), Fit(windows, w => w.Spend));
    }

    [Fact]
    public void Nothing_at_or_after_the_instant_moves_a_past_window()
    {
        TransactionHistory whole = Simulator.Generate(new SimulationOptions { Customers = 400, Seed = 11, Years = 1.5 }).History;
        LocalTime cutoff = LocalTime.MidnightAfter(whole.LastMicros).AddDays(-120);
        BaseProfile profile = BaseProfile.Fit(whole, cutoff, H);
        IReadOnlyList<PastWindow> before = PastWindows.Of(whole, cutoff, H, profile, 1, 0);
        Assert.True(before.Count >= 5);
        Assert.All(before, w => Assert.True(w.AsOf.AddDays(H).Micros <= cutoff.Micros));

        double[] amounts = [.. whole.Columns.Amount];
        for (int i = 0; i < amounts.Length; i++)
        {
            amounts[i] = whole.Columns.OrderedAt[i] >= cutoff.Micros ? 1e6 : amounts[i];
        }

        var changed = new TransactionHistory(whole.Columns with { Amount = amounts }, whole.Description);
        Assert.Equal(before, PastWindows.Of(changed, cutoff, H, profile, 1, 0));
    }

    [Fact]
    public void A_base_with_a_strong_season_shows_it_and_one_without_does_not()
    {
        double season = ChurnSeason(0.45), none = ChurnSeason(0);
        // The peak is in early December; the window from July to October lies nearer to it than the training windows of the first half of
        // the year.
        Assert.True(season < -0.1, $"season {season:0.000}");
        Assert.True(Math.Abs(none) < Math.Abs(season) / 2, $"none {none:0.000}, season {season:0.000}");

        static double ChurnSeason(double strength)
        {
            TransactionHistory history =
                Simulator.Generate(
                    new SimulationOptions
                    {
                        Customers = 4000, Seed = 5, Years = 2.5, CadenceDays = 60, Season = strength, PromotionsPerYear = 0,
                    }).History;
            LocalTime cutoff = LocalTime.From(new DateTime(2025, 7, 1));
            IReadOnlyList<PastWindow> windows = PastWindows.Of(history, cutoff, H, BaseProfile.Fit(history, cutoff, H), 1, 0);
            return LevelForecast.Fit(windows, w => w.Churn, cutoff, H, 912, age => age < 120 ? 1 : 0).Season;
        }
    }

    private static PastWindow[] Windows(int count, Func<double, double> miss) =>
        [
            .. Enumerable.Range(0, count)
                .Select(
                    k => new PastWindow(Now.AddDays(-H - (k * SnapshotPlan.Step(H))), miss(H + (k * SnapshotPlan.Step(H))), miss(0), 0)),
        ];

    private static LevelForecast Fit(PastWindow[] windows, Func<PastWindow, double>? miss = null, double historyDays = 10_000) =>
        LevelForecast.Fit(windows, miss ?? (w => w.Churn), Now, H, historyDays, age => age == 0 ? 1 : 0);
}
