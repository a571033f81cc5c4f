using Predictive.History;

namespace Predictive.Segmentation.Features;

/// <summary>
/// Features that an application computes itself, beside the catalogue's: they are learned from, explained and scored as those are.
/// </summary>
/// <remarks>
/// Used from several threads at once, and the same input must give the same numbers, in the training and a year later in the host: no
/// clock, no random numbers, no state. What a source sees of a customer (<see cref="SourceInput"/>) ends before the as-of, so it cannot
/// look ahead; what it reads elsewhere it must not. A version that learned with it holds its name, <see cref="Version"/> and features, and
/// loads only where the same is registered (<see cref="FeatureSources.Register"/>).
/// </remarks>
public interface IFeatureSource
{
    /// <summary>Lower-case letters, digits and underscores, beginning with a letter, at most 40: columns are named
    /// <c>name_feature</c>.</summary>
    string Name { get; }

    /// <summary>From 1; to be raised whenever a formula changes: versions trained before then refuse to load.</summary>
    int Version { get; }

    /// <summary>What it computes, in order; at least one.</summary>
    IReadOnlyList<SourceFeature> Features { get; }

    /// <summary>Computes one customer.</summary>
    /// <param name="input">Everything known before the as-of.</param>
    /// <param name="values">One per feature, NaN when called; what is not finite counts as not known.</param>
    void Compute(in SourceInput input, Span<double> values);
}

/// <summary>One feature of a source.</summary>
/// <param name="Name">Lower-case letters, digits and underscores, beginning with a letter, at most 60; once per source.</param>
/// <param name="Unit">days, orders, currency, share, flag ...: how values are written, see <see cref="FeatureDefinition.Format"/>.</param>
/// <param name="Description">What it is, exactly.</param>
public sealed record SourceFeature(string Name, string Unit, string Description)
{
    /// <summary>
    /// The sentence for a reason: <c>{value}</c> is the customer's, <c>{typical}</c> the base's median. Null = the name and both.
    /// </summary>
    public string? Sentence { get; init; }
}

/// <summary>What is known of one customer before the as-of.</summary>
public readonly ref struct SourceInput
{
    private readonly CustomerLines _lines;
    private readonly CustomerEvents _events;

    internal SourceInput(CustomerLines lines, LocalTime asOf, int horizonDays)
    {
        _lines = lines.Before(asOf);
        _events = lines.Events.Before(asOf);
        AsOf = asOf;
        HorizonDays = horizonDays;
    }

    /// <summary>Only what lies strictly before it is here.</summary>
    public LocalTime AsOf { get; }

    /// <summary>The horizon H of the base's profile, days.</summary>
    public int HorizonDays { get; }

    /// <summary>Lines, refunds too; 0 for a person who has not bought.</summary>
    public int Lines => _lines.Count;

    /// <summary>Local microseconds since 1970-01-01T00:00 per line, ascending.</summary>
    public ReadOnlySpan<long> OrderedAt => _lines.OrderedAt;

    /// <summary>Net amount per line in the dataset's currency; negative = refund.</summary>
    public ReadOnlySpan<double> Amount => _lines.Amount;

    /// <summary>Order code per line, equal where the order is the same, −1 = no id; empty where the data has none.</summary>
    public ReadOnlySpan<int> Order => _lines.Order;

    /// <summary>Units per line, NaN = missing; empty where the data has none.</summary>
    public ReadOnlySpan<float> Quantity => _lines.Quantity;

    /// <summary>Discount per line, NaN = missing; empty where the data has none.</summary>
    public ReadOnlySpan<float> Discount => _lines.Discount;

    /// <summary>Product of a line; null = not known.</summary>
    public string? Product(int line) => _lines.ProductName(line);

    /// <summary>Category of a line; null = not known.</summary>
    public string? Category(int line) => _lines.CategoryName(line);

    /// <summary>Channel of a line; null = not known.</summary>
    public string? Channel(int line) => _lines.ChannelName(line);

    /// <summary>Events.</summary>
    public int Events => _events.Count;

    /// <summary>Local microseconds per event, ascending.</summary>
    public ReadOnlySpan<long> OccurredAt => _events.OccurredAt;

    /// <summary>Value per event; NaN = none.</summary>
    public ReadOnlySpan<double> EventValue => _events.Value;

    /// <summary>Kind of an event, as in the events table.</summary>
    public string EventKind(int at) => _events.KindName(at);
}
