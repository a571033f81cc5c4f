using System.Globalization;
using Predictive.History;
using Predictive.Learning;
using Predictive.Learning.Clustering;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the RFM-cell groups.</summary>
public sealed record RfmGroupOptions
{
    /// <summary>Groups the cells are gathered into, 2 to 20; fewer where the base has fewer distinct cells. Default 6.</summary>
    public int Groups { get; init; } = 6;

    /// <summary>Seed of the k-means starts. Default 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>One group of cells.</summary>
/// <param name="Name">Unique, from the centre: how lately, how often, how much.</param>
/// <param name="R">Mean R score of its customers.</param>
/// <param name="F">Mean F score.</param>
/// <param name="M">Mean M score.</param>
/// <param name="Customers">Customers of the base in it.</param>
public sealed record RfmGroup(string Name, double R, double F, double M, int Customers);

/// <summary>Which cell belongs to which group.</summary>
/// <param name="Groups">Highest centre (R + F + M) first.</param>
/// <param name="Cells">125 indices into <paramref name="Groups"/>: the cell (r, f, m) stands at 25 (r − 1) + 5 (f − 1) + (m − 1).</param>
public sealed record RfmGroupCutoffs(IReadOnlyList<RfmGroup> Groups, IReadOnlyList<int> Cells);

/// <summary>The 125 RFM cells gathered by k-means into a few groups that behave alike. A cell nobody is in goes to the nearest
/// centre.</summary>
public static class RfmGroups
{
    /// <summary>The groups of the customers with a purchase before a local time.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="rfm">Settings of RFM.</param>
    /// <param name="cutoffs">Cut-offs of RFM.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="RulesException">A number of groups out of range.</exception>
    public static RfmGroupCutoffs Fit(
        TransactionHistory history, LocalTime asOf, RfmOptions rfm, RfmCutoffs cutoffs, RfmGroupOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        (byte R, byte F, byte M)[] scores = BaseScan.Select(history, Population.At(history, asOf), asOf, (_, lines) =>
        {
            RfmResult r = Rfm.Compute(lines, asOf, rfm, cutoffs);
            return ((byte)r.R, (byte)r.F, (byte)r.M);
        });
        int distinct = scores.Distinct().Count();
        if (distinct == 0)
        {
            return new RfmGroupCutoffs([new RfmGroup("everyone", 0, 0, 0, 0)], new int[125]);
        }

        var table = new FeatureMatrix(
            ["r", "f", "m"],
            [Array.ConvertAll(scores, s => (float)s.R), Array.ConvertAll(scores, s => (float)s.F), Array.ConvertAll(scores, s =>
                (float)s.M)]);
        KMeansModel model = KMeans.Fit(
            table, new ClustererOptions { Clusters = Math.Min(options.Groups, distinct), Seed = options.Seed });
        int[] order =
        [
            .. Enumerable.Range(0, model.Clusters).OrderByDescending(c => model.Centre(c).Sum()).ThenByDescending(c => model.Centre(c)[0])
                .ThenByDescending(c => model.Centre(c)[1]),
        ];
        var cells = new int[125];
        for (int cell = 0; cell < cells.Length; cell++)
        {
            cells[cell] = Array.IndexOf(order, model.Assign([(cell / 25) + 1, (cell / 5 % 5) + 1, (cell % 5) + 1], out _));
        }

        var counts = new int[order.Length];
        foreach (var (r, f, m) in scores)
        {
            counts[cells[Index(r, f, m)]]++;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        return new RfmGroupCutoffs(
            [
                .. order.Select((c, i) => new RfmGroup(
                    Named(model.Centre(c), names), Math.Round(model.Centre(c)[0], 4), Math.Round(model.Centre(c)[1], 4),
                    Math.Round(model.Centre(c)[2], 4), counts[i])),
            ],
            cells);
    }

    /// <summary>The group of a cell.</summary>
    public static RfmGroup Compute(int r, int f, int m, RfmGroupCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(cutoffs);
        return cutoffs.Groups[cutoffs.Cells[Index(r, f, m)]];
    }

    internal static void Validate(RfmGroupOptions options)
    {
        if (options.Groups is < 2 or > 20)
        {
            throw new RulesException("the RFM groups", [$"{options.Groups} groups were asked for; expected 2 to 20"]);
        }
    }

    private static int Index(int r, int f, int m) => ((r - 1) * 25) + ((f - 1) * 5) + m - 1;

    private static string Named(IReadOnlyList<float> centre, HashSet<string> taken)
    {
        string name = string.Join(
            ", ",
            Level(centre[0], "recent", "a while ago", "long ago"), Level(centre[1], "often", "now and then", "rarely"),
            Level(centre[2], "high spend", "medium spend", "low spend"));
        string unique = name;
        for (int n = 2; !taken.Add(unique); n++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{name} ({n})");
        }

        return unique;

        static string Level(float score, string high, string middle, string low) => score >= 3.67 ? high : score > 2.33 ? middle : low;
    }
}
