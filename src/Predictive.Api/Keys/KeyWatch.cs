using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Api.Configuration;

namespace Predictive.Api.Keys;

/// <summary>Looks at the key file now and then, so that a key that was added or revoked is taken up without a restart.</summary>
internal sealed partial class KeyWatch(
    KeyRing ring, ScoringHostOptions options, TimeProvider clock, ILogger<KeyWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? told = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(options.PollInterval, clock, stoppingToken);
                string? fault = ring.Refresh();
                if (fault is not null && fault != told)
                {
                    Refused(fault);
                }

                told = fault;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Refused(e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fault} The keys known before stay in force.")]
    private partial void Refused(string fault);
}
