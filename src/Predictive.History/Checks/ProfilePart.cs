using System.Runtime.InteropServices;

namespace Predictive.History.Checks;

/// <summary>What was bought of one product.</summary>
internal struct ProductLines
{
    /// <summary>Purchase lines.</summary>
    public long Lines;

    /// <summary>Price of one unit, to four digits, of the last of them.</summary>
    public double Price;

    /// <summary>Whether the price was the same in all of them.</summary>
    public bool HasOnePrice;
}

/// <summary>Counts over the lines of some customers; parts of one table add up in any order but for their examples.</summary>
internal sealed class ProfilePart(int exampleCount)
{
    /// <summary>Steps per decade of the histogram that medians are read from: within 2 %.</summary>
    private const int StepsPerDecade = 64;
    private const int Decades = 16;
    private const double SmallestAmount = 1e-4;

    /// <summary>Days that are counted by place: 1970 to 2079. Others are few, and found by look-up.</summary>
    private const int PlacedDays = 40_000;

    private readonly long[] _days = new long[PlacedDays];
    private readonly Dictionary<int, long> _otherDays = [];
    private readonly int[] _months = new int[PlacedDays];
    private readonly Dictionary<int, Month> _byMonth = [];
    private readonly List<ProductLines> _products = [];
    private readonly List<(ulong Hash, long Time)> _hashes = [];
    private readonly List<int> _productDays = [];
    private readonly List<int> _usable = [];
    private readonly ReturnCensus _census = new();
    private Dictionary<int, long>? _byDay;
    private bool _anyReturn;

    public long Lines { get; private set; }

    public long Purchases { get; private set; }

    public long ZeroAmounts { get; private set; }

    public long ReturnLines { get; private set; }

    public long ReturnedOrders { get; private set; }

    public long UnmatchedReturns { get; private set; }

    public long FirstMicros { get; private set; } = long.MaxValue;

    public long LastMicros { get; private set; } = long.MinValue;

    public long ProductDays { get; private set; }

    public Tally NegativeQuantity { get; } = new(exampleCount);

    public Tally PlaceholderTimes { get; } = new(exampleCount);

    public Tally Equal { get; } = new(exampleCount);

    public IReadOnlyList<ProductLines> Products => _products;

    /// <summary>Lines by day; made when first asked for, after the last line.</summary>
    public IReadOnlyDictionary<int, long> Days =>
        _byDay ??= _days.Index().Where(d => d.Item > 0).Select(d => KeyValuePair.Create(d.Index, d.Item)).Concat(_otherDays).ToDictionary();

    /// <summary>Starts a customer.</summary>
    public void Begin()
    {
        _hashes.Clear();
        _productDays.Clear();
        _usable.Clear();
        _anyReturn = false;
    }

