using Predictive.Acting.Effects;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;

namespace Predictive.Acting.Campaigns;

/// <summary>How far a campaign is when it is reported of.</summary>
public enum ReportStage
{
    /// <summary>No outcomes are known.</summary>
    NoOutcomes,

    /// <summary>The window is open, and the intervals hold at its end only: no verdict.</summary>
    TooEarly,

    /// <summary>The window is open, and the intervals hold at every look.</summary>
    Running,

    /// <summary>The window is over.</summary>
    Final,
}

/// <summary>What a campaign brought.</summary>
/// <param name="Campaign">Which.</param>
/// <param name="Plan">What was planned.</param>
/// <param name="Stage">How far it is.</param>
/// <param name="Through">Last day of the outcomes.</param>
/// <param name="Contacted">Customers to be contacted, with a known outcome: all of them count, reached or not, for only the draw was
/// random.</param>
/// <param name="HeldOut">Customers held out, with a known outcome.</param>
/// <param name="Made">Contacts noted for it; 0 = nobody noted any.</param>
/// <param name="Reached">Customers of it who were contacted, as noted.</param>
/// <param name="Contaminated">Held-out customers who were contacted all the same, for whatever: they make the effect look smaller.</param>
/// <param name="Retention">Effect on the share that bought, adjusted by risk, value and spend before.</param>
/// <param name="RetentionPlain">The plain difference of the shares (Newcombe's interval); not for daily looks.</param>
/// <param name="Spend">Effect on net spend per head, adjusted by spend before, value and risk.</param>
/// <param name="Kept">Customers kept: effect × contacted.</param>
/// <param name="ExtraSpend">Spend brought: effect × contacted.</param>
/// <param name="Cost">What the contacts cost.</param>
/// <param name="Profit">Margin × extra spend less cost, with its interval.</param>
public sealed record CampaignReport(
    Campaign Campaign, CampaignPlan Plan, ReportStage Stage, DateOnly Through, int Contacted, int HeldOut, int Made, int Reached,
    int Contaminated, EffectEstimate Retention, (double Difference, double Low, double High) RetentionPlain, EffectEstimate Spend,
    double Kept, double ExtraSpend, double Cost, (double Mean, double Low, double High) Profit)
{
    /// <summary>Of every interval.</summary>
    public const double Confidence = .95;

    /// <summary>Reports.</summary>
    /// <param name="campaign">Which.</param>
    /// <param name="members">Its members with their outcomes.</param>
    /// <param name="contacts">Contacts with anybody within its window.</param>
    /// <param name="through">Last day the outcomes are whole for.</param>
    public static CampaignReport Of(
        Campaign campaign, IReadOnlyList<CampaignMember> members, IReadOnlyList<Contact> contacts, DateOnly through)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        ArgumentNullException.ThrowIfNull(contacts);
        CampaignPlan plan = CampaignPlan.Of(campaign);
        CampaignMember[] known = [.. members.Where(m => m.Retained is not null && m.Spend is not null)];
        HashSet<string> contacted = [.. contacts.Select(c => c.CustomerId)];
        Contact[] own = [.. contacts.Where(c => c.Campaign == campaign.Name)];
        int contaminated = members.Count(m => m.IsHeldOut && contacted.Contains(m.CustomerId));
        int[] sizes = [known.Count(m => !m.IsHeldOut), known.Count(m => m.IsHeldOut)];
        int reached = own.Where(c => !c.Outcome.StartsWith("not", StringComparison.OrdinalIgnoreCase)).Select(c => c.CustomerId).Distinct()
            .Count();
        if (sizes.Min() < 2)
        {
            return new CampaignReport(
                campaign, plan, ReportStage.NoOutcomes, through, sizes[0], sizes[1], own.Length, reached, contaminated, default, default,
                default, 0, 0, 0, default);
        }

        bool isOver = through >= campaign.To;
        ReportStage stage = isOver ? ReportStage.Final : plan.IsDaily ? ReportStage.Running : ReportStage.TooEarly;
        bool[] isContacted = [.. known.Select(m => !m.IsHeldOut)];
        double[] bought = [.. known.Select(m => m.Retained!.Value ? 1.0 : 0)], spend = [.. known.Select(m => m.Spend!.Value)];
        double[] risk = [.. known.Select(m => m.Risk)], value = [.. known.Select(m => m.Value)],
            before = [.. known.Select(m => m.SpendBefore)];
        // Whoever looks every day has intervals for that, at the end as well.
        double? forShares = plan.IsDaily ? AlwaysValid.Critical(AlwaysValid.OfShare(bought.Average(), plan.ExpectedRetention)) : null;
        double? forSpend = plan.IsDaily ? AlwaysValid.Critical(Variance(spend) / Math.Max(Variance(before), 1e-9)) : null;
        EffectEstimate kept = AdjustedDifference.Estimate(isContacted, bought, [risk, value, before], Confidence, forShares);
        EffectEstimate brought = AdjustedDifference.Estimate(isContacted, spend, [before, value, risk], Confidence, forSpend);
        int contacts1 = sizes[0];
        double cost = plan.Cost * (own.Length > 0 ? own.Length : contacts1);
        return new CampaignReport(
            campaign, plan, stage, through, contacts1, sizes[1], own.Length, reached, contaminated, kept,
            Proportions.Difference(
                known.Count(m => !m.IsHeldOut && m.Retained!.Value), contacts1, known.Count(m => m.IsHeldOut && m.Retained!.Value),
                sizes[1],
                Confidence),
            brought, kept.Effect * contacts1, brought.Effect * contacts1, cost,
            (Earned(brought.Effect), Earned(brought.Low), Earned(brought.High)));

        double Earned(double perHead) => (plan.Margin * perHead * contacts1) - cost;
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Length - 1);
    }
}
