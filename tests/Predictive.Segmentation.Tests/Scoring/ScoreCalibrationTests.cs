using Predictive.Segmentation.Models;


namespace Predictive.Segmentation.Tests.Scoring;

public class ScoreCalibrationTests
{
    [Fact]
    public void Percentile_is_the_share_of_the_training_base_below()
    {
        var calibration = ScoreCalibration.Of([0.4, 0.1, 0.2, 0.2], [0, 10, 20, 30], 0.2, 0.4);
        // Below 0.2 lies one of four; below 0.3 three; below 0.1 none; below 1 all.
        Assert.Equal([0, 25, 75, 100], new[] { 0.1, 0.2, 0.3, 1.0 }.Select(calibration.Percentile));
        Assert.Equal([0, 1, 1, 2], new[] { 0.19, 0.2, 0.39, 0.4 }.Select(calibration.Band));
        Assert.Equal((4, 15), (calibration.Customers, calibration.ClvMean));
        Assert.Equal(0.225, calibration.ChurnMean, 12);
    }

    [Fact]
    public void A_large_base_is_kept_as_1001_quantiles_exact_to_a_tenth()
    {
        double[] churn = [.. Enumerable.Range(0, 54_321).Select(i => (double)i * i / (54_321.0 * 54_321))];
        var calibration = ScoreCalibration.Of(churn, churn, 0.3, 0.6);
        Assert.Equal(1001, calibration.ChurnQuantiles.Count);
        for (double p = 0; p <= 1; p += 0.0137)
        {
            double exact = 100.0 * churn.Count(c => c < p) / churn.Length;
            Assert.InRange(calibration.Percentile(p), exact - 0.11, exact + 0.11);
        }
    }
}
