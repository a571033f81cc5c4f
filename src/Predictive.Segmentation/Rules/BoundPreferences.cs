using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Base shares joined with the codes of one history. Safe to use from several threads.</summary>
public sealed class BoundPreferences
{
    private readonly (string Kind, double[] Shares, string[] Names, Preferences.CodeOf CodeOf, PreferenceInterest? Interest)[] _kinds;
    private readonly PreferenceOptions _options;
    private readonly StatedPreferences _stated;

    internal BoundPreferences(TransactionHistory history, PreferenceOptions options, PreferenceCutoffs cutoffs, RarestShares least)
    {
        _options = options;
        _stated = new StatedPreferences(history.Tables, options, cutoffs.Stated, least.Stated);
        TransactionColumns columns = history.Columns;
        var kinds = new List<(string, double[], string[], Preferences.CodeOf, PreferenceInterest?)>();
        var (categories, seenCategories) = PreferenceInterest.Of(
            history, options, columns.Category is null ? null : columns.Categories, Preferences.CategoryOf);
        var (products, seenProducts) = PreferenceInterest.Of(
            history, options, columns.Product is null ? null : columns.Products, (thing, _) => thing.Product);
        Add("category", cutoffs.Category, least.Category, categories, static (l, i, _) => l.Category[i], seenCategories);
        Add("product", cutoffs.Product, least.Product, products, static (l, i, _) => l.Product[i], seenProducts);
        Add("hour", cutoffs.Hour, least.Hour, Preferences.BlockNames(options), static (l, i, o) => Preferences.BlockOf(l.OrderedAt[i], o));
        Add("channel", cutoffs.Channel, least.Channel, columns.Channel is null ? null : columns.Channels, static (l, i, _) => l.Channel[i]);
        _kinds = [.. kinds];

        void Add(
            string kind, IReadOnlyDictionary<string, double>? shares, double rarest, string[]? names, Preferences.CodeOf codeOf,
            PreferenceInterest? interest = null)
        {
            if (shares is { Count: > 0 } && names is not null)
            {
                kinds.Add(
                    (kind, [.. names.Select(n => shares.TryGetValue(n, out double share) ? share : rarest)], names, codeOf, interest));
            }
        }
    }

    /// <summary>The tags of one customer of that history, strongest first; lines at or after the as-of are ignored.</summary>
    public IReadOnlyList<PreferenceTag> Compute(CustomerLines lines, LocalTime asOf)
    {
        var before = lines.Before(asOf);
        var tags = new List<PreferenceTag>();
        var own = new Dictionary<int, (double Weight, int Day)>();
        foreach (var (kind, shares, names, codeOf, interest) in _kinds)
        {
            own.Clear();
            double total = Preferences.Accumulate(before, asOf, _options, codeOf, own, interest);
            foreach (var (code, (support, _)) in own)
            {
                double strength = (support + _options.PriorSupport) / ((total * shares[code]) + _options.PriorSupport);
                if (support >= _options.MinimumSupport && strength >= _options.MinimumStrength)
                {
                    tags.Add(new PreferenceTag($"{kind}:{names[code]}", strength, support));
                }
            }
        }

        _stated.AddTo(tags, lines, _options.MinimumStrength);
        // Ties are broken by name, so that the order does not depend on codes.
        return [.. tags.OrderByDescending(t => t.Strength).ThenBy(t => t.Tag, StringComparer.Ordinal).Take(_options.Top)];
    }
}
