namespace Predictive.Training.Members;

/// <summary>From the mean of a logarithm back to a mean of money.</summary>
internal static class Smearing
{
    /// <summary>
    /// Factor S of Duan's smearing on log1p money: Σ min(v, cap) / Σ (e^ŷ − 1) over buyers, the cap at their .998 quantile, so that one
    /// wholesaler does not lift everybody.
    /// </summary>
    public static double Factor(ReadOnlySpan<float> spend, ReadOnlySpan<double> logPrediction, ReadOnlySpan<float> weight)
    {
        double[] sorted = new double[spend.Length];
        for (int i = 0; i < spend.Length; i++)
        {
            sorted[i] = spend[i];
        }

        Array.Sort(sorted);
        double cap = sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(0.998 * sorted.Length))];
        double actual = 0, predicted = 0;
        for (int i = 0; i < spend.Length; i++)
        {
            actual += weight[i] * Math.Min(spend[i], cap);
            predicted += weight[i] * Math.Exp(Math.Max(0, logPrediction[i])) - weight[i];
        }

        return predicted > 0 && actual > 0 ? actual / predicted : 1;
    }
}
