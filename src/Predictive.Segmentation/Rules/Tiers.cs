using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>One membership tier: reached when both minimums are met within the window.</summary>
/// <param name="Name">Such as <c>gold</c>.</param>
/// <param name="MinimumSpend">Net spend in the window.</param>
/// <param name="MinimumOrders">Distinct orders in the window.</param>
public sealed record TierRule(string Name, double MinimumSpend, int MinimumOrders);

/// <summary>Settings of the membership tiers.</summary>
public sealed record TierOptions
{
    /// <summary>Window of spend and orders, days. Default 365.</summary>
    public int WindowDays { get; init; } = 365;

    /// <summary>
    /// The tiers, lowest first; the first must ask for nothing. Default null: bronze, silver, gold, platinum, from 0 and the base's 50, 80
    /// and 95 % quantiles of spend in the window (rounded to two digits), and 0, 2, 3, 4 orders.
    /// </summary>
    public IReadOnlyList<TierRule>? Tiers { get; init; }

    /// <summary>A tier once held is kept while spend and orders stay at or above this share of its minimums. Default .8.</summary>
    public double KeepShare { get; init; } = .8;
}

/// <summary>The tiers in force, lowest first.</summary>
/// <param name="Tiers">At least one.</param>
public sealed record TierCutoffs(IReadOnlyList<TierRule> Tiers);

/// <summary>Tier of one customer.</summary>
/// <param name="Tier">Its name.</param>
/// <param name="Level">0 = lowest.</param>
/// <param name="Spend">Net spend in the window that ends at the as-of.</param>
/// <param name="Orders">Orders in that window.</param>
public sealed record TierResult(string Tier, int Level, double Spend, int Orders);

/// <summary>
/// Membership tier by spend and frequency, with hysteresis: a purchase that reaches a tier grants it at once; it is taken away only at a
/// review, on the first day of a calendar month, when spend or orders of the window have fallen below a share of its minimums, and then the
/// customer falls to the highest tier whose own kept minimums still hold.
/// </summary>
/// <remarks>The tier is a replay of the customer's lines, so it needs no stored state and any past tier can be recomputed.</remarks>
public static class Tiers
{
    private static readonly (string Name, double Share, int Orders)[] Derived = [("silver", .5, 2), ("gold", .8, 3), ("platinum", .95, 4)];

    /// <summary>The configured tiers, else those of the customers with a purchase before a local time.</summary>
    /// <exception cref="RulesException">Tiers that do not ascend, or the first asks for something.</exception>
    public static TierCutoffs Fit(TransactionHistory history, LocalTime asOf, TierOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        if (options.Tiers is not null)
        {
            return new TierCutoffs(options.Tiers);
        }

        double[] spend = BaseScan.Sorted(BaseScan
            .Select(
                history, Population.At(history, asOf), asOf,
                (_, lines) => PurchaseTimeline.Read(lines.Between(asOf.AddDays(-options.WindowDays), asOf)).Net)
            .Where(net => net > 0));
        var tiers = new List<TierRule> { new("bronze", 0, 0) };
        foreach (var (name, share, orders) in Derived)
        {
            tiers.Add(new TierRule(name, Math.Max(tiers[^1].MinimumSpend, TwoDigits(BaseScan.Quantile(spend, share))), orders));
        }

        return new TierCutoffs(tiers);
    }

    /// <summary>The tier of one customer; lines at or after the as-of are ignored.</summary>
    public static TierResult Compute(CustomerLines lines, LocalTime asOf, TierOptions options, TierCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        var before = lines.Before(asOf);
        var window = new SlidingWindow(before, options.WindowDays);
        int level = 0;
        for (int i = 0; i < before.Count; i++)
        {
            // Reviews between the previous line and this one; a review sees what was strictly before its midnight.
            level =
                Review(ref window, level, i == 0 ? before.OrderedAt[0] : before.OrderedAt[i - 1], before.OrderedAt[i], options, cutoffs);
            window.Add();
            window.MoveTo(before.OrderedAt[i] + 1);
            level = Math.Max(level, Highest(cutoffs, window.Spend, window.Orders, 1));
        }

        if (before.Count > 0)
        {
            level = Review(ref window, level, before.OrderedAt[^1], asOf.Micros, options, cutoffs);
        }

        window.MoveTo(asOf.Micros);
        return new TierResult(cutoffs.Tiers[level].Name, level, Cents.Of(window.Spend), window.Orders);
    }

