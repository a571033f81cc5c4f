using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>Acquisition, activation, retention, revenue, referral of one cohort; null = no data.</summary>
/// <param name="Cohort">Month people were first heard of, <c>yyyy-MM</c>; <c>all</c> counts prospects whose month nobody knows,
/// too.</param>
/// <param name="Acquired">People.</param>
/// <param name="Activated">Of them, those who bought or did a core action; null where nobody without a purchase is known.</param>
/// <param name="ActivationRate">Activated over acquired.</param>
/// <param name="Watched">Buyers whose days after the first purchase are over: those retention is counted among.</param>
/// <param name="Retained">Of them, those with a second purchase day within these days.</param>
/// <param name="RetentionRate">Retained over watched; null where nobody was watched.</param>
/// <param name="Revenue">Net spend so far.</param>
/// <param name="RevenuePerCustomer">Per buyer.</param>
/// <param name="Referrers">People with a referral; null where the dataset has no such events.</param>
/// <param name="ReferralRate">Referrers over acquired.</param>
public sealed record FunnelRow(
    string Cohort, int Acquired, int? Activated, double? ActivationRate, int Watched, int Retained, double? RetentionRate, double Revenue,
    double RevenuePerCustomer, int? Referrers, double? ReferralRate);

/// <summary>AARRR per cohort (McClure 2007).</summary>
public static class Funnel
{
    /// <summary>The funnel before a local time: all first, then by month, oldest first.</summary>
    public static IReadOnlyList<FunnelRow> Compute(TransactionHistory history, LocalTime asOf, FunnelOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        return Rows(Count(history, asOf, options));
    }

    /// <summary>What the rows are made of: counts of parts of a base add up to those of the whole.</summary>
    internal static FunnelCounts Count(TransactionHistory history, LocalTime asOf, FunnelOptions options)
    {
        TransactionHistory marked = history.Columns.Kept is null ? ReturnMatching.Mark(history, asOf) : history;
        var referral = new EventKinds(history.Tables, options.Referral);
        var activation = new EventKinds(history.Tables, options.Activation);
        var counts = new FunnelCounts { KnowsActivation = activation.Known, KnowsReferrals = referral.Known };
        FunnelSums all = counts.All;
        for (int c = 0; c < marked.CustomerCount; c++)
        {
            CustomerLines lines = marked.Lines(c).Before(asOf);
            CustomerEvents events = lines.Events.Before(asOf);
            ReadOnlySpan<int> days = PurchaseTimeline.Read(lines).Days;
            if (days.IsEmpty && events.Count == 0)
            {
                continue;
            }

            int heard = days.IsEmpty ? int.MaxValue : days[0];
            bool refers = Refers(events, referral), acts = !days.IsEmpty;
            for (int e = 0; e < events.Count; e++)
            {
                heard = Math.Min(heard, LocalTime.DayOf(events.OccurredAt[e]));
                acts |= activation.Known && activation.Has(events.Kind[e]);
            }

            bool bought = !days.IsEmpty, watched = bought && days[0] + options.RetentionDays < asOf.Day;
            bool retained = watched && days.Length > 1 && days[1] - days[0] <= options.RetentionDays;
            double net = PurchaseTimeline.Read(lines).Net;
            foreach (FunnelSums sums in new[] { Cohort(heard), all })
            {
                sums.Acquired++;
                sums.Activated += acts ? 1 : 0;
                sums.Buyers += bought ? 1 : 0;
                sums.Watched += watched ? 1 : 0;
                sums.Retained += retained ? 1 : 0;
                sums.Referrers += refers ? 1 : 0;
                sums.Net.Add(net);
            }
        }

        if (history.Tables?.ProspectHistory?.Value is { } prospects)
        {
            Note(counts, prospects, asOf, options);
        }
        else
        {
            all.Acquired += history.Tables?.Prospects?.Count ?? 0;
        }

        return counts;

        FunnelSums Cohort(int day) => counts.Cohort(CohortRetention.MonthOf(day));
    }

