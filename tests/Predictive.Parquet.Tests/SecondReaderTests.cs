using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Predictive.Parquet.Tests.Conformance;
using Predictive.Tests;

namespace Predictive.Parquet.Tests;

/// <summary>
/// Two readers made elsewhere, hyparquet and DuckDB, on files written here, and a file DuckDB wrote read here. They need Node and a folder of
/// packages named by PREDICTIVE_NODE_MODULES (<c>npm i hyparquet hyparquet-compressors @duckdb/node-api</c>); absent, the tests skip.
/// </summary>
public sealed class SecondReaderTests : IDisposable
{
    private const int Rows = 30_011;
    private readonly string _folder = Directory.CreateTempSubdirectory("second-reader").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Brotli)]
    [InlineData(CompressionCodec.Uncompressed)]
    public void Hyparquet_reads_what_is_written_here(object codec)
    {
        string file = WriteSample((CompressionCodec)codec);
        JsonElement[] rows = Node("""
            import { parquetReadObjects } from 'hyparquet'; import { compressors } from 'hyparquet-compressors'; import fs from 'fs';
            const b = fs.readFileSync(process.argv[2]);
            const rows = await parquetReadObjects({ file: b.buffer.slice(b.byteOffset, b.byteOffset + b.length), compressors });
            const text = v => v === null || v === undefined ? null : v instanceof Date ? String(v.getTime()) : typeof v === 'bigint' ? v.toString() : Number.isNaN(v) ? 'NaN' : v;
            console.log(JSON.stringify(rows.map(r => Object.values(r).map(text))));
            """, file);
        AssertSample(rows, timestamp: micros => (micros / 1000).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void DuckDB_reads_what_is_written_here()
    {
        string file = WriteSample(CompressionCodec.Snappy);
        JsonElement[] rows = Node("""
            import { DuckDBInstance } from '@duckdb/node-api';
            const c = await (await DuckDBInstance.create()).connect();
            const r = await c.runAndReadAll(`select id::varchar, amount, name, flag, epoch_us("at")::varchar from read_parquet('${process.argv[2]}')`);
            const text = v => typeof v === 'bigint' ? v.toString() : Number.isNaN(v) ? 'NaN' : v;
            process.stdout.write(JSON.stringify(r.getRows().map(x => x.map(text))), () => process.exit(0));
            """, file);
        AssertSample(rows, timestamp: micros => micros.ToString(CultureInfo.InvariantCulture));

        // The statistics and the page index are used by this filter; wrong bounds would lose rows.
        JsonElement[] filtered = Node("""
            import { DuckDBInstance } from '@duckdb/node-api';
            const c = await (await DuckDBInstance.create()).connect();
            const r = await c.runAndReadAll(`select count(*)::int from read_parquet('${process.argv[2]}') where id between 20000 and 20999 and name >= 'n'`);
            process.stdout.write(JSON.stringify(r.getRows()), () => process.exit(0));
            """, file);
        Assert.Equal(Enumerable.Range(20_000, 1000).Count(i => Name(i) is not null && Id(i) is not null), filtered[0][0].GetInt32());
    }

    [Theory]
    [InlineData("snappy", "v1")]
    [InlineData("zstd", "v2")]
    [InlineData("gzip", "v2")]
    [InlineData("brotli", "v1")]
    [InlineData("lz4_raw", "v1")]
    [InlineData("uncompressed", "v2")]
    public void A_file_of_DuckDB_is_read_here(string codec, string version)
    {
        string file = Path.Combine(_folder, "duckdb.parquet");
        Node("""
            import { DuckDBInstance } from '@duckdb/node-api';
            const [file, codec, version] = process.argv.slice(2);
            const c = await (await DuckDBInstance.create()).connect();
            await c.run(`copy (select case when i % 7 = 0 then null else i end id, i * 0.25 amount, case when i % 5 = 0 then null else 'näme ' || (i % 300) end as name, i % 3 = 0 flag,
              make_timestamp(i * 1000003) as "at", (i / 8)::decimal(12, 3) price, date '2024-01-01' + (i % 900)::int as "day", hash(i)::varchar || 'x' unique_text from (select range i from range(30011)))
              to '${file}' (format parquet, compression ${codec}, parquet_version ${version}, row_group_size 10000)`);
            process.stdout.write('[]', () => process.exit(0));
            """, file, codec, version);
        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Equal(Rows, reader.RowCount);
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => i % 7 == 0 ? null : i.ToString(CultureInfo.InvariantCulture)), reader.ReadString("id"));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => i * 0.25), reader.ReadDouble("amount"));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => i % 5 == 0 ? null : $"näme {i % 300}"), reader.ReadString("name"));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? 1L : 0), reader.ReadInt64("flag"));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (long?)(i * 1_000_003L)), reader.ReadTimestamp("at"));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => i / 8.0), reader.ReadDouble("price"));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => new DateOnly(2024, 1, 1).AddDays(i % 900).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), reader.ReadString("day"));
        Assert.Equal(Rows, reader.ReadString("unique_text").Distinct().Count());
    }

    [Theory]
    [InlineData("byte_stream_split_extended.gzip")]
    [InlineData("hadoop_lz4_compressed")]
    [InlineData("hadoop_lz4_compressed_larger")]
    [InlineData("non_hadoop_lz4_compressed")]
    [InlineData("map_no_value")]
    public void Files_without_expectation_equal_hyparquets_reading(string name)
    {
        string file = SharedData.Path($"parquet-testing/data/{name}.parquet");
        JsonElement[] rows = Node("""
            import { parquetReadObjects } from 'hyparquet'; import { compressors } from 'hyparquet-compressors'; import fs from 'fs';
            const b = fs.readFileSync(process.argv[2]);
            const rows = await parquetReadObjects({ file: b.buffer.slice(b.byteOffset, b.byteOffset + b.length), compressors, utf8: false });
            const plain = v => v === null || v === undefined ? null : typeof v === 'bigint' ? v.toString() : v instanceof Uint8Array ? 'bytes ' + Buffer.from(v).toString('hex')
              : Array.isArray(v) ? v.map(plain) : v instanceof Date ? String(v.getTime()) : typeof v === 'object' ? (v.key_value ? v.key_value.map(e => String(e.key)) : Object.keys(v)) : typeof v === 'number' ? String(v) : v;
            console.log(JSON.stringify(rows.map(r => Object.values(r).map(plain))));
            """, file);
        using ParquetReader reader = ParquetReader.Open(file);
        List<KeyValuePair<string, object?[]>> columns = ConformanceRun.ReadAll(reader);
        Assert.Equal(reader.RowCount, rows.Length);
        for (int row = 0; row < rows.Length; row++)
        {
            for (int c = 0; c < columns.Count; c++)
            {
                AssertSame(rows[row][c], columns[c].Value[row], $"{columns[c].Key}[{row}]");
            }
        }
    }

    private static void AssertSame(JsonElement expected, object? actual, string where)
    {
        switch (actual)
        {
            case null:
                Assert.True(expected.ValueKind == JsonValueKind.Null, where);
                break;
            case decimal exact:
                // hyparquet multiplies by a rounded power of ten.
                Assert.Equal((double)exact, double.Parse(expected.GetString()!, CultureInfo.InvariantCulture), 1e-12 * Math.Abs((double)exact));
                break;
            case float or double:
                double number = Convert.ToDouble(actual, CultureInfo.InvariantCulture);
                Assert.True(double.Parse(expected.GetString()!, CultureInfo.InvariantCulture) == number, $"{where}: {actual} where {expected} is expected");
                break;
            case byte[] bytes:
                Assert.Equal("bytes " + Convert.ToHexStringLower(bytes), expected.GetString());
                break;
            case KeyValuePair<object?, object?>[] map:
                // hyparquet makes an object of a map: its keys are what there is to compare.
                Assert.Equal(map.Select(e => Convert.ToString(e.Key, CultureInfo.InvariantCulture)), expected.EnumerateArray().Select(e => e.GetString()));
                break;
            case object?[] list:
                Assert.Equal(list.Length, expected.GetArrayLength());
                for (int i = 0; i < list.Length; i++)
                {
                    AssertSame(expected[i], list[i], $"{where}[{i}]");
                }

                break;
            default:
                Assert.True(Convert.ToString(actual, CultureInfo.InvariantCulture) == expected.GetString(), $"{where}: {actual} where {expected} is expected");
                break;
        }
    }

    private static long? Id(int i) => i % 11 == 3 ? null : i;

    private static double Amount(int i) => i % 97 == 0 ? double.NaN : i * 0.37;

    private static string? Name(int i) => i % 13 == 0 ? null : $"näme {i % 500}";

    private static long At(int i) => 1_700_000_000_000_000 + i * 1_000_000L;

    private string WriteSample(CompressionCodec codec)
    {
        string file = Path.Combine(_folder, $"{codec}.parquet");
        using ParquetWriter writer = ParquetWriter.Create(
            file,
            [ParquetField.Int64("id", nullable: true), ParquetField.Double("amount"), ParquetField.String("name", nullable: true), ParquetField.Boolean("flag"), ParquetField.Timestamp("at", isAdjustedToUtc: false)],
            new ParquetWriterOptions { Codec = codec, RowsPerPage = 1009 });
        foreach (int[] part in Enumerable.Range(0, Rows).Chunk(20_000))
        {
            writer.WriteRowGroup(
                ColumnValues.From(part.Select(i => Id(i) ?? 0).ToArray(), part.Select(i => Id(i) is null).ToArray()),
                part.Select(Amount).ToArray(),
                part.Select(Name).ToArray(),
                part.Select(i => i % 3 == 0).ToArray(),
                part.Select(At).ToArray());
        }

        writer.Complete();
        return file;
    }

    private static void AssertSample(JsonElement[] rows, Func<long, string> timestamp)
    {
        Assert.Equal(Rows, rows.Length);
        for (int i = 0; i < Rows; i++)
        {
            JsonElement row = rows[i];
            string? id = row[0].ValueKind == JsonValueKind.Null ? null : row[0].ToString();
            Assert.True(id == Id(i)?.ToString(CultureInfo.InvariantCulture), $"id[{i}] = {id}");
            double amount = row[1].ValueKind == JsonValueKind.String ? double.NaN : row[1].GetDouble();
            Assert.True(amount.Equals(Amount(i)), $"amount[{i}] = {amount}");
            Assert.True(row[2].GetString() == Name(i), $"name[{i}] = {row[2]}");
            Assert.True(row[3].GetBoolean() == (i % 3 == 0), $"flag[{i}]");
            Assert.True(row[4].GetString() == timestamp(At(i)), $"at[{i}] = {row[4]}");
        }
    }

    // Runs a module beside a link to the packages and parses what it prints.
    private JsonElement[] Node(string script, params string[] arguments)
    {
        string? modules = Environment.GetEnvironmentVariable("PREDICTIVE_NODE_MODULES");
        Assert.SkipUnless(modules is not null && Directory.Exists(Path.Combine(modules, "hyparquet")) && Directory.Exists(Path.Combine(modules, "@duckdb")), "needs Node and PREDICTIVE_NODE_MODULES, a node_modules folder with hyparquet, hyparquet-compressors and @duckdb/node-api");
        string link = Path.Combine(_folder, "node_modules");
        if (!Directory.Exists(link))
        {
            Directory.CreateSymbolicLink(link, Path.GetFullPath(modules!));
        }

        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.mjs");
        File.WriteAllText(path, script);
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--preserve-symlinks");
        start.ArgumentList.Add(path);
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
    }
}
