using System.Globalization;
using MathNet.Numerics.Distributions;
using Predictive.Acting.Campaigns;
using Predictive.Store;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;

namespace Predictive.Acting.Budgets;

/// <summary>What the campaigns of a store measured of a contact.</summary>
public static class MeasuredEffects
{
    /// <summary>
    /// The effect on who buys over all campaigns that are over, each counting by how sure it is (the inverse of its variance); null where
    /// none is over.
    /// </summary>
    /// <param name="store">Holds the campaigns.</param>
    public static MeasuredEffect? Of(StoreDatabase store)
    {
        var book = new CampaignBook(store);
        var contacts = new ContactBook(store);
        CampaignReport[] over =
        [
            .. book.List().Where(c => c.State != CampaignBook.Cancelled && c.OutcomesThrough >= c.To).OrderBy(c => c.Id)
                .Select(c => CampaignReport.Of(
                    c, book.Members(c.Id), contacts.Between(c.From, c.To), c.OutcomesThrough!.Value))
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

    private static double Weight(CampaignReport report) => 1 / (report.Retention.StandardError * report.Retention.StandardError);
}
