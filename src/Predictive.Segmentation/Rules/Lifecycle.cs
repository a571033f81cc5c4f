using System.Globalization;
using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Where a customer stands in the lifecycle.</summary>
public enum LifecycleStage
{
    /// <summary>Bought, but not yet often enough to have a cadence.</summary>
    Acquired,

    /// <summary>Has a cadence and buys clearly faster than before.</summary>
    Growing,

    /// <summary>Has a cadence and keeps it.</summary>
    Mature,

    /// <summary>Silent for longer than the cadence explains.</summary>
    Declining,

    /// <summary>Silent for so long that a return would be a new beginning.</summary>
    Left,
}

/// <summary>Settings of the lifecycle rule.</summary>
public sealed record LifecycleOptions
{
    /// <summary>Silence, in own cadences, from which a customer is declining. Default 2.</summary>
    public double DecliningCadences { get; init; } = 2;

    /// <summary>Silence, in own cadences, from which a customer has left. Default 7.5.</summary>
    public double LeftCadences { get; init; } = 7.5;

    /// <summary>Purchase days needed for a cadence of one's own. Default 4 (three gaps).</summary>
    public int MinimumPurchaseDays { get; init; } = 4;

    /// <summary>With fewer: the share of the base's short-history gaps that silence must exceed to be declining. Default .8.</summary>
    public double DecliningQuantile { get; init; } = .8;

    /// <summary>With fewer: the share of the base's short-history gaps that silence must exceed to have left. Default .98.</summary>
    public double LeftQuantile { get; init; } = .98;

    /// <summary>Most recent gaps that count as "lately" (at most half of all). Default 5.</summary>
    public int RecentGaps { get; init; } = 5;

    /// <summary>
    /// Kinds of events whose days count as purchase days do, such as visit and login: for who sells seldom, or nothing at all. Default
    /// none.
    /// </summary>
    public IReadOnlyList<string> Activity { get; init; } = [];

    /// <summary>Growing: the recent gaps' mean is at most this share of the earlier ones'. Default .7.</summary>
    public double GrowingRatio { get; init; } = .7;
}

/// <summary>The base-level cut-offs in force for customers with too few purchase days for a cadence of their own.</summary>
/// <param name="DecliningDays">Silence, days, from which such a customer is declining.</param>
/// <param name="LeftDays">Silence, days, from which such a customer has left.</param>
/// <param name="Gaps">Gaps of the base they were taken from; 0: the history held none, the customary 90 and 365 days are used.</param>
public sealed record LifecycleCutoffs(int DecliningDays, int LeftDays, int Gaps);

/// <summary>Lifecycle stage of one customer.</summary>
/// <param name="Stage">The stage at the as-of.</param>
/// <param name="Since">Local date it was entered.</param>
/// <param name="Reason">Why, with the customer's own numbers.</param>
/// <param name="CadenceDays">Own mean days between purchase days; NaN with too few.</param>
/// <param name="SilenceDays">Local days since the last purchase.</param>
public sealed record LifecycleResult(LifecycleStage Stage, DateOnly Since, string Reason, double CadenceDays, int SilenceDays);

/// <summary>
/// Lifecycle from the customer's own cadence: the mean gap between purchase days. Silence of 2 cadences is decline, of 7.5 is leaving, so a
/// buyer of every second day declines after 4 silent days and has left after 15, while a yearly buyer is in no danger at all.
/// </summary>
/// <remarks>
/// The date a stage was entered is found by replaying the purchase days: the stage at any time depends only on the days before it, and
/// the present stage began where the replay last changed to it.
/// </remarks>
public static class Lifecycle
{
    private const int FallbackDecliningDays = 90;
    private const int FallbackLeftDays = 365;

    /// <summary>
    /// The stages as outputs spell them, in the order of <see cref="LifecycleStage"/>: acquired, growing, mature, declining, left.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<LifecycleStage>().Select(n => n.ToLowerInvariant())];

    /// <summary>A stage as outputs spell it.</summary>
    public static string NameOf(LifecycleStage stage) => Names[(int)stage];