    /// <summary>The levels of one customer at several times, in one replay.</summary>
    /// <param name="lines">The customer's lines before the last of the times.</param>
    /// <param name="times">Ascending.</param>
    /// <param name="options">As for <see cref="Compute"/>.</param>
    /// <param name="cutoffs">As for <see cref="Compute"/>.</param>
    /// <param name="levels">One per time: 0 = lowest; −1 = no purchase before it.</param>
    internal static void LevelsAt(
        CustomerLines lines, ReadOnlySpan<LocalTime> times, TierOptions options, TierCutoffs cutoffs, Span<int> levels)
    {
        var window = new SlidingWindow(lines, options.WindowDays);
        int level = 0, next = 0;
        bool bought = false;
        long reviewed = lines.Count > 0 ? lines.OrderedAt[0] : 0;
        for (int i = 0; i <= lines.Count && next < times.Length; i++)
        {
            long until = i < lines.Count ? lines.OrderedAt[i] : long.MaxValue;
            for (; next < times.Length && times[next].Micros <= until; next++)
            {
                level = lines.Count == 0 ? 0 : Review(ref window, level, reviewed, times[next].Micros, options, cutoffs);
                reviewed = Math.Max(reviewed, times[next].Micros);
                levels[next] = bought ? level : -1;
            }

            if (i < lines.Count)
            {
                level = Review(ref window, level, reviewed, until, options, cutoffs);
                reviewed = Math.Max(reviewed, until);
                window.Add();
                window.MoveTo(until + 1);
                level = Math.Max(level, Highest(cutoffs, window.Spend, window.Orders, 1));
                bought |= lines.Kept[i] > 0;
            }
        }
    }

    /// <summary>
    /// The tier expected at the end of the horizon: the current one carried forward over the part of the present window that is still in
    /// the window then, plus the predicted spend and orders, with the same hysteresis.
    /// </summary>
    /// <param name="lines">The customer's lines; those at or after the as-of are ignored.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="horizonDays">Days from the as-of to the end of the horizon.</param>
    /// <param name="expectedSpend">Predicted net spend within the horizon.</param>
    /// <param name="expectedOrders">Predicted orders within the horizon.</param>
    /// <param name="current">The result of <see cref="Compute"/> for the same customer and as-of.</param>
    /// <param name="options">As for <see cref="Compute"/>.</param>
    /// <param name="cutoffs">As for <see cref="Compute"/>.</param>
    public static TierResult Predict(
        CustomerLines lines, LocalTime asOf, int horizonDays, double expectedSpend, double expectedOrders, TierResult current,
        TierOptions options, TierCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        var end = asOf.AddDays(horizonDays);
        var from = end.AddDays(-options.WindowDays);
        var kept = PurchaseTimeline.Read(lines.Between(from < asOf ? from : asOf, asOf));

        // A horizon longer than the window only counts for the part that the window holds.
        double part = Math.Min(1, options.WindowDays / (double)horizonDays);
        double spend = kept.Net + (part * expectedSpend);
        double orders = kept.OrderCount + (part * expectedOrders);
        int reached = Highest(cutoffs, spend, orders, 1);
        int held = Math.Min(current.Level, Highest(cutoffs, spend, orders, options.KeepShare));
        int level = Math.Max(reached, held);
        return new TierResult(cutoffs.Tiers[level].Name, level, Cents.Of(spend), (int)Math.Round(orders));
    }

