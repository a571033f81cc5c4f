namespace Predictive.History.Import;

/// <summary>What the export of a known system means: recognised by its header, mapped without a flag.</summary>
/// <remarks>
/// How to add one: 1. an entry in <see cref="All"/>, its signature as short as sets it apart; 2. a row of docs/presets.md; 3. a file in the
/// test with the money it should come to. Where several names stand, the first that the file has is taken.
/// </remarks>
internal sealed record ImportPreset(string Name, string[] Signature)
{
    public string[] Customer { get; init; } = [];

    public string[] Guest { get; init; } = [];

    public string[] RefundCustomer { get; init; } = [];

    public string[] Order { get; init; } = [];

    public string[] Time { get; init; } = [];

    public string[] TimeOfDay { get; init; } = [];

    public string[] Amount { get; init; } = [];

    public string[] Quantity { get; init; } = [];

    public string[] UnitPrice { get; init; } = [];

    public string[] Product { get; init; } = [];

    public string[] Category { get; init; } = [];

    public string[] Channel { get; init; } = [];

    public string[] Currency { get; init; } = [];

    /// <summary>Each list is one sum taken off: the first name the file has.</summary>
    public string[][] Refunds { get; init; } = [];

    /// <summary>Whether they speak of the order, and may stand on each of its rows.</summary>
    public bool RefundsOfOrder { get; init; }

    public string[] FillDown { get; init; } = [];

    public ImportFilter[] Filters { get; init; } = [];

    public string[] NoCustomer { get; init; } = [];

    public bool FoldCase { get; init; }

    public bool FillsAcrossOrders { get; init; }

    public bool Utc { get; init; }

    public string? TimeFormat { get; init; }

