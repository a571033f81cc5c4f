using Predictive.Api.Answers;

namespace Predictive.Api.Serving;

/// <summary>
/// Work over the whole base, one at a time and off the request's thread, so that single scores keep a core; what would wait behind too many
/// is refused.
/// </summary>
internal sealed class WorkQueue(int mostWaiting)
{
    private readonly WorkQueueTurn _turn = new(mostWaiting);

    /// <summary>Runs the work when its turn comes.</summary>
    /// <exception cref="RequestException">Too many wait already: 503.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async Task<T> Run<T>(Func<CancellationToken, T> work, CancellationToken cancellation)
    {
        using (await _turn.Take("computations over the whole base", cancellation))
        {
            return await Task.Run(() => work(cancellation), cancellation);
        }
    }
}

/// <summary>Turns, one after the other; a bounded number may wait for theirs.</summary>
internal sealed class WorkQueueTurn(int mostWaiting)
{
    private readonly SemaphoreSlim _free = new(1);
    private int _inside;

    /// <summary>Waits for the turn; disposing ends it.</summary>
    /// <param name="what">What is waited for, in the plural, for the message.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RequestException">Too many wait already: 503.</exception>
    public async Task<IDisposable> Take(string what, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _inside) > mostWaiting + 1)
        {
            Interlocked.Decrement(ref _inside);
            throw RequestException.Busy($"{mostWaiting} {what} are waiting already. Ask again in some seconds.");
        }

        try
        {
            await _free.WaitAsync(cancellation);
            return new Turn(this);
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }
    }

    private sealed class Turn(WorkQueueTurn queue) : IDisposable
    {
        public void Dispose()
        {
            queue._free.Release();
            Interlocked.Decrement(ref queue._inside);
        }
    }
}
