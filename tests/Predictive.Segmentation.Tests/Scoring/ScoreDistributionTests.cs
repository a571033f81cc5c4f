using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Scoring;

public class ScoreDistributionTests
{
    [Fact]
    public void Percentile_is_the_share_of_the_training_base_below()
    {
        var distribution = ScoreDistribution.Of([0.4, 0.1, 0.2, 0.2], [0, 10, 20, 30]);
        // Below 0.2 lies one of four; below 0.3 three; below 0.1 none; below 1 all.
        Assert.Equal([0, 25, 75, 100], new[] { 0.1, 0.2, 0.3, 1.0 }.Select(distribution.Percentile));
        Assert.Equal((4, 15), (distribution.Customers, distribution.ClvMean));
        Assert.Equal(0.225, distribution.ChurnMean, 12);
    }

    [Fact]
    public void A_large_base_is_kept_as_1001_quantiles_exact_to_a_tenth()
    {
        double[] churn = [.. Enumerable.Range(0, 54_321).Select(i => (double)i * i / (54_321.0 * 54_321))];
        var distribution = ScoreDistribution.Of(churn, churn);
        Assert.Equal(1001, distribution.ChurnQuantiles.Count);
        for (double p = 0; p <= 1; p += 0.0137)
        {
            double exact = 100.0 * churn.Count(c => c < p) / churn.Length;
            Assert.InRange(distribution.Percentile(p), exact - 0.11, exact + 0.11);
        }
    }

    [Theory]
    [InlineData(.97, "high")] // whatever its rank: in a base of one-time buyers everybody may be high
    [InlineData(.6, "high")]
    [InlineData(.59, "medium")]
    [InlineData(.3, "medium")]
    [InlineData(.29, "low")]
    [InlineData(0, "low")]
    public void Bands_speak_of_the_probability(double probability, string band) =>
        Assert.Equal(band, ChurnBand.Names[ChurnBand.Compute(probability, new ChurnBandOptions())]);

    [Theory]
    [InlineData(0, .6)]
    [InlineData(.6, .6)]
    [InlineData(.3, 1)]
    [InlineData(double.NaN, .6)]
    public void Bands_that_overlap_are_refused(double medium, double high) =>
        Assert.Throws<RulesException>(() => ChurnBand.Validate(new ChurnBandOptions { MediumFrom = medium, HighFrom = high }));
}
