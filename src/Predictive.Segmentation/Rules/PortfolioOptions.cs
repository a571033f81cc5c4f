namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the portfolio over time.</summary>
public sealed record PortfolioOptions
{
    /// <summary>Concentration of revenue and profit.</summary>
    public ConcentrationOptions Concentration { get; init; } = new();

    /// <summary>When a segment is called unusable.</summary>
    public SegmentUsabilityOptions Usability { get; init; } = new();

    /// <summary>What is bought together and after one another.</summary>
    public AssociationOptions Association { get; init; } = new();

    /// <summary>The funnel from acquisition to referral.</summary>
    public FunnelOptions Funnel { get; init; } = new();

    /// <summary>What it costs to win customers.</summary>
    public AcquisitionOptions Acquisition { get; init; } = new();

    /// <summary>Length of the periods of tier monitoring, days, 1 to 365. Default 90.</summary>
    public int TierPeriodDays { get; init; } = 90;

    /// <summary>Periods of tier monitoring, 1 to 24. Default 4.</summary>
    public int TierPeriods { get; init; } = 4;

    /// <summary>How much of an expected loss a contact can save, by churn band.</summary>
    public SaveShares Saves { get; init; } = new();

    internal static void Validate(PortfolioOptions o)
    {
        var faults = new List<string>();
        Expect(o.TierPeriodDays is >= 1 and <= 365 && o.TierPeriods is >= 1 and <= 24,
            $"tier periods are {o.TierPeriods} of {o.TierPeriodDays} days; expected 1 to 24 of 1 to 365");
        Expect(
            o.Concentration is { AlertTopDecileShare: > 0 and <= 1, AlertTopDecileProfitShare: > 0 and <= 1,
                CurvePoints: >= 2 and <= 1000 },
            "concentration is out of range; expected alert shares above 0 up to 1, and 2 to 1000 points");
        Expect(
            o.Usability is { MinimumCustomers: >= 0, MinimumShare: >= 0 and < 1, MinimumDifference: >= 0, MinimumRetained: >= 0 and <= 1 },
            "usability is out of range; expected customers and difference of 0 or more, shares from 0 to 1");
        Expect(
            o.Association is
            {
                MinimumSupport: >= 1, MinimumLift: >= 0, MinimumConfidence: >= 0 and <= 1, WithinDays: >= 1 and <= 3650,
                MaximumItems: >= 2 and <= 5000, MaximumRules: >= 1,
            },
            "association is out of range; expected support of at least 1, confidence from 0 to 1, 1 to 3650 days, 2 to 5000 items");
        Expect(o.Funnel.RetentionDays >= 1, $"the funnel's retention is {o.Funnel.RetentionDays} days; expected at least 1");
        Expect(
            o.Saves is { Low: >= 0 and <= 1, Medium: >= 0 and <= 1, High: >= 0 and <= 1 },
            $"the shares saved are {o.Saves}; expected 0 to 1 each");
        foreach (AcquisitionCost cost in o.Acquisition.Costs)
        {
            Expect(
                cost.Spend >= 0 && !string.IsNullOrWhiteSpace(cost.Channel) && IsMonth(cost.Month),
                $"acquisition of '{cost.Channel}' in '{cost.Month}' cost {cost.Spend}; expected a channel, a month such as 2025-03, and "
                    + $"0 or more");
        }

        RulesException.ThrowIfAny("the portfolio settings", faults);

        void Expect(bool holds, string otherwise)
        {
            if (!holds)
            {
                faults.Add(otherwise);
            }
        }
    }

    private static bool IsMonth(string? month) =>
        DateOnly.TryParseExact(month + "-01", "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture,
            System.Globalization.DateTimeStyles.None, out _);
}

