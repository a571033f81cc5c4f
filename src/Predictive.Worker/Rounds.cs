using Microsoft.Extensions.Hosting;

namespace Predictive.Worker;

/// <summary>
/// Work beside the trainings that comes round again and again. Whatever a round ends with is told, once as long as it stays the same, and
/// the next round tries again: nothing that goes wrong here ends the worker.
/// </summary>
/// <param name="output">Where it is told.</param>
/// <param name="clock">Paces the rounds.</param>
/// <param name="pause">Between two rounds.</param>
public abstract class Rounds(WorkerOutput output, TimeProvider clock, TimeSpan pause) : BackgroundService
{
    private string? _told;

    /// <summary>Where it is told.</summary>
    protected WorkerOutput Output => output;

    /// <summary>The clock.</summary>
    protected TimeProvider Clock => clock;

    /// <summary>One round.</summary>
    /// <param name="stopping">Ends it early.</param>
    protected abstract Task Round(CancellationToken stopping);

    /// <summary>What a fault is called before its message.</summary>
    protected virtual string Named(Exception fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Message;
    }

    /// <summary>Tells the operator; what stays the same is told once.</summary>
    /// <param name="text">A line.</param>
    protected void Tell(string text)
    {
        if (text != _told)
        {
            output.Note(text);
            _told = text;
        }
    }

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            output.Pulse?.Working(GetType().Name);
            try
            {
                await Round(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Tell(Named(e));
            }

            output.Pulse?.Resting(GetType().Name);
            try
            {
                await Task.Delay(pause, clock, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
