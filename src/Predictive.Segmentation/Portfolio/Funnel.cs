using Predictive.History;
using Predictive.History.Returns;
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
        TransactionHistory marked = history.Columns.Kept is null ? ReturnMatching.Mark(history, asOf) : history;
        var referral = new EventKinds(history.Tables, options.Referral);
        var activation = new EventKinds(history.Tables, options.Activation);
        var cohorts = new SortedDictionary<int, Sums>();
        var all = new Sums();
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
            foreach (Sums sums in new[] { Cohort(heard), all })
            {
                sums.Acquired++;
                sums.Activated += acts ? 1 : 0;
                sums.Buyers += bought ? 1 : 0;
                sums.Watched += watched ? 1 : 0;
                sums.Retained += retained ? 1 : 0;
                sums.Referrers += refers ? 1 : 0;
                sums.Net += net;
            }
        }

        // Whoever has not bought is counted in the month of the first event; where there is none, nobody knows the month.
        if (history.Tables?.ProspectHistory?.Value is { } prospects)
        {
            EventKinds activates = new(prospects.Tables, options.Activation), recommends = new(prospects.Tables, options.Referral);
            for (int p = 0; p < prospects.CustomerCount; p++)
            {
                if (Prospects.Compute(prospects, p, asOf, activates) is not { } known)
                {
                    continue;
                }

                foreach (Sums sums in known.HeardOn is { } on ? new[] { Cohort(LocalTime.StartOf(on).Day), all } : [all])
                {
                    sums.Acquired++;
                    sums.Activated += known.ActivatedOn is null ? 0 : 1;
                    sums.Referrers += Refers(prospects.Lines(p).Events.Before(asOf), recommends) ? 1 : 0;
                }
            }
        }
        else
        {
            all.Acquired += history.Tables?.Prospects?.Count ?? 0;
        }

        bool knowsOthers = all.Acquired > all.Buyers;
        return
        [
            Row("all", all, knowsOthers, referral.Known),
            .. cohorts.Select(k => Row(CohortRetention.NameOf(k.Key), k.Value, knowsOthers || activation.Known, referral.Known)),
        ];

        Sums Cohort(int day)
        {
            int month = CohortRetention.MonthOf(day);
            return cohorts.TryGetValue(month, out Sums? own) ? own : cohorts[month] = new Sums();
        }
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

    private static FunnelRow Row(string cohort, Sums s, bool knowsOthers, bool knowsReferrals) => new(
        cohort, s.Acquired, knowsOthers ? s.Activated : null, knowsOthers ? Rate(s.Activated, s.Acquired) : null, s.Watched, s.Retained,
        Rate(s.Retained, s.Watched), Cents.Of(s.Net), s.Buyers == 0 ? 0 : Cents.Of(s.Net / s.Buyers), knowsReferrals ? s.Referrers : null,
        knowsReferrals ? Rate(s.Referrers, s.Acquired) : null);

    private static double? Rate(int part, int all) => all == 0 ? null : part / (double)all;

    private sealed class Sums
    {
        public int Acquired { get; set; }

        public int Activated { get; set; }

        public int Buyers { get; set; }

        public int Watched { get; set; }

        public int Retained { get; set; }

        public int Referrers { get; set; }

        public double Net { get; set; }
    }
}
