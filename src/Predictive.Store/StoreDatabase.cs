using System.Data;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using Predictive.Store.Schema;

namespace Predictive.Store;

/// <summary>
/// What is remembered between runs, in a SQLite file or a PostgreSQL database. Opening brings the schema up to date. Safe to use from
/// several threads and processes.
/// </summary>
/// <remarks>
/// SQLite runs in WAL mode with full sync: what a call returned from is on the disk. Times are milliseconds since 1970 in UTC; leases go by
/// the database's clock, which for SQLite is that of the one machine it is on.
/// </remarks>
public sealed class StoreDatabase
{
    /// <summary>Name of the SQLite file that stands beside a registry's models by default.</summary>
    public const string FileName = "store.db";

    private const int BusySeconds = 10;
    private const long SchemaLock = 0x5052_4544_5354_4f52;

    private static int s_copies;

    private readonly Func<StoreContext> _context;
    private readonly string? _file;

    private StoreDatabase(Func<StoreContext> context, string? file, TimeProvider clock) =>
        (_context, _file, Clock) = (context, file, clock);

    /// <summary>Whether it is PostgreSQL; else it is SQLite.</summary>
    public bool IsPostgres => _file is null;

    /// <summary>Where times come from, except those of leases on PostgreSQL.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Whether a location is a connection string of PostgreSQL (<c>Host=...;Database=...</c>), not a file.</summary>
    public static bool IsConnectionString(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        return location.StartsWith("Host=", StringComparison.OrdinalIgnoreCase)
            || location.Contains(";Host=", StringComparison.OrdinalIgnoreCase)
            || location.StartsWith("Server=", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether there is something to open: a file, or whatever a connection string names.</summary>
    public static bool Exists(string location) => IsConnectionString(location) || File.Exists(location);

    /// <summary>Opens a store; a file that is not there is made, readable by its owner only.</summary>
    /// <param name="location">Path of a SQLite file, or a connection string of PostgreSQL.</param>
    /// <param name="clock">The wall clock.</param>
    /// <exception cref="StoreException">It cannot be opened, is damaged, or was written by a newer build.</exception>
    public static StoreDatabase Open(string location, TimeProvider clock)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(location);
        ArgumentNullException.ThrowIfNull(clock);
        try
        {
            StoreDatabase made = IsConnectionString(location) ? Postgres(location, clock) : Sqlite(location, clock);
            made.Migrate();
            return made;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                "The store cannot be made: its folder cannot be written. Mend the folder's rights, or name another place with --store.", e);
        }
        catch (ArgumentException e)
        {
            throw new StoreException(
                "The connection string of the store cannot be read; expected one such as "
                    + "'Host=db;Database=predictive;Username=predictive;Password=...'.",
                e);
        }
        catch (Exception e) when (e is DllNotFoundException || e.GetBaseException() is DllNotFoundException or BadImageFormatException)
        {
            throw StoreException.NoSqlite(e);
        }
        catch (Exception e) when (StoreException.Of(e) is { } told)
        {
            throw told;
        }
    }

    /// <summary>
    /// The SQL that brings a PostgreSQL store of any earlier build to this one's schema; running it again changes nothing. Connects to
    /// nothing.
    /// </summary>
    public static string PostgresScript()
    {
        using PostgresStoreContext context = new PostgresDesign().CreateDbContext([]);
        return context.GetService<IMigrator>().GenerateScript(null, null, MigrationsSqlGenerationOptions.Idempotent);
    }

    /// <summary>Copies a SQLite store as of one moment, while others go on writing. A temporary name first, then a rename.</summary>
    /// <param name="file">To write, readable by its owner only.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    /// <exception cref="InvalidOperationException">It is PostgreSQL, whose copies are pg_dump's.</exception>
    public void BackUp(string file)
    {
        if (_file is null)
        {
            throw new InvalidOperationException("A PostgreSQL store is copied by pg_dump.");
        }

        string full = Path.GetFullPath(file), temporary = $"{full}.{Environment.ProcessId}-{Interlocked.Increment(ref s_copies)}.tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        try
        {
            MakePrivate(temporary);
            // Not a copy of the file: what is in the write-ahead log would be missing, or torn.
            Run(context => context.Database.ExecuteSql($"VACUUM INTO {temporary}"));
            using (var copied = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite))
            {
                copied.Flush(flushToDisk: true);
            }

            File.Move(temporary, full);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Milliseconds since 1970 in UTC by <see cref="Clock"/>.</summary>
    internal long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The present as SQL: the server's clock, or for SQLite this machine's.</summary>
    internal string NowSql =>
        IsPostgres ? "(extract(epoch from clock_timestamp()) * 1000)::bigint" : Now.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads, or writes one statement.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    internal T Run<T>(Func<StoreContext, T> work)
    {
        RefuseMissing();
        try
        {
            using StoreContext context = _context();
            return work(context);
        }
        catch (Exception e) when (e is not StoreException && StoreException.Of(e) is { } told)
        {
            throw told;
        }
    }

    /// <summary>
    /// Changes several things at once, or none. On SQLite no other writer comes between; on PostgreSQL lock what you read.
    /// </summary>
    /// <exception cref="StoreException">The database fails.</exception>
    internal T Change<T>(Func<StoreContext, T> work) => Run(context =>
    {
        // Microsoft.Data.Sqlite begins IMMEDIATE: the writer's turn is taken before the first read.
        using var transaction = context.Database.BeginTransaction(IsPostgres ? IsolationLevel.ReadCommitted : IsolationLevel.Serializable);
        T result = work(context);
        transaction.Commit();
        return result;
    });

    private static StoreDatabase Sqlite(string path, TimeProvider clock)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        if (!File.Exists(full))
        {
            MakePrivate(full);
        }

        // Never made by a connection: a file that goes while this process runs is to be missed, not begun anew.
        string connection = new SqliteConnectionStringBuilder
        {
            DataSource = full, DefaultTimeout = BusySeconds, Mode = SqliteOpenMode.ReadWrite,
        }.ToString();
        return new StoreDatabase(Pooled(SqliteStoreContext.Options(connection)), full, clock);
    }

