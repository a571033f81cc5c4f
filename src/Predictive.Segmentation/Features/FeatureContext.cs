using System.Runtime.Intrinsics;

namespace Predictive.Segmentation.Features;

/// <summary>
/// What the formulas of the catalogue read: the customer's summary, its gaps, and the base's profile. One per thread, refilled per
/// customer.
/// </summary>
internal sealed class FeatureContext
{
    private const double DaysPerYear = 365.25;

    /// <summary>Weight, in gaps, of the base's cadence in a customer's own.</summary>
    public const double PriorGaps = 2;

    /// <summary>Time constants of the decayed purchase counts, days.</summary>
    public static readonly int[] DecayDays = [10, 30, 90, 270];

    // exp(-age/τ) of the four τ for the ages that occur; the same Math.Exp values whether looked up or computed.
    private const int TableAges = 4096;
    private static readonly Vector256<double>[] DecayTable = [.. Enumerable.Range(0, TableAges).Select(DecayedAll)];
    private static readonly double[] LogTable = [.. Enumerable.Range(0, TableAges).Select(days => Math.Log(days + 1))];

    private readonly double[] _decay = new double[DecayDays.Length];
    private TableFacts? _tables;

    /// <summary>The base.</summary>
    public required BaseProfile Profile { get; init; }

    /// <summary>What the customers and events tables say of the customer.</summary>
    public TableFacts Tables => _tables ??= new TableFacts(Profile.Tables);

    /// <summary>Horizon h that chances to return are for, days.</summary>
    public required int Horizon { get; init; }

    /// <summary>The customer.</summary>
    public CustomerSummary Summary { get; } = new();

    /// <summary>Number of gaps between purchase days.</summary>
    public int Gaps { get; private set; }

    /// <summary>Mean gap, days; NaN without a gap.</summary>
    public double GapMean { get; private set; }

    /// <summary>Sample standard deviation of gaps; NaN with fewer than two.</summary>
    public double GapSd { get; private set; }

    /// <summary>Longest gap; NaN without a gap.</summary>
    public double GapMax { get; private set; }

    /// <summary>The latest gap; NaN without a gap.</summary>
    public double GapLast { get; private set; }

    /// <summary>Mean of the latest three gaps (fewer where there are fewer); NaN without a gap.</summary>
    public double GapRecent { get; private set; }

    /// <summary>Gaps at least as long as the present silence.</summary>
    public int GapsAsLong { get; private set; }

    /// <summary>Sum of ln(gap + 1).</summary>
    public double LogGapSum { get; private set; }

    /// <summary>(Σ gaps + 2 · base median)/(n + 2).</summary>
    public double Cadence { get; private set; }

    /// <summary>Mean, maximum, sample sd, first and last of the order values.</summary>
    public (double Mean, double Max, double Sd, double First, double Last, double Recent) Orders { get; private set; }

    /// <summary>What the lifetimes models of the base say; NaN where there is no model.</summary>
    public (double Active, double Alive, double Purchases, double BgActive, double BgPurchases, double Spend) Lifetimes
    {
        get;
        private set;
    }

    /// <summary>Purchase days in [as-of − years, as-of − years + H): the season of the coming window; NaN for who came later.</summary>
    public double SeasonDays(int years)
    {
        int from = (int)Math.Round(DaysPerYear * years), to = from - Profile.HorizonDays,
            asOfDay = Summary.Recency + Summary.PurchaseDays[^1];
        if (Summary.Tenure <= to)
        {
            return double.NaN;
        }

        int days = 0;
        foreach (int day in Summary.PurchaseDays)
        {
            int age = asOfDay - day;
            days += age <= from && age > to ? 1 : 0;
        }

        return days;
    }

    /// <summary>Share of the windows of H days since the first purchase, the newest twelve at most, with a purchase in them.</summary>
    public double ActiveWindows()
    {
        const int Most = 12;
        int h = Profile.HorizonDays, windows = Math.Clamp((Summary.Tenure + h - 1) / h, 1, Most), active = 0, last = -1;
        int asOfDay = Summary.Recency + Summary.PurchaseDays[^1];
        foreach (int day in Summary.PurchaseDays)
        {
            int window = Math.Max(0, asOfDay - day - 1) / h;
            active += window < windows && window != last ? 1 : 0;
            last = window;
        }

        return active / (double)windows;
    }

