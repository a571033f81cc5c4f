// Over 300 lines: the one rule of what a return gives back reads better in one piece.
namespace Predictive.History.Returns;

/// <summary>What one customer kept and gave back before an as-of.</summary>
/// <param name="Orders">Orders of which something was kept.</param>
/// <param name="ReturnedOrders">Orders given back whole: they count as none.</param>
/// <param name="UnmatchedReturns">Returns that answer to no purchase: they lower money only.</param>
public readonly record struct ReturnCounts(int Orders, int ReturnedOrders, int UnmatchedReturns)
{
    /// <summary>Whether something was bought and nothing of it kept.</summary>
    public bool KeptNothing => Orders == 0 && ReturnedOrders > 0;
}

/// <summary>
/// Finds what each return (a line with a negative amount) gives back: purchases of its order id; where that has none, the customer's latest
/// earlier purchases of its product that are not returned yet; else the latest earlier untouched line, or whole order, of its amount.
/// Holds scratch space, so one per thread.
/// </summary>
/// <remarks>
/// Time runs once over the lines; at one time purchases come before returns, since many sources know days only. Every purchase line has an
/// open amount, which returns take from; an order whose lines are all taken whole is returned. A return larger than what it answers to
/// takes that and lowers money with the rest.
///
/// Goods come back, not money: shops keep a fee, or give back what was paid after a discount. A return that names its product takes as many
/// units as it states of a purchase that states units, whatever they bring, down to half of their price (less is a price taken off, and is
/// matched as money); where units are not stated, a purchase of which <see cref="WholeShare"/> has come back for its product has come back.
/// What the shop kept of it counts as nothing. A return without a product is money, and takes money.
///
/// Stacks, newest on top, give the latest purchase by product and by amount:
/// <code>
/// product P:  line 7 → line 3 → line 0      what is spent is popped and never looked at again, so a customer's
/// 25.00:      order 2 → line 5              lines cost time in proportion to their number
/// </code>
/// The lines of a history stand in an order that only depends on what they say (Loading/LineOrder.cs), so the answer does too.
/// </remarks>
public sealed class ReturnMatching
{
    /// <summary>Share of a purchase's money that must have come back for its product where nothing states units.</summary>
    public const double WholeShare = .9;

    // What sums of amounts may be off by without being money; of units.
    private const double Dust = 1e-6;
    private const double HalfPrice = .5;

    private readonly OrderCounter _orders = new();
    private readonly Stacks<int> _byProduct = new();
    private readonly Stacks<long> _byProductInOrder = new();
    private readonly Stacks<long> _byAmount = new();
    private readonly List<(int Return, int Slot, double Taken)> _taken = [];
    private double[] _kept = [];
    private double[] _open = [];
    private double[] _units = [];
    private int[] _slotOf = [];
    private int[] _previousInOrder = [];
    private int[] _previousOpen = [];
    private double[] _bought = [];
    private double[] _left = [];
    private int[] _lastLine = [];
    private int[] _lastOpen = [];

    /// <summary>The lines with their kept amounts (<see cref="CustomerLines.Kept"/>).</summary>
    /// <param name="before">A customer's lines, cut to what is before the as-of.</param>
    /// <param name="counts">What was kept and given back.</param>
    /// <returns>Lines on this object's scratch: used before it is asked again.</returns>
    public CustomerLines Mark(CustomerLines before, out ReturnCounts counts)
    {
        if (_kept.Length < before.Count)
        {
            _kept = new double[before.Count * 2];
        }

        Span<double> kept = _kept.AsSpan(0, before.Count);
        counts = Match(before, kept);
        return before.Keeping(counts.ReturnedOrders > 0 ? kept : before.Amount);
    }

    /// <summary>
    /// The amounts without returned orders: 0 on each of their lines, and of a return what answers to something else. The sum is that of
    /// the amounts, less what a shop kept of orders that were returned.
    /// </summary>
    /// <param name="before">A customer's lines, cut to what is before the as-of.</param>
    /// <param name="kept">One per line.</param>
    public ReturnCounts Match(CustomerLines before, Span<double> kept)
    {
        ReadOnlySpan<double> amounts = before.Amount;
        amounts.CopyTo(kept);
        if (!AnyIn(before))
        {
            return new ReturnCounts(_orders.Count(before), 0, 0);
        }

        Begin(amounts.Length);
        int unmatched = Run(before);
        int returned = 0;
        for (int slot = 0; slot < _orders.Orders; slot++)
        {
            returned += IsReturned(slot) ? 1 : 0;
        }

        if (returned > 0)
        {
            Keep(kept);
        }

        return new ReturnCounts(_orders.Orders - returned, returned, unmatched);
    }

