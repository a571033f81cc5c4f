using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Predictive.History;
using Predictive.Segmentation.Registry;

namespace Predictive.Worker.Gate;

/// <summary>One remembered customer: what lay in the past when a delivery was accepted, which no later delivery should change.</summary>
/// <param name="Customer">First 8 bytes of the SHA-256 of the id: enough to find the customer again, not to name them.</param>
/// <param name="Lines">Lines up to the end of that delivery.</param>
/// <param name="Net">Their sum.</param>
/// <param name="Days">Sum of the days (since 1970) and, times a million, of the minutes of the day they fell on: another time anywhere
/// changes it.</param>
public sealed record RememberedCustomer(ulong Customer, int Lines, double Net, long Days);

/// <summary>What a delivery of data looked like, kept to hold the next one against. Holds no customer id.</summary>
public sealed record DeliveryFacts
{
    /// <summary>
    /// Customers remembered by name of hash: those of the smallest hashes, so that the same ones are drawn from every delivery.
    /// </summary>
    public const int MostRemembered = 512;

    /// <summary>Days before the end that stand for the present pace.</summary>
    public const int PaceDays = 91;

    /// <summary>Local microseconds of the first line.</summary>
    public required long FirstMicros { get; init; }

    /// <summary>Local microseconds of the last line.</summary>
    public required long LastMicros { get; init; }

    /// <summary>Customers with a line.</summary>
    public required int Customers { get; init; }

    /// <summary>Lines.</summary>
    public required long Lines { get; init; }

    /// <summary>Sum of all amounts above 0.</summary>
    public required double Gross { get; init; }

    /// <summary>How the last <see cref="PaceDays"/> days looked.</summary>
    public required StretchFacts Pace { get; init; }

    /// <summary>Customers whose past is remembered, by ascending hash.</summary>
    public required IReadOnlyList<RememberedCustomer> Remembered { get; init; }

    /// <summary>What the counts are of, where that was a sample of the base; null = the whole base.</summary>
    public SampleStamp? Sample { get; init; }

    /// <summary>The facts of a history, of lines strictly before a local time.</summary>
    /// <param name="history">The delivery.</param>
    /// <param name="before">As-of of the training.</param>
    /// <exception cref="DatasetException">There is no line before the as-of.</exception>
    public static DeliveryFacts Of(TransactionHistory history, LocalTime before)
    {
        ArgumentNullException.ThrowIfNull(history);
        long first = long.MaxValue, last = long.MinValue, lines = 0;
        int customers = 0;
        double gross = 0;
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines own = history.Lines(c).Before(before);
            if (own.Count == 0)
            {
                continue;
            }

            customers++;
            lines += own.Count;
            (first, last) = (Math.Min(first, own.OrderedAt[0]), Math.Max(last, own.OrderedAt[^1]));
            foreach (double amount in own.Amount)
            {
                gross += Math.Max(amount, 0);
            }
        }

        if (lines == 0)
        {
            throw new DatasetException("no-purchase-before-as-of", $"There is no line before {before}; a delivery needs one.");
        }

        int[] present = [.. Enumerable.Range(0, history.CustomerCount).Where(c => history.Lines(c).Before(before).Count > 0)];
        ulong[] hashes = [.. present.Select(c => HashOf(history.CustomerId(c)))];
        Array.Sort(hashes, present);
        return new DeliveryFacts
        {
            FirstMicros = first,
            LastMicros = last,
            Customers = customers,
            Lines = lines,
            Gross = gross,
            Pace = StretchFacts.Of(history, LocalTime.MidnightAfter(last).AddDays(-PaceDays).Micros, last + 1),
            Remembered = [.. hashes.Zip(present).Take(MostRemembered).Select(r => Remember(r.First, history.Lines(r.Second), last))],
        };
    }

    /// <summary>First 8 bytes of the SHA-256 of an id.</summary>
    public static ulong HashOf(string id)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    internal static RememberedCustomer Remember(ulong hash, CustomerLines lines, long last)
    {
        CustomerLines past = lines.Before(new LocalTime(last + 1));
        double net = 0;
        foreach (double amount in past.Amount)
        {
            net += amount;
        }

        long days = 0;
        foreach (long at in past.OrderedAt)
        {
            int day = LocalTime.DayOf(at);
            days += day + (LocalTime.OfDay(at) / 60_000_000 * 1_000_000);
        }

        return new RememberedCustomer(hash, past.Count, net, days);
    }
}

/// <summary>How a stretch of time looked: pace, amounts, what is missing, when people buy.</summary>
/// <param name="Days">Length, days.</param>
/// <param name="Lines">Lines.</param>
/// <param name="Customers">Customers with a line.</param>
/// <param name="MedianAmount">Median of the amounts without their sign; NaN is never stored: 0 where there is no line.</param>
/// <param name="RefundShare">Share of lines below 0.</param>
/// <param name="RepeatedShare">Share of lines equal to the customer's line before in time, amount and product.</param>
/// <param name="WithoutOrder">Share of lines without an order id.</param>
/// <param name="WithoutProduct">Share of lines without a product.</param>
/// <param name="Weekdays">Share of lines by day of the week, Thursday (1970-01-01) first.</param>
/// <param name="Hours">Share of lines by hour of the day; empty where times are dates.</param>
public sealed record StretchFacts(
    double Days, long Lines, int Customers, double MedianAmount, double RefundShare, double RepeatedShare, double WithoutOrder,
    double WithoutProduct,
    IReadOnlyList<double> Weekdays, IReadOnlyList<double> Hours)
{
    /// <summary>Facts of the lines in [from, to), local microseconds.</summary>
    public static StretchFacts Of(TransactionHistory history, long from, long to)
    {
        ArgumentNullException.ThrowIfNull(history);
        var amounts = new List<double>();
        var weekdays = new double[7];
        var hours = new double[24];
        int customers = 0, refunds = 0, repeated = 0, orderless = 0, productless = 0;
        bool timed = false;
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines lines = history.Lines(c).Before(new LocalTime(to));
            int start = lines.Count;
            while (start > 0 && lines.OrderedAt[start - 1] >= from)
            {
                start--;
            }

            customers += start < lines.Count ? 1 : 0;
            for (int i = start; i < lines.Count; i++)
            {
                long at = lines.OrderedAt[i];
                int day = LocalTime.DayOf(at);
                long ofDay = LocalTime.OfDay(at);
                timed |= ofDay != 0;
                weekdays[((day % 7) + 7) % 7]++;
                hours[ofDay / (LocalTime.MicrosPerDay / 24)]++;
                amounts.Add(Math.Abs(lines.Amount[i]));
                refunds += lines.Amount[i] < 0 ? 1 : 0;
                orderless += lines.Order.IsEmpty || lines.Order[i] < 0 ? 1 : 0;
                productless += lines.Product.IsEmpty || lines.Product[i] < 0 ? 1 : 0;
                repeated += i > 0 && lines.OrderedAt[i - 1] == at && lines.Amount[i - 1] == lines.Amount[i]
                    && (lines.Product.IsEmpty || lines.Product[i - 1] == lines.Product[i]) ? 1 : 0;
            }
        }

        amounts.Sort();
        int n = Math.Max(1, amounts.Count);
        return new StretchFacts(
            new LocalTime(to).DaysSince(new LocalTime(from)),
            amounts.Count,
            customers,
            amounts.Count == 0 ? 0 : amounts[amounts.Count / 2],
            refunds / (double)n,
            repeated / (double)n,
            orderless / (double)n,
            productless / (double)n,
            [.. weekdays.Select(w => w / n)],
            timed ? [.. hours.Select(h => h / n)] : []);
    }
}
