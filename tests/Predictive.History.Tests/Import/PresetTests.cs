using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.History.Tests.Import;

/// <summary>Exports of known systems, recognised by their header alone: what each customer spent, by hand.</summary>
public sealed class PresetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("presets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("shopify", "shopify", "USD", "ann@x.com 30, bob@x.com 0")]
    [InlineData("shopify", "shopify", "EUR", "cid@x.com 15")]
    [InlineData("woo", "woocommerce", "USD", "7 35, guest1@x.com 12")]
    [InlineData("woo", "woocommerce", "EUR", "guest2@x.com 0")]
    [InlineData("stripe", "stripe", null, "c@x.com 21.8, cus_A 35, cus_B 0")]
    [InlineData("square", "square", null, "C1 0, C2 10")]
    [InlineData("magento", "magento", null, "ann@x.com 35")]
    public void The_shapes_of_the_cases(string file, string preset, string? only, string spent) =>
        Check(SharedData.Path($"cases/{file}.csv"), preset, spent, o => o with { OnlyCurrency = only });

    [Fact]
    public void BigCommerce() => Check(
        """
        Order ID,Order Status,Order Date,Order Time,Subtotal (inc tax),Order Total (inc tax),Refund Amount,Customer ID,Customer Name,Customer Email,Order Currency Code
        100,Completed,01/05/2024,10:00 AM,30.00,35.00,0.00,12,Ann,ann@x.com,USD
        101,Cancelled,01/16/2024,11:00 AM,99.00,99.00,0.00,12,Ann,ann@x.com,USD
        102,Partially Refunded,01/20/2024,12:30 PM,50.00,50.00,20.00,0,Guest,Guest@X.com,USD
        103,Incomplete,01/21/2024,01:00 PM,10.00,10.00,0.00,12,Ann,ann@x.com,USD
        """,
        "bigcommerce",
        "12 35, guest@x.com 30");

    [Fact]
    public void Amazon_whose_item_price_is_the_lines() => Check(
        string.Join('\n', new[]
        {
            "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,sku,product-name,quantity-purchased,currency,"
            + "item-price,item-tax,shipping-price,item-promotion-discount",
            "111-1,1,2024-01-05T18:54:21+00:00,2024-01-05T18:54:21+00:00,a1@marketplace.amazon.com,Ann,S1,Board,3,USD,30.00,0,5.00,2.50",
            "111-1,2,2024-01-05T18:54:21+00:00,2024-01-05T18:54:21+00:00,a1@marketplace.amazon.com,Ann,S2,Wax,1,USD,4.00,0,0,0",
        }).Replace(',', '\t'),
        "amazon",
        "a1@marketplace.amazon.com 31.5");

    [Fact]
    public void Etsy_whose_price_is_the_units() => Check(
        """
        Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Discount Amount,Order Shipping,Item Total,Currency,Transaction ID,Listing ID,Order ID
        03/14/24,Fox,Ann,2,3.50,,0.00,2.90,7.00,EUR,111,901,5000001
        03/15/24,Owl,bob,1,10.00,SALE,1.00,2.90,10.00,EUR,112,902,5000002
        """,
        "etsy",
        "ann 7, bob 9");

    [Fact]
    public void Gumroad_whose_last_row_is_totals() => Check(
        """
        Purchase ID,Item Name,Buyer Name,Purchase Email,Purchase Date,Purchase Time (UTC timezone),Subtotal ($),Sale Price ($),Refunded?,Partial Refund ($),Fully Refunded?,Disputed?,Free trial purchase?,Pre-order authorization?,Product ID,Quantity
        g1,Planner,Ann,Ann@x.com,2024-01-05,2024-01-05 10:00:00 UTC,12.0,12.0,0,0.0,0,0,0,0,abc,1
        g2,Planner,Ann,ann@x.com,2024-02-05,2024-02-05 10:00:00 UTC,20.0,20.0,1,5.5,0,0,0,0,abc,2
        g3,Planner,Bob,bob@x.com,2024-02-06,2024-02-06 10:00:00 UTC,12.0,12.0,1,0.0,1,0,0,0,abc,1
        g4,Course,Bob,bob@x.com,2024-02-07,2024-02-07 10:00:00 UTC,99.0,99.0,0,0.0,0,1,0,0,def,1
        g5,Course,Bob,bob@x.com,2024-02-08,2024-02-08 10:00:00 UTC,9.0,9.0,0,0.0,0,0,0,0,def,1
        Totals,,,,,,152.0,152.0,,5.5,,,,,,
        """,
        "gumroad",
        "ann@x.com 26.5, bob@x.com 9");

    [Fact]
    public void RevenueCat_whose_price_is_after_refunds() => Check(
        """
        rc_original_app_user_id,rc_last_seen_app_user_id_alias,country,product_identifier,start_time,end_time,store,is_trial_period,is_sandbox,price_in_usd,purchase_price_in_usd,store_transaction_id,refunded_at,ownership_type
        $RCAnonymousID:1,u1,GB,pro_month,2024-01-05 10:00:00.000000,2024-02-05 10:00:00.000000,app_store,false,false,9.99,9.99,t1,,PURCHASED
        $RCAnonymousID:1,u1,GB,pro_month,2024-02-05 10:00:00.000000,2024-03-05 10:00:00.000000,app_store,false,false,0,9.99,t2,2024-02-06 10:00:00.000000,PURCHASED
        $RCAnonymousID:2,u2,US,pro_year,2024-01-07 10:00:00.000000,2025-01-07 10:00:00.000000,play_store,false,true,59.99,59.99,t3,,PURCHASED
        $RCAnonymousID:2,u2,US,pro_year,2024-01-08 10:00:00.000000,2025-01-08 10:00:00.000000,play_store,false,false,49.5,59.99,t4,2024-01-09 10:00:00.000000,PURCHASED
        """,
        "revenuecat",
        "$RCAnonymousID:1 9.99, $RCAnonymousID:2 49.5");

    [Fact]
    public void Shopware_whose_states_are_numbers() => Check(
        """
        orderId;customerId;orderStatusID;cleared;shopId;invoiceAmount;orderTime;currency;orderDetailId;articleId;articleNumber;price;quantity;articleName
        15;2;2;12;1;63.89;2024-01-05 10:00:00;EUR;42;197;SW10196;19.95;2;Hut
        15;2;2;12;1;63.89;2024-01-05 10:00:00;EUR;43;198;SW10197;23.99;1;Schal
        16;2;4;17;1;99.00;2024-01-06 10:00:00;EUR;44;198;SW10197;99.00;1;Schal
        17;3;-1;0;1;5.00;2024-01-07 10:00:00;EUR;45;198;SW10197;5.00;1;Schal
        18;3;2;20;1;5.00;2024-01-08 10:00:00;EUR;46;198;SW10197;5.00;1;Schal
        19;3;0;17;1;7.50;2024-01-09 10:00:00;EUR;47;198;SW10197;7.50;1;Schal
        """,
        "shopware",
        "2 63.89, 3 7.5");

    [Fact]
    public void PayPal_whose_refunds_name_the_customer_on_the_other_side() => Check(
        """
        "Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID"
        "01/19/2024","10:00:00","PST","Ann","Express Checkout Payment","Completed","USD","1,035.00","-1.00","1,034.00","ann@x.com","shop@x.com","T1"
        "01/20/2024","10:00:00","PST","Ann","Payment Refund","Completed","USD","-35.00","1.00","-34.00","shop@x.com","ann@x.com","T2"
        "01/20/2024","11:00:00","PST","Bob","Express Checkout Payment","Denied","USD","50.00","0","50.00","bob@x.com","shop@x.com","T3"
        "01/21/2024","11:00:00","PST","","General Withdrawal","Completed","USD","-900.00","0","-900.00","shop@x.com","","T4"
        """,
        "paypal",
        "ann@x.com 1000");

    [Fact]
    public void QuickBooks_below_the_title_of_its_report() => Check(
        """
        Sales by Customer Detail
        My Shop
        January 2024
        Date,Transaction Type,Num,Customer,Product/Service,Qty,Sales Price,Amount
        01/15/2024,Invoice,1001,Ann A,Cap,2,10.00,20.00
        01/16/2024,Credit Memo,1002,Ann A,Cap,-1,10.00,-10.00
        01/17/2024,Payment,1003,Ann A,,,,-10.00
        01/18/2024,Sales Receipt,1004,Bob B,Sock,1,5.00,5.00
        """,
        "quickbooks",
        "Ann A 10, Bob B 5");

    /// <summary>As the report is downloaded: titles filled up with commas, each customer once above their lines, totals.</summary>
    [Theory]
    [InlineData(",,,,,,,,,")]
    [InlineData("")]
    public void QuickBooks_with_customers_above_their_lines(string filled) => Check(
        $"""
        My Shop{filled}
        Sales by Customer Detail{filled}
        "January 1-31, 2024"{filled}

        ,Transaction date,Transaction type,Num,Product/Service full name,Description,Quantity,Sales price,Amount,Balance
        Ann A,,,,,,,,,
        ,01/15/2024,Invoice,1001,Cap,Red cap,2.00,10.00,20.00,20.00
        ,01/15/2024,Invoice,1001,Sock,,1.00,"1,005.00","1,005.00","1,025.00"
        ,01/16/2024,Credit Memo,1002,Cap,,-1.00,10.00,-10.00,"1,015.00"
        Total for Ann A,,,,,,2.00,,"$1,015.00",
        Bob B,,,,,,,,,
        ,01/18/2024,Sales Receipt,1004,Sock,,1.00,5.00,5.00,5.00
        Total for Bob B,,,,,,1.00,,$5.00,
        TOTAL,,,,,,3.00,,"$1,020.00",
        """,
        "quickbooks",
        "Ann A 1015, Bob B 5");

    [Fact]
    public void Squarespace() => Check(
        """
        Order ID,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Amount Refunded,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Cancelled at
        1,Ann@x.com,PAID,2024-01-05 10:00:00 -0500,USD,30.00,5.00,0.00,0.00,35.00,,3.00,2024-01-05 10:00:00 -0500,1,Cap,10.00,CAP,
        1,,,,,,,,,,,,,2,Sock,10.00,SOCK,
        2,bob@x.com,REFUNDED,2024-01-06 10:00:00 -0500,USD,8.00,0,0,8.00,8.00,,0.00,2024-01-06 10:00:00 -0500,1,Cap,8.00,CAP,
        """,
        "squarespace",
        "ann@x.com 27, bob@x.com 0");

    [Fact]
    public void Ebay() => Check(
        """
        Sales Record Number,Order Number,Buyer Username,Buyer Name,Item Number,Item Title,Custom Label,Quantity,Sold For,Shipping And Handling,Total Price,Sale Date
        501,01-1,AnnA,Ann,99,Cap,CAP,2,$10.00,$4.00,$24.00,Jan-15-24
        """,
        "ebay",
        "anna 20");

    [Fact]
    public void Wix() => Check(
        """
        Order number,Date created,Time,Contact email,Item,SKU,Qty,Quantity refunded,Price,Payment status,Total,Currency,Refunded amount
        10001,"Jan 5, 2024",10:00:51 AM,ann@x.com,Cap,CAP,2,0,10.00,Paid,20.00,USD,0.00
        10002,"Jan 6, 2024",11:00:00 AM,bob@x.com,Cap,CAP,1,0,10.00,Unpaid,10.00,USD,0.00
        10003,"Jan 7, 2024",1:30:00 PM,ann@x.com,Cap,CAP,1,1,10.00,Partially refunded,15.00,USD,10.00
        10003,"Jan 7, 2024",1:30:00 PM,ann@x.com,Sock,SOCK,1,0,5.00,Partially refunded,15.00,USD,10.00
        10004,"Jan 8, 2024",1:30:00 PM,ann@x.com,Cap,CAP,1,0,10.00,Partially refunded,10.00,USD,10.00
        """,
        "wix",
        "ann@x.com 25");

    [Fact]
    public void An_orders_refund_on_each_of_its_rows_is_subtracted_once_where_that_is_said()
    {
        string file = Path.Combine(_folder, "joined.csv");
        File.WriteAllText(
            file,
            """
            customer,order,date,amount,refunded
            a,1,2024-01-05,10,4
            a,1,2024-01-05,20,4
            a,2,2024-01-06,10,4
            b,3,2024-01-07,9,
            """);
        ImportOptions options = Options(file) with { RefundColumns = ["refunded"] };
        Assert.Equal(-12, Refunded(options));
        Assert.Equal(-8, Refunded(options with { RefundsOfOrder = true }));

        double Refunded(ImportOptions of)
        {
            string folder = Path.Combine(_folder, Path.GetRandomFileName());
            ImportReport report = CsvImport.Run(ImportPlan.Of(of with { OutputFolder = folder }).Options);
            bool once = of.RefundsOfOrder;
            Assert.Equal(once ? 1 : 0, report.Remarks.SingleOrDefault(r => r.Reason == "refund-repeated")?.Count ?? 0);
            return (double)report.NetAmount - 49;
        }
    }

    [Fact]
    public void A_preset_that_does_not_fit_is_refused_by_the_column_it_misses()
    {
        string file = Path.Combine(_folder, "other.csv");
        File.WriteAllText(file, "a,b\n1,2\n");
        Finding finding =
            Assert.Single(Assert.Throws<DatasetException>(() => ImportPlan.Of(Options(file) with { Preset = "shopify" })).Findings);
        Assert.Equal(("missing-column", true), (finding.Code, finding.Message.Contains("shopify", StringComparison.Ordinal)));
        Assert.Equal(
            "unknown-preset",
            Assert.Throws<DatasetException>(() => ImportPlan.Of(Options(file) with { Preset = "shopfy" })).Findings[0].Code);
    }

    private void Check(string fileOrText, string preset, string spent, Func<ImportOptions, ImportOptions>? with = null)
    {
        string file = fileOrText;
        if (!File.Exists(file))
        {
            file = Path.Combine(_folder, preset + ".csv");
            File.WriteAllText(file, fileOrText);
        }

        ImportOptions options = with?.Invoke(Options(file)) ?? Options(file);
        ImportPlan plan = ImportPlan.Of(options);
        Assert.Equal(preset, plan.Preset);
        CsvImport.Run(options);
        TransactionHistory history = DatasetLoader.Load(options.OutputFolder);
        string[] each = [.. Enumerable.Range(0, history.CustomerCount).Select(c => FormattableString.Invariant(
            $"{history.CustomerId(c)} {Math.Round(history.Lines(c).Amount.ToArray().Sum(), 2)}")).Order(StringComparer.Ordinal)];
        Assert.Equal(spent, string.Join(", ", each));
    }

    private ImportOptions Options(string file) =>
        new() { Source = file, OutputFolder = Path.Combine(_folder, "out"), Existing = ExistingData.Overwrite };
}
