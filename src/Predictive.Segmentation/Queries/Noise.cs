using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Queries;

/// <summary>How sure a figure is, were the customers a draw from those there could be: 95 % intervals.</summary>
internal static class Noise
{
    /// <summary>The normal deviate of 95 %.</summary>
    public const double Z = 1.959963984540054;

    /// <summary>
    /// Of a share of customers Wilson's interval (1927); of another ratio its linearised variance with the customer as the unit drawn
    /// (Cochran, Sampling Techniques, 1977, 6.4). A sum is counted, not estimated.
    /// </summary>
    public static (double? Low, double? High) Of(PeriodMetric metric, GroupSums.Cell cell)
    {
        if (metric.Over is not { } over)
        {
            return (null, null);
        }

        double a = cell.Parts[(int)metric.Part], b = cell.Parts[(int)over];
        if (!(b > 0))
        {
            return (null, null);
        }

        if (metric.IsShareOfCustomers)
        {
            return Wilson(a, b);
        }

        int n = cell.Customers;
        if (n < 2)
        {
            return (null, null);
        }

        double ratio = a / b, squares = cell.PartSquares - (2 * ratio * cell.Products) + (ratio * ratio * cell.OverSquares);
        double error = Z * Math.Sqrt(Math.Max(squares, 0) * n / (n - 1)) / b;
        return (ratio - error, ratio + error);
    }

    /// <summary>Wilson's interval of <paramref name="hits"/> of <paramref name="of"/>.</summary>
    public static (double? Low, double? High) Wilson(double hits, double of)
    {
        double p = hits / of, z2 = Z * Z, centre = (p + (z2 / (2 * of))) / (1 + (z2 / of));
        double half = Z / (1 + (z2 / of)) * Math.Sqrt((p * (1 - p) / of) + (z2 / (4 * of * of)));
        return (Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