    /// <summary>Every preset.</summary>
    public static IReadOnlyList<ImportPreset> All { get; } =
    [
        new("shopify", ["Name", "Email", "Financial Status", "Lineitem quantity", "Lineitem price"])
        {
            Customer = ["Email"], Order = ["Name"], Time = ["Created at"], Quantity = ["Lineitem quantity"], UnitPrice = ["Lineitem price"],
            Product = ["Lineitem sku", "Lineitem name"], Channel = ["Source"], Currency = ["Currency"], FoldCase = true,
            Refunds = [["Refunded Amount"], ["Discount Amount"], ["Lineitem discount"]],
            FillDown = ["Email", "Financial Status", "Created at", "Currency", "Cancelled at", "Source"],
            Filters = [Status("Financial Status", "paid", "partially_paid", "partially_refunded", "refunded"), Status("Cancelled at", "")],
        },
        new("squarespace", ["Order ID", "Email", "Financial Status", "Lineitem quantity", "Lineitem price", "Amount Refunded"])
        {
            Customer = ["Email"], Order = ["Order ID"], Time = ["Created at"], Quantity = ["Lineitem quantity"],
            UnitPrice = ["Lineitem price"],
            Product = ["Lineitem sku", "Lineitem name"], Channel = ["Channel Name"], Currency = ["Currency"], FoldCase = true,
            Refunds = [["Amount Refunded"], ["Discount Amount"]],
            FillDown = ["Email", "Financial Status", "Created at", "Currency", "Cancelled at", "Channel Name"],
            Filters = [Status("Financial Status", "paid", "partially_paid", "partially_refunded", "refunded"), Status("Cancelled at", "")],
        },
        new("woocommerce", ["order_id", "order_date", "status", "billing_email", "order_total"])
        {
            Customer = ["customer_id", "billing_email"], Guest = ["billing_email"], Order = ["order_id", "order_number"],
            Time = ["order_date"], Amount = ["order_total"],
            Currency = ["order_currency"], Refunds = [["refunded_total"]], NoCustomer = ["0"], FoldCase = true,
            Filters = [Status("status", "completed", "processing", "wc-completed", "wc-processing")],
        },
        new("stripe", ["id", "Amount", "Amount Refunded", "Status", "Customer Email"])
        {
            Customer = ["Customer ID", "Customer Email"], Guest = ["Customer Email"], Order = ["id"],
            Time = ["Created date (UTC)", "Created (UTC)"],
            Amount = ["Converted Amount", "Amount"], Currency = ["Converted Currency", "Currency"], Utc = true,
            Refunds = [["Converted Amount Refunded", "Amount Refunded"]],
            Filters = [
                Status("Status", "Paid", "Refunded", "Partially Refunded", "succeeded"),
                new ImportFilter("Captured", ["false"], false, "status"),
            ],
        },
        new("square", ["Date", "Time", "Net Sales", "Transaction ID", "Event Type", "Customer ID"])
        {
            Customer = ["Customer ID"], Order = ["Transaction ID"], Time = ["Date"], TimeOfDay = ["Time"], Amount = ["Net Sales"],
            Quantity = ["Qty"],
            Product = ["SKU", "Item"], Category = ["Category"], Channel = ["Location"],
            TimeFormat = Dates("yyyy-MM-dd", "MM/dd/yy", "MM/dd/yyyy"),
            Filters = [Kind("Event Type", "Payment", "Refund")],
        },
        new("magento", ["ID", "Purchase Date", "Grand Total (Base)", "Status"])
        {
            Customer = ["Customer Email", "Bill-to Name"], Order = ["ID"], Time = ["Purchase Date"], Amount = ["Grand Total (Base)"],
            FoldCase = true,
            Refunds = [["Total Refunded"]], Filters = [Status("Status", "complete", "processing")],
        },
        new("bigcommerce", ["Order ID", "Order Status", "Order Date", "Order Total (inc tax)", "Customer Email"])
        {
            Customer = ["Customer ID", "Customer Email"], Guest = ["Customer Email"], Order = ["Order ID"], Time = ["Order Date"],
            TimeOfDay = ["Order Time"],
            Amount = ["Order Total (inc tax)"], Currency = ["Order Currency Code"], Channel = ["Channel Name", "Order Source"],
            Refunds = [["Refund Amount"]],
            NoCustomer = ["0"], FoldCase = true,
            Filters = [
                Status(
                    "Order Status", "Completed", "Shipped", "Partially Shipped", "Awaiting Fulfillment", "Awaiting Shipment",
                    "Awaiting Pickup", "Refunded", "Partially Refunded"),
            ],
        },
        AmazonOrder("order-id"),
        AmazonOrder("amazon-order-id"),
        new("etsy", ["Sale Date", "Item Name", "Buyer", "Quantity", "Price", "Order ID"])
        {
            Customer = ["Buyer", "Ship Name"], Guest = ["Ship Name"], Order = ["Order ID"], Time = ["Sale Date"], Quantity = ["Quantity"],
            UnitPrice = ["Price"],
            Product = ["SKU", "Listing ID", "Item Name"], Currency = ["Currency"], Refunds = [["Discount Amount"]],
            TimeFormat = Dates("MM/dd/yy", "MM/dd/yyyy", "yyyy-MM-dd"), FoldCase = true,
        },
        new("paypal", ["Date", "Time", "Type", "Status", "Currency", "Gross", "From Email Address"])
        {
            Customer = ["From Email Address"], RefundCustomer = ["To Email Address"], Order = ["Invoice Number", "Transaction ID"],
            Time = ["Date"], TimeOfDay = ["Time"], Amount = ["Gross"], Currency = ["Currency"],
            Product = ["Item ID", "Item Title"], FoldCase = true,
            Filters =
            [
                Status("Status", "Completed", "Cleared", "Refunded", "Partially Refunded"),
                Kind("Type", "Express Checkout Payment", "Website Payment", "Web Accept Payment Received", "Mobile Payment",
                    "Payment Received", "General Payment", "Shopping Cart Payment Received",
                    "PayPal Express Checkout Payment", "eBay Auction Payment", "Invoice Payment", "Subscription Payment",
                    "Recurring Payment", "Virtual Terminal Payment", "Donation Payment", "Payment Refund"),
            ],
        },
        QuickBooks("Date", "Transaction Type", ""),
        QuickBooks("Transaction date", "Transaction type", ""),
        QuickBooks("Date", "Transaction Type", "Customer"),
        QuickBooks("Date", "Transaction Type", "Name"),
        QuickBooks("Transaction date", "Transaction type", "Customer full name"),
        new("ebay", ["Sales Record Number", "Order Number", "Buyer Username", "Sold For", "Sale Date"])
        {
            Customer = ["Buyer Username"], Order = ["Order Number"], Time = ["Sale Date"], Quantity = ["Quantity"],
            UnitPrice = ["Sold For"],
            Product = ["Custom Label", "Item Number", "Item Title"], FoldCase = true,
        },
        new("gumroad", ["Purchase ID", "Purchase Email", "Purchase Date", "Sale Price ($)", "Fully Refunded?"])
        {
            // As Gumroad's own exporter, which is public, writes it (purchase_export_service.rb); its last row is totals, of nobody.
            Customer = ["Purchase Email"], Order = ["Purchase ID"], Time = ["Purchase Time (UTC timezone)", "Purchase Date"],
            Amount = ["Sale Price ($)"], Quantity = ["Quantity"], Product = ["Product ID", "Item Name"], Refunds = [["Partial Refund ($)"]],
            FoldCase = true, Utc = true,
            Filters =
            [
                Never("Fully Refunded?", "1", "true"), Never("Disputed?", "1", "true"), Never("Free trial purchase?", "1", "true"),
                Never("Pre-order authorization?", "1", "true"),
            ],
        },
        new("revenuecat", ["rc_original_app_user_id", "product_identifier", "start_time", "price_in_usd", "store_transaction_id"])
        {
            // The transactions feed of the scheduled data exports: price_in_usd is what is left after refunds.
            Customer = ["rc_original_app_user_id"], Order = ["store_transaction_id"], Time = ["start_time"], Amount = ["price_in_usd"],
            Product = ["product_identifier"], Channel = ["store"], Utc = true,
            Filters = [Never("is_sandbox", "true", "t", "1"), Never("ownership_type", "FAMILY_SHARED")],
        },
        new("shopware", ["orderId", "customerId", "orderStatusID", "cleared", "orderTime", "articleNumber", "price", "quantity"])
        {
            // The profile default_orders of Shopware 5's import/export: a row per position, states by their number in s_core_states.
            Customer = ["customerId"], Order = ["orderId"], Time = ["orderTime"], Quantity = ["quantity"], UnitPrice = ["price"],
            Product = ["articleNumber", "articleName"], Channel = ["shopId"], Currency = ["currency"],
            Filters = [Never("orderStatusID", "-1", "4"), Never("cleared", "20", "35")],
        },
        new("wix", ["Order number", "Date created", "Item", "Qty", "Price", "Contact email"])
        {
            Customer = ["Contact email"], Order = ["Order number"], Time = ["Date created"], TimeOfDay = ["Time"], Quantity = ["Qty"],
            UnitPrice = ["Price"],
            Product = ["SKU", "Item"], Currency = ["Currency"], Refunds = [["Refunded amount"]], RefundsOfOrder = true,
            FoldCase = true,
            Filters = [Status("Payment status", "Paid", "Partially paid", "Partially refunded", "Fully refunded", "Refunded")],
        },
    ];