    private static int Review(ref SlidingWindow window, int level, long after, long upTo, TierOptions options, TierCutoffs cutoffs)
    {
        if (level == 0)
        {
            return 0;
        }

        var month = new LocalTime(after).ToDateTime();
        for (var review = new DateTime(month.Year, month.Month, 1).AddMonths(1);
            LocalTime.From(review).Micros <= upTo && level > 0;
            review = review.AddMonths(1))
        {
            window.MoveTo(LocalTime.From(review).Micros);
            level = Math.Min(level, Highest(cutoffs, window.Spend, window.Orders, options.KeepShare));
        }

        return level;
    }

    private static int Highest(TierCutoffs cutoffs, double spend, double orders, double share)
    {
        int level = 0;
        for (int i = 1; i < cutoffs.Tiers.Count; i++)
        {
            // A hair of tolerance: expected values are sums of many small parts.
            if (spend >= (share * cutoffs.Tiers[i].MinimumSpend) - 1e-9 && orders >= (share * cutoffs.Tiers[i].MinimumOrders) - 1e-9)
            {
                level = i;
            }
        }

        return level;
    }

    private static double TwoDigits(double value)
    {
        if (!(value > 0))
        {
            return 0;
        }

        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
        return Math.Round(value / unit) * unit;
    }

    internal static void Validate(TierOptions options)
    {
        var faults = new List<string>();
        if (options.WindowDays < 1 || !(options.KeepShare is > 0 and <= 1))
        {
            faults.Add($"window {options.WindowDays} days and keep share {options.KeepShare}; expected at least 1 and within (0, 1]");
        }

        if (options.Tiers is { } tiers)
        {
            if (tiers.Count == 0 || tiers[0].MinimumSpend > 0 || tiers[0].MinimumOrders > 0)
            {
                faults.Add("the lowest tier must exist and ask for nothing, so that every customer has one");
            }

            for (int i = 1; i < tiers.Count; i++)
            {
                if (!(tiers[i].MinimumSpend >= tiers[i - 1].MinimumSpend) || tiers[i].MinimumOrders < tiers[i - 1].MinimumOrders)
                {
                    faults.Add($"'{tiers[i].Name}' asks for less than '{tiers[i - 1].Name}' below it; expected ascending minimums");
                }
            }

            faults.AddRange(
                tiers.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => $"'{g.Key}' is named twice"));
        }

        RulesException.ThrowIfAny("the tier options", faults);
    }

    /// <summary>Spend and distinct orders of the lines added so far that lie in the trailing window before a moving time.</summary>
    private ref struct SlidingWindow(CustomerLines lines, int windowDays)
    {
        private readonly CustomerLines _lines = lines;
        private readonly Dictionary<long, int> _linesOfOrder = [];

        // Running totals, so that the window's sum does not depend on the path that led to it.
        private readonly double[] _total = new double[lines.Count + 1];
        private int _first;
        private int _next;

        public readonly double Spend => _total[_next] - _total[_first];

        public readonly int Orders => _linesOfOrder.Count;

        public void Add()
        {
            int i = _next++;
            _total[i + 1] = _total[i] + _lines.Kept[i];
            if (_lines.Kept[i] > 0)
            {
                long key = Key(i);
                _linesOfOrder[key] = _linesOfOrder.GetValueOrDefault(key) + 1;
            }
        }

        public void MoveTo(long micros)
        {
            long from = micros - (windowDays * LocalTime.MicrosPerDay);
            for (; _first < _next && _lines.OrderedAt[_first] < from; _first++)
            {
                if (_lines.Kept[_first] > 0)
                {
                    long key = Key(_first);
                    if (--_linesOfOrder[key] == 0)
                    {
                        _linesOfOrder.Remove(key);
                    }
                }
            }
        }

        private readonly long Key(int i) =>
            _lines.Order.IsEmpty || _lines.Order[i] < 0 ? LocalTime.DayOf(_lines.OrderedAt[i]) - (1L << 40) : _lines.Order[i];
    }
}
