using System.Globalization;
using ParquetSharp;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.History.Tests.Parquet;

/// <summary>Every stored type that may be a time.</summary>
public sealed class TimeTypeTests : TypesMatrix
{
    private static readonly DatasetDescription Paris = new() { TimeZone = "Europe/Paris" };

    // Both changes of the clock in Paris, a second to each side, and times before 1970.
    private static readonly DateTime[] Times =
    [
        new(1969, 12, 31, 23, 59, 59, 999), new(1970, 1, 1), new(2024, 3, 31, 0, 59, 59), new(2024, 3, 31, 1, 0, 0),
            new(2024, 3, 31, 1, 30, 0),
        new(2024, 10, 27, 0, 59, 59), new(2024, 10, 27, 1, 0, 0), new(2024, 10, 27, 1, 30, 0), new(2024, 12, 31, 23, 30, 0),
    ];

    public static TheoryData<TimeUnit, bool> Units => new() { { TimeUnit.Millis, false }, { TimeUnit.Millis, true },
        { TimeUnit.Micros, false }, { TimeUnit.Micros, true }, { TimeUnit.Nanos, false }, { TimeUnit.Nanos, true } };

    [Theory]
    [MemberData(nameof(Units))]
    public void Timestamps_of_every_unit_with_and_without_zone(TimeUnit unit, bool isUtc)
    {
        MadeFile.Write(File, [OneCustomer(Times.Length), Stored(unit, isUtc, [.. Times.Select(t => (long?)Units1970(t, unit))]),
            RowNumbers(Times.Length)], 4, b => b.Version(ParquetVersion.PARQUET_2_LATEST));
        TransactionHistory history = DatasetLoader.Load(Folder, new LoadOptions { Description = Paris });
        Assert.Equal(Times.Select(t => Expected(t, isUtc)), ByRow(history,
            (_, line) => new LocalTime(history.Columns.OrderedAt[line]).ToString()));
    }

    [Theory]
    [InlineData("TIMESTAMP_S", false)]
    [InlineData("TIMESTAMP_MS", false)]
    [InlineData("TIMESTAMP", false)]
    [InlineData("TIMESTAMP_NS", false)]
    [InlineData("TIMESTAMPTZ", true)]
    public void Timestamps_by_another_writer(string type, bool isUtc)
    {
        DateTime[] whole = [.. Times.Where(t => t.Millisecond == 0)];
        string values = string.Join(", ", whole.Select((t,
            i) => $"('{t.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}{(isUtc ? "+00" : "")}'::{type}, {i + 1}::DOUBLE)"));
        Duck.Write(File, $"SELECT 'c' AS customer_id, * FROM (VALUES {values}) t(ordered_at, amount)");
        TransactionHistory history = DatasetLoader.Load(Folder, new LoadOptions { Description = Paris });
        Assert.Equal(whole.Select(t => Expected(t, isUtc)), ByRow(history,
            (_, line) => new LocalTime(history.Columns.OrderedAt[line]).ToString()));
    }

    [Fact]
    public void Int96_is_local_and_a_date_is_its_midnight()
    {
        Int96[] stored = [.. Times.Select(t => Julian(t))];
        MadeFile.Write(File, [OneCustomer(Times.Length), new MadeColumn("ordered_at", PhysicalType.Int96, LogicalType.None,
            [.. stored.Cast<object?>()]), RowNumbers(Times.Length)]);
        TransactionHistory history = DatasetLoader.Load(Folder, new LoadOptions { Description = Paris });
        Assert.Equal(Times.Select(t => Expected(t, isUtc: false)), ByRow(history,
            (_, line) => new LocalTime(history.Columns.OrderedAt[line]).ToString()));

        MadeFile.Write(File, [OneCustomer(3), MadeColumn.Int32("ordered_at", -719_162, 0, 2_932_895) with { Logical = LogicalType.Date },
            RowNumbers(3)]);
        history = DatasetLoader.Load(Folder, new LoadOptions { Description = Paris });
        Assert.Equal(["0001-01-01", "1970-01-01", "9999-12-30"], ByRow(history,
            (_, line) => new LocalTime(history.Columns.OrderedAt[line]).ToString()[..10]));
        Assert.All(
            history.Columns.OrderedAt,
            t => Assert.Equal(0, ((t % LocalTime.MicrosPerDay) + LocalTime.MicrosPerDay) % LocalTime.MicrosPerDay));
    }

    [Fact]
    public void Nanoseconds_are_rounded_down()
    {
        MadeFile.Write(File, [OneCustomer(4), Stored(TimeUnit.Nanos, false, [-1, 999, -1000, long.MinValue + 1]), RowNumbers(4)], 9,
            b => b.Version(ParquetVersion.PARQUET_2_LATEST));
        TransactionHistory history = DatasetLoader.Load(Folder);
        Assert.Equal([-1, 0, -1, (long)Math.Floor((decimal)(long.MinValue + 1) / 1000)],
            ByRow(history, (_, line) => history.Columns.OrderedAt[line]));
    }

