using Predictive.Segmentation.History;

namespace Predictive.Segmentation.Features;

/// <summary>How a linear model should see a feature; trees do not care.</summary>
public enum FeatureTransform
{
    /// <summary>As it is.</summary>
    None,

    /// <summary>sign(v) · ln(1 + |v|): counts, days, money.</summary>
    SignedLog,

    /// <summary>ln(p / (1 − p)), p clipped to [1e-4, 1 − 1e-4]: probabilities.</summary>
    Logit,
}

/// <summary>What a feature is about.</summary>
public enum FeatureGroup
{
    /// <summary>Time since something.</summary>
    Recency,

    /// <summary>The rhythm of purchases.</summary>
    Cadence,

    /// <summary>How often.</summary>
    Frequency,

    /// <summary>How much money.</summary>
    Money,

    /// <summary>What is in an order.</summary>
    Basket,

    /// <summary>Change over time.</summary>
    Trend,

    /// <summary>What the lifetimes models and the return curves of the base say.</summary>
    Lifetime,
}

/// <summary>One feature: the only place that says what it is called, what it means and how it is computed.</summary>
public sealed record FeatureDefinition
{
    /// <summary>Lower-case name with underscores; a column name in matrices and files.</summary>
    public required string Name { get; init; }

    /// <summary>days, purchases, orders, lines, currency, share, ratio, z, flag, products ...</summary>
    public required string Unit { get; init; }

    /// <summary>What it is, exactly.</summary>
    public required string Description { get; init; }

    /// <summary>
    /// A sentence for a reason: <c>{name}</c> stands for the customer's value of that feature, <c>{base:name}</c> for the base's median.
    /// </summary>
    public required string Template { get; init; }

    /// <summary>What it is about.</summary>
    public required FeatureGroup Group { get; init; }

    /// <summary>How a linear model should see it.</summary>
    public FeatureTransform Transform { get; init; }

    /// <summary>The value on the scale of <see cref="Transform"/>; NaN stays NaN.</summary>
    public double Apply(float value) => throw new NotImplementedException();

    /// <summary>The reason in plain words, with the customer's and the base's numbers.</summary>
    /// <param name="row">The customer's features, in catalogue order.</param>
    /// <param name="profile">The base; its <see cref="BaseProfile.Medians"/> fill <c>{base:name}</c>.</param>
    public string Text(ReadOnlySpan<float> row, BaseProfile profile) => throw new NotImplementedException();
}

/// <summary>Every feature there is, in the order of a feature row.</summary>
public static class FeatureCatalogue
{
    /// <summary>The definitions.</summary>
    public static IReadOnlyList<FeatureDefinition> All { get; } = [];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [];

    /// <summary>Position of a feature in a row.</summary>
    /// <exception cref="ArgumentException">There is no feature of that name.</exception>
    public static int IndexOf(string name) => throw new NotImplementedException();

    /// <summary>A hash of names, descriptions and formula versions: two models agree on their features only where it is equal.</summary>
    public static string SchemaHash => throw new NotImplementedException();
}

/// <summary>
/// What a feature needs to know of the base: fitted once per as-of instant on what lies strictly before it, stored in the model zip.
/// Immutable; JSON-serialisable with <see cref="ToJson"/>.
/// </summary>
public sealed record BaseProfile
{
    /// <summary>The instant it was fitted as of, in local microseconds.</summary>
    public required long AsOfMicros { get; init; }

    /// <summary>The horizon H that the relative windows (H/2, H, 2H, 4H) are measured in, days.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Median of each feature over the base, in catalogue order; empty until <see cref="WithMedians"/>.</summary>
    public float[] Medians { get; init; } = [];

    /// <summary>Fits everything on the facts strictly before <paramref name="asOf"/>.</summary>
    public static BaseProfile Fit(TransactionHistory history, AsOf asOf, int horizonDays) => throw new NotImplementedException();

    /// <summary>This profile with the medians of a base's features, which reason texts quote.</summary>
    public BaseProfile WithMedians(Learning.FeatureMatrix features) => throw new NotImplementedException();

    /// <summary>Deterministic UTF-8 JSON.</summary>
    public byte[] ToJson() => throw new NotImplementedException();

    /// <summary>Reads what <see cref="ToJson"/> wrote, exactly.</summary>
    /// <exception cref="System.Text.Json.JsonException">It is not that.</exception>
    public static BaseProfile FromJson(ReadOnlySpan<byte> json) => throw new NotImplementedException();
}

/// <summary>Computes feature rows. The batch and the single form give the same bits.</summary>
public static class FeatureSet
{
    /// <summary>One row per customer, columns in catalogue order.</summary>
    /// <param name="history">The base.</param>
    /// <param name="customers">Indices into it (see <see cref="Population.At"/>).</param>
    /// <param name="asOf">Only lines strictly before it are looked at.</param>
    /// <param name="horizonDays">The horizon h that chances to return are for; relative windows follow the profile's horizon H.</param>
    /// <param name="profile">Fitted on the base as of the same instant (training), or stored with a model (scoring).</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    public static Learning.FeatureMatrix Compute(
        TransactionHistory history, ReadOnlySpan<int> customers, AsOf asOf, int horizonDays, BaseProfile profile, int threads = 0) =>
        throw new NotImplementedException();

    /// <summary>The row of one customer.</summary>
    /// <param name="lines">The customer's lines; those at or after <paramref name="asOf"/> are not looked at.</param>
    /// <param name="asOf">As in the batch form.</param>
    /// <param name="horizonDays">As in the batch form.</param>
    /// <param name="profile">As in the batch form.</param>
    /// <param name="row">At least as long as the catalogue.</param>
    public static void Compute(CustomerLines lines, AsOf asOf, int horizonDays, BaseProfile profile, Span<float> row) =>
        throw new NotImplementedException();
}

/// <summary>
/// What happened in [as-of, as-of + horizon), for customers of the population; nothing before or after that window is looked at.
/// </summary>
/// <param name="Churned">1 = no purchase in the window, else 0.</param>
/// <param name="NetSpend">Sum of all amounts, refunds subtracted.</param>
/// <param name="Orders">Distinct orders with a purchase.</param>
/// <param name="DaysToNextOrder">Days (with fraction) from as-of to the first purchase; NaN = none in the window.</param>
public sealed record Labels(float[] Churned, double[] NetSpend, int[] Orders, float[] DaysToNextOrder)
{
    /// <summary>One entry per customer given.</summary>
    public static Labels Compute(TransactionHistory history, ReadOnlySpan<int> customers, AsOf asOf, int horizonDays) =>
        throw new NotImplementedException();
}
