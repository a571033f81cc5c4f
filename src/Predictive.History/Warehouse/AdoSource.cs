using System.Data;
using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Predictive.History.Warehouse;

/// <summary>
/// A table of any engine with an ADO.NET provider. It cuts no slices: nothing but the whole is asked for.
/// </summary>
/// <param name="place">Server and table, for messages.</param>
/// <param name="connect">A new connection, not open yet.</param>
/// <param name="table">The table as SQL.</param>
/// <param name="dialect">The engine's SQL.</param>
/// <param name="limit">What a query may take.</param>
/// <param name="timeout">Silence in the middle of an answer after which the server counts as gone.</param>
internal sealed class AdoSource(
    string place, Func<DbConnection> connect, string table, AdoDialect dialect, TimeSpan limit, TimeSpan timeout) : IHistorySource
{
    private const int LinesBetweenLooks = 1_024;

    /// <summary>Whether lines that are equal count once.</summary>
    public bool IsDistinct { get; init; }

    /// <inheritdoc/>
    public string Place => place;

    /// <inheritdoc/>
    public bool CutsSlices => false;

    /// <summary>A table of PostgreSQL.</summary>
    public static AdoSource Postgres(WarehouseAddress address)
    {
        Credentials credentials = Credentials.For(address);
        var text = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host, Port = address.Port, Database = address.Database, Username = credentials.User,
            Password = credentials.Password,
            Timeout = (int)Math.Min(10, address.Timeout.TotalSeconds), CommandTimeout = 0, TcpKeepAlive = true, Pooling = false,
            TcpKeepAliveTime = (int)Math.Clamp(address.Timeout.TotalSeconds / 2, 1, 30),
            TcpKeepAliveInterval = (int)Math.Clamp(address.Timeout.TotalSeconds / 18, 1, 10),
            CancellationTimeout = 2_000,
        };
        if (address.Authority is { } file)
        {
            (text.SslMode, text.RootCertificate) = (SslMode.VerifyFull, file);
        }

        return new AdoSource(
            address.Place, () => new NpgsqlConnection(text.ConnectionString),
            string.Join('.', address.Table.Split('.').Select(AdoDialect.Name)), AdoDialect.Postgres, address.Limit, address.Timeout)
        {
            IsDistinct = address.IsDistinct,
        };
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SourceColumn>> ColumnsAsync(CancellationToken cancellation) => AskAsync(
        $"SELECT * FROM {table} WHERE 1 = 0",
        (reader, _) => Task.FromResult<IReadOnlyList<SourceColumn>>(
            [.. Enumerable.Range(0, reader.FieldCount).Select(i =>
                new SourceColumn(
                    reader.GetName(i), reader.GetDataTypeName(i), KindOf(reader.GetFieldType(i), reader.GetDataTypeName(i)), true))]),
        cancellation);

    /// <inheritdoc/>
    public Task<SourceCensus> CensusAsync(
        IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice, CancellationToken cancellation) => AskAsync(
        $"SELECT count(*){(Hash(columns) is { } hash ? $", {dialect.Sum(hash)}" : "")} FROM {From(columns)}",
        async (reader, token) =>
        {
            await reader.ReadAsync(token);
            return new SourceCensus(
                Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture),
                dialect.Hash is null ? null : AdoDialect.Modulo(reader.GetValue(1)));
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SourceCensus> ReadAsync(
        IReadOnlyList<SourceColumn> columns, SourceColumn customer, HistorySlice slice, ILineSink sink, CancellationToken cancellation)
    {
        string by = AdoDialect.Name(customer.Name), ordered = customer.Kind == SourceKind.Text ? dialect.Bytewise(by) : by;
        string sql = $"SELECT {Names(columns)}{(Hash(columns) is { } hash ? $", {hash}" : "")} FROM {From(columns)} ORDER BY {ordered}";
        return AskAsync(sql, (reader, token) => LinesAsync(reader, columns, sink, token), cancellation);
    }

    /// <inheritdoc/>
    public Task<SourceReach> ReachAsync(SourceColumn customer, SourceColumn time, CancellationToken cancellation) =>
        throw new NotSupportedException("This engine cuts no slices: samples are cut out of the copy.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private async Task<SourceCensus> LinesAsync(
        DbDataReader reader, IReadOnlyList<SourceColumn> columns, ILineSink sink, CancellationToken cancellation)
    {
        var values = new AdoValues(columns);
        long lines = 0;
        ulong fingerprint = 0;
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            while (await reader.ReadAsync(lines == 0 ? cancellation : silence.Token))
            {
                if (lines++ % LinesBetweenLooks == 0)
                {
                    silence.CancelAfter(timeout);
                }

                LineBatch batch = sink.Current;
                for (int c = 0; c < columns.Count; c++)
                {
                    values.Set(reader, c, batch.Columns[c], batch.Count);
                }

                fingerprint += dialect.Hash is null ? 0 : unchecked((ulong)(reader.GetFieldType(columns.Count) == typeof(ulong)
                    ? (long)(ulong)reader.GetValue(columns.Count) : reader.GetInt64(columns.Count)));
                batch.Count++;
                if (batch.Count == batch.Capacity)
                {
                    sink.Next();
                }
            }
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new WarehouseException(
                $"{place}: nothing came for {timeout.TotalSeconds:0} seconds in the middle of an answer. Nothing was kept; try again.", e);
        }

        return new SourceCensus(lines, dialect.Hash is null ? null : fingerprint);
    }

    private async Task<T> AskAsync<T>(string sql, Func<DbDataReader, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ends.CancelAfter(limit);
        try
        {
            await using DbConnection connection = connect();
            await connection.OpenAsync(ends.Token);
            await using DbCommand command = connection.CreateCommand();
            if (dialect.Prepare is { } first)
            {
                command.CommandText = first;
                await command.ExecuteNonQueryAsync(ends.Token);
            }

            command.CommandText = sql;
            await using DbDataReader reader = await command.ExecuteReaderAsync(ends.Token);
            return await read(reader, ends.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new WarehouseException(
                $"{place}: the query took more than {limit.TotalSeconds:0} seconds. Raise the address's limit=SECONDS.", e);
        }
        catch (Exception e) when (e is DbException or InvalidCastException or OverflowException || IsOwnTimeout(e))
        {
            string what = e is PostgresException { MessageText: var said, SqlState: var state }
                ? $"PostgreSQL says: {said} ({state})" : e.Message;
            throw new WarehouseException($"{place}: {what.TrimEnd('.')}. Nothing was kept; mend it there and try again.", e);
        }
    }

    private static bool IsOwnTimeout(Exception e) => e is TimeoutException or System.Net.Sockets.SocketException;

    private string? Hash(IReadOnlyList<SourceColumn> columns) =>
        dialect.Hash?.Invoke([.. columns.Select(c => AdoDialect.Name(c.Name))]);

    private string From(IReadOnlyList<SourceColumn> columns) => IsDistinct
        ? $"(SELECT DISTINCT {Names(columns)} FROM {table}) AS t"
        : table;

    private static string Names(IReadOnlyList<SourceColumn> columns) => string.Join(", ", columns.Select(c => AdoDialect.Name(c.Name)));

    private static SourceKind KindOf(Type type, string name) =>
        type == typeof(string) || type == typeof(Guid) ? SourceKind.Text
        : type == typeof(sbyte) || type == typeof(byte) || type == typeof(short) || type == typeof(ushort) || type == typeof(int)
            || type == typeof(uint) || type == typeof(long) ? SourceKind.Whole
        : type == typeof(ulong) ? SourceKind.LargeWhole
        : type == typeof(float) || type == typeof(double) || type == typeof(decimal) ? SourceKind.Number
        : type == typeof(DateOnly) || name.Equals("date", StringComparison.OrdinalIgnoreCase) ? SourceKind.Day
        : type == typeof(DateTimeOffset)
            || (type == typeof(DateTime) && name.Contains("with time zone", StringComparison.OrdinalIgnoreCase)) ? SourceKind.Instant
        : type == typeof(DateTime) ? SourceKind.LocalTime
        : SourceKind.Other;
}