    /// <summary>A history whose lines have kept amounts as of a local time; the same object where no order was returned.</summary>
    /// <param name="history">Any history.</param>
    /// <param name="asOf">Only returns strictly before it count; lines at or after it keep their amounts.</param>
    public static TransactionHistory Mark(TransactionHistory history, LocalTime asOf)
    {
        ArgumentNullException.ThrowIfNull(history);
        const int Chunk = 1024;
        double[]? kept = null;
        var gate = new Lock();
        Parallel.For(
            0, (history.CustomerCount + Chunk - 1) / Chunk, () => new ReturnMatching(),
            (chunk, _, matching) =>
            {
                for (int c = chunk * Chunk; c < Math.Min(history.CustomerCount, (chunk + 1) * Chunk); c++)
                {
                    CustomerLines lines = matching.Mark(history.Lines(c).Before(asOf), out ReturnCounts counts);
                    if (counts.ReturnedOrders > 0)
                    {
                        lock (gate)
                        {
                            kept ??= [.. history.Columns.Amount];
                        }

                        lines.Kept.CopyTo(kept.AsSpan(history.Columns.Offsets[c]));
                    }
                }

                return matching;
            },
            _ => { });
        return kept is null && history.Columns.Kept is null
            ? history
            : new TransactionHistory(history.Columns with { Kept = kept }, history.Description, history.Tables)
            {
                Accounts = history.Accounts,
            };
    }

