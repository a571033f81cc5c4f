using Predictive.Parquet;

namespace Predictive.Parquet.Tests;

/// <summary>What is written is read back, for every type, with and without nulls, at awkward sizes.</summary>
public sealed class RoundTripTests
{
    private static readonly ParquetField[] Fields =
    [
        ParquetField.Int64("int64", nullable: true),
        ParquetField.Int32("int32", nullable: true),
        ParquetField.Double("double", nullable: true),
        ParquetField.Float("float", nullable: true),
        ParquetField.Boolean("boolean", nullable: true),
        ParquetField.String("string", nullable: true),
        ParquetField.Bytes("bytes", nullable: true),
        ParquetField.Timestamp("utc", isAdjustedToUtc: true, nullable: true),
        ParquetField.Timestamp("local", isAdjustedToUtc: false, nullable: true),
        ParquetField.Date("date", nullable: true),
        ParquetField.Decimal("decimal", 18, 3, nullable: true),
    ];

    public static TheoryData<int, int, double, bool, CompressionCodec> Cases()
    {
        var data = new TheoryData<int, int, double, bool, CompressionCodec>();
        foreach (int rows in new[] { 1, 7, 8, 9, 63, 1021, 4099, 20011 })
        {
            data.Add(rows, 1, 0, false, CompressionCodec.Snappy);
            data.Add(rows, 2, 0.3, true, CompressionCodec.Snappy);
        }

        data.Add(5003, 3, 1, true, CompressionCodec.Uncompressed);
        data.Add(5003, 3, 0.01, true, CompressionCodec.Uncompressed);
        data.Add(5003, 3, 0.5, true, CompressionCodec.Gzip);
        data.Add(5003, 3, 0.5, false, CompressionCodec.Brotli);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_type_survives(int rows, int groups, double nullShare, bool fewDistinct, CompressionCodec codec)
    {
        var random = new Random(rows * 31 + groups);
        var stream = new MemoryStream();
        var written = new List<Table>();
        using (ParquetWriter writer = ParquetWriter.Create(stream, Fields, new ParquetWriterOptions { Codec = codec, RowsPerPage = 997 }))
        {
            for (int g = 0; g < groups; g++)
            {
                Table table = Table.Random(rows + g, nullShare, fewDistinct, random);
                written.Add(table);
                writer.WriteRowGroup(table.Columns());
            }

            writer.Complete();
        }

        using ParquetReader reader = ParquetReader.Open(stream, "memory");
        Assert.Equal(groups, reader.RowGroups.Count);
        Assert.Equal(written.Sum(t => (long)t.Rows), reader.RowCount);
        for (int g = 0; g < groups; g++)
        {
            // Batches co-prime with pages and runs, so that boundaries rarely align.
            written[g].AssertEqual(reader, g, batch: 1 + (rows % 7 == 0 ? 12 : 509));
        }
    }

    [Fact]
    public void A_row_group_may_fall_back_from_the_dictionary()
    {
        var stream = new MemoryStream();
        long[] distinct = [.. Enumerable.Range(0, 300_000).Select(i => i * 7919L)];
        long[] few = [.. Enumerable.Range(0, 300_000).Select(i => (long)(i % 10))];
        using (ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.Int64("id")]))
        {
            writer.WriteRowGroup(distinct);
            writer.WriteRowGroup(few);
            writer.Complete();
        }

