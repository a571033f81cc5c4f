using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Data;

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
    string From, int Customers, double Predicted, int Left, double PredictedSpend, double Spend, IReadOnlyList<CalibrationBin> Bins,
    IReadOnlyList<(double Share, double Caught)> Gain, IReadOnlyList<(double Share, double Lift)> Lift)
{
    private const int Points = 50;

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
        double leavers = labels.Churned.Sum(c => (double)c);
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
            CalibrationBin.Of(labels.Churned, p), gain, lift);
    }

    /// <summary>Whether the data reach to the end of the horizon after the training.</summary>
    internal static bool Covers(ServingSnapshot snapshot, out LocalTime from) =>
        snapshot.Scorer.Bundle.Manifest.TryAsOf(out from)
        && from.AddDays(snapshot.Scorer.Bundle.Manifest.HorizonDays) <= snapshot.AsOf!.Value;
}
