using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Registry;

namespace Predictive.Worker.Gate;

/// <summary>What holding a delivery against the last accepted one gave.</summary>
/// <param name="Reasons">What is wrong with it; empty = nothing.</param>
/// <param name="Step">How its new lines compare; null where they are too few to say.</param>
/// <param name="Notes">What was looked at and how, for the log.</param>
public sealed record DeliveryVerdict(IReadOnlyList<GateReason> Reasons, DeliveryStep? Step, IReadOnlyList<string> Notes);

/// <summary>
/// Holds a delivery of data against the last accepted one. The past does not change: whatever was there then must be there now, customer by
/// customer. What is new must look like what came before it.
/// </summary>
/// <remarks>Codes: <c>past-missing</c>, <c>past-customers</c>, <c>past-lines</c>, <c>past-money</c>, <c>past-times</c>, <c>pace</c>,
/// <c>amounts</c>, <c>refunds</c>, <c>repeated-lines</c>, <c>order-ids</c>, <c>products</c>, <c>weekdays</c>, <c>hours</c>,
/// <c>stale</c>.</remarks>
public static class DeliveryCheck
{
    /// <summary>Compares.</summary>
    /// <param name="accepted">The last accepted delivery.</param>
    /// <param name="steps">How accepted ones before it compared, oldest first.</param>
    /// <param name="history">The new delivery.</param>
    /// <param name="before">As-of of the training: only lines strictly before are looked at.</param>
    /// <param name="options">The bands.</param>
    /// <param name="sample">
    /// What the history is a sample of; null = the whole base. Totals of another sample, or of a sample and a base, are not compared; lines
    /// a day are, by the share of the base that each is.
    /// </param>
    public static DeliveryVerdict Run(
        DeliveryFacts accepted, IReadOnlyList<DeliveryStep> steps, TransactionHistory history, LocalTime before, GateOptions options,
        SampleStamp? sample = null)
    {
        ArgumentNullException.ThrowIfNull(accepted);
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        bool isSame = sample is null ? accepted.Sample is null : accepted.Sample is { } other && sample.IsSame(other);
        var reasons = new List<GateReason>();
        var notes = new List<string>();
        long end = accepted.LastMicros + 1;
        long last = long.MinValue, pastLines = 0;
        int pastCustomers = 0;
        double pastGross = 0;
        var found = new Dictionary<ulong, RememberedCustomer>();
        var wanted = accepted.Remembered.Select(r => r.Customer).ToHashSet();
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines lines = history.Lines(c).Before(before);
            if (lines.Count == 0)
            {
                continue;
            }

            last = Math.Max(last, lines.OrderedAt[^1]);
            CustomerLines past = lines.Before(new LocalTime(end));
            if (past.Count > 0)
            {
                pastCustomers++;
                pastLines += past.Count;
                foreach (double amount in past.Amount)
                {
                    pastGross += Math.Max(amount, 0);
                }

                if (DeliveryFacts.HashOf(history.CustomerId(c)) is var hash && wanted.Contains(hash))
                {
                    found[hash] = DeliveryFacts.Remember(hash, past, accepted.LastMicros);
                }
            }
        }

