using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the penetration rule.</summary>
public sealed record PenetrationOptions
{
    /// <summary>Categories looked at, most bought first. Default 50.</summary>
    public int MaximumCategories { get; init; } = 50;

    /// <summary>Gaps named per customer. Default 3.</summary>
    public int Gaps { get; init; } = 3;
}

/// <summary>Who buys what together, by category.</summary>
/// <param name="Categories">Names, ordinal; none where the data has no categories.</param>
/// <param name="Share">Share of the customers who bought it.</param>
/// <param name="Given">Given[i][j] = share of the buyers of i who bought j.</param>
public sealed record PenetrationCutoffs(
    IReadOnlyList<string> Categories, IReadOnlyList<double> Share, IReadOnlyList<IReadOnlyList<double>> Given);

/// <summary>A category that is missing in a customer's purchases.</summary>
/// <param name="Category">Its name.</param>
/// <param name="Likelihood">Mean share of the buyers of what the customer buys who bought it, too; 0–1.</param>
public sealed record CrossSellGap(string Category, double Likelihood);

/// <summary>Penetration of one customer.</summary>
/// <param name="Bought">Categories bought.</param>
/// <param name="Available">Categories there are.</param>
/// <param name="Share">Bought over available.</param>
/// <param name="Gaps">What is missing, most likely first.</param>
public sealed record PenetrationResult(int Bought, int Available, double Share, IReadOnlyList<CrossSellGap> Gaps);

/// <summary>Categories bought over categories available, and the gaps: what people who buy the same have bought besides.</summary>
public static class Penetration
{
    /// <summary>Shares of the base before a local time.</summary>
    public static PenetrationCutoffs Fit(TransactionHistory history, LocalTime asOf, PenetrationOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        if (history.Columns.Categories is not { Length: > 0 } names || history.Columns.Category is null)
        {
            return new PenetrationCutoffs([], [], []);
        }

        int[] population = Population.At(history, asOf);
        int[][] bought = BaseScan.Select(history, population, asOf, (_, lines) => Codes(lines));
        var customers = new int[names.Length];
        foreach (int code in bought.SelectMany(b => b))
        {
            customers[code]++;
        }

        int[] kept =
        [
            .. Enumerable.Range(0, names.Length).Where(c => customers[c] > 0)
                .OrderByDescending(c => customers[c]).ThenBy(c => names[c], StringComparer.Ordinal).Take(options.MaximumCategories)
                .OrderBy(c => names[c], StringComparer.Ordinal),
        ];
        var index = new int[names.Length];
        Array.Fill(index, -1);
        for (int i = 0; i < kept.Length; i++)
        {
            index[kept[i]] = i;
        }

        var together = new int[kept.Length, kept.Length];
        foreach (int[] codes in bought)
        {
            foreach (int a in codes)
            {
                for (int k = 0; k < codes.Length && index[a] >= 0; k++)
                {
                    if (index[codes[k]] >= 0)
                    {
                        together[index[a], index[codes[k]]]++;
                    }
                }
            }
        }

        return new PenetrationCutoffs(
            [.. kept.Select(c => names[c])],
            [.. kept.Select(c => Rounded(customers[c], population.Length))],
            [
                .. Enumerable.Range(0, kept.Length).Select(
                    i => (IReadOnlyList<double>)[.. Enumerable.Range(0, kept.Length).Select(j => Rounded(together[i, j], together[i, i]))]),
            ]);
    }

    /// <summary>Joins the base's categories with the codes of a history; −1 = not among them.</summary>
    internal static int[] Bind(TransactionColumns columns, PenetrationCutoffs cutoffs)
    {
        var index = cutoffs.Categories.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i, StringComparer.Ordinal);
        return columns.Category is null ? [] : [.. columns.Categories!.Select(n => index.GetValueOrDefault(n, -1))];
    }

    /// <summary>The penetration of one customer; lines at or after the as-of are ignored. Null where the base has no categories.</summary>
    /// <param name="lines">The customer's lines.</param>
    /// <param name="history">Whose they are.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cutoffs">From <see cref="Fit"/>.</param>
    public static PenetrationResult? Compute(
        CustomerLines lines, TransactionHistory history, LocalTime asOf, PenetrationOptions options, PenetrationCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        return Compute(lines.Before(asOf), options, cutoffs, Bind(history.Columns, cutoffs));
    }

    internal static PenetrationResult? Compute(
        CustomerLines before, PenetrationOptions options, PenetrationCutoffs cutoffs, int[] index)
    {
        int n = cutoffs.Categories.Count;
        if (n == 0)
        {
            return null;
        }

        Span<bool> has = n <= 256 ? stackalloc bool[n] : new bool[n];
        has.Clear();
        int bought = 0;
        ReadOnlySpan<int> codes = before.Category;
        ReadOnlySpan<double> kept = before.Kept;
        for (int i = 0; i < codes.Length; i++)
        {
            if (kept[i] > 0 && codes[i] >= 0 && index[codes[i]] is >= 0 and int at && !has[at])
            {
                has[at] = true;
                bought++;
            }
        }

        var gaps = new List<CrossSellGap>();
        for (int j = 0; j < n; j++)
        {
            if (has[j])
            {
                continue;
            }

            double sum = bought == 0 ? cutoffs.Share[j] : 0;
            for (int i = 0; i < n; i++)
            {
                sum += has[i] ? cutoffs.Given[i][j] : 0;
            }

            gaps.Add(new CrossSellGap(cutoffs.Categories[j], sum / Math.Max(bought, 1)));
        }

        gaps.Sort((a, b) => a.Likelihood != b.Likelihood
            ? b.Likelihood.CompareTo(a.Likelihood)
            : string.CompareOrdinal(a.Category, b.Category));
        return new PenetrationResult(bought, n, bought / (double)n, gaps.Count > options.Gaps ? gaps[..options.Gaps] : gaps);
    }

    internal static void Validate(PenetrationOptions options)
    {
        if (options.MaximumCategories is < 1 or > 500 || options.Gaps < 0)
        {
            throw new RulesException(
                "penetration", [$"{options.MaximumCategories} categories, {options.Gaps} gaps; expected 1 to 500 and 0 or more"]);
        }
    }

    private static double Rounded(int part, int all) => all == 0 ? 0 : Math.Round(part / (double)all, 4);

    private static int[] Codes(CustomerLines lines)
    {
        var seen = new HashSet<int>();
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines.Kept[i] > 0 && lines.Category[i] >= 0)
            {
                seen.Add(lines.Category[i]);
            }
        }

        return [.. seen];
    }
}