    /// <summary>Their names, each once.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name).Distinct()];

    /// <summary>The preset whose signature a header has, the longest first; null = none.</summary>
    public static ImportPreset? Recognise(IReadOnlyCollection<string> header) =>
        All.Where(p => p.Signature.All(header.Contains)).OrderByDescending(p => p.Signature.Length).FirstOrDefault();

    /// <summary>The preset of a name that fits a header.</summary>
    /// <exception cref="DatasetException">There is none, or the header lacks its columns.</exception>
    public static ImportPreset Named(string name, IReadOnlyCollection<string> header, string file)
    {
        ImportPreset[] named = [.. All.Where(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))];
        if (named.Length == 0)
        {
            throw DatasetFaults.Blocking("unknown-preset", $"There is no preset '{name}'; there are {string.Join(", ", Names)}.").Refuse();
        }

        return Array.Find(named, p => p.Signature.All(header.Contains)) ?? throw DatasetFaults.MissingColumn(
            file, named[0].Signature.First(s => !header.Contains(s)), $"the preset {named[0].Name}", header).Refuse();
    }

    /// <summary>The options with the preset's meaning where they say nothing themselves.</summary>
    public ImportOptions Apply(ImportOptions options, IReadOnlyCollection<string> header)
    {
        string? First(string[] names) => Array.Find(names, header.Contains);
        string? customer = options.CustomerColumn ?? First(Customer);
        bool price = options.AmountColumn is null && First(UnitPrice) is not null;
        string[] refunds = [.. Refunds.Select(First).OfType<string>()];
        ImportFilter[] filters = [.. Filters.Where(f => header.Contains(f.Column))];
        return options with
        {
            CustomerColumn = customer,
            GuestColumn = options.GuestColumn ?? (First(Guest) is { } guest && guest != customer ? guest : null),
            RefundCustomerColumn = options.RefundCustomerColumn ?? First(RefundCustomer),
            OrderColumn = options.OrderColumn ?? First(Order),
            TimeColumn = options.TimeColumn ?? First(Time),
            TimeOfDayColumn = options.TimeOfDayColumn ?? First(TimeOfDay),
            AmountColumn = options.AmountColumn ?? (price || options.UnitPriceColumn is not null ? null : First(Amount)),
            QuantityColumn = options.QuantityColumn ?? First(Quantity),
            UnitPriceColumn = options.UnitPriceColumn ?? (price ? First(UnitPrice) : null),
            ProductColumn = options.ProductColumn ?? First(Product),
            CategoryColumn = options.CategoryColumn ?? First(Category),
            ChannelColumn = options.ChannelColumn ?? First(Channel),
            CurrencyColumn = options.CurrencyColumn ?? (options.Currency is not null && options.RatesFile is null ? null : First(Currency)),
            RefundColumns = options.RefundColumns.Count > 0 ? options.RefundColumns : refunds,
            FillDown = options.FillDown.Count > 0 ? options.FillDown : [.. FillDown.Where(header.Contains)],
            FillsAcrossOrders = options.FillsAcrossOrders || (FillsAcrossOrders && options.FillDown.Count == 0),
            Filters = [.. options.Filters, .. filters.Where(f => !options.Filters.Any(g => g.Meaning == f.Meaning))],
            NoCustomer = [.. options.NoCustomer, .. NoCustomer],
            FoldCase = options.FoldCase || FoldCase,
            RefundsOfOrder = options.RefundsOfOrder || (RefundsOfOrder && options.RefundColumns.Count == 0),
            TimesAreUtc = options.TimesAreUtc || Utc,
            TimeFormat = options.TimeFormat ?? TimeFormat,
        };
    }

    private static ImportFilter Status(string column, params string[] values) => new(column, values, true, "status");

    private static ImportFilter Never(string column, params string[] values) => new(column, values, false, "status");

    private static ImportFilter Kind(string column, params string[] values) => new(column, values, true, "kind");

    private static string Dates(params string[] dates) => string.Join('|', dates.Select(d => d + "[ H:mm[:ss][ tt][tt]]"));

    private static ImportPreset AmazonOrder(string order) => new("amazon", [order, "purchase-date", "buyer-email", "item-price"])
    {
        Customer = ["buyer-email"], Order = [order], Time = ["purchase-date"], Amount = ["item-price"],
        Quantity = ["quantity-purchased", "quantity-shipped", "quantity"],
        Product = ["sku", "asin"], Channel = ["sales-channel"], Currency = ["currency"], Refunds = [["item-promotion-discount"]],
        FoldCase = true,
        Filters = [
            new ImportFilter("order-status", ["Cancelled", "Canceled", "Pending"], false, "status"),
            new ImportFilter("item-status", ["Cancelled", "Canceled"], false, "status"),
        ],
    };

    // An empty name is that of the column in which the report by customer names each of them once, above their lines.
    private static ImportPreset QuickBooks(string date, string kind, string customer) => new("quickbooks", [date, kind, customer, "Amount"])
    {
        Customer = [customer], Order = ["Num", "No.", "Transaction number"], Time = [date], Amount = ["Amount"],
        Quantity = ["Qty", "Quantity"],
        Product = ["Product/Service", "Product/Service full name", "Item"], Currency = ["Currency"], FillDown = [customer],
        FillsAcrossOrders = true,
        Filters = [Kind(kind, "Invoice", "Sales Receipt", "Credit Memo", "Refund", "Refund Receipt")],
    };
}
