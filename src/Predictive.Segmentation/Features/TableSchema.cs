using System.Globalization;
using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Features;

/// <summary>
/// Which features a base has from its customers and events tables. Fitted with the base's profile, stored in the model zip with it, and so
/// the same for training, batch scoring and live scoring. Immutable.
/// </summary>
/// <param name="Kinds">Kinds of events with at least one before the as-of: the most frequent <see cref="MostKinds"/>, ordinal by
/// name.</param>
/// <param name="Attributes">Attributes that some customer with a purchase before the as-of has, ordinal by name.</param>
public sealed record TableSchema(IReadOnlyList<EventKindFeature> Kinds, IReadOnlyList<AttributeFeature> Attributes)
{
    /// <summary>Most kinds of events that become features; rarer ones are left out.</summary>
    public const int MostKinds = 32;

    /// <summary>Features from outside (<see cref="IFeatureSource"/>), after those of the tables; null = none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FeatureSourceStamp>? Sources { get; init; }

    /// <summary>What a history's tables hold strictly before a local time; null where that is nothing.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">Nothing at or after it is looked at.</param>
    /// <param name="sources">Features from outside that are computed, too; null = none.</param>
    /// <exception cref="ArgumentException">A source is not registered, or two make a column of one name.</exception>
    public static TableSchema? Fit(TransactionHistory history, LocalTime asOf, IReadOnlyList<IFeatureSource>? sources = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        IReadOnlyList<FeatureSourceStamp>? stamps = FeatureSourceStamp.Of(sources);
        FeatureSources.Require(stamps);
        if (history.Tables is not { } tables)
        {
            return stamps is null ? null : new TableSchema([], []) { Sources = stamps };
        }

        // Only the population counts: who comes later must not decide what is looked at now.
        int[] population = Population.At(history, asOf);
        HashSet<string> kindNames = new(StringComparer.Ordinal), attributeNames = new(StringComparer.Ordinal);
        EventKindFeature[] kinds = tables.Events is { } events
            ? [.. KindsOf(events, population, asOf).Select(k => k with { Name = Unique(k.Kind, kindNames) })]
            : [];
        AttributeFeature[] attributes =
        [
            .. tables.Attributes.Where(a => population.Any(c => !float.IsNaN(a.Values[c])))
                .Select(a =>
                    new AttributeFeature(Unique(a.Name, attributeNames), a.Name, a.Categories is null ? null : Ordered(a, population))),
        ];
        return kinds.Length + attributes.Length == 0 && stamps is null
            ? null
            : new TableSchema(kinds, attributes) { Sources = stamps };
    }

    /// <summary>Whether two schemas make the same columns.</summary>
    public static bool Same(TableSchema? one, TableSchema? other) => (one is null && other is null)
        || (one is not null && other is not null && one.Kinds.SequenceEqual(other.Kinds)
            && FeatureSourceStamp.Same(one.Sources, other.Sources)
            && one.Attributes.Count == other.Attributes.Count
            && one.Attributes.Zip(other.Attributes).All(p =>
                p.First with { Categories = null } == p.Second with { Categories = null }
                && (p.First.Categories ?? []).SequenceEqual(p.Second.Categories ?? [])
                && (p.First.Categories is null) == (p.Second.Categories is null)));

    private static IEnumerable<EventKindFeature> KindsOf(EventColumns events, int[] population, LocalTime asOf)
    {
        var count = new long[events.Kinds.Length];
        var valued = new bool[events.Kinds.Length];
        foreach (int c in population)
        {
            for (int i = events.Offsets[c]; i < events.Offsets[c + 1] && events.OccurredAt[i] < asOf.Micros; i++)
            {
                count[events.Kind[i]]++;
                valued[events.Kind[i]] |= !double.IsNaN(events.Value[i]);
            }
        }

        return Enumerable.Range(0, count.Length)
            .Where(k => count[k] > 0)
            .OrderByDescending(k => count[k]).ThenBy(k => k)
            .Take(MostKinds)
            .Order()
            .Select(k => new EventKindFeature("", events.Kinds[k], valued[k]));
    }

    /// <summary>
    /// Categories that somebody has, by the first number in their name and then by name, so that bands (15-24K, 100-124K) stand in their
    /// order and a tree can cut between them.
    /// </summary>
    private static string[] Ordered(AttributeColumn attribute, int[] population)
    {
        var used = new bool[attribute.Categories!.Length];
        foreach (int c in population)
        {
            if (!float.IsNaN(attribute.Values[c]))
            {
                used[(int)attribute.Values[c]] = true;
            }
        }

        return [.. attribute.Categories.Where((_, i) => used[i]).OrderBy(FirstNumber).ThenBy(c => c, StringComparer.Ordinal)];
    }

    private static double FirstNumber(string name)
    {
        int start = name.AsSpan().IndexOfAnyInRange('0', '9');
        if (start < 0)
        {
            return double.PositiveInfinity;
        }

        int end = start;
        while (end < name.Length && (char.IsAsciiDigit(name[end]) || name[end] == '.'))
        {
            end++;
        }

        return double.TryParse(
            name.AsSpan(start, end - start).TrimEnd('.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                ? number
                : double.PositiveInfinity;
    }

    /// <summary>A name for columns: lower case, digits, underscores; told apart by a number where two would be equal.</summary>
    private static string Unique(string text, HashSet<string> taken)
    {
        string name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_')), unique = name;
        for (int n = 2; !taken.Add(unique); n++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{n}");
        }

        return unique;
    }
}

/// <summary>A kind of events with features.</summary>
/// <param name="Name">As in column names.</param>
/// <param name="Kind">As in the events table.</param>
/// <param name="HasValue">Whether any event of the kind had a value.</param>
public sealed record EventKindFeature(string Name, string Kind, bool HasValue);

/// <summary>An attribute that is a feature.</summary>
/// <param name="Name">As in column names.</param>
/// <param name="Column">As in the customers table.</param>
/// <param name="Categories">In the order of their codes 0, 1, 2 ...; null = the attribute is a number.</param>
public sealed record AttributeFeature(
    string Name, string Column,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Categories = null);
