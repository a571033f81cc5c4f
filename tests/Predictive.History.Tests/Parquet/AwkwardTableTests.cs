using ParquetSharp;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;

namespace Predictive.History.Tests.Parquet;

/// <summary>Columns of nothing, tables of no rows, files of one folder that differ, and folders that say something.</summary>
public sealed class AwkwardTableTests : TypesMatrix
{
    public static TheoryData<string> Nothing => [.. NullColumns.Keys];

    private static readonly Dictionary<string, MadeColumn> NullColumns = new[]
    {
        new MadeColumn("Null", PhysicalType.Int32, LogicalType.Null, [null, null, null]),
        new MadeColumn("int32", PhysicalType.Int32, LogicalType.None, [null, null, null]),
        new MadeColumn("int64", PhysicalType.Int64, LogicalType.None, [null, null, null]),
        new MadeColumn("float", PhysicalType.Float, LogicalType.None, [null, null, null]),
        new MadeColumn("double", PhysicalType.Double, LogicalType.None, [null, null, null]),
        new MadeColumn("text", PhysicalType.ByteArray, LogicalType.String, [null, null, null]),
        new MadeColumn("bytes", PhysicalType.ByteArray, LogicalType.None, [null, null, null]),
        new MadeColumn("uuid", PhysicalType.FixedLenByteArray, LogicalType.Uuid, [null, null, null], 16),
        new MadeColumn("decimal", PhysicalType.FixedLenByteArray, () => LogicalType.Decimal(20, 2), [null, null, null], 9),
    }.ToDictionary(c => c.Name);

    [Theory]
    [MemberData(nameof(Nothing))]
    public void A_column_of_nulls_is_missing_everywhere(string type)
    {
        MadeColumn column = NullColumns[type];
        MadeFile.Write(File, [OneCustomer(3), Days(3), RowNumbers(3), column with { Name = "order_id" },
            column with { Name = "product_id" }], 2);
        TransactionHistory history = DatasetLoader.Load(Folder);
        Assert.Equal([-1, -1, -1], history.Columns.Order!);
        Assert.Equal([-1, -1, -1], history.Columns.Product!);

        MadeFile.Write(File, [column with { Name = "customer_id" }, Days(3), RowNumbers(3)]);
        Finding finding = Refused(Folder);
        Assert.Equal(("missing-customer-id", 3L), (finding.Code, finding.Count));

        if (column.Physical != PhysicalType.ByteArray && type != "uuid")
        {
            MadeFile.Write(File, [OneCustomer(3), Days(3), column with { Name = "quantity" }, RowNumbers(3)]);
            Assert.All(DatasetLoader.Load(Folder).Columns.Quantity!, q => Assert.True(float.IsNaN(q)));
            MadeFile.Write(File, [OneCustomer(3), Days(3), column with { Name = "amount" }]);
            finding = Refused(Folder);
            Assert.Equal(("missing-amount", 3L), (finding.Code, finding.Count));
        }
    }

    [Fact]
    public void Times_of_nothing_are_missing()
    {
        foreach (MadeColumn column in new[] { new MadeColumn("ordered_at", PhysicalType.Int96, LogicalType.None, [null, null, null]),
            NullColumns["Null"] with { Name = "ordered_at" } })
        {
            MadeFile.Write(File, [OneCustomer(3), column, RowNumbers(3)]);
            Finding finding = Refused(Folder);
            Assert.Equal(("missing-time", 3L), (finding.Code, finding.Count));
        }
    }

    [Fact]
    public void No_row_groups_and_empty_ones()
    {
        MadeColumn[] columns = [OneCustomer(3), Days(3), RowNumbers(3), MadeColumn.Text("product_id", "a", null, "b")];
        MadeFile.Write(File, columns, [], null);
        Assert.Equal("empty-table", Refused(Folder).Code);
        MadeFile.Write(File, columns, [0, 0], null);
        Assert.Equal("empty-table", Refused(Folder).Code);
        MadeFile.Write(File, columns, [0, 2, 0, 1, 0], null);
        Assert.Equal((string?[])["a", null, "b"], Products(DatasetLoader.Load(Folder)));

        // A file without a row beside one with some.
        System.IO.File.Delete(File);
        MadeFile.Write(Path.Combine(Folder, "transactions", "a.parquet"), columns, [], null);
        MadeFile.Write(Path.Combine(Folder, "transactions", "b.parquet"), columns, [3], null);
        Assert.Equal((string?[])["a", null, "b"], Products(DatasetLoader.Load(Folder)));
    }

