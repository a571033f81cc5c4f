using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Data;

/// <summary>One bin of predicted probabilities.</summary>
/// <param name="Predicted">Mean probability.</param>
/// <param name="Actual">Share that left.</param>
/// <param name="Count">Customers in it.</param>
public readonly record struct TrueBin(double Predicted, double Actual, int Count);

/// <summary>
/// What became of a version's own predictions: everyone scored as of its training, against what happened in the horizon after it. The
/// version has seen nothing of that time, so this is an honest judgement of the very models that serve.
/// </summary>
/// <param name="From">As-of of the predictions.</param>
/// <param name="Customers">Customers predicted.</param>
/// <param name="Predicted">Expected to leave.</param>
/// <param name="Left">Left.</param>
/// <param name="PredictedSpend">Expected net spend.</param>
/// <param name="Spend">Net spend.</param>
/// <param name="Bins">Ten of equal width; empty ones are left out.</param>
/// <param name="Gain">Share of the leavers caught by share of the customers contacted, highest risk first.</param>
/// <param name="Lift">Leavers among those contacted against the average, by share of the customers contacted.</param>
public sealed record CameTrue(
    string From, int Customers, double Predicted, int Left, double PredictedSpend, double Spend, IReadOnlyList<TrueBin> Bins,
    IReadOnlyList<(double Share, double Caught)> Gain, IReadOnlyList<(double Share, double Lift)> Lift)
{
    private const int BinCount = 10, Points = 50;

    /// <summary>The judgement; null where the horizon after the training is not over in the data.</summary>
    internal static CameTrue? Of(ServingSnapshot snapshot, CancellationToken cancellation)
    {
        int days = snapshot.Scorer.Bundle.Manifest.HorizonDays;
        if (!Covers(snapshot, out LocalTime from))
        {
            return null;
        }

        ScoreTable then = snapshot.ScoresAt(from, cancellation);
        Labels labels = Labels.Compute(snapshot.History!, then.Customers, from, days);
        int n = then.Count;
        double[] p = then.ChurnProbability;
        var count = new int[BinCount];
        var sum = new double[BinCount];
        var left = new double[BinCount];
        for (int i = 0; i < n; i++)
        {
            int bin = Math.Min(BinCount - 1, (int)(p[i] * BinCount));
            count[bin]++;
            sum[bin] += p[i];
            left[bin] += labels.Churned[i];
        }

        double leavers = left.Sum();
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => p[i]).ThenBy(i => i)];
        var gain = new List<(double, double)> { (0, 0) };
        var lift = new List<(double, double)>();
        double caught = 0;
        for (int k = 0, next = 1; k < n; k++)
        {
            caught += labels.Churned[order[k]];
            if ((k + 1) * (long)Points >= (long)next * n)
            {
                double share = (k + 1) / (double)n;
                gain.Add((share, leavers > 0 ? caught / leavers : 0));
                lift.Add((share, leavers > 0 ? caught / leavers / share : 0));
                next++;
            }
        }

        return new CameTrue(
            from.ToString(), n, p.Sum(), (int)leavers, then.ClvExpected.Sum(), labels.NetSpend.Sum(),
            [.. Enumerable.Range(0, BinCount).Where(b => count[b] > 0).Select(b => new TrueBin(sum[b] / count[b], left[b] / count[b],
                count[b]))],
            gain, lift);
    }

    /// <summary>Whether the data reach to the end of the horizon after the training.</summary>
    internal static bool Covers(ServingSnapshot snapshot, out LocalTime from) =>
        snapshot.Scorer.Bundle.Manifest.TryAsOf(out from)
        && from.AddDays(snapshot.Scorer.Bundle.Manifest.HorizonDays) <= snapshot.AsOf!.Value;
}
