using Predictive.History.Import;
using Predictive.Tests;

namespace Predictive.History.Tests.Import;

/// <summary>
/// Columns nobody named: found by name in five languages and by content; what may be read in two ways is refused with the flags that
/// decide.
/// </summary>
public sealed class ImportPlanTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(
        "data/online_retail/online_retail_to_2011-08-31.csv.gz",
        "customer_id=CustomerID ordered_at=InvoiceDate order_id=InvoiceNo quantity=Quantity unit_price=UnitPrice product_id=StockCode")]
    [InlineData("data/cdnow/cdnow_sample.csv.gz", "customer_id=master_customer_id ordered_at=date amount=dollar_value")]
    [InlineData("data/essec/essec_to_2012-12-31.csv.gz", "customer_id=customer_id ordered_at=purchase_date amount=purchase_amount")]
    [InlineData(
        "data/grocery_panel/grocery_panel.csv.gz",
        "customer_id=customer_id ordered_at=date amount=amount quantity=quantity product_id=product category=category")]
    [InlineData(
        "data/complete_journey/transactions_sample_100k.csv.gz",
        "customer_id=household_id ordered_at=transaction_timestamp order_id=basket_id amount=sales_value quantity=quantity "
            + "product_id=product_id")]
    [InlineData("data/donations/donations_annual.csv.gz", "customer_id=customer_id ordered_at=date amount=amount")]
    public void The_public_files_need_no_flag(string file, string columns) => Assert.Equal(columns, Mapped(SharedData.Path(file)));

    [Theory]
    [InlineData(
        "Kundennummer;Bestelldatum;Bestellnummer;Artikelnummer;Menge;Einzelpreis\nK1;31.01.2024;B1;A;2;10,50",
        "customer_id=Kundennummer ordered_at=Bestelldatum order_id=Bestellnummer quantity=Menge unit_price=Einzelpreis "
            + "product_id=Artikelnummer")]
    [InlineData("Kunde;Datum;Betrag;Währung\nK1;31.01.2024;10,50;EUR", "customer_id=Kunde ordered_at=Datum amount=Betrag currency=Währung")]
    [InlineData(
        "N° client;Date de commande;N° commande;Montant TTC;Catégorie\nC1;31/01/2024;1;10,50;Thé",
        "customer_id=N° client ordered_at=Date de commande order_id=N° commande amount=Montant TTC category=Catégorie")]
    [InlineData(
        "ID cliente;Fecha de compra;Número de pedido;Importe;Canal\nC1;31/01/2024;1;10,50;web",
        "customer_id=ID cliente ordered_at=Fecha de compra order_id=Número de pedido amount=Importe channel=Canal")]
    [InlineData(
        "客户编号,下单时间,订单号,实付金额,商品编号,数量\nC1,2024-01-31 10:00,1,10.50,A,2",
        "customer_id=客户编号 ordered_at=下单时间 order_id=订单号 amount=实付金额 quantity=数量 product_id=商品编号")]
    [InlineData(
        "Customer Name,Order Date,Order ID,Sales\nAnn,2024-01-31,1,10.50",
        "customer_id=Customer Name ordered_at=Order Date order_id=Order ID amount=Sales")]
    [InlineData("x,y,z\nAnn,2024-01-31,10.50", "customer_id=x ordered_at=y amount=z")]
    [InlineData("who,when\nAnn,2024-01-31\nBob,2024-02-01", "customer_id=who ordered_at=when")]
    [InlineData("sep=;\nc;t;a\n1;2024-01-01;5\n2;2024-01-02;7", "customer_id=c ordered_at=t amount=a")]
    [InlineData("a,b,c\nAnn,2024-01-31,7.50", "customer_id=a ordered_at=b amount=c")] // no initials: none of them is a t or a d
    [InlineData("A,D,C,product\n5,2024-01-01,1,x\n7,2024-01-02,2,y", "customer_id=C ordered_at=D amount=A product_id=product")]
    public void In_five_languages_and_by_content(string text, string columns) => Assert.Equal(columns, Mapped(Write(text)));

    [Theory]
    [InlineData("a,b,date,amount\n1,7,2024-01-31,5\n1,8,2024-01-31,6", "--customer 'a' or --customer 'b'")]
    [InlineData("customer,d1,d2,amount\n1,2024-01-31,2024-02-01,5\n2,2024-01-31,2024-02-03,6", "--time 'd1' or --time 'd2'")]
    [InlineData("customer,date,x,y\n1,2024-01-31,5.25,7.50\n2,2024-01-31,6.25,8.50", "--amount 'x' or --amount 'y'")]
    [InlineData("customer,date,quantity,price\n1,2024-01-31,2,7.50\n2,2024-01-31,3,8.50", "--unit-price 'price'")]
    [InlineData(
        "customer,date,total,status\n1,2024-01-31,5,completed\n2,2024-01-31,6,cancelled", "--status 'status' --count-status 'completed'")]
    [InlineData(
        "Kunde;Datum;Betrag;Status\n1;31.01.2024;5;bezahlt\n2;31.01.2024;6;storniert", "--status 'Status' --count-status 'bezahlt'")]
    public void A_real_doubt_names_the_flags_that_decide(string text, string flags)
    {
        ImportOptions options = Options(Write(text));
        Finding finding = Assert.Single(Assert.Throws<DatasetException>(() => CsvImport.Run(options)).Findings);
        Assert.Equal("unsure-mapping", finding.Code);
        Assert.Contains(flags, finding.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(options.OutputFolder));
        MappingDoubt doubt = Assert.Single(ImportPlan.Of(options).Doubts);
        Assert.True(CsvImport.Run(doubt.Choices[0].Apply(ImportPlan.Of(options).Options)).Kept > 0);
    }

    [Theory]
    [InlineData("P1,1,10.00;P1,3,10.00;P2,2,4.00;P2,5,4.00", 10 + 30 + 8 + 20)]
    [InlineData("P1,1,10.00;P1,3,30.00;P2,2,8.00;P2,5,20.00", 10 + 30 + 8 + 20)]
    public void A_price_is_the_units_or_the_lines_by_how_it_moves_with_the_quantity(string rows, int net)
    {
        string file =
            Write("customer,date,product,quantity,price\n" + string.Join('\n', rows.Split(';').Select((r, i) => $"c{i},2024-01-31,{r}")));
        Assert.Equal(net, CsvImport.Run(Options(file)).NetAmount);
    }

    [Fact]
    public void An_order_total_on_every_line_is_not_counted_once_a_line()
    {
        string head = "customer,date,order,product,order_total\n";
        string rows = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"c{i / 2},2024-01-31,{i / 2},p{i},{100 + (i / 2)}.50"));
        Finding finding = Assert.Single(Assert.Throws<DatasetException>(() => CsvImport.Run(Options(Write(head + rows)))).Findings);
        Assert.Contains("would count once per line", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_header_is_refused() =>
        Assert.Equal(
            "no-header",
            Assert.Throws<DatasetException>(() => CsvImport.Run(Options(Write("1,2024-01-31,5.00\n2,2024-01-31,6.00")))).Findings[0].Code);

    [Fact]
    public void A_currency_column_is_seen_even_where_the_other_columns_are_named()
    {
        ImportOptions options = Options(Write("who,on,paid,Currency\na,2024-01-31,5,USD\nb,2024-01-31,6,EUR")) with
        {
            CustomerColumn = "who", TimeColumn = "on", AmountColumn = "paid",
        };
        Assert.Equal("several-currencies", Assert.Throws<DatasetException>(() => CsvImport.Run(options)).Findings[0].Code);
    }

    [Fact]
    public void An_existing_dataset_is_refused_replaced_or_added_to()
    {
        ImportOptions first = Options(Write("customer,date,amount\na,2024-01-31,5\n")) with { Existing = ExistingData.Refuse };
        CsvImport.Run(first);
        ImportOptions second = first with { Source = Write("customer,date,amount\nb,2024-02-01,7\n", "second.csv") };
        Assert.Contains("--overwrite", Assert.Throws<DatasetException>(() => CsvImport.Run(second)).Message, StringComparison.Ordinal);
        CsvImport.Run(second with { Existing = ExistingData.Append });
        Assert.Equal(12, Total(first.OutputFolder));
        Assert.True(CsvImport.Run(second with { Existing = ExistingData.Append }).AlreadyDelivered);
        Assert.True(CsvImport.Run(first with { Existing = ExistingData.Append }).AlreadyDelivered);
        Assert.Equal(12, Total(first.OutputFolder));

        string other = first.OutputFolder + "-2";
        CsvImport.Run(first with { OutputFolder = other });
        Assert.True(CsvImport.Run(first with { OutputFolder = other, Existing = ExistingData.Append }).AlreadyDelivered);
        CsvImport.Run(second with { OutputFolder = other, Existing = ExistingData.Overwrite });
        Assert.Equal(7, Total(other));
    }

    private static double Total(string folder) => Predictive.History.Loading.DatasetLoader.Load(folder).Columns.Amount.Sum();

    private string Mapped(string file)
    {
        ImportPlan plan = ImportPlan.Of(Options(file));
        Assert.Empty(plan.Doubts);
        return string.Join(' ', plan.Columns.Select(c => $"{c.Canonical}={c.Source}"));
    }

    private string Write(string text, string name = "in.csv")
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private ImportOptions Options(string file) =>
        new() { Source = file, OutputFolder = Path.Combine(_folder, "out"), Existing = ExistingData.Overwrite };
}
