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

    [Fact]
    public void A_search_ends_where_nothing_is_to_be_gained_that_rounding_would_not_hide()
    {
        // As of 20,000 customers: half a million of log-likelihood, beside which the last steps vanish.
        int looks = 0;
        var found = QuasiNewton.Minimise(
            (point, gradient) =>
            {
                looks++;
                double a = point[0] - .3, b = point[1] + 1.7;
                (gradient[0], gradient[1]) = (4000 * Math.Sinh(a), 3000 * Math.Sinh(b));
                return 6e5 + (4000 * Math.Cosh(a)) + (3000 * Math.Cosh(b));
            },
            [.5, -1.5], bound: 8);
        Assert.Equal(.3, found.Point[0], 5);
        Assert.Equal(-1.7, found.Point[1], 5);
        Assert.InRange(looks, 3, 12);
    }

    [Fact]
    public void Both_lifetimes_models_fitted_together_are_those_fitted_alone_and_their_errors_those_of_all_customers()
    {
        const int seed = 20, customers = 30_000;
        var random = new Random(seed);
        double[] x = new double[customers], tx = new double[customers], observed = new double[customers];
        for (int i = 0; i < customers; i++)
        {
            // As the model says: r = s = 1, α = 10 and β = 50 weeks.
            double rate = -Math.Log(random.NextDouble()) / 10, dropout = -Math.Log(random.NextDouble()) / 50;
            double life = -Math.Log(random.NextDouble()) / dropout;
            observed[i] = 20 + (80 * random.NextDouble());
            double Wait() => -Math.Log(random.NextDouble()) / rate;
            for (double at = Wait(); at < Math.Min(life, observed[i]); at += Wait())
            {
                (x[i], tx[i]) = (x[i] + 1, at);
            }
        }

        LifetimesModels both = LifetimesModels.Fit(x, tx, observed);
        ParetoNbdModel pareto = ParetoNbdModel.Fit(x, tx, observed);
        BgNbdModel bg = BgNbdModel.Fit(x, tx, observed);
        Assert.Equal(pareto, both.ParetoNbd with { StandardErrors = pareto.StandardErrors });
        Assert.Equal(bg, both.BgNbd with { StandardErrors = bg.StandardErrors });
        Assert.Equal(pareto.StandardErrors, both.ParetoNbd.StandardErrors);
        Assert.Equal(bg.StandardErrors, both.BgNbd.StandardErrors);

        // The errors of a seventh are larger by a root of seven: they are computed on all of it, those of all on a part.
        int[] some = [.. Enumerable.Range(0, customers).Where(i => i % 7 == 0)];
        ParetoNbdModel few = ParetoNbdModel.Fit(
            Array.ConvertAll(some, i => x[i]), Array.ConvertAll(some, i => tx[i]), Array.ConvertAll(some, i => observed[i]));
        for (int p = 0; p < 2; p++)
        {
            Assert.InRange(pareto.StandardErrors[p] * Math.Sqrt(7) / few.StandardErrors[p], .8, 1.25);
        }
    }
}
