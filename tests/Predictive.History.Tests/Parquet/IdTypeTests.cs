using ParquetSharp;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.History.Tests.Parquet;

/// <summary>Every stored type that may name things, as customer, order and product.</summary>
public sealed class IdTypeTests : TypesMatrix
{
    private static readonly Guid First = new("6fa459ea-ee8a-3ca4-894e-db77e160355e"), Second = new("00000000-0000-0000-0000-000000000001");

    internal static readonly Dictionary<string, (MadeColumn Column, string?[] Names)> Stored = new[]
    {
        Of("int8", PhysicalType.Int32, () => LogicalType.Int(8, true), [-128, 7, 127, null], ["-128", "7", "127", null]),
        Of("int16", PhysicalType.Int32, () => LogicalType.Int(16, true), [-32_768, 7, 32_767, null], ["-32768", "7", "32767", null]),
        Of("int32", PhysicalType.Int32, LogicalType.None, [int.MinValue, 7, int.MaxValue, null], ["-2147483648", "7", "2147483647", null]),
        Of("int32 annotated", PhysicalType.Int32, () => LogicalType.Int(32, true), [int.MinValue, 7, int.MaxValue, null],
            ["-2147483648", "7", "2147483647", null]),
        Of("int64", PhysicalType.Int64, LogicalType.None, [long.MinValue, 7L, long.MaxValue, null],
            ["-9223372036854775808", "7", "9223372036854775807", null]),
        Of("uint8", PhysicalType.Int32, () => LogicalType.Int(8, false), [0, 255, null], ["0", "255", null]),
        Of("uint16", PhysicalType.Int32, () => LogicalType.Int(16, false), [0, 65_535, null], ["0", "65535", null]),
        Of("uint32", PhysicalType.Int32, () => LogicalType.Int(32, false), [0, -1, int.MinValue, null],
            ["0", "4294967295", "2147483648", null]),
        Of("uint64", PhysicalType.Int64, () => LogicalType.Int(64, false), [0L, -1L, long.MinValue, null],
            ["0", "18446744073709551615", "9223372036854775808", null]),
        Of("uuid", PhysicalType.FixedLenByteArray, LogicalType.Uuid, [First.ToByteArray(bigEndian: true),
            Second.ToByteArray(bigEndian: true), null], [First.ToString(), Second.ToString(), null], 16),
        Of("double", PhysicalType.Double, LogicalType.None, [12.0, -3.0, 9_007_199_254_740_992.0, double.NaN, null],
            ["12", "-3", "9007199254740992", null, null]),
        Of("double zero", PhysicalType.Double, LogicalType.None, [0.0, -0.0], ["0", "0"]),
        Of("float", PhysicalType.Float, LogicalType.None, [12f, float.NaN, null], ["12", null, null]),
        Of("half", PhysicalType.FixedLenByteArray, LogicalType.Float16,
            [BitConverter.GetBytes((Half)12), BitConverter.GetBytes((Half)(-3)), BitConverter.GetBytes(Half.NaN), null],
            ["12", "-3", null, null], 2),
        Of("text", PhysicalType.ByteArray, LogicalType.String, [B("00007"), B("7"), B(" x "), B("ü🙂"), B(""), B(" \t"), null],
            ["00007", "7", " x ", "ü🙂", null, null, null]),
        Of("enum", PhysicalType.ByteArray, LogicalType.Enum, [B("GOLD"), B("SILVER"), null], ["GOLD", "SILVER", null]),
        Of("bytes", PhysicalType.ByteArray, LogicalType.None, [B("abc"), new byte[] { 0xFF, 0x00, 0x41 }, null], ["abc", "0xff0041", null]),
        Of("decimal in int32", PhysicalType.Int32, () => LogicalType.Decimal(9, 2), [700, -1200, null], ["7", "-12", null]),
        Of("decimal in int64", PhysicalType.Int64, () => LogicalType.Decimal(18, 0), [999_999_999_999_999_999L, null],
            ["999999999999999999", null]),
        Of("decimal in bytes", PhysicalType.ByteArray, () => LogicalType.Decimal(30, 1),
            [new byte[] { 0x00, 0xFA }, new byte[] { 0xF6 }, null], ["25", "-1", null]),
        Of("decimal of fixed length", PhysicalType.FixedLenByteArray, () => LogicalType.Decimal(38, 0), [Wide(1), Wide(-1), null],
            ["1", "-1", null], 16),
    }.ToDictionary(c => c.Column.Name);

    public static TheoryData<string> Types => [.. Stored.Keys];

