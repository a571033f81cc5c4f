using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Tests.Features;

public class ReturnCurveTests
{
    [Fact]
    public void Kaplan_Meier_by_hand()
    {
        // Gaps 2, 2, 5 completed; silent since 3 and 6 days. At risk: 5 on day 2, 2 on day 5 (those silent since 3 left before).
        var events = new int[8];
        var censored = new int[8];
        (events[2], events[5], censored[3], censored[6]) = (2, 1, 1, 1);
        ReturnCurve curve = ReturnCurve.Fit(events, censored);
        Assert.Equal(1, curve.At(1));
        Assert.Equal(0.6, curve.At(2), 12);
        Assert.Equal(0.6, curve.At(4), 12);
        Assert.Equal(0.3, curve.At(5), 12);
        Assert.Equal(6, curve.LastDay);
        Assert.Equal(0.5, curve.ReturnProbability(3, 3), 12);            // silent through day 2: 1 − S(5)/S(2)
        Assert.True(curve.At(60) < curve.At(6) && curve.At(60) > 0, "beyond the data the curve falls on");
    }

    [Fact]
    public void Recovers_a_known_geometric_return_time_under_censoring()
    {
        // P(gap > t) = 0.97^t, watched for 1 to 100 days: the estimate must be near 0.97^t though a third is censored.
        var random = new Random(11);
        var events = new int[200];
        var censored = new int[200];
        for (int i = 0; i < 50_000; i++)
        {
            int gap = 1 + (int)(Math.Log(1 - random.NextDouble()) / Math.Log(0.97)), watched = random.Next(1, 101);
            (gap < watched ? ref events[gap] : ref censored[watched])++;
        }

        ReturnCurve curve = ReturnCurve.Fit(events, censored);
        foreach (int t in new[] { 1, 5, 20, 40, 80, 120 })
        {
            Assert.Equal(Math.Pow(0.97, t), curve.At(t), 0.02);
        }

        Assert.Equal(1 - Math.Pow(0.97, 30), curve.ReturnProbability(25, 30), 0.03);
    }

    [Fact]
    public void No_events_means_no_return() => Assert.Equal(0, ReturnCurve.Fit(new int[5], [0, 3, 0, 1, 0]).ReturnProbability(2, 30));
}
