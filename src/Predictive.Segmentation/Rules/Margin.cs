using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>What goods cost, where lines say what one unit costs.</summary>
internal static class Margin
{
    /// <summary>
    /// Cost of the goods on lines that were kept: units × unit cost. A line without a cost counts 0; one without units counts as one unit.
    /// A
    /// returned line takes its cost back.
    /// </summary>
    public static double CostOf(CustomerLines lines)
    {
        ReadOnlySpan<float> unit = lines.UnitCost;
        if (unit.IsEmpty)
        {
            return 0;
        }

        ReadOnlySpan<float> quantity = lines.Quantity;
        ReadOnlySpan<double> kept = lines.Kept;
        double cost = 0;
        for (int i = 0; i < unit.Length; i++)
        {
            if (kept[i] != 0 && !float.IsNaN(unit[i]))
            {
                double units = quantity.IsEmpty || float.IsNaN(quantity[i]) ? 1 : Math.Abs(quantity[i]);
                cost += (kept[i] > 0 ? 1 : -1) * units * unit[i];
            }
        }

        return cost;
    }
}
