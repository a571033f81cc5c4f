namespace Predictive.Segmentation.Models;

/// <summary>
/// <c>smoke.json</c>: synthetic histories and what the models said of them when the version was made, so that whoever loads the zip can
/// tell whether it still says the same. No real customer is in it.
/// </summary>
/// <param name="AsOf">The local time they are scored as of.</param>
/// <param name="Cases">One per history; at least one.</param>
public sealed record SmokeSet(string AsOf, IReadOnlyList<SmokeCase> Cases);

/// <summary>One synthetic history and its score.</summary>
/// <param name="Lines">Its transactions; at least one purchase before the as-of.</param>
/// <param name="Events">Its events; empty where the model knows none.</param>
/// <param name="Attributes">Its attributes by column: a number, or a category as its position among the model's own; empty where the model
/// knows none.</param>
/// <param name="Expected">What the version said of it.</param>
public sealed record SmokeCase(
    IReadOnlyList<SmokeLine> Lines, IReadOnlyList<SmokeEvent> Events, IReadOnlyDictionary<string, double> Attributes, SmokeScore Expected);

/// <summary>One transaction.</summary>
/// <param name="Micros">Local microseconds since 1970-01-01T00:00.</param>
/// <param name="Amount">Negative = refund.</param>
/// <param name="Order">Order id.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Product">Null where the model knows no products.</param>
/// <param name="Category">Null where the model knows no categories.</param>
/// <param name="Channel">Null where the model knows no channels.</param>
public sealed record SmokeLine(
    long Micros, double Amount, string Order, double Quantity, string? Product = null, string? Category = null, string? Channel = null);

/// <summary>One event.</summary>
/// <param name="Micros">Local microseconds since 1970-01-01T00:00.</param>
/// <param name="Kind">One of the model's kinds.</param>
/// <param name="Value">Null = none.</param>
public sealed record SmokeEvent(long Micros, string Kind, double? Value = null);

/// <summary>The numbers and names a score is told apart by.</summary>
/// <param name="Churn">Churn probability.</param>
/// <param name="Clv">Expected net spend.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="Orders">Expected orders.</param>
/// <param name="Percentile">Percentile of the churn probability.</param>
/// <param name="Names">Band, RFM segment, lifecycle stage, both tiers, value-matrix cell and portrait, with bars between them.</param>
public sealed record SmokeScore(double Churn, double Clv, double Low, double High, double Orders, double Percentile, string Names);
