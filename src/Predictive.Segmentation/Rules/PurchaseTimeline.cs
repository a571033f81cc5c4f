using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>
/// A customer's orders and purchase days, read from lines in one pass. A purchase is a line with a kept amount above 0
/// (<see cref="CustomerLines.Kept"/>); an order is its order id, or, without one, all purchases of one local day. Reusable scratch: one per
/// thread, overwritten by the next read on it.
/// </summary>
internal sealed class PurchaseTimeline
{
    [ThreadStatic]
    private static PurchaseTimeline? _ofThread;

    private readonly HashSet<long> _seen = [];
    private int[] _orderDays = new int[16];
    private int[] _days = new int[16];

    private PurchaseTimeline()
    {
    }

    /// <summary>Number of distinct orders.</summary>
    public int OrderCount { get; private set; }

    /// <summary>Local day of the first purchase of each order, ascending.</summary>
    public ReadOnlySpan<int> OrderDays => _orderDays.AsSpan(0, OrderCount);

    /// <summary>Number of distinct purchase days.</summary>
    public int DayCount { get; private set; }

    /// <summary>Distinct local days with a purchase, ascending.</summary>
    public ReadOnlySpan<int> Days => _days.AsSpan(0, DayCount);

    /// <summary>Sum of all kept amounts, refunds subtracted, in whole cents.</summary>
    public double Net { get; private set; }

    /// <summary>Sum of the purchases alone, in whole cents.</summary>
    public double Gross { get; private set; }

    /// <summary>Reads lines into this thread's instance; the caller has cut them to the window it wants.</summary>
    public static PurchaseTimeline Read(CustomerLines lines)
    {
        var timeline = _ofThread ??= new PurchaseTimeline();
        timeline.Fill(lines, lines.Kept);
        return timeline;
    }

    /// <summary>The same of everything bought, whether it was kept or not.</summary>
    public static PurchaseTimeline ReadAll(CustomerLines lines)
    {
        var timeline = _ofThread ??= new PurchaseTimeline();
        timeline.Fill(lines, lines.Amount);
        return timeline;
    }

    private void Fill(CustomerLines lines, ReadOnlySpan<double> amounts)
    {
        (OrderCount, DayCount, Net, Gross) = (0, 0, 0, 0);
        var times = lines.OrderedAt;
        var orders = lines.Order;
        _seen.Clear();
        long lastKey = long.MinValue;
        int lastDay = int.MinValue;
        for (int i = 0; i < times.Length; i++)
        {
            Net += amounts[i];
            if (!(amounts[i] > 0))
            {
                continue;
            }

            Gross += amounts[i];
            int day = LocalTime.DayOf(times[i]);
            if (day != lastDay)
            {
                lastDay = day;
                Append(ref _days, DayCount++, day);
            }

            // Codes and day numbers share one key space: days are moved far below every code.
            long key = orders.IsEmpty || orders[i] < 0 ? day - (1L << 40) : orders[i];
            if (key != lastKey)
            {
                lastKey = key;
                if (_seen.Add(key))
                {
                    Append(ref _orderDays, OrderCount++, day);
                }
            }
        }

        (Net, Gross) = (Cents.Of(Net), Cents.Of(Gross));
    }

    private static void Append(ref int[] array, int at, int value)
    {
        if (at == array.Length)
        {
            Array.Resize(ref array, at * 2);
        }

        array[at] = value;
    }
}
