using Predictive.History;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Narrative;

/// <summary>One figure of a report, by the definition it was computed with.</summary>
/// <param name="Metric">Definition and version, such as <c>revenue/1</c>.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Value">The figure; null = no data.</param>
/// <param name="Before">The figure of the period compared with; null = none.</param>
/// <param name="YearAgo">The figure of the same days a year before; null = the data do not hold them whole.</param>
/// <param name="Low">Lower end of its interval; null = it was counted.</param>
/// <param name="High">Upper end.</param>
public sealed record NarrativeFigure(
    string Metric, string Unit, double? Value, double? Before = null, double? YearAgo = null, double? Low = null, double? High = null)
{
    /// <summary>Its name, without the version.</summary>
    public string Name => Metric.Split('/')[0];
}

/// <summary>What one part of a sum did to its change; the parts add up to it.</summary>
/// <param name="Metric">Definition of the part: <c>active_customers/1</c>, <c>orders_per_customer/1</c>,
/// <c>average_order_value/1</c>.</param>
/// <param name="Unit">Unit of the part.</param>
/// <param name="Before">The part before.</param>
/// <param name="After">The part after.</param>
/// <param name="Effect">Change of the revenue that came of it, money.</param>
public sealed record NarrativeDriver(string Metric, string Unit, double Before, double After, double Effect);

/// <summary>A month of the chart.</summary>
/// <param name="Month">Such as <c>2025-06</c>.</param>
/// <param name="Revenue">Net sales.</param>
public sealed record NarrativeMonth(string Month, double Revenue);

/// <summary>A group of customers and what is at stake in it.</summary>
/// <param name="Group">Name of the group.</param>
/// <param name="Customers">Customers in it.</param>
/// <param name="ExpectedToLeave">Of them, expected to buy nothing within the horizon.</param>
/// <param name="AtStake">Net spend that is lost if they do, money.</param>
public sealed record RiskGroup(string Group, long Customers, double ExpectedToLeave, double AtStake);

/// <summary>A customer who deserves a call.</summary>
/// <param name="Rank">1 = first.</param>
/// <param name="CustomerId">Who.</param>
/// <param name="Risk">Chance to buy nothing within the horizon, 0–1.</param>
/// <param name="ExpectedLoss">Risk × spend if the customer stays, money.</param>
/// <param name="Saving">What a call is expected to save of it, money: the list's order.</param>
/// <param name="Segment">RFM segment.</param>
/// <param name="Tier">Tier.</param>
/// <param name="SilentDays">Days since the last purchase.</param>
public sealed record RiskCustomer(
    int Rank, string CustomerId, double Risk, double ExpectedLoss, double Saving, string Segment, string Tier, int SilentDays);

/// <summary>Who is at risk.</summary>
/// <param name="Groups">By tier, most at stake first.</param>
/// <param name="AtStake">At stake in all, money.</param>
/// <param name="Calls">Length of a list worth calling.</param>
/// <param name="Covered">Share of what is at stake that is on it, 0–1.</param>
/// <param name="Customers">Its top; empty where the reader may not see customers.</param>
public sealed record RiskPart(
    IReadOnlyList<RiskGroup> Groups, double AtStake, int Calls, double Covered, IReadOnlyList<RiskCustomer> Customers);

/// <summary>How a campaign ended, or where it stands.</summary>
public enum CampaignStage
{
    /// <summary>Nothing is known of what customers did.</summary>
    NoOutcomes,

    /// <summary>Too early for a verdict.</summary>
    TooEarly,

    /// <summary>The window is open.</summary>
    Running,

    /// <summary>The window is over.</summary>
    Final,
}

/// <summary>What a campaign brought.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Channel">Such as <c>call</c>.</param>
/// <param name="From">First day, <c>yyyy-MM-dd</c>.</param>
/// <param name="To">Last day.</param>
/// <param name="Stage">How far it is.</param>
/// <param name="Contacted">Customers to be contacted.</param>
/// <param name="HeldOut">Customers left alone, to compare with.</param>
/// <param name="Kept">Customers kept by it.</param>
/// <param name="KeptLow">Lower end of the 95 % interval.</param>
/// <param name="KeptHigh">Upper end.</param>
/// <param name="Cost">What it cost, money.</param>
/// <param name="Profit">What it brought after its cost, money.</param>
/// <param name="ProfitLow">Lower end of the 95 % interval.</param>
/// <param name="ProfitHigh">Upper end.</param>
public sealed record CampaignFigures(
    string Name, string Channel, string From, string To, CampaignStage Stage, int Contacted, int HeldOut, double Kept, double KeptLow,
    double KeptHigh, double Cost, double Profit, double ProfitLow, double ProfitHigh);