    /// <summary>Whether any line is a return.</summary>
    public static bool AnyIn(CustomerLines lines)
    {
        foreach (double amount in lines.Amount)
        {
            if (amount < 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Begin(int lines)
    {
        if (_open.Length < lines)
        {
            (_open, _units) = (new double[lines * 2], new double[lines * 2]);
            (_bought, _left) = (new double[lines * 2], new double[lines * 2]);
            (_slotOf, _previousInOrder, _previousOpen) = (new int[lines * 2], new int[lines * 2], new int[lines * 2]);
            (_lastLine, _lastOpen) = (new int[lines * 2], new int[lines * 2]);
        }

        _orders.Reset();
        _byProduct.Clear();
        _byProductInOrder.Clear();
        _byAmount.Clear();
        _taken.Clear();
    }

    /// <summary>Runs through time; returns how many returns answer to nothing.</summary>
    private int Run(CustomerLines lines)
    {
        ReadOnlySpan<long> times = lines.OrderedAt;
        ReadOnlySpan<double> amounts = lines.Amount;
        int unmatched = 0;
        for (int start = 0, end; start < times.Length; start = end)
        {
            for (end = start; end < times.Length && times[end] == times[start]; end++)
            {
                if (amounts[end] > 0)
                {
                    Buy(lines, end);
                }
            }

            for (int i = start; i < end; i++)
            {
                unmatched += amounts[i] < 0 && !GiveBack(lines, i) ? 1 : 0;
            }
        }

        return unmatched;
    }

    private void Buy(CustomerLines lines, int line)
    {
        double amount = lines.Amount[line];
        int seen = _orders.Orders, code = lines.Order.IsEmpty ? -1 : lines.Order[line];
        int slot = _orders.Slot(code, code < 0 ? LocalTime.DayOf(lines.OrderedAt[line]) : 0);
        if (slot == seen)
        {
            (_bought[slot], _left[slot], _lastLine[slot], _lastOpen[slot]) = (0, 0, -1, -1);
        }

        bool joins = _lastLine[slot] >= 0;
        (_open[line], _slotOf[line], _previousInOrder[line], _lastLine[slot]) = (amount, slot, _lastLine[slot], line);
        _units[line] = UnitsOf(lines, line);
        (_previousOpen[line], _lastOpen[slot]) = (_lastOpen[slot], line);
        _bought[slot] += amount;
        _left[slot] += amount;
        if (!lines.Product.IsEmpty && lines.Product[line] >= 0)
        {
            _byProduct.Push(lines.Product[line], line);
            _byProductInOrder.Push(InOrder(slot, lines.Product[line]), line);
        }

        _byAmount.Push(Cents(amount), line);
        if (joins)
        {
            _byAmount.Push(Cents(_bought[slot]), ~slot);
        }
    }

    /// <summary>Takes a return from what it answers to; false where there is nothing.</summary>
    private bool GiveBack(CustomerLines lines, int line)
    {
        double rest = -lines.Amount[line];
        int product = lines.Product.IsEmpty ? -1 : lines.Product[line];
        if (!lines.Order.IsEmpty && lines.Order[line] >= 0 && _orders.Find(lines.Order[line]) is >= 0 and var slot)
        {
            // Of its own product first, then of whatever else the order holds.
            int before = _taken.Count;
            rest = product < 0 ? rest : TakeFrom(_byProductInOrder, InOrder(slot, product), lines, line, rest);
            for (int i = _lastOpen[slot]; i >= 0 && rest > Dust; i = _lastOpen[slot])
            {
                rest = TakeMoney(line, i, rest);
                _lastOpen[slot] = _open[i] > Dust ? i : _previousOpen[i];
            }

            return _taken.Count > before;
        }

        int taken = _taken.Count;
        if (product >= 0)
        {
            TakeFrom(_byProduct, product, lines, line, rest);
        }

        return _taken.Count > taken || TakeAmount(line, rest);
    }

    /// <summary>Takes from the top of a product's stack downwards; returns the money that is left to take.</summary>
    private double TakeFrom<TKey>(Stacks<TKey> stacks, TKey key, CustomerLines lines, int line, double rest)
        where TKey : unmanaged, IEquatable<TKey>, System.Numerics.ISignedNumber<TKey>
    {
        double units = UnitsOf(lines, line), each = rest / units, over = 0;
        while (rest > Dust && !(units <= 0) && stacks.TryTop(key, out int bought))
        {
            double some = Math.Min(_units[bought], units);
            double price = some >= _units[bought] * (1 - Dust) ? _open[bought] : _open[bought] * some / _units[bought];
            if (_open[bought] > Dust && some * each >= price * HalfPrice)
            {
                // As many units as both know of; what they cost is what is given back of the purchase.
                over += Math.Max(0, (some * each) - price);
                rest -= some * each;
                units -= some;
                Take(line, bought, price);
                _units[bought] -= some;
            }
            else
            {
                rest = TakeMoney(line, bought, rest);
                if (double.IsNaN(some) && _open[bought] <= ((1 - WholeShare) * lines.Amount[bought]) + Dust)
                {
                    Take(line, bought, _open[bought]);
                }
            }

            if (_open[bought] <= Dust)
            {
                stacks.Pop(key);
            }
        }

        return rest + over;
    }

    /// <summary>Units of a line that names a product; NaN = not stated.</summary>
    private static double UnitsOf(CustomerLines lines, int line)
    {
        double units = lines.Quantity.IsEmpty || lines.Product.IsEmpty || lines.Product[line] < 0
            ? double.NaN : Math.Abs((double)lines.Quantity[line]);
        return units > 0 ? units : double.NaN;
    }

    private bool TakeAmount(int line, double rest)
    {
        long cents = Cents(rest);
        while (_byAmount.TryTop(cents, out int top))
        {
            _byAmount.Pop(cents);
            if (top >= 0 && _open[top] > Dust && Cents(_open[top]) == cents)
            {
                TakeMoney(line, top, rest);
                return true;
            }

            // An order that has grown or was touched since is another amount.
            if (top < 0 && Cents(_bought[~top]) == cents && _left[~top] == _bought[~top])
            {
                for (int i = _lastLine[~top]; i >= 0; i = _previousInOrder[i])
                {
                    rest = TakeMoney(line, i, rest);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Takes money alone; what is left of the purchase has no price by the unit any more.</summary>
    private double TakeMoney(int line, int from, double rest)
    {
        _units[from] = double.NaN;
        return Take(line, from, rest);
    }

    private double Take(int line, int from, double rest)
    {
        double taken = Math.Min(_open[from], rest);
        if (taken > 0)
        {
            _open[from] -= taken;
            _left[_slotOf[from]] -= taken;
            _taken.Add((line, _slotOf[from], taken));
        }

        return rest - taken;
    }

    private bool IsReturned(int slot) => _left[slot] <= Dust + (1e-12 * _bought[slot]);

    private void Keep(Span<double> kept)
    {
        foreach ((int line, int slot, double taken) in _taken)
        {
            if (IsReturned(slot))
            {
                // Above zero is what the shop kept: no purchase.
                kept[line] += taken;
                kept[line] = kept[line] >= -Dust ? 0 : kept[line];
            }
        }

        for (int slot = 0; slot < _orders.Orders; slot++)
        {
            for (int i = IsReturned(slot) ? _lastLine[slot] : -1; i >= 0; i = _previousInOrder[i])
            {
                kept[i] = 0;
            }
        }
    }

    private static long InOrder(int slot, int product) => ((long)slot << 32) | (uint)product;

    private static long Cents(double amount) => (long)Math.Round(Math.Min(amount, 1e15) * 100);
}
