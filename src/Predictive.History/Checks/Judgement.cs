using System.Globalization;

namespace Predictive.History.Checks;

/// <summary>
/// Turns a profile of the transactions into findings: every limit of <see cref="CheckOptions"/> is applied here and nowhere else.
/// </summary>
/// <remarks>
/// How to add a check: 1. gather what it needs in <see cref="TableProfile"/>; 2. judge it in a method here and call it from
/// <see cref="Of"/>;
/// 3. plant the fault in a test, and show that clean data do not set it off.
/// </remarks>
internal static class Judgement
{
    private const string Table = "transactions";

    /// <summary>The findings of a profile.</summary>
    /// <param name="profile">What the table holds.</param>
    /// <param name="options">The limits.</param>
    /// <param name="customerId">Name of a customer by index.</param>
    public static IEnumerable<Finding> Of(TableProfile profile, CheckOptions options, Func<int, string> customerId)
    {
        if (profile.Lines == 0)
        {
            return [];
        }

        if (profile.Purchases == 0)
        {
            return [
                profile.ZeroAmounts == profile.Lines
                    ? DatasetFaults.AllAmountsZero(Table, profile.Lines)
                    : DatasetFaults.NoPurchase(Table, profile.Lines),
            ];
        }

        LocalTime asOf = AsOfFor(profile, options);
        Finding?[] findings =
        [
            Future(profile, options),
            Stale(profile, options),
            Placeholder(profile),
            Population(profile, options, asOf),
            HistoryLength(profile, options, asOf),
            RepeatBuyers(profile),
            Dominant(profile, options, customerId),
            SilentDays(profile, options),
            CurrencyJump(profile, options),
            NegativeQuantity(profile),
            ZeroAmounts(profile),
            .. CustomerJudgement.Of(profile, options, customerId),
            .. CalendarJudgement.Of(profile, options, FirstBusyDay(profile), LastDay(profile, options)),
        ];
        return findings.OfType<Finding>();
    }

    /// <summary>The as-of given, or midnight after the last day that is not in the future.</summary>
    private static LocalTime AsOfFor(TableProfile profile, CheckOptions options)
    {
        if (options.AsOf is { } given)
        {
            return given;
        }

        var last = LocalTime.MidnightAfter(profile.LastMicros);
        return options.Today is { } today && LocalTime.StartOf(today).AddDays(1) < last
            ? new LocalTime((LastDay(profile, options) + 1) * LocalTime.MicrosPerDay)
            : last;
    }

    /// <summary>The last day with a line that is not after today.</summary>
    private static int LastDay(TableProfile profile, CheckOptions options)
    {
        int last = new LocalTime(profile.LastMicros).Day;
        return options.Today is { } today && LocalTime.StartOf(today).Day is var limit && limit < last
            ? profile.LinesByDay.Keys.Where(d => d <= limit).DefaultIfEmpty(limit).Max()
            : last;
    }

    private static Finding? Future(TableProfile profile, CheckOptions options)
    {
        if (options.Today is not { } today)
        {
            return null;
        }

        int limit = LocalTime.StartOf(today).Day;
        var days = profile.LinesByDay.Where(p => p.Key > limit).OrderBy(p => p.Key).ToList();
        return days.Count == 0
            ? null
            : DatasetFaults.AfterToday(Table, days.Sum(d => d.Value), today, [.. days.Take(options.Examples).Select(d => Date(d.Key))]);
    }

    private static Finding? Stale(TableProfile profile, CheckOptions options)
    {
        if (options.Today is not { } today)
        {
            return null;
        }

        int last = LastDay(profile, options), silent = LocalTime.StartOf(today).Day - last;
        return silent <= options.StaleDays ? null : Warning(
            "stale",
            $"The last transaction is {N(silent)} days old ({Date(last)}, today is {today:yyyy-MM-dd}); more than {options.StaleDays} "
                + "days make current scores doubtful. Deliver newer data, or name the as-of date.",
            "ordered_at", silent);
    }

    private static Finding? Placeholder(TableProfile profile) => profile.PlaceholderTimes.Count == 0 ? null : Warning(
        "placeholder-time",
        $"{N(profile.PlaceholderTimes.Count)} lines carry a time that usually stands for 'unknown'. Leave them out, or give them "
            + "their date.",
        "ordered_at",
        profile.PlaceholderTimes.Count,
        profile.PlaceholderTimes.Examples);

