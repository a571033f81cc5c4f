using Microsoft.Extensions.Hosting;
using Predictive.Api.Configuration;
using Predictive.Api.Serving;

namespace Predictive.Api.Pages.Data;

/// <summary>
/// Makes the pages' columns of every new snapshot in the background, so that nobody's first page waits for half a million rows to be
/// sorted.
/// What takes longer (portfolio, tags, check) still waits until somebody asks.
/// </summary>
internal sealed class PageWarmer(SnapshotKeeper keeper, ScoringHostOptions options, TimeProvider clock) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ServingSnapshot? warmed = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (keeper.Current is { Scores: not null } snapshot && snapshot != warmed)
                {
                    await Task.Run(() => CustomerBase.Of(snapshot), stoppingToken);
                    warmed = snapshot;
                }

                await Task.Delay(options.PollInterval, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
