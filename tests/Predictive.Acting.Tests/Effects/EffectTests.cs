using Predictive.Acting.Effects;

namespace Predictive.Acting.Tests.Effects;

/// <summary>Published numbers, an oracle by hand, and how often intervals hold.</summary>
public class EffectTests
{
    // Newcombe 1998, table II, method 10.
    [Theory]
    [InlineData(56, 70, 48, 80, .0524, .3339)]
    [InlineData(9, 10, 3, 10, .1705, .8090)]
    [InlineData(10, 10, 0, 10, .6075, 1)]
    [InlineData(0, 10, 0, 20, -.1611, .2775)]
    public void Difference_of_proportions_as_published(int hits1, int n1, int hits0, int n0, double low, double high)
    {
        (double difference, double l, double h) = Proportions.Difference(hits1, n1, hits0, n0);
        Assert.Equal((hits1 / (double)n1) - (hits0 / (double)n0), difference, 12);
        Assert.Equal(low, l, 4);
        Assert.Equal(high, h, 4);
    }

    // Without covariates it is Welch's test: values of R's sleep data, t.test(extra ~ group): t = −1.8608, df = 17.776, p = .0794,
    // interval −3.3654832 to .2054832.
    [Fact]
    public void Without_covariates_it_is_welchs_interval()
    {
        double[] extra =
        [
            .7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2, 1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4,
        ];
        bool[] first = [.. Enumerable.Range(0, 20).Select(i => i < 10)];
        EffectEstimate estimate = AdjustedDifference.Estimate(first, extra, []);
        Assert.Equal(.75, estimate.Contacted, 10);
        Assert.Equal(2.33, estimate.HeldOut, 10);
        Assert.Equal(1.58 / 1.8608, estimate.StandardError, 3);
        Assert.Equal(-3.3654832, estimate.Low, 6);
        Assert.Equal(.2054832, estimate.High, 6);
        Assert.Equal(1, estimate.VarianceLeft, 6);
    }

    [Fact]
    public void A_covariate_that_says_all_leaves_no_doubt_and_a_constant_one_nothing()
    {
        var random = new Random(4);
        bool[] contacted = [.. Enumerable.Range(0, 200).Select(i => i % 5 != 0)];
        double[] before = [.. contacted.Select(_ => 100 * random.NextDouble())], same = [.. contacted.Select(_ => 7.0)];
        double[] outcome = [.. before.Select((b, i) => (2 * b) + (contacted[i] ? 3 : 0))];
        EffectEstimate sure = AdjustedDifference.Estimate(contacted, outcome, [same, before]);
        Assert.Equal(3, sure.Effect, 6);
        Assert.InRange(sure.VarianceLeft, 0, 1e-6);
        EffectEstimate plain = AdjustedDifference.Estimate(contacted, outcome, [same]);
        Assert.Equal(1, plain.VarianceLeft, 6);
        Assert.True(plain.High - plain.Low > 10);
    }

    [Fact]
    public void Too_few_rows_are_refused()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => AdjustedDifference.Estimate([true, true, false], [1, 2, 3], []));
        Assert.Contains("two of each", refused.Message, StringComparison.Ordinal);
    }

    // z of power .8 and a two-sided 5 %: 1.95996 + .84162 = 2.80158; p = .5 in two groups of 100: 2.80158 × √(.25 × .02) = .1981.
    [Fact]
    public void The_detectable_effect_by_hand() => Assert.Equal(.19810, DetectableEffect.Of(.25, 100, 100), 5);

    // The boundary of a Brownian motion, crossed by at most 5 % of paths; and at its best point no wider than it must be.
    [Fact]
    public void The_boundary_of_all_looks_holds_for_a_random_walk()
    {
        const int Paths = 2000, Steps = 400;
        var random = new Random(11);
        int crossed = 0;
        for (int p = 0; p < Paths; p++)
        {
            double sum = 0;
            bool out1 = false;
            for (int t = 1; t <= Steps; t++)
            {
                sum += Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                out1 |= Math.Abs(sum) / Math.Sqrt(t) > AlwaysValid.Critical(t / 200.0);
            }

            crossed += out1 ? 1 : 0;
        }

        Assert.InRange(crossed / (double)Paths, .005, .05);
        Assert.InRange(AlwaysValid.Critical(1), 2.9, 3.1);
        Assert.True(AlwaysValid.Critical(.01) > AlwaysValid.Critical(1) && AlwaysValid.Critical(100) > AlwaysValid.Critical(1));
    }

    // A part of what the bench runs, with bounds three standard errors wider; printed seed 1.
    [Fact]
    public void Campaigns_without_an_effect_are_seldom_told_to_have_one()
    {
        NullCampaigns.Rates none = NullCampaigns.FixedEnd(250, 400, .2, 0, seed: 1), some = NullCampaigns.FixedEnd(250, 400, .2, .5,
            seed: 9001);
        Assert.InRange(none.FalseRetention, .01, .095);
        Assert.InRange(none.FalseSpend, .01, .095);
        Assert.InRange(some.CoversRetention, .905, .99);
        Assert.InRange(some.CoversSpend, .905, .99);
        Assert.True(some.FalseRetention > .25, "half as many orders again are seen");
    }

    [Fact]
    public void Who_looks_every_day_is_told_wrongly_no_more_often()
    {
        NullCampaigns.Rates none = NullCampaigns.Daily(25, 300, .2, 0, seed: 1), some = NullCampaigns.Daily(25, 300, .2, .5, seed: 9001);
        Assert.InRange(none.FalseRetention, 0, .13);
        Assert.InRange(none.FalseSpend, 0, .13);
        Assert.InRange(some.CoversRetention, .87, 1);
        Assert.InRange(some.CoversSpend, .87, 1);
    }
}
