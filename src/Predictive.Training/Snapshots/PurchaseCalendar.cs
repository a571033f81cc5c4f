using Predictive.History;

namespace Predictive.Training.Snapshots;

/// <summary>How many purchase lines fall on each day of a history: the shape of its year.</summary>
internal sealed class PurchaseCalendar
{
    private readonly int _first;

    // Purchases before each day, from the first on.
    private readonly long[] _before;

    private PurchaseCalendar(int first, long[] before) => (_first, _before) = (first, before);

    /// <summary>Counts the days of a history.</summary>
    public static PurchaseCalendar Of(TransactionHistory history)
    {
        int first = LocalTime.DayOf(history.FirstMicros);
        long[] before = new long[LocalTime.DayOf(history.LastMicros) - first + 2];
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines lines = history.Lines(c);
            ReadOnlySpan<long> times = lines.OrderedAt;
            ReadOnlySpan<double> amounts = lines.Amount;
            for (int i = 0; i < times.Length; i++)
            {
                before[LocalTime.DayOf(times[i]) - first + 1] += amounts[i] > 0 ? 1 : 0;
            }
        }

        for (int day = 1; day < before.Length; day++)
        {
            before[day] += before[day - 1];
        }

        return new PurchaseCalendar(first, before);
    }

    /// <summary>Purchases in [from, from + days).</summary>
    public long Purchases(LocalTime from, int days) => Before(from.Day + days) - Before(from.Day);

    /// <summary>
    /// How unevenly the purchases of windows are spread over their two halves: the standard deviation, over windows, of the share that
    /// falls into the first half. 0 = every half alike; .5 = all of a window's purchases in one half or the other. 0 below three windows.
    /// </summary>
    /// <param name="windows">Starts of windows that have passed.</param>
    /// <param name="days">Their length.</param>
    public double Lumpiness(IReadOnlyList<LocalTime> windows, int days)
    {
        int half = (days + 1) / 2;
        double[] shares =
        [
            .. windows.Select(u => (All: Purchases(u, days), Half: Purchases(u, half))).Where(w => w.All > 0)
                .Select(w => w.Half / (double)w.All),
        ];
        if (shares.Length < 3)
        {
            return 0;
        }

        double mean = shares.Average();
        return Math.Sqrt(shares.Sum(s => (s - mean) * (s - mean)) / (shares.Length - 1));
    }

    private long Before(int day) => _before[Math.Clamp(day - _first, 0, _before.Length - 1)];
}
