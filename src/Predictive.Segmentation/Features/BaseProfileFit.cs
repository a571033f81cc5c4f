using Predictive.History;

namespace Predictive.Segmentation.Features;

/// <summary>
/// Fits a <see cref="BaseProfile"/>. Everything is gathered in integer histograms or in per-customer slots, so the result does not
/// depend on how the customers are shared out between threads.
/// </summary>
internal static class BaseProfileFit
{
    private const int CurveCount = 3;

    /// <summary>
    /// Most customers it is fitted on; beyond it every k-th, so more than half as many. Two standard errors of a share of 50,000 are half
    /// a percent.
    /// </summary>
    private const int MostCustomers = 100_000;

    public static BaseProfile Fit(TransactionHistory history, LocalTime asOf, int horizonDays, int threads, TableSchema? tables)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizonDays, 1);
        int[] members = Population.At(history, asOf);
        if (members.Length == 0)
        {
            throw new DatasetException(
                "no-purchase-before-as-of",
                $"No purchase lies before the as-of date {asOf}; expected at least one line with an amount above zero. Choose a later "
                    + "as-of date.",
                "transactions",
                "ordered_at");
        }

        int days = Math.Max(2, asOf.Day - LocalTime.DayOf(Math.Min(history.FirstMicros, asOf.Micros)) + 2);
        int stride = (members.Length + MostCustomers - 1) / MostCustomers, count = (members.Length + stride - 1) / stride;
        threads = threads > 0 ? threads : Environment.ProcessorCount;
        var parts = new Histograms[threads];
        var money = new (double Gross, double Refunds)[count];
        var rhythms = new LifetimesFit.Rhythm[count];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t =>
        {
            parts[t] = new Histograms(days);
            var summary = new CustomerSummary();
            summary.Configure(asOf, horizonDays);
            int from = (int)((long)count * t / threads), to = (int)((long)count * (t + 1) / threads);
            for (int c = from; c < to; c++)
            {
                if (summary.Read(history.Lines(members[c * stride])))
                {
                    parts[t].Add(summary);
                    money[c] = (summary.Total.Gross, summary.Total.Refunds);
                    rhythms[c] = LifetimesFit.Rhythm.Of(summary);
                }
            }
        });

        Histograms all = parts[0];
        foreach (Histograms part in parts.Skip(1))
        {
            all.Add(part);
        }

        return LifetimesFit.Add(Describe(all, money, members.Length, asOf, horizonDays), rhythms) with
        {
            Tables = tables ?? TableSchema.Fit(history, asOf),
        };
    }

    private static BaseProfile Describe(
        Histograms all, (double Gross, double Refunds)[] money, int customers, LocalTime asOf, int horizonDays)
    {
        long gaps = 0;
        double logs = 0, squares = 0, gross = 0, refunds = 0;
        int longest = 0;
        for (int g = 1; g < all.Gaps.Length; g++)
        {
            double log = Math.Log(g + 1);
            gaps += all.Gaps[g];
            logs += all.Gaps[g] * log;
            longest = all.Gaps[g] > 0 ? g : longest;
        }

        double mean = gaps > 0 ? logs / gaps : Math.Log(horizonDays + 1);
        for (int g = 1; g <= longest; g++)
        {
            double d = Math.Log(g + 1) - mean;
            squares += all.Gaps[g] * d * d;
        }

        foreach (var (customerGross, customerRefunds) in money)
        {
            gross += customerGross;
            refunds += customerRefunds;
        }

        double sd = gaps > 1 ? Math.Sqrt(squares / (gaps - 1)) : 0;
        return new BaseProfile
        {
            AsOfMicros = asOf.Micros,
            HorizonDays = horizonDays,
            Customers = customers,
            HistoryDays = all.LongestTenure,
            OneTimeShare = all.OneTime / (double)all.Customers,
            MedianGapDays = Median(all.Gaps, gaps, horizonDays),
            LogGapMean = mean,
            LogGapSd = sd > 1e-6 ? sd : 1,
            GapsAtLeast = AtLeast(all.Gaps, gaps, longest),
            ReturnCurves = [.. Enumerable.Range(0, CurveCount).Select(k => ReturnCurve.Fit(all.Events[k], all.Censored[k]))],
            NetOverGross = gross > 0 ? (gross + refunds) / gross : 1,
        };
    }

    private static double Median(int[] histogram, long count, int fallback)
    {
        long seen = 0;
        for (int g = 0; g < histogram.Length && count > 0; g++)
        {
            seen += histogram[g];
            if (2 * seen >= count)
            {
                return g;
            }
        }

        return fallback;
    }

    private static double[] AtLeast(int[] histogram, long count, int longest)
    {
        var shares = new double[longest + 2];
        long left = 0;
        for (int g = longest; g >= 0 && count > 0; g--)
        {
            left += histogram[g];
            shares[g] = left / (double)count;
        }

        return shares;
    }

    private sealed class Histograms(int days)
    {
        public int Customers;
        public int OneTime;
        public int LongestTenure;
        public readonly int[] Gaps = new int[days];
        public readonly int[][] Events = New(days);
        public readonly int[][] Censored = New(days);

        public void Add(CustomerSummary summary)
        {
            ReadOnlySpan<int> bought = summary.PurchaseDays;
            for (int i = 1; i < bought.Length; i++)
            {
                int gap = bought[i] - bought[i - 1];
                Gaps[gap]++;
                Events[Math.Min(i, CurveCount) - 1][gap]++;
            }

            Censored[Math.Min(bought.Length, CurveCount) - 1][summary.Recency]++;
            Customers++;
            OneTime += bought.Length == 1 ? 1 : 0;
            LongestTenure = Math.Max(LongestTenure, summary.Tenure);
        }

        public void Add(Histograms other)
        {
            Customers += other.Customers;
            OneTime += other.OneTime;
            LongestTenure = Math.Max(LongestTenure, other.LongestTenure);
            Sum(Gaps, other.Gaps);
            for (int k = 0; k < CurveCount; k++)
            {
                Sum(Events[k], other.Events[k]);
                Sum(Censored[k], other.Censored[k]);
            }
        }

        private static int[][] New(int days) => [.. Enumerable.Range(0, CurveCount).Select(_ => new int[days])];

        private static void Sum(int[] to, int[] from)
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] += from[i];
            }
        }
    }
}
