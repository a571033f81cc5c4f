using Predictive.Learning.Lifetimes;

namespace Predictive.Segmentation.Features;

/// <summary>Fits the lifetimes models of a base: repeat purchase days, in weeks, and net spend per purchase day.</summary>
internal static class LifetimesFit
{
    /// <summary>Days of the unit that the lifetimes models count in.</summary>
    public const double DaysPerUnit = 7;

    /// <summary>Most customers fitted on; beyond it every k-th. A handful of parameters does not need more.</summary>
    private const int MostCustomers = 20_000;

    /// <summary>What the lifetimes models need of a customer; all zero = not in the population.</summary>
    public readonly record struct Rhythm(int PurchaseDays, int ActiveDays, int Tenure, double Net)
    {
        public static Rhythm Of(CustomerSummary summary) =>
            new(summary.DayCount, summary.Tenure - summary.Recency, summary.Tenure, summary.Total.Net);
    }

    /// <summary>The profile with its lifetimes models; those that cannot be fitted stay null.</summary>
    public static BaseProfile Add(BaseProfile profile, ReadOnlySpan<Rhythm> rhythms)
    {
        int stride = (rhythms.Length + MostCustomers - 1) / MostCustomers, seen = 0;
        List<double> x = [], tx = [], observed = [], days = [], spend = [];
        foreach (Rhythm r in rhythms)
        {
            if (r.PurchaseDays == 0 || seen++ % stride != 0)
            {
                continue;
            }

            x.Add(r.PurchaseDays - 1);
            tx.Add(r.ActiveDays / DaysPerUnit);
            observed.Add(r.Tenure / DaysPerUnit);
            if (r.PurchaseDays > 1 && r.Net > 0)
            {
                days.Add(r.PurchaseDays);
                spend.Add(r.Net / r.PurchaseDays);
            }
        }

        bool timePassed = observed.Exists(t => t > 0), returned = x.Exists(n => n > 0);
        double[] xs = [.. x], last = [.. tx], ages = [.. observed];
        LifetimesModels? models = null;
        GammaGammaModel? gamma = null;
        Together.Run(
            () => models = timePassed && returned ? LifetimesModels.Fit(xs, last, ages) : null,
            () => gamma = days.Count > 0 ? GammaGammaModel.Fit([.. days], [.. spend]) : null);
        return profile with { ParetoNbd = models?.ParetoNbd, BgNbd = models?.BgNbd, GammaGamma = gamma };
    }
}