    /// <summary>Σ exp(−age/τ) over purchase days, τ = <see cref="DecayDays"/>[i].</summary>
    public double Decay(int i) => _decay[i];

    /// <summary>ln(1 + days).</summary>
    public static double LogDays(int days) => (uint)days < TableAges ? LogTable[days] : Math.Log(days + 1);

    /// <summary>Reads off everything the formulas need; the summary has been read and is not empty.</summary>
    public void Prepare()
    {
        ReadOnlySpan<int> days = Summary.PurchaseDays;
        int silence = Summary.Recency, asOfDay = silence + days[^1], asLong = 0, max = 0;
        double logs = 0;
        for (int i = 1; i < days.Length; i++)
        {
            int gap = days[i] - days[i - 1];
            asLong += gap >= silence ? 1 : 0;
            max = Math.Max(max, gap);
            logs += LogDays(gap);
        }

        int n = days.Length - 1, sum = days[^1] - days[0];
        (Gaps, GapsAsLong, LogGapSum) = (n, asLong, logs);
        GapMean = n > 0 ? sum / (double)n : double.NaN;
        GapMax = n > 0 ? max : double.NaN;
        GapLast = n > 0 ? days[n] - days[n - 1] : double.NaN;
        GapRecent = n > 0 ? (days[n] - days[Math.Max(0, n - 3)]) / (double)Math.Min(3, n) : double.NaN;
        GapSd = SampleSd(days, GapMean);
        Cadence = (sum + (PriorGaps * Profile.MedianGapDays)) / (n + PriorGaps);
        Decays(days, asOfDay);
        Orders = OrderStatistics(Summary.OrderValues);
        ReadLifetimes(n, sum);
    }

    private void ReadLifetimes(int repeats, int activeDays)
    {
        const double Week = LifetimesFit.DaysPerUnit;
        double x = repeats, tx = activeDays / Week, t = Math.Max(Summary.Tenure, activeDays) / Week, h = Horizon / Week;
        double active = double.NaN, alive = double.NaN, purchases = double.NaN, bgActive = double.NaN, bgPurchases = double.NaN,
            spend = double.NaN;
        if (Profile.ParetoNbd is { } pareto)
        {
            (alive, active, purchases) = pareto.Forecast(x, tx, t, h);
        }

        if (Profile.BgNbd is { } bg)
        {
            (bgActive, bgPurchases) = bg.Forecast(x, tx, t, h);
        }

        if (Profile.GammaGamma is { } spending)
        {
            int days = repeats + 1;
            spend = spending.ExpectedValue(days, Math.Max(0, Summary.Total.Net) / days);
        }

        Lifetimes = (active, alive, purchases, bgActive, bgPurchases, spend);
    }

    private void Decays(ReadOnlySpan<int> days, int asOfDay)
    {
        Vector256<double> sums = default;
        foreach (int day in days)
        {
            int age = asOfDay - day;
            sums += (uint)age < TableAges ? DecayTable[age] : DecayedAll(age);
        }

        sums.CopyTo(_decay);
    }

    private static Vector256<double> DecayedAll(int age) => Vector256.Create(
        Decayed(age, DecayDays[0]), Decayed(age, DecayDays[1]), Decayed(age, DecayDays[2]), Decayed(age, DecayDays[3]));

    private static double Decayed(int age, int tau) => Math.Exp(-age / (double)tau);

    private static double SampleSd(ReadOnlySpan<int> days, double mean)
    {
        double squares = 0;
        for (int i = 1; i < days.Length; i++)
        {
            double d = days[i] - days[i - 1] - mean;
            squares += d * d;
        }

        return days.Length > 2 ? Math.Sqrt(squares / (days.Length - 2)) : double.NaN;
    }

    private static (double Mean, double Max, double Sd, double First, double Last, double Recent) OrderStatistics(
        ReadOnlySpan<double> values)
    {
        double sum = 0, max = 0, squares = 0, recent = 0;
        foreach (double v in values)
        {
            sum += v;
            max = Math.Max(max, v);
        }

        double mean = sum / values.Length;
        foreach (double v in values)
        {
            squares += (v - mean) * (v - mean);
        }

        int last = Math.Min(3, values.Length);
        foreach (double v in values[^last..])
        {
            recent += v;
        }

        return (mean, max, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : double.NaN, values[0], values[^1], recent / last);
    }
}
