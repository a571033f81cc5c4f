using Predictive.History;

namespace Predictive.Segmentation.Portfolio;

/// <summary>Distinct items per order and first day per item of one customer after the other. Scratch of one thread.</summary>
internal sealed class BasketReader(TransactionHistory history, LocalTime asOf, bool products, int[]? index)
{
    public const int Chunk = 1024;

    private readonly List<(long Order, int Item)> _lines = [];
    private readonly Dictionary<int, int> _first = [];
    private readonly List<(int Item, int Day)> _days = [];
    private readonly List<int> _items = [];

    /// <summary>Day of the customer's first purchase.</summary>
    public int FirstDay { get; private set; }

    /// <summary>Reads each customer of a chunk who bought something, then calls.</summary>
    public void ForEach(int chunk, Action<BasketReader> next)
    {
        for (int c = chunk * Chunk; c < Math.Min(history.CustomerCount, (chunk + 1) * Chunk); c++)
        {
            if (Read(history.Lines(c).Before(asOf)))
            {
                next(this);
            }
        }
    }

    /// <summary>Where each order begins and ends among the items read.</summary>
    public IEnumerable<(int Start, int End)> Baskets()
    {
        for (int start = 0, end; start < _lines.Count; start = end)
        {
            for (end = start + 1; end < _lines.Count && _lines[end].Order == _lines[start].Order; end++)
            {
            }

            yield return (start, end);
        }
    }

    /// <summary>The distinct items of an order, ascending; those that are not looked at are left out.</summary>
    public List<int> ItemsOf((int Start, int End) basket)
    {
        _items.Clear();
        for (int i = basket.Start; i < basket.End; i++)
        {
            if (_lines[i].Item >= 0 && (_items.Count == 0 || _items[^1] != _lines[i].Item))
            {
                _items.Add(_lines[i].Item);
            }
        }

        return _items;
    }

    /// <summary>The day each item was bought first; items that are not looked at are left out.</summary>
    public List<(int Item, int Day)> FirstDays()
    {
        _days.Clear();
        foreach (var (item, day) in _first)
        {
            _days.Add((item, day));
        }

        return _days;
    }

    private bool Read(CustomerLines lines)
    {
        _lines.Clear();
        _first.Clear();
        FirstDay = int.MaxValue;
        ReadOnlySpan<int> codes = products ? lines.Product : lines.Category, orders = lines.Order;
        ReadOnlySpan<double> kept = lines.Kept;
        ReadOnlySpan<long> times = lines.OrderedAt;
        for (int i = 0; i < codes.Length; i++)
        {
            if (!(kept[i] > 0))
            {
                continue;
            }

            int day = LocalTime.DayOf(times[i]), item = codes[i] < 0 ? -1 : index is null ? codes[i] : index[codes[i]];
            FirstDay = Math.Min(FirstDay, day);
            _lines.Add((orders.IsEmpty || orders[i] < 0 ? day - (1L << 40) : orders[i], item));
            if (item >= 0)
            {
                _first.TryAdd(item, day);
            }
        }

        _lines.Sort();
        return _lines.Count > 0;
    }
}

/// <summary>Counts over pairs of n items; one per thread, then added up.</summary>
/// <param name="n">Items.</param>
internal sealed class PairCounts(int n)
{
    /// <summary>[a n + b], a &lt; b: orders with both.</summary>
    public int[] Together { get; } = new int[n * n];

    /// <summary>[a n + b]: customers who first bought b within the window after they first bought a.</summary>
    public int[] Then { get; } = new int[n * n];

    /// <summary>[a n + b]: customers watched after a who had bought b before or on that day.</summary>
    public int[] Before { get; } = new int[n * n];

    /// <summary>Customers whose whole window after their first a is past.</summary>
    public int[] Watched { get; } = new int[n];

    /// <summary>First purchases of an item that were not on the customer's first day.</summary>
    public int[] FirstLater { get; } = new int[n];

    /// <summary>Days customers were watched without the item.</summary>
    public long[] DaysWithout { get; } = new long[n];

    public void Count(BasketReader reader, int asOfDay, int within)
    {
        foreach (var basket in reader.Baskets())
        {
            List<int> items = reader.ItemsOf(basket);
            for (int i = 0; i < items.Count; i++)
            {
                int row = items[i] * n;
                for (int j = i + 1; j < items.Count; j++)
                {
                    Together[row + items[j]]++;
                }
            }
        }

        List<(int Item, int Day)> first = reader.FirstDays();
        int watched = asOfDay - reader.FirstDay;
        Days += watched;
        foreach (var (item, day) in first)
        {
            // Of who never bought it the whole time counts: added for everybody at the end, and taken back here.
            DaysWithout[item] -= asOfDay - day;
            FirstLater[item] += day > reader.FirstDay ? 1 : 0;
        }

        foreach (var (a, day) in first)
        {
            if (day + within > asOfDay)
            {
                continue;
            }

            Watched[a]++;
            int row = a * n;
            foreach (var (b, other) in first)
            {
                if (other <= day)
                {
                    Before[row + b]++;
                }
                else if (other - day <= within)
                {
                    Then[row + b]++;
                }
            }
        }
    }

    /// <summary>Items.</summary>
    public int Items => n;

    /// <summary>The tables of pairs, in one order.</summary>
    public int[][] Tables => [Together, Then, Before];

    /// <summary>Days that all customers were watched, together.</summary>
    public long Days { get; set; }

    /// <summary>Adds a thread's counts.</summary>
    public void Add(PairCounts other)
    {
        Association.Add(Together, other.Together);
        Association.Add(Then, other.Then);
        Association.Add(Before, other.Before);
        Association.Add(Watched, other.Watched);
        Association.Add(FirstLater, other.FirstLater);
        Days += other.Days;
        for (int i = 0; i < DaysWithout.Length; i++)
        {
            DaysWithout[i] += other.DaysWithout[i];
        }
    }

    /// <summary>Gives the days of those who never bought an item to it, once everything is added.</summary>
    public PairCounts Closed()
    {
        for (int i = 0; i < DaysWithout.Length; i++)
        {
            DaysWithout[i] += Days;
        }

        return this;
    }
}