    /// <summary>
    /// Counts people without a purchase: in the month of the first event; where there is none, nobody knows the month.
    /// </summary>
    internal static void Note(FunnelCounts counts, TransactionHistory prospects, LocalTime asOf, FunnelOptions options)
    {
        EventKinds activates = new(prospects.Tables, options.Activation), recommends = new(prospects.Tables, options.Referral);
        for (int p = 0; p < prospects.CustomerCount; p++)
        {
            if (Prospects.Compute(prospects, p, asOf, activates) is not { } known)
            {
                continue;
            }

            foreach (FunnelSums sums in known.HeardOn is { } on
                ? new[] { counts.Cohort(CohortRetention.MonthOf(LocalTime.StartOf(on).Day)), counts.All }
                : [counts.All])
            {
                sums.Acquired++;
                sums.Activated += known.ActivatedOn is null ? 0 : 1;
                sums.Referrers += Refers(prospects.Lines(p).Events.Before(asOf), recommends) ? 1 : 0;
            }
        }
    }

    /// <summary>The rows of a whole base.</summary>
    internal static IReadOnlyList<FunnelRow> Rows(FunnelCounts counts)
    {
        bool knowsOthers = counts.All.Acquired > counts.All.Buyers;
        return
        [
            Row("all", counts.All, knowsOthers, counts.KnowsReferrals),
            .. counts.Cohorts.Select(k => Row(
                CohortRetention.NameOf(k.Key), k.Value, knowsOthers || counts.KnowsActivation, counts.KnowsReferrals)),
        ];
    }

    private static bool Refers(CustomerEvents events, EventKinds referral)
    {
        for (int e = 0; e < events.Count; e++)
        {
            if (referral.Known && referral.Has(events.Kind[e]))
            {
                return true;
            }
        }

        return false;
    }

    private static FunnelRow Row(string cohort, FunnelSums s, bool knowsOthers, bool knowsReferrals) => new(
        cohort, s.Acquired, knowsOthers ? s.Activated : null, knowsOthers ? Rate(s.Activated, s.Acquired) : null, s.Watched, s.Retained,
        Rate(s.Retained, s.Watched), Cents.Of(s.Net.Value), s.Buyers == 0 ? 0 : Cents.Of(s.Net.Value / s.Buyers),
        knowsReferrals ? s.Referrers : null, knowsReferrals ? Rate(s.Referrers, s.Acquired) : null);

    private static double? Rate(int part, int all) => all == 0 ? null : part / (double)all;
}

/// <summary>The people of a base, or of a part of it.</summary>
internal sealed class FunnelCounts
{
    /// <summary>Whether the dataset has core actions.</summary>
    public bool KnowsActivation { get; set; }

    /// <summary>Whether it has referrals.</summary>
    public bool KnowsReferrals { get; set; }

    /// <summary>Everybody.</summary>
    public FunnelSums All { get; init; } = new();

    /// <summary>By the month they were first heard of (<see cref="CohortRetention.MonthOf"/>).</summary>
    public SortedDictionary<int, FunnelSums> Cohorts { get; init; } = [];

    public FunnelSums Cohort(int month) =>
        Cohorts.TryGetValue(month, out FunnelSums? own) ? own : Cohorts[month] = new FunnelSums();

    public void Add(FunnelCounts other)
    {
        KnowsActivation |= other.KnowsActivation;
        KnowsReferrals |= other.KnowsReferrals;
        All.Add(other.All);
        foreach ((int month, FunnelSums sums) in other.Cohorts)
        {
            Cohort(month).Add(sums);
        }
    }
}

/// <summary>Sums over people; what is counted is told at <see cref="FunnelRow"/>.</summary>
internal sealed class FunnelSums
{
    public int Acquired { get; set; }

    public int Activated { get; set; }

    public int Buyers { get; set; }

    public int Watched { get; set; }

    public int Retained { get; set; }

    public int Referrers { get; set; }

    public ExactSum Net { get; init; } = new();

    public void Add(FunnelSums other)
    {
        Acquired += other.Acquired;
        Activated += other.Activated;
        Buyers += other.Buyers;
        Watched += other.Watched;
        Retained += other.Retained;
        Referrers += other.Referrers;
        Net.Add(other.Net);
    }
}
