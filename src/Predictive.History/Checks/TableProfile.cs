using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.History.Checks;

/// <summary>
/// What the checks need to know of a transactions table, gathered customer by customer; memory grows with customers, days and products, not
/// with lines. The same whatever the number of threads.
/// </summary>
internal sealed class TableProfile(int exampleCount)
{
    private const int Chunk = 1024;
    private readonly List<CustomerProfile> _customers = [];
    private readonly List<Func<int, string>> _names = [];
    private readonly List<int> _firstOfRange = [];
    private readonly ProfilePart _whole = new(exampleCount);

    /// <summary>What is known of one customer.</summary>
    private struct CustomerProfile
    {
        public long Lines;
        public long FirstPurchase;
        public bool Returned;
        public double Net;
    }

    /// <summary>Lines with a customer, a time and an amount.</summary>
    public long Lines => _whole.Lines;

    /// <summary>Customers with such a line.</summary>
    public long Customers { get; private set; }

    /// <summary>Lines with an amount above zero.</summary>
    public long Purchases => _whole.Purchases;

    /// <summary>Lines with an amount of zero.</summary>
    public long ZeroAmounts => _whole.ZeroAmounts;

    /// <summary>Lines of money that went back, and their sum (negative).</summary>
    public (long Lines, double Sum) Returns { get; private set; }

    /// <summary>Orders given back whole, and returns that answer to no purchase (<see cref="Returns.ReturnMatching"/>).</summary>
    public (long Orders, long Unmatched) GivenBack => (_whole.ReturnedOrders, _whole.UnmatchedReturns);

    /// <summary>Sum of the amounts above zero.</summary>
    public double Bought { get; private set; }

    /// <summary>The first time of all.</summary>
    public long FirstMicros => _whole.FirstMicros;

    /// <summary>The last.</summary>
    public long LastMicros => _whole.LastMicros;

    /// <summary>Negative units although money came in.</summary>
    public Tally NegativeQuantity => _whole.NegativeQuantity;

    /// <summary>Times that stand for "unknown": 1900-01-01, 1970-01-01T00:00 and the like.</summary>
    public Tally PlaceholderTimes => _whole.PlaceholderTimes;

    /// <summary>Lines equal to another of the same customer, one of each kind left out.</summary>
    public Tally Equal => _whole.Equal;

    /// <summary>Lines by day.</summary>
    public IReadOnlyDictionary<int, long> LinesByDay => _whole.Days;

    /// <summary>Days on which a customer bought a named product, over all customers: orders, for who has no order ids.</summary>
    public long ProductDays => _whole.ProductDays;

    /// <summary>What was bought, by product code.</summary>
    public IReadOnlyList<ProductLines> Products => _whole.Products;

    /// <summary>Adds the lines of the next customers.</summary>
    /// <param name="lines">Theirs.</param>
    /// <param name="threads">How many to use.</param>
    /// <param name="cancellation">Ends early.</param>
    public void Add(LinesToCheck lines, int threads = 0, CancellationToken cancellation = default)
    {
        int count = lines.Offsets.Length - 1, first = _customers.Count, chunks = (count + Chunk - 1) / Chunk;
        threads = Math.Max(1, Math.Min(threads > 0 ? threads : Environment.ProcessorCount, chunks));
        System.Runtime.InteropServices.CollectionsMarshal.SetCount(_customers, first + count);
        _firstOfRange.Add(first);
        _names.Add(lines.CustomerId);
        var parts = new ProfilePart[threads];
        var sums = new (double Bought, double Returned)[chunks];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, t =>
        {
            var part = parts[t] = new ProfilePart(exampleCount);
            for (int chunk = (int)((long)chunks * t / threads); chunk < (int)((long)chunks * (t + 1) / threads); chunk++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int c = chunk * Chunk; c < Math.Min(count, (chunk + 1) * Chunk); c++)
                {
                    Customer(
                        lines, c, part, ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_customers)[first + c],
                        ref sums[chunk]);
                }
            }
        });
        foreach (ProfilePart part in parts)
        {
            _whole.Add(part);
        }

        foreach (var (bought, returned) in sums)
        {
            Bought += bought;
            Returns = (_whole.ReturnLines, Returns.Sum + returned);
        }

        for (int c = first; c < _customers.Count; c++)
        {
            Customers += _customers[c].Lines > 0 ? 1 : 0;
        }
    }

    /// <summary>Id of a customer.</summary>
    public string CustomerId(int customer)
    {
        int range = _firstOfRange.BinarySearch(customer);
        range = range >= 0 ? range : ~range - 1;
        return _names[range](customer - _firstOfRange[range]);
    }

    /// <summary>Every customer with a line that can be used.</summary>
    public IEnumerable<int> Everybody => Indexes(_ => true);

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
            if (_customers[i].Lines > 0 && holds(_customers[i]))
            {
                yield return i;
            }
        }
    }

    /// <summary>Customers with a purchase strictly before a local time.</summary>
    public long PopulationAt(LocalTime asOf) => _customers.Count(c => c.Lines > 0 && c.FirstPurchase < asOf.Micros);

    /// <summary>Customers with purchases on two days or more.</summary>
    public long RepeatBuyers => _customers.LongCount(c => c.Returned);

    /// <summary>First purchase of all; null where there is none.</summary>
    public LocalTime? FirstPurchase => Purchases == 0 ? null : new LocalTime(_customers.Where(c => c.Lines > 0).Min(c => c.FirstPurchase));

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

    /// <summary>The months with a line, oldest first.</summary>
    public IEnumerable<HistoryMonth> Months() => _whole.Months();

    /// <summary>Median purchase and number of purchases per month, oldest first; a month is year × 12 + month − 1.</summary>
    public IEnumerable<(int Month, double Median, long Count)> MonthlyMedians() => _whole.MonthlyMedians();

    private static void Customer(
        LinesToCheck lines, int customer, ProfilePart part, ref CustomerProfile profile, ref (double Bought, double Returned) sums)
    {
        int start = lines.Offsets[customer], end = lines.Offsets[customer + 1], firstDay = int.MaxValue, lastDay = int.MinValue;
        profile = new CustomerProfile { FirstPurchase = long.MaxValue };
        part.Begin();
        for (int i = start; i < end; i++)
        {
            long time = lines.OrderedAt[i];
            double amount = lines.Amount[i];
            if (time is ColumnBatches.MissingTime or ColumnBatches.ImpossibleTime || !(Math.Abs(amount) <= LineFaults.LargestAmount))
            {
                continue;
            }

            profile.Lines++;
            profile.Net += amount;
            part.Usable(i, amount);
            float quantity = lines.Quantity is null ? float.NaN : lines.Quantity[i];
            int day = part.Line(time, amount, quantity);
            if (lines.Hashes is { } hashes && hashes[i] != 0)
            {
                part.Compare(hashes[i], time);
            }

            if (amount > 0)
            {
                sums.Bought += amount;
                profile.FirstPurchase = Math.Min(profile.FirstPurchase, time);
                (firstDay, lastDay) = (Math.Min(firstDay, day), Math.Max(lastDay, day));
                if (lines.Product is { } product && product[i] >= 0)
                {
                    part.Product(product[i], day, quantity > 0 ? amount / quantity : amount);
                }
            }
            else
            {
                sums.Returned += Math.Min(0, amount);
            }
        }

        profile.Returned = firstDay < lastDay;
        part.End(lines, customer);
    }
}
