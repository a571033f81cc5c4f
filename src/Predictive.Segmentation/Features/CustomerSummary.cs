using System.Runtime.CompilerServices;
using Predictive.History;
using Predictive.History.Returns;

namespace Predictive.Segmentation.Features;

/// <summary>
/// Everything the features need of one customer, gathered in one sequential pass over the lines strictly before the as-of. Orders that
/// were given back whole before it count as none (<see cref="ReturnMatching"/>), unless there are no others; their money is 0 either way.
/// One object per thread, filled again for every customer; no allocation per customer once the scratch arrays have grown.
/// </summary>
/// <remarks>
/// Windows: a line of age d days (whole local days before the as-of day) lies in window w if d ≤ w. The bounds of all windows cut the
/// past into segments; each line is added to one segment, and a window is the sum of the segments inside it: no subtraction, so an
/// empty window is exactly 0 and sums are correct to the cent.
/// <code>
/// past ──── 4H ──── 365 ─── 2H ─ 180 ─ H,90 ─ H/2 ─ 30 ── as-of
///   seg 0 │  seg 1 │ seg 2 │ ...                    │ seg m
/// </code>
/// </remarks>
internal sealed class CustomerSummary
{
    /// <summary>Windows relative to the horizon, then absolute ones.</summary>
    public enum Window
    {
        /// <summary>Half the horizon.</summary>
        HalfH,
        /// <summary>The horizon.</summary>
        H,
        /// <summary>Twice the horizon.</summary>
        TwoH,
        /// <summary>Four horizons.</summary>
        FourH,
        /// <summary>30 days.</summary>
        D30,
        /// <summary>90 days.</summary>
        D90,
        /// <summary>180 days.</summary>
        D180,
        /// <summary>365 days.</summary>
        D365,
    }

    /// <summary>Sums over a stretch of time.</summary>
    public struct Sums
    {
        /// <summary>Lines of any amount.</summary>
        public int Lines;
        /// <summary>Lines with amount &lt; 0.</summary>
        public int RefundLines;
        /// <summary>Orders begun.</summary>
        public int Orders;
        /// <summary>Days with a purchase.</summary>
        public int Days;
        /// <summary>Sum of positive amounts.</summary>
        public double Gross;
        /// <summary>Sum of negative amounts (≤ 0).</summary>
        public double Refunds;

        /// <summary>Refunds subtracted.</summary>
        public readonly double Net => Gross + Refunds;

        /// <summary>Adds another stretch.</summary>
        public void Add(in Sums other)
        {
            Lines += other.Lines;
            RefundLines += other.RefundLines;
            Orders += other.Orders;
            Days += other.Days;
            Gross += other.Gross;
            Refunds += other.Refunds;
        }
    }

    private static readonly int WindowCount = Enum.GetValues<Window>().Length;
    private readonly OrderCounter _orders = new();
    private readonly int[] _segmentOf = new int[WindowCount];
    private readonly DistinctCounter _products = new(), _categories = new();
    private ReturnMatching? _returns;
    private int[] _bounds = [];
    private Sums[] _segments = [];
    private int[] _days = new int[64];
    private double[] _orderValues = new double[64];
    private LocalTime _asOf;
    private int _asOfDay;

    /// <summary>Whole history.</summary>
    public ref readonly Sums Total => ref _segments[0];

    /// <summary>Distinct local days with a purchase, ascending.</summary>
    public ReadOnlySpan<int> PurchaseDays => _days.AsSpan(0, DayCount);

    /// <summary>Sum of the purchases of each order, by first purchase.</summary>
    public ReadOnlySpan<double> OrderValues => _orderValues.AsSpan(0, Total.Orders);

    /// <summary>Number of distinct purchase days.</summary>
    public int DayCount { get; private set; }

    /// <summary>Days from the last purchase day to the as-of day.</summary>
    public int Recency => _asOfDay - _days[DayCount - 1];

    /// <summary>Days from the first purchase day to the as-of day.</summary>
    public int Tenure => _asOfDay - _days[0];

    /// <summary>Lines with amount &gt; 0.</summary>
    public int PurchaseLines { get; private set; }

    /// <summary>Units on purchase lines; NaN where none is known.</summary>
    public double Units { get; private set; }

    /// <summary>Distinct products bought; −1 where none is known.</summary>
    public int Products { get; private set; }

    /// <summary>Distinct categories bought; −1 where none is known.</summary>
    public int Categories { get; private set; }

    /// <summary>Purchase lines in the most frequent category over purchase lines with one; NaN where there is none.</summary>
    public double TopCategoryShare { get; private set; }

    /// <summary>Sums inside a window.</summary>
    public ref readonly Sums In(Window window) => ref _segments[_segmentOf[(int)window]];

