using System.Globalization;
using Predictive.Acting.Campaigns;
using Predictive.History;
using Predictive.Learning;
using Predictive.Learning.Uplift;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Uplift;

/// <summary>A campaign that is over, with what was known of its customers before and what became of them.</summary>
/// <param name="Campaign">Which.</param>
/// <param name="Members">Those with a known outcome, row by row.</param>
/// <param name="Data">The same as a trial: outcome = bought within the window, or what was spent in it.</param>
public sealed record PastCampaign(Campaign Campaign, IReadOnlyList<CampaignMember> Members, UpliftData Data)
{
    /// <summary>Campaigns of a store that were over by a time, newest first.</summary>
    /// <param name="store">Holds them.</param>
    /// <param name="asOf">Those that ended later are left out; null = none is.</param>
    internal static IEnumerable<Campaign> Over(StoreDatabase store, LocalTime? asOf) => new CampaignBook(store).List()
        .Where(c => c.IsOver && (asOf is not { } known || LocalTime.StartOf(c.To.AddDays(1)) <= known));

    /// <summary>Reads all campaigns whose window is over and whose outcomes are known, the oldest first.</summary>
    /// <param name="store">Holds them.</param>
    /// <param name="history">The base they were drawn from: what was known of a customer is read as of the day of the draw.</param>
    /// <param name="rules">What measures are made by.</param>
    /// <param name="asOf">Campaigns that ended later are left out; null = none is.</param>
    /// <param name="outcome">What a contact is to change.</param>
    /// <param name="cancellation">Ends early.</param>
    public static IReadOnlyList<PastCampaign> Read(
        StoreDatabase store, TransactionHistory history, RuleBook rules, LocalTime? asOf = null, UpliftOutcome outcome = default,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(rules);
        var book = new CampaignBook(store);
        var tables = new Dictionary<string, (SegmentTable Table, Dictionary<string, int> Row)>(StringComparer.Ordinal);
        // Own segments and scores are no measures: reading them would be work for nothing.
        RuleBook plain = rules with { Options = rules.Options with { Segments = [], Scores = [], Combined = [] } };
        var found = new List<PastCampaign>();
        foreach (Campaign campaign in Over(store, asOf).OrderBy(c => c.From).ThenBy(c => c.Id))
        {
            CampaignPlan plan = CampaignPlan.Of(campaign);
            if (!LocalTime.TryParse(plan.AsOf, TimeZoneInfo.Utc, out LocalTime drawn))
            {
                throw new CampaignException(
                    $"The campaign '{campaign.Name}' was drawn as of '{plan.AsOf}', which is no time: the store was changed by something "
                        + "else. Cancel the campaign to leave it out.");
            }

            if (!tables.TryGetValue(plan.AsOf, out var there))
            {
                SegmentTable table = SegmentTable.Build(history, plain, drawn, null, cancellation);
                there = (table, Enumerable.Range(0, table.Count).ToDictionary(table.CustomerId, StringComparer.Ordinal));
                tables.Add(plan.AsOf, there);
            }

            // Who was erased is not there any more.
            CampaignMember[] members =
            [
                .. book.Members(campaign.Id)
                    .Where(m => m.Retained is not null && m.Spend is not null && there.Row.ContainsKey(m.CustomerId)),
            ];
            double chance = campaign.Contacted / (double)(campaign.Contacted + campaign.HeldOut);
            double[] risk = [.. members.Select(m => m.Risk < 0 ? double.NaN : m.Risk)];
            FeatureMatrix features = UpliftMeasures.Of(
                there.Table, [.. members.Select(m => there.Row[m.CustomerId])], risk,
                [.. members.Select(m => m.Risk < 0 ? double.NaN : m.Value)]);
            double mean = members.Select(m => m.SpendBefore).DefaultIfEmpty(0).Average();
            found.Add(new PastCampaign(campaign, members, outcome == UpliftOutcome.Spend
                ? new UpliftData(
                    features, [.. members.Select(m => !m.IsHeldOut)], [.. members.Select(m => m.Spend!.Value)],
                    [.. members.Select(_ => chance)], [.. members.Select(m => m.Risk < 0 ? mean : m.Value)])
                : new UpliftData(
                    features, [.. members.Select(m => !m.IsHeldOut)], [.. members.Select(m => m.Retained!.Value ? 1.0 : 0)],
                    [.. members.Select(_ => chance)], [.. risk.Select(r => double.IsNaN(r) ? plan.ExpectedRetention : 1 - r)])));
        }

        return found;
    }

    /// <summary>Several as one trial.</summary>
    internal static UpliftData Join(IReadOnlyList<UpliftData> parts) => new(
        new FeatureMatrix(
            UpliftMeasures.Names,
            [.. Enumerable.Range(0, UpliftMeasures.Names.Count).Select(c => parts.SelectMany(p => p.Features.ColumnArray(c)).ToArray())],
            parts.Sum(p => p.Features.Rows)),
        [.. parts.SelectMany(p => p.Treated)], [.. parts.SelectMany(p => p.Outcome)], [.. parts.SelectMany(p => p.Chance)],
        [.. parts.SelectMany(p => p.Expected)]);

    /// <summary>How many of it count, in words.</summary>
    internal string Size
    {
        get
        {
            int contacted = Data.Treated.Count(t => t);
            return string.Create(
                CultureInfo.InvariantCulture, $"'{Campaign.Name}' ({contacted:N0} contacted, {Members.Count - contacted:N0} held out)");
        }
    }
}
