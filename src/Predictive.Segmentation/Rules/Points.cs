using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the points ledger.</summary>
public sealed record PointsOptions
{
    /// <summary>Points per unit of money bought. Default 1; whole points, the rest is carried to the next line.</summary>
    public double PerUnit { get; init; } = 1;

    /// <summary>Points per order, given with its first line. Default 0.</summary>
    public int PerOrder { get; init; }

    /// <summary>Days after which points expire; null: never. Default 730.</summary>
    public int? ExpireDays { get; init; } = 730;
}

/// <summary>Why points came or went.</summary>
public enum PointsReason
{
    /// <summary>Something was bought.</summary>
    Purchase,

    /// <summary>Something was given back: its points are taken back, the newest first, never more than there are.</summary>
    Return,

    /// <summary>Points grew old.</summary>
    Expiry,
}

/// <summary>One entry of a ledger.</summary>
/// <param name="At">When, local.</param>
/// <param name="Reason">Why.</param>
/// <param name="Points">Below 0 = taken.</param>
/// <param name="Balance">After the entry.</param>
public readonly record struct PointsEntry(LocalTime At, PointsReason Reason, long Points, long Balance);

/// <summary>Points of one customer.</summary>
/// <param name="Balance">What is there at the as-of.</param>
/// <param name="Earned">Ever earned.</param>
/// <param name="TakenBack">Ever taken back because of returns.</param>
/// <param name="Expired">Ever expired.</param>
/// <param name="NextExpiryDays">Days until the oldest points expire; −1 = none do.</param>
/// <param name="NextExpiryPoints">How many expire then.</param>
public sealed record PointsResult(long Balance, long Earned, long TakenBack, long Expired, int NextExpiryDays, long NextExpiryPoints)
{
    /// <summary>Of who has none.</summary>
    public static PointsResult None { get; } = new(0, 0, 0, 0, -1, 0);
}

/// <summary>
/// An append-only ledger of points: what a customer's lines earn, what returns take back, what grows old. It is a replay of the lines, so
/// nothing is stored; the ledger of a later as-of begins with that of an earlier one, entry by entry, and adding up the entries gives the
/// balance.
/// </summary>
/// <remarks>Amounts are taken as they happened, not as they were kept: a return is an entry of its own.</remarks>
public static class Points
{
    /// <summary>The points of one customer; lines at or after the as-of are ignored.</summary>
    public static PointsResult Compute(CustomerLines lines, LocalTime asOf, PointsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        PointsBook book = PointsBook.OfThread;
        book.Run(lines.Before(asOf), asOf, options, null);
        return book.Result(asOf);
    }

    /// <summary>The ledger of one customer, oldest entry first; entries of one time and reason are one.</summary>
    public static IReadOnlyList<PointsEntry> Ledger(CustomerLines lines, LocalTime asOf, PointsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var entries = new List<PointsEntry>();
        PointsBook.OfThread.Run(lines.Before(asOf), asOf, options, entries);
        return entries;
    }

    /// <summary>The balance that entries add up to, each checked against what it says.</summary>
    /// <exception cref="ArgumentException">An entry's balance is not the sum so far, a balance is below 0, or times descend.</exception>
    public static long Replay(IEnumerable<PointsEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        long balance = 0;
        LocalTime last = new(long.MinValue);
        foreach (PointsEntry entry in entries)
        {
            balance += entry.Points;
            if (entry.Balance != balance || balance < 0 || entry.At < last)
            {
                throw new ArgumentException(
                    $"The entry of {entry.At} says {entry.Balance} points after {entry.Points}; expected {balance}, not below 0, not "
                        + $"before "
                        + $"{last}.",
                    nameof(entries));
            }

            last = entry.At;
        }

        return balance;
    }

    internal static void Validate(PointsOptions options)
    {
        var faults = new List<string>();
        if (!(options.PerUnit >= 0 && double.IsFinite(options.PerUnit)) || options.PerOrder < 0)
        {
            faults.Add($"{options.PerUnit} per unit and {options.PerOrder} per order; expected 0 or more each");
        }

        if (options.ExpireDays is <= 0)
        {
            faults.Add($"points expire after {options.ExpireDays} days; expected at least 1, or null for never");
        }

        RulesException.ThrowIfAny("the points", faults);
    }
}

