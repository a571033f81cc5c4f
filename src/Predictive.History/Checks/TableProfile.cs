namespace Predictive.History.Checks;

/// <summary>
/// What the checks need to know of a transactions table, gathered line by line in any order; memory grows with customers and days, not lines.
/// </summary>
internal sealed class TableProfile(int exampleCount)
{
    /// <summary>Steps per decade of the histogram that medians are read from: within 2 %.</summary>
    private const int StepsPerDecade = 64;
    private const int Decades = 16;
    private const double SmallestAmount = 1e-4;

    private readonly List<CustomerProfile> _customers = [];
    private readonly Dictionary<int, long> _linesByDay = [];
    private readonly Dictionary<int, int[]> _amountsByMonth = [];

    private struct CustomerProfile
    {
        public long Lines;
        public long FirstPurchase;
        public int FirstPurchaseDay;
        public bool Returned;
        public double Net;
    }

    /// <summary>Lines with a customer, a time and an amount.</summary>
    public long Lines { get; private set; }

    public long Customers => _customers.Count;

    public long Purchases { get; private set; }

    public long ZeroAmounts { get; private set; }

    /// <summary>Lines of money that went back, and their sum (negative).</summary>
    public (long Lines, double Sum) Returns { get; private set; }

    /// <summary>Sum of the amounts above zero.</summary>
    public double Bought { get; private set; }

    public long FirstMicros { get; private set; } = long.MaxValue;

    public long LastMicros { get; private set; } = long.MinValue;

    /// <summary>Negative units although money came in.</summary>
    public Tally NegativeQuantity { get; } = new(exampleCount);

    /// <summary>Times that stand for "unknown": 1900-01-01, 1970-01-01T00:00 and the like.</summary>
    public Tally PlaceholderTimes { get; } = new(exampleCount);

    public IReadOnlyDictionary<int, long> LinesByDay => _linesByDay;

    /// <summary>Adds a line.</summary>
    /// <param name="customer">Index, given in order of first appearance.</param>
    /// <param name="micros">Local time.</param>
    /// <param name="amount">Net amount.</param>
    /// <param name="quantity">Units; NaN = unknown.</param>
    public void Add(int customer, long micros, double amount, double quantity)
    {
        while (_customers.Count <= customer)
        {
            _customers.Add(new CustomerProfile { FirstPurchase = long.MaxValue });
        }

        ref var profile = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_customers)[customer];
        profile.Lines++;
        profile.Net += amount;
        Lines++;
        FirstMicros = Math.Min(FirstMicros, micros);
        LastMicros = Math.Max(LastMicros, micros);
        int day = new AsOf(micros).Day;
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_linesByDay, day, out _)++;
        if (micros == 0 || day < -365 * 50)
        {
            PlaceholderTimes.Add(micros, static at => new AsOf(at).ToString());
        }

        if (quantity < 0 && amount > 0)
        {
            NegativeQuantity.Add(
                (quantity, amount, micros),
                static line => FormattableString.Invariant($"quantity {line.quantity} with amount {line.amount} at {new AsOf(line.micros)}"));
        }

        if (amount > 0)
        {
            Purchases++;
            Bought += amount;
            CountAmount(micros, amount);
            if (profile.FirstPurchase == long.MaxValue)
            {
                profile.FirstPurchaseDay = day;
            }

            profile.Returned |= day != profile.FirstPurchaseDay;
            profile.FirstPurchase = Math.Min(profile.FirstPurchase, micros);
        }
        else if (amount == 0)
        {
            ZeroAmounts++;
        }
        else
        {
            Returns = (Returns.Lines + 1, Returns.Sum + amount);
        }
    }

    /// <summary>Customers of whom no line is a purchase.</summary>
    public IEnumerable<int> WithoutPurchase => Indexes(c => c.FirstPurchase == long.MaxValue);

    /// <summary>Customers who bought and have had it all, or more, paid back; a cent is the tolerance.</summary>
    public IEnumerable<int> PaidBack => Indexes(c => c.FirstPurchase != long.MaxValue && c.Net < .01);

    /// <summary>Lines of a customer.</summary>
    public long LinesOf(int customer) => _customers[customer].Lines;

    private IEnumerable<int> Indexes(Func<CustomerProfile, bool> holds)
    {
        for (int i = 0; i < _customers.Count; i++)
        {
            if (holds(_customers[i]))
            {
                yield return i;
            }
        }
    }

    /// <summary>Customers with a purchase strictly before an instant.</summary>
    public long PopulationAt(AsOf asOf) => _customers.Count(c => c.FirstPurchase < asOf.Micros);

    /// <summary>Customers with purchases on two days or more.</summary>
    public long RepeatBuyers => _customers.LongCount(c => c.Returned);

    /// <summary>First purchase of all; null where there is none.</summary>
    public AsOf? FirstPurchase => Purchases == 0 ? null : new AsOf(_customers.Min(c => c.FirstPurchase));

    /// <summary>The customer with most lines.</summary>
    public (int Customer, long Lines) Largest()
    {
        int best = 0;
        for (int i = 1; i < _customers.Count; i++)
        {
            best = _customers[i].Lines > _customers[best].Lines ? i : best;
        }

        return _customers.Count == 0 ? (-1, 0) : (best, _customers[best].Lines);
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

    private void CountAmount(long micros, double amount)
    {
        var date = new AsOf(micros).ToDateTime();
        int month = (date.Year * 12) + date.Month - 1;
        if (!_amountsByMonth.TryGetValue(month, out int[]? counts))
        {
            counts = _amountsByMonth[month] = new int[StepsPerDecade * Decades];
        }

        counts[(int)Math.Clamp(Math.Log10(amount / SmallestAmount) * StepsPerDecade, 0, counts.Length - 1)]++;
    }
}
