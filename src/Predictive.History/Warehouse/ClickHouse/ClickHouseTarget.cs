using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Apache.Arrow.Ipc;
using ParquetSharp;
using Predictive.History.Parquet;
using ArrowReaderProperties = ParquetSharp.Arrow.ArrowReaderProperties;
using FileReader = ParquetSharp.Arrow.FileReader;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>
/// Writes a flat Parquet file back as a table: into a new one first, and when all rows are there it takes the place of the old one, so that
/// a reader sees all of the old or all of the new.
/// <code>
/// NAME__new_SECONDS_HEX   made, filled by one INSERT, counted
/// no NAME yet             RENAME
/// NAME of the same shape  REPLACE PARTITION: readers at work end with the old rows, later ones get the new
/// NAME of another shape   RENAME of both in one statement
/// </code>
/// </summary>
internal sealed class ClickHouseTarget(WarehouseAddress address) : IDisposable
{
    private const string NewMark = "__new_";
    private const long Forgotten = 86_400;
    private readonly ClickHouseClient _client = new(address);

    /// <summary>Replaces the table by what files hold.</summary>
    /// <param name="files">Parquet of one shape; the first column is never missing and orders the table.</param>
    /// <param name="cancellation">Ends it; the table stays what it was.</param>
    /// <returns>Rows written.</returns>
    /// <exception cref="DatasetException">The file holds what a table cannot.</exception>
    /// <exception cref="WarehouseException">The server or the network failed; the table is what it was.</exception>
    public async Task<long> ReplaceAsync(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var columns = Array.Empty<RowBinaryColumn>();
        long rows = 0;
        foreach (string file in files)
        {
            using ParquetReading reading = ParquetReading.Open(file);
            RowBinaryColumn[] own = ColumnsOf(file, reading);
            rows += reading.Rows;
            columns = columns.Length == 0 ? own
                : own.Select(c => (c.Name, c.TypeName)).SequenceEqual(columns.Select(c => (c.Name, c.TypeName))) ? columns
                : throw new DatasetException(
                    "other-columns", $"{file} has other columns than {files[0]}; expected the same. Write both anew.", file);
        }

        string now = (await _client.RowsAsync("SELECT toUInt32(now())", cancellation))[0][0];
        await ForgetAsync(long.Parse(now, CultureInfo.InvariantCulture), cancellation);
        string made = $"{address.Table}{NewMark}{now}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        string shape = string.Join(", ", columns.Select(c => $"{ClickHouseClient.Name(c.Name)} {c.TypeName}"));
        await _client.ChangeAsync(
            $"CREATE TABLE {ClickHouseClient.Name(made)} ({shape}) ENGINE = MergeTree() PARTITION BY tuple() ORDER BY "
                + ClickHouseClient.Name(columns[0].Name),
            null, cancellation);
        try
        {
            await _client.ChangeAsync(
                $"INSERT INTO {ClickHouseClient.Name(made)} FORMAT RowBinary", new Rows(files, cancellation),
                cancellation);
            string there = (await _client.RowsAsync($"SELECT count() FROM {ClickHouseClient.Name(made)}", cancellation))[0][0];
            if (there != rows.ToString(CultureInfo.InvariantCulture))
            {
                throw new WarehouseException(
                    $"{address.Place}: {there} of {rows:0} rows arrived. The table is what it was; try again.");
            }

            await SwapAsync(made, columns, cancellation);
        }
        catch
        {
            await DropAsync(made);
            throw;
        }

        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task SwapAsync(string made, RowBinaryColumn[] columns, CancellationToken cancellation)
    {
        string table = ClickHouseClient.Name(address.Table), fresh = ClickHouseClient.Name(made);
        if ((await _client.RowsAsync($"EXISTS TABLE {table}", cancellation))[0][0] == "0")
        {
            await _client.ChangeAsync($"RENAME TABLE {fresh} TO {table}", null, cancellation);
            return;
        }

        IReadOnlyList<string[]> shape = await _client.RowsAsync($"DESCRIBE TABLE {table}", cancellation);
        if (shape.Select(r => $"{r[0]} {r[1]}").SequenceEqual(columns.Select(c => $"{c.Name} {c.TypeName}")))
        {
            await _client.ChangeAsync($"ALTER TABLE {table} REPLACE PARTITION tuple() FROM {fresh}", null, cancellation);
            await DropAsync(made);
            return;
        }

        string old = made.Replace(NewMark, NewMark + "old_", StringComparison.Ordinal);
        await _client.ChangeAsync($"RENAME TABLE {table} TO {ClickHouseClient.Name(old)}, {fresh} TO {table}", null, cancellation);
        await DropAsync(old);
    }

    // What a process that was killed left; those of a day and less may be at work.
    private async Task ForgetAsync(long now, CancellationToken cancellation)
    {
        string prefix = address.Table + NewMark;
        foreach (string[] row in await _client.RowsAsync(
            $"SELECT name FROM system.tables WHERE database = {ClickHouseClient.Text(address.Database)} AND "
                + $"startsWith(name, {ClickHouseClient.Text(prefix)})", cancellation))
        {
            string[] parts = row[0][prefix.Length..].Replace("old_", "", StringComparison.Ordinal).Split('_');
            if (long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long at) && now - at > Forgotten)
            {
                await DropAsync(row[0]);
            }
        }
    }

    // Best effort, also when it is cancelled: what stays is dropped by a later run.
    private async Task DropAsync(string table)
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await _client.ChangeAsync($"DROP TABLE IF EXISTS {ClickHouseClient.Name(table)}", null, soon.Token);
        }
        catch (Exception e) when (e is WarehouseException or OperationCanceledException)
        {
            // Told by what failed before, if anything did.
        }
    }

    private static RowBinaryColumn[] ColumnsOf(string file, ParquetReading reading) =>
        [.. reading.Schema.FieldsList.Select(f => RowBinaryColumn.Of(file, f))];

    /// <summary>Rows on their way: a record batch at a time.</summary>
    private sealed class Rows(IReadOnlyList<string> files, CancellationToken cancellation) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var bytes = new MemoryStream();
            foreach (string file in files)
            {
                using ParquetReading reading = ParquetReading.Open(file);
                RowBinaryColumn[] columns = ColumnsOf(file, reading);
                while (await reading.Batches.ReadNextRecordBatchAsync(cancellation) is { } batch)
                {
                    using (batch)
                    {
                        bytes.SetLength(0);
                        for (int row = 0; row < batch.Length; row++)
                        {
                            for (int c = 0; c < columns.Length; c++)
                            {
                                columns[c].Write(bytes, batch.Column(c), row);
                            }
                        }
                    }

                    await stream.WriteAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), cancellation);
                }
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A file, open as record batches.</summary>
    private sealed record ParquetReading(FileReader Reader, long Rows, Apache.Arrow.Schema Schema, IArrowArrayStream Batches) : IDisposable
    {
        public static ParquetReading Open(string file) => ParquetFault.Guard(file, null, () =>
        {
            using ArrowReaderProperties properties = ArrowReaderProperties.GetDefault();
            properties.BatchSize = 1 << 14;
            var reader = new FileReader(file, null, properties);
            using ParquetFileReader footer = reader.ParquetReader;
            return new ParquetReading(reader, footer.FileMetaData.NumRows, reader.Schema, reader.GetRecordBatchReader());
        });

        public void Dispose()
        {
            Batches.Dispose();
            Reader.Dispose();
        }
    }
}
