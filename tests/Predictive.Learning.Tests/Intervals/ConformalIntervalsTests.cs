using Predictive.Learning.Intervals;

namespace Predictive.Learning.Tests.Intervals;

public class ConformalIntervalsTests
{
    [Fact]
    public void The_margin_is_the_right_order_statistic()
    {
        // Errors 1 ... 9; n + 1 = 10, so 80 % needs the 8th smallest, 90 % the 9th, 95 % has too few rows.
        double[] zero = new double[9], actual = [3, -1, 2, 9, -7, 5, 8, -4, 6];
        Assert.Equal(8, SplitConformal.Fit(zero, actual, .8).Margin);
        Assert.Equal(9, SplitConformal.Fit(zero, actual, .9).Margin);
        Assert.Equal(double.PositiveInfinity, SplitConformal.Fit(zero, actual, .95).Margin);
        Assert.Equal((2, 18), SplitConformal.Fit(zero, actual, .8).Around(10));
    }

    [Fact]
    public void Quantiles_are_widened_or_narrowed()
    {
        double[] low = [0, 0, 0, 0], high = [10, 10, 10, 10];
        // Misses: 2 above, 1 below, 3 inside, 5 inside; the 4th of 5 ranks at 80 % is the largest.
        Assert.Equal(2, ConformalQuantiles.Fit(low, high, [12, -1, 3, 5], .8).Margin);
        ConformalQuantiles narrow = ConformalQuantiles.Fit(low, high, [5, 5, 4, 6], .8);
        Assert.Equal(-4, narrow.Margin);
        Assert.Equal((4, 6), narrow.Widen(0, 10));
        Assert.Equal((1.5, 1.5), narrow.Widen(0, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void New_rows_are_covered_as_promised_though_the_model_is_wrong(int seed)
    {
        var random = new Random(seed);
        // Mean and quantiles ignore that the noise grows with x.
        (double X, double Y) Draw()
        {
            double x = random.NextDouble();
            return (x, x + (x * ((2 * random.NextDouble()) - 1)));
        }

        (double X, double Y)[] held = [.. Enumerable.Range(0, 2000).Select(_ => Draw())], fresh = [.. Enumerable.Range(0, 20_000).Select(_ => Draw())];
        SplitConformal split = SplitConformal.Fit([.. held.Select(r => r.X)], [.. held.Select(r => r.Y)], .8);
        ConformalQuantiles quantiles = ConformalQuantiles.Fit([.. held.Select(r => r.X * .8)], [.. held.Select(r => r.X * 1.1)], [.. held.Select(r => r.Y)], .8);
        double covered = fresh.Average(r => split.Around(r.X) is var (l, h) && r.Y >= l && r.Y <= h ? 1.0 : 0);
        double coveredQ = fresh.Average(r => quantiles.Widen(r.X * .8, r.X * 1.1) is var (l, h) && r.Y >= l && r.Y <= h ? 1.0 : 0);
        // Standard deviation of the coverage given 2000 held-out rows: sqrt(.8 × .2 / 2000) = .009.
        Assert.InRange(covered, .77, .83);
        Assert.InRange(coveredQ, .77, .83);
    }

    [Fact]
    public void Nonsense_is_refused()
    {
        Assert.Throws<LearningException>(() => SplitConformal.Fit([], [], .8));
        Assert.Throws<LearningException>(() => SplitConformal.Fit([1], [1], 1));
        Assert.Throws<LearningException>(() => ConformalQuantiles.Fit([1], [1], [double.NaN], .5));
    }
}