    /// <summary>Counts a line.</summary>
    /// <returns>Its day.</returns>
    public int Line(long micros, double amount, float quantity)
    {
        Lines++;
        FirstMicros = Math.Min(FirstMicros, micros);
        LastMicros = Math.Max(LastMicros, micros);
        int day = LocalTime.DayOf(micros);
        if ((uint)day < PlacedDays)
        {
            _days[day]++;
        }
        else
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_otherDays, day, out _)++;
        }

        if (micros == 0 || day < -365 * 50)
        {
            PlaceholderTimes.Add(micros, static at => new LocalTime(at).ToString());
        }

        if (quantity < 0 && amount > 0)
        {
            NegativeQuantity.Add(
                (quantity, amount, micros),
                static line =>
                    FormattableString.Invariant($"quantity {line.quantity} with amount {line.amount} at {new LocalTime(line.micros)}"));
        }

        Month month = MonthAt(day);
        month.Lines++;
        month.Cents += (Int128)Math.Round(amount * 100);
        if (amount > 0)
        {
            Purchases++;
            month.Purchases++;
            month.Amounts[(int)Math.Clamp(Math.Log10(amount / SmallestAmount) * StepsPerDecade, 0, (StepsPerDecade * Decades) - 1)]++;
        }
        else if (amount == 0)
        {
            ZeroAmounts++;
        }
        else
        {
            ReturnLines++;
        }

        return day;
    }

    /// <summary>Keeps a line of the customer for what was given back.</summary>
    public void Usable(int line, double amount)
    {
        _usable.Add(line);
        _anyReturn |= amount < 0;
    }

    /// <summary>Keeps a line of the customer to be compared with the others.</summary>
    public void Compare(ulong hash, long time) => _hashes.Add((hash, time));

    /// <summary>Counts a purchase of a product.</summary>
    public void Product(int product, int day, double price)
    {
        _productDays.Add(day);
        if (_products.Count <= product)
        {
            int known = _products.Count;
            CollectionsMarshal.SetCount(_products, product + 1);
            CollectionsMarshal.AsSpan(_products)[known..].Clear();
        }

        Count(ref CollectionsMarshal.AsSpan(_products)[product], 1, Math.Round(price, 4), true);
    }

    /// <summary>Ends a customer: its lines are compared, its days counted, what was given back is found.</summary>
    public void End(LinesToCheck lines, int customer)
    {
        if (_anyReturn)
        {
            Returns.ReturnCounts counts = _census.Count(lines, _usable);
            ReturnedOrders += counts.ReturnedOrders;
            UnmatchedReturns += counts.UnmatchedReturns;
        }

        Span<(ulong Hash, long Time)> hashes = CollectionsMarshal.AsSpan(_hashes);
        if (hashes.Length > 1)
        {
            hashes.Sort();
            for (int i = 1; i < hashes.Length; i++)
            {
                if (hashes[i].Hash == hashes[i - 1].Hash)
                {
                    Equal.Add(
                        (Id: lines.CustomerId, customer, hashes[i].Time),
                        static line => $"customer {line.Id(line.customer)} at {new LocalTime(line.Time)}");
                }
            }
        }

        Span<int> days = CollectionsMarshal.AsSpan(_productDays);
        days.Sort();
        for (int i = 0; i < days.Length; i++)
        {
            ProductDays += i == 0 || days[i] != days[i - 1] ? 1 : 0;
        }
    }

    /// <summary>Adds the counts of the customers that come after these.</summary>
    public void Add(ProfilePart other)
    {
        Lines += other.Lines;
        Purchases += other.Purchases;
        ZeroAmounts += other.ZeroAmounts;
        ReturnLines += other.ReturnLines;
        ReturnedOrders += other.ReturnedOrders;
        UnmatchedReturns += other.UnmatchedReturns;
        ProductDays += other.ProductDays;
        FirstMicros = Math.Min(FirstMicros, other.FirstMicros);
        LastMicros = Math.Max(LastMicros, other.LastMicros);
        NegativeQuantity.Add(other.NegativeQuantity);
        PlaceholderTimes.Add(other.PlaceholderTimes);
        Equal.Add(other.Equal);
        for (int day = 0; day < PlacedDays; day++)
        {
            _days[day] += other._days[day];
        }

        foreach (var (day, lines) in other._otherDays)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_otherDays, day, out _) += lines;
        }

        foreach (var (month, counts) in other._byMonth)
        {
            MonthOf(month).Add(counts);
        }

        int known = _products.Count;
        CollectionsMarshal.SetCount(_products, Math.Max(known, other._products.Count));
        CollectionsMarshal.AsSpan(_products)[known..].Clear();
        for (int product = 0; product < other._products.Count; product++)
        {
            ProductLines lines = other._products[product];
            if (lines.Lines > 0)
            {
                Count(ref CollectionsMarshal.AsSpan(_products)[product], lines.Lines, lines.Price, lines.HasOnePrice);
            }
        }

        _byDay = null;
    }

    /// <summary>The months with a line, oldest first.</summary>
    public IEnumerable<HistoryMonth> Months() => _byMonth.OrderBy(m => m.Key).Select(m => new HistoryMonth(
        FormattableString.Invariant($"{m.Key / 12:0000}-{(m.Key % 12) + 1:00}"), m.Value.Lines, m.Value.Purchases,
        Cents.Of((double)m.Value.Cents / 100)));

    /// <summary>Median purchase and number of purchases per month, oldest first; a month is year × 12 + month − 1.</summary>
    public IEnumerable<(int Month, double Median, long Count)> MonthlyMedians()
    {
        foreach (var (month, of) in _byMonth.Where(m => m.Value.Purchases > 0).OrderBy(p => p.Key))
        {
            int[] counts = of.Amounts;
            long total = of.Purchases, half = (total + 1) / 2, seen = 0;
            int bucket = 0;
            while ((seen += counts[bucket]) < half)
            {
                bucket++;
            }

            yield return (month, SmallestAmount * Math.Pow(10, (bucket + .5) / StepsPerDecade), total);
        }
    }

    private static void Count(ref ProductLines to, long lines, double price, bool hasOnePrice)
    {
        to.HasOnePrice = hasOnePrice && (to.Lines == 0 || (to.HasOnePrice && to.Price == price));
        to.Price = price;
        to.Lines += lines;
    }

    private Month MonthAt(int day) => MonthOf((uint)day < PlacedDays && _months[day] != 0 ? _months[day] : NumberOf(day));

    private int NumberOf(int day)
    {
        DateTime date = new LocalTime(day * LocalTime.MicrosPerDay).ToDateTime();
        int month = (date.Year * 12) + date.Month - 1;
        if ((uint)day < PlacedDays)
        {
            _months[day] = month;
        }

        return month;
    }

    private Month MonthOf(int month) => CollectionsMarshal.GetValueRefOrAddDefault(_byMonth, month, out _) ??= new Month();

    /// <summary>Counts and sums of a month: whole numbers, so that the parts add up to the same in any order.</summary>
    private sealed class Month
    {
        public int[] Amounts { get; } = new int[StepsPerDecade * Decades];

        public long Lines { get; set; }

        public long Purchases { get; set; }

        public Int128 Cents { get; set; }

        public void Add(Month other)
        {
            Lines += other.Lines;
            Purchases += other.Purchases;
            Cents += other.Cents;
            for (int i = 0; i < Amounts.Length; i++)
            {
                Amounts[i] += other.Amounts[i];
            }
        }
    }
}
