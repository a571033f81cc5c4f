using Microsoft.Extensions.Hosting;
using Predictive.Api.Configuration;

namespace Predictive.Api.Serving;

/// <summary>
/// Between being told to stop and closing the door: <c>/health/ready</c> says 503 from the first moment, and for a while everything is
/// still answered. Whoever spreads requests over hosts by readiness has then sent the next ones elsewhere, and none is refused.
/// </summary>
internal sealed class StopNotice(ScoringHostOptions options, IHostApplicationLifetime life, TimeProvider clock) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Told by a signal it is not ready already; told by a caller it becomes so here.
        life.StopApplication();
        if (options.StopNotice > TimeSpan.Zero)
        {
            await Task.Delay(options.StopNotice, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
