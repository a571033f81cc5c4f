using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Narrative;

/// <summary>What to do, by figures alone: each is said only where its figure calls for it.</summary>
internal static class NarrativeAdvice
{
    // From these on something is worth a sentence; a report that always says the same is not read.
    private const double Fall = -.05, Concentrated = .5, ReturnsUp = .01;

    public static IReadOnlyList<Advice> Of(
        IReadOnlyList<NarrativeFigure> happened, IReadOnlyList<ComparisonAnswer> why, RiskPart? risk, double? concentration)
    {
        var advice = new List<Advice>();
        if (risk is { Calls: > 0, AtStake: > 0 })
        {
            advice.Add(new Advice("call", null, risk.Calls, risk.Covered, risk.AtStake * risk.Covered));
        }

        // The group that fell most, where that is more than chance and against the whole: somebody should ask why.
        GroupEffect? fell = why.SelectMany(w => w.Most).Where(g => g is { IsSure: true, Effect: < 0 }).OrderBy(g => g.Effect)
            .FirstOrDefault();
        if (fell is not null)
        {
            string dimension = why.First(w => w.Most.Contains(fell)).Dimension;
            advice.Add(new Advice("group", $"{dimension}|{fell.Group}", Money: fell.Effect));
        }

        if (Share(happened, "new_customers") is <= Fall and var fewer)
        {
            advice.Add(new Advice("win", null, Find(happened, "new_customers")!.Value, -fewer));
        }

        if (Find(happened, "retention_rate") is { Value: { } kept, Before: { } keptBefore } && kept - keptBefore <= Fall)
        {
            advice.Add(new Advice("second-order", null, null, kept));
        }

        if (Find(happened, "return_rate") is { Value: { } returned, Before: { } returnedBefore } && returned - returnedBefore >= ReturnsUp)
        {
            advice.Add(new Advice("returns", null, null, returned));
        }

        if (concentration is >= Concentrated and var share)
        {
            advice.Add(new Advice("concentration", null, null, share));
        }

        return advice;
    }

    /// <summary>What follows of campaigns: it stands behind the rest.</summary>
    public static IEnumerable<Advice> OfCampaigns(RiskPart? risk, IReadOnlyList<CampaignFigures> campaigns) =>
    [
        .. campaigns.Count == 0 && risk is { Calls: > 0 } ? [new Advice("campaign")] : Array.Empty<Advice>(),
        .. campaigns.Where(c => c.Stage == CampaignStage.Final && c.ProfitHigh < 0)
            .Select(harm => new Advice("stop", harm.Name, Money: harm.Profit)),
    ];

    private static NarrativeFigure? Find(IReadOnlyList<NarrativeFigure> figures, string name) =>
        figures.FirstOrDefault(f => f.Name == name);

    private static double? Share(IReadOnlyList<NarrativeFigure> figures, string name) =>
        Find(figures, name) is { Value: { } now, Before: > 0 and { } before } ? (now - before) / before : null;
}
