using Predictive.History.Checks;
using Predictive.History.Import;
using Predictive.History.Import.Tables;
using Predictive.History.Ingest;
using Predictive.History.Loading;

namespace Predictive.History.Tests.Import.Tables;

/// <summary>What becomes of products, contacts and the further columns of events after their import.</summary>
public sealed class TablesReadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tables-read-").FullName;

    public TablesReadTests() => CsvImport.Run(new ImportOptions
    {
        Source = Written(
            "customer,order,date,product,amount\nb,1,2024-01-02,p2,20\na,2,2024-01-01,p1,10\na,3,2024-03-01,p9,30\na,4,2024-04-01,,5\n"),
        OutputFolder = Out,
    });

    private string Out => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Written(string text)
    {
        string path = Path.Combine(_folder, "file.csv");
        File.WriteAllText(path, text);
        return path;
    }

    private TableImportReport Import(ImportedTable table, string text) => TableImport.Run(
        new TableImportOptions(table, new ImportOptions { Source = Written(text), OutputFolder = Out }));

    [Fact]
    public void A_line_has_the_category_of_its_product_where_it_has_none_of_its_own()
    {
        Assert.Null(DatasetLoader.Load(Out).Columns.Category);
        Import(ImportedTable.Products, "product_id,name,category\np1,Tea cup,Kitchen\np2,Spade,Garden\np7,Lamp,Light\n");
        foreach (TransactionHistory history in (TransactionHistory[])
            [DatasetLoader.Load(Out), .. DatasetLoader.LoadInParts(Out), DatasetLoader.Load(Out, new LoadOptions { Tables = false })])
        {
            TransactionColumns c = history.Columns;
            Assert.Equal(["Garden", "Kitchen"], c.Categories!);
            Assert.Equal([1, -1, -1, 0], c.Category!); // a: p1, p9 which the table does not know, none; b: p2
            Assert.Equal("Tea cup", c.ProductNames!["p1"]);
        }

        // Features that read no category do not pay for it.
        Assert.Null(DatasetLoader.Load(Out, new LoadOptions { Columns = HistoryColumns.Product }).Columns.Category);
    }

    [Fact]
    public void An_event_that_comes_later_has_its_products_category_too()
    {
        Import(ImportedTable.Products, "product_id,name,category\np1,Tea cup,Kitchen\np2,Spade,Garden\n");
        TransactionHistory history = DatasetLoader.Load(Out, new LoadOptions { KeepOrderHashes = true });
        var bought = new IngestedEvent(IngestTable.Transactions, "a", LocalTime.StartOf(new DateOnly(2024, 5, 1)).Micros)
        {
            Amount = 7, ProductId = "p2", Category = "what the shop calls it elsewhere",
        };
        TransactionColumns c = CustomerOverlay.Of(history, null, "a", new OverlayChange([bought], []))!.Columns;
        Assert.Equal("Garden", c.Categories![c.Category![^1]]);
        Assert.Equal("Spade", c.ProductNames!["p2"]);
    }

    [Fact]
    public void A_category_of_the_lines_own_stays()
    {
        CsvImport.Run(new ImportOptions
        {
            Source = Written("customer,date,product,category,amount\na,2024-01-01,p1,Own,10\na,2024-01-02,p2,,10\n"), OutputFolder = Out,
            Existing = ExistingData.Overwrite,
        });
        Import(ImportedTable.Products, "product_id,category\np1,Kitchen\np2,Garden\n");
        TransactionColumns c = DatasetLoader.Load(Out).Columns;
        Assert.Equal(["Own"], c.Categories!);
        Assert.Equal([0, -1], c.Category!);
        Assert.Null(c.ProductCategories);
    }

    [Fact]
    public void Contacts_are_kept_beside_the_customer_and_read_by_no_feature()
    {
        Import(
            ImportedTable.Contacts,
            "customer,contact_date,channel,campaign,outcome\na,2024-02-03,mail,spring,opened\na,2024-02-01,phone,,\nx,2024-02-01,,spring,\n"
                + "a,2034-02-01,mail,typo,\n");
        TransactionHistory history = DatasetLoader.Load(Out);
        Assert.Null(history.Tables!.Events);
        Assert.Equal(["x"], history.Tables.Prospects!);
        CustomerEvents with = history.Lines(0).Contacts.Before(LocalTime.StartOf(new DateOnly(2024, 6, 1)));
        string Of(CustomerEvents e, int i) => $"{history.Tables.Contacts!.Kinds[e.Kind[i]]} {e.Detail(i)}";
        Assert.Equal(2, with.Count);
        Assert.Equal(("phone ", "mail campaign spring, outcome opened"), (Of(with, 0), Of(with, 1)));
        Assert.Equal(0, history.Lines(1).Contacts.Count);
        Assert.True(history.Lines(1).Contacts.IsKnown);

        // check tells what is odd of them, and whom only they know.
        CheckReport report = DatasetCheck.Run(Out, new CheckOptions { Today = new DateOnly(2024, 5, 1) });
        Assert.Equal(1, report.Prospects);
        Assert.Equal(1, Assert.Single(report.Findings, f => f.Code == "contact-after-today").Count);
    }

    [Fact]
    public void Further_columns_of_an_event_are_shown()
    {
        Import(
            ImportedTable.Events,
            "customer,event_time,event,value,product,channel,session\na,2024-02-03,view,,p2,web,s1\na,2024-02-04,nps,9,,,\n");
        TransactionHistory history = DatasetLoader.Load(Out);
        CustomerEvents events = history.Lines(0).Events;
        Assert.Equal(("product p2, channel web, session s1", null), (events.Detail(0), events.Detail(1)));

        // They outlive an event that comes later.
        history = DatasetLoader.Load(Out, new LoadOptions { KeepOrderHashes = true });
        var visit = new IngestedEvent(IngestTable.Events, "a", LocalTime.StartOf(new DateOnly(2024, 2, 1)).Micros) { Kind = "visit" };
        events = CustomerOverlay.Of(history, null, "a", new OverlayChange([visit], []))!.Lines(0).Events;
        Assert.Equal((null, "product p2, channel web, session s1", null), (events.Detail(0), events.Detail(1), events.Detail(2)));
    }

    [Fact]
    public void A_product_named_twice_is_refused_where_it_is_read()
    {
        MadeTwice();
        Finding finding = Assert.Throws<DatasetException>(() => DatasetLoader.Load(Out)).Findings[0];
        Assert.Equal(("product-twice", 1), (finding.Code, finding.Count));
        Assert.Contains(DatasetCheck.Run(Out).Findings, f => f.Code == "product-twice" && f.Message == finding.Message);
    }

    private void MadeTwice()
    {
        using var writer = Predictive.History.Parquet.ParquetWriter.Create(
            Path.Combine(Out, "products.parquet"),
            [
                Predictive.History.Parquet.ParquetField.String("product_id"), Predictive.History.Parquet.ParquetField.String("category"),
            ]);
        writer.WriteRowGroup(new string?[] { "p1", "p2", "p1" }, new string?[] { "x", "y", "z" });
        writer.Complete();
    }
}
