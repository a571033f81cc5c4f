using Predictive.History;

namespace Predictive.Segmentation.Features;

/// <summary>
/// What happened in [as-of, as-of + horizon), for customers of the population; nothing before or after that window is looked at.
/// </summary>
/// <param name="Churned">1 = no purchase in the window, else 0.</param>
/// <param name="NetSpend">Sum of all amounts, refunds subtracted.</param>
/// <param name="Orders">Distinct orders with a purchase.</param>
/// <param name="DaysToNextOrder">Days (with fraction) from as-of to the first purchase; NaN = none in the window.</param>
public sealed record Labels(float[] Churned, double[] NetSpend, int[] Orders, float[] DaysToNextOrder)
{
    /// <summary>One entry per customer given.</summary>
    public static Labels Compute(TransactionHistory history, ReadOnlySpan<int> customers, LocalTime asOf, int horizonDays)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizonDays, 1);
        int n = customers.Length;
        var labels = new Labels(new float[n], new double[n], new int[n], new float[n]);
        var counter = new OrderCounter();
        LocalTime end = asOf.AddDays(horizonDays);
        for (int i = 0; i < n; i++)
        {
            CustomerLines lines = history.Lines(customers[i]).Between(asOf, end);
            ReadOnlySpan<double> amounts = lines.Amount;
            double net = 0;
            int first = -1;
            for (int j = 0; j < amounts.Length; j++)
            {
                net += amounts[j];
                if (first < 0 && amounts[j] > 0)
                {
                    first = j;
                }
            }

            labels.NetSpend[i] = net;
            labels.Orders[i] = counter.Count(lines);
            labels.Churned[i] = first < 0 ? 1 : 0;
            labels.DaysToNextOrder[i] = first < 0 ? float.NaN : (float)new LocalTime(lines.OrderedAt[first]).DaysSince(asOf);
        }

        return labels;
    }
}
