using System.Globalization;
using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the preference tags.</summary>
public sealed record PreferenceOptions
{
    /// <summary>Tags per customer. Default 5.</summary>
    public int Top { get; init; } = 5;

    /// <summary>Days after which a purchase counts half. Default 180.</summary>
    public double HalfLifeDays { get; init; } = 180;

    /// <summary>
    /// Pseudo-purchases that pull a lift towards 1. Default 3: one purchase of even the rarest thing has a strength below 4/3.
    /// </summary>
    public double PriorSupport { get; init; } = 3;

    /// <summary>Smallest strength of a tag. Default 1.4.</summary>
    public double MinimumStrength { get; init; } = 1.4;

    /// <summary>Smallest support of a tag, recency-weighted purchase days. Default 1.</summary>
    public double MinimumSupport { get; init; } = 1;

    /// <summary>Length of the blocks that hours are gathered in. Default 3 (00–03, 03–06 ...).</summary>
    public int HourBlock { get; init; } = 3;

    /// <summary>
    /// Products kept in the base's shares, most bought first; the others get the share of the rarest one kept. Default 5,000.
    /// </summary>
    public int MaximumItems { get; init; } = 5000;
}

/// <summary>The base's recency-weighted share of each thing that can be preferred, by kind and name.</summary>
/// <param name="Category">Category → share; null where the data has no categories.</param>
/// <param name="Product">Product → share; null where the data has no products.</param>
/// <param name="Hour">Block such as <c>09-12</c> → share; null where every time is midnight.</param>
/// <param name="Channel">Channel → share; null where the data has no channels.</param>
public sealed record PreferenceCutoffs(
    IReadOnlyDictionary<string, double>? Category = null,
    IReadOnlyDictionary<string, double>? Product = null,
    IReadOnlyDictionary<string, double>? Hour = null,
    IReadOnlyDictionary<string, double>? Channel = null);

/// <summary>One preference tag.</summary>
/// <param name="Tag">Kind and name: <c>category:garden</c>, <c>hour:18-21</c>.</param>
/// <param name="Strength">Shrunk lift over the base: (support + prior) / (expected support + prior); above 1 = more than the base.</param>
/// <param name="Support">Recency-weighted purchase days behind it.</param>
public sealed record PreferenceTag(string Tag, double Strength, double Support);

/// <summary>
/// What a customer buys more of than the base does. A thing counts once per purchase day, weighted 2^(−age / half-life). Strength is the
/// lift shrunk by a Gamma prior with mean 1 (the shrinkage of DuMouchel's Gamma-Poisson shrinker), so that one purchase of a rare thing is
/// no strong preference.
/// </summary>
/// <remarks>
/// Codes belong to a history and shares to names: <see cref="Bind"/> joins the two once, then customers are scored one by one.
/// </remarks>
public static class Preferences
{
    /// <summary>The shares of the base before a local time.</summary>
    public static PreferenceCutoffs Fit(TransactionHistory history, LocalTime asOf, PreferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        var columns = history.Columns;
        bool timed = columns.OrderedAt.Any(t => t % LocalTime.MicrosPerDay != 0);
        double[]? category = null, product = null, channel = null, hour = null;
        Together.Run(
            () => product = Count(history, asOf, options, columns.Products?.Length, static (l, i, _) => l.Product[i]),
            () => category = Count(history, asOf, options, columns.Categories?.Length, static (l, i, _) => l.Category[i]),
            () => channel = Count(history, asOf, options, columns.Channels?.Length, static (l, i, _) => l.Channel[i]),
            () => hour = Count(history, asOf, options, timed ? 24 : null, static (l, i, o) => BlockOf(l.OrderedAt[i], o)));
        return new PreferenceCutoffs(
            Shares(category, columns.Categories, options),
            Shares(product, columns.Products, options),
            Shares(hour, BlockNames(options), options),
            Shares(channel, columns.Channels, options));
    }

    internal static void Validate(PreferenceOptions options)
    {
        if (options.Top < 0 || !(options.HalfLifeDays > 0) || !(options.PriorSupport >= 0) || options.HourBlock is < 1 or > 24
            || options.MaximumItems < 1)
        {
            throw new RulesException("the preference options", ["expected top ≥ 0, half-life > 0, prior ≥ 0, hour block 1–24, items ≥ 1"]);
        }
    }

    /// <summary>Joins the base's shares with the codes of a history.</summary>
    public static BoundPreferences Bind(TransactionHistory history, PreferenceOptions options, PreferenceCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new BoundPreferences(history.Columns, options, cutoffs, RarestOf(cutoffs));
    }

    /// <summary>
    /// The smallest share of each kind, for what the base does not know: found once, not for every history that is bound.
    /// </summary>
    internal static RarestShares RarestOf(PreferenceCutoffs cutoffs)
    {
        return new RarestShares(Least(cutoffs.Category), Least(cutoffs.Product), Least(cutoffs.Hour), Least(cutoffs.Channel));

        static double Least(IReadOnlyDictionary<string, double>? shares) => shares is { Count: > 0 } ? shares.Values.Min() : 0;
    }

    internal static int BlockOf(long micros, PreferenceOptions options) =>
        (int)(LocalTime.OfDay(micros) / (LocalTime.MicrosPerDay / 24)) / options.HourBlock;

