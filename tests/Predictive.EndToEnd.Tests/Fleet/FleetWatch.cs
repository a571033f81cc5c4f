using Npgsql;

namespace Predictive.EndToEnd.Tests.Fleet;

/// <summary>
/// Looks at lease and running jobs in the database again and again: who holds, and whether two ever do. Its own connection, plain SQL.
/// </summary>
internal sealed class FleetWatch : IDisposable
{
    private readonly Dictionary<long, string> _holders = [];
    private readonly List<string> _faults = [];
    private readonly NpgsqlConnection _connection;
    private readonly string _lease;
    private readonly Thread _thread;
    private volatile bool _ended;
    private long _newest, _looks;

    public FleetWatch(string connection, string lease)
    {
        (_connection, _lease) = (new NpgsqlConnection(connection), lease);
        _connection.Open();
        _thread = new Thread(Watch) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>How often it looked.</summary>
    public long Looks => _looks;

    /// <summary>Holders by token, as they were seen.</summary>
    public IReadOnlyDictionary<long, string> Holders => _holders;

    /// <summary>What must not be: a token of two holders, one that fell, two jobs running at once, one run under two tokens.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public void Dispose()
    {
        _ended = true;
        _thread.Join();
        _connection.Dispose();
    }

    private void Watch()
    {
        while (!_ended)
        {
            using (var command = new NpgsqlCommand(
                """
                SELECT l.token, l.holder, (SELECT count(*) FROM jobs j WHERE j."State" = 'running' AND j."LeaseToken" = l.token),
                    (SELECT count(*) FROM jobs j WHERE j."State" = 'running'),
                    (SELECT count(*) FROM jobs j WHERE j."State" = 'running' AND j."LeaseToken" > l.token)
                FROM leases l WHERE l.name = @name
                """, _connection) { Parameters = { new("name", _lease) } })
            using (NpgsqlDataReader row = command.ExecuteReader())
            {
                if (row.Read())
                {
                    See(row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4));
                }
            }

            _looks++;
            Thread.Sleep(20);
        }
    }

    // A job that was killed stays marked as running under its old token until the next holder puts it back, which it does before it begins.
    private void See(long token, string holder, long own, long running, long beyond)
    {
        if (_holders.TryGetValue(token, out string? before) && before != holder)
        {
            _faults.Add($"token {token} was held by {before} and by {holder}");
        }

        if (token < _newest)
        {
            _faults.Add($"token {token} came after {_newest}");
        }

        if (own > 1 || beyond > 0 || (own == 1 && running > 1))
        {
            _faults.Add($"{running} jobs ran at once under token {token}");
        }

        (_holders[token], _newest) = (holder, Math.Max(_newest, token));
    }
}
