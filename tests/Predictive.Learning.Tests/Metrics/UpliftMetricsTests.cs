using Predictive.Learning.Metrics;

namespace Predictive.Learning.Tests.Metrics;

public class UpliftMetricsTests
{
    [Fact]
    public void By_hand()
    {
        // Highest uplift: treated buyer, untreated non-buyer; lowest: treated non-buyer, untreated buyer.
        double[] p = [.9, .9, .1, .1];
        bool[] treated = [true, false, true, false];
        double[] bought = [1, 0, 0, 1];
        // Qini curve: 0, then (1 − 0)/2 = .5 at half, then (1 − 1·2/2)/2 = 0 at the end: area .25; the random line ends at 0.
        Assert.Equal(.25, UpliftMetrics.Qini(p, treated, bought), 12);
        // Uplift curve: 0, (1 − 0) × 2/4 = .5, then (.5 − .5) × 1 = 0.
        Assert.Equal(.25, UpliftMetrics.Auuc(p, treated, bought), 12);
        Assert.Equal(-.25, UpliftMetrics.Qini([.1, .1, .9, .9], treated, bought), 12);
    }

    [Fact]
    public void A_constant_prediction_is_random_targeting()
    {
        var random = new Random(1);
        bool[] treated = [.. Enumerable.Range(0, 500).Select(_ => random.Next(2) == 0)];
        double[] bought = [.. treated.Select(t => random.NextDouble() < (t ? .4 : .2) ? 1.0 : 0)];
        double effect = bought.Where((_, i) => treated[i]).Average() - bought.Where((_, i) => !treated[i]).Average();
        Assert.Equal(0, UpliftMetrics.Qini(new double[500], treated, bought), 12);
        Assert.Equal(effect / 2, UpliftMetrics.Auuc(new double[500], treated, bought), 12);
    }

    [Fact]
    public void The_true_effect_ranks_better_than_its_reverse()
    {
        var random = new Random(2);
        double[] effect = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble() * .5)];
        bool[] treated = [.. effect.Select(_ => random.Next(2) == 0)];
        double[] bought = [.. effect.Select((e, i) => random.NextDouble() < .2 + (treated[i] ? e : 0) ? 1.0 : 0)];
        double right = UpliftMetrics.Qini(effect, treated, bought),
            wrong = UpliftMetrics.Qini([.. effect.Select(e => -e)], treated, bought);
        Assert.True(right > .02 && wrong < -.02, $"true order {right}, reversed {wrong}");
    }

    [Fact]
    public void Needs_both_groups() =>
        Assert.Contains(
            "2 treated and 0 untreated", Assert.Throws<ArgumentException>(() => UpliftMetrics.Auuc([1, 2], [true, true], [0, 1])).Message,
            StringComparison.Ordinal);
}
