using Microsoft.EntityFrameworkCore;

#pragma warning disable EF1002 // what is put into the SQL are the clock of the database and numbers; names are parameters

namespace Predictive.Store.Leases;

/// <summary>Who holds a lease, and until when.</summary>
/// <param name="Name">What is held.</param>
/// <param name="Holder">Who holds it, for people.</param>
/// <param name="Held">False where it has expired or was given back.</param>
public sealed record LeaseState(string Name, string Holder, bool Held);

/// <summary>
/// Leases: things that only one process among all hosts of a store may do at a time. A holder that dies is followed by another when its
/// time is over.
/// </summary>
public sealed class LeaseBook(StoreDatabase database)
{
    /// <summary>Time a lease lasts unless it is renewed. Default 30 s; it is renewed three times in that.</summary>
    public static readonly TimeSpan Standard = TimeSpan.FromSeconds(30);

    /// <summary>Takes a lease that nobody holds.</summary>
    /// <param name="name">What to hold.</param>
    /// <param name="holder">Who holds it, for people: such as machine and process.</param>
    /// <param name="lasts">Until it must have been renewed; null = <see cref="Standard"/>.</param>
    /// <returns>The lease, which renews itself until it is disposed; null where somebody else holds it.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public Lease? TryTake(string name, string holder, TimeSpan? lasts = null)
    {
        TimeSpan time = lasts ?? Standard;
        long milliseconds = (long)time.TotalMilliseconds;
        string until = $"{database.NowSql} + {milliseconds}";
        // One statement: whoever comes first by the database's clock has it.
        List<long> token = database.Run(context => context.Database.SqlQueryRaw<long>(
            $$"""
            INSERT INTO leases (name, holder, token, expires_at) VALUES ({0}, {1}, 1, {{until}})
            ON CONFLICT (name) DO UPDATE SET holder = {1}, token = leases.token + 1, expires_at = {{until}}
            WHERE leases.expires_at <= {{database.NowSql}}
            RETURNING token AS "Value"
            """,
            name,
            holder).ToList());
        return token.Count == 0 ? null : new Lease(this, name, token[0], time);
    }

    /// <summary>Who holds a lease; null = nobody ever did.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public LeaseState? Read(string name) => database.Run(context =>
    {
        LeaseRow? row = context.Leases.AsNoTracking().FirstOrDefault(r => r.Name == name) is { } found ? new(found.Holder) : null;
        bool held = context.Database.SqlQueryRaw<int>(
            $$"""SELECT 1 AS "Value" FROM leases WHERE name = {0} AND expires_at > {{database.NowSql}}""", name).ToList().Count > 0;
        return row is null ? null : new LeaseState(name, row.Holder, held);
    });

    /// <summary>Forgets leases that nobody holds, of work that is over.</summary>
    /// <param name="beginning">What their names begin with.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public void Forget(string beginning)
    {
        ArgumentException.ThrowIfNullOrEmpty(beginning);
        database.Run(context => context.Database.ExecuteSqlRaw(
            $$"""DELETE FROM leases WHERE substr(name, 1, {1}) = {0} AND expires_at <= {{database.NowSql}}""",
            beginning, beginning.Length));
    }

    /// <summary>Renews; false where somebody else has it by now.</summary>
    internal bool Renew(string name, long token, TimeSpan lasts) =>
        Set(name, token, $"{database.NowSql} + {(long)lasts.TotalMilliseconds}");

    /// <summary>Gives back.</summary>
    internal void Release(string name, long token) => Set(name, token, "0");

    private bool Set(string name, long token, string until) => database.Run(context => context.Database.ExecuteSqlRaw(
        $$"""UPDATE leases SET expires_at = {{until}} WHERE name = {0} AND token = {1}""", name, token)) > 0;

    private sealed record LeaseRow(string Holder);
}
