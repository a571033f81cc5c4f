using System.Diagnostics;

namespace Predictive.Store.Leases;

/// <summary>
/// A lease that is held. A thread of its own renews it, so that a machine busy with training does not lose it; disposing gives it back.
/// </summary>
public sealed class Lease : IDisposable
{
    private readonly LeaseBook _book;
    private readonly TimeSpan _lasts;
    private readonly CancellationTokenSource _lost = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _renewing;

    internal Lease(LeaseBook book, string name, long token, TimeSpan lasts)
    {
        (_book, Name, Token, _lasts) = (book, name, token, lasts);
        Lost = _lost.Token;
        _renewing = new Thread(Renew) { IsBackground = true, Name = $"lease {name}" };
        _renewing.Start();
    }

    /// <summary>What is held.</summary>
    public string Name { get; }

    /// <summary>Grows with every holder: what an earlier one writes late can be told from what this one writes.</summary>
    public long Token { get; }

    /// <summary>Cancelled when it is held no longer: another has it, or the store was out of reach for as long as it lasts.</summary>
    public CancellationToken Lost { get; }

    /// <summary>
    /// Asks the store whether it is still held: before what cannot be taken back. A store that is away is asked again, as long as the lease
    /// can last.
    /// </summary>
    /// <exception cref="StoreException">It is not, or the database fails.</exception>
    public void Confirm()
    {
        // One that was given back is not taken again by asking.
        if (_ended.IsSet || Lost.IsCancellationRequested || !IsStillMine())
        {
            _lost.Cancel();
            throw new StoreException("Another process has taken this work over: the lease was not renewed in time. Nothing was published.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ended.IsSet)
        {
            return;
        }

        _ended.Set();
        _renewing.Join();
        try
        {
            _book.Release(Name, Token);
        }
        catch (StoreException)
        {
            // It ends by itself.
        }
    }

    private bool IsStillMine()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return _book.Renew(Name, Token, _lasts);
            }
            catch (StoreException) when (!Lost.IsCancellationRequested && Stopwatch.GetElapsedTime(start) < _lasts)
            {
                Thread.Sleep(_lasts / 60);
            }
        }
    }

    private void Renew()
    {
        long renewed = Stopwatch.GetTimestamp();
        while (!_ended.Wait(_lasts / 3))
        {
            try
            {
                if (!_book.Renew(Name, Token, _lasts))
                {
                    _lost.Cancel();
                    return;
                }

                renewed = Stopwatch.GetTimestamp();
            }
            catch (StoreException)
            {
                if (Stopwatch.GetElapsedTime(renewed) >= _lasts)
                {
                    _lost.Cancel();
                    return;
                }
            }
        }
    }
}
