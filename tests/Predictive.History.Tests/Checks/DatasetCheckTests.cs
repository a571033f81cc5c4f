using System.Text.Json;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.Tests;

namespace Predictive.History.Tests.Checks;

public sealed class DatasetCheckTests : IDisposable
{
    private static readonly DateOnly Today = new(2024, 2, 10);
    private readonly string _folder = Directory.CreateTempSubdirectory("check-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void CleanDataHaveNoFindings()
    {
        SmallDataset.Write(_folder, SmallDataset.Clean());
        var report = DatasetCheck.Run(_folder, new CheckOptions { Today = Today });
        Assert.Empty(report.Findings);
        Assert.True(report.Usable);
        Assert.Equal(300, report.Customers);
        Assert.StartsWith("2023-01-01", report.First);
    }

    [Fact]
    public void ALineOfLongAgoDoesNotHideTheSilentDays()
    {
        var rows = SmallDataset.Clean();
        rows.RemoveAll(r => r.Time.CompareTo("2023-06-05") > 0 && r.Time.CompareTo("2023-06-12") < 0);
        rows.Add(rows[0] with { Time = "1970-01-01T00:00", Order = "x" });
        SmallDataset.Write(_folder, rows);
        var findings = DatasetCheck.Run(_folder, new CheckOptions { Today = Today }).Findings;
        Assert.Equal(["placeholder-time", "silent-days"], findings.Select(f => f.Code));
        Assert.Equal(["2023-06-05..2023-06-11"], findings[1].Examples!);
    }

    /// <summary>Each fault is planted in clean data, is the only thing found, and comes with what to do about it.</summary>
    [Theory]
    [InlineData("stale", "Deliver newer data")]
    [InlineData("after-today", "or leave them out")]
    [InlineData("dominant-customer", "Leave it out")]
    [InlineData("silent-days", "a missing delivery")]
    [InlineData("currency-jump", "times 100: cents, or a lost decimal mark")]
    [InlineData("negative-quantity", "Check the sign")]
    [InlineData("duplicate-line", "mend the source")]
    [InlineData("placeholder-time", "Leave them out")]
    [InlineData("zero-amount", "no purchases")]
    [InlineData("returns", "deliver the order id or the product with a return")]
    [InlineData("returned-orders", "book it within its order")]
    [InlineData("no-purchase-customer", "Deliver the purchases")]
    [InlineData("id-like-missing", "--no-customer None")]
    [InlineData("ids-alike", "--fold-case")]
    [InlineData("ids-padded", "blanks and zeros are to be mended in the source")]
    [InlineData("full-day", "give those lines their own dates")]
    [InlineData("silent-months", "deliver the gap")]
    [InlineData("several-currencies", "--only CODE, or --rates FILE")]
    [InlineData("no-product", "--exclude-product POST")]
    [InlineData("few-repeat-buyers", "Check that the customer id is the customer's")]
    public void APlantedFaultIsTheOneFound(string fault, string whatToDo)
    {
        var rows = SmallDataset.Clean();
        var today = Today;
        switch (fault)
        {
            case "stale":
                today = new DateOnly(2024, 9, 1);
                break;
            case "after-today":
                rows.Add(rows[0] with { Time = "2024-02-11T10:00", Order = "x" });
                break;
            case "dominant-customer":
                rows.AddRange(Enumerable.Range(0, rows.Count / 6).Select(i => rows[i] with { Customer = "till", Order = $"t{i}" }));
                break;
            case "silent-days":
                rows.RemoveAll(r => r.Time.CompareTo("2023-06-05") > 0 && r.Time.CompareTo("2023-06-12") < 0);
                break;
            case "currency-jump":
                rows = [.. rows.Select(r => r.Time.CompareTo("2023-08") > 0 ? r with { Amount = r.Amount * 100 } : r)];
                break;
            case "negative-quantity":
                rows[5] = rows[5] with { Quantity = -2 };
                break;
            case "duplicate-line":
                rows.Add(rows[7]);
                break;
            case "placeholder-time":
                rows.Add(rows[0] with { Time = "1970-01-01", Order = "x" });
                break;
            case "returns": // of an amount that nobody paid
                rows.Add(rows[3] with { Time = "2024-02-01T12:00", Amount = -1.11, Order = "back" });
                break;
            case "returned-orders":
                rows.Add(rows[3] with { Time = "2024-02-01T12:00", Amount = -rows[3].Amount, Order = rows[3].Order });
                break;
            case "no-purchase-customer":
                rows.Add(rows[3] with { Customer = "never", Amount = -1, Order = "back" });
                break;
            case "id-like-missing":
                rows[3] = rows[3] with { Customer = "None" };
                break;
            case "ids-alike":
                rows[3] = rows[3] with { Customer = "C" + rows[3].Customer[1..] };
                break;
            case "ids-padded":
                rows[3] = rows[3] with { Customer = "00" + rows[3].Customer };
                break;
            case "full-day":
                rows.AddRange(
                    Enumerable.Range(0, rows.Count / 10).Select(i => rows[i * 3] with { Time = "2023-06-06T12:00", Order = $"m{i}" }));
                break;
            case "silent-months":
                rows.RemoveAll(r => r.Time.StartsWith("2023-06", StringComparison.Ordinal));
                break;
            case "zero-amount":
                rows[3] = rows[3] with { Amount = 0 };
                break;
            case "several-currencies":
                rows = [.. rows.Select((r, i) => r with { Currency = i % 50 == 0 ? "USD" : "EUR" })];
                break;
            case "no-product": // postage at one price with every eighth order, beside goods at many
                rows = [.. rows.Select((r, i) => r with { Product = $"p{i % 40}" })];
                rows.AddRange(rows.Where((_, i) => i % 8 == 0).Select(r => r with { Product = "POST", Amount = 4.95 }).ToList());
                break;
            case "few-repeat-buyers":
                rows = [.. rows.Select((r, i) => i % 10 == 0 ? r : r with { Customer = $"once {i}" })];
                break;
        }

        SmallDataset.Write(_folder, rows);
        var report = DatasetCheck.Run(_folder, new CheckOptions { Today = today });

        // A placeholder at 1970 also opens a gap of fifty years, and what was given back was paid back: the same fault seen twice.
        var findings = report.Findings.Where(f => fault switch
        {
            "placeholder-time" => f.Code is not ("silent-days" or "currency-jump" or "full-day" or "silent-months"),
            "silent-months" => f.Code != "silent-days",
            "no-purchase-customer" or "returned-orders" => f.Code != "returns",
            _ => true,
        }).ToList();
        Finding found = Assert.Single(findings);
        Assert.Equal(fault == "ids-padded" ? "ids-alike" : fault, found.Code);
        Assert.Contains(whatToDo, $"{found.Message} {string.Join(' ', found.Examples ?? [])}", StringComparison.Ordinal);
        Assert.True(report.Usable);
        Assert.True(found.Count > 0);
    }

    /// <summary>Too few customers, too short a history: with the number found and the number needed.</summary>
    [Theory]
    [InlineData("too-few-customers", "expected at least 100 (99 short). Add history")]
    [InlineData("history-too-short", "fewer than 30 show no customer's rhythm. Add history")]
    [InlineData("short-history", "a horizon of 90 days wants 135 to learn from a full labelled window")]
    public void WhatIsTooLittleSaysHowMuchIsNeeded(string code, string told)
    {
        SmallDataset.Write(_folder, SmallDataset.Clean().Where(r => code switch
        {
            "too-few-customers" => r.Customer == "c001",
            "history-too-short" => r.Time.CompareTo("2023-01-25") < 0,
            _ => r.Time.CompareTo("2023-04-25") < 0,
        }));
        Assert.Contains(told, DatasetCheck.Run(_folder).Findings.Single(f => f.Code == code).Message, StringComparison.Ordinal);
    }

    /// <summary>What a check counts of returns is what the features do, whatever the memory and the threads.</summary>
    [Fact]
    public void ReturnedOrdersAreCountedAsTheFeaturesCountThem()
    {
        var random = new Random(9);
        List<SmallDataset.Row> rows = [.. SmallDataset.Clean().Select((r, i) => r with { Product = $"p{i % 7}" })];
        rows.AddRange(rows.Where(_ => random.Next(9) == 0).ToList().Select((r, i) => r with
        {
            Time = "2024-02-0" + (1 + (i % 5)), Amount = -Math.Round(r.Amount * (.85 + (random.Next(4) * .05)), 2), Quantity = -1,
            Order = i % 3 == 0 ? r.Order : i % 3 == 1 ? null : "back" + i, Product = i % 4 == 0 ? null : r.Product,
        }));
        SmallDataset.Write(_folder, rows);
        TransactionHistory history = DatasetLoader.Load(_folder);
        var matching = new Predictive.History.Returns.ReturnMatching();
        (long returned, long unmatched) = (0, 0);
        for (int c = 0; c < history.CustomerCount; c++)
        {
            matching.Mark(history.Lines(c), out var counts);
            (returned, unmatched) = (returned + counts.ReturnedOrders, unmatched + counts.UnmatchedReturns);
        }

        Assert.True(returned > 100 && unmatched > 10, $"{returned}, {unmatched}");
        foreach (var options in (CheckOptions[])[new() { Threads = 1 }, new() { Threads = 5 }, new() { MemoryBytes = 1 }])
        {
            var findings = DatasetCheck.Run(_folder, options).Findings;
            Assert.Equal(returned, Assert.Single(findings, f => f.Code == "returned-orders").Count);
            Assert.Contains($" {unmatched:N0} of them answer to no", Assert.Single(findings, f => f.Code == "returns").Message);
        }
    }

    [Fact]
    public void FewCustomersAndShortHistoriesAreBlocking()
    {
        SmallDataset.Write(_folder, SmallDataset.Clean().Where(r => r.Customer == "c001"));
        Assert.Equal("too-few-customers", Assert.Single(DatasetCheck.Run(_folder).Findings).Code);
        SmallDataset.Write(_folder, SmallDataset.Clean().Where(r => r.Time.CompareTo("2023-01-25") < 0));
        Assert.Contains(DatasetCheck.Run(_folder).Findings, f => f.Code == "history-too-short" && f.Severity == FindingSeverity.Blocking);
        SmallDataset.Write(_folder, SmallDataset.Clean().Where(r => r.Time.CompareTo("2023-04-25") < 0));
        Assert.Equal(
            ("short-history", FindingSeverity.Warning), DatasetCheck.Run(_folder).Findings.Select(f => (f.Code, f.Severity)).Single());
    }

    /// <summary>
    /// The broken inputs: one clear blocking finding each, and the loader refuses those that keep it from loading in the same words.
    /// </summary>
    [Theory]
    [InlineData("missing-column", true)]
    [InlineData("unreadable-file", true)]
    [InlineData("truncated", true)]
    [InlineData("empty-table", true)]
    [InlineData("all-amounts-zero", false)]
    [InlineData("no-purchase-before-as-of", false)]
    [InlineData("duplicate-mapping", true)]
    [InlineData("missing-path", true)]
    [InlineData("missing-table", true)]
    public void BrokenInputsGetOneClearFinding(string fault, bool loaderRefuses)
    {
        string path = Path.Combine(_folder, "d");
        Directory.CreateDirectory(path);
        string table = Path.Combine(path, "transactions.parquet"), code = fault == "truncated" ? "unreadable-file" : fault;
        var options = new CheckOptions();
        var rows = SmallDataset.Clean();
        switch (fault)
        {
            case "missing-column":
                SmallDataset.Write(path, rows);
                File.WriteAllText(Path.Combine(path, "dataset.json"), """{"columns": {"ordered_at": "when"}}""");
                break;
            case "unreadable-file":
                File.WriteAllText(table, "customer_id,ordered_at,amount\na,2024-01-01,5\n");
                break;
            case "truncated":
                SmallDataset.Write(path, rows);
                File.WriteAllBytes(table, File.ReadAllBytes(table)[..2000]);
                break;
            case "empty-table":
                SmallDataset.Write(path, []);
                break;
            case "all-amounts-zero":
                SmallDataset.Write(path, rows.Select(r => r with { Amount = 0 }));
                break;
            case "no-purchase-before-as-of":
                SmallDataset.Write(path, rows);
                options = new CheckOptions { AsOf = LocalTime.StartOf(new DateOnly(2022, 1, 1)) };
                break;
            case "duplicate-mapping":
                SmallDataset.Write(path, rows);
                File.WriteAllText(Path.Combine(path, "dataset.json"), """{"columns": {"amount": "amount", "amount": "quantity"}}""");
                break;
            case "missing-path":
                path = Path.Combine(_folder, "nowhere");
                break;
        }

        var report = DatasetCheck.Run(path, options);
        var finding = Assert.Single(report.Findings);
        Assert.Equal((code, FindingSeverity.Blocking, false), (finding.Code, finding.Severity, report.Usable));
        Assert.DoesNotContain("   at ", finding.Message);
        if (loaderRefuses)
        {
            Assert.Equal(finding.Message, Assert.Throws<DatasetException>(() => DatasetLoader.Load(path)).Message);
        }
    }

    [Fact]
    public void TheReportIsOneJsonDocumentAndATable()
    {
        SmallDataset.Write(_folder, SmallDataset.Clean().Append(new SmallDataset.Row("c001", "2030-01-01", 5, "x")));
        var report = DatasetCheck.Run(_folder, new CheckOptions { Today = Today });
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.True(json.RootElement.GetProperty("usable").GetBoolean());
        var first = json.RootElement.GetProperty("findings")[0];
        Assert.Equal(
            ("warning", "after-today", 1),
            (first.GetProperty("severity").GetString(), first.GetProperty("code").GetString(), first.GetProperty("count").GetInt32()));
        Assert.Equal("2030-01-01", first.GetProperty("examples")[0].GetString());
        Assert.All(report.ToTable(), r => Assert.Equal(CheckReport.TableColumns.Count, r.Count));
    }

    [Fact]
    public void ALoadedHistoryIsJudgedLikeItsFile()
    {
        var rows = SmallDataset.Clean();
        rows[5] = rows[5] with { Quantity = -2 };
        SmallDataset.Write(_folder, rows);
        var options = new CheckOptions { Today = new DateOnly(2024, 9, 1) };
        Assert.Equal(
            DatasetCheck.Run(_folder, options).Findings.Select(f => f.Message),
            DatasetCheck.Run(DatasetLoader.Load(_folder), options).Select(f => f.Message));
    }

    /// <summary>One thread or several, all at once or through temporary files: the same findings, examples included.</summary>
    [Fact]
    public void FindingsDependNeitherOnThreadsNorOnMemory()
    {
        var rows = SmallDataset.Clean();
        rows.Add(rows[3]);
        rows.Add(rows[40]);
        rows[5] = rows[5] with { Quantity = -2 };
        rows.Add(rows[0] with { Time = "1970-01-01T00:00", Order = "x" });
        SmallDataset.Write(_folder, rows);
        string Of(CheckOptions options) => DatasetCheck.Run(_folder, options with { Today = Today }).ToJson();
        string whole = Of(new CheckOptions());
        Assert.Contains("duplicate-line", whole);
        Assert.Equal(whole, Of(new CheckOptions { Threads = 1 }));
        Assert.Equal(whole, Of(new CheckOptions { Threads = 7 }));
        Assert.Equal(whole, Of(new CheckOptions { MemoryBytes = 1 }));
    }

    [Fact]
    public void ABaseThatDoesNotFitIsCheckedRangeByRange()
    {
        string file = LargeFile.Write(_folder, text: true);
        string whole = DatasetCheck.Run(file).ToJson();
        Assert.Contains("equal-line", whole);
        Assert.Equal(
            whole, DatasetCheck.Run(file, new CheckOptions { MemoryBytes = 1, TemporaryFolder = Path.Combine(_folder, "spill") }).ToJson());
    }

    /// <summary>Lines of nobody have no part in the currencies, whichever way the table is read.</summary>
    [Fact]
    public void CurrenciesAreThoseOfCustomersWithinAnyMemory()
    {
        string file = Path.Combine(_folder, "currencies.parquet");
        using (var writer = ParquetWriter.Create(
            file,
            [
                ParquetField.String("customer_id", nullable: true), ParquetField.Date("ordered_at"), ParquetField.Double("amount"),
                ParquetField.String("currency"),
            ]))
        {
            writer.WriteRowGroup(
                new string?[] { "a", null, "b", "a", null }, new[] { 19_000, 19_001, 19_002, 19_003, 19_004 },
                new double[] { 1, 2, 3, 4, 5 },
                new string?[] { "EUR", "EUR", "EUR", "USD", "CHF" });
            writer.Complete();
        }

        foreach (long? memory in new long?[] { null, 1 })
        {
            Finding finding = Assert.Single(
                DatasetCheck.Run(
                    file, new CheckOptions { MemoryBytes = memory, TemporaryFolder = Path.Combine(_folder, "spill") }).Findings,
                f => f.Code == "several-currencies");
            Assert.Equal(3, finding.Count);
            Assert.Equal(["EUR (2 lines)", "USD (1 lines)"], finding.Examples!);
        }
    }
}