    /// <summary>The cut-offs for short histories: quantiles of the gaps that followed a customer's first few purchase days.</summary>
    /// <remarks>Only gaps that ended before the as-of are seen, so in a short history long gaps are under-represented.</remarks>
    public static LifecycleCutoffs Fit(TransactionHistory history, LocalTime asOf, LifecycleOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        int[][] gaps = BaseScan.Select(history, Population.At(history, asOf), asOf, (_, lines) =>
        {
            ReadOnlySpan<int> days = ActivityDays.Read(lines, asOf, options.Activity, out bool _);
            int[] own = new int[Math.Max(Math.Min(days.Length, options.MinimumPurchaseDays) - 1, 0)];
            for (int i = 0; i < own.Length; i++)
            {
                own[i] = days[i + 1] - days[i];
            }

            return own;
        });
        double[] sorted = BaseScan.Sorted(gaps.SelectMany(g => g).Select(g => (double)g));
        if (sorted.Length == 0)
        {
            return new LifecycleCutoffs(FallbackDecliningDays, FallbackLeftDays, 0);
        }

        int declining = (int)BaseScan.Quantile(sorted, options.DecliningQuantile) + 1;
        return new LifecycleCutoffs(
            declining, Math.Max(declining + 1, (int)BaseScan.Quantile(sorted, options.LeftQuantile) + 1), sorted.Length);
    }

    /// <summary>
    /// The stage of one customer; lines at or after the as-of are ignored, and so are returned orders, unless there are no others: then
    /// silence since those tells the stage.
    /// </summary>
    /// <exception cref="ArgumentException">No purchase before the as-of: such a customer has no stage.</exception>
    /// <param name="lines">The customer's lines.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cutoffs">From <see cref="Fit"/>.</param>
    /// <param name="withReason">False leaves the reason empty: words cost more than the rest.</param>
    public static LifecycleResult Compute(
        CustomerLines lines, LocalTime asOf, LifecycleOptions options, LifecycleCutoffs cutoffs, bool withReason = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        CustomerLines before = lines.Before(asOf);
        ReadOnlySpan<int> days = ActivityDays.Read(before, asOf, options.Activity, out bool events);
        bool keptNothing = days.IsEmpty;
        days = keptNothing ? PurchaseTimeline.ReadAll(before).Days : days;
        if (days.IsEmpty)
        {
            throw new ArgumentException($"The customer has no purchase before {asOf}; a lifecycle stage needs one.", nameof(lines));
        }

        var stage = LifecycleStage.Acquired;
        int since = days[0];
        for (int n = 1; n <= days.Length; n++)
        {
            // The stage entered by purchase n, then what silence made of it before the next one (or the as-of day).
            Enter(ref stage, ref since, ActiveStage(days[..n], options), days[n - 1]);
            // The next purchase day counts too: at its midnight nobody knew of the purchase yet.
            int end = n < days.Length ? days[n] : asOf.Day;
            var (declining, left) = Limits(days[..n], options, cutoffs);
            if (end >= days[n - 1] + declining)
            {
                Enter(ref stage, ref since, LifecycleStage.Declining, days[n - 1] + declining);
            }

            if (end >= days[n - 1] + left)
            {
                Enter(ref stage, ref since, LifecycleStage.Left, days[n - 1] + left);
            }
        }

        int silence = asOf.Day - days[^1];
        double cadence = days.Length >= options.MinimumPurchaseDays ? Cadence(days) : double.NaN;
        string reason = !withReason ? ""
            : keptNothing
            ? $"gave back everything bought, last on {LocalTime.DateOf(days[^1]):yyyy-MM-dd}; silent for {Days(silence)} since"
            : Reason(stage, days, silence, cadence, options, cutoffs, events ? s_activity : s_purchases);
        return new LifecycleResult(stage, LocalTime.DateOf(since), reason, cadence, silence);
    }

    private static void Enter(ref LifecycleStage stage, ref int since, LifecycleStage next, int day)
    {
        if (next != stage)
        {
            (stage, since) = (next, day);
        }
    }

    private static double Cadence(ReadOnlySpan<int> days) => (days[^1] - days[0]) / (double)(days.Length - 1);

    private static (int Declining, int Left) Limits(ReadOnlySpan<int> days, LifecycleOptions options, LifecycleCutoffs cutoffs)
    {
        if (days.Length < options.MinimumPurchaseDays)
        {
            return (cutoffs.DecliningDays, cutoffs.LeftDays);
        }

        // The first whole day that reaches the limit; a hair is taken off so that 7.5 × 2 is 15 whatever the rounding.
        double cadence = Cadence(days);
        return (
            (int)Math.Ceiling((options.DecliningCadences * cadence) - 1e-9), (int)Math.Ceiling((options.LeftCadences * cadence) - 1e-9));
    }