/// <summary>
/// The share of an expected loss that a contact saves, by churn band: an assumption until campaigns with a control group have measured it.
/// Who is not in danger has little to save, and of those nearly gone few come back; the middle is where a call decides.
/// </summary>
/// <param name="Low">At low risk. Default .05.</param>
/// <param name="Medium">At medium risk. Default .25.</param>
/// <param name="High">At high risk. Default .15.</param>
public sealed record SaveShares(double Low = .05, double Medium = .25, double High = .15)
{
    /// <summary>The share of a band (an index into <see cref="ChurnBand.Names"/>).</summary>
    public double Of(int band) => band switch { 0 => Low, 1 => Medium, _ => High };
}

/// <summary>Settings of the concentration view.</summary>
public sealed record ConcentrationOptions
{
    /// <summary>Revenue share of the best tenth from which the base is called concentrated. Default .6.</summary>
    public double AlertTopDecileShare { get; init; } = .6;

    /// <summary>Profit share of the best tenth from which profit is called concentrated. Default .7.</summary>
    public double AlertTopDecileProfitShare { get; init; } = .7;

    /// <summary>Points of the Lorenz curve. Default 20.</summary>
    public int CurvePoints { get; init; } = 20;
}

/// <summary>Settings of the segment check.</summary>
public sealed record SegmentUsabilityOptions
{
    /// <summary>Fewest customers of a usable segment. Default 30.</summary>
    public int MinimumCustomers { get; init; } = 30;

    /// <summary>Smallest share of the base of a usable segment. Default .01.</summary>
    public double MinimumShare { get; init; } = .01;

    /// <summary>
    /// Two segments overlap when every measure's means differ by less than this many pooled standard deviations. Default .2 (Cohen's
    /// "small").
    /// </summary>
    public double MinimumDifference { get; init; } = .2;

    /// <summary>Smallest share of former members who are still in the segment. Default .5.</summary>
    public double MinimumRetained { get; init; } = .5;
}

/// <summary>Settings of association: items bought together, and one after the other.</summary>
public sealed record AssociationOptions
{
    /// <summary>Orders (for pairs) or customers (for sequences) a rule must rest on. Default 20.</summary>
    public int MinimumSupport { get; init; } = 20;

    /// <summary>Smallest share of the buyers of the first who bought the second, too. Default .05.</summary>
    public double MinimumConfidence { get; init; } = .05;

    /// <summary>Smallest lift: confidence over what it would be if the two had nothing to do with each other. Default 1.5.</summary>
    public double MinimumLift { get; init; } = 1.5;

    /// <summary>Days after the first purchase of the main item within which the other counts as its accessory. Default 60.</summary>
    public int WithinDays { get; init; } = 60;

    /// <summary>Items looked at, most bought first. Default 2000.</summary>
    public int MaximumItems { get; init; } = 2000;

    /// <summary>Rules kept of each kind, highest lift × support first. Default 2000.</summary>
    public int MaximumRules { get; init; } = 2000;
}

/// <summary>Settings of the funnel (McClure's AARRR).</summary>
public sealed record FunnelOptions
{
    /// <summary>Days after the first purchase within which a second one is retention. Default 90.</summary>
    public int RetentionDays { get; init; } = 90;

    /// <summary>Kinds of events that activate, beside a purchase, whatever the case.</summary>
    public IReadOnlyList<string> Activation { get; init; } = ["registration", "register", "signup"];

    /// <summary>Kinds of events that are referrals, whatever the case.</summary>
    public IReadOnlyList<string> Referral { get; init; } = ["referral"];
}

/// <summary>What was spent on winning customers.</summary>
/// <param name="Channel">As customers or lines name it.</param>
/// <param name="Month">Month of the spend, <c>yyyy-MM</c>.</param>
/// <param name="Spend">Money.</param>
public sealed record AcquisitionCost(string Channel, string Month, double Spend);

/// <summary>What it costs to win customers; without costs there is no CAC.</summary>
public sealed record AcquisitionOptions
{
    /// <summary>Column of the customers table that names the channel a customer came by. Default <c>acquisition_channel</c>; where the
    /// dataset
    /// has none, the channel of the first line.</summary>
    public string ChannelAttribute { get; init; } = "acquisition_channel";

    /// <summary>Spend by channel and month.</summary>
    public IReadOnlyList<AcquisitionCost> Costs { get; init; } = [];
}