/// <summary>Something to do, and the figures it rests on.</summary>
/// <param name="Kind">Which: <c>call</c>, <c>group</c>, <c>concentration</c>, <c>returns</c>, <c>second-order</c>, <c>win</c>,
/// <c>campaign</c>, <c>stop</c>.</param>
/// <param name="Subject">Who or what it is about: a campaign, or a group as <c>dimension|group</c>; null = nothing by name.</param>
/// <param name="Number">A count; null = none.</param>
/// <param name="Share">A share, 0–1; null = none.</param>
/// <param name="Money">An amount; null = none.</param>
public sealed record Advice(string Kind, string? Subject = null, double? Number = null, double? Share = null, double? Money = null);

/// <summary>What happened, why, what will happen, who is at risk, what was done, what to do, what to doubt: figures alone, no word of it
/// written.</summary>
public sealed record NarrativeReport
{
    /// <summary>What is before it counts.</summary>
    public required string AsOf { get; init; }

    /// <summary>Last day with a line.</summary>
    public required string DataThrough { get; init; }

    /// <summary>Currency; null = the dataset does not say.</summary>
    public required string? Currency { get; init; }

    /// <summary>What dataset.json calls the columns of the customers table.</summary>
    public IReadOnlyDictionary<string, AttributeNames> Names { get; init; } = new Dictionary<string, AttributeNames>();

    /// <summary>The version whose predictions are used; null = none.</summary>
    public required string? Model { get; init; }

    /// <summary>Days it predicts; null = none.</summary>
    public required int? HorizonDays { get; init; }

    /// <summary>The period told of.</summary>
    public required Period Period { get; init; }

    /// <summary>The period it is held against.</summary>
    public required Period Against { get; init; }

    /// <summary>What happened; revenue first.</summary>
    public required IReadOnlyList<NarrativeFigure> Happened { get; init; }

    /// <summary>Revenue of the months up to the period, oldest first.</summary>
    public required IReadOnlyList<NarrativeMonth> Months { get; init; }

    /// <summary>What the parts of the revenue did to its change; empty where one of them is not above 0.</summary>
    public required IReadOnlyList<NarrativeDriver> Drivers { get; init; }

    /// <summary>Why revenue changed, by one dimension each.</summary>
    public required IReadOnlyList<ComparisonAnswer> Why { get; init; }

    /// <summary>What will happen; empty without a model.</summary>
    public required IReadOnlyList<NarrativeFigure> Next { get; init; }

    /// <summary>Customers that the predictions are of.</summary>
    public required int Customers { get; init; }

    /// <summary>Revenue of the days ahead a year before, new customers' included; null = not in the data.</summary>
    public required double? SameDaysYearAgo { get; init; }

    /// <summary>Who is at risk; null without a model.</summary>
    public required RiskPart? Risk { get; init; }

    /// <summary>What was done; null = nobody looked.</summary>
    public IReadOnlyList<CampaignFigures>? Campaigns { get; init; }

    /// <summary>What to do, most urgent first.</summary>
    public required IReadOnlyList<Advice> Advice { get; init; }

    /// <summary>Findings of the check, blocking ones first; null = the data were not checked.</summary>
    public required IReadOnlyList<Finding>? Findings { get; init; }

    /// <summary>What the version says a user should know, in English; empty without a model.</summary>
    public required IReadOnlyList<string> ModelNotes { get; init; }

    /// <summary>Grade of the version's risks, A to D; null = none.</summary>
    public required string? Grade { get; init; }

    /// <summary>The same with what campaigns brought by now, and what to do for it. What they bring goes on changing when all else
    /// stands.</summary>
    /// <param name="campaigns">Those whose window meets the report's days.</param>
    /// <exception cref="InvalidOperationException">It has them already.</exception>
    public NarrativeReport With(IReadOnlyList<CampaignFigures> campaigns)
    {
        ArgumentNullException.ThrowIfNull(campaigns);
        return Campaigns is null
            ? this with { Campaigns = campaigns, Advice = [.. Advice, .. NarrativeAdvice.OfCampaigns(Risk, campaigns)] }
            : throw new InvalidOperationException("The report has its campaigns already.");
    }
}
