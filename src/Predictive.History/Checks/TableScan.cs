using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;
using Predictive.History.Text;

namespace Predictive.History.Checks;

/// <summary>Reads a transactions table once, batch by batch, into a <see cref="TableProfile"/> and the counts only the raw table can give.</summary>
internal sealed class TableScan
{
    private const int Batch = 16_384;

    private readonly TransactionSource _source;
    private readonly TableColumn? _order, _quantity, _currency;
    private readonly NameColumn? _product;
    private readonly TextPool _currencies = new(), _products = new();
    private readonly List<long> _linesOfCurrency = [];
    private readonly List<ProductLines> _linesOfProduct = [];
    private readonly RowHashSet _orders = new();
    private readonly CustomerIds _customers;
    private readonly CustomerIds.Reader _ids;
    private readonly LineHasher _hasher;
    private readonly LocalClock _clock;
    private readonly RowHashSet _lines = new();
    private readonly List<int> _customerOfCode = [];
    private readonly List<int> _codeOfCustomer = [];
    private ColumnBatches? _times, _amounts, _quantities, _currencyCodes;
    private NameBatches? _productNames;

    private struct ProductLines
    {
        public long Lines;
        public double Price;
        public bool HasOnePrice;
    }

    /// <param name="source">The table.</param>
    /// <param name="options">The limits.</param>
    public TableScan(TransactionSource source, CheckOptions options)
    {
        _source = source;
        Profile = new TableProfile(options.Examples);
        Equal = new Tally(options.Examples);
        Faults = new LineFaults(options.Examples);
        _order = source.Texts.FirstOrDefault(t => t.Kind == HistoryColumns.Order).Column?.Column;
        _quantity = source.Numbers.FirstOrDefault(n => n.Kind == HistoryColumns.Quantity).Column;
        _product = source.Texts.FirstOrDefault(t => t.Kind == HistoryColumns.Product).Column;
        _currency = source.Columns.FirstOrDefault(c => c is { Name: "currency", IsText: true });
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(source.Description.TimeZone);
        _clock = new LocalClock(zone);
        _hasher = new LineHasher(source.Columns, _order, zone);
        _customers = CustomerIds.For(source);
        _ids = _customers.Open();
    }

    /// <summary>What the usable lines hold.</summary>
    public TableProfile Profile { get; }

    /// <summary>Lines that cannot be used.</summary>
    public LineFaults Faults { get; }

    /// <summary>Lines equal to an earlier one, within one order where there are order ids.</summary>
    public Tally Equal { get; }

    /// <summary>The column with the order ids; null = none.</summary>
    public string? OrderColumn => _order?.Name;

    /// <summary>Lines that an earlier file already brought.</summary>
    public long Redelivered { get; private set; }

    /// <summary>Lines by currency, where a column names it, most frequent first.</summary>
    public IReadOnlyList<(string Currency, long Lines)> Currencies =>
        [.. _linesOfCurrency.Select((n, code) => (_currencies.Text(code), n)).Where(c => c.n > 0).OrderByDescending(c => c.n).ThenBy(c => c.Item1, StringComparer.Ordinal)];

    /// <summary>Products of one price in a tenth of all orders or more: postage, a fee, a bag. None where there are fewer than five products.</summary>
    public IReadOnlyList<(string Product, long Lines, double Price)> NoProducts(double share) => _linesOfProduct.Count < 5 || _orders.Count < 100 ? []
        : [.. _linesOfProduct.Select((p, code) => (_products.Text(code), p.Lines, p.Price, p.HasOnePrice)).Where(p => p.HasOnePrice && p.Lines >= share * _orders.Count)
            .OrderByDescending(p => p.Lines).Select(p => (p.Item1, p.Lines, p.Price))];

    /// <summary>Rows read.</summary>
    public long Rows { get; private set; }

    /// <summary>Name of a customer of the profile.</summary>
    public string CustomerName(int customer) => _customers.Name(_codeOfCustomer[customer]);

