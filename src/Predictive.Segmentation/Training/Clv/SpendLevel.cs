namespace Predictive.Segmentation.Training.Clv;

/// <summary>The total that predictions should add up to.</summary>
internal static class SpendLevel
{
    /// <summary>Growth of the base within one horizon above which its last window says nothing of the next.</summary>
    private const double MostGrowth = 5.0 / 3;

    /// <summary>Share of the last window's net spend that the same customers spend in the next: some leave.</summary>
    private const double Retained = 0.9;

    /// <summary>Weight of the last window against each of the others: seasons and growth make it the least certain of the three.</summary>
    private const double LastWindowWeight = 0.5;

    /// <summary>
    /// Geometric mean of the blend's total, the lifetimes product's and (at half weight) .9 × the net spend of the last window; the last is left out
    /// where the base has grown by more than two thirds within it, and any that is not positive. Never one window's actual over
    /// predicted: that doubles the error.
    /// </summary>
    /// <param name="blend">Total of the blend.</param>
    /// <param name="lifetimes">Total of the lifetimes product.</param>
    /// <param name="lastWindow">Net spend of the population in the last H days.</param>
    /// <param name="growth">Population now over population H days ago; +∞ where there was none.</param>
    public static double Target(double blend, double lifetimes, double lastWindow, double growth)
    {
        double sum = 0, weight = 0;
        Add(blend, 1);
        Add(lifetimes, 1);
        Add(growth <= MostGrowth ? Retained * lastWindow : 0, LastWindowWeight);
        return weight == 0 ? 0 : Math.Exp(sum / weight);

        void Add(double total, double own)
        {
            if (total > 0)
            {
                sum += own * Math.Log(total);
                weight += own;
            }
        }
    }
}
