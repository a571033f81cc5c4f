using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.Client;

/// <summary>Name and version of a model.</summary>
public sealed record ModelName(string Name, int Version);

/// <summary>The score of one customer. Money in the shop's currency; what is not typed here is in <see cref="More"/>.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="AsOf">Local time it is computed as of.</param>
/// <param name="Model">Which version answered.</param>
/// <param name="Churn">The chance that no purchase follows.</param>
/// <param name="Clv">The spend that is expected.</param>
/// <param name="Rfm">Recency, frequency, monetary value.</param>
/// <param name="Lifecycle">Where in a customer's life.</param>
/// <param name="Tier">By spend, now and expected.</param>
/// <param name="Portrait">Whom they resemble.</param>
public sealed record ScoreAnswer(
    string CustomerId, string AsOf, ModelName Model, ChurnAnswer Churn, ClvAnswer Clv, RfmAnswer Rfm, LifecycleAnswer Lifecycle,
    TierAnswer Tier, PortraitAnswer Portrait)
{
    /// <summary>Everything else that the host says, by name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; init; }
}

/// <summary>Chance of no purchase within the horizon.</summary>
/// <param name="Probability">0–1.</param>
/// <param name="Percentile">Share of the base with less risk, 0–100.</param>
/// <param name="Band">low, medium or high.</param>
/// <param name="Reasons">What raises the risk, and what speaks in favour.</param>
public sealed record ChurnAnswer(double Probability, double Percentile, string Band, IReadOnlyList<ReasonAnswer> Reasons);

/// <summary>A reason in words.</summary>
/// <param name="Feature">Of which feature.</param>
/// <param name="Value">The customer's value; null = unknown.</param>
/// <param name="Effect">On the log-odds of churn.</param>
/// <param name="Text">For people.</param>
public sealed record ReasonAnswer(string Feature, double? Value, double Effect, string Text);

/// <summary>Net spend within the horizon.</summary>
/// <param name="Expected">Mean.</param>
/// <param name="Low">Lower end of the 80 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="HorizonDays">Days.</param>
/// <param name="ExpectedOrders">Mean number of orders.</param>
/// <param name="NextOrderDate">When the next order is expected; null = cannot be told.</param>
public sealed record ClvAnswer(double Expected, double Low, double High, int HorizonDays, double ExpectedOrders, string? NextOrderDate);

/// <summary>Recency, frequency and monetary value with their scores of 1–5.</summary>
public sealed record RfmAnswer(int RecencyDays, int Frequency, double Monetary, int R, int F, int M, int Score, string Segment);

/// <summary>Stage of life, since when, and why.</summary>
public sealed record LifecycleAnswer(string Stage, string Since, string Reason);

/// <summary>Tier now, and as the expected spend would have it.</summary>
public sealed record TierAnswer(string Current, string Predicted);

/// <summary>The portrait of the nearest group.</summary>
public sealed record PortraitAnswer(int Id, string Name, IReadOnlyList<string> Traits);

/// <summary>One customer of the list of those at risk.</summary>
/// <param name="Rank">1 = first.</param>
/// <param name="Score">Their score.</param>
/// <param name="SpendIfStays">Spend expected of them if they buy.</param>
/// <param name="ExpectedLoss">Spend that the risk puts in doubt.</param>
/// <param name="ExpectedSaving">What a contact can save of it.</param>
public sealed record AtRiskCustomer(int Rank, ScoreAnswer Score, double SpendIfStays, double ExpectedLoss, double ExpectedSaving);

/// <summary>Who is at risk, whom a contact can save most first.</summary>
public sealed record AtRiskCustomers(int Customers, int Candidates, double TotalExpectedLoss, IReadOnlyList<AtRiskCustomer> Rows);

/// <summary>The list, as of when, by which version.</summary>
public sealed record AtRiskAnswer(string AsOf, ModelName Model, int Offset, string RankedBy, AtRiskCustomers List);

