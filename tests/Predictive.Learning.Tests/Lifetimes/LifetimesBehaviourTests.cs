using System.Globalization;
using System.IO.Compression;
using Predictive.Learning.Lifetimes;
using Predictive.Learning.Metrics;
using Predictive.Tests;

namespace Predictive.Learning.Tests.Lifetimes;

public class LifetimesBehaviourTests
{
    /// <summary>
    /// Published with the lifetimes and CLVTools test suites: 39 weeks after the calibration the sample made 1,882 repeat purchases (days).
    /// </summary>
    [Fact]
    public void BgNbd_foretells_the_cdnow_holdout_as_published()
    {
        var (x, tx, t, holdout) = Sample();
        Assert.Equal(2357, x.Length);
        Assert.Equal(1882, holdout.Sum());
        BgNbdModel model = BgNbdModel.Fit(x, tx, t);
        double[] expected = [.. x.Select((_, i) => model.ExpectedPurchases(x[i], tx[i], t[i], 39))];
        Assert.Equal(1653, expected.Sum(), 1.0);
        Assert.Equal(.786, RegressionMetrics.Mae(expected, holdout), .005);
        Assert.Equal(1.608, RegressionMetrics.Rmse(expected, holdout), .01);
        Assert.Equal(.626, RegressionMetrics.Pearson(expected, holdout), .005);
        float[] churned = [.. holdout.Select(h => h == 0 ? 1f : 0f)];
        Assert.Equal(.773, ClassificationMetrics.Auc([.. expected.Select(e => -e)], churned), .003);

        // One-time buyers all count as alive: P(alive) alone ranks worse than chance.
        Assert.Equal(
            .316, ClassificationMetrics.Auc([.. x.Select((_, i) => 1 - model.ProbabilityAlive(x[i], tx[i], t[i]))], churned), .005);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_base_without_dropout_is_reported_as_such(int seed)
    {
        var (x, tx, t) = Simulate(4000, seed, dropout: false);
        BgNbdModel bg = BgNbdModel.Fit(x, tx, t);
        ParetoNbdModel pareto = ParetoNbdModel.Fit(x, tx, t);
        Assert.False(bg.DropoutIdentified);
        Assert.False(pareto.DropoutIdentified);
        Assert.Equal(1, bg.ProbabilityAlive(3, 4, 30));
        Assert.Equal(1, pareto.ProbabilityAlive(3, 4, 30), 9);
        // Planted: Gamma(2, 10) rates, standard errors about .09 and .5.
        Assert.Equal(2, bg.R, .4);
        Assert.Equal(10, bg.Alpha, 2.0);
        Assert.All(bg.StandardErrors, e => Assert.True(double.IsNaN(e)));
    }

    [Fact]
    public void Pareto_recovers_planted_parameters()
    {
        var (x, tx, t) = Simulate(12_000, 7, dropout: true);
        ParetoNbdModel model = ParetoNbdModel.Fit(x, tx, t);
        double[] truth = [2, 10, 1, 15], found = [model.R, model.Alpha, model.S, model.Beta];
        for (int p = 0; p < 4; p++)
        {
            Assert.InRange(found[p], truth[p] - (4 * model.StandardErrors[p]), truth[p] + (4 * model.StandardErrors[p]));
            Assert.InRange(model.StandardErrors[p], 0, truth[p] / 3);
        }
    }

    [Fact]
    public void Probabilities_and_expectations_keep_their_order()
    {
        var (x, tx, t) = Simulate(3000, 9, dropout: true);
        BgNbdModel bg = BgNbdModel.Fit(x, tx, t);
        ParetoNbdModel pareto = ParetoNbdModel.Fit(x, tx, t);
        MbgNbdModel mbg = MbgNbdModel.Fit(x, tx, t);
        for (int i = 0; i < x.Length; i += 11)
        {
            Check(
                bg.ProbabilityAlive(x[i], tx[i], t[i]), h => bg.ProbabilityActive(x[i], tx[i], t[i], h),
                h => bg.ExpectedPurchases(x[i], tx[i], t[i], h));
            Check(
                pareto.ProbabilityAlive(x[i], tx[i], t[i]), h => pareto.ProbabilityActive(x[i], tx[i], t[i], h),
                h => pareto.ExpectedPurchases(x[i], tx[i], t[i], h));
            Check(
                mbg.ProbabilityAlive(x[i], tx[i], t[i]), h => mbg.ProbabilityActive(x[i], tx[i], t[i], h),
                h => mbg.ExpectedPurchases(x[i], tx[i], t[i], h));
        }

        static void Check(double alive, Func<double, double> active, Func<double, double> expected)
        {
            Assert.InRange(alive, 0, 1);
            Assert.True(active(13) <= alive + 1e-12 && active(13) <= active(26) + 1e-12);
            // At least one purchase is no likelier than purchases are expected (Markov's inequality).
            Assert.True(active(13) <= expected(13) + 1e-9, $"{active(13)} > {expected(13)}");
            Assert.True(expected(26) >= expected(13));
        }
    }

    /// <summary>
    /// P(active in H) and E[purchases in H] of each model against what its own process then does: customers are simulated on past T, and
    /// among each group of like histories (none, few, many repeat purchases; bought lately or long ago) the mean forecast must lie within
    /// four standard errors of what came.
    /// </summary>
    [Theory]
    [InlineData("BG", 3)]
    [InlineData("MBG", 4)]
    [InlineData("Pareto", 5)]
    public void Forecasts_of_activity_and_purchases_come_true_under_the_models_own_process(string process, int seed)
    {
        const int Customers = 40_000;
        const double H = 13;
        var random = new Random(seed);
        double r = 0.8, alpha = 6, a = 0.9, b = 2.5, s = 0.7, beta = 15;
        var bg = new BgNbdModel(r, alpha, a, b, 0, true, []);
        var mbg = new MbgNbdModel(r, alpha, a, b, 0, true, []);
        var pareto = new ParetoNbdModel(r, alpha, s, beta, 0, true, []);
        var groups = new Dictionary<(int, bool), List<(double Active, double Came, double Expected, double Count)>>();
        for (int i = 0; i < Customers; i++)
        {
            double rate = MathNet.Numerics.Distributions.Gamma.Sample(random, r, alpha),
                dropout = MathNet.Numerics.Distributions.Beta.Sample(random, a, b);
            double death = process == "Pareto"
                ? -Math.Log(1 - random.NextDouble()) / MathNet.Numerics.Distributions.Gamma.Sample(random, s, beta)
                : double.PositiveInfinity;
            double t = 20 + (20 * random.NextDouble()), x = 0, tx = 0, later = 0, time = 0;
            for (bool alive = process != "MBG" || random.NextDouble() >= dropout;
                alive;
                alive = process == "Pareto" || random.NextDouble() >= dropout)
            {
                time -= Math.Log(1 - random.NextDouble()) / rate;
                if (time > Math.Min(t + H, death))
                {
                    break;
                }

                (x, tx, later) = time <= t ? (x + 1, time, later) : (x, tx, later + 1);
            }

            var (active, expected) = process switch
            {
                "BG" => (bg.ProbabilityActive(x, tx, t, H), bg.ExpectedPurchases(x, tx, t, H)),
                "MBG" => (mbg.ProbabilityActive(x, tx, t, H), mbg.ExpectedPurchases(x, tx, t, H)),
                _ => (pareto.ProbabilityActive(x, tx, t, H), pareto.ExpectedPurchases(x, tx, t, H)),
            };
            var key = (x == 0 ? 0 : x < 4 ? 1 : 2, t - tx < 8);
            if (!groups.TryGetValue(key, out var list))
            {
                groups[key] = list = [];
            }

            list.Add((active, later > 0 ? 1 : 0, expected, later));
        }

        foreach (var (key, list) in groups.Where(g => g.Value.Count > 200))
        {
            Within(list.Select(v => v.Came - v.Active), $"{process} {key} active, seed {seed}");
            Within(list.Select(v => v.Count - v.Expected), $"{process} {key} purchases, seed {seed}");
        }

        static void Within(IEnumerable<double> errors, string what)
        {
            double[] e = [.. errors];
            double mean = e.Average(), error = Math.Sqrt(e.Sum(v => (v - mean) * (v - mean)) / e.Length / (e.Length - 1));
            Assert.True(Math.Abs(mean) < 4 * error, $"{what}: off by {mean}, standard error {error}");
        }
    }

    /// <summary>Rates Gamma(2, 10), dropout rates Gamma(1, 15) per week, observed 20 to 60 weeks.</summary>
    private static (double[] X, double[] Tx, double[] T) Simulate(int customers, int seed, bool dropout)
    {
        var random = new Random(seed);
        double[] x = new double[customers], tx = new double[customers], t = new double[customers];
        for (int i = 0; i < customers; i++)
        {
            double rate = MathNet.Numerics.Distributions.Gamma.Sample(random, 2, 10),
                death = MathNet.Numerics.Distributions.Gamma.Sample(random, 1, 15);
            t[i] = 20 + (40 * random.NextDouble());
            double end = dropout ? Math.Min(t[i], -Math.Log(1 - random.NextDouble()) / death) : t[i];
            for (double time = -Math.Log(1 - random.NextDouble()) / rate; time < end; time -= Math.Log(1 - random.NextDouble()) / rate)
            {
                (x[i], tx[i]) = (x[i] + 1, time);
            }
        }

        return (x, tx, t);
    }

    private static (double[] X, double[] Tx, double[] T, double[] Holdout) Sample()
    {
        var days = new SortedDictionary<int, SortedSet<DateOnly>>();
        using var reader =
            new StreamReader(new GZipStream(File.OpenRead(SharedData.Path("data/cdnow/cdnow_sample.csv.gz")), CompressionMode.Decompress));
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(',');
            int customer = int.Parse(fields[1], CultureInfo.InvariantCulture);
            if (!days.TryGetValue(customer, out SortedSet<DateOnly>? own))
            {
                days[customer] = own = [];
            }

            own.Add(DateOnly.ParseExact(fields[2], "yyyy-MM-dd", CultureInfo.InvariantCulture));
        }

        var end = new DateOnly(1997, 9, 30);
        (double X, double Tx, double T, double Holdout)[] rows = [.. days.Values.Select(own =>
        {
            DateOnly first = own.Min;
            int repeats = own.Count(d => d <= end) - 1;
            return (
                (double)repeats, (own.Where(d => d <= end).Max().DayNumber - first.DayNumber) / 7.0,
                (end.DayNumber - first.DayNumber) / 7.0, (double)own.Count(d => d > end));
        })];
        return ([.. rows.Select(r => r.X)], [.. rows.Select(r => r.Tx)], [.. rows.Select(r => r.T)], [.. rows.Select(r => r.Holdout)]);
    }
}