        string until = Day(accepted.LastMicros);
        if (last < accepted.LastMicros - LocalTime.MicrosPerDay)
        {
            reasons.Add(
                new(
                    "past-missing",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the data ends on {Day(last)}, that accepted before on {until}: what came after is missing. Deliver it again, "
                            + $"or accept the loss.")));
        }

        if (isSame)
        {
            Total("past-customers", "customers", accepted.Customers, pastCustomers);
            Total("past-lines", "lines", accepted.Lines, pastLines);
            Total("past-money", "in purchases", accepted.Gross, pastGross);
        }
        else
        {
            notes.Add(
                $"The history is {Of(sample)}, the accepted one was {Of(accepted.Sample)}: totals were not compared, lines a day by the "
                    + "share of the base.");
        }

        Remembered();
        DeliveryStep? step = New(Math.Min(last + 1, before.Micros));
        return new DeliveryVerdict(reasons, step, notes);

        void Total(string code, string what, double then, double now)
        {
            if (Math.Abs(now - then) > options.Past * Math.Max(then, 1))
            {
                reasons.Add(
                    new(
                        code,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"up to {until} there were {then:N0} {what}, now there are {now:N0}; expected within {options.Past:P0}, "
                                + $"because the past does not change. Look for a file that is missing or was delivered twice, or a "
                                + $"factor.")));
            }
        }

        void Remembered()
        {
            // A sample of the base holds only some of the remembered: those that are there are compared.
            int there = accepted.Remembered.Count(r => found.ContainsKey(r.Customer));
            int gone = accepted.Remembered.Count - there;
            if (isSame && gone > options.ChangedCustomers * accepted.Remembered.Count)
            {
                reasons.Add(
                    new(
                        "past-customers",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"of {accepted.Remembered.Count:N0} customers remembered {gone:N0} are not there any more. Look for ids that "
                                + $"are written differently, or customers left out.")));
            }

            double[] lines =
            [
                .. accepted.Remembered.Where(r => found.ContainsKey(r.Customer) && Differs(r.Lines, found[r.Customer].Lines))
                    .Select(r => found[r.Customer].Lines / (double)Math.Max(1, r.Lines)),
            ];
            double[] money =
            [
                .. accepted.Remembered.Where(r => found.ContainsKey(r.Customer) && Differs(r.Net, found[r.Customer].Net))
                    .Select(r => found[r.Customer].Net / (r.Net == 0 ? 1 : r.Net)),
            ];
            Changed("past-lines", "lines", lines, there);
            Changed("past-money", "money", money, there);
            int times = accepted.Remembered.Count(
                r => found.TryGetValue(r.Customer, out RememberedCustomer? now) && now.Lines == r.Lines && now.Days != r.Days);
            if (times > options.ChangedCustomers * Math.Max(1, there))
            {
                reasons.Add(
                    new(
                        "past-times",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"of {there:N0} customers remembered {times:N0} bought at other times up to {until} than before; expected at "
                                + $"most {options.ChangedCustomers:P0} of them. Look for another time zone, or dates read another way.")));
            }
        }

        bool Differs(double then, double now) => Math.Abs(now - then) > options.ChangedBy * Math.Max(Math.Abs(then), 1);

        void Changed(string code, string what, double[] factors, int there)
        {
            if (factors.Length > options.ChangedCustomers * Math.Max(1, there))
            {
                Array.Sort(factors);
                reasons.Add(
                    new(
                        code,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"of {there:N0} customers remembered {factors.Length:N0} have other {what} up to {until} than before, by a "
                                + $"factor of {factors[factors.Length / 2]:0.##} in the middle; expected at most "
                                + $"{options.ChangedCustomers:P0} of them.")));
            }
        }

        DeliveryStep? New(long to)
        {
            double days = before.DaysSince(new LocalTime(end));
            double silent = before.DaysSince(new LocalTime(Math.Max(last, accepted.LastMicros)));
            if (silent > options.SilentDays && days > options.SilentDays)
            {
                reasons.Add(
                    new(
                        "stale",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"no line in the {silent:0} days before {before}; expected one in the last {options.SilentDays}. Deliver the "
                                + $"newest data.")));
            }

            if (to <= end)
            {
                notes.Add("There are no new lines.");
                return null;
            }

            StretchFacts fresh = StretchFacts.Of(history, end, to);
            double shares = isSame ? 1 : (sample?.Share ?? 1) / (accepted.Sample?.Share ?? 1);
            double usual = shares * accepted.Pace.Lines / accepted.Pace.Days, passed = Math.Max(days, .25);
            double pace = Math.Log(Math.Max(fresh.Lines, .5) / passed / Math.Max(1e-9, usual));
            if (Math.Max(fresh.Lines, usual * passed) >= options.FewestNewLines)
            {
                Band(
                    "pace", "lines a day", pace, [.. steps.Select(s => s.LogPace)], options.Pace, options.NarrowestPace,
                    "a store or a channel that is missing, a delivery twice, test orders");
            }

            if (fresh.Lines < options.FewestNewLines)
            {
                notes.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Only {fresh.Lines:N0} new lines: their amounts and patterns were not compared with those before."));
                return null;
            }

            double amount = Math.Log(Math.Max(fresh.MedianAmount, 1e-9) / Math.Max(accepted.Pace.MedianAmount, 1e-9));
            Band(
                "amounts", "the median amount", amount, [.. steps.Select(s => s.LogAmount)], options.Amount, options.NarrowestAmount,
                "another currency, cents for whole units, a moved decimal mark");
            Share("refunds", "refunds", accepted.Pace.RefundShare, fresh.RefundShare);
            Share("repeated-lines", "lines that repeat the one before", accepted.Pace.RepeatedShare, fresh.RepeatedShare);
            Share("order-ids", "lines without an order id", accepted.Pace.WithoutOrder, fresh.WithoutOrder);
            Share("products", "lines without a product", accepted.Pace.WithoutProduct, fresh.WithoutProduct);
            if (fresh.Days >= 7)
            {
                Pattern("weekdays", "days of the week", accepted.Pace.Weekdays, fresh.Weekdays, fresh.Customers);
            }

            Pattern("hours", "hours of the day", accepted.Pace.Hours, fresh.Hours, fresh.Customers);
            return new DeliveryStep(pace, amount);
        }

        void Band(string code, string what, double log, double[] past, double configured, double narrowest, string look)
        {
            bool learned = past.Length >= options.LearnedFrom;
            double mean = learned ? past.Average() : 0;
            double spread = learned
                ? options.LearnedDeviations * Math.Sqrt(past.Sum(p => (p - mean) * (p - mean)) / (past.Length - 1))
                : Math.Log(configured);
            spread = learned ? Math.Max(spread, Math.Log(narrowest)) : spread;
            double low = Math.Exp(mean - spread), high = Math.Exp(mean + spread), factor = Math.Exp(log);
            string band = learned
                ? string.Create(CultureInfo.InvariantCulture, $"learned from {past.Length} deliveries")
                : string.Create(CultureInfo.InvariantCulture, $"configured, until {options.LearnedFrom} deliveries were seen");
            notes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{what}: {factor:0.##} times those before; allowed {low:0.##} to {high:0.##} ({band})."));
            if (factor < low || factor > high)
            {
                reasons.Add(
                    new(
                        code,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{what} of the new data: {factor:0.##} times what they were before; expected {low:0.##} to {high:0.##} "
                                + $"({band}). Look for {look}.")));
            }
        }

        void Share(string code, string what, double then, double now)
        {
            if (Math.Abs(now - then) > options.Share)
            {
                reasons.Add(
                    new(
                        code,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{now:P0} of the new lines are {what}, {then:P0} before; expected within {options.Share:P0} points.")));
            }
        }

        void Pattern(string code, string what, IReadOnlyList<double> then, IReadOnlyList<double> now, int customers)
        {
            if (then.Count != now.Count)
            {
                reasons.Add(
                    new(
                        code,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"the {what} are "
                                + $"{(now.Count == 0 ? "gone: new lines have dates only" : "new: lines had dates only before")}.")));
                return;
            }

            double distance = then.Zip(now).Sum(p => Math.Abs(p.First - p.Second)) / 2;
            // A customer's lines come together: chance has as many draws as there are customers. Twice half the sum of the standard errors
            // of the shares.
            double allowed = options.Pattern + then.Sum(p => Math.Sqrt(p * (1 - p) / Math.Max(1, customers)));
            if (distance > allowed)
            {
                reasons.Add(
                    new(
                        code,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"the new lines fall on other {what} than before ({distance:P0} of them would have to move; expected at most "
                                + $"{allowed:P0}). Look for another time zone, or days that are missing.")));
            }
        }
    }

    private static string Of(SampleStamp? sample) => sample is null ? "the whole base" : $"a sample of it ({sample.Words})";

    private static string Day(long micros) =>
        micros == long.MinValue ? "no day" : new LocalTime(micros).ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