    private static Finding? Population(TableProfile profile, CheckOptions options, LocalTime asOf)
    {
        long population = profile.PopulationAt(asOf);
        return population == 0 ? DatasetFaults.NoPurchaseBefore(asOf, profile.FirstPurchase!.Value)
            : population < options.MinimumCustomers ? DatasetFaults.TooFewCustomers(population, options.MinimumCustomers, asOf) : null;
    }

    private static Finding? HistoryLength(TableProfile profile, CheckOptions options, LocalTime asOf)
    {
        if (profile.FirstPurchase is not { } first || first >= asOf)
        {
            return null;
        }

        int days = asOf.Day - first.Day;
        int wanted = options.HorizonDays + Math.Min(Math.Max(45, options.HorizonDays / 2), 365);
        if (days >= wanted)
        {
            return null;
        }

        string found = $"The history spans {N(days)} days before {asOf}, from {Date(first.Day)}";
        return days < options.MinimumHistoryDays
            ? DatasetFaults.Blocking(
                "history-too-short", $"{found}; fewer than {options.MinimumHistoryDays} show no customer's rhythm. Add history.", Table,
                "ordered_at", days)
            : Warning(
                "short-history",
                $"{found}; a horizon of {options.HorizonDays} days wants {N(wanted)} to learn from a full labelled window. Training "
                    + "falls back to the lifetimes models; add history, or shorten the horizon.",
                "ordered_at", days);
    }

