using System.IO.Compression;
using System.Text;
using Predictive.History;
using Predictive.History.Import;
using Predictive.Tests;

namespace Predictive.History.Tests.Import;

public sealed class CsvImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void KeepsLinesAndSaysWhyItLeftOthersOut()
    {
        var report = Import(
            """
            order,customer,when,units,price,product,note
            1,00001,2024-03-01 10:00:00,2,1.50,A,first
            1,00001,2024-03-01 10:00:00,2,1.50,A,first
            1,00001,2024-03-01 10:00:00,2,1.50,A,another note
            2,,2024-03-01 11:00:00,1,9.99,B,
            3,00002,2024-03-02,1,0,B,free
            4,00002,2024-03-02,1,-3,B,debt
            C5,00002,2024-03-03 09:00:00,-1,4.25,B,back
            6,00003,someday,1,1,B,
            7,00003,2024-03-04,many,1,B,
            8,00003,2024-03-04,1,,B,
            9,00003,2024-03-04,1
            10,NULL,2024-03-04,1,1,B,
            """,
            o => o with { OrderColumn = "order", QuantityColumn = "units", UnitPriceColumn = "price", ProductColumn = "product" });

        Assert.Equal(12, report.Rows);
        Assert.Equal(3, report.Kept);
        Assert.Equal(3 + 3 - 4.25m, report.NetAmount);
        Assert.Equal(2, report.Customers);
        Assert.Equal(
            "no-customer 2 [5,13]; duplicate-line 1 [3]; negative-price 1 [7]; no-amount 1 [11]; unparseable-amount 1 [10]; "
                + "unparseable-time 1 [9]; wrong-field-count 1 [12]; zero-price 1 [6]",
            string.Join("; ", report.Rejected.Select(r => $"{r.Reason} {r.Count} [{string.Join(',', r.FirstLines)}]")));
        Assert.Equal(report.Rows - report.Kept, report.Rejected.Sum(r => r.Count));
        Assert.Equal("refund 1", string.Join("; ", report.Remarks.Select(r => $"{r.Reason} {r.Count}")));
        Assert.Equal(("2024-03-01T10:00:00", "2024-03-03T09:00:00"), (report.First, report.Last));

        using var reader = StoredFile.Open(Path.Combine(Out, "transactions.parquet"));
        Assert.Equal(["customer_id", "order_id", "ordered_at", "amount", "product_id", "quantity"], reader.Columns);
        Assert.Equal((string?[])["00001", "00001", "00002"], reader.Texts("customer_id"));
        Assert.Equal((string?[])["1", "1", "C5"], reader.Texts("order_id"));
        Assert.Equal([3, 3, -4.25], reader.Doubles("amount"));
        Assert.Equal([2, 2, -1], reader.Doubles("quantity"));
        Assert.Equal("2024-03-03T09:00:00", LocalTime.From(reader.Times("ordered_at")[2]!.Value).ToString());

        string[] rejects = File.ReadAllLines(Path.Combine(Out, "rejects.csv"));
        Assert.Equal("line,reason,value,row", rejects[0]);
        Assert.Equal("3,duplicate-line,1,\"1,00001,2024-03-01 10:00:00,2,1.50,A,first\"", rejects[1]);
        Assert.Equal("9,unparseable-time,someday,\"6,00003,someday,1,1,B,\"", rejects[5]);
        Assert.Equal(10, rejects.Length);
        Assert.Equal(new DatasetDescription().TimeZone, DatasetFolder.Open(Out).Description.TimeZone);
        Assert.Equal(
            ["dataset.json", "import-report.json", "rejects.csv", "transactions.parquet"],
            Directory.GetFiles(Out).Select(f => Path.GetFileName(f)!).Order());
    }

    [Theory]
    [InlineData(false, "'")]
    [InlineData(true, "")]
    public void RowsLeftOutAreDefusedUnlessAskedForRaw(bool raw, string guard)
    {
        Import(
            "customer,when,total\na,2024-01-01,5\nb,=1+1,5\n@c,never,\n-7,never,3\n",
            o => o with { AmountColumn = "total", TimeFormat = "yyyy-MM-dd", RawCells = raw });
        Assert.Equal(
            $"line,reason,value,row\n3,unparseable-time,{guard}=1+1,\"b,=1+1,5\"\n4,unparseable-time,never,\""
                + $"{guard}@c,never,\"\n5,unparseable-time,never,\"{guard}-7,never,3\"\n",
            File.ReadAllText(Path.Combine(Out, "rejects.csv")));
    }

    [Theory]
    [InlineData("a,2024-01-01,5,12\" ruler\n", 0)]
    [InlineData("a,2024-01-01,5,\"open\n", 1)]
    [InlineData("a,2024-01-01,5,one\rtwo\n", 0)]
    [InlineData("a,2024-01-01,5,\"6\"\" nail\" x\n", 0)]
    public void AQuoteOrReturnOutOfPlaceCostsItsOwnLineAtMost(string row, int rejected)
    {
        // With 5 MB behind it: more than a chunk, and more than a quoted row may be long.
        string rest = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"c{i},2024-01-02,{i}.50,x\n"));
        var report =
            Import("customer,when,total,product\n" + row + rest, o => o with { AmountColumn = "total", ProductColumn = "product" });
        Assert.Equal(200_001, report.Rows);
        Assert.Equal(200_001 - rejected, report.Kept);
        Assert.Equal(rejected == 0 ? [] : [2L], report.Rejected.SelectMany(r => r.FirstLines));
    }

    [Fact]
    public void WithoutAnOrderIdEqualRowsAreKeptAndReported()
    {
        var report = Import(
            "customer,when,total\na,2024-01-01,5\na,2024-01-01,5\na,2024-01-01,5\nb,2024-01-01,0\n",
            o => o with { AmountColumn = "total" });
        Assert.Equal(4, report.Kept);
        Assert.Equal(15, report.NetAmount);
        Assert.Equal("equal-row 2; zero-amount 1", string.Join("; ", report.Remarks.Select(r => $"{r.Reason} {r.Count}")));
        Assert.Null(report.RejectsFile);
        Assert.False(File.Exists(Path.Combine(Out, "rejects.csv")));
    }

    [Fact]
    public void WithoutAmountAndPriceEachRowCountsOne()
    {
        Assert.Equal(2, Import("customer,when\na,2024-01-01\nb,2024-01-02\n").NetAmount);
        Assert.Equal([1, 1], Column("amount"));
    }

    [Fact]
    public void QuotingMakesNoDifferenceToADuplicate()
    {
        var report = Import(
            "order,customer,when,total,note\n1,a,2024-01-01,5,\"x, y\"\n1,\"a\",2024-01-01,\"5\",\"x, y\"\n1,a,2024-01-01,5,\"x \"\"y\"\n",
            o => o with { OrderColumn = "order", AmountColumn = "total" });
        Assert.Equal(2, report.Kept);
    }

    [Theory]
    [InlineData("customer,when,total\na,31/01/2024,1234.50\nb,01/02/2024,2\n", ",", ".", "dd/MM/yyyy", "1236.5")]
    [InlineData("customer;when;total\na;2024-01-31 10:00;1.234,50\nb;2024-02-01 11:00;2\n", ";", ",", "yyyy-MM-dd HH:mm", "1236.5")]
    [InlineData("customer\twhen\ttotal\na\t01/31/2024\t1,234.50\nb\t02/01/2024\t2\n", "tab", ".", "MM/dd/yyyy", "1236.5")]
    [InlineData("customer|when|total\r\na|1706659200|€ 1.234,50\r\nb|1706659200|2,0\r\n", "|", ",", "unix-s", "1236.5")]
    [InlineData("when,total,customer\r20240131,1234.5,a\r20240201,2,b\r", ",", ".", "yyyyMMdd", "1236.5")]
    public void DetectsHowTheFileIsWritten(string text, string delimiter, string point, string time, string net)
    {
        var report = Import(text, o => o with { AmountColumn = "total" });
        Assert.Equal((delimiter, point, time), (report.Format.Delimiter, report.Format.DecimalSeparator, report.Format.TimeFormat));
        Assert.Equal(decimal.Parse(net, System.Globalization.CultureInfo.InvariantCulture), report.NetAmount);
        Assert.Equal(2, report.Kept);
    }

    [Fact]
    public void DayAndMonthAreToldApartFarIntoTheFile()
    {
        var text = new StringBuilder("customer,when,total\n");
        for (int i = 0; i < 60_000; i++)
        {
            text.Append($"c{i % 977},0{(i % 9) + 1}/0{(i / 7000) + 1}/2024 10:00,1\n");
        }

        for (int i = 0; i < 20; i++)
        {
            text.Append($"c{i},28/09/2024 10:00,1\n");
        }

        var report = Import(text.ToString(), o => o with { AmountColumn = "total" });
        Assert.Equal("dd/MM/yyyy HH:mm", report.Format.TimeFormat);
        Assert.Equal(60_020, report.Kept);
        Assert.Equal("2024-09-28T10:00:00", report.Last);
    }

    [Fact]
    public void WhereDayAndMonthCannotBeToldApartItAsks()
    {
        var refused = Assert.Throws<DatasetException>(() => Import("customer,when\na,01/02/2024\nb,03/04/2024\n"));
        Assert.Equal("ambiguous-time-format", refused.Findings[0].Code);
        Assert.Contains("--time-format", refused.Message);
        Assert.Equal("2024-02-01", Import("customer,when\na,01/02/2024\n", o => o with { TimeFormat = "dd/MM/yyyy" }).First);
    }

    [Theory]
    [InlineData("utf-8", "utf-8")]
    [InlineData("utf-8-mark", "utf-8")]
    [InlineData("utf-16le", "utf-16le")]
    [InlineData("utf-16be", "utf-16be")]
    [InlineData("utf-16le-mark", "utf-16le")]
    [InlineData("latin-1", "latin-1")]
    public void EncodingsAreTold(string written, string told)
    {
        Encoding encoding = written switch
        {
            "utf-8" => new UTF8Encoding(false),
            "utf-8-mark" => new UTF8Encoding(true),
            "utf-16le" => new UnicodeEncoding(false, false),
            "utf-16be" => new UnicodeEncoding(true, false),
            "utf-16le-mark" => new UnicodeEncoding(false, true),
            _ => Encoding.Latin1,
        };
        var text = new StringBuilder("Kündin,when,total\n");
        for (int i = 0; i < 40_000; i++)
        {
            text.Append($"Zoë{i % 1000},2024-01-{(i % 28) + 1:00},£{i % 7}.25\n");
        }

        string file = Path.Combine(_folder, "in.csv");
        File.WriteAllBytes(file, [.. encoding.GetPreamble(), .. encoding.GetBytes(text.ToString())]);
        var report =
            CsvImport.Run(
                new ImportOptions
                {
                    Source = file, OutputFolder = Out, CustomerColumn = "Kündin", TimeColumn = "when", AmountColumn = "total",
                    RowGroupLines = 7_777,
                });
        Assert.Equal(told, report.Format.Encoding);
        Assert.Equal((40_000, 1000, "£"), (report.Kept, report.Customers, report.Format.CurrencyMarks.Single()));
        Assert.Equal("GBP", DatasetFolder.Open(Out).Description.Currency);
        using var reader = StoredFile.Open(Path.Combine(Out, "transactions.parquet"));
        Assert.Equal("Zoë999", reader.Texts("customer_id")[999]);
        Assert.Equal(6, reader.RowGroups);
    }

    [Fact]
    public void QuotedTextOfManyLinesCountsItsLines()
    {
        string longText = string.Concat(Enumerable.Repeat("line\n", 50_000));
        var report =
            Import($"customer,note,when,total\na,\"{longText}\",2024-01-01,5\nb,x,never,5\n", o => o with { AmountColumn = "total" });
        Assert.Equal(1, report.Kept);
        Assert.Equal(50_003, report.Rejected.Single().FirstLines.Single());
    }

    [Fact]
    public void EqualInputGivesEqualBytesGzippedOrNot()
    {
        var random = new Random(5);
        var text = new StringBuilder("order,customer,when,total,product\n");
        for (int i = 0; i < 100_000; i++)
        {
            text.Append(
                $"{i / 3},{random.Next(5000)},2024-01-01 "
                    + $"{random.Next(24):00}:{random.Next(60):00},{random.Next(1000)}.{random.Next(100):00},p{random.Next(300)}\n");
        }

        ImportOptions With(ImportOptions o) =>
            o with { OrderColumn = "order", AmountColumn = "total", ProductColumn = "product", RowGroupLines = 30_011 };
        var plain = Import(text.ToString(), With);
        byte[] first = File.ReadAllBytes(Path.Combine(Out, "transactions.parquet"));
        byte[] zipped = Gzip(text.ToString());
        File.WriteAllBytes(Path.Combine(_folder, "in.csv"), zipped);
        var again = CsvImport.Run(With(Options()));
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(Out, "transactions.parquet")));
        Assert.Equal(("none", "gzip"), (plain.Format.Compression, again.Format.Compression));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(zipped)), again.SourceSha256);
        Assert.Equal((plain.Kept, plain.NetAmount), (again.Kept, again.NetAmount));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(5000)]
    public void TextsKeepTheirMeaningFromRowGroupToRowGroup(int customers)
    {
        // 50 customers: texts stay known from one row group to the next; 5,000: they are too many, and begin anew.
        var random = new Random(11);
        string[] ids = [.. Enumerable.Range(0, 3000).Select(_ => random.Next(customers) is var c && c % 10 == 0 ? $"Zoë{c}" : $"c{c}")];
        string[] products = [.. ids.Select(_ => random.Next(9) == 0 ? "" : $"p{random.Next(300)}")];
        (ids[7], ids[1500], ids[2999]) = ("unknown", "unknown", "unknown");
        var text = new StringBuilder("customer,when,total,product\n");
        for (int i = 0; i < ids.Length; i++)
        {
            text.Append($"{ids[i]},2024-01-01,{i}.5,{products[i]}\n");
        }

        var report = Import(
            text.ToString(), o => o with { AmountColumn = "total", ProductColumn = "product", RowGroupLines = 64 });
        Assert.Equal(3, report.Remarks.Single(r => r.Reason == "id-like-missing").Count);
        Assert.Equal(ids.Distinct().Count(), report.Customers);
        using var reader = StoredFile.Open(Path.Combine(Out, "transactions.parquet"));
        Assert.Equal((ids.Length + 63) / 64, reader.RowGroups);
        Assert.Equal(ids, reader.Texts("customer_id"));
        Assert.Equal(products.Select(p => p.Length == 0 ? null : p), reader.Texts("product_id"));
    }

    [Fact]
    public void GzipOfSeveralMembersIsOneFile()
    {
        File.WriteAllBytes(
            Path.Combine(_folder, "in.csv"), [.. Gzip("customer,when\na,2024-"), .. Gzip("01-01\nb,2024-01-02\n"), .. Gzip("")]);
        Assert.Equal(2, CsvImport.Run(Options()).Kept);
    }

    [Theory]
    [InlineData(.5, 0)]
    [InlineData(1, -1)]
    [InlineData(1, -4)]
    [InlineData(1, -8)]
    [InlineData(1, -9)]
    public void ACutGzipFileIsRefusedAndTheOldDataStay(double share, int bytes)
    {
        Import("customer,when,total\na,2024-01-01,5\n", o => o with { AmountColumn = "total" });
        byte[] before = File.ReadAllBytes(Path.Combine(Out, "transactions.parquet"));
        var random = new Random(3);
        byte[] zipped =
            Gzip("customer,when,total\n"
                + string.Concat(Enumerable.Range(0, 200_000).Select(i => $"c{random.Next()},2024-01-01,{random.Next(100)}\n")));
        File.WriteAllBytes(Path.Combine(_folder, "in.csv"), zipped[..((int)(zipped.Length * share) + bytes)]);
        var refused = Assert.Throws<DatasetException>(() => CsvImport.Run(Options() with { AmountColumn = "total" }));
        Assert.Equal("damaged-gzip", refused.Findings[0].Code);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Out, "transactions.parquet")));
        Assert.Equal(
            ["dataset.json", "import-report.json", "transactions.parquet"],
            Directory.GetFiles(Out).Select(f => Path.GetFileName(f)!).Order());
    }

    [Theory]
    [InlineData("", "empty-table")]
    [InlineData("customer,when\n", "empty-table")]
    [InlineData("customer,date\na,2024-01-01\n", "missing-column")]
    [InlineData("customer,when,when\na,2024-01-01,2024-01-01\n", "duplicate-mapping")]
    [InlineData("customer,when\na,tomorrow\n", "unknown-time-format")]
    [InlineData("customer,when\n,2024-01-01\n", "no-usable-rows")]
    [InlineData("PAR1 not really", "unreadable-file")]
    [InlineData("a\0\0\0b\u0001\0\u0002", "not-csv")]
    public void BrokenInputsGetOneClearError(string text, string code)
    {
        var refused = Assert.Throws<DatasetException>(() => Import(text));
        Assert.Equal(code, Assert.Single(refused.Findings).Code);
        Assert.Contains("in.csv", refused.Message);
        Assert.False(Directory.Exists(Out));
        Assert.Equal(["in.csv"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void AllMappingFaultsAreToldAtOnce()
    {
        var refused = Assert.Throws<DatasetException>(() => Import(
            "customer,when,total,price\na,2024-01-01,1,2\n",
            o => o with { AmountColumn = "total", UnitPriceColumn = "price", OrderColumn = "customer", ProductColumn = "sku" }));
        Assert.Equal(["duplicate-mapping", "duplicate-mapping", "missing-column"], refused.Findings.Select(f => f.Code));
        Assert.Contains("customer_id, order_id", refused.Message);
    }

    [Fact]
    public void AMissingFileAndAnUnknownZoneAreRefused()
    {
        Assert.Equal("missing-file", Assert.Throws<DatasetException>(() => CsvImport.Run(Options())).Findings[0].Code);
        File.WriteAllText(Path.Combine(_folder, "in.csv"), "customer,when\na,2024-01-01\n");
        Assert.Equal(
            "unknown-time-zone",
            Assert.Throws<DatasetException>(() => CsvImport.Run(Options() with { TimeZone = "Mars/Olympus" })).Findings[0].Code);
    }

    [Fact]
    public void TimesWithAnOffsetComeToTheDatasetsClock()
    {
        var report =
            Import("customer,when\na,2024-07-01T23:30:00Z\na,2024-01-01T23:30:00+00:00\n", o => o with { TimeZone = "Europe/Berlin" });
        Assert.Equal(("2024-01-02T00:30:00", "2024-07-02T01:30:00"), (report.First, report.Last));
    }

    [Fact]
    public void CancellationLeavesNothingBehind()
    {
        File.WriteAllText(Path.Combine(_folder, "in.csv"), "customer,when\na,2024-01-01\n");
        Assert.Throws<OperationCanceledException>(() => CsvImport.Run(Options(), cancellation: new CancellationToken(true)));
        Assert.Equal(["in.csv"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    private string Out => Path.Combine(_folder, "out");

    private ImportOptions Options() =>
        new()
        {
            Source = Path.Combine(_folder, "in.csv"), OutputFolder = Out, Existing = ExistingData.Overwrite, CustomerColumn = "customer",
            TimeColumn = "when",
        };

    private ImportReport Import(string text, Func<ImportOptions, ImportOptions>? with = null)
    {
        File.WriteAllText(Path.Combine(_folder, "in.csv"), text);
        return CsvImport.Run(with is null ? Options() : with(Options()));
    }

    private double[] Column(string name)
    {
        using var reader = StoredFile.Open(Path.Combine(Out, "transactions.parquet"));
        return reader.Doubles(name);
    }

    private static byte[] Gzip(string text)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return stream.ToArray();
    }
}