/// <summary>A version of the registry.</summary>
public sealed record VersionAnswer(
    string Name, int Version, bool Champion, bool Challenger, string? Refusal, string? AsOf, int? HorizonDays, string? Engine,
    string? ChurnGrade, string? ClvGrade);

/// <summary>The registry, and what serves.</summary>
public sealed record ModelsAnswer(
    ModelName? InService, string? Snapshot, string? Refusal, string? Fault, IReadOnlyList<VersionAnswer> Models);

/// <summary>Which versions serve or wait.</summary>
public sealed record AliasesAnswer(int? Champion, int? Challenger, IReadOnlyList<int>? Previous, IReadOnlyList<int>? Pinned);

/// <summary>A training that was asked for.</summary>
public sealed record JobFacts(
    long Id, string Kind, string Name, string State, string? Stage, double Fraction, string? Message, bool IsOver);

/// <summary>A job with the lines of its log.</summary>
public sealed record JobAnswer(JobFacts Job);

/// <summary>One line of a customer's history, for <see cref="HistoryRequest"/>.</summary>
/// <param name="OrderedAt">Local time of the shop, such as 2025-09-03T10:15:00.</param>
/// <param name="Amount">Net amount; negative = refund.</param>
/// <param name="OrderId">Null = unknown, as in the following.</param>
/// <param name="ProductId">Product.</param>
/// <param name="Category">Category.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Channel">Channel.</param>
/// <param name="UnitCost">Cost of a unit.</param>
/// <param name="Discount">On the line.</param>
public sealed record LineRequest(
    string OrderedAt, double Amount, string? OrderId = null, string? ProductId = null, string? Category = null, double? Quantity = null,
    string? Channel = null, double? UnitCost = null, double? Discount = null);

/// <summary>A history that the host need not know, to be scored.</summary>
/// <param name="Transactions">At least one.</param>
/// <param name="CustomerId">For the answer.</param>
/// <param name="AsOf">Null = midnight after the last line.</param>
public sealed record HistoryRequest(IReadOnlyList<LineRequest> Transactions, string? CustomerId = null, string? AsOf = null);

/// <summary>A transaction as it happens: an event with an amount.</summary>
/// <param name="EventId">Sent twice, it counts once.</param>
/// <param name="CustomerId">Whose.</param>
/// <param name="OrderedAt">Local time of the shop.</param>
/// <param name="Amount">Net amount; negative = refund.</param>
/// <param name="OrderId">Null = unknown, as in the following.</param>
/// <param name="ProductId">Product.</param>
/// <param name="Category">Category.</param>
/// <param name="Channel">Channel.</param>
/// <param name="Quantity">Units.</param>
public sealed record EventRequest(
    string EventId, string CustomerId, string OrderedAt, double Amount, string? OrderId = null, string? ProductId = null,
    string? Category = null, string? Channel = null, double? Quantity = null);

/// <summary>What became of an event: it is durable when this is answered.</summary>
public sealed record EventAnswer(string EventId, string Outcome, long Sequence, long Revision);

/// <summary>Which customers of the list of those at risk are wanted; null = all.</summary>
/// <param name="Top">Rows. Default: the host's.</param>
/// <param name="Offset">Rows to leave out at the start.</param>
/// <param name="Band">medium or high.</param>
/// <param name="MinProbability">0–1.</param>
/// <param name="Segment">RFM segment.</param>
/// <param name="Stage">Stage of life.</param>
/// <param name="Tier">Tier.</param>
/// <param name="Cell">Cell of the value matrix.</param>
/// <param name="Portrait">Portrait.</param>
/// <param name="AsOf">Local time.</param>
/// <param name="Rank">stake or uplift. Default: stake.</param>
public sealed record AtRiskRequest(
    int? Top = null, int? Offset = null, string? Band = null, double? MinProbability = null, string? Segment = null, string? Stage = null,
    string? Tier = null, string? Cell = null, string? Portrait = null, string? AsOf = null, string? Rank = null);
