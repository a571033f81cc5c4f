using Predictive.History;

namespace Predictive.Training.Snapshots;

/// <summary>How many purchase lines fall on each day of a history: the shape of its year.</summary>
internal sealed class PurchaseCalendar
{
    /// <summary>Windows from which on their spread can be told.</summary>
    public const int Enough = 3;

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
    /// falls into the first half. 0 = every half alike; .5 = all of a window's purchases in one half or the other. Below three windows the
    /// distance of the share from one half, root mean square: growth counts there, too; 0 without a window.
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
        double centre = shares.Length < Enough ? 0.5 : shares.Average();
        return shares.Length == 0 ? 0
            : Math.Sqrt(shares.Sum(s => (s - centre) * (s - centre)) / (shares.Length < Enough ? shares.Length : shares.Length - 1));
    }

    private long Before(int day) => _before[Math.Clamp(day - _first, 0, _before.Length - 1)];
}