    [Fact]
    public void Types_that_differ_from_file_to_file_are_unified()
    {
        const long day = 86_400_000;
        MadeColumn ms = MadeColumn.Int64("ordered_at", 19_000 * day, 19_001 * day) with { Logical = () => LogicalType.Timestamp(false,
            TimeUnit.Millis) };
        MadeColumn utc = MadeColumn.Int64("ordered_at", 19_002 * day * 1000,
            19_003 * day * 1000) with { Logical = () => LogicalType.Timestamp(true, TimeUnit.Micros) };
        Part("a", MadeColumn.Text("customer_id", "7", "x"), ms, MadeColumn.Double("amount", 1, 2.25),
            MadeColumn.Text("order_id", "1", "2"));
        Part("b", MadeColumn.Int64("customer_id", 7, 8), utc, new MadeColumn("amount", PhysicalType.Int32, () => LogicalType.Decimal(9, 2),
            [310, 425]), MadeColumn.Int32("order_id", 1, null));
        Part("c", MadeColumn.Double("customer_id", 7, 8), Days(2), new MadeColumn("amount", PhysicalType.ByteArray,
            () => LogicalType.Decimal(20, 3), [new byte[] { 0x13, 0x88 }, new byte[] { 0x17, 0x70 }]));
        TransactionHistory history = DatasetLoader.Load(Folder, new LoadOptions { KeepOrderIds = true,
            Description = new DatasetDescription { TimeZone = "Europe/Paris" } });
        Assert.Equal(["7", "x", "7", "8", "7", "8"], Customers(history)); // the text 7 and the number 7 are one customer
        Assert.Equal([1, 2.25, 3.1, 4.25, 5, 6], ByRow(history, (_, line) => history.Columns.Amount[line]));
        Assert.Equal((string?[])["1", "2", "1", null, null, null], ByRow(history,
            (_, line) => history.Columns.Order![line] is >= 0 and var o ? history.Columns.Orders![o] : null));
        long[] hours = ByRow(history, (_, line) => (history.Columns.OrderedAt[line] / 3_600_000_000) - (19_000 * 24));
        Assert.Equal([0, 24, 49, 73, 0, 24], hours); // an instant in UTC is an hour later in Paris
        Assert.Equal(3, DatasetCheck.Run(Folder).Customers);
    }

    [Fact]
    public void Types_that_cannot_be_unified_are_named_with_their_files()
    {
        Part("a", OneCustomer(2), Days(2), MadeColumn.Double("amount", 1, 2));
        Part("b", OneCustomer(2), Days(2), MadeColumn.Text("amount", "1", "2"));
        Finding finding = Refused(Folder);
        Assert.Equal(("wrong-type", "amount"), (finding.Code, finding.Column));
        Assert.All(new[] { "double in 'a.parquet'", "text in 'b.parquet'" }, part => Assert.Contains(part, finding.Message));

        Part("b", OneCustomer(2), MadeColumn.Int64("ordered_at", 1, 2), MadeColumn.Double("amount", 1, 2));
        finding = Refused(Folder);
        Assert.Equal(("wrong-type", "ordered_at"), (finding.Code, finding.Column));
        Assert.All(new[] { "date in 'a.parquet'", "int64 in 'b.parquet'" }, part => Assert.Contains(part, finding.Message));
    }

    [Fact]
    public void An_optional_column_may_be_missing_in_a_file_and_a_required_one_not()
    {
        Part("a", OneCustomer(2), Days(2), MadeColumn.Double("amount", 1, 2), MadeColumn.Text("product_id", "p", "q"),
            MadeColumn.Double("quantity", 3, 4));
        Part("b", OneCustomer(2), Days(2), MadeColumn.Double("amount", 3, 4));
        TransactionHistory history = DatasetLoader.Load(Folder);
        Assert.Equal((string?[])["p", "q", null, null], Products(history));
        Assert.Equal([3, 4, float.NaN, float.NaN], ByRow(history, (_, line) => history.Columns.Quantity![line]));

        Part("b", OneCustomer(2), Days(2));
        Finding finding = Refused(Folder);
        Assert.Equal(("missing-column", "amount", "b.parquet"), (finding.Code, finding.Column, finding.Table));
    }

    [Fact]
    public void Hive_folders_are_decoded_and_an_empty_value_is_a_missing_one()
    {
        foreach (var (folder, amount) in new[] { ("category=caf%C3%A9%20cr%C3%A8me%2Fno%3D1", 1), ("category=", 2),
            ("category=__HIVE_DEFAULT_PARTITION__", 3), ("category=tea", 4), ("category=%20", 5) })
        {
            Part(folder + "/a", OneCustomer(1), Days(1), MadeColumn.Double("amount", amount));
        }

        TransactionHistory history = DatasetLoader.Load(Folder);
        Assert.Equal((string?[])["café crème/no=1", null, null, "tea", null],
            ByRow(history, (_, line) => history.Columns.Category![line] is >= 0 and var c ? history.Columns.Categories![c] : null));
    }

