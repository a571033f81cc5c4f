// Linked into Predictive.Benchmarks too.
using Parquet;
using Parquet.Schema;
using ParquetSharp;
using Predictive.History.Parquet;
using Encoding = ParquetSharp.Encoding;
using ParquetWriter = Predictive.History.Parquet.ParquetWriter;

namespace Predictive.History.Tests.Parquet.Mutations;

/// <summary>A sound file, and where its page headers lie.</summary>
internal sealed record SeedFile(string Name, byte[] Bytes, IReadOnlyList<Range> PageHeaders)
{
    /// <summary>First byte of the footer.</summary>
    public int Footer => Bytes.Length - 8 - BitConverter.ToInt32(Bytes, Bytes.Length - 8);
}

/// <summary>Small sound files by several writers, in several encodings, codecs and types. The same bytes each time.</summary>
internal static class SeedFiles
{
    private const int Rows = 300;
    private const string Headers = ".headers";

    /// <summary>Writes every file into a folder, and beside each where its page headers lie.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="cases">A folder of further files to take the small ones of; null = none.</param>
    public static void Make(string folder, string? cases)
    {
        Directory.CreateDirectory(folder);
        Product(folder);
        ByParquetSharp(folder);
        ByDuckDb(folder);
        ByParquetNet(folder).GetAwaiter().GetResult();
        foreach (string file in cases is null ? (IEnumerable<string>)[]
            : Directory.EnumerateFiles(cases, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            File.WriteAllBytes(Path.Combine(folder, "case-" + Path.GetRelativePath(cases!, file).Replace('/', '-')),
                File.ReadAllBytes(file));
        }

        foreach (string file in Directory.GetFiles(folder, "*.parquet"))
        {
            File.WriteAllLines(file + Headers,
                PageHeaders(file).Select(h => FormattableString.Invariant($"{h.Start.Value} {h.End.Value}")));
        }
    }

    /// <summary>The files of a folder in ordinal order.</summary>
    public static List<SeedFile> Load(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.parquet").Order(StringComparer.Ordinal).Select(f => new SeedFile(Path.GetFileName(f),
            File.ReadAllBytes(f), [.. File.ReadLines(f + Headers).Select(Range)]))];

    /// <summary>Where the page headers of a sound file lie; its footer is read by DuckDB.</summary>
    public static IReadOnlyList<Range> PageHeaders(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        var headers = new List<Range>();
        foreach (object?[] chunk in Duck.Query(
            $"SELECT dictionary_page_offset, data_page_offset, total_compressed_size FROM parquet_metadata('{path}')"))
        {
            long data = (long)chunk[1]!, start = chunk[0] is long dictionary and > 0 && dictionary < data ? dictionary : data,
                end = start + (long)chunk[2]!;
            while (start < end)
            {
                var header = new CompactThrift(bytes, (int)start).Walk();
                headers.Add((int)start..header.End);
                start = header.End + header.Fields[3];
            }
        }

        return headers;
    }

    private static void Product(string folder)
    {
        string?[] ids = [.. Rep(i => (string?)$"c{i % 40}")], orders = [.. Rep(i => i % 11 == 0 ? null : $"order-{i / 2}")];
        long[] times = [.. Rep(i => (19_000L + (i % 200)) * 86_400_000_000)];
        double[] amounts = [.. Rep(i => 5 + (i * 37 % 1000 / 100.0))];
        foreach (bool dictionary in new[] { true, false })
        {
            using ParquetWriter writer = ParquetWriter.Create(
                Path.Combine(folder, dictionary ? "ours-dictionary.parquet" : "ours-plain.parquet"),
                [.. new[]
                {
                    ParquetField.String("customer_id"), ParquetField.Timestamp("ordered_at", false),
                    ParquetField.Double("amount", nullable: true), ParquetField.String("order_id", nullable: true),
                }.Select(f => f with { HasDictionary = dictionary })]);
            for (int from = 0; from < Rows; from += Rows / 2)
            {
                Range part = from..(from + (Rows / 2));
                writer.WriteRowGroup(ids[part], times[part], ColumnValues.From(amounts[part]), orders[part]);
            }

            writer.Complete();
        }
    }

    private static void ByParquetSharp(string folder)
    {
        MadeColumn[] columns =
        [
            MadeColumn.Text("customer_id", [.. Rep(i => $"c{i % 40}")]),
                MadeColumn.Times("ordered_at", [.. Rep(i => (long?)(19_000L + (i % 200)) * 86_400_000_000)]),
            MadeColumn.Double("amount", [.. Rep(i => (double?)(5 + (i * 37 % 1000 / 100.0)))]),
                MadeColumn.Text("order_id", [.. Rep(i => i % 11 == 0 ? null : $"o{i / 2}")]),
            MadeColumn.Text("product_id", [.. Rep(i => i % 3 == 0 ? null : $"p{i % 7}")]),
        ];
        void Write(string name, Action<WriterPropertiesBuilder> set, params MadeColumn[] instead) =>
            MadeFile.Write(Path.Combine(folder, name + ".parquet"),
                [.. columns.Select(c => instead.FirstOrDefault(n => n.Name == c.Name) ?? c)], 200, set);

        Write("sharp-snappy", b => b.DataPagesize(256));
        Write("sharp-checksums", b => b.EnablePageChecksum().Compression(Compression.Zstd));
        Write(
            "sharp-v2",
            b => b.DataPageVersion(ParquetDataPageVersion.V2).Version(ParquetVersion.PARQUET_2_LATEST).Compression(Compression.Zstd)
                .DataPagesize(256));
        Write("sharp-raw", b => b.Compression(Compression.Uncompressed).DisableDictionary().DataPagesize(256));
        Write("sharp-gzip-index", b => b.Compression(Compression.Gzip).EnableWritePageIndex());
        Write("sharp-lz4", b => b.Compression(Compression.Lz4));
        Write("sharp-delta", b => b.Compression(Compression.Uncompressed).DisableDictionary().Encoding("customer_id",
            Encoding.DeltaByteArray).Encoding("order_id", Encoding.DeltaLengthByteArray)
            .Encoding("ordered_at", Encoding.DeltaBinaryPacked).Encoding("amount", Encoding.ByteStreamSplit));
        Write(
            "sharp-types",
            b => b.Compression(Compression.Brotli),
            new MadeColumn("customer_id", PhysicalType.FixedLenByteArray, LogicalType.Uuid,
                [.. Rep(i => new Guid(i % 40, 2, 3, new byte[8]).ToByteArray(bigEndian: true))], 16),
            new MadeColumn("ordered_at", PhysicalType.Int96, LogicalType.None,
                [.. Rep(i => (object)new Int96(i, 0, 2_440_588 + 19_000 + (i % 200)))]),
            new MadeColumn("amount", PhysicalType.FixedLenByteArray, () => LogicalType.Decimal(12, 2),
                [.. Rep(i => new byte[] { 0, 0, 0, 0, (byte)(i / 256), (byte)i })], 6),
            MadeColumn.Int64("order_id", [.. Rep(i => i % 11 == 0 ? (long?)null : i / 2)]));
        Write(
            "sharp-decimals",
            b => b.DataPagesize(256),
            MadeColumn.Int32("customer_id", [.. Rep(i => (int?)(i % 40))]),
            new MadeColumn("amount", PhysicalType.ByteArray, () => LogicalType.Decimal(20, 3),
                [.. Rep(i => i % 50 == 49 ? (object)new byte[] { 0 } : new[] { (byte)(i / 256), (byte)i })]),
            MadeColumn.Int32("ordered_at", [.. Rep(i => (int?)(19_000 + (i % 200)))]) with { Logical = LogicalType.Date });
    }

    private static void ByDuckDb(string folder)
    {
        const string from = "FROM range(300) t(i)";
        void Write(string name, string select, string options) => Duck.Write(Path.Combine(folder, name + ".parquet"),
            $"SELECT {select} {from}", options);

        Write(
            "duck-snappy",
            "'c' || i % 40 AS customer_id, TIMESTAMP '2022-01-01' + to_days((i % 200)::INT) AS ordered_at, i / 7.0 AS amount, CASE WHEN "
                + "i % 11 > 0 THEN 'o' || i // 2 END AS order_id",
            "COMPRESSION snappy");
        Write(
            "duck-zstd",
            "i % 40 AS customer_id, TIMESTAMP_NS '2022-01-01' + to_days((i % 200)::INT) AS ordered_at, (i / 7)::DECIMAL(9,2) AS amount, "
                + "i // 2 AS order_id",
            "COMPRESSION zstd, ROW_GROUP_SIZE 100");
        Write(
            "duck-v2",
            "'c' || i % 40 AS customer_id, TIMESTAMPTZ '2022-01-01' + to_days((i % 200)::INT) AS ordered_at, i / 7.0 AS amount, 'o' || i "
                + "// 2 AS order_id",
            "COMPRESSION uncompressed, PARQUET_VERSION v2");
        Write(
            "duck-gzip",
            "md5((i % 40)::VARCHAR)::UUID AS customer_id, DATE '2022-01-01' + (i % 200)::INT AS ordered_at, (i / "
                + "7)::DECIMAL(30,4) AS amount, "
                + "i::UBIGINT AS order_id",
            "COMPRESSION gzip");
        Write(
            "duck-brotli",
            "(i % 40)::DOUBLE AS customer_id, TIMESTAMP_MS '2022-01-01' + to_days((i % 200)::INT) AS ordered_at, (i / 7)::FLOAT AS "
                + "amount, i::SMALLINT AS quantity, [i] AS list",
            "COMPRESSION brotli");
        Write(
            "duck-lz4",
            "'c' || i % 40 AS customer_id, TIMESTAMP '2022-01-01' AS ordered_at, CASE WHEN i % 2 = 0 THEN 1.5 END AS discount, "
                + "NULL::VARCHAR AS channel",
            "COMPRESSION lz4_raw");
    }

    private static async Task ByParquetNet(string folder)
    {
        foreach (CompressionMethod codec in new[] { CompressionMethod.Snappy, CompressionMethod.Gzip, CompressionMethod.Zstd,
            CompressionMethod.None })
        {
            var schema = new ParquetSchema(
                new DataField<string>("customer_id"), new DateTimeDataField("ordered_at", DateTimeFormat.DateAndTimeMicros),
                    new DecimalDataField("amount", 12, 2), new DataField<long?>("order_id"), new DataField<double>("quantity"));
            using FileStream stream = File.Create(Path.Combine(folder, $"net-{codec.ToString().ToLowerInvariant()}.parquet"));
            await using var writer = await global::Parquet.ParquetWriter.CreateAsync(schema, stream,
                new ParquetOptions { CompressionMethod = codec });
            for (int g = 0; g < 2; g++)
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                await group.WriteAsync(schema.DataFields[0], [.. Rep(i => $"c{i % 40}")]);
                await group.WriteAsync<DateTime>(schema.DataFields[1], Rep(i => new DateTime(2022, 1, 1).AddDays(i % 200)).ToArray());
                await group.WriteAsync<decimal>(schema.DataFields[2], Rep(i => i / 8m).ToArray());
                await group.WriteAsync<long>(schema.DataFields[3], Rep(i => i % 11 == 0 ? (long?)null : i / 2).ToArray());
                await group.WriteAsync<double>(schema.DataFields[4], Rep(i => 1.0 + (i % 3)).ToArray());
            }
        }
    }

    private static Range Range(string line)
    {
        int[] ends = [.. line.Split(' ').Select(e => int.Parse(e, System.Globalization.CultureInfo.InvariantCulture))];
        return ends[0]..ends[1];
    }

    private static IEnumerable<T> Rep<T>(Func<int, T> value) => Enumerable.Range(0, Rows).Select(value);
}