/// <summary>Runs a ledger; scratch of one thread.</summary>
internal sealed class PointsBook
{
    [ThreadStatic]
    private static PointsBook? t_book;

    private readonly HashSet<long> _orders = [];
    private readonly List<(long ExpiresAt, long Points)> _lots = [];
    private int _oldest;
    private long _balance, _earned, _taken, _expired;
    private List<PointsEntry>? _entries;

    public static PointsBook OfThread => t_book ??= new PointsBook();

    public void Run(CustomerLines before, LocalTime asOf, PointsOptions options, List<PointsEntry>? entries)
    {
        (_oldest, _balance, _earned, _taken, _expired, _entries) = (0, 0, 0, 0, 0, entries);
        _lots.Clear();
        _orders.Clear();
        double bought = 0, returned = 0;
        ReadOnlySpan<long> times = before.OrderedAt;
        ReadOnlySpan<double> amounts = before.Amount;
        ReadOnlySpan<int> orders = before.Order;
        for (int i = 0; i < times.Length; i++)
        {
            if (amounts[i] > 0)
            {
                Expire(times[i]);
                double sum = bought + amounts[i];
                long key = orders.IsEmpty || orders[i] < 0 ? LocalTime.DayOf(times[i]) - (1L << 40) : orders[i];
                long points = Whole(sum * options.PerUnit) - Whole(bought * options.PerUnit) + (_orders.Add(key) ? options.PerOrder : 0);
                bought = sum;
                Earn(times[i], points, options);
            }
            else if (amounts[i] < 0)
            {
                Expire(times[i]);
                double sum = returned - amounts[i];
                long points = Whole(sum * options.PerUnit) - Whole(returned * options.PerUnit);
                returned = sum;
                TakeBack(times[i], points);
            }
        }

        Expire(asOf.Micros - 1);
    }

    public PointsResult Result(LocalTime asOf)
    {
        int days = -1;
        long next = 0;
        if (_oldest < _lots.Count && _lots[_oldest].ExpiresAt != long.MaxValue)
        {
            int day = LocalTime.DayOf(_lots[_oldest].ExpiresAt);
            days = day - asOf.Day;
            for (int i = _oldest; i < _lots.Count && LocalTime.DayOf(_lots[i].ExpiresAt) == day; i++)
            {
                next += _lots[i].Points;
            }
        }

        return _earned == 0 ? PointsResult.None : new PointsResult(_balance, _earned, _taken, _expired, days, next);
    }

    // A hair is added so that .1 + .2 of a point make three tenths.
    private static long Whole(double points) => (long)Math.Floor(points + 1e-6);

    private void Earn(long at, long points, PointsOptions options)
    {
        if (points <= 0)
        {
            return;
        }

        long expires = options.ExpireDays is { } days ? at + (days * LocalTime.MicrosPerDay) : long.MaxValue;
        _lots.Add((expires, points));
        _earned += points;
        Book(at, PointsReason.Purchase, points);
    }

    private void TakeBack(long at, long points)
    {
        long left = Math.Min(points, _balance);
        if (left <= 0)
        {
            return;
        }

        _taken += left;
        Book(at, PointsReason.Return, -left);
        while (left > 0)
        {
            var (expires, there) = _lots[^1];
            if (there <= left)
            {
                _lots.RemoveAt(_lots.Count - 1);
                left -= there;
            }
            else
            {
                _lots[^1] = (expires, there - left);
                left = 0;
            }
        }
    }

    /// <summary>Lots that expire at or before a time.</summary>
    private void Expire(long upTo)
    {
        for (; _oldest < _lots.Count && _lots[_oldest].ExpiresAt <= upTo; _oldest++)
        {
            _expired += _lots[_oldest].Points;
            Book(_lots[_oldest].ExpiresAt, PointsReason.Expiry, -_lots[_oldest].Points);
        }
    }

    private void Book(long at, PointsReason reason, long points)
    {
        _balance += points;
        if (_entries is null)
        {
            return;
        }

        var time = new LocalTime(at);
        if (_entries.Count > 0 && _entries[^1].At == time && _entries[^1].Reason == reason)
        {
            _entries[^1] = _entries[^1] with { Points = _entries[^1].Points + points, Balance = _balance };
        }
        else
        {
            _entries.Add(new PointsEntry(time, reason, points, _balance));
        }
    }
}
