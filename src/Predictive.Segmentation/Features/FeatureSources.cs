using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Predictive.Segmentation.Features;

/// <summary>A source as a version holds it.</summary>
/// <param name="Name">Of the source.</param>
/// <param name="Version">Of the source.</param>
/// <param name="Features">Names of its features, in order.</param>
public sealed record FeatureSourceStamp(string Name, int Version, IReadOnlyList<string> Features)
{
    /// <summary>Such as <c>paydays 2</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Version}");

    internal static FeatureSourceStamp Of(IFeatureSource source) =>
        new(source.Name, source.Version, [.. source.Features.Select(f => f.Name)]);

    /// <summary>Of those that a training asks for; null = none.</summary>
    internal static IReadOnlyList<FeatureSourceStamp>? Of(IReadOnlyList<IFeatureSource>? sources) =>
        sources is { Count: > 0 } ? [.. sources.Select(Of)] : null;

    /// <summary>Whether two lists, null = none, are the same sources in the same order.</summary>
    internal static bool Same(IReadOnlyList<FeatureSourceStamp>? one, IReadOnlyList<FeatureSourceStamp>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0) && (one is null || one.Zip(other ?? []).All(p => p.First.Is(p.Second)));

    /// <summary>Whether it is the same source: name, version and features.</summary>
    internal bool Is(FeatureSourceStamp other) =>
        other.Name == Name && other.Version == Version && other.Features.SequenceEqual(Features, StringComparer.Ordinal);
}

/// <summary>
/// The sources that this program can compute. Registering one changes no training (that is asked for by its options): it lets versions
/// load that learned with it.
/// </summary>
public static partial class FeatureSources
{
    private const int MostFeatures = 200;

    private static readonly ConcurrentDictionary<string, IFeatureSource> s_known = new(StringComparer.Ordinal);

    /// <summary>Makes a source known, for as long as the program runs.</summary>
    /// <param name="source">To be kept.</param>
    /// <exception cref="ArgumentException">Its names are no names, or another version of it is registered.</exception>
    public static void Register(IFeatureSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string name = source.Name ?? "";
        if (!NamePattern().IsMatch(name) || name.Split('_')[0] is "event" or "customer")
        {
            throw new ArgumentException(
                $"The feature source is named '{name}'; expected lower-case letters, digits and underscores, beginning with a "
                    + "letter, at most 40, and neither event nor customer as its first word: those are the tables' columns.",
                nameof(source));
        }

        if (source.Version < 1)
        {
            throw new ArgumentException($"{source.Name} is version {source.Version}; expected 1 or more.", nameof(source));
        }

        if (source.Features is not { Count: >= 1 and <= MostFeatures })
        {
            throw new ArgumentException(
                $"{source.Name} has {source.Features?.Count ?? 0} features; expected 1 to {MostFeatures}.", nameof(source));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (SourceFeature feature in source.Features)
        {
            if (!FeaturePattern().IsMatch(feature.Name ?? "") || !names.Add(feature.Name!)
                || FeatureCatalogue.TryIndexOf(ColumnOf(name, feature.Name!), out _))
            {
                throw new ArgumentException(
                    $"{source.Name} has a feature '{feature.Name}'; expected lower-case letters, digits and underscores, beginning with a "
                        + "letter, at most 60, each name once, and none that makes a name of the catalogue.", nameof(source));
            }
        }

        IFeatureSource known = s_known.GetOrAdd(name, source);
        if (!FeatureSourceStamp.Of(source).Is(FeatureSourceStamp.Of(known)))
        {
            throw new ArgumentException(
                $"{FeatureSourceStamp.Of(known)} is registered already, with the features "
                    + $"{string.Join(", ", known.Features.Select(f => f.Name))}; expected one version of a source in a program.",
                nameof(source));
        }
    }

    /// <summary>Those that are registered, by name.</summary>
    public static IReadOnlyList<IFeatureSource> All => [.. s_known.Values.OrderBy(s => s.Name, StringComparer.Ordinal)];

    /// <summary>The registered source that a version learned with; null where there is none of that name, version and features.</summary>
    internal static IFeatureSource? Find(FeatureSourceStamp stamp) =>
        s_known.TryGetValue(stamp.Name, out IFeatureSource? source) && stamp.Is(FeatureSourceStamp.Of(source)) ? source : null;

    /// <summary>Why a version cannot be served by this program; null = all of its sources are registered.</summary>
    internal static string? Missing(IReadOnlyList<FeatureSourceStamp>? stamps)
    {
        FeatureSourceStamp? missing = stamps?.FirstOrDefault(s => Find(s) is null);
        return missing is null
            ? null
            : $"learned with the feature source {missing} ({string.Join(", ", missing.Features)}), and this program has "
                + (s_known.TryGetValue(missing.Name, out IFeatureSource? other)
                    ? $"{FeatureSourceStamp.Of(other)} ({string.Join(", ", other.Features.Select(f => f.Name))})"
                    : "none of that name")
                + ". Register it (FeatureSources.Register), or train again without it.";
    }

    /// <summary>Whether a training can ask for them together.</summary>
    /// <exception cref="ArgumentException">One is not registered, or two make a column of one name.</exception>
    internal static void Require(IReadOnlyList<FeatureSourceStamp>? stamps)
    {
        var columns = new HashSet<string>(StringComparer.Ordinal);
        foreach (FeatureSourceStamp stamp in stamps ?? [])
        {
            if (Find(stamp) is null)
            {
                throw new ArgumentException(
                    $"The feature source {stamp} is not registered; expected FeatureSources.Register before a training.", nameof(stamps));
            }

            if (stamp.Features.Select(f => ColumnOf(stamp.Name, f)).FirstOrDefault(c => !columns.Add(c)) is { } twice)
            {
                throw new ArgumentException(
                    $"The feature source {stamp} makes the column '{twice}', which is there already; expected each source once, and names "
                        + "that make each column once.", nameof(stamps));
            }
        }
    }

    internal static string ColumnOf(string source, string feature) => $"{source}_{feature}";

    [GeneratedRegex("^[a-z][a-z0-9_]{0,39}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[a-z][a-z0-9_]{0,59}$")]
    private static partial Regex FeaturePattern();
}
