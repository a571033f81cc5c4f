using Predictive.History.Checks;
using Predictive.History.Import;
using Predictive.History.Import.Tables;
using Predictive.History.Loading;

namespace Predictive.History.Tests.Import.Tables;

/// <summary>Customers, events, contacts and products come in as transactions do: mapped, cleaned, refused, atomic.</summary>
public sealed class TableImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tables-").FullName;

    private string Out => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Written(string text, string name = "file.csv")
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private TableImportReport Import(
        ImportedTable table, string text, Func<ImportOptions, ImportOptions>? with = null, Dictionary<string, string>? columns = null,
        string name = "file.csv")
    {
        var file = new ImportOptions { Source = Written(text, name), OutputFolder = Out };
        return TableImport.Run(new TableImportOptions(table, with?.Invoke(file) ?? file) { Columns = columns ?? [] });
    }

    private Finding Refused(
        ImportedTable table, string text, Func<ImportOptions, ImportOptions>? with = null, string name = "file.csv") =>
        Assert.Throws<DatasetException>(() => Import(table, text, with, name: name)).Findings[0];

    private void Transactions(string text = "customer_id,order_date,amount\na,2024-01-01,10\nb,2024-01-02,20\nc,2024-02-02,5\n") =>
        CsvImport.Run(new ImportOptions { Source = Written(text, "sales.csv"), OutputFolder = Out });

    [Fact]
    public void Customers_keep_every_column_and_numbers_are_numbers()
    {
        TableImportReport report = Import(
            ImportedTable.Customers,
            """
            Kundennummer;Alter;PLZ;Ort;Bonus
            a;41;01067;Dresden;1,5
            b;;10115;Berlin;2,25
            b;;10115;Berlin;2,25
            p;33;80331;München;
            ;50;1;x;1
            """);
        Assert.Equal(("customers", 5, 3, 3, ","), (report.Table, report.Rows, report.Kept, report.Ids, report.Format.DecimalSeparator));
        Assert.Equal(["Alter", "Bonus"], report.Numbers); // 01067 is text
        Assert.Equal(
            [("equal-to-earlier", 1), ("no-customer", 1)],
            report.Rejected.Select(r => (r.Reason, (int)r.Count)).OrderBy(r => r.Reason, StringComparer.Ordinal));
        Assert.Contains("no-customer", File.ReadAllText(Path.Combine(Out, "rejects-customers.csv")), StringComparison.Ordinal);

        Transactions();
        TransactionHistory history = DatasetLoader.Load(Out);
        Assert.Equal(["Alter", "Bonus", "Ort", "PLZ"], history.Tables!.Attributes.Select(a => a.Name));
        AttributeColumn bonus = history.Tables.Attributes.Single(a => a.Name == "Bonus");
        Assert.Equal([1.5f, 2.25f, float.NaN], bonus.Values);
        Assert.Equal(["p"], history.Tables.Prospects!);
        CheckReport check = DatasetCheck.Run(Out);
        Assert.Equal(1, check.Prospects);
        Assert.Contains(check.Findings, f => f is { Code: "prospects", Count: 1 });
        Assert.Equal(2, check.LeftOut.Count(l => l.Table == "customers"));
    }

    [Fact]
    public void Events_have_a_kind_and_may_have_more()
    {
        Transactions();
        TableImportReport report = Import(
            ImportedTable.Events,
            """
            user_id,event_time,event_type,value,sku,category,channel,session_id,note
            a,2024-01-05 10:00:00,visit,,A1,Garden,web,s1,x
            a,2024-01-06 10:00:00,nps,9,,,,s2,
            q,2024-01-07 10:00:00,visit,,,,app,s3,
            a,2024-01-08 10:00:00,,,,,app,s3,
            a,soon,visit,,,,app,s3,
            """);
        Assert.Equal((5, 3, 2), (report.Rows, report.Kept, report.Ids));
        Assert.Equal(
            "category, channel, customer_id, kind, occurred_at, product_id, session, value", string.Join(", ", report.Columns.Keys));
        Assert.Equal(["note"], report.Unused);
        Assert.Equal(("2024-01-05T10:00:00", "2024-01-07T10:00:00"), (report.First, report.Last));
        Assert.Equal(
            ["no-kind", "unparseable-time"], report.Rejected.Select(r => r.Reason).Order(StringComparer.Ordinal));
        TransactionHistory history = DatasetLoader.Load(Out);
        Assert.Equal(["nps", "visit"], history.Tables!.Events!.Kinds);
        Assert.Equal(["q"], history.Tables.Prospects!);
        Assert.Equal(9, history.Tables.Events.Value[1]);

        // Part by part nobody knows who is missing.
        Assert.Null(DatasetLoader.LoadInParts(Out).First().Tables!.Prospects);
    }

    [Fact]
    public void Contacts_and_products_find_their_columns()
    {
        TableImportReport contacts = Import(
            ImportedTable.Contacts, "email,sent_at,campaign,result\nA@x.com,01/20/2024,spring,opened\na@x.com,02/03/2024,spring,\n",
            o => o with { FoldCase = true });
        Assert.Equal((2, 1), (contacts.Kept, contacts.Ids));
        Assert.Equal("campaign, contacted_at, customer_id, outcome", string.Join(", ", contacts.Columns.Keys));
        Assert.Equal(("2024-01-20", "2024-02-03"), (contacts.First, contacts.Last));

        TableImportReport products = Import(
            ImportedTable.Products, "sku,title,category,price,colour\nA1,Hat,Wear,19.95,red\nB2,Scarf,Wear,5,\n");
        Assert.Equal(["category", "colour", "name", "product_id", "unit_price"], products.Columns.Keys);
        Assert.Equal(["unit_price"], products.Numbers);
        Assert.True(File.Exists(Path.Combine(Out, "products.parquet")) && File.Exists(Path.Combine(Out, "dataset.json")));
    }

    [Fact]
    public void A_table_that_is_there_is_replaced_or_added_to_only_when_asked()
    {
        const string First = "customer_id,age\na,1\nb,2\n", Second = "customer_id,age\nc,3\n";
        Import(ImportedTable.Customers, First);
        Assert.Contains("--overwrite", Refused(ImportedTable.Customers, Second).Message, StringComparison.Ordinal);
        Import(ImportedTable.Customers, First, o => o with { Existing = ExistingData.Overwrite });
        TableImportReport added = Import(ImportedTable.Customers, Second, o => o with { Existing = ExistingData.Append }, name: "two.csv");
        Assert.False(added.AlreadyDelivered);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Out, "customers"), "*.parquet").Length);
        Assert.True(
            Import(ImportedTable.Customers, Second, o => o with { Existing = ExistingData.Append }, name: "two.csv").AlreadyDelivered);
        Assert.True(Import(ImportedTable.Customers, First, o => o with { Existing = ExistingData.Append }).AlreadyDelivered);

        // Whoever is there already cannot be added again.
        Finding twice = Refused(
            ImportedTable.Customers, "customer_id,age\nb,9\n", o => o with { Existing = ExistingData.Append }, "three.csv");
        Assert.Equal("customer-twice", twice.Code);
        Assert.Contains("'b' (line 2), who is in the table already", twice.Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Out, "customers"), "*.parquet").Length);
        Transactions();
        Assert.Equal([1f, 2f, 3f], DatasetLoader.Load(Out).Tables!.Attributes.Single().Values);
    }

    [Fact]
    public void What_cannot_be_one_row_per_customer_is_refused_with_its_lines()
    {
        Finding finding = Refused(ImportedTable.Customers, "customer_id,age\na,1\na,2\n");
        Assert.Equal("customer-twice", finding.Code);
        Assert.Contains("'a' (line 3)", finding.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
    }

    [Theory]
    [InlineData(ImportedTable.Events, "customer_id,when_it_was,n\na,2024-01-01,1\n", "unsure-mapping", "--kind")]
    [InlineData(ImportedTable.Events, "customer_id,kind\na,visit\n", "unsure-mapping", "--time")]
    [InlineData(ImportedTable.Products, "x,y\n1,2\n", "unsure-mapping", "--product")]
    [InlineData(
        ImportedTable.Events, "customer_id,date,kind\na,13/01/2024,v\na,14/01/2024,v\na,01/25/2024,v\n", "mixed-time-order",
        "--time-format")]
    [InlineData(ImportedTable.Events, "customer_id,date,kind\na,03/04/2024,v\n", "ambiguous-time-format", "--time-format")]
    [InlineData(ImportedTable.Events, "customer_id,date,kind,value\na,2024-01-01,v,1.250\n", "ambiguous-decimal-mark", "--decimal")]
    [InlineData(ImportedTable.Customers, "customer_id,age,age\na,1,2\n", "duplicate-mapping", "age")]
    [InlineData(ImportedTable.Customers, "customer_id,age\n,1\n", "no-usable-rows", "no customer id")]
    [InlineData(ImportedTable.Customers, "customer_id,age\n", "empty-table", "file.csv")]
    public void Doubts_are_refused_with_the_flags_that_decide(ImportedTable table, string text, string code, string told)
    {
        Finding finding = Refused(table, text);
        Assert.Equal(code, finding.Code);
        Assert.Contains(told, finding.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void Rules_of_sales_and_columns_of_other_tables_are_refused()
    {
        Assert.Equal("rule-of-sales", Refused(ImportedTable.Customers, "customer_id\na\n", o => o with { OnlyCurrency = "EUR" }).Code);
        Assert.Equal(
            "unknown-mapping",
            Refused(ImportedTable.Customers, "customer_id,amount\na,1\n", o => o with { AmountColumn = "amount" }).Code);
        Assert.Equal(
            "missing-column", Refused(ImportedTable.Customers, "customer_id,amount\na,1\n", o => o with { CustomerColumn = "id" }).Code);
    }

    [Fact]
    public void Tables_keep_to_the_clock_of_their_dataset()
    {
        Import(
            ImportedTable.Events, "customer_id,date,kind\na,2024-01-01T23:30:00Z,visit\n", o => o with { TimeZone = "Europe/Paris" });
        Assert.Contains(
            "2024-01-02", Assert.Single(Directory.GetFiles(Out, "import-report-events.json").Select(File.ReadAllText)),
            StringComparison.Ordinal);
        Assert.Contains(
            "give --time-zone Europe/Paris", Assert.Throws<DatasetException>(() => Transactions()).Message, StringComparison.Ordinal);
        Assert.Contains(
            "give --time-zone Europe/Paris", Refused(ImportedTable.Contacts, "customer_id,date\na,2024-01-01\n").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_file_gives_the_same_bytes_and_a_file_in_latin_1_is_told()
    {
        const string Text = "customer_id,ort\na,Köln\nb,Zürich\n";
        File.WriteAllBytes(Path.Combine(_folder, "latin.csv"), System.Text.Encoding.Latin1.GetBytes(Text));
        TableImportReport report = TableImport.Run(new TableImportOptions(
            ImportedTable.Customers, new ImportOptions { Source = Path.Combine(_folder, "latin.csv"), OutputFolder = Out }));
        byte[] first = File.ReadAllBytes(Path.Combine(Out, "customers.parquet"));
        Import(ImportedTable.Customers, Text, o => o with { Existing = ExistingData.Overwrite });
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(Out, "customers.parquet")));
        Assert.Equal("latin-1", report.Format.Encoding);
    }

    [Fact]
    public void Random_tables_come_back_as_they_were()
    {
        for (int seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            int n = random.Next(1, 40);
            string[] ids = [.. Enumerable.Range(0, n).Select(i => $"k{i:000}")];
            string[] towns = [.. ids.Select(_ => random.Next(4) == 0 ? "" : new[] { "Ulm", "a \"b\"", "x;y", "Łódź" }[random.Next(4)])];
            double[] sums = [.. ids.Select(_ => random.Next(5) == 0 ? double.NaN : Math.Round(random.NextDouble() * 1000, 2))];
            char delimiter = ",;\t|"[random.Next(4)];
            string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            string Sum(double sum) => double.IsNaN(sum) ? "" : FormattableString.Invariant($"{sum:0.00}");
            string text = string.Join(delimiter, "customer_id", "town", "sum") + "\n"
                + string.Concat(ids.Select((id, i) => string.Join(delimiter, id, Quoted(towns[i]), Sum(sums[i])) + "\n"));
            Import(ImportedTable.Customers, text, o => o with { Existing = ExistingData.Overwrite, Delimiter = delimiter });
            CsvImport.Run(new ImportOptions
            {
                Source = Written("customer_id,order_date,amount\n" + string.Concat(ids.Select(id => $"{id},2024-01-01,10\n")), "sales.csv"),
                OutputFolder = Out, Existing = ExistingData.Overwrite,
            });
            CustomerTables tables = DatasetLoader.Load(Out).Tables!;
            Assert.True(tables.Prospects!.Count == 0, $"seed {seed}");
            if (tables.Attributes.SingleOrDefault(a => a.Name == "sum") is { } sum)
            {
                Assert.True(sum.Values.SequenceEqual(sums.Select(s => (float)s)), $"seed {seed}");
            }
            else
            {
                Assert.True(Array.TrueForAll(sums, double.IsNaN), $"seed {seed}");
            }

            if (tables.Attributes.SingleOrDefault(a => a.Name == "town") is { } town)
            {
                Assert.True(
                    town.Values.Select(v => float.IsNaN(v) ? "" : town.Categories![(int)v]).SequenceEqual(towns), $"seed {seed}");
            }
            else
            {
                Assert.True(Array.TrueForAll(towns, t => t.Length == 0), $"seed {seed}");
            }
        }
    }
}
