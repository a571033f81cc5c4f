using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Predictive.Store;

/// <summary>
/// The store cannot do what was asked: out of reach, not writable, full, damaged, of a newer build. The message is for a user: it names no
/// path, host or account.
/// </summary>
/// <param name="message">What was found, what was expected, what to do.</param>
/// <param name="inner">What the database said.</param>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, Io = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26, Denied = 3;

    /// <summary>A dataset holds events of a stream that the stream does not know: the store is an older copy of itself.</summary>
    /// <param name="known">Last sequence of the stream.</param>
    /// <param name="held">Last sequence that the files hold.</param>
    public static StoreException OlderThanFiles(long known, long held) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"The store knows {known} events, and the dataset's files hold {held} of the same stream: an older copy of the store was put back. "
            + $"Restore a newer one, or begin a new one with --store: what the files hold then stays as it is."));

    /// <summary>The file of a store that was open is there no more.</summary>
    internal static StoreException Gone() => new(
        "The store's file is gone: it was moved or deleted while it was in use. Put it back; until then nothing is written.");

    /// <summary>SQLite's native library is not beside the program, or is for another machine.</summary>
    internal static StoreException NoSqlite(Exception fault) => new(
        $"SQLite's native library (e_sqlite3) cannot be loaded on {RuntimeInformation.RuntimeIdentifier}; expected beside the program, "
            + "under runtimes. Build or publish for this machine (dotnet publish -r ...), or use PostgreSQL with --store.",
        fault);

    /// <summary>What a database fault means to a user; null where the exception is none.</summary>
    internal static StoreException? Of(Exception fault) => fault switch
    {
        StoreException known => known,
        DbUpdateException { InnerException: DbException inner } => Of(inner),
        SqliteException e => new StoreException(Words(e.SqliteErrorCode), e),
        PostgresException e => new StoreException($"The store refused a statement (PostgreSQL {e.SqlState}). {Again}", e),
        DbException e => new StoreException($"The store's database server cannot be reached or has closed the connection. {Again}", e),
        // What is likely to pass the framework wraps once more, whatever it has wrapped it in before.
        InvalidOperationException { InnerException: DbException or DbUpdateException } e => Of(e.InnerException!),
        _ => null,
    };

    private const string Again = "See that the database runs and that the account may use it, then try again.";

    private static string Words(int code) => code switch
    {
        Busy or Locked => "The store is held by another process for too long. Try again; if it stays so, end the process that holds it.",
        ReadOnly or CannotOpen or Denied =>
            "The store cannot be opened for writing. Expected a folder and a file that this account may write; name another with --store.",
        Full => "The store cannot grow: the disk is full. Nothing was changed. Make room and try again.",
        Io => "The disk of the store fails. Nothing was changed. Look at the disk, then try again.",
        Corrupt or NotADatabase => "The store is damaged, or is no store. Restore it from a backup, or name another with --store.",
        _ => $"The store refused a statement (SQLite {code}).",
    };
}
