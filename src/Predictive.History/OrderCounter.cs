namespace Predictive.History;

/// <summary>
/// Finds which order a purchase line belongs to: its order id; without one, the local day. Holds scratch space, so one per thread.
/// </summary>
internal sealed class OrderCounter
{
    // _slots[code] is the order of that code if _stamps[code] is the present customer's stamp: nothing is cleared between customers.
    private int[] _slots = new int[64];
    private int[] _stamps = new int[64];
    private int _stamp;
    private int _daySlot;
    private long _day;

    /// <summary>Orders seen since <see cref="Reset"/>.</summary>
    public int Orders { get; private set; }

    /// <summary>Starts the next customer.</summary>
    public void Reset()
    {
        if (_stamp == int.MaxValue)
        {
            Array.Clear(_stamps);
            _stamp = 0;
        }

        _stamp++;
        _day = long.MinValue;
        Orders = 0;
    }

    /// <summary>The order (0, 1, 2 ... by first purchase) of a purchase line; lines come in time order.</summary>
    /// <param name="code">Order code; −1 = no id.</param>
    /// <param name="day">Local day.</param>
    public int Slot(int code, long day)
    {
        if (code < 0)
        {
            if (day != _day)
            {
                (_day, _daySlot) = (day, Orders++);
            }

            return _daySlot;
        }

        if (code >= _stamps.Length)
        {
            int length = Math.Max(code + 1, _stamps.Length * 2);
            Array.Resize(ref _slots, length);
            Array.Resize(ref _stamps, length);
        }

        if (_stamps[code] != _stamp)
        {
            _stamps[code] = _stamp;
            _slots[code] = Orders++;
        }

        return _slots[code];
    }

    /// <summary>The order of an id; −1 where no purchase had it since <see cref="Reset"/>.</summary>
    public int Find(int code) => code < _stamps.Length && _stamps[code] == _stamp ? _slots[code] : -1;

    /// <summary>Distinct orders with a purchase among the lines.</summary>
    public int Count(CustomerLines lines)
    {
        Reset();
        ReadOnlySpan<long> times = lines.OrderedAt;
        ReadOnlySpan<double> amounts = lines.Amount;
        ReadOnlySpan<int> orders = lines.Order;
        for (int i = 0; i < times.Length; i++)
        {
            if (amounts[i] > 0)
            {
                int code = orders.IsEmpty ? -1 : orders[i];
                Slot(code, code < 0 ? LocalTime.DayOf(times[i]) : 0);
            }
        }

        return Orders;
    }
}
