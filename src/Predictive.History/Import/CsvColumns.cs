
namespace Predictive.History.Import;

/// <summary>Positions of the wanted columns in the rows of a file; −1 = not wanted.</summary>
internal sealed record CsvColumns
{
    /// <summary>Names of all columns.</summary>
    public required string[] Header { get; init; }

    public int Count => Header.Length;

    public required int Customer { get; init; }

    public required int Time { get; init; }

    public required int Order { get; init; }

    public required int Amount { get; init; }

    public required int Quantity { get; init; }

    public required int UnitPrice { get; init; }

    public required int Product { get; init; }

    public required int Category { get; init; }

    public required int Channel { get; init; }

    public required int Discount { get; init; }

    public required int UnitCost { get; init; }

    public required int Guest { get; init; }

    public required int RefundCustomer { get; init; }

    public required int TimeOfDay { get; init; }

    public required int Currency { get; init; }

    public required int[] Refunds { get; init; }

    public required int[] FillDown { get; init; }

    public required (int Column, ImportFilter Filter)[] Filters { get; init; }

    /// <summary>Name of a column; "the row" for none.</summary>
    public string NameOf(int column) => column < 0 ? "the row" : Header[column];

    /// <summary>Canonical name and position of the text columns, in the order of the table; the customer comes first.</summary>
    public IReadOnlyList<(string Canonical, int Column)> Texts =>
        [
            .. new[]
            {
                ("customer_id", Customer), ("order_id", Order), ("product_id", Product), ("category", Category), ("channel", Channel),
            }.Where(c => c.Item2 >= 0),
        ];

    /// <summary>Columns that hold numbers.</summary>
    public IEnumerable<int> Numbers => new[] { Amount, Quantity, UnitPrice, Discount, UnitCost }.Concat(Refunds).Where(c => c >= 0);

    /// <summary>
    /// Canonical name and source name of each column asked for. Unit price is no canonical column: it goes into the amount.
    /// </summary>
    public static IReadOnlyList<(string Canonical, string Source)> Wanted(ImportOptions options)
    {
        (string, string?)[] all =
        [
            ("customer_id", options.CustomerColumn), ("ordered_at", options.TimeColumn), ("order_id", options.OrderColumn),
            ("amount", options.AmountColumn), ("quantity", options.QuantityColumn), ("unit_price", options.UnitPriceColumn),
            ("product_id", options.ProductColumn), ("category", options.CategoryColumn), ("channel", options.ChannelColumn),
            ("discount", options.DiscountColumn), ("unit_cost", options.UnitCostColumn),
            ("guest", options.GuestColumn), ("refund_customer", options.RefundCustomerColumn), ("time_of_day", options.TimeOfDayColumn),
            ("currency", options.CurrencyColumn),
            .. options.RefundColumns.Select((c, i) => (i == 0 ? "refund" : $"refund_{i + 1}", (string?)c)),
        ];
        return [.. all.Where(p => p.Item2 is not null).Select(p => (p.Item1, p.Item2!))];
    }

    /// <summary>A header of which only the time is wanted.</summary>
    public static CsvColumns Only(string[] header, int time) => new()
    {
        Header = header, Time = time, Customer = -1, Order = -1, Amount = -1, Quantity = -1, UnitPrice = -1, Product = -1, Category = -1,
        Channel = -1, Discount = -1,
        UnitCost = -1, Guest = -1, RefundCustomer = -1, TimeOfDay = -1, Currency = -1, Refunds = [], FillDown = [], Filters = [],
    };

    /// <summary>Finds the columns in a header.</summary>
    /// <exception cref="DatasetException">One is missing, stands there twice, or is asked for twice. All faults are told at
    /// once.</exception>
    public static CsvColumns Find(ImportOptions options, string[] header)
    {
        string file = Path.GetFileName(options.Source);
        var wanted = Wanted(options);
        var faults = new List<Finding>();
        foreach (var twice in wanted.GroupBy(w => w.Source).Where(g => g.Count() > 1))
        {
            faults.Add(DatasetFaults.DuplicateMapping(file, twice.Key, [.. twice.Select(w => w.Canonical)]));
        }

        if (options.AmountColumn is not null && options.UnitPriceColumn is not null)
        {
            faults.Add(DatasetFaults.DuplicateMapping(file, "amount", [options.AmountColumn, options.UnitPriceColumn + " × quantity"]));
        }
        else if (options.UnitPriceColumn is not null && options.QuantityColumn is null)
        {
            faults.Add(DatasetFaults.PriceWithoutQuantity(file, options.UnitPriceColumn));
        }

        foreach (var (canonical, source) in wanted.Concat(options.FillDown.Select(c => ("fill-down", c)))
            .Concat(options.Filters.Select(f => (f.Meaning, f.Column))))
        {
            int count = header.Count(h => h == source);
            if (count == 0)
            {
                faults.Add(DatasetFaults.MissingColumn(file, source, canonical, header));
            }
            else if (count > 1)
            {
                faults.Add(
                    DatasetFaults.DuplicateMapping(
                        file, source, [.. header.Select((h, i) => (h, i)).Where(p => p.h == source).Select(p => $"column {p.i + 1}")]));
            }
        }

        if (faults.Count > 0)
        {
            throw new DatasetException(faults);
        }

        int At(string? name) => name is null ? -1 : Array.IndexOf(header, name);
        return new CsvColumns
        {
            Header = header,
            Customer = At(options.CustomerColumn),
            Time = At(options.TimeColumn),
            Order = At(options.OrderColumn),
            Amount = At(options.AmountColumn),
            Quantity = At(options.QuantityColumn),
            UnitPrice = At(options.UnitPriceColumn),
            Product = At(options.ProductColumn),
            Category = At(options.CategoryColumn),
            Channel = At(options.ChannelColumn),
            Discount = At(options.DiscountColumn),
            UnitCost = At(options.UnitCostColumn),
            Guest = At(options.GuestColumn),
            RefundCustomer = At(options.RefundCustomerColumn),
            TimeOfDay = At(options.TimeOfDayColumn),
            Currency = At(options.CurrencyColumn),
            Refunds = [.. options.RefundColumns.Select(At)],
            FillDown = [.. options.FillDown.Select(At)],
            Filters = [.. options.Filters.Select(f => (At(f.Column), f))],
        };
    }
}
