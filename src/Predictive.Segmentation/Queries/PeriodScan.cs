using Predictive.History;
using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Queries;

/// <summary>
/// One pass over the lines of a period, customers in ranges of equal numbers of lines over all cores. The ranges do not depend on the
/// cores, and are added in their order.
/// </summary>
internal static class PeriodScan
{
    private const int Ranges = 16;

    /// <summary>Sums by group.</summary>
    public static GroupSums Run(ScanPlan plan, SumOptions options, CancellationToken cancellation)
    {
        return Over(plan.History, options, cancellation, (from, to, sums) => new Worker(plan, sums).Run(from, to));
    }

    /// <summary>Runs ranges of customers and adds what they give in order.</summary>
    public static GroupSums Over(
        TransactionHistory history, SumOptions options, CancellationToken cancellation, Action<int, int, GroupSums> run)
    {
        var parts = new GroupSums[Ranges];
        int[] bounds = Bounds(history);
        try
        {
            Parallel.For(0, Ranges, new ParallelOptions { CancellationToken = cancellation }, r =>
            {
                parts[r] = new GroupSums(options);
                run(bounds[r], bounds[r + 1], parts[r]);
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<QueryRefusedException>().FirstOrDefault() is { } refused)
        {
            throw refused;
        }

        for (int r = 1; r < Ranges; r++)
        {
            parts[0].Merge(parts[r]);
        }

        return parts[0];
    }

    private static int[] Bounds(TransactionHistory history)
    {
        var bounds = new int[Ranges + 1];
        int[] offsets = history.Columns.Offsets;
        for (int r = 1; r < Ranges; r++)
        {
            int at = Array.BinarySearch(offsets, (int)((long)history.LineCount * r / Ranges));
            bounds[r] = Math.Clamp(at < 0 ? ~at : at, bounds[r - 1], history.CustomerCount);
        }

        bounds[Ranges] = history.CustomerCount;
        return bounds;
    }

    // What the customer at hand brought to one cell so far.
    private struct Mine
    {
        public double Net, Gross, Returned, Units, Profit;
        public int Purchases, Orders, LastOrder, Customer;
        public bool IsNew;
        public long Key;
    }

    private sealed class Worker(ScanPlan plan, GroupSums sums)
    {
        private readonly TransactionColumns _columns = plan.History.Columns;
        private readonly OrderCounter _orders = new();
        private readonly OrdersSeen _seen = new();
        private readonly List<int> _touched = [];
        private readonly double[] _parts = new double[PeriodMetrics.PartCount];
        private readonly long[] _radix = Radix(plan.By);
        private Mine[] _mine = new Mine[16];
        private (long Key, int Cell) _last = (GroupSums.Total, 0);

        public void Run(int from, int to)
        {
            for (int c = from; c < to; c++)
            {
                if (plan.Customers is null || plan.Customers[c])
                {
                    Customer(c);
                }
            }
        }

        private void Customer(int c)
        {
            int start = _columns.Offsets[c], end = _columns.Offsets[c + 1];
            int i = ScanPlan.From(_columns.OrderedAt, start, end, plan.Start);
            if (i == end || _columns.OrderedAt[i] >= plan.End)
            {
                return;
            }

            long first = FirstPurchase(start, end), own = 0;
            for (int d = 0; d < plan.By.Length; d++)
            {
                if (plan.By[d].Dimension.Kind == DimensionKind.Customer)
                {
                    own += plan.By[d].Code(c) * _radix[d];
                }
            }

            _orders.Reset();
            _seen.Reset();
            for (; i < end && _columns.OrderedAt[i] < plan.End; i++)
            {
                int day = LocalTime.DayOf(_columns.OrderedAt[i]) - plan.FirstDay;
                if (plan.Counts(i, day))
                {
                    Line(c, i, day, own, first);
                }
            }

            foreach (int cell in _touched)
            {
                Give(c, cell);
            }

            _touched.Clear();
        }

        private void Line(int c, int i, int day, long own, long first)
        {
            double amount = _columns.Amount[i];
            int order = amount > 0 ? Order(i, day) : -1;
            Add(c, 0, GroupSums.Total, i, amount, order, first >= plan.Start);
            if (plan.By.Length == 0)
            {
                return;
            }

            long key = own;
            for (int d = 0; d < plan.By.Length; d++)
            {
                key += plan.By[d].Dimension.Kind switch
                {
                    DimensionKind.Time => plan.By[d].Code(day) * _radix[d],
                    DimensionKind.Line => plan.By[d].Code(i) * _radix[d],
                    _ => 0,
                };
            }

            if (key != _last.Key)
            {
                _last = (key, sums.CellOf(key));
            }

            Add(c, _last.Cell, key, i, amount, order, first >= plan.PeriodStarts[day]);
        }

        private void Add(int c, int cell, long key, int i, double amount, int order, bool isNew)
        {
            if (cell >= _mine.Length)
            {
                Array.Resize(ref _mine, Math.Max(cell + 1, _mine.Length * 2));
            }

            ref Mine mine = ref _mine[cell];
            if (mine.Customer != c + 1)
            {
                mine = new Mine { Customer = c + 1, LastOrder = -1, IsNew = isNew, Key = key };
                _touched.Add(cell);
            }

            mine.Net += amount;
            if (_columns.UnitCost is { } cost)
            {
                double units = _columns.Quantity is { } q && !float.IsNaN(q[i]) ? Math.Abs(q[i]) : 1;
                mine.Profit += amount - (float.IsNaN(cost[i]) ? 0 : Math.Sign(amount) * units * cost[i]);
            }

            if (amount > 0)
            {
                mine.Gross += amount;
                mine.Purchases++;
                mine.Units += _columns.Quantity is { } units && !float.IsNaN(units[i]) ? units[i] : 0;
                if (order != mine.LastOrder)
                {
                    mine.Orders += _seen.IsFirst(cell, order) ? 1 : 0;
                    mine.LastOrder = order;
                }
            }
            else
            {
                mine.Returned -= amount;
            }
        }

        private void Give(int c, int cell)
        {
            Mine mine = _mine[cell];
            bool bought = mine.Purchases > 0;
            Set(PeriodPart.Net, mine.Net);
            Set(PeriodPart.Gross, mine.Gross);
            Set(PeriodPart.Returned, mine.Returned);
            Set(PeriodPart.Units, mine.Units);
            Set(PeriodPart.Purchases, mine.Purchases);
            Set(PeriodPart.Orders, mine.Orders);
            Set(PeriodPart.Buyers, bought ? 1 : 0);
            Set(PeriodPart.New, bought && mine.IsNew ? 1 : 0);
            Set(PeriodPart.Repeat, mine.Orders >= 2 ? 1 : 0);
            Set(PeriodPart.NewNet, mine.IsNew ? mine.Net : 0);
            Set(PeriodPart.Profit, mine.Profit);
            sums.Add(cell, mine.Key, c, _parts);

            void Set(PeriodPart part, double value) => _parts[(int)part] = value;
        }

        private int Order(int i, int day)
        {
            int code = _columns.Order is { } orders ? orders[i] : -1;
            return _orders.Slot(code, day);
        }

        // Before any time, where nothing was ever bought: who never bought is not new.
        private long FirstPurchase(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                if (_columns.Amount[i] > 0)
                {
                    return _columns.OrderedAt[i];
                }
            }

            return long.MinValue;
        }

        private static long[] Radix(BoundDimension[] by)
        {
            var radix = new long[by.Length];
            long next = 1;
            for (int d = by.Length - 1; d >= 0; d--)
            {
                radix[d] = next;
                next *= by[d].Names.Length;
            }

            return radix;
        }
    }

    // Which orders of the customer at hand a cell has counted. Nothing is cleared between customers: a stamp tells.
    private sealed class OrdersSeen
    {
        private (int Cell, int Order, int Stamp)[] _slots = new (int, int, int)[64];
        private int _stamp;
        private int _count;

        public void Reset() => (_stamp, _count) = (_stamp + 1, 0);

        public bool IsFirst(int cell, int order)
        {
            if (2 * _count >= _slots.Length)
            {
                (int, int, int Stamp)[] old = _slots;
                _slots = new (int, int, int)[old.Length * 2];
                foreach (var (c, o, _) in old.Where(s => s.Stamp == _stamp))
                {
                    Put(c, o);
                }
            }

            bool first = Put(cell, order);
            _count += first ? 1 : 0;
            return first;
        }

        private bool Put(int cell, int order)
        {
            uint at = (uint)(((cell * 2654435761L) + (order * 40503L)) ^ (order >> 7)) & (uint)(_slots.Length - 1);
            for (; _slots[at].Stamp == _stamp; at = (at + 1) & (uint)(_slots.Length - 1))
            {
                if (_slots[at].Cell == cell && _slots[at].Order == order)
                {
                    return false;
                }
            }

            _slots[at] = (cell, order, _stamp);
            return true;
        }
    }
}
