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
    private readonly Dictionary<int, int[]> _amountsByMonth = [];
    private readonly List<ProductLines> _products = [];
    private readonly List<(ulong Hash, long Time)> _hashes = [];
    private readonly List<int> _productDays = [];
    private Dictionary<int, long>? _byDay;

    public long Lines { get; private set; }

    public long Purchases { get; private set; }

    public long ZeroAmounts { get; private set; }

    public long ReturnLines { get; private set; }

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

        if (amount > 0)
        {
            Purchases++;
            CountAmount(day, amount);
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

    /// <summary>Ends a customer: its lines are compared, its days counted.</summary>
    public void End(Func<int, string> customerId, int customer)
    {
        Span<(ulong Hash, long Time)> hashes = CollectionsMarshal.AsSpan(_hashes);
        if (hashes.Length > 1)
        {
            hashes.Sort();
            for (int i = 1; i < hashes.Length; i++)
            {
                if (hashes[i].Hash == hashes[i - 1].Hash)
                {
                    Equal.Add(
                        (Id: customerId, customer, hashes[i].Time),
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

        foreach (var (month, counts) in other._amountsByMonth)
        {
            int[] to = AmountsOf(month);
            for (int i = 0; i < counts.Length; i++)
            {
                to[i] += counts[i];
            }
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

    /// <summary>Median purchase and number of purchases per month, oldest first; a month is year × 12 + month − 1.</summary>
    public IEnumerable<(int Month, double Median, long Count)> MonthlyMedians()
    {
        foreach (var (month, counts) in _amountsByMonth.OrderBy(p => p.Key))
        {
            long total = counts.Sum(c => (long)c), half = (total + 1) / 2, seen = 0;
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

    private void CountAmount(int day, double amount)
    {
        int month = (uint)day < PlacedDays && _months[day] != 0 ? _months[day] : MonthOf(day);
        AmountsOf(month)[(int)Math.Clamp(Math.Log10(amount / SmallestAmount) * StepsPerDecade, 0, (StepsPerDecade * Decades) - 1)]++;
    }

    private int MonthOf(int day)
    {
        DateTime date = new LocalTime(day * LocalTime.MicrosPerDay).ToDateTime();
        int month = (date.Year * 12) + date.Month - 1;
        if ((uint)day < PlacedDays)
        {
            _months[day] = month;
        }

        return month;
    }

    private int[] AmountsOf(int month) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_amountsByMonth, month, out _) ??= new int[StepsPerDecade * Decades];
}