        using ParquetReader reader = ParquetReader.Open(stream, "memory");
        using ColumnReader plain = reader.OpenColumn(0, reader.Schema["id"]);
        using ColumnReader coded = reader.OpenColumn(1, reader.Schema["id"]);
        Assert.False(plain.IsDictionaryEncoded);
        Assert.True(coded.IsDictionaryEncoded);
        Assert.Equal(distinct.Concat(few), reader.ReadInt64("id"));
    }

    [Fact]
    public void Codes_and_dictionary_give_the_values_back_with_and_without_a_dictionary()
    {
        foreach (bool dictionary in new[] { true, false })
        {
            var stream = new MemoryStream();
            string?[] text = [.. Enumerable.Range(0, 10_000).Select(i => i % 11 == 0 ? null : $"customer {i % 37}")];
            long[] ids = [.. Enumerable.Range(0, 10_000).Select(i => i % 53 * 1_000_003L)];
            using (ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.String("s", nullable: true), ParquetField.Int64("i")], new ParquetWriterOptions { UseDictionary = dictionary }))
            {
                writer.WriteRowGroup(text, ids);
                writer.Complete();
            }

            using ParquetReader reader = ParquetReader.Open(stream, "memory");
            using ColumnReader s = reader.OpenColumn(0, reader.Schema["s"]);
            using ColumnReader i = reader.OpenColumn(0, reader.Schema["i"]);
            int[] codes = new int[text.Length];
            Assert.Equal(codes.Length, s.ReadCodes(codes));
            Assert.Equal(37, s.StringDictionary.Length);
            string[] names = s.StringDictionary.ToArray();
            Assert.Equal(text, codes.Select(c => c < 0 ? null : names[c]));
            Assert.Equal(910, s.NullsRead);
            Assert.Equal(codes.Length, i.ReadCodes(codes));
            long[] values = i.Int64Dictionary.ToArray();
            Assert.Equal(53, values.Length);
            Assert.Equal(ids, codes.Select(c => values[c]));
        }
    }

    [Fact]
    public void Dictionary_input_equals_plain_text_input_byte_for_byte()
    {
        string[] dictionary = ["unused", "b", "ä", "b-long"];
        int[] codes = [1, 2, -1, 3, 1, 1, 2];
        string?[] text = [.. codes.Select(c => c < 0 ? null : dictionary[c])];
        Assert.Equal(Write(text), Write(ColumnValues.From(dictionary, codes)));

        static byte[] Write(ColumnValues values)
        {
            var stream = new MemoryStream();
            using ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.String("s", nullable: true)]);
            writer.WriteRowGroup(values);
            writer.Complete();
            return stream.ToArray();
        }
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_thread_count()
    {
        Table table = Table.Random(30_011, 0.2, true, new Random(5));
        Assert.Equal(Write(1), Write(4));

        byte[] Write(int threads)
        {
            var stream = new MemoryStream();
            using ParquetWriter writer = ParquetWriter.Create(stream, Fields, new ParquetWriterOptions { MaxThreads = threads });
            writer.WriteRowGroup(table.Columns());
            writer.Complete();
            return stream.ToArray();
        }
    }

    private sealed class Table
    {
        public required int Rows { get; init; }
        public required bool[] IsNull { get; init; }
        public required long[] Longs { get; init; }
        public required double[] Doubles { get; init; }

        public static Table Random(int rows, double nullShare, bool fewDistinct, Random random)
        {
            long Next() => fewDistinct ? random.Next(-20, 20) : random.NextInt64(-1_000_000_000_000, 1_000_000_000_000);
            double[] odd = [double.NaN, -0.0, 0.0, double.PositiveInfinity, double.Epsilon, -1.5];
            return new Table
            {
                Rows = rows,
                IsNull = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble() < nullShare)],
                Longs = [.. Enumerable.Range(0, rows).Select(_ => Next())],
                Doubles = [.. Enumerable.Range(0, rows).Select(_ => random.Next(9) == 0 ? odd[random.Next(odd.Length)] : Next() / 8.0)],
            };
        }

        public ColumnValues[] Columns() =>
        [
            ColumnValues.From(Longs, IsNull),
            ColumnValues.From(Ints, IsNull),
            ColumnValues.From(Doubles, IsNull),
            ColumnValues.From(Floats, IsNull),
            ColumnValues.From((ReadOnlyMemory<bool>)Booleans, IsNull),
            Texts,
            ColumnValues.From((ReadOnlyMemory<byte[]?>)Bytes),
            ColumnValues.From(Longs, IsNull),
            ColumnValues.From(Longs, IsNull),
            ColumnValues.From(Ints, IsNull),
            ColumnValues.From(Longs, IsNull),
        ];

        public void AssertEqual(ParquetReader reader, int group, int batch)
        {
            Assert.Equal(Masked(Longs, 0L), Read<long>(reader, group, "int64", batch, (c, v, n) => c.ReadInt64(v, n)));
            Assert.Equal(Masked(Ints.Select(i => (long)i), 0L), Read<long>(reader, group, "int32", batch, (c, v, n) => c.ReadInt64(v, n)));
            Assert.Equal(Masked(Doubles, double.NaN), Read<double>(reader, group, "double", batch, (c, v, n) => c.ReadDouble(v, n)));
            Assert.Equal(Masked(Floats.Select(f => (double)f), double.NaN), Read<double>(reader, group, "float", batch, (c, v, n) => c.ReadDouble(v, n)));
            Assert.Equal(Masked(Booleans, false), Read<bool>(reader, group, "boolean", batch, (c, v, n) => c.ReadBoolean(v, n)));
            Assert.Equal(Texts, Read<string?>(reader, group, "string", batch, (c, v, n) => c.ReadString(v)));
            Assert.Equal(Bytes, Read<byte[]?>(reader, group, "bytes", batch, (c, v, n) => c.ReadBytes(v)));
            Assert.Equal(Masked(Longs, 0L), Read<long>(reader, group, "utc", batch, (c, v, n) => c.ReadTimestamp(v, n)));
            Assert.Equal(Masked(Longs, 0L), Read<long>(reader, group, "local", batch, (c, v, n) => c.ReadTimestamp(v, n)));
            Assert.Equal(Masked(Ints.Select(i => i * 86_400_000_000L), 0L), Read<long>(reader, group, "date", batch, (c, v, n) => c.ReadTimestamp(v, n)));
            Assert.Equal(Masked(Longs.Select(l => l / 1000.0), double.NaN), Read<double>(reader, group, "decimal", batch, (c, v, n) => c.ReadDouble(v, n)));
        }

        private int[] Ints => [.. Longs.Select(l => (int)(l % 1_000_003))];

        private float[] Floats => [.. Doubles.Select(d => (float)d)];

        private bool[] Booleans => [.. Longs.Select(l => (l & 1) != 0)];

        private string?[] Texts => [.. Longs.Select((l, i) => IsNull[i] ? null : l % 5 == 0 ? "" : $"t€xt {l}")];

        private byte[]?[] Bytes => [.. Longs.Select((l, i) => IsNull[i] ? null : BitConverter.GetBytes(l)[..(int)(Math.Abs(l) % 9)])];

        private delegate int Batch<T>(ColumnReader column, Span<T> values, Span<bool> isNull);

        private T[] Masked<T>(IEnumerable<T> values, T standIn) => [.. values.Select((v, i) => IsNull[i] ? standIn : v)];

        private T[] Read<T>(ParquetReader reader, int group, string name, int batch, Batch<T> read)
        {
            using ColumnReader column = reader.OpenColumn(group, reader.Schema[name]);
            var values = new List<T>();
            var nulls = new List<bool>();
            var buffer = new T[batch];
            var mask = new bool[batch];
            int rows;
            while ((rows = read(column, buffer, mask)) > 0)
            {
                values.AddRange(buffer[..rows]);
                nulls.AddRange(mask[..rows]);
            }

            if (typeof(T) != typeof(string) && typeof(T) != typeof(byte[]))
            {
                Assert.Equal(IsNull, nulls);
            }

            Assert.Equal(IsNull.Count(n => n), column.NullsRead);
            return [.. values];
        }
    }
}
