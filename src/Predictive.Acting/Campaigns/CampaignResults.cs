using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;
using Predictive.Store;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;

namespace Predictive.Acting.Campaigns;

/// <summary>What the campaigns of a store brought, as reports tell it.</summary>
public static class CampaignResults
{
    /// <summary>The campaigns whose window meets some days, the newest first; cancelled ones are left out.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="from">First day.</param>
    /// <param name="to">Last day.</param>
    /// <param name="most">At most so many.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public static IReadOnlyList<CampaignFigures> Of(StoreDatabase store, DateOnly from, DateOnly to, int most = 10)
    {
        ArgumentNullException.ThrowIfNull(store);
        var book = new CampaignBook(store);
        var contacts = new ContactBook(store);
        return
        [
            .. book.List().Where(c => c.State != CampaignBook.Cancelled && c.From <= to && c.To >= from)
                .OrderByDescending(c => c.From).ThenByDescending(c => c.Id).Take(most)
                .Select(c => Figures(ReportOf(c, book, contacts))),
        ];
    }

    /// <summary>A report with the campaigns of what it compares, up to the last day of its data; none where there is no store.</summary>
    /// <param name="report">Without campaigns.</param>
    /// <param name="store">Where they are; null = there is none.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public static NarrativeReport AddTo(NarrativeReport report, StoreDatabase? store)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.With(store is null
            ? []
            : Of(
                store, report.Against.From,
                DateOnly.ParseExact(report.DataThrough, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>What one campaign brought, as far as its outcomes are known.</summary>
    public static CampaignReport ReportOf(StoreDatabase store, Campaign campaign) =>
        ReportOf(campaign, new CampaignBook(store), new ContactBook(store));

    private static CampaignReport ReportOf(Campaign c, CampaignBook book, ContactBook contacts) => CampaignReport.Of(
        c, book.Members(c.Id), contacts.Between(c.From, c.To), c.OutcomesThrough ?? c.From.AddDays(-1));

    private static CampaignFigures Figures(CampaignReport r) => new(
        r.Campaign.Name, r.Campaign.Channel, $"{r.Campaign.From:yyyy-MM-dd}", $"{r.Campaign.To:yyyy-MM-dd}",
        r.Stage switch
        {
            ReportStage.NoOutcomes => CampaignStage.NoOutcomes,
            ReportStage.TooEarly => CampaignStage.TooEarly,
            ReportStage.Running => CampaignStage.Running,
            _ => CampaignStage.Final,
        },
        r.Stage == ReportStage.NoOutcomes ? r.Campaign.Contacted : r.Contacted,
        r.Stage == ReportStage.NoOutcomes ? r.Campaign.HeldOut : r.HeldOut, r.Kept, r.Retention.Low * r.Contacted,
        r.Retention.High * r.Contacted, r.Cost, r.Profit.Mean, r.Profit.Low, r.Profit.High);
}