    private static LifecycleStage ActiveStage(ReadOnlySpan<int> days, LifecycleOptions options)
    {
        if (days.Length < options.MinimumPurchaseDays)
        {
            return LifecycleStage.Acquired;
        }

        var (lately, before) = Paces(days, options);
        return lately <= options.GrowingRatio * before ? LifecycleStage.Growing : LifecycleStage.Mature;
    }

    /// <summary>Mean gap lately and before; both NaN where there is only one gap.</summary>
    private static (double Lately, double Before) Paces(ReadOnlySpan<int> days, LifecycleOptions options)
    {
        int gaps = days.Length - 1;
        int recent = Math.Min(options.RecentGaps, gaps / 2);
        return recent == 0
            ? (double.NaN, double.NaN)
            : ((days[^1] - days[^(1 + recent)]) / (double)recent, (days[^(1 + recent)] - days[0]) / (double)(gaps - recent));
    }

    private static string Reason(
        LifecycleStage stage, ReadOnlySpan<int> days, int silence, double cadence, LifecycleOptions options, LifecycleCutoffs cutoffs,
        Words words)
    {
        string times = days.Length == 1 ? "once" : $"on {days.Length} days";
        switch (stage)
        {
            case LifecycleStage.Acquired:
                return $"{words.Did} {times} since {LocalTime.DateOf(days[0]):yyyy-MM-dd}; a cadence of one's own needs "
                    + $"{options.MinimumPurchaseDays} {words.Days}";
            case LifecycleStage.Growing:
            case LifecycleStage.Mature:
                var (lately, before) = Paces(days, options);
                return stage == LifecycleStage.Growing
                    ? $"{words.Does} every {Days(lately)} lately, every {Days(before)} before"
                    : $"{words.Does} every {Days(cadence)}, silent for {Days(silence)}";
            default:
                bool left = stage == LifecycleStage.Left;
                if (double.IsNaN(cadence))
                {
                    int limit = left ? cutoffs.LeftDays : cutoffs.DecliningDays;
                    return $"{words.Did} {times} and has been silent for {Days(silence)}; "
                        + $"{Share(left ? options.LeftQuantile : options.DecliningQuantile)} of the customers who return this early do "
                        + $"so in under {Days(limit)}";
                }

                double multiple = left ? options.LeftCadences : options.DecliningCadences;
                return $"silent for {Days(silence)}, usually {words.Does} every {Days(cadence)}; {Number(multiple)} cadences make it "
                    + $"{(left ? "gone" : "a decline")}";
        }
    }

    private sealed record Words(string Did, string Does, string Days);

    private static readonly Words s_purchases = new("bought", "buys", "purchase days"),
        s_activity = new("active", "is active", "active days");

    private static string Share(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Days(double days) => Number(days) is var text && text == "1" ? "1 day" : text + " days";


    internal static void Validate(LifecycleOptions o)
    {
        var faults = new List<string>();
        if (!(o.DecliningCadences >= 1 && o.LeftCadences > o.DecliningCadences && double.IsFinite(o.LeftCadences)))
        {
            faults.Add($"the cadence limits are {o.DecliningCadences} and {o.LeftCadences}; expected 1 ≤ declining < left");
        }

        if (!(o.DecliningQuantile > 0 && o.LeftQuantile > o.DecliningQuantile && o.LeftQuantile <= 1))
        {
            faults.Add($"the quantile limits are {o.DecliningQuantile} and {o.LeftQuantile}; expected 0 < declining < left ≤ 1");
        }

        if (o.MinimumPurchaseDays < 3 || o.RecentGaps < 1 || !(o.GrowingRatio is > 0 and < 1))
        {
            faults.Add(
                $"minimum purchase days {o.MinimumPurchaseDays}, recent gaps {o.RecentGaps}, growing ratio {o.GrowingRatio}; expected ≥ "
                    + "3, ≥ 1 and within 0–1");
        }

        RulesException.ThrowIfAny("the lifecycle options", faults);
    }
}