    /// <summary>Sets the as-of and the horizon of the relative windows.</summary>
    public void Configure(LocalTime asOf, int horizonDays)
    {
        (_asOf, _asOfDay) = (asOf, asOf.Day);
        int[] windows = [Math.Max(1, horizonDays / 2), horizonDays, 2 * horizonDays, 4 * horizonDays, 30, 90, 180, 365];
        _bounds = [.. windows.Distinct().OrderDescending()];
        _segments = new Sums[_bounds.Length + 1];
        for (int w = 0; w < windows.Length; w++)
        {
            _segmentOf[w] = Array.IndexOf(_bounds, windows[w]) + 1;
        }
    }

    /// <summary>Gathers one customer.</summary>
    /// <returns>False where there is no purchase before the as-of: then nothing else may be read.</returns>
    public bool Read(CustomerLines all)
    {
        CustomerLines lines = all.Before(_asOf);
        if (ReturnMatching.AnyIn(lines))
        {
            // Of who kept nothing the orders given back are all there is to know.
            CustomerLines kept = (_returns ??= new ReturnMatching()).Mark(lines, out ReturnCounts counts);
            lines = counts.KeptNothing ? lines : kept.KeptOnly();
        }

        ReadOnlySpan<long> times = lines.OrderedAt;
        ReadOnlySpan<double> amounts = lines.Amount;
        ReadOnlySpan<int> orders = lines.Order;
        Array.Clear(_segments);
        _orders.Reset();
        DayCount = 0;
        PurchaseLines = 0;
        int segment = 0, day = int.MinValue;
        long dayEnd = long.MinValue;
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i] >= dayEnd)
            {
                day = LocalTime.DayOf(times[i]);
                dayEnd = (day + 1L) * LocalTime.MicrosPerDay;
                int age = _asOfDay - day;
                while (segment < _bounds.Length && age <= _bounds[segment])
                {
                    segment++;
                }
            }

            ref Sums sums = ref _segments[segment];
            sums.Lines++;
            double amount = amounts[i];
            if (amount > 0)
            {
                sums.Gross += amount;
                PurchaseLines++;
                AddDay(day, ref sums);
                int seen = _orders.Orders;
                int slot = _orders.Slot(orders.IsEmpty ? -1 : orders[i], day);
                if (slot == seen)
                {
                    BeginOrder(slot);
                    sums.Orders++;
                }

                _orderValues[slot] += amount;
            }
            else if (amount < 0)
            {
                sums.Refunds += amount;
                sums.RefundLines++;
            }
        }

        for (int s = _segments.Length - 2; s >= 0; s--)
        {
            _segments[s].Add(_segments[s + 1]);
        }

        ReadBaskets(lines, amounts);
        return DayCount > 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddDay(int day, ref Sums sums)
    {
        if (DayCount > 0 && _days[DayCount - 1] == day)
        {
            return;
        }

        if (DayCount == _days.Length)
        {
            Array.Resize(ref _days, DayCount * 2);
        }

        _days[DayCount++] = day;
        sums.Days++;
    }

    private void BeginOrder(int slot)
    {
        if (slot == _orderValues.Length)
        {
            Array.Resize(ref _orderValues, slot * 2);
        }

        _orderValues[slot] = 0;
    }

    private void ReadBaskets(CustomerLines lines, ReadOnlySpan<double> amounts)
    {
        (Products, _) = _products.Count(lines.Product, amounts);
        (Categories, TopCategoryShare) = _categories.Count(lines.Category, amounts);
        ReadOnlySpan<float> quantity = lines.Quantity;
        double units = 0;
        bool known = false;
        for (int i = 0; i < quantity.Length; i++)
        {
            if (amounts[i] > 0 && !float.IsNaN(quantity[i]))
            {
                units += quantity[i];
                known = true;
            }
        }

        Units = known ? units : double.NaN;
    }

    /// <summary>Counts distinct codes of purchase lines; a stamp per code saves clearing between customers.</summary>
    private sealed class DistinctCounter
    {
        private int[] _stamps = [];
        private int[] _counts = [];
        private int _stamp;

        /// <summary>
        /// (distinct codes, share of the most frequent); (−1, NaN) where there is no column or every code is missing: the same for a
        /// history that carries less.
        /// </summary>
        public (int Distinct, double TopShare) Count(ReadOnlySpan<int> codes, ReadOnlySpan<double> amounts)
        {
            if (codes.IsEmpty)
            {
                return (-1, double.NaN);
            }

            if (++_stamp == int.MaxValue)
            {
                Array.Clear(_stamps);
                _stamp = 1;
            }

            int distinct = 0, known = 0, top = 0;
            for (int i = 0; i < codes.Length; i++)
            {
                int code = codes[i];
                if (code < 0 || amounts[i] <= 0)
                {
                    continue;
                }

                if (code >= _stamps.Length)
                {
                    int length = Math.Max(code + 1, Math.Max(64, _stamps.Length * 2));
                    Array.Resize(ref _stamps, length);
                    Array.Resize(ref _counts, length);
                }

                if (_stamps[code] != _stamp)
                {
                    (_stamps[code], _counts[code]) = (_stamp, 0);
                    distinct++;
                }

                known++;
                top = Math.Max(top, ++_counts[code]);
            }

            return known == 0 ? (-1, double.NaN) : (distinct, top / (double)known);
        }
    }
}
