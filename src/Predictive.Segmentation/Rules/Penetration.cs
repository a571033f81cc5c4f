using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
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
    // Shares are told to four digits: as whole ten-thousandths their sums are exact, and two categories that are level are level.
    private const double Whole = 1e4;

    // Made once, not for every history that is bound.
    private static readonly ConditionalWeakTable<PenetrationCutoffs, Known> s_known = [];

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

        int[] population = Population.At(history, asOf), all = [.. Enumerable.Range(0, names.Length)];
        int[] customers = Pairs(history, population, asOf, all, names.Length, pairs: false);
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

        int[] together = Pairs(history, population, asOf, index, kept.Length, pairs: true);
        return new PenetrationCutoffs(
            [.. kept.Select(c => names[c])],
            [.. kept.Select(c => Rounded(customers[c], population.Length))],
            [
                .. Enumerable.Range(0, kept.Length).Select(
                    i => (IReadOnlyList<double>)
                        [.. Enumerable.Range(0, kept.Length).Select(j => Rounded(together[(i * kept.Length) + j], Buyers(i)))]),
            ]);

        int Buyers(int i) => together[(i * kept.Length) + i];
    }

    /// <summary>Joins the base's categories with the codes of a history.</summary>
    internal static BoundPenetration Bind(TransactionColumns columns, PenetrationCutoffs cutoffs)
    {
        Known known = s_known.GetValue(cutoffs, static c => new Known(
            c.Categories.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal),
            [.. c.Given.Select(Rows)]));
        return new BoundPenetration(
            columns.Category is null ? [] : Array.ConvertAll(columns.Categories!, n => known.Index.GetValueOrDefault(n, -1)), known.Rows);
    }

    private sealed record Known(Dictionary<string, int> Index, int[][] Rows);

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
        CustomerLines before, PenetrationOptions options, PenetrationCutoffs cutoffs, BoundPenetration bound)
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
            if (kept[i] > 0 && codes[i] >= 0 && bound.Index[codes[i]] is >= 0 and int at && !has[at])
            {
                has[at] = true;
                bought++;
            }
        }

        Span<int> sum = n <= 256 ? stackalloc int[n] : new int[n];
        for (int j = 0; j < n; j++)
        {
            sum[j] = bought == 0 ? (int)Math.Round(Whole * cutoffs.Share[j]) : 0;
        }

        for (int i = 0; i < n; i++)
        {
            if (has[i])
            {
                TensorPrimitives.Add(sum, bound.Given[i], sum);
            }
        }

        // The few most likely, by insertion.
        var gaps = new List<CrossSellGap>(options.Gaps + 1);
        for (int j = 0; j < n; j++)
        {
            double likelihood = sum[j] / (Whole * Math.Max(bought, 1));
            int at = gaps.Count;
            while (at > 0 && (gaps[at - 1].Likelihood < likelihood || (gaps[at - 1].Likelihood == likelihood
                && string.CompareOrdinal(gaps[at - 1].Category, cutoffs.Categories[j]) > 0)))
            {
                at--;
            }

            if (has[j] || at >= options.Gaps)
            {
                continue;
            }

            gaps.Insert(at, new CrossSellGap(cutoffs.Categories[j], likelihood));
            if (gaps.Count > options.Gaps)
            {
                gaps.RemoveAt(options.Gaps);
            }
        }

        return new PenetrationResult(bought, n, bought / (double)n, gaps);
    }

    private static int[] Rows(IReadOnlyList<double> shares) => [.. shares.Select(s => (int)Math.Round(Whole * s))];

    internal static void Validate(PenetrationOptions options)
    {
        if (options.MaximumCategories is < 1 or > 500 || options.Gaps < 0)
        {
            throw new RulesException(
                "penetration", [$"{options.MaximumCategories} categories, {options.Gaps} gaps; expected 1 to 500 and 0 or more"]);
        }
    }

    private static double Rounded(int part, int all) => all == 0 ? 0 : Math.Round(part / (double)all, 4);

    /// <summary>
    /// Customers who bought each two categories, row by row; with <paramref name="pairs"/> false customers of each, one row.
    /// </summary>
    private static int[] Pairs(TransactionHistory history, int[] population, LocalTime asOf, int[] index, int n, bool pairs)
    {
        var all = new int[pairs ? n * n : n];
        BaseScan.Count(
            population.Length,
            () => (Counts: new int[all.Length], Seen: new int[n], Bought: new int[n]),
            (first, end, own) =>
            {
                for (int p = first; p < end; p++)
                {
                    CustomerLines lines = history.Lines(population[p]).Before(asOf);
                    int bought = 0;
                    for (int i = 0; i < lines.Count; i++)
                    {
                        if (lines.Kept[i] > 0 && lines.Category[i] >= 0 && index[lines.Category[i]] is >= 0 and int at
                            && own.Seen[at] != p + 1)
                        {
                            own.Seen[at] = p + 1;
                            own.Bought[bought++] = at;
                        }
                    }

                    for (int a = 0; a < bought; a++)
                    {
                        for (int b = 0; pairs && b < bought; b++)
                        {
                            own.Counts[(own.Bought[a] * n) + own.Bought[b]]++;
                        }

                        own.Counts[own.Bought[a]] += pairs ? 0 : 1;
                    }
                }
            },
            own => TensorPrimitives.Add(all, own.Counts, all));
        return all;
    }
}

/// <summary>The base's categories by the codes of a history, −1 = not among them, and who buys what together, row by row.</summary>
internal sealed record BoundPenetration(int[] Index, int[][] Given);
