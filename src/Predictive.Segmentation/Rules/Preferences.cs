using System.Globalization;
using System.Numerics.Tensors;
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
    /// Kinds of events that show an interest in the product or category they name. Default view, product_view, search, wishlist,
    /// add_to_cart.
    /// </summary>
    public IReadOnlyList<string> Interest { get; init; } = ["view", "product_view", "search", "wishlist", "add_to_cart"];

    /// <summary>
    /// What a day with such an event counts, where a purchase day counts 1. Default .25, an assumption: four days of looking weigh as much
    /// as one of buying.
    /// </summary>
    public double InterestWeight { get; init; } = .25;

    /// <summary>
    /// Text columns of the customers table in which customers say what they prefer. Default preferred_category, favourite_category,
    /// preferred_channel, interest.
    /// </summary>
    public IReadOnlyList<string> Stated { get; init; } =
        ["preferred_category", "favourite_category", "favorite_category", "preferred_channel", "interest"];

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
/// <param name="Stated">Column and value such as <c>interest=golf</c> → share of those who say anything; null where nobody does.</param>
public sealed record PreferenceCutoffs(
    IReadOnlyDictionary<string, double>? Category = null,
    IReadOnlyDictionary<string, double>? Product = null,
    IReadOnlyDictionary<string, double>? Hour = null,
    IReadOnlyDictionary<string, double>? Channel = null,
    IReadOnlyDictionary<string, double>? Stated = null);

/// <summary>One preference tag.</summary>
/// <param name="Tag">Kind and name: <c>category:garden</c>, <c>hour:18-21</c>, <c>stated:golf</c>.</param>
/// <param name="Strength">Shrunk lift over the base: (support + prior) / (expected support + prior); above 1 = more than the base.</param>
/// <param name="Support">Recency-weighted purchase days behind it, days of looking at a part; 1 of what customers say themselves.</param>
public sealed record PreferenceTag(string Tag, double Strength, double Support);

/// <summary>
/// What a customer buys more of than the base does. A thing counts once per purchase day, weighted 2^(−age / half-life). Strength is the
/// lift shrunk by a Gamma prior with mean 1 (the shrinkage of DuMouchel's Gamma-Poisson shrinker), so that one purchase of a rare thing is
/// no strong preference. Events that show an interest in a product or category count as a part of a purchase day. What customers say of
/// themselves is no sample: its strength is its lift, 1 / share.
/// </summary>
/// <remarks>
/// Codes belong to a history and shares to names: <see cref="Bind"/> joins the two once, then customers are scored one by one.
/// </remarks>
public static class Preferences
{
    // Of a base, and of the sums of all of them: about so many numbers are held at a time.
    private const int MostParts = 16, MostSums = 4_000_000;

    // By length, hours; found once, not for every history that is bound.
    private static readonly Lazy<string[]>[] s_blocks = [.. Enumerable.Range(0, 25).Select(hours => new Lazy<string[]>(() =>
    [
        .. Enumerable.Range(0, 24).Select(block => string.Create(
            CultureInfo.InvariantCulture, $"{Math.Min(block * hours, 24):00}-{Math.Min((block + 1) * hours, 24):00}")),
    ]))];

    /// <summary>The shares of the base before a local time.</summary>
    public static PreferenceCutoffs Fit(TransactionHistory history, LocalTime asOf, PreferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        var columns = history.Columns;
        bool timed = columns.OrderedAt.Any(t => t % LocalTime.MicrosPerDay != 0);
        double[]? category = null, product = null, channel = null, hour = null;
        var (products, seenProducts) = PreferenceInterest.Of(history, options, columns.Products, (thing, _) => thing.Product);
        var (categories, seenCategories) = PreferenceInterest.Of(history, options, columns.Categories, CategoryOf);
        Together.Run(
            () => product = Count(history, asOf, options, products?.Length, static (l, i, _) => l.Product[i], seenProducts),
            () => category = Count(history, asOf, options, categories?.Length, static (l, i, _) => l.Category[i], seenCategories),
            () => channel = Count(history, asOf, options, columns.Channels?.Length, static (l, i, _) => l.Channel[i]),
            () => hour = Count(history, asOf, options, timed ? 24 : null, static (l, i, o) => BlockOf(l.OrderedAt[i], o)));
        return new PreferenceCutoffs(
            Shares(category, categories, options),
            Shares(product, products, options),
            Shares(hour, BlockNames(options), options),
            Shares(channel, columns.Channels, options),
            StatedPreferences.Fit(history, asOf, options));
    }

