using System.IO.Compression;
using Predictive.History.Import;
using Predictive.History.Sheets;
using Predictive.Tests;

namespace Predictive.History.Tests.Import;

/// <summary>The same ten rows as CSV, gzip, zip, workbook, Parquet and in pieces come to the same dataset.</summary>
public sealed class SourceTests : IDisposable
{
    private static readonly string[] s_columns = ["customer", "date", "amount", "product"];
    private static readonly object?[][] s_rows =
        [.. Enumerable.Range(0, 10).Select(i => new object?[] { $"0000{i % 4}", AsOf.From(new DateTime(2024, 1, 1 + i, 9, 30, 15 + i)), i == 3 ? 1.234 : i * 1000.5, i == 5 ? null : $"a \"b\", {i}" })];

    private readonly string _folder = Directory.CreateTempSubdirectory("sources-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("gzip")]
    [InlineData("zip")]
    [InlineData("xlsx")]
    [InlineData("parquet")]
    [InlineData("pieces")]
    public void Come_out_alike(string kind)
    {
        (string csv, ImportReport plain) = (Csv("plain.csv", 0, 10), Import([Csv("plain.csv", 0, 10)], "a"));
        string[] files = kind switch
        {
            "gzip" => [Compressed(csv)],
            "zip" => [Zipped(csv)],
            "xlsx" => [Workbook("book.xlsx")],
            "parquet" => [Path.Combine(_folder, "a", "transactions.parquet")],
            _ => [Csv("1.csv", 0, 4), Csv("2.csv", 4, 7, lineEnd: false), Csv("3.csv", 7, 10)],
        };
        ImportReport report = Import(files, "b");
        Assert.Equal((10L, plain.NetAmount, plain.First, plain.Last, plain.Customers), (report.Kept, report.NetAmount, report.First, report.Last, report.Customers));
        Assert.Equal(kind == "pieces" ? "none" : kind, report.Format.Compression);
        using StoredFile a = StoredFile.Open(Path.Combine(_folder, "a", "transactions.parquet")), b = StoredFile.Open(Path.Combine(_folder, "b", "transactions.parquet"));
        foreach (string column in a.Columns)
        {
            Assert.Equal(a.Texts(column), b.Texts(column));
        }
    }

    [Fact]
    public void A_workbook_from_an_old_Mac_counts_from_1904()
    {
        string file = Workbook("mac.xlsx");
        using (ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Update))
        {
            ZipArchiveEntry entry = archive.GetEntry("xl/workbook.xml")!;
            string text;
            using (var reader = new StreamReader(entry.Open()))
            {
                text = reader.ReadToEnd();
            }

            text = text.Contains("<x:sheets", StringComparison.Ordinal) ? text.Replace("<x:sheets", "<x:workbookPr date1904=\"1\"/><x:sheets", StringComparison.Ordinal)
                : text.Replace("<sheets", "<workbookPr date1904=\"1\"/><sheets", StringComparison.Ordinal);
            entry.Delete();
            using var writer = new StreamWriter(archive.CreateEntry("xl/workbook.xml").Open());
            writer.Write(text);
        }

        Assert.StartsWith("2028-01-02T09:30:15", Import([file], "b").First);
    }

    [Fact]
    public void What_cannot_be_read_is_told()
    {
        string csv = Csv("plain.csv", 0, 10), old = Path.Combine(_folder, "old.xls"), book = Workbook("book.xlsx"), two = Path.Combine(_folder, "two.zip"), other = Path.Combine(_folder, "other.csv");
        File.WriteAllBytes(old, [0xD0, 0xCF, 0x11, 0xE0, 1, 2, 3]);
        using (ZipArchive archive = ZipFile.Open(two, ZipArchiveMode.Create))
        {
            archive.CreateEntryFromFile(csv, "a.csv");
            archive.CreateEntryFromFile(csv, "b.csv");
        }

        File.WriteAllText(other, "customer,date,price\n1,2024-01-01,5\n");
        byte[] bytes = File.ReadAllBytes(book);
        string cut = Path.Combine(_folder, "cut.xlsx");
        File.WriteAllBytes(cut, bytes[..(bytes.Length / 2)]);
        Assert.Contains(".xlsx", Refused([old]).Message, StringComparison.Ordinal);
        Assert.Contains("2 files (a.csv, b.csv)", Refused([two]).Message, StringComparison.Ordinal);
        Assert.Equal("uneven-headers", Refused([csv, other]).Code);
        Assert.Equal("not-csv", Refused([cut]).Code);
        Assert.Contains("it has table", Assert.Throws<DatasetException>(() => CsvImport.Run(Options([book], "b") with { Sheet = "orders" })).Message, StringComparison.Ordinal);
    }

    private Finding Refused(string[] files) => Assert.Single(Assert.Throws<DatasetException>(() => Import(files, "b")).Findings);

    private ImportReport Import(string[] files, string output) => CsvImport.Run(Options(files, output));

    private ImportOptions Options(string[] files, string output) =>
        new() { Source = files[0], MoreSources = files[1..], OutputFolder = Path.Combine(_folder, output), Existing = ExistingData.Overwrite };

    private string Csv(string name, int from, int to, bool lineEnd = true)
    {
        string file = Path.Combine(_folder, name);
        using (FileStream stream = File.Create(file))
        {
            using var sheet = new CsvSheet(stream, s_columns, raw: true);
            foreach (object?[] row in s_rows[from..to])
            {
                sheet.Write(row);
            }
        }

        if (!lineEnd)
        {
            File.WriteAllText(file, File.ReadAllText(file).TrimEnd('\n'));
        }

        return file;
    }

    private string Compressed(string csv)
    {
        using FileStream file = File.Create(csv + ".gz");
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        gzip.Write(File.ReadAllBytes(csv));
        return csv + ".gz";
    }

    private string Zipped(string csv)
    {
        string file = Path.Combine(_folder, "one.zip");
        using ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Create);
        archive.CreateEntryFromFile(csv, "plain.csv");
        archive.CreateEntry("__MACOSX/._plain.csv");
        return file;
    }

    private string Workbook(string name)
    {
        string file = Path.Combine(_folder, name);
        using FileStream stream = File.Create(file);
        ExcelSheet.Write(stream, "table", s_columns, s_rows, raw: true, file);
        return file;
    }
}
