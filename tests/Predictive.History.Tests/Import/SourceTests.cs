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
        [
            .. Enumerable.Range(0, 10)
                .Select(
                    i => new object?[]
                    {
                        $"0000{i % 4}", LocalTime.From(new DateTime(2024, 1, 1 + i, 9, 30, 15 + i)), i == 3 ? 1.234 : i * 1000.5,
                        i == 5 ? null : $"a \"b\", {i}",
                    }),
        ];

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
        Assert.Equal(
            (10L, plain.NetAmount, plain.First, plain.Last, plain.Customers),
            (report.Kept, report.NetAmount, report.First, report.Last, report.Customers));
        Assert.Equal(kind == "pieces" ? "none" : kind, report.Format.Compression);
        using StoredFile a = StoredFile.Open(Path.Combine(_folder, "a", "transactions.parquet")),
            b = StoredFile.Open(Path.Combine(_folder, "b", "transactions.parquet"));
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

            text = text.Contains("<x:sheets", StringComparison.Ordinal)
                ? text.Replace("<x:sheets", "<x:workbookPr date1904=\"1\"/><x:sheets", StringComparison.Ordinal)
                : text.Replace("<sheets", "<workbookPr date1904=\"1\"/><sheets", StringComparison.Ordinal);
            entry.Delete();
            using var writer = new StreamWriter(archive.CreateEntry("xl/workbook.xml").Open());
            writer.Write(text);
        }

        Assert.StartsWith("2028-01-02T09:30:15", Import([file], "b").First);
    }

    /// <summary>
    /// As Excel itself writes: shared strings with runs and reading aids, cells left out, dates by format alone, a second sheet, formulas,
    /// errors.
    /// </summary>
    [Fact]
    public void A_workbook_as_Excel_writes_it()
    {
        const string Main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"",
            Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        string file = Path.Combine(_folder, "excel.xlsx");
        using (ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Create))
        {
            void Part(string name, string xml)
            {
                using var writer = new StreamWriter(archive.CreateEntry(name).Open());
                writer.Write("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>" + xml);
            }

            Part(
                "xl/workbook.xml",
                $"<workbook {Main} xmlns:r=\"{Relations}\"><sheets><sheet name=\"About\" sheetId=\"1\" r:id=\"rId1\"/><sheet "
                    + "name=\"Orders\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>");
            Part(
                "xl/_rels/workbook.xml.rels",
                $"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
                    + "Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Target=\"/xl/worksheets/sheet2.xml\"/></Relationships>");
            Part(
                "xl/styles.xml",
                $"<styleSheet {Main}><numFmts><numFmt numFmtId=\"164\" formatCode=\"[$-409]d/mmm/yy\\ h:mm\"/><numFmt numFmtId=\"165\" "
                    + "formatCode=\"[Red]#,##0.00&quot; days&quot;\"/></numFmts><cellStyleXfs><xf "
                    + "numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf "
                    + "numFmtId=\"165\"/></cellXfs></styleSheet>");
            Part(
                "xl/sharedStrings.xml",
                $"<sst {Main}><si><t>customer</t></si><si><t>date</t></si><si><t>amount</t></si><si><r><t>An</t></r><r><t "
                    + "xml:space=\"preserve\">n </t></r><r><t>A</t></r></si><si><t>東京</t><rPh><t>トウキョウ</t></rPh></si></sst>");
            Part("xl/worksheets/sheet1.xml", $"<worksheet {Main}><sheetData/></worksheet>");
            Part("xl/worksheets/sheet2.xml",
                $"<worksheet {Main}><sheetData><row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"D2\" "
                + "t=\"s\"><v>2</v></c></row>"
                + "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>3</v></c><c r=\"B3\" s=\"1\"><v>45383</v></c><c r=\"D3\" "
                + "s=\"3\"><f>A1*2</f><v>2.3500000000000001</v></c></row><row r=\"4\"/>"
                + "<row r=\"5\"><c r=\"A5\" t=\"s\"><v>4</v></c><c r=\"B5\" s=\"2\"><v>45384.5</v></c><c "
                + "r=\"D5\"><v>1234567.125</v></c><c r=\"F5\" t=\"inlineStr\"><is><t>a remark</t></is></c></row>"
                + "<row r=\"6\"><c r=\"A6\" t=\"inlineStr\"><is><t>00012</t></is></c><c r=\"B6\" s=\"1\"><v>45385</v></c><c r=\"D6\" "
                + "t=\"e\"><v>#N/A</v></c></row></sheetData></worksheet>");
        }

        ImportReport report = CsvImport.Run(Options([file], "b") with { Sheet = "Orders" });
        Assert.Equal(
            (2L, "no-amount", "2024-04-01", "2024-04-02T12:00:00"),
            (report.Kept, report.Rejected.Single().Reason, report.First, report.Last));
        using StoredFile stored = StoredFile.Open(Path.Combine(_folder, "b", "transactions.parquet"));
        Assert.Equal((string?[])["Ann A", "東京"], stored.Texts("customer_id"));
        Assert.Equal([2.35, 1234567.125], stored.Doubles("amount"));
        Assert.Equal("empty-table", Assert.Throws<DatasetException>(() => Import([file], "c")).Findings[0].Code);
    }

    [Fact]
    public void What_cannot_be_read_is_told()
    {
        string csv = Csv("plain.csv", 0, 10), old = Path.Combine(_folder, "old.xls"), book = Workbook("book.xlsx"),
            two = Path.Combine(_folder, "two.zip"), other = Path.Combine(_folder, "other.csv");
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
        Assert.Contains(
            "it has table", Assert.Throws<DatasetException>(() => CsvImport.Run(Options([book], "b") with { Sheet = "orders" })).Message,
            StringComparison.Ordinal);
    }

    private Finding Refused(string[] files) => Assert.Single(Assert.Throws<DatasetException>(() => Import(files, "b")).Findings);

    private ImportReport Import(string[] files, string output) => CsvImport.Run(Options(files, output));

    private ImportOptions Options(string[] files, string output) =>
        new()
        {
            Source = files[0], MoreSources = files[1..], OutputFolder = Path.Combine(_folder, output), Existing = ExistingData.Overwrite,
        };

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