    internal static string[] BlockNames(PreferenceOptions options) =>
    [
        .. Enumerable.Range(0, 24).Select(block => string.Create(
            CultureInfo.InvariantCulture,
            $"{Math.Min(block * options.HourBlock, 24):00}-{Math.Min((block + 1) * options.HourBlock, 24):00}")),
    ];

    internal delegate int CodeOf(CustomerLines lines, int line, PreferenceOptions options);

    /// <summary>
    /// Adds the weight of every (thing, purchase day) of a customer to <paramref name="weights"/>; returns what was added in all.
    /// </summary>
    internal static double Accumulate(
        CustomerLines before, LocalTime asOf, PreferenceOptions options, CodeOf codeOf, Dictionary<int, (double Weight, int Day)> weights)
    {
        double total = 0, weight = 0;
        int weightDay = int.MinValue;
        for (int i = 0; i < before.Count; i++)
        {
            int code = before.Kept[i] > 0 ? codeOf(before, i, options) : -1;
            if (code < 0)
            {
                continue;
            }

            int day = LocalTime.DayOf(before.OrderedAt[i]);
            var (sum, last) = weights.TryGetValue(code, out var known) ? known : (0, int.MinValue);
            if (day != last)
            {
                if (day != weightDay)
                {
                    (weight, weightDay) = (double.Exp2((day - asOf.Day) / options.HalfLifeDays), day);
                }

                weights[code] = (sum + weight, day);
                total += weight;
            }
        }

        return total;
    }

    private static double[]? Count(TransactionHistory history, LocalTime asOf, PreferenceOptions options, int? codes, CodeOf codeOf)
    {
        if (codes is not > 0)
        {
            return null;
        }

        double[] sum = new double[codes.Value];
        var own = new Dictionary<int, (double Weight, int Day)>();
        for (int c = 0; c < history.CustomerCount; c++)
        {
            own.Clear();
            Accumulate(history.Lines(c).Before(asOf), asOf, options, codeOf, own);
            foreach (var (code, (weight, _)) in own)
            {
                sum[code] += weight;
            }
        }

        return sum;
    }

    private static SortedDictionary<string, double>? Shares(double[]? weights, string[]? names, PreferenceOptions options)
    {
        double total = weights?.Sum() ?? 0;
        if (weights is null || names is null || !(total > 0))
        {
            return null;
        }

        var kept = Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0)
            .OrderByDescending(i => weights[i]).ThenBy(i => names[i], StringComparer.Ordinal).Take(options.MaximumItems);
        return new SortedDictionary<string, double>(kept.ToDictionary(i => names[i], i => weights[i] / total), StringComparer.Ordinal);
    }
}

/// <summary>The smallest base share of each kind.</summary>
internal sealed record RarestShares(double Category, double Product, double Hour, double Channel);

/// <summary>Base shares joined with the codes of one history. Safe to use from several threads.</summary>
public sealed class BoundPreferences
{
    private readonly (string Kind, double[] Shares, string[] Names, Preferences.CodeOf CodeOf)[] _kinds;
    private readonly PreferenceOptions _options;

    internal BoundPreferences(TransactionColumns columns, PreferenceOptions options, PreferenceCutoffs cutoffs, RarestShares least)
    {
        _options = options;
        var kinds = new List<(string, double[], string[], Preferences.CodeOf)>();
        Add(
            "category", cutoffs.Category, least.Category, columns.Category is null ? null : columns.Categories,
            static (l, i, _) => l.Category[i]);
        Add("product", cutoffs.Product, least.Product, columns.Product is null ? null : columns.Products, static (l, i, _) => l.Product[i]);
        Add("hour", cutoffs.Hour, least.Hour, Preferences.BlockNames(options), static (l, i, o) => Preferences.BlockOf(l.OrderedAt[i], o));
        Add("channel", cutoffs.Channel, least.Channel, columns.Channel is null ? null : columns.Channels, static (l, i, _) => l.Channel[i]);
        _kinds = [.. kinds];

        void Add(string kind, IReadOnlyDictionary<string, double>? shares, double rarest, string[]? names, Preferences.CodeOf codeOf)
        {
            if (shares is { Count: > 0 } && names is not null)
            {
                kinds.Add((kind, [.. names.Select(n => shares.TryGetValue(n, out double share) ? share : rarest)], names, codeOf));
            }
        }
    }

    /// <summary>The tags of one customer of that history, strongest first; lines at or after the as-of are ignored.</summary>
    public IReadOnlyList<PreferenceTag> Compute(CustomerLines lines, LocalTime asOf)
    {
        var before = lines.Before(asOf);
        var tags = new List<PreferenceTag>();
        var own = new Dictionary<int, (double Weight, int Day)>();
        foreach (var (kind, shares, names, codeOf) in _kinds)
        {
            own.Clear();
            double total = Preferences.Accumulate(before, asOf, _options, codeOf, own);
            foreach (var (code, (support, _)) in own)
            {
                double strength = (support + _options.PriorSupport) / ((total * shares[code]) + _options.PriorSupport);
                if (support >= _options.MinimumSupport && strength >= _options.MinimumStrength)
                {
                    tags.Add(new PreferenceTag($"{kind}:{names[code]}", strength, support));
                }
            }
        }

        // Ties are broken by name, so that the order does not depend on codes.
        return [.. tags.OrderByDescending(t => t.Strength).ThenBy(t => t.Tag, StringComparer.Ordinal).Take(_options.Top)];
    }
}