    [Theory]
    [MemberData(nameof(Types))]
    public void Names_customers_orders_and_products(string type)
    {
        var (column, names) = Stored[type];
        foreach (bool dictionary in column.Physical == PhysicalType.Boolean ? [false] : new[] { true, false })
        {
            int rows = names.Length;
            void Set(WriterPropertiesBuilder b) => (dictionary ? b.EnableDictionary()
                : b.DisableDictionary()).Version(ParquetVersion.PARQUET_2_LATEST);
            MadeFile.Write(File, [OneCustomer(rows), Days(rows), RowNumbers(rows), column with { Name = "order_id" },
                column with { Name = "product_id" }], 2, Set);
            TransactionHistory history = DatasetLoader.Load(Folder);
            Assert.Equal(names, Products(history));
            int[] orders = ByRow(history, (_, line) => history.Columns.Order![line]);
            Assert.Equal(names.Select(n => n is null ? -1 : Array.IndexOf(names, n)),
                orders.Select(o => o < 0 ? -1 : Array.IndexOf(orders, o)));
            TransactionHistory kept = DatasetLoader.Load(Folder, new LoadOptions { KeepOrderIds = true });
            Assert.Equal(names, ByRow(kept, (_, line) => kept.Columns.Order![line] is >= 0 and var o ? kept.Columns.Orders![o] : null));

            object?[] present = [.. column.Values.Where((_, i) => names[i] is not null)];
            string[] customers = [.. names.OfType<string>()];
            MadeFile.Write(File, [column with { Name = "customer_id", Values = present }, Days(present.Length), RowNumbers(present.Length)],
                2, Set);
            Assert.Equal(customers, Customers(DatasetLoader.Load(Folder)));
            Assert.Equal(customers.Distinct().Count(), Predictive.History.Checks.DatasetCheck.Run(Folder).Customers);
            if (present.Length < rows)
            {
                MadeFile.Write(File, [column with { Name = "customer_id" }, Days(rows), RowNumbers(rows)], 2, Set);
                Finding missing = Refused(Folder);
                Assert.Equal(("missing-customer-id", (long)rows - present.Length), (missing.Code, missing.Count));
            }
        }
    }

    [Theory]
    [InlineData(PhysicalType.Double, 7.5, "7.5")]
    [InlineData(PhysicalType.Double, 9_007_199_254_740_994.0, "beyond 2^53")]
    [InlineData(PhysicalType.Double, double.PositiveInfinity, "Infinity")]
    [InlineData(PhysicalType.Float, 7.5, "7.5")]
    [InlineData(PhysicalType.Int32, 750.0, "7.50")]
    public void A_number_that_names_nothing_is_refused_by_name(PhysicalType physical, double value, string says)
    {
        object stored = physical switch { PhysicalType.Double => (object)value, PhysicalType.Float => (float)value, _ => (int)value };
        var ids = new MadeColumn("customer_id", physical, physical == PhysicalType.Int32 ? () => LogicalType.Decimal(9, 2)
            : LogicalType.None, [stored]);
        MadeFile.Write(File, [ids, Days(1), RowNumbers(1)]);
        Finding finding = Refused(Folder);
        Assert.Equal(("wrong-type", "customer_id"), (finding.Code, finding.Column));
        Assert.Contains(says, finding.Message);
        Assert.Contains("transactions.parquet", finding.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Dictionary_text_with_nulls_over_pages_and_row_groups(int seed)
    {
        // Small pages, and a dictionary that overflows: the rest of a chunk is plain.
        var random = new Random(seed);
        const int rows = 5_003;
        string?[] products = [.. Enumerable.Range(0, rows).Select(_ => random.Next(6) == 0 ? null
            : $"product {random.Next(random.Next(2) == 0 ? 5 : 900)}")];
        string[] customers = [.. Enumerable.Range(0, rows).Select(_ => $"customer {random.Next(400)}")];
        MadeFile.Write(
            File, [MadeColumn.Text("customer_id", customers), Days(rows), RowNumbers(rows), MadeColumn.Text("product_id", products)], 1_009,
                b => b.DataPagesize(300).DictionaryPagesizeLimit(2_000));
        TransactionHistory history = DatasetLoader.Load(Folder);
        Assert.Equal(customers, Customers(history));
        Assert.Equal(products, Products(history));
    }

    [Fact]
    public void Text_by_other_writers_comes_out_the_same()
    {
        foreach (string options in new[] { "COMPRESSION zstd", "COMPRESSION uncompressed, PARQUET_VERSION v2",
            "COMPRESSION gzip, DICTIONARY_SIZE_LIMIT 1" })
        {
            Duck.Write(
                File,
                "SELECT 'c' || i % 7 AS customer_id, DATE '2024-01-01' AS ordered_at, (i + 1)::DOUBLE AS amount, CASE WHEN i % 5 > 0 "
                    + "THEN 'p' || i % 11 END AS product_id FROM range(1000) t(i)",
                options);
            TransactionHistory history = DatasetLoader.Load(Folder);
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"c{i % 7}"), Customers(history));
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => i % 5 > 0 ? $"p{i % 11}" : null), Products(history));
        }
    }

    private static (MadeColumn Column, string?[] Names) Of(string type, PhysicalType physical, Func<LogicalType> logical, object?[] values,
        string?[] names, int length = -1) =>
        (new MadeColumn(type, physical, logical, values, length), names);

    private static byte[] B(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static byte[] Wide(int value) => [.. Enumerable.Repeat((byte)(value < 0 ? 255 : 0), 15), (byte)value];
}