    /// <summary>Ids of the customers met.</summary>
    public IReadOnlySet<string> CustomerSet() => Enumerable.Range(0, _codeOfCustomer.Count).Select(CustomerName).ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads one part.</summary>
    public void Read(TablePart part, CancellationToken cancellation)
    {
        int[] customers = new int[Batch];
        long[] times = new long[Batch];
        double[] amounts = new double[Batch], quantities = new double[Batch];
        bool[] missing = new bool[Batch], ordered = new bool[Batch];
        int[] currencies = new int[Batch], products = new int[Batch];
        UInt128[] hashes = new UInt128[Batch];
        part.Read(
            Batch,
            rows =>
            {
                _ids.Open(rows);
                _hasher.Open(rows);
                _times = rows.Column(_source.Time);
                _amounts = _source.Amount is null ? null : rows.Column(_source.Amount);
                _quantities = _quantity is null ? null : rows.Column(_quantity);
                _currencyCodes = _currency is null ? null : rows.Column(_currency);
                _productNames = _product is null ? null : new NameBatches(rows, _product);
            },
            (first, n) =>
            {
                _ids.Read(customers.AsSpan(0, n));
                _hasher.Read(hashes.AsSpan(0, n), ordered.AsSpan(0, n));
                _times!.ReadTimes(times.AsSpan(0, n), _clock);
                Array.Fill(amounts, 1);
                _amounts?.ReadNumbers(amounts.AsSpan(0, n), missing.AsSpan(0, n));
                Array.Fill(quantities, double.NaN);
                _quantities?.ReadNumbers(quantities.AsSpan(0, n));
                _currencyCodes?.ReadCodes(currencies.AsSpan(0, n), _currencies);
                _productNames?.ReadCodes(products.AsSpan(0, n), _products);
                for (int i = 0; i < n; i++)
                {
                    Rows++;
                    if (customers[i] == Redelivery.Dropped)
                    {
                        Redelivered++;
                    }
                    else if (Faults.Accepts(part, first + i, customers[i], times[i], amounts[i], missing[i]))
                    {
                        int customer = CustomerOf(customers[i]);
                        Profile.Add(customer, times[i], amounts[i], quantities[i]);
                        Count(customer, times[i], amounts[i], quantities[i], _currency is null ? -1 : currencies[i], _product is null ? -1 : products[i]);
                        if (!_lines.Add(hashes[i]) && (_order is null || ordered[i]))
                        {
                            Equal.Add((Scan: this, customer, Time: times[i]), static line => $"customer {line.Scan.CustomerName(line.customer)} at {new AsOf(line.Time)}");
                        }
                    }
                }
            },
            cancellation);
    }

    private void Count(int customer, long time, double amount, double quantity, int currency, int product)
    {
        if (currency >= 0)
        {
            while (_linesOfCurrency.Count <= currency)
            {
                _linesOfCurrency.Add(0);
            }

            _linesOfCurrency[currency]++;
        }

        if (product < 0 || amount <= 0)
        {
            return;
        }

        // An order, for this purpose: a customer's day.
        _orders.Add(RowHash.Mix((UInt128)(ulong)customer, (UInt128)(ulong)new AsOf(time).Day));
        while (_linesOfProduct.Count <= product)
        {
            _linesOfProduct.Add(new ProductLines { HasOnePrice = true });
        }

        double price = Math.Round(quantity > 0 ? amount / quantity : amount, 4);
        ref ProductLines lines = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_linesOfProduct)[product];
        lines.HasOnePrice &= lines.Lines == 0 || price == lines.Price;
        lines.Price = price;
        lines.Lines++;
    }

    private int CustomerOf(int code)
    {
        while (_customerOfCode.Count <= code)
        {
            _customerOfCode.Add(-1);
        }

        if (_customerOfCode[code] < 0)
        {
            _customerOfCode[code] = _codeOfCustomer.Count;
            _codeOfCustomer.Add(code);
        }

        return _customerOfCode[code];
    }
}
