using Predictive.Learning.Lifetimes;

namespace Predictive.Learning.Tests.Lifetimes;

public class CoarseToFineTests
{
    /// <summary>Two valleys; the lower lies at <paramref name="low"/>.</summary>
    private static QuasiNewton.Objective Valleys(double weight, double low, double high, Action? told = null) => (point, gradient) =>
    {
        told?.Invoke();
        double a = point[0] - low, b = point[0] - high;
        gradient[0] = weight * ((2 * a * b * b) + (2 * a * a * b) + .1);
        return weight * ((a * a * b * b) + (.1 * point[0]));
    };

    [Fact]
    public void The_optimum_is_that_of_all_and_is_found_with_few_looks_at_them()
    {
        int looks = 0, whole = 0;
        double[][] starts = [[2.5], [-2.5], [0]];
        var (point, value) = CoarseToFine.Minimise(
            Valleys(1000, -1, 1, () => looks++), Valleys(100, -1.05, .9), .1, starts, bound: 8);
        var (expected, lowest) = CoarseToFine.Minimise(Valleys(1000, -1, 1, () => whole++), null, 1, starts, bound: 8);
        Assert.Equal(expected[0], point[0], 6);
        Assert.Equal(lowest, value, 6);
        Assert.InRange(looks, 1, whole / 2);
    }

    [Fact]
    public void Where_the_part_knows_no_optimum_the_search_begins_anew()
    {
        // The part only falls, out to the edge, where all are flat: a search from there would stay.
        QuasiNewton.Objective falls = (point, gradient) =>
        {
            gradient[0] = -1;
            return -point[0];
        };
        QuasiNewton.Objective well = (point, gradient) =>
        {
            double e = Math.Exp(-point[0] * point[0]);
            gradient[0] = 2 * point[0] * e * 100;
            return -100 * e;
        };
        var (point, value) = CoarseToFine.Minimise(well, falls, .1, [[.5]], bound: 12);
        Assert.Equal(0, point[0], 4);
        Assert.Equal(-100, value, 6);
    }
}
