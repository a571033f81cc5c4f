using Predictive.Learning.Calibration;
using Predictive.Learning.Metrics;

namespace Predictive.Learning.Tests.Calibration;

public class CalibrationTests
{
    private static readonly double[] P = [.. Enumerable.Range(0, 40).Select(i => (((i * 7) % 37) + 1.5) / 40)];
    private static readonly float[] Y = [.. Enumerable.Range(0, 40).Select(i => (((i * 11) % 13) / 13.0) + ((P[i] - .5) * .9) > .45 ? 1f : 0f)];

    // Oracle: scipy.optimize (BFGS to a gradient of 1e-12) on Platt's likelihood of the same forty rows.
    [Fact]
    public void Platt_reaches_the_optimum()
    {
        PlattCalibration fitted = PlattCalibration.Fit(P, Y);
        Assert.Equal(.75331809, fitted.Slope, 6);
        Assert.Equal(.39567682, fitted.Intercept, 6);
    }

    // Oracle: as above, with the two terms of beta calibration.
    [Fact]
    public void Beta_reaches_the_optimum()
    {
        BetaCalibration fitted = BetaCalibration.Fit(P, Y);
        Assert.Equal(1.23790786, fitted.A, 5);
        Assert.Equal(.17918776, fitted.B, 5);
        Assert.Equal(1.29642942, fitted.C, 5);
    }

    // Oracle: scikit-learn 1.2.1 IsotonicRegression(out_of_bounds="clip").
    [Fact]
    public void Isotonic_agrees_with_scikit_learn()
    {
        IsotonicCalibration fitted = IsotonicCalibration.Fit(P, Y);
        double[] at = [0, .1, .3, .45, .5, .62, .8, .99], expected = [0, 0, .5, .5, .6, .8, .8571428571428571, 1];
        for (int i = 0; i < at.Length; i++)
        {
            Assert.Equal(expected[i], fitted.Apply(at[i]), 12);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_kind_mends_probabilities_that_are_too_sure(int seed)
    {
        var random = new Random(seed);
        double[] truth = [.. Enumerable.Range(0, 8000).Select(_ => random.NextDouble())];
        float[] y = [.. truth.Select(p => random.NextDouble() < p ? 1f : 0f)];
        double[] sure = [.. truth.Select(p => 1 / (1 + Math.Exp(-2.5 * Math.Log(p / (1 - p)))))];
        Assert.True(ClassificationMetrics.Ece(sure, y) > .08);
        PlattCalibration platt = PlattCalibration.Fit(sure, y);
        BetaCalibration beta = BetaCalibration.Fit(sure, y);
        IsotonicCalibration isotonic = IsotonicCalibration.Fit(sure, y);
        // Planted: undone by a slope of 1/2.5. Its standard error is about .01.
        Assert.Equal(.4, platt.Slope, .04);
        Assert.True(ClassificationMetrics.Ece([.. sure.Select(platt.Apply)], y) < .02);
        Assert.True(ClassificationMetrics.Ece([.. sure.Select(beta.Apply)], y) < .02);
        Assert.True(ClassificationMetrics.Ece([.. sure.Select(isotonic.Apply)], y) < .02);
        for (double p = 0; p < 1; p += .01)
        {
            Assert.True(platt.Apply(p + .01) >= platt.Apply(p) && beta.Apply(p + .01) >= beta.Apply(p) && isotonic.Apply(p + .01) >= isotonic.Apply(p));
        }
    }

    [Fact]
    public void Right_probabilities_stay_nearly_as_they_are()
    {
        var random = new Random(4);
        double[] p = [.. Enumerable.Range(0, 20_000).Select(_ => random.NextDouble())];
        float[] y = [.. p.Select(v => random.NextDouble() < v ? 1f : 0f)];
        PlattCalibration platt = PlattCalibration.Fit(p, y);
        Assert.Equal(1, platt.Slope, .06);
        Assert.Equal(0, platt.Intercept, .06);
    }

    [Fact]
    public void Separable_constant_and_reversed_samples_end_in_finite_models()
    {
        PlattCalibration separable = PlattCalibration.Fit([.1, .2, .8, .9], [0, 0, 1, 1]);
        Assert.True(double.IsFinite(separable.Slope) && separable.Slope > 0);
        BetaCalibration reversed = BetaCalibration.Fit([.1, .2, .8, .9], [1, 1, 0, 0]);
        Assert.True(reversed.A >= 0 && reversed.B >= 0);
        Assert.InRange(PlattCalibration.Fit([.3, .3], [0, 1]).Apply(.3), .45, .55);
        Assert.Equal(.5, IsotonicCalibration.Fit([.3, .3], [0, 1]).Apply(.9));
        Assert.InRange(PlattCalibration.Fit([0, 1, 1], [0, 1, 0]).Apply(1), 0, 1);
    }

    [Fact]
    public void Nonsense_is_refused() =>
        Assert.Contains("Row 1", Assert.Throws<LearningException>(() => PlattCalibration.Fit([.1, 1.2], [0, 1])).Message, StringComparison.Ordinal);
}