    internal static void Validate(PreferenceOptions options)
    {
        if (options.Top < 0 || !(options.HalfLifeDays > 0) || !(options.PriorSupport >= 0) || options.HourBlock is < 1 or > 24
            || options.MaximumItems < 1 || !(options.InterestWeight is >= 0 and <= 1))
        {
            throw new RulesException(
                "the preference options",
                ["expected top ≥ 0, half-life > 0, prior ≥ 0, hour block 1–24, items ≥ 1, interest weight 0–1"]);
        }
    }

    /// <summary>Joins the base's shares with the codes of a history.</summary>
    public static BoundPreferences Bind(TransactionHistory history, PreferenceOptions options, PreferenceCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new BoundPreferences(history, options, cutoffs, RarestOf(cutoffs));
    }

    /// <summary>
    /// The smallest share of each kind, for what the base does not know: found once, not for every history that is bound.
    /// </summary>
    internal static RarestShares RarestOf(PreferenceCutoffs cutoffs)
    {
        return new RarestShares(
            Least(cutoffs.Category), Least(cutoffs.Product), Least(cutoffs.Hour), Least(cutoffs.Channel), Least(cutoffs.Stated));

        static double Least(IReadOnlyDictionary<string, double>? shares) => shares is { Count: > 0 } ? shares.Values.Min() : 0;
    }

    /// <summary>The category of a thing: its own, else that of its product.</summary>
    internal static string? CategoryOf(EventThing thing, TransactionColumns columns) =>
        thing.Category ?? (thing.Product is { } product ? columns.ProductCategories?.GetValueOrDefault(product) : null);

    internal static int BlockOf(long micros, PreferenceOptions options) =>
        (int)(LocalTime.OfDay(micros) / (LocalTime.MicrosPerDay / 24)) / options.HourBlock;

    internal static string[] BlockNames(PreferenceOptions options) => s_blocks[options.HourBlock].Value;

    internal delegate int CodeOf(CustomerLines lines, int line, PreferenceOptions options);

    /// <summary>
    /// Adds the weight of every (thing, purchase day) of a customer to <paramref name="weights"/>; returns what was added in all.
    /// </summary>
    internal static double Accumulate(
        CustomerLines before, LocalTime asOf, PreferenceOptions options, CodeOf codeOf, Dictionary<int, (double Weight, int Day)> weights,
        PreferenceInterest? interest = null)
    {
        double total = interest?.Accumulate(before, asOf, options, weights) ?? 0, weight = 0;
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

    private static double[]? Count(
        TransactionHistory history, LocalTime asOf, PreferenceOptions options, int? codes, CodeOf codeOf,
        PreferenceInterest? interest = null)
    {
        if (codes is not > 0)
        {
            return null;
        }

        // In parts that do not depend on the machine, put together in their order: equal input gives equal sums.
        int count = Math.Clamp(MostSums / codes.Value, 1, MostParts);
        var parts = new double[count][];
        Parallel.For(0, count, part =>
        {
            double[] sum = parts[part] = new double[codes.Value];
            var own = new Dictionary<int, (double Weight, int Day)>();
            int end = (int)((long)history.CustomerCount * (part + 1) / count);
            for (int c = (int)((long)history.CustomerCount * part / count); c < end; c++)
            {
                own.Clear();
                Accumulate(history.Lines(c).Before(asOf), asOf, options, codeOf, own, interest);
                foreach (var (code, (weight, _)) in own)
                {
                    sum[code] += weight;
                }
            }
        });
        for (int part = 1; part < count; part++)
        {
            TensorPrimitives.Add(parts[0], parts[part], parts[0]);
        }

        return parts[0];
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
internal sealed record RarestShares(double Category, double Product, double Hour, double Channel, double Stated);
