using Predictive.History.Checks;
using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.History.Tests.Import;

/// <summary>
/// Every file of ../shared/cases, a row of its README each: it comes out right, or is refused with a reason that is true.
/// </summary>
public sealed class CasesImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cases-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_shop_that_writes_two_thousand_as_2_350()
    {
        ImportReport report = Import("furniture.csv", "Kunde", "Datum", "Betrag");
        Assert.Equal((835_632m, ",", "dd.MM.yyyy"), (report.NetAmount, report.Format.DecimalSeparator, report.Format.TimeFormat));
        Assert.Contains(report.Remarks, r => r.Reason == "decimal-by-hints" && r.Text.Contains("--decimal .", StringComparison.Ordinal));
        Assert.Equal(174_112.182m, Import("furniture.csv", "Kunde", "Datum", "Betrag", o => o with { DecimalComma = false }).NetAmount);
    }

    /// <summary>Seed 7951 of the dialects: nothing but the delimiter and the dates speaks for thousands.</summary>
    [Fact]
    public void Three_decimals_throughout_are_not_taken_for_thousands()
    {
        string file = Path.Combine(_folder, "three.csv");
        File.WriteAllText(file, "c;t;a\n1;25.01.2024;412.620\n2;26.01.2024;118.005\n");
        Finding finding = Assert.Single(Assert.Throws<DatasetException>(() => Run(file)).Findings);
        Assert.Equal("ambiguous-decimal-mark", finding.Code);
        Assert.Contains("--decimal", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>Seed 36602 of the dialects: 0,946 is no number of thousands, so it proves the comma for the rest.</summary>
    [Fact]
    public void No_thousands_begin_with_a_zero()
    {
        string file = Path.Combine(_folder, "zero.csv");
        File.WriteAllText(file, "c;t;a\n1;2024-01-25;317,152\n2;2024-01-26;0,946\n");
        Assert.Equal((318.098m, ","), Run(file) is var r ? (r.NetAmount, r.Format.DecimalSeparator) : default);
    }

    [Fact]
    public void Apostrophes_of_either_shape_group_thousands()
    {
        Assert.Empty(Import("swiss.csv").Rejected);
        Assert.Equal([1234.50, 12.05, 1234.50], Amounts());
    }

    [Fact]
    public void Money_as_people_write_it()
    {
        ImportReport report = Import("money.csv", with: o => o with { Currency = "USD" });
        Assert.Equal("unparseable-amount 3 [13,16,17]", Told(report));
        Assert.Equal([1.23, 1.44, -33.52, -182.77, -5, -5, 12, -7, -5, 12, -5, 1230, 10], Amounts());
        Assert.Equal([3L], report.Remarks.Single(r => r.Reason == "other-decimal-mark").FirstLines);
        Assert.Equal("several-currencies", Refused("money.csv").Code);
    }

    [Fact]
    public void Several_currencies_are_not_summed()
    {
        Finding finding = Refused("mixcur.csv");
        Assert.Equal("several-currencies", finding.Code);
        Assert.Contains("EUR (1), JPY (1), USD (1)", finding.Message, StringComparison.Ordinal);
        ImportReport euros = Import("mixcur.csv", with: o => o with { OnlyCurrency = "EUR" });
        Assert.Equal((1.50m, "other-currency 2 [2,4]"), (euros.NetAmount, Told(euros)));
        string rates = Path.Combine(_folder, "rates.csv");
        File.WriteAllText(rates, "currency,rate\nEUR,1\nUSD,0.9\nJPY,0.0061\n");
        ImportReport all = Import("mixcur.csv", with: o => o with { RatesFile = rates });
        Assert.Equal(1.50m + (1.44m * .9m) + (15_000 * .0061m), all.NetAmount);
        Assert.Equal("EUR", DatasetFolder.Open(Out).Description.Currency);
    }

    [Fact]
    public void Seconds_and_milliseconds_by_their_size()
    {
        ImportReport report = Import("epochmix.csv");
        Assert.Equal((600, 600), (report.Rows, report.Kept));
        Assert.True(
            string.CompareOrdinal(report.First, "2022") > 0 && string.CompareOrdinal(report.Last, "2024-01-02") < 0,
            $"{report.First} {report.Last}");
        Assert.Contains(
            "588 in seconds, 12 in milliseconds", report.Remarks.Single(r => r.Reason == "epoch-units").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_orders_of_day_and_month_are_refused_with_a_row_of_each()
    {
        Finding finding = Refused("two_systems.csv", "id", "date");
        Assert.Equal("mixed-time-order", finding.Code);
        Assert.Matches(
            "line [0-9]+ '[0-9/]+' can only be 'dd/MM/yyyy', line [0-9]+ '[0-9/]+' can only be 'MM/dd/yyyy'|line [0-9]+ '[0-9/]+' can "
                + "only be 'MM/dd/yyyy', line [0-9]+ '[0-9/]+' can only be 'dd/MM/yyyy'",
            finding.Message);
        Assert.True(Import("two_systems.csv", "id", "date", with: o => o with { TimeFormat = "dd/MM/yyyy" }).Rejected.Single().Count > 50);
    }

    [Fact]
    public void A_suffix_names_the_zone()
    {
        ImportReport report = Import("utc_suffix.csv", with: o => o with { TimeZone = "Europe/Paris" });
        Assert.Equal((3, "2018-04-24T21:19:25", "2018-06-24T21:19:25.123000"), (report.Kept, report.First, report.Last));
    }

    [Fact]
    public void Excel_serials_are_offered_and_read()
    {
        Assert.Contains("--time-format excel", Refused("serialonly.csv").Message, StringComparison.Ordinal);
        ImportReport report = Import("serialonly.csv", with: o => o with { TimeFormat = "excel" });
        Assert.Equal(("2024-04-01", "2024-04-02T12:00:00"), (report.First, report.Last));
        Assert.Equal("2028-04-02", Import("serialonly.csv", with: o => o with { TimeFormat = "excel-1904" }).First);
    }

    [Fact]
    public void A_line_in_the_future_does_not_set_the_as_of()
    {
        Import("futuretypo.csv", "customer", "date", "amount");
        var now = new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
        TransactionHistory history = DatasetLoader.Load(Out);
        long before = history.Columns.OrderedAt.Order().TakeWhile(t => t < LocalTime.StartOf(new DateOnly(2026, 11, 29)).Micros).Last();
        DefaultAsOf standard = DefaultAsOf.Of(history, now);
        Assert.Equal(
            (LocalTime.MidnightAfter(before), 1L, 2023),
            (standard.AsOf, standard.LinesAfterToday, standard.AsOf.AddDays(-1).ToDateTime().Year));
        Assert.Equal(standard, DefaultAsOf.Of(Out, now));
        Assert.Equal(2, standard.Notes.Count);
        CheckReport report = DatasetCheck.Run(Out, new CheckOptions { Today = new DateOnly(2026, 11, 28) });
        Assert.Contains(report.Findings, f => f is { Code: "after-today", Count: 1, Severity: FindingSeverity.Warning });
    }

    [Fact]
    public void One_bad_byte_does_not_change_the_encoding()
    {
        ImportReport report = Import("utf8bad.csv");
        Assert.Equal((2, "utf-8", 1L), (report.Kept, report.Format.Encoding, report.Remarks.Single(r => r.Reason == "damaged-text").Count));
        Assert.Equal((string?[])["Müller", "M\uFFFDller"], Customers());
        Assert.DoesNotContain(report.Remarks, r => r.Reason == "id-like-missing");
    }

    [Fact]
    public void Latin_1_that_shows_only_behind_the_first_megabyte()
    {
        string text = "c,t,a\n" + string.Concat(Enumerable.Range(0, 120_000).Select(i => $"k{i},2024-01-01,1\n"))
            + "Müller,2024-01-01,1\nZoë,2024-01-01,1\n";
        File.WriteAllBytes(Path.Combine(_folder, "late.csv"), System.Text.Encoding.Latin1.GetBytes(text));
        ImportReport report = Run(Path.Combine(_folder, "late.csv"));
        Assert.Equal("latin-1", report.Format.Encoding);
        Assert.Equal((string?[])["Müller", "Zoë"], Customers()[^2..]);
    }

    [Fact]
    public void Excels_note_on_the_delimiter() =>
        Assert.Equal((2, 12m, ";"), Import("sep.csv") is var r ? (r.Kept, r.NetAmount, r.Format.Delimiter) : default);

    /// <summary>Seed 57358 of the dialects, whose bytes were changed: sep= and a carriage return that is no delimiter.</summary>
    [Fact]
    public void A_note_that_names_no_delimiter_is_a_row_like_any()
    {
        string file = Path.Combine(_folder, "sep.csv");
        File.WriteAllText(file, "sep=\r\r\nc|t|a\r\n1|2024-01-01|5\r\n2|2024-01-02|7\r\n");
        Assert.Equal((2, "|"), Run(file) is var r ? (r.Kept, r.Format.Delimiter) : default);
    }

    /// <summary>The table of ../shared/cases as somebody meets it who gives no flag: what comes out, or what is asked.</summary>
    [Theory]
    [InlineData("furniture.csv", "525 of 525, net 835632")]
    [InlineData("swiss.csv", "3 of 3, net 2481.05")]
    [InlineData("money.csv", "several-currencies")]
    [InlineData("mixcur.csv", "several-currencies")]
    [InlineData("epochmix.csv", "600 of 600, net 16353.91")]
    [InlineData("two_systems.csv", "mixed-time-order unsure-mapping")]
    [InlineData("utc_suffix.csv", "3 of 3, net 6")]
    [InlineData("serialonly.csv", "unsure-mapping")]
    [InlineData("futuretypo.csv", "2406 of 2406, net 238737.62")]
    [InlineData("utf8bad.csv", "2 of 2, net 12")]
    [InlineData("sep.csv", "2 of 2, net 12")]
    [InlineData("nul_late.csv", "601 of 602, net 3008")]
    [InlineData("ids.csv", "27 of 31, net 270")]
    [InlineData("guest0.csv", "3000 of 3000, net 83342.97")]
    [InlineData("shopify.csv", "several-currencies")]
    [InlineData("woo.csv", "several-currencies")]
    [InlineData("stripe.csv", "3 of 4, net 56.8")]
    [InlineData("square.csv", "3 of 4, net 10")]
    [InlineData("magento.csv", "1 of 3, net 35")]
    [InlineData("dict_null_id.parquet", "5940 of 6000, net 603876.4")]
    [InlineData("uuid.parquet", "6000 of 6000, net 610635.68")]
    [InlineData("9999.parquet", "6000 of 6001, net 610635.68")]
    [InlineData("infinity.parquet", "6000 of 6001, net 610635.68")]
    [InlineData("neginf.parquet", "6000 of 6001, net 610635.68")]
    [InlineData("hugeamount.parquet", "6000 of 6001, net 610635.68")]
    [InlineData("hive_customer", "99 of 99, net 10214.92")]
    [InlineData("hive_empty", "6000 of 6000, net 610635.68")]
    [InlineData("schema_drift", "6000 of 6000, net 610635.68")]
    [InlineData("netnegative.csv", "900 of 900, net 38392.48")]
    [InlineData("onetime.csv", "2405 of 2405, net 238725.62")]
    public void Without_a_flag(string file, string answer)
    {
        string found;
        try
        {
            ImportReport r = CsvImport.Run(new ImportOptions { Source = SharedData.Path("cases/" + file), OutputFolder = Out });
            found = FormattableString.Invariant($"{r.Kept} of {r.Rows}, net {r.NetAmount:0.##}");
        }
        catch (DatasetException e)
        {
            found = string.Join(' ', e.Findings.Select(f => f.Code).Distinct().Order(StringComparer.Ordinal));
            Assert.False(Directory.Exists(Out));
        }

        Assert.Equal(answer, found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_zero_byte_costs_its_row_early_or_late(bool early)
    {
        string file = SharedData.Path("cases/nul_late.csv");
        if (early)
        {
            string[] rows = File.ReadAllText(file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            file = Path.Combine(_folder, "early.csv");
            File.WriteAllText(file, string.Join('\n', rows.Take(1).Concat(rows.Skip(1).Reverse())) + "\n");
        }

        ImportReport report = Run(file);
        Assert.Equal(("zero-byte", 1L), report.Rejected.Single() is var r ? (r.Reason, r.Count) : default);
        Assert.DoesNotContain(Customers(), c => c!.Contains('\0', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3, 2, "")]
    [InlineData(20, 1, "unclosed-quote,wrong-field-count")] // what lies behind the limit is a row of its own
    public void A_long_note_is_kept_up_to_the_limit_told(int megabytes, int kept, string reason)
    {
        string file = Path.Combine(_folder, "long.csv");
        File.WriteAllText(file, $"c,t,a,note\n1,2024-01-01,5,\"{new string('x', megabytes << 20)}\"\n2,2024-01-02,7,short\n");
        ImportReport report = Run(file);
        Assert.Equal((kept, reason), (report.Kept, string.Join(',', report.Rejected.Select(r => r.Reason))));
        Assert.All(report.Rejected.Take(1), r => Assert.Contains("16 MB", r.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Ids_that_look_missing_are_told_dropped_or_merged_as_asked()
    {
        ImportReport report = Import("ids.csv", "cust", "date", "amount");
        ImportCount told = report.Remarks.Single(r => r.Reason == "id-like-missing");
        Assert.Contains("-1 (1), 0 (1), NA (1), None (1)", told.Text, StringComparison.Ordinal);
        Assert.Equal(1, report.Remarks.Single(r => r.Reason == "id-differs-by-case").Count);
        Assert.Superset(
            new HashSet<string?> { "000000000000o", "00000025", "25", "1.23E+05", "John  Smith", "pad", "A@x.com", "a@x.com", "quote\"d" },
            Customers().ToHashSet());
        ImportReport dropped = Import("ids.csv", "cust", "date", "amount", o => o with { NoCustomer = ["None", "NA", "-1", "0"] });
        Assert.Equal(report.Kept - 4, dropped.Kept);
        ImportReport folded = Import("ids.csv", "cust", "date", "amount", o => o with { FoldCase = true });
        Assert.Equal(report.Customers - 1, folded.Customers);
    }

    [Fact]
    public void Guests_under_one_id_are_told_and_can_be_left_out()
    {
        Import("guest0.csv");
        Finding finding = DatasetCheck.Run(Out).Findings.Single(f => f.Code == "dominant-customer");
        Assert.Equal(["0"], finding.Examples!);
        ImportReport report = Import("guest0.csv", with: o => o with { NoCustomer = ["0"] });
        Assert.Equal(finding.Count, report.Rejected.Single(r => r.Reason == "no-customer").Count);
    }

    private string Out => Path.Combine(_folder, "out");

    private ImportReport Import(
        string file, string customer = "c", string time = "t", string amount = "a", Func<ImportOptions, ImportOptions>? with = null) =>
        Run(SharedData.Path("cases/" + file), customer, time, amount, with);

    private ImportReport Import(string file, Func<ImportOptions, ImportOptions> with) => Import(file, "c", "t", "a", with);

    private ImportReport Run(
        string path, string customer = "c", string time = "t", string amount = "a", Func<ImportOptions, ImportOptions>? with = null)
    {
        var options = new ImportOptions
        {
            Source = path, OutputFolder = Out, CustomerColumn = customer, TimeColumn = time, AmountColumn = amount,
            Existing = ExistingData.Overwrite,
        };
        return CsvImport.Run(with?.Invoke(options) ?? options);
    }

    private Finding Refused(string file, string customer = "c", string time = "t") =>
        Assert.Single(Assert.Throws<DatasetException>(() => Import(file, customer, time)).Findings);

    private double[] Amounts()
    {
        using var reader = StoredFile.Open(Path.Combine(Out, "transactions.parquet"));
        return [.. reader.Doubles("amount").Select(a => Convert.ToDouble(a, System.Globalization.CultureInfo.InvariantCulture))];
    }

    private string?[] Customers()
    {
        using var reader = StoredFile.Open(Path.Combine(Out, "transactions.parquet"));
        return reader.Texts("customer_id");
    }

    private static string Told(ImportReport report) =>
        string.Join("; ", report.Rejected.Select(r => $"{r.Reason} {r.Count} [{string.Join(',', r.FirstLines)}]"));
}
