using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Configuration;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.Api.Serving;

/// <summary>
/// The store as the host uses it: opened when something first needs it, so that a host that only answers scores needs none. A store that
/// cannot be opened is tried again after some seconds. Safe to use from several threads.
/// </summary>
internal sealed class HostStore(ScoringHostOptions options, TimeProvider clock)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    private readonly Lock _opening = new();
    private volatile StoreDatabase? _open;
    private (StoreException Fault, DateTimeOffset At)? _failed;

    /// <summary>The store; a file that is not there is made.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public StoreDatabase Get()
    {
        if (_open is { } open)
        {
            return open;
        }

        lock (_opening)
        {
            if (_failed is var (fault, at) && clock.GetUtcNow() - at < s_retry)
            {
                throw new StoreException(fault.Message, fault);
            }

            try
            {
                return _open ??= StoreDatabase.Open(options.StoreLocation, clock);
            }
            catch (StoreException e)
            {
                _failed = (e, clock.GetUtcNow());
                throw;
            }
        }
    }

    /// <summary>The store; null where none was made yet.</summary>
    /// <exception cref="StoreException">It is there and cannot be opened.</exception>
    public StoreDatabase? IfThere() => _open ?? (StoreDatabase.Exists(options.StoreLocation) ? Get() : null);

    /// <summary>The audit log, opened before anything is done that it is to note.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public Task<AuditLog> Audit() => Task.Run(() => new AuditLog(Get()));

    /// <summary>Who calls, for the audit log.</summary>
    public static string Actor(HttpContext context) =>
        context.User.FindFirstValue(ClaimTypes.NameIdentifier) is { Length: > 1 } key ? $"key {key}" : "this machine";
}