    private static Finding? RepeatBuyers(TableProfile profile)
    {
        long repeat = profile.RepeatBuyers;
        double share = (double)repeat / profile.Customers;
        return share >= .05 ? null : Warning(
            "few-repeat-buyers",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Only {N(repeat)} of {N(profile.Customers)} customers ({share:P1}) bought on a second day; churn and value rest on "
                    + $"repeat purchases. Check that the customer id is the customer's, not the order's."),
            "customer_id",
            repeat);
    }

    private static Finding? Dominant(TableProfile profile, CheckOptions options, Func<int, string> customerId)
    {
        var (customer, lines) = profile.Largest();
        double share = (double)lines / profile.Lines;

        // Among a handful of customers a tenth is nothing unusual.
        return profile.Customers < 20 || share < options.DominantShare ? null : Warning(
            "dominant-customer",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Customer '{customerId(customer)}' holds {N(lines)} of {N(profile.Lines)} lines ({share:P1}); a tenth or more is "
                    + $"usually a till, a marketplace or a test account. Leave it out where it is no customer."),
            "customer_id",
            lines,
            [customerId(customer)]);
    }

    /// <summary>
    /// Days without any transaction that chance and opening hours do not explain. Weekdays that are mostly silent are closing days. Lines
    /// come in bunches (several per order), so a run of k open days is taken as odd where k × lines per open day / 4 is 10 or more: as
    /// Poisson counts go, one chance in 20,000.
    /// </summary>
    private static Finding? SilentDays(TableProfile profile, CheckOptions options)
    {
        int first = FirstBusyDay(profile), last = new LocalTime(profile.LastMicros).Day;

        // What lies in the future is a fault of its own, and says nothing of the days before it.
        if (options.Today is { } today && LocalTime.StartOf(today).Day < last)
        {
            last = profile.LinesByDay.Keys.Where(d => d <= LocalTime.StartOf(today).Day).DefaultIfEmpty(first).Max();
        }

        if (last - first is < 27 or > 36_525)
        {
            return null;
        }

        int[] weekdays = new int[7], busy = new int[7];
        for (int day = first; day <= last; day++)
        {
            weekdays[Weekday(day)]++;
            busy[Weekday(day)] += profile.LinesByDay.ContainsKey(day) ? 1 : 0;
        }

        int openDays = 0;
        for (int w = 0; w < 7; w++)
        {
            openDays += busy[w] * 5 >= weekdays[w] ? weekdays[w] : 0;
        }

        double rate = (double)profile.Lines / Math.Max(1, openDays) / 4;
        var runs = new List<(int From, int To, int Open)>();
        for (int day = first; day <= last; day++)
        {
            int from = day, open = 0;
            for (; day <= last && !profile.LinesByDay.ContainsKey(day); day++)
            {
                open += busy[Weekday(day)] * 5 >= weekdays[Weekday(day)] ? 1 : 0;
            }

            if (open > 0 && open * rate >= 10)
            {
                runs.Add((from, day - 1, open));
            }
        }

        if (runs.Count == 0)
        {
            return null;
        }

        long silent = runs.Sum(r => r.Open);
        return Warning(
            "silent-days",
            $"{N(silent)} otherwise open day{(silent == 1 ? "" : "s")} in {N(runs.Count)} stretch{(runs.Count == 1 ? "" : "es")} hold no "
                + "transaction at all. Holidays explain that; a missing delivery does too.",
            "ordered_at",
            silent,
            [
                .. runs.OrderByDescending(r => r.Open).ThenBy(r => r.From).Take(options.Examples)
                    .Select(r => r.From == r.To ? Date(r.From) : $"{Date(r.From)}..{Date(r.To)}"),
            ]);
    }

    /// <summary>
    /// The day by which more than one in a thousand lines has come: a few lines of long ago (a date that stands for "unknown") would make
    /// all days until the history proper look silent, and so hide the ones that are.
    /// </summary>
    private static int FirstBusyDay(TableProfile profile)
    {
        long seen = 0;
        foreach (var (day, lines) in profile.LinesByDay.OrderBy(p => p.Key))
        {
            if ((seen += lines) * 1000 > profile.Lines)
            {
                return day;
            }
        }

        return new LocalTime(profile.FirstMicros).Day;
    }

    private static Finding? CurrencyJump(TableProfile profile, CheckOptions options)
    {
        const int enough = 50;
        var jumps = new List<string>();
        (int Month, double Median, long Count)? before = null;
        foreach (var month in profile.MonthlyMedians().Where(m => m.Count >= enough))
        {
            if (before is { } b && Math.Max(b.Median / month.Median, month.Median / b.Median) is var ratio
                && ratio >= options.CurrencyJumpRatio)
            {
                // A power of ten is a unit that changed: cents, or a decimal mark that was lost.
                double power = Math.Pow(10, Math.Round(Math.Log10(ratio)));
                string ten = Math.Abs((ratio / power) - 1) < .25
                    ? string.Create(CultureInfo.InvariantCulture, $" (times {power:N0}: cents, or a lost decimal mark)")
                    : "";
                jumps.Add(
                    string.Create(
                        CultureInfo.InvariantCulture, $"{Month(b.Month)} {b.Median:G3} -> {Month(month.Month)} {month.Median:G3}{ten}"));
            }

            before = month;
        }

        return jumps.Count == 0 ? null : Warning(
            "currency-jump",
            $"The median purchase jumps by a factor of {options.CurrencyJumpRatio.ToString(CultureInfo.InvariantCulture)} or more "
                + "between neighbouring months. Look for a change of currency or unit (cents, thousands) and bring the amounts to one.",
            "amount",
            jumps.Count,
            [.. jumps.Take(options.Examples)]);
    }

    private static Finding? NegativeQuantity(TableProfile profile) => profile.NegativeQuantity.Count == 0 ? null : Warning(
        "negative-quantity",
        $"{N(profile.NegativeQuantity.Count)} lines have a negative quantity with a positive amount; a return is written with a negative "
            + "amount. Check the sign of the amounts.",
        "quantity",
        profile.NegativeQuantity.Count,
        profile.NegativeQuantity.Examples);

    private static Finding? ZeroAmounts(TableProfile profile)
    {
        if (profile.ZeroAmounts == 0)
        {
            return null;
        }

        double share = (double)profile.ZeroAmounts / profile.Lines;
        return new Finding(
            "zero-amount",
            share >= .2 ? FindingSeverity.Warning : FindingSeverity.Info,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{N(profile.ZeroAmounts)} lines ({share:P1}) have an amount of zero; they are no purchases."),
            Table,
            "amount",
            profile.ZeroAmounts);
    }

    private static Finding Warning(string code, string message, string column, long count, IReadOnlyList<string>? examples = null) =>
        new(code, FindingSeverity.Warning, message, Table, column, count, examples);

    // 1970-01-01 was a Thursday.
    private static int Weekday(int day) => (((day + 4) % 7) + 7) % 7;

    private static string Date(int day) => DateOnly.FromDayNumber(day + 719_162).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Month(int month) => $"{month / 12:0000}-{(month % 12) + 1:00}";

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
