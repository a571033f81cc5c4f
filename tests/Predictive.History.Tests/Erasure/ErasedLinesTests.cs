using ParquetSharp;
using Predictive.History.Checks;
using Predictive.History.Erasure;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;
using Predictive.Tests;

namespace Predictive.History.Tests.Erasure;

public sealed class ErasedLinesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-erased-").FullName;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_load_leaves_out_and_counts_what_a_rewrite_takes_out(bool wholeNumbers)
    {
        string[] ids = wholeNumbers ? ["1", "2", "30000000000"] : ["anna", "björn", "00001"];
        SmallDataset.Write(
            _folder,
            [.. Enumerable.Range(0, 60).Select(i => new SmallDataset.Row(ids[i % 3], $"2024-01-{1 + (i % 28):00}T00:00", i))]);
        if (wholeNumbers)
        {
            AsNumbers();
        }

        TransactionHistory before = DatasetLoader.Load(_folder);
        LocalTime last = new(DatasetLoader.LastMicros(_folder));
        Erasures.Add(_folder, [ids[1]]);
        Erasures.Add(_folder, [ids[1], "never seen"]);
        TransactionHistory without = DatasetLoader.Load(_folder);
        Assert.Equal((20L, 2, 40), (without.Columns.ErasedLines, without.CustomerCount, without.LineCount));
        Assert.Equal(-1, without.IndexOf(ids[1]));
        Assert.Equal(without.LastMicros, DatasetLoader.LastMicros(_folder));
        TransactionHistory[] parts = [.. DatasetLoader.LoadInParts(_folder)];
        Assert.Equal(40, parts.Sum(p => p.LineCount));
        CheckReport check = DatasetCheck.Run(_folder);
        Assert.Contains(check.Findings, f => f is { Code: "erased", Count: 20 });
        Assert.Equal(last.Micros, before.LastMicros);

        Assert.Equal(new ErasedLinesReport(20, 1), ErasedLines.Remove(_folder, Ended));
        Assert.Equal(new ErasedLinesReport(0, 0), ErasedLines.Remove(_folder, Ended));
        TransactionHistory rewritten = DatasetLoader.Load(_folder);
        Assert.Equal((0L, 40), (rewritten.Columns.ErasedLines, rewritten.LineCount));
        Assert.Equal(without.Columns.Amount, rewritten.Columns.Amount);
        Assert.Equal(without.Columns.OrderedAt, rewritten.Columns.OrderedAt);
        File.Delete(Path.Combine(_folder, Erasures.FileName));
        Assert.Equal(without.Columns.CustomerIds, DatasetLoader.Load(_folder).Columns.CustomerIds);
    }

    [Fact]
    public void A_file_delivered_again_after_a_rewrite_still_counts_once()
    {
        string table = Directory.CreateDirectory(Path.Combine(_folder, "transactions")).FullName, first = Path.Combine(table, "a.parquet");
        Write(first, [("anna", 1), ("bert", 2), ("anna", 1)]);
        string again = Path.Combine(_folder, "again");
        File.Copy(first, again);
        Erasures.Add(_folder, ["bert"]);
        ErasedLines.Remove(_folder, Ended);
        Write(Path.Combine(table, "b.parquet"), [("carl", 3)]);
        Assert.Equal(3, DatasetLoader.Load(_folder).LineCount);
        // Without order ids equal lines may be real: only the file as a whole can be known.
        File.Copy(again, Path.Combine(table, "c.parquet"));
        Assert.Equal(3, DatasetLoader.Load(_folder).LineCount);
        ErasedLines.Remove(_folder, Ended);
        Assert.Equal(3, DatasetLoader.Load(_folder).LineCount);
        File.Delete(Path.Combine(_folder, Erasures.FileName));
        Assert.Equal(["anna", "carl"], DatasetLoader.Load(_folder).Columns.CustomerIds);
    }

    [Fact]
    public void Every_table_and_the_rows_an_import_left_out_are_rewritten_and_every_source_name_is_kept_out()
    {
        SmallDataset.Write(_folder, [new("anna", "2024-01-01T00:00", 1), new("bert", "2024-01-01T00:00", 1)]);
        using (var map = ParquetWriter.Create(
            Path.Combine(_folder, "id-map.parquet"),
            [ParquetField.String("source"), ParquetField.String("source_id"), ParquetField.String("customer_id")]))
        {
            map.WriteRowGroup(new[] { "desk", "desk" }, new[] { "17", "18" }, new[] { "anna", "bert" });
            map.Complete();
        }

        using (var calls = ParquetWriter.Create(
            Path.Combine(_folder, "events.parquet"),
            [
                ParquetField.String("customer_id"), ParquetField.String("source"), ParquetField.Timestamp("occurred_at", false),
                ParquetField.String("kind"),
            ]))
        {
            calls.WriteRowGroup(
                new[] { "17", "18", "anna" }, new[] { "desk", "desk", "" }, new long[] { 0, 1, 2 }, new[] { "call", "call", "visit" });
            calls.Complete();
        }

        File.WriteAllText(
            Path.Combine(_folder, "rejects-desk-0123456789abcdef.csv"),
            "line,reason,value,row\n3,no-time,,17;x;y\n4,no-time,,18;x;y\n5,no-time,,\"anna,x\"\n6,no-time,,\"117,anna b\"\n");
        Erasures.Add(_folder, CustomerRecord.NamesOf(_folder, "anna"));
        Assert.Equal(2, Erasures.Of(_folder).Count);
        TransactionHistory left = DatasetLoader.Load(_folder);
        Assert.Equal((1, 1), (left.CustomerCount, left.Tables!.Events!.OccurredAt.Length));
        Assert.Empty(left.Tables.Prospects!);
        Assert.Equal(new ErasedLinesReport(6, 4), ErasedLines.Remove(_folder, Ended));
        Assert.Equal(
            "line,reason,value,row\n4,no-time,,18;x;y\n6,no-time,,\"117,anna b\"\n",
            File.ReadAllText(Path.Combine(_folder, "rejects-desk-0123456789abcdef.csv")));

        // The map knows nothing of 17 any more: a later call is of nobody who may be told.
        using (var later = ParquetWriter.Create(
            Path.Combine(_folder, "contacts.parquet"),
            [
                ParquetField.String("customer_id"), ParquetField.String("source"), ParquetField.Timestamp("contacted_at", false),
                ParquetField.String("channel"),
            ]))
        {
            later.WriteRowGroup(new[] { "17" }, new[] { "desk" }, new long[] { 5 }, new[] { "mail" });
            later.Complete();
        }

        Assert.Empty(DatasetLoader.Load(_folder).Tables!.Prospects!);
    }

    [Fact]
    public void Whatever_columns_a_file_has_the_other_rows_keep_every_value()
    {
        string path = Path.Combine(_folder, "transactions.parquet");
        const int Rows = 50_000;
        var random = new Random(7);
        string[] who = [.. Enumerable.Range(0, Rows).Select(_ => $"c{random.Next(100)}")];
        using (var writer = new ParquetFileWriter(
            path,
            [
                new Column<string>("customer_id"), new Column<DateTime>("ordered_at"), new Column<double?>("amount"),
                new Column<bool>("flag"),
                new Column<int[]>("list"), new Column<Guid>("uuid"), new Column<decimal>("money", LogicalType.Decimal(20, 3)),
                new Column<string?[]>("names"), new Column<float>("f"), new Column<byte[]>("bytes"),
            ],
            Compression.Snappy, new Dictionary<string, string> { ["somebody's"] = "note" }))
        {
            using RowGroupWriter group = writer.AppendRowGroup();
            Put(group, who);
            Put(group, [.. who.Select((_, i) => new DateTime(2024, 1, 1).AddMinutes(i))]);
            Put<double?>(group, [.. who.Select((_, i) => i % 7 == 0 ? (double?)null : i)]);
            Put(group, [.. who.Select((_, i) => i % 3 == 0)]);
            Put(group, [.. who.Select((_, i) => Enumerable.Range(0, i % 5).ToArray())]);
            Put(group, [.. who.Select((_, i) => new Guid(i, 0, 0, new byte[8]))]);
            Put(group, [.. who.Select((_, i) => i / 1000m)]);
            Put(group, [.. who.Select((_, i) => Enumerable.Range(0, i % 4).Select(k => k == 1 ? null : $"n{i}").ToArray())]);
            Put(group, [.. who.Select((_, i) => (float)i)]);
            Put(group, [.. who.Select((_, i) => BitConverter.GetBytes(i))]);
            writer.Close();
        }

        object[] before = Read(path);
        bool[] gone = [.. who.Select(w => w == "c42")];
        RowRemoval.Run(path, new Dictionary<int, bool[]> { [0] = gone });
        object[] after = Read(path);
        int[] kept = [.. Enumerable.Range(0, Rows).Where(i => !gone[i])];
        for (int c = 0; c < before.Length; c++)
        {
            var all = (Array)before[c];
            Assert.Equal(kept.Select(i => all.GetValue(i)), ((Array)after[c]).Cast<object?>());
        }

        using var reader = new ParquetFileReader(path);
        Assert.Equal("note", reader.FileMetaData.KeyValueMetadata["somebody's"]);
        Assert.DoesNotContain("c42", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_or_foreign_key_is_refused_in_words()
    {
        SmallDataset.Write(_folder, [new("a", "2024-01-01T00:00", 1), new("b", "2024-01-01T00:00", 1)]);
        Erasures.Add(_folder, ["a"]);
        string key = Path.Combine(_folder, Erasures.KeyFileName);
        File.WriteAllText(key, new string('0', 64));
        Refused("is not the key");
        File.Delete(key);
        Refused("is missing");
        File.WriteAllText(Path.Combine(_folder, Erasures.FileName), "{");
        Refused("not the JSON");
        File.Delete(Path.Combine(_folder, Erasures.FileName));
        Erasures.Add(_folder, ["a", "b"]);
        Refused("All 2 ");
    }

    private void Refused(string words) =>
        Assert.Contains(words, Assert.Throws<DatasetException>(() => DatasetLoader.Load(_folder)).Message, StringComparison.Ordinal);

    private static void Put<T>(RowGroupWriter group, T[] values)
    {
        using LogicalColumnWriter<T> writer = group.NextColumn().LogicalWriter<T>();
        writer.WriteBatch(values);
    }

    private static object[] Read(string path)
    {
        using var reader = new ParquetFileReader(path);
        using RowGroupReader group = reader.RowGroup(0);
        int rows = (int)group.MetaData.NumRows;
        return
        [
            group.Column(0).LogicalReader<string>().ReadAll(rows), group.Column(1).LogicalReader<DateTime>().ReadAll(rows),
            group.Column(2).LogicalReader<double?>().ReadAll(rows), group.Column(3).LogicalReader<bool>().ReadAll(rows),
            group.Column(4).LogicalReader<int[]>().ReadAll(rows), group.Column(5).LogicalReader<Guid>().ReadAll(rows),
            group.Column(6).LogicalReader<decimal>().ReadAll(rows), group.Column(7).LogicalReader<string?[]>().ReadAll(rows),
            group.Column(8).LogicalReader<float>().ReadAll(rows), group.Column(9).LogicalReader<byte[]>().ReadAll(rows),
        ];
    }

    private static void Write(string path, (string Customer, double Amount)[] lines)
    {
        using var writer = ParquetWriter.Create(
            path, [ParquetField.String("customer_id"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount")]);
        writer.WriteRowGroup(
            lines.Select(l => (string?)l.Customer).ToArray(), lines.Select((_, i) => (long)i).ToArray(),
            lines.Select(l => l.Amount).ToArray());
        writer.Complete();
    }

    private void AsNumbers()
    {
        TransactionHistory text = DatasetLoader.Load(_folder);
        string path = Path.Combine(_folder, "transactions.parquet");
        File.Delete(path);
        using var writer = ParquetWriter.Create(
            path, [ParquetField.Int64("customer_id"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount")]);
        long[] ids = [.. Enumerable.Range(0, text.CustomerCount).SelectMany(c => Enumerable.Repeat(
            long.Parse(text.CustomerId(c), System.Globalization.CultureInfo.InvariantCulture), text.Lines(c).Count))];
        writer.WriteRowGroup(ids, text.Columns.OrderedAt, text.Columns.Amount);
        writer.Complete();
    }
}
