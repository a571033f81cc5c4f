using System.Globalization;
using System.Net;
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
    private readonly ClickHouseClient _client = new(address);

    /// <summary>Server and table, for messages.</summary>
    public string Place => address.Place;

    /// <summary>Fills a new table beside the one that is to be replaced; <see cref="SwapAsync"/> lets it take that one's place.</summary>
    /// <param name="files">
    /// Parquet of one shape; the first column is never missing and orders the table. None = a table without rows.
    /// </param>
    /// <param name="shape">A file that has the columns.</param>
    /// <param name="cancellation">Ends it; the table stays what it was.</param>
    /// <exception cref="DatasetException">A file holds what a table cannot, or the table is one that shows others' rows.</exception>
    /// <exception cref="WarehouseException">The server or the network failed; the table is what it was.</exception>
    public async Task<ClickHouseFilled> FillAsync(IReadOnlyList<string> files, string shape, CancellationToken cancellation)
    {
        RowBinaryColumn[] columns = Shape(shape).Columns;
        long rows = 0;
        foreach (string file in files)
        {
            (RowBinaryColumn[] own, long some) = Shape(file);
            rows += some;
            if (!own.Select(c => (c.Name, c.TypeName)).SequenceEqual(columns.Select(c => (c.Name, c.TypeName))))
            {
                throw new DatasetException(
                    "other-columns", $"{file} has other columns than {shape}; expected the same. Write both anew.", file);
            }
        }

        await RefuseShownAsync(cancellation);
        string made = await Scratch.NewAsync(cancellation);
        string fields = string.Join(", ", columns.Select(c => $"{ClickHouseClient.Name(c.Name)} {c.TypeName}"));
        await _client.ChangeAsync(
            $"CREATE TABLE {ClickHouseClient.Name(made)} ({fields}) ENGINE = MergeTree() PARTITION BY tuple() ORDER BY "
                + ClickHouseClient.Name(columns[0].Name),
            null, cancellation);
        try
        {
            if (rows > 0)
            {
                await _client.ChangeAsync(
                    $"INSERT INTO {ClickHouseClient.Name(made)} FORMAT RowBinary", new Rows(files, cancellation), cancellation);
            }

            string there = (await _client.RowsAsync($"SELECT count() FROM {ClickHouseClient.Name(made)}", cancellation))[0][0];
            if (there != rows.ToString(CultureInfo.InvariantCulture))
            {
                throw new WarehouseException(
                    $"{address.Place}: {there} of {rows:0} rows arrived. The table is what it was; try again.");
            }
        }
        catch
        {
            await Scratch.DropAsync(made);
            throw;
        }

        return new ClickHouseFilled(made, columns, rows);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Removes a filled table that is not wanted any more; best effort.</summary>
    public Task DropAsync(ClickHouseFilled filled) => Scratch.DropAsync(filled.Made);

    private ClickHouseScratch Scratch => new(_client, address);

    // A Distributed table holds nothing: to swap it would hide the rows of the shards and not replace them.
    private async Task RefuseShownAsync(CancellationToken cancellation)
    {
        IReadOnlyList<string[]> engine = await _client.RowsAsync(
            $"SELECT engine FROM system.tables WHERE database = {ClickHouseClient.Text(address.Database)} AND "
                + $"name = {ClickHouseClient.Text(address.Table)}", cancellation);
        if (engine is [["Distributed"]])
        {
            throw new DatasetException(
                "shown-table",
                $"{address.Place} shows the rows of other servers (Distributed) and holds none; expected a table that holds its rows. "
                    + "Name the table of each server, separated by commas.");
        }
    }

    /// <summary>Lets a filled table take the place of the old one; where it fails, <see cref="DropAsync(ClickHouseFilled)"/> it.</summary>
    /// <exception cref="WarehouseException">The server or the network failed; the table is what it was.</exception>
    public async Task SwapAsync(ClickHouseFilled filled, CancellationToken cancellation)
    {
        (string made, RowBinaryColumn[] columns, _) = filled;
        string table = ClickHouseClient.Name(address.Table), fresh = ClickHouseClient.Name(made);
        if (await Scratch.IsThereAsync(cancellation)
            && (await _client.RowsAsync($"DESCRIBE TABLE {table}", cancellation)).Select(r => $"{r[0]} {r[1]}").SequenceEqual(
                columns.Select(c => $"{c.Name} {c.TypeName}")))
        {
            await _client.ChangeAsync($"ALTER TABLE {table} REPLACE PARTITION tuple() FROM {fresh}", null, cancellation);
            await Scratch.DropAsync(made);
            return;
        }

        await Scratch.RenameAsync(made, cancellation);
    }

    private static (RowBinaryColumn[] Columns, long Rows) Shape(string file)
    {
        using ParquetReading reading = ParquetReading.Open(file);
        return (ColumnsOf(file, reading), reading.Rows);
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

/// <summary>A table that was filled and is not in its place yet.</summary>
/// <param name="Made">Its name.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows.</param>
internal sealed record ClickHouseFilled(string Made, RowBinaryColumn[] Columns, long Rows);
