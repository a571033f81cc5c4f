using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Api.Configuration;
using Predictive.Api.Privacy;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.Api.Serving;

/// <summary>
/// Once, when the host starts: a promotion that a process which died left half noted is settled by which version serves, an erasure by
/// whether the customer is noted as erased.
/// </summary>
internal sealed partial class AuditSettler(
    SnapshotKeeper keeper, HostStore store, ScoringHostOptions options, ILogger<AuditSettler> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(
        () =>
        {
            try
            {
                if (store.IfThere() is { } there && keeper.Registry.Versions(options.Name).Count > 0
                    && keeper.Registry.WhileStill(options.Name, aliases => new AuditedChanges(there).Settle(
                        ModelRegistry.SubjectsOf(options.Name), ModelRegistry.SubjectOf(options.Name, aliases.Champion))) is { } told)
                {
                    Settled(logger, told);
                }

                if (store.IfThere() is { } erasing && options.Data is { } data)
                {
                    foreach (string erasure in CustomerErasure.Settle(erasing, data))
                    {
                        Settled(logger, erasure);
                    }
                }
            }
            catch (Exception e) when (e is StoreException or ModelPackageException or IOException or UnauthorizedAccessException
                or DatasetException)
            {
                // A folder that this host may only read: whoever may write settles it.
                NotSettled(logger, e is StoreException ? e.Message : e.GetType().Name);
            }
        },
        stoppingToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "{What}")]
    private static partial void Settled(ILogger logger, string what);

    [LoggerMessage(Level = LogLevel.Information, Message = "Open promotions and erasures were not looked for: {Why}")]
    private static partial void NotSettled(ILogger logger, string why);
}
