using Predictive.Learning;

namespace Predictive.Segmentation.Models;

/// <summary>
/// The 80 % interval of net spend of a two-part model: bought with chance p, and then log1p(spend) = μ + residual.
/// </summary>
/// <remarks>
/// Q(α) = 0 for α ≤ 1 − p, else exp(μ + G⁻¹((α − 1 + p) / p)) − 1, G the residuals in four strata of μ. A central band of such
/// quantiles covers 90 % where p ≥ ½, for the atom at zero swallows its low end. So the low end is positive from p ≥ p* on, and the high
/// end is taken at a level of its own per range of p; p* and the levels are set so that misses come out as promised (see the fitter).
/// </remarks>
internal sealed class SpendInterval(
    double[] strataCuts, QuantileTable[] residuals, double lowFrom, double[] highLevels, double tokenShare = SpendInterval.TokenShare)
{
    /// <summary>Number of strata of μ.</summary>
    public const int Strata = 4;

    /// <summary>Least level of the residual distribution that a positive low end stands at.</summary>
    private const double LowestLevel = 0.02;

    /// <summary>
    /// Share of that level's spend that the low end is where p is below .9: there the true .1 quantile is 0, so a positive low end says no
    /// more than "something will be bought", and costs little where nothing is.
    /// </summary>
    public const double TokenShare = 0.02;

    /// <summary>The same in models of format 2 and before.</summary>
    private const double OldTokenShare = 0.1;

    /// <summary>Chances to buy from which the middle and the upper high level hold.</summary>
    public static readonly double[] Ranges = [0.1, 0.5];

    /// <summary>Stands where no interval has been set.</summary>
    public static readonly SpendInterval Unset = new([], [new QuantileTable([0, 0])], 1, [0.9, 0.9, 0.9]);

    /// <summary>Chance to buy from which the low end is positive (p*).</summary>
    public double LowFrom => lowFrom;

    /// <summary>Level of the high end for p below .1, below .5, and from .5.</summary>
    public IReadOnlyList<double> HighLevels => highLevels;

    public (double Low, double High) Of(double p, double mu)
    {
        QuantileTable table = residuals[StratumOf(mu)];
        double low = p >= lowFrom ? Low(table, mu, p) : 0;
        double high = High(table, mu, p, highLevels[RangeOf(p)]);
        return (low, Math.Max(low, high));
    }

    /// <summary>The low end if it were positive.</summary>
    public double PositiveLow(double p, double mu) => Low(residuals[StratumOf(mu)], mu, p);

    /// <summary>The high end at a level.</summary>
    public double HighAt(double p, double mu, double level) => High(residuals[StratumOf(mu)], mu, p, level);

    public static int RangeOf(double p) => p < Ranges[0] ? 0 : p < Ranges[1] ? 1 : 2;

    public int StratumOf(double mu)
    {
        int stratum = 0;
        while (stratum < strataCuts.Length && mu >= strataCuts[stratum])
        {
            stratum++;
        }

        return stratum;
    }

    public void Save(PayloadWriter writer)
    {
        writer.WriteList(strataCuts);
        foreach (QuantileTable table in residuals)
        {
            writer.WriteList(table.Values);
        }

        writer.Write(lowFrom);
        writer.WriteList(highLevels);
    }

    public static SpendInterval Load(ref PayloadReader reader)
    {
        double[] cuts = reader.DoubleList();
        var tables = new QuantileTable[cuts.Length + 1];
        for (int i = 0; i < tables.Length; i++)
        {
            tables[i] = reader.Table();
        }

        return new SpendInterval(cuts, tables, reader.Double(), reader.DoubleList(Ranges.Length + 1));
    }

    private double Low(QuantileTable table, double mu, double p)
    {
        double level = (0.1 - 1 + p) / Math.Max(p, 1e-9);
        return level > 0 ? At(table, mu, Math.Max(level, LowestLevel)) : tokenShare * At(table, mu, LowestLevel);
    }

    private static double High(QuantileTable table, double mu, double p, double level) =>
        level <= 1 - p ? 0 : At(table, mu, (level - 1 + p) / p);

    private static double At(QuantileTable table, double mu, double level) => Math.Max(0, Math.Exp(mu + table.Quantile(level)) - 1);
}
