using System.Text.Json.Serialization;
using Predictive.History.Returns;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// Everything the product says of one customer as of one local time: the answer of the score endpoint, and (flattened) a row of a scores
/// file. The JSON names are the property names in camel case.
/// </summary>
/// <param name="CustomerId">As in the source.</param>
/// <param name="AsOf">The as-of, as <c>2011-09-01</c> or <c>2011-09-01T10:15:00</c>, on the dataset's clock.</param>
/// <param name="Model">The model version that made the answer.</param>
/// <param name="Rfm">Recency, frequency, monetary: values, 1–5 scores, segment.</param>
/// <param name="Lifecycle">Where in the lifecycle, since when, why.</param>
/// <param name="Churn">Chance of no purchase within the horizon.</param>
/// <param name="Clv">Expected net spend within the horizon.</param>
/// <param name="Tier">Membership tier now, and the one predicted for the end of the horizon.</param>
/// <param name="ValueMatrix">Current value × potential.</param>
/// <param name="Portrait">The k-means group.</param>
/// <param name="Preferences">Preference tags, strongest first; empty where the data has no products, categories or channels.</param>
/// <param name="NextBest">The categories (or products) most likely to be bought next, best first; empty where the data has neither.</param>
/// <param name="Play">What to do.</param>
/// <param name="Returns">Orders kept, orders given back whole, which count as none everywhere else here, and returns that answer to no
/// purchase; of all time before the as-of.</param>
public sealed record CustomerScore(
    string CustomerId,
    string AsOf,
    ModelStamp Model,
    RfmScore Rfm,
    LifecycleScore Lifecycle,
    ChurnScore Churn,
    ClvScore Clv,
    TierScore Tier,
    ValueMatrixScore ValueMatrix,
    PortraitScore Portrait,
    IReadOnlyList<PreferenceScore> Preferences,
    IReadOnlyList<NextBestScore> NextBest,
    PlayScore Play,
    ReturnCounts Returns)
{
    /// <summary>Value and its A/B/C band.</summary>
    public ValueResult? Value { get; init; }

    /// <summary>Loyalty, whatever is spent.</summary>
    public LoyaltyScore? Loyalty { get; init; }

    /// <summary>Group A–E of order frequency × order value.</summary>
    public QuadrantResult? Quadrant { get; init; }

    /// <summary>Points of the ledger.</summary>
    public PointsResult? Points { get; init; }

    /// <summary>Reputation and the restriction attached to it.</summary>
    public ReputationResult? Reputation { get; init; }

    /// <summary>Visits, requests for service and what they cost, willingness to recommend; null where there are no events.</summary>
    public EngagementResult? Engagement { get; init; }

    /// <summary>Lifetime value: so far, and what is still expected up to its limit.</summary>
    public LifetimeValueResult? Lifetime { get; init; }

    /// <summary>Categories bought and missing; null where the base has no categories.</summary>
    public PenetrationResult? Penetration { get; init; }

    /// <summary>Attributes inferred from baskets, each marked as inferred.</summary>
    public IReadOnlyList<InferredAttribute> Inferred { get; init; } = [];

    /// <summary>The shop's own segments the customer is in.</summary>
    public IReadOnlyList<string> Segments { get; init; } = [];

    /// <summary>The shop's own scores by name, 0–100; what nothing is known for is left out.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>The shop's combined models by name.</summary>
    public IReadOnlyDictionary<string, string> Combined { get; init; } = new Dictionary<string, string>();
}

/// <summary>Loyalty.</summary>
/// <param name="Score">0–100.</param>
/// <param name="Band">low, medium or high.</param>
/// <param name="CadenceDays">Mean gap between purchase days, shrunk to the base's.</param>
/// <param name="Regularity">0–1, 1 = clockwork.</param>
public sealed record LoyaltyScore(double Score, string Band, double CadenceDays, double Regularity);

/// <summary>A category or product likely to be bought next.</summary>
/// <param name="Item">Its name.</param>
/// <param name="IsNew">The customer has not bought it before.</param>
/// <param name="Because">What it rests on, in plain words.</param>
public sealed record NextBestScore(string Item, bool IsNew, string Because)
{
    /// <summary>What the products table calls a product; null (and left out of JSON) where it does not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }
}

/// <summary>Which model version answered.</summary>
/// <param name="Name">Registry name.</param>
/// <param name="Version">1, 2, 3 ...</param>
public sealed record ModelStamp(string Name, int Version);

/// <summary>Rule-based RFM.</summary>
/// <param name="RecencyDays">Days since the last purchase.</param>
/// <param name="Frequency">Distinct orders in the window of which something was kept.</param>
/// <param name="Monetary">Net spend in the window (or mean order value, by option), whole cents.</param>
/// <param name="R">1–5, 5 = most recent.</param>
/// <param name="F">1–5, 5 = most frequent.</param>
/// <param name="M">1–5, 5 = highest.</param>
/// <param name="Score">R + F + M, 3–15.</param>
/// <param name="Segment">Named segment of the cell.</param>
public sealed record RfmScore(int RecencyDays, int Frequency, double Monetary, int R, int F, int M, int Score, string Segment)
{
    /// <summary>Group of the cell, by k-means.</summary>
    public string? Group { get; init; }
}

