using Predictive.History.Checks;
using Predictive.History.Import;
using Predictive.Tests;

namespace Predictive.History.Tests.Import;

/// <summary>The two public files whose counts are published beside them.</summary>
public sealed class RealFilesImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void OnlineRetail()
    {
        var report = CsvImport.Run(new ImportOptions
        {
            Source = SharedData.Path("data/online_retail/online_retail_to_2011-08-31.csv.gz"),
            OutputFolder = Path.Combine(_folder, "or"),
            CustomerColumn = "CustomerID",
            TimeColumn = "InvoiceDate",
            OrderColumn = "InvoiceNo",
            QuantityColumn = "Quantity",
            UnitPriceColumn = "UnitPrice",
            ProductColumn = "StockCode",
        });
        Assert.Equal((320_705, 229_582), (report.Rows, report.Kept));
        Assert.Equal(4_907_502.31m, Math.Round(report.NetAmount, 2));
        Assert.Equal(88_652, report.Rejected.Single(r => r.Reason == "no-customer").Count);
        Assert.Equal(2_450, report.Rejected.Single(r => r.Reason == "duplicate-line").Count);
        Assert.Equal(320_705 - 229_582, report.Rejected.Sum(r => r.Count));
        Assert.Equal(
            ("gzip", "utf-8", ",", ".", "yyyy-MM-dd HH:mm:ss"),
            (
                report.Format.Compression, report.Format.Encoding, report.Format.Delimiter, report.Format.DecimalSeparator,
                report.Format.TimeFormat));

        var check = DatasetCheck.Run(
            Path.Combine(_folder, "or"), new CheckOptions { AsOf = Predictive.History.LocalTime.StartOf(new DateOnly(2011, 6, 3)) });
        Assert.True(check.Usable);
        Assert.Equal(229_582, check.Lines);
        Assert.DoesNotContain(
            check.Findings, f => f.Code is "currency-jump" or "dominant-customer" or "negative-quantity" or "few-repeat-buyers");
    }

    [Fact]
    public void Cdnow()
    {
        var report = CsvImport.Run(new ImportOptions
        {
            Source = SharedData.Path("data/cdnow/cdnow_sample.csv.gz"),
            OutputFolder = Path.Combine(_folder, "cdnow"),
            CustomerColumn = "sample_customer_id",
            TimeColumn = "date",
            AmountColumn = "dollar_value",
        });
        Assert.Equal((6_919, 6_919, 2_357), (report.Rows, report.Kept, report.Customers));
        Assert.Equal(244_091.94m, report.NetAmount);
        Assert.True(DatasetCheck.Run(Path.Combine(_folder, "cdnow")).Usable);
    }
}
