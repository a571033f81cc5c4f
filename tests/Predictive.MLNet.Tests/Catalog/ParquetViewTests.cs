using Apache.Arrow;
using Apache.Arrow.Types;
using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.MLNet.Tests.Exchange;

namespace Predictive.MLNet.Tests.Catalog;

public sealed class ParquetViewTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-view-").FullName;
    private readonly MLContext _context = new(1);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_table_is_streamed_whole()
    {
        string file = Path.Combine(SampleVersion.Data, "transactions.parquet");
        IDataView view = _context.Data.LoadFromParquet(file);
        TransactionHistory history = DatasetLoader.Load(SampleVersion.Data);
        Assert.Equal(history.LineCount, view.GetRowCount());
        Assert.Equal(history.LineCount, view.GetColumn<ReadOnlyMemory<char>>("customer_id").LongCount());
        Assert.Equal(history.Columns.Amount.ToArray().Sum(), view.GetColumn<double>("amount").Sum(), 1e-4);
    }

    [Fact]
    public void What_is_missing_is_NaN_or_empty()
    {
        string file = Write("one.parquet", 5, rows: 10);
        IDataView view = _context.Data.LoadFromParquet(file);
        Assert.Equal(
            "n:Double, f:Single, d:Double, t:String, flag:Single, id:Int64",
            string.Join(", ", view.Schema.Select(c => $"{c.Name}:{c.Type}")));
        Assert.Equal([double.NaN, 6], view.GetColumn<double>("n").Take(2));
        Assert.Equal([float.NaN, 6.5f], view.GetColumn<float>("f").Take(2));
        Assert.Equal(["", "t6"], view.GetColumn<string>("t").Take(2));
        Assert.Equal([float.NaN, 1, 0], view.GetColumn<float>("flag").Take(3));
        Assert.Equal([5L, 6], view.GetColumn<long>("id").Take(2));
    }

    /// <summary>Cursors side by side see every row once; joined by their batches, in the order of one cursor.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void Cursors_side_by_side_see_every_row_once(int cursors)
    {
        Write(Path.Combine("year=2024", "a.parquet"), 0, rows: 1000, perGroup: 100);
        Write(Path.Combine("year=2025", "b.parquet"), 1000, rows: 700, perGroup: 90);
        IDataView view = _context.Data.LoadFromParquet(_folder);
        Assert.Equal(1700, view.GetRowCount());
        DataViewSchema.Column id = view.Schema["id"], year = view.Schema["year"];
        var found = new List<(long Batch, ulong Row, long Id, string Year)>();
        foreach (DataViewRowCursor cursor in view.GetRowCursorSet([id, year], cursors))
        {
            using (cursor)
            {
                ValueGetter<long> ids = cursor.GetGetter<long>(id);
                ValueGetter<ReadOnlyMemory<char>> years = cursor.GetGetter<ReadOnlyMemory<char>>(year);
                ValueGetter<DataViewRowId> rows = cursor.GetIdGetter();
                long last = -1, value = 0;
                ReadOnlyMemory<char> text = default;
                DataViewRowId row = default;
                while (cursor.MoveNext())
                {
                    ids(ref value);
                    years(ref text);
                    rows(ref row);
                    Assert.InRange(cursor.Batch, last, long.MaxValue);
                    last = cursor.Batch;
                    found.Add((cursor.Batch, row.Low, value, text.ToString()));
                }
            }
        }

        var inOrder = found.OrderBy(f => f.Batch).ThenBy(f => f.Row).ToArray();
        Assert.Equal(Enumerable.Range(0, 1700).Select(i => (long)i), inOrder.Select(f => f.Id));
        Assert.Equal(Enumerable.Range(0, 1700).Select(i => (ulong)i), inOrder.Select(f => f.Row));
        Assert.All(inOrder, f => Assert.Equal(f.Id < 1000 ? "2024" : "2025", f.Year));

        // ML.NET joins its cursors itself where it reads on several threads.
        Assert.Equal(
            Enumerable.Range(0, 1700).Select(i => (float)i),
            _context.Transforms.Conversion.ConvertType("single", "id").Fit(view).Transform(view).GetColumn<float>("single"));
    }

    /// <summary>Two ids that are one number as a Double would join to each other's rows.</summary>
    [Theory]
    [InlineData(9_007_199_254_740_992, true)]
    [InlineData(-9_007_199_254_740_992, true)]
    [InlineData(9_007_199_254_740_993, false)]
    public void A_whole_number_that_may_be_missing_is_exact_or_refused(long value, bool isRead)
    {
        string file = Path.Combine(_folder, "long.parquet");
        var schema = new Schema([new Field("id", Int64Type.Default, true)], null);
        using (var writer = new ParquetSharp.Arrow.FileWriter(file, schema))
        {
            using var batch = new RecordBatch(schema, [new Int64Array.Builder().AppendNull().Append(value).Build()], 2);
            writer.WriteRecordBatch(batch, 10);
            writer.Close();
        }

        IDataView view = _context.Data.LoadFromParquet(file);
        if (isRead)
        {
            Assert.Equal([double.NaN, value], view.GetColumn<double>("id"));
        }
        else
        {
            string refusal = Assert.Throws<DatasetException>(() => view.GetColumn<double>("id").ToArray()).Message;
            Assert.Contains($"{value} has no exact Double", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_cannot_be_read_is_said()
    {
        Assert.Contains("there is no Parquet file", Refused(_folder), StringComparison.Ordinal);
        Assert.Contains("there is no Parquet file", Refused(Path.Combine(_folder, "nowhere")), StringComparison.Ordinal);
        string broken = Path.Combine(_folder, "broken.parquet");
        File.WriteAllText(broken, "PAR1 and no more");
        Assert.Contains("cannot be read as Parquet", Refused(broken), StringComparison.Ordinal);
        File.Delete(broken);
        Write(Path.Combine("year=2024", "a.parquet"), 0, rows: 3);
        Write("b.parquet", 0, rows: 3);
        Assert.Contains("Load them apart", Refused(_folder), StringComparison.Ordinal);

        string Refused(string path) => Assert.Throws<DatasetException>(() => _context.Data.LoadFromParquet(path)).Message;
    }

    // Every fifth row misses everything that may be missing.
    private string Write(string name, int first, int rows, int perGroup = 1000)
    {
        string file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var pair = new StructType([new Field("a", Int32Type.Default, true), new Field("b", Int32Type.Default, true)]);
        var schema = new Schema(
        [
            // Two leaves before the rest: what follows has another place among the leaves than among the fields.
            new Field("nested", pair, true),
            new Field("n", Int32Type.Default, true), new Field("f", FloatType.Default, true), new Field("d", DoubleType.Default, true),
            new Field("t", StringType.Default, true), new Field("flag", BooleanType.Default, true),
            new Field("id", Int64Type.Default, false),
            new Field("left out", new ListType(Int32Type.Default), true),
        ], null);
        using var writer = new ParquetSharp.Arrow.FileWriter(file, schema);
        for (int start = first; start < first + rows; start += perGroup)
        {
            int count = Math.Min(perGroup, first + rows - start);
            var (n, f, d, t) = (new Int32Array.Builder(), new FloatArray.Builder(), new DoubleArray.Builder(), new StringArray.Builder());
            using var nested = new StructArray(pair, count, [Minus(count), Minus(count)], ArrowBuffer.Empty, 0);
            var (flag, id, list) = (new BooleanArray.Builder(), new Int64Array.Builder(), new ListArray.Builder(Int32Type.Default));
            for (int i = start; i < start + count; i++)
            {
                bool missing = i % 5 == 0;
                _ = missing ? n.AppendNull() : n.Append(i);
                _ = missing ? f.AppendNull() : f.Append(i + .5f);
                _ = missing ? d.AppendNull() : d.Append(i + .25);
                _ = missing ? t.AppendNull() : t.Append($"t{i}");
                _ = missing ? flag.AppendNull() : flag.Append(i % 2 == 0);
                id.Append(i);
                list.Append();
            }

            using var batch = new RecordBatch(
                schema, [nested, n.Build(), f.Build(), d.Build(), t.Build(), flag.Build(), id.Build(), list.Build()], count);
            writer.WriteRecordBatch(batch, perGroup);
        }

        writer.Close();
        return file;

        static Int32Array Minus(int count) => new Int32Array.Builder().AppendRange(Enumerable.Repeat(-1, count)).Build();
    }
}