    // Events and notes of keys are nobody else's business.
    private static void MakePrivate(string file)
    {
        var create = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var made = new FileStream(file, create);
    }

    // Open connections would go on writing into a file that has no name any more: what they wrote would be lost without a word.
    private void RefuseMissing()
    {
        if (_file is not null && !File.Exists(_file))
        {
            SqliteConnection.ClearAllPools();
            throw StoreException.Gone();
        }
    }

    private static StoreDatabase Postgres(string connection, TimeProvider clock)
    {
        var text = new NpgsqlConnectionStringBuilder(connection) { ApplicationName = "predictive" };
        if (text.GssEncryptionMode == GssEncryptionMode.Prefer && Environment.GetEnvironmentVariable("PGGSSENCMODE") is null)
        {
            // Kerberos is for whoever asks for it: only to try, the default, costs a round trip, and where its library is missing (a lean
            // image has none) every command begins with that library's complaint on standard error.
            text.GssEncryptionMode = GssEncryptionMode.Disable;
        }

        return new StoreDatabase(Pooled(PostgresStoreContext.Options(text.ToString())), null, clock);
    }

    // What a context is made of costs more than what most do with it: it is used again.
    private static Func<StoreContext> Pooled<T>(DbContextOptions<T> options)
        where T : StoreContext
    {
        var pool = new PooledDbContextFactory<T>(options);
        return pool.CreateDbContext;
    }

    // Not the framework's Migrate: its lock on SQLite is a row that a killed process leaves behind for ever. Here everything happens in one
    // transaction, which both databases undo when the process dies.
    private void Migrate() => Run(context =>
    {
        string[] known = [.. context.Database.GetMigrations()];
        if (!IsPostgres)
        {
            context.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        }

        if (Applied(context) is { Length: > 0 } there && Newest(there, known) == known[^1])
        {
            return 0;
        }

        using var transaction = context.Database.BeginTransaction(IsPostgres ? IsolationLevel.ReadCommitted : IsolationLevel.Serializable);
        if (IsPostgres)
        {
            context.Database.ExecuteSqlRaw($"SELECT pg_advisory_xact_lock({SchemaLock})");
        }

        string[] applied = Applied(context);
        string script = context.GetService<IMigrator>().GenerateScript(
            applied.Length == 0 ? null : Newest(applied, known), null, MigrationsSqlGenerationOptions.NoTransactions);
        if (!string.IsNullOrWhiteSpace(script))
        {
            // Not ExecuteSqlRaw: braces in the script are no parameters.
            using var command = context.Database.GetDbConnection().CreateCommand();
            command.Transaction = Microsoft.EntityFrameworkCore.Storage.DbContextTransactionExtensions.GetDbTransaction(transaction);
            command.CommandText = script;
            command.ExecuteNonQuery();
        }

        transaction.Commit();
        return 0;
    });

    // Not by IHistoryRepository: on PostgreSQL it finds out by a statement that fails, and a transaction does not survive that.
    private string[] Applied(StoreContext context)
    {
        const string Table = "__EFMigrationsHistory";
        List<int> there = context.Database.SqlQueryRaw<int>(IsPostgres
            ? $"""SELECT 1 AS "Value" FROM pg_tables WHERE tablename = '{Table}' AND schemaname = ANY (current_schemas(false))"""
            : $"""SELECT 1 AS "Value" FROM sqlite_master WHERE name = '{Table}'""").ToList();
        return there.Count == 0
            ? []
            : [.. context.Database.SqlQueryRaw<string>($"""SELECT "MigrationId" AS "Value" FROM "{Table}" ORDER BY "MigrationId" """)];
    }

    private static string Newest(string[] applied, string[] known) => applied.All(known.Contains)
        ? applied[^1]
        : throw new StoreException("The store was written by a newer build of predictive. Update this one, or name another with --store.");
}