    /// <summary>Impossible times are one finding with count and first rows; the same words in load and check.</summary>
    [Theory]
    [InlineData("ms")]
    [InlineData("µs")]
    [InlineData("µs UTC")]
    [InlineData("date")]
    [InlineData("int96")]
    public void Impossible_times_are_one_finding(string type)
    {
        const long firstMs = -62_135_596_800_000,
            lastMs = 253_402_214_399_999; // 0001-01-01T00:00 and 9999-12-30T23:59:59.999; the day after stands for an open end
        MadeColumn column = type switch
        {
            "ms" => Stored(TimeUnit.Millis, false, [firstMs, lastMs, firstMs - 1, lastMs + 1, long.MaxValue, long.MinValue]),
            "µs" => Stored(TimeUnit.Micros, false, [firstMs * 1000, (lastMs * 1000) + 999, (firstMs * 1000) - 1, (lastMs + 1) * 1000,
                long.MaxValue, long.MinValue]),
            "µs UTC" => Stored(TimeUnit.Micros, true, [firstMs * 1000, (lastMs * 1000) + 999, (firstMs * 1000) - 1, (lastMs + 1) * 1000,
                long.MaxValue, long.MinValue]),
            "date" => MadeColumn.Int32("ordered_at", -719_162, 2_932_895, -719_163, 2_932_896, int.MaxValue,
                int.MinValue) with { Logical = LogicalType.Date },
            _ => new MadeColumn("ordered_at", PhysicalType.Int96, LogicalType.None,
                [Julian(new DateTime(1, 1, 1)), Julian(new DateTime(9999, 12, 30)), new Int96(0, 0, 1_721_425), new Int96(0, 0, 5_373_484),
                new Int96(-1, -1, -1), new Int96(0, int.MinValue, 2_440_588)]),
        };
        MadeFile.Write(File, [OneCustomer(6), column, RowNumbers(6)], 2);
        Finding finding = Refused(Folder);
        Assert.Equal(("impossible-time", 4L, "ordered_at"), (finding.Code, finding.Count, finding.Column));
        Assert.Equal([3, 4, 5, 6], finding.Examples!.Select(e => int.Parse(e[e.LastIndexOf(' ')..], CultureInfo.InvariantCulture)));

        // The two that are possible load.
        MadeFile.Write(File, [OneCustomer(2), column with { Values = column.Values[..2] }, RowNumbers(2)]);
        Assert.Equal(2, DatasetLoader.Load(Folder).LineCount);
    }

    [Fact]
    public void A_local_time_beyond_the_last_day_is_impossible()
    {
        // 23:30 UTC of the last day is half past midnight of the day after in Paris.
        MadeFile.Write(File, [OneCustomer(2), Stored(TimeUnit.Micros, true, [0, LocalYears.Last - (1800L * 1_000_000)]), RowNumbers(2)]);
        System.IO.File.WriteAllText(Path.Combine(Folder, "dataset.json"), """{"timeZone": "Europe/Paris"}""");
        Finding finding = Refused(Folder);
        Assert.Equal(("impossible-time", 1L), (finding.Code, finding.Count));
    }

    [Fact]
    public void A_missing_time_is_not_an_impossible_one()
    {
        MadeFile.Write(File, [OneCustomer(3), Stored(TimeUnit.Micros, false, [0, null, long.MaxValue]), RowNumbers(3)]);
        DatasetException refused = Assert.Throws<DatasetException>(() => DatasetLoader.Load(Folder));
        Assert.Equal([("missing-time", 1L), ("impossible-time", 1L)], refused.Findings.Select(f => (f.Code, f.Count)));
    }

    [Theory]
    [InlineData(PhysicalType.Int64)]
    [InlineData(PhysicalType.ByteArray)]
    public void What_is_no_time_is_refused_by_name(PhysicalType physical)
    {
        MadeFile.Write(File, [OneCustomer(1), new MadeColumn("ordered_at", physical, LogicalType.None,
            [physical == PhysicalType.Int64 ? 1L : new byte[] { 65 }]), RowNumbers(1)]);
        Finding finding = Refused(Folder);
        Assert.Equal(("wrong-type", "ordered_at"), (finding.Code, finding.Column));
        Assert.Contains("a timestamp or a date", finding.Message);
    }

    private static MadeColumn Stored(TimeUnit unit, bool isUtc, long?[] values) =>
        MadeColumn.Int64("ordered_at", values) with { Logical = () => LogicalType.Timestamp(isUtc, unit) };

    private static long Units1970(DateTime time, TimeUnit unit)
    {
        long ticks = time.Ticks - DateTime.UnixEpoch.Ticks;
        return unit switch { TimeUnit.Millis => ticks / 10_000, TimeUnit.Micros => ticks / 10, _ => ticks * 100 };
    }

    private static string Expected(DateTime time, bool isUtc) =>
        LocalTime.From(isUtc ? TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(time, DateTimeKind.Utc),
            TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris")) : time).ToString();

    private static Int96 Julian(DateTime time)
    {
        long nanos = time.TimeOfDay.Ticks * 100;
        return new Int96((int)(uint)nanos, (int)(nanos >> 32),
            2_440_588 + (int)((time.Date - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerDay));
    }
}
