using System.Globalization;
using MathNet.Numerics.Distributions;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Uplift;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Budgets;

/// <summary>What the campaigns of a store measured of a contact.</summary>
public static class MeasuredEffects
{
    /// <summary>
    /// The effect on who buys over all campaigns that are over, each counting by how sure it is (the inverse of its variance); null where
    /// none is over.
    /// </summary>
    /// <param name="store">Holds the campaigns.</param>
    /// <param name="asOf">Campaigns that ended later are left out; null = none is.</param>
    public static MeasuredEffect? Of(StoreDatabase store, LocalTime? asOf = null)
    {
        CampaignReport[] over =
        [
            .. PastCampaign.Over(store, asOf).OrderBy(c => c.Id).Select(c => CampaignResults.ReportOf(store, c))
                .Where(r => r.Stage == ReportStage.Final && r.Retention.StandardError > 0),
        ];
        if (over.Length == 0)
        {
            return null;
        }

        double weight = over.Sum(r => Weight(r)), effect = over.Sum(r => Weight(r) * r.Retention.Effect) / weight;
        double half = Normal.InvCDF(0, 1, .975) / Math.Sqrt(weight);
        return new MeasuredEffect(
            string.Create(
                CultureInfo.InvariantCulture,
                $"measured by {over.Length} campaign{(over.Length == 1 ? "" : "s")}: {100 * effect:+0.0;−0.0;0.0} points in who buys "
                    + $"({100 * (effect - half):+0.0;−0.0;0.0} to {100 * (effect + half):+0.0;−0.0;0.0})"),
            effect, null);
    }

    /// <summary>What is known of each customer, where uplift is better than chance; else of a contact, else nothing.</summary>
    /// <param name="store">Holds the campaigns.</param>
    /// <param name="scores">The base.</param>
    /// <param name="engine">Learns.</param>
    /// <param name="cancellation">Ends early.</param>
    public static MeasuredEffect? Of(
        StoreDatabase store, ScoreTable scores, ILearningEngine engine, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        // Counting first is cheap; learning builds a table for each draw.
        return UpliftStudy.HasEnough(store, scores.AsOf)
            && UpliftStudy.GainsOf(store, scores, engine, cancellation).Gains is { } gains
                ? new MeasuredEffect($"measured per customer: {gains.Words}", null, gains.Gains)
                : Of(store, scores.AsOf);
    }

    private static double Weight(CampaignReport report) => 1 / (report.Retention.StandardError * report.Retention.StandardError);
}