    [Fact]
    public void A_partition_may_be_the_customer_and_007_is_not_7()
    {
        Part("customer_id=007/a", Days(1), MadeColumn.Double("amount", 1));
        Part("customer_id=7/a", Days(2), MadeColumn.Double("amount", 2, 3));
        TransactionHistory history = DatasetLoader.Load(Folder);
        Assert.Equal(["007", "7", "7"], Customers(history));
        Assert.Equal(2, DatasetCheck.Run(Folder).Customers);

        Part("customer_id=/a", Days(2), MadeColumn.Double("amount", 4, 5));
        Finding finding = Refused(Folder);
        Assert.Equal(("missing-customer-id", 2L), (finding.Code, finding.Count));
    }

    /// <summary>A column that nobody asks for may be anything in any file; the check reads it to tell equal lines.</summary>
    [Theory]
    [InlineData("flag")]
    [InlineData("time")]
    [InlineData("int96")]
    [InlineData("double")]
    [InlineData("decimal")]
    [InlineData("half")]
    public void A_column_nobody_asks_for_may_differ_in_kind_from_file_to_file(string kind)
    {
        MadeColumn note = kind switch
        {
            "flag" => new("note", PhysicalType.Boolean, LogicalType.None, [true, null]),
            "time" => MadeColumn.Times("note", 5, null),
            "int96" => new("note", PhysicalType.Int96, LogicalType.None, [new Int96(0, 0, 2_440_588), null]),
            "double" => MadeColumn.Double("note", 7.5, null),
            "decimal" => new("note", PhysicalType.Int32, () => LogicalType.Decimal(9, 2), [750, null]),
            _ => new("note", PhysicalType.FixedLenByteArray, LogicalType.Float16, [BitConverter.GetBytes((Half)7.5), null], 2),
        };
        Part("a", OneCustomer(2), Days(2), MadeColumn.Double("amount", 1, 2), MadeColumn.Text("order_id", "1", "2"), note);
        Part("b", OneCustomer(2), Days(2), MadeColumn.Double("amount", 3, 4), MadeColumn.Text("order_id", "3", "4"),
            MadeColumn.Text("note", "x", null));
        Assert.Equal(4, DatasetLoader.Load(Folder).LineCount);
        Assert.DoesNotContain(DatasetCheck.Run(Folder).Findings, f => f.Column == "note" || f.Code is "wrong-type" or "unreadable-file");
    }

    [Fact]
    public void A_field_of_a_struct_is_found_by_its_path()
    {
        Duck.Write(
            File, "SELECT {'who': 'c' || i % 3} AS row, DATE '2024-01-01' AS ordered_at, (i + 1)::DOUBLE AS amount FROM range(10) t(i)");
        TransactionHistory history = DatasetLoader.Load(Folder,
            new LoadOptions
            {
                Description = new DatasetDescription { Columns = new Dictionary<string, string> { ["customer_id"] = "row.who" } },
            });
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"c{i % 3}"), Customers(history));
    }

    /// <summary>Geometry, which ParquetSharp does not know, and an annotation that no reader knows yet.</summary>
    [Theory]
    [InlineData(17)]
    [InlineData(24)]
    public void A_column_of_a_type_nobody_knows_does_not_refuse_its_file(int field)
    {
        Assert.Equal(3, DatasetLoader.Load(WithUnknownType("note", field)).LineCount);
        Finding finding = Refused(WithUnknownType("product_id", field));
        Assert.Equal(("wrong-type", "product_id"), (finding.Code, finding.Column));
    }

    // The footer's element of a column without an annotation ends after its name; one is put in: logicalType (field 10, a struct) { FIELD
    // {} }.
    private string WithUnknownType(string column, int field)
    {
        MadeFile.Write(File, [OneCustomer(3), Days(3), RowNumbers(3), new MadeColumn(column, PhysicalType.ByteArray, LogicalType.None,
            [new byte[] { 1 }, new byte[] { 2 }, new byte[] { 3 }])]);
        byte[] bytes = System.IO.File.ReadAllBytes(File), name = System.Text.Encoding.UTF8.GetBytes(column);
        int start = bytes.Length - 8 - BitConverter.ToInt32(bytes, bytes.Length - 8),
            at = start + bytes.AsSpan(start).IndexOf(name) + name.Length;
        Assert.Equal(0, bytes[at]);
        byte[] changed = [.. bytes[..at], 0x6C, 0x0C, (byte)(field * 2), 0, 0, .. bytes[at..]];
        BitConverter.TryWriteBytes(changed.AsSpan(changed.Length - 8), changed.Length - 8 - start);
        System.IO.File.WriteAllBytes(File, changed);
        return Folder;
    }

    private void Part(string name, params MadeColumn[] columns) => MadeFile.Write(Path.Combine(Folder, "transactions", name + ".parquet"),
        columns);
}
