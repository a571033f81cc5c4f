using System.Buffers;
using System.Runtime.CompilerServices;
using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>One rule that infers an attribute from what was bought.</summary>
/// <param name="Attribute">Name of the attribute, as a column of the customers table would be called.</param>
/// <param name="Value">What it is taken to be.</param>
/// <param name="Bought">Groups of words: of every group the customer must have bought something whose category or product contains one of
/// its
/// words, whatever the case.</param>
public sealed record InferenceRule(string Attribute, string Value, IReadOnlyList<IReadOnlyList<string>> Bought)
{
    /// <summary>Confidence assumed until customers whose attribute is known say otherwise, 0 to 1. Default .6.</summary>
    public double Confidence { get; init; } = .6;
}

/// <summary>Settings of the inferred attributes.</summary>
public sealed record InferenceOptions
{
    /// <summary>The rules; of several for one attribute the most confident that fits counts.</summary>
    public IReadOnlyList<InferenceRule> Rules { get; init; } =
    [
        new("household", "probably a young mother", [["baby", "maternity", "mother"], ["women", "ladies"]]),
    ];

    /// <summary>Customers' worth of the assumed confidence that is mixed with what the base shows. Default 20.</summary>
    public double PriorCustomers { get; init; } = 20;

    /// <summary>Smallest confidence that is shown. Default .5.</summary>
    public double MinimumConfidence { get; init; } = .5;
}

/// <summary>What a rule is worth on a base.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Value">The value inferred.</param>
/// <param name="Fits">Customers it fits.</param>
/// <param name="Known">Of them, those whose attribute the customers table knows.</param>
/// <param name="Right">Of those, the ones it was right about.</param>
/// <param name="Confidence">(right + prior × assumed) / (known + prior).</param>
public sealed record InferenceStrength(string Attribute, string Value, int Fits, int Known, int Right, double Confidence);

/// <summary>Confidence of every rule, in the order of the options.</summary>
/// <param name="Rules">One per rule.</param>
public sealed record InferenceCutoffs(IReadOnlyList<InferenceStrength> Rules);

/// <summary>An attribute nobody told, inferred from baskets.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Value">What it probably is.</param>
/// <param name="Confidence">How sure, 0 to 1.</param>
/// <param name="IsInferred">Always true: never to be taken for what was told.</param>
public sealed record InferredAttribute(string Attribute, string Value, double Confidence, bool IsInferred = true);

