using Predictive.Learning;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

public class DriftTests
{
    [Fact]
    public void Psi_of_a_hand_computed_shift()
    {
        // Then: half at 1, half at 2. Now: 9 of 10 at 1. PSI = (.9 − .5) ln(.9/.5) + (.1 − .5) ln(.1/.5) = .4 · ln 9 = .8789.
        DriftBaseline baseline = DriftBaseline.Of(Matrix([1, 1, 2, 2]), [.5, .5, .5, .5], [1, 1, 1, 1]);
        Assert.Equal([1f], baseline.Distributions[0].Edges);
        Assert.Equal([.5, .5, 0], baseline.Distributions[0].Shares);
        var counter = new DriftCounter(baseline);
        counter.Add(Matrix([1, 1, 1, 1, 1, 1, 1, 1, 1, 2]), Enumerable.Repeat(.5, 10).ToArray(), Enumerable.Repeat(1.0, 10).ToArray());
        DriftReport report = counter.Report(new DriftOptions());
        Assert.Equal("x", report.Features[0].Name);
        Assert.Equal(0.4 * Math.Log(9), report.Features[0].Psi, 12);
        Assert.Equal("large", report.Features[0].Verdict);
        Assert.Equal("large", report.Verdict);
        Assert.Equal(0, report.Features.Single(f => f.Name == DriftBaseline.ChurnName).Psi);
    }

    [Fact]
    public void The_same_base_has_not_moved_and_counters_add_up()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        float[] values = [.. Enumerable.Range(0, 5003).Select(i => i % 7 == 0 ? float.NaN : (float)Math.Exp(random.NextDouble() * 5))];
        double[] churn = [.. values.Select(_ => random.NextDouble())];
        DriftBaseline baseline = DriftBaseline.Of(Matrix(values), churn, churn);
        Assert.Equal(1, baseline.Distributions[0].Shares.Sum(), 9);
        Assert.Equal(715 / 5003.0, baseline.Distributions[0].Shares[^1]);
        DriftCounter one = new(baseline), other = new(baseline);
        one.Add(Matrix(values[..1234]), churn.AsSpan(0, 1234), churn.AsSpan(0, 1234));
        other.Add(Matrix(values[1234..]), churn.AsSpan(1234), churn.AsSpan(1234));
        one.Add(other);
        DriftReport report = one.Report(new DriftOptions());
        Assert.All(report.Features, f => Assert.Equal(0, f.Psi, 9));
        Assert.Equal((5003, "stable"), (report.Customers, report.Verdict));
    }

    [Fact]
    public void A_value_that_was_never_missing_and_now_is_counts_as_drift()
    {
        DriftBaseline baseline = DriftBaseline.Of(Matrix([1, 2, 3, 4]), [.1, .1, .1, .1], [1, 1, 1, 1]);
        var counter = new DriftCounter(baseline);
        counter.Add(Matrix([1, 2, float.NaN, float.NaN]), [.1, .1, .1, .1], [1, 1, 1, 1]);
        DriftFinding finding = counter.Report(new DriftOptions()).Features[0];
        Assert.Equal((0, 0.5, "large"), (finding.MissingThen, finding.MissingNow, finding.Verdict));
    }

    private static FeatureMatrix Matrix(float[] values) => new(["x"], [values]);
}