/// <summary>Lifecycle stage.</summary>
/// <param name="Stage">acquired, growing, mature, declining or left.</param>
/// <param name="Since">Date the stage was entered, <c>yyyy-MM-dd</c>.</param>
/// <param name="Reason">Why, with the customer's own numbers.</param>
public sealed record LifecycleScore(string Stage, string Since, string Reason);

/// <summary>Churn risk.</summary>
/// <param name="Probability">Calibrated chance of no purchase in [as-of, as-of + horizon).</param>
/// <param name="Percentile">Share of the training base with a lower probability, 0–100.</param>
/// <param name="Band">low, medium or high, by the probability; see <paramref name="BandFrom"/>.</param>
/// <param name="Reasons">Three different things: from a medium risk on those that raise it first, strongest first; what lowers it says
/// so.</param>
/// <param name="Lever">What would lower the risk most; null where nothing tried would, where nothing was kept, or it was
/// not asked for.</param>
/// <param name="BandFrom">The probabilities from which the bands begin.</param>
public sealed record ChurnScore(
    double Probability, double Percentile, string Band, IReadOnlyList<ScoreReason> Reasons, RiskLever? Lever, BandStarts BandFrom);

/// <summary>Where bands of risk begin.</summary>
/// <param name="Medium">Probability from which the risk is medium.</param>
/// <param name="High">Probability from which the risk is high.</param>
public sealed record BandStarts(double Medium, double High);

/// <summary>
/// What would lower a customer's risk most, by scoring the customer again as if it had happened. What the model says, not a promise of
/// cause.
/// </summary>
/// <param name="Action">Such as <c>an order today</c>.</param>
/// <param name="Probability">The churn probability then.</param>
/// <param name="Text">In plain words, with both probabilities.</param>
public sealed record RiskLever(string Action, double Probability, string Text);

/// <summary>One reason behind a churn probability.</summary>
/// <param name="Feature">The feature that speaks for its family (silence, rhythm, tenure, frequency, money, basket, trend); a catalogue
/// name.</param>
/// <param name="Value">The customer's value; null = missing.</param>
/// <param name="Effect">Exact contribution of the whole family to the log-odds of churn; positive raises the risk.</param>
/// <param name="Text">In days, orders and money, with the customer's numbers and a typical customer's (the median); what lowers the risk
/// begins with "in their favour".</param>
public sealed record ScoreReason(string Feature, double? Value, double Effect, string Text)
{
    /// <summary>The "feature" of the one sentence that stands where a model from outside gave the score: it says that there is no
    /// reason.</summary>
    public const string GivenFeature = "given";
}

/// <summary>Expected net spend, in whole cents.</summary>
/// <param name="Expected">Mean, dataset currency, refunds subtracted.</param>
/// <param name="Low">Lower end of the 80 % interval.</param>
/// <param name="High">Upper end of the 80 % interval.</param>
/// <param name="HorizonDays">Length of the window.</param>
/// <param name="ExpectedOrders">Expected number of orders in the window.</param>
/// <param name="NextOrderDate">Expected date of the next order if there is one, <c>yyyy-MM-dd</c>; null where the models cannot
/// tell.</param>
public sealed record ClvScore(double Expected, double Low, double High, int HorizonDays, double ExpectedOrders, string? NextOrderDate);

/// <summary>Membership tier.</summary>
/// <param name="Current">Tier by the rules now.</param>
/// <param name="Predicted">Tier at the end of the horizon by predicted spend.</param>
public sealed record TierScore(string Current, string Predicted);

/// <summary>Customer value matrix.</summary>
/// <param name="Cell">star, cash cow, potential or problem.</param>
/// <param name="Play">What to do, in one line; see <see cref="PlayScore"/>.</param>
public sealed record ValueMatrixScore(string Cell, string Play);

/// <summary>What to do about the customer: from risk, value matrix and lifecycle together, by the table of plays.</summary>
/// <param name="Goal">What to reach.</param>
/// <param name="Action">How.</param>
/// <param name="Channel">By which way.</param>
/// <param name="Resources">low, medium or high.</param>
/// <param name="Why">Risk, value and lifecycle in plain words.</param>
public sealed record PlayScore(string Goal, string Action, string Channel, string Resources, string Why);

/// <summary>The k-means portrait.</summary>
/// <param name="Id">Stable across retrains.</param>
/// <param name="Name">From its distinctive traits.</param>
/// <param name="Traits">What sets the group apart, strongest first.</param>
public sealed record PortraitScore(int Id, string Name, IReadOnlyList<string> Traits);

/// <summary>A preference tag.</summary>
/// <param name="Tag">Such as <c>category:garden</c>.</param>
/// <param name="Strength">Lift: the customer's share over the base's.</param>
/// <param name="Support">Lines (recency-weighted) behind it.</param>
public sealed record PreferenceScore(string Tag, double Strength, double Support)
{
    /// <summary>What the products table calls the product of a tag; null (and left out of JSON) where there is no such name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }
}
