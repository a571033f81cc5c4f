using Predictive.History;
using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Queries;

/// <summary>Who bought in a period and in the one before: one pass, as <see cref="PeriodScan"/>.</summary>
internal static class LookBackScan
{
    /// <summary>Sums by group.</summary>
    /// <param name="plan">Filters and groups; its time is that of the period and all that lies before it.</param>
    /// <param name="whole">The period.</param>
    /// <param name="before">The one before it.</param>
    /// <param name="steps">Periods that follow each other, the first only looked back at; empty = the period is not divided.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="cancellation">Ends early.</param>
    public static GroupSums Run(
        ScanPlan plan, Period whole, Period before, IReadOnlyList<Period> steps, SumOptions options, CancellationToken cancellation)
    {
        int time = Array.FindIndex(plan.By, d => d.Dimension.Kind == DimensionKind.Time);
        return PeriodScan.Over(plan.History, options, cancellation, (from, to, sums) =>
        {
            TransactionColumns columns = plan.History.Columns;
            double[] parts = new double[PeriodMetrics.PartCount];
            bool[] bought = new bool[steps.Count];
            for (int c = from; c < to; c++)
            {
                if (plan.Customers is { } mask && !mask[c])
                {
                    continue;
                }

                Array.Clear(bought);
                bool then = false, now = false;
                int end = columns.Offsets[c + 1];
                for (int i = ScanPlan.From(columns.OrderedAt, columns.Offsets[c], end, plan.Start);
                    i < end && columns.OrderedAt[i] < plan.End; i++)
                {
                    int day = LocalTime.DayOf(columns.OrderedAt[i]) - plan.FirstDay;
                    if (!(columns.Amount[i] > 0) || !plan.Counts(i, day))
                    {
                        continue;
                    }

                    long at = columns.OrderedAt[i];
                    then |= at >= before.Start.Micros && at < before.End.Micros;
                    now |= at >= whole.Start.Micros;
                    Mark(steps, bought, at);
                }

                if (then)
                {
                    Give(0, GroupSums.Total, now);
                }

                if (plan.By.Length == 0)
                {
                    continue;
                }

                if (time < 0 && then)
                {
                    long key = KeyOf(c, 0);
                    Give(sums.CellOf(key), key, now);
                }

                for (int s = 1; time >= 0 && s < bought.Length; s++)
                {
                    if (bought[s - 1])
                    {
                        long key = KeyOf(c, s - 1);
                        Give(sums.CellOf(key), key, bought[s]);
                    }
                }

                void Give(int cell, long key, bool stayed)
                {
                    parts[(int)PeriodPart.Before] = 1;
                    parts[(int)PeriodPart.Stayed] = stayed ? 1 : 0;
                    parts[(int)PeriodPart.Left] = stayed ? 0 : 1;
                    sums.Add(cell, key, c, parts);
                }
            }
        });

        long KeyOf(int customer, int step)
        {
            long key = 0;
            for (int d = 0; d < plan.By.Length; d++)
            {
                key = (key * plan.By[d].Names.Length) + (d == time ? step : plan.By[d].Code(customer));
            }

            return key;
        }
    }

    private static void Mark(IReadOnlyList<Period> steps, bool[] bought, long at)
    {
        int low = 0, high = steps.Count - 1;
        while (low <= high)
        {
            int mid = (low + high) / 2;
            if (at < steps[mid].Start.Micros)
            {
                high = mid - 1;
            }
            else if (at >= steps[mid].End.Micros)
            {
                low = mid + 1;
            }
            else
            {
                bought[mid] = true;
                return;
            }
        }
    }
}