/// <summary>Attributes inferred from baskets where the customers table is silent, each flagged, with its confidence.</summary>
public static class Inference
{
    /// <summary>What each rule is worth among the customers whose attribute is known.</summary>
    public static InferenceCutoffs Fit(TransactionHistory history, LocalTime asOf, InferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        BoundInference bound = Bind(history, options);
        int[] population = Population.At(history, asOf);
        var strengths = new List<InferenceStrength>();
        for (int r = 0; r < options.Rules.Count; r++)
        {
            InferenceRule rule = options.Rules[r];
            int number = r;
            bool[] fits = bound.CanFit(r) ? BaseScan.Select(history, population, asOf, (_, lines) => bound.Fits(number, lines)) : [];
            AttributeColumn? column = KnownAttributes.Find(history.Tables, rule.Attribute);
            int known = 0, right = 0;
            for (int i = 0; i < fits.Length && column is not null; i++)
            {
                if (fits[i] && KnownAttributes.Text(column, population[i]) is { } told)
                {
                    known++;
                    right += told.Equals(rule.Value, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
                }
            }

            double confidence = known + options.PriorCustomers > 0
                ? (right + (options.PriorCustomers * rule.Confidence)) / (known + options.PriorCustomers)
                : rule.Confidence;
            strengths.Add(
                new InferenceStrength(rule.Attribute, rule.Value, fits.Count(f => f), known, right, Math.Round(confidence, 4)));
        }

        return new InferenceCutoffs(strengths);
    }

    /// <summary>Joins the rules with the codes of a history.</summary>
    internal static BoundInference Bind(TransactionHistory history, InferenceOptions options) => new(history, options);

    /// <summary>What is inferred of one customer; lines at or after the as-of are ignored.</summary>
    /// <param name="lines">The customer's lines.</param>
    /// <param name="history">Whose they are.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cutoffs">From <see cref="Fit"/>.</param>
    public static IReadOnlyList<InferredAttribute> Compute(
        CustomerLines lines, TransactionHistory history, LocalTime asOf, InferenceOptions options, InferenceCutoffs cutoffs) =>
        Compute(lines.Before(asOf), options, cutoffs, Bind(history, options));

    internal static IReadOnlyList<InferredAttribute> Compute(
        CustomerLines before, InferenceOptions options, InferenceCutoffs cutoffs, BoundInference bound)
    {
        List<InferredAttribute>? found = null;
        for (int r = 0; r < options.Rules.Count; r++)
        {
            InferenceRule rule = options.Rules[r];
            double confidence = cutoffs.Rules[r].Confidence;
            if (confidence < options.MinimumConfidence || !bound.CanFit(r) || bound.IsTold(r, before) || !bound.Fits(r, before))
            {
                continue;
            }

            found ??= [];
            int same = found.FindIndex(f => f.Attribute == rule.Attribute);
            if (same < 0)
            {
                found.Add(new InferredAttribute(rule.Attribute, rule.Value, confidence));
            }
            else if (found[same].Confidence < confidence)
            {
                found[same] = new InferredAttribute(rule.Attribute, rule.Value, confidence);
            }
        }

        return found ?? (IReadOnlyList<InferredAttribute>)[];
    }

    internal static void Validate(InferenceOptions options)
    {
        var faults = new List<string>();
        foreach (InferenceRule rule in options.Rules)
        {
            string name = $"the rule for '{rule.Attribute}' = '{rule.Value}'";
            if (string.IsNullOrWhiteSpace(rule.Attribute) || string.IsNullOrWhiteSpace(rule.Value))
            {
                faults.Add($"{name} has an empty name; expected an attribute and a value");
            }

            if (rule.Bought.Count == 0 || rule.Bought.Any(g => g.Count == 0 || g.Any(string.IsNullOrWhiteSpace)))
            {
                faults.Add($"{name} has an empty group of words; expected at least one group with at least one word");
            }

            if (!(rule.Confidence is > 0 and <= 1))
            {
                faults.Add($"{name} has the confidence {rule.Confidence}; expected above 0 and up to 1");
            }
        }

        if (!(options.PriorCustomers >= 0) || !(options.MinimumConfidence is >= 0 and <= 1))
        {
            faults.Add($"prior {options.PriorCustomers}, minimum {options.MinimumConfidence}; expected 0 or more, and 0 to 1");
        }

        RulesException.ThrowIfAny("the inferred attributes", faults);
    }
}

/// <summary>Rules joined with the codes of one history. Safe to use from several threads.</summary>
internal sealed class BoundInference
{
    // The words of every group of every rule; found once, not for every history that is bound.
    private static readonly ConditionalWeakTable<InferenceOptions, SearchValues<string>[][]> s_words = [];

    private readonly (AttributeColumn? Told, (bool[] Category, bool[] Product)[] Groups, bool CanFit)[] _rules;

    public BoundInference(TransactionHistory history, InferenceOptions options)
    {
        string[] categories = history.Columns.Category is null ? [] : history.Columns.Categories ?? [];
        string[] products = history.Columns.Product is null ? [] : history.Columns.Products ?? [];
        SearchValues<string>[][] groupsOfWords = s_words.GetValue(options, static o =>
        [
            .. o.Rules.Select(r => r.Bought.Select(g => SearchValues.Create([.. g], StringComparison.OrdinalIgnoreCase)).ToArray()),
        ]);
        _rules =
        [
            .. options.Rules.Select((rule, r) =>
            {
                (bool[] Category, bool[] Product)[] groups =
                    Array.ConvertAll(groupsOfWords[r], words => (Containing(categories, words), Containing(products, words)));
                return (
                    KnownAttributes.Find(history.Tables, rule.Attribute), groups,
                    Array.TrueForAll(groups, g => g.Category.Contains(true) || g.Product.Contains(true)));
            }),
        ];
    }

    /// <summary>Whether the data has anything of every group.</summary>
    public bool CanFit(int rule) => _rules[rule].CanFit;

    public bool IsTold(int rule, CustomerLines lines) =>
        _rules[rule].Told is { } column && !float.IsNaN(column.Values[lines.Customer]);

    public bool Fits(int rule, CustomerLines before)
    {
        foreach (var (category, product) in _rules[rule].Groups)
        {
            if (!Any(before.Category, before.Kept, category) && !Any(before.Product, before.Kept, product))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Any(ReadOnlySpan<int> codes, ReadOnlySpan<double> kept, bool[] wanted)
    {
        for (int i = 0; i < codes.Length && wanted.Length > 0; i++)
        {
            if (kept[i] > 0 && codes[i] >= 0 && wanted[codes[i]])
            {
                return true;
            }
        }

        return false;
    }

    private static bool[] Containing(string[] names, SearchValues<string> words) =>
        Array.ConvertAll(names, n => n.AsSpan().ContainsAny(words));
}
