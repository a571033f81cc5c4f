using System.Diagnostics;
using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Leases;

namespace Predictive.Worker.Slices;

/// <summary>
/// One of any number of workers of a run, on any machines that share folder and store. Nobody directs them: each takes a slice that is not
/// done and that nobody holds; whoever finds all slices done puts the result together, under a lease of its own.
/// <code>
/// lease  "slices RUN k"   renewed while the slice is worked at; ends by itself when its worker was killed, and another takes it
/// result a rename          the first folder of that name stays, whatever a late worker still writes
/// lease  "slices RUN merge"
/// </code>
/// </summary>
/// <param name="job">What is asked of all workers of the run.</param>
/// <param name="note">Told what happens, line by line.</param>
public sealed class SliceWorker(SliceJob job, Action<string> note)
{
    private const int MostAttempts = 3;
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(500), s_storeAway = TimeSpan.FromSeconds(2);

    private readonly LeaseBook _leases = new(job.Store);
    private readonly SliceFolder _folder = new(job.Output, job.Slices);
    private string? _told;
    private int _done, _discarded;

    /// <summary>Works until the run is done.</summary>
    /// <exception cref="DatasetException">The data, or the folder's run, is not what was asked for.</exception>
    /// <exception cref="WarehouseException">The warehouse failed three times in a row at a slice.</exception>
    /// <exception cref="StoreException">The store could not be reached at the beginning; later it is waited for.</exception>
    public async Task<SliceOutcome> RunAsync(CancellationToken cancellation)
    {
        (SliceRun run, CustomerScorer scorer) = await SliceRun.JoinAsync(job, cancellation);
        RuleBook book = scorer.Bundle.Rules;
        book = book with { Options = book.Options.WithOwnOf(SegmentsFile.For(job.Data)) };
        note(string.Create(
            CultureInfo.InvariantCulture,
            $"run {run.Id}: {run.Slices} slices as of {run.AsOf} by {run.Model.Name}/{run.Model.Version}, in {job.Output}"));
        if (await WarehouseLayout.AdviceAsync(job.Data, run.Slices, cancellation) is { } advice)
        {
            note(advice);
        }

        string leases = $"slices {run.Id} ";

        // A store that cannot be reached is told now and not waited for.
        _leases.Read(leases);
        var work = new SliceWork(job, scorer, book);
        int first = (int)((uint)Environment.ProcessId % (uint)run.Slices), failed = 0;
        while (!_folder.HasResult && Enumerable.Range(0, run.Slices).Any(k => !_folder.IsDone(k)))
        {
            bool any = false;
            for (int i = 0; i < run.Slices; i++)
            {
                int k = (first + i) % run.Slices;
                cancellation.ThrowIfCancellationRequested();
                if (_folder.IsDone(k) || Take($"{leases}{k + 1}") is not { } lease)
                {
                    continue;
                }

                using (lease)
                {
                    try
                    {
                        any |= _folder.IsDone(k) || Do(work, k, lease, cancellation);
                        failed = 0;

                        // A worker's peak follows the slice, not how many there were.
                        MemoryLimit.Release();
                    }
                    catch (WarehouseException e) when (++failed < MostAttempts)
                    {
                        note($"slice {k + 1}/{run.Slices}: {e.Message} Tried again.");
                    }
                }
            }

            if (!any)
            {
                Tell("waiting: the other slices are being worked at");
                await Task.Delay(s_poll, cancellation);
            }
        }

        var merge = new SliceMerge(job, run, book, _folder);
        bool merged = await MergeAsync(merge, leases, cancellation);
        Forget(leases);
        MergedRun result = merge.Read();
        return new SliceOutcome(
            run.Id, run.Slices, _done, _discarded, merged, result.Customers, _folder.Result, result.Tables, result.ChangedMeanwhile);
    }

    // True where it was done, or another's was there.
    private bool Do(SliceWork work, int k, Lease lease, CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lease.Lost);
        long start = Stopwatch.GetTimestamp();
        int customers = 0;
        try
        {
            bool isFirst = SliceFolder.Write(_folder.Of(k), made =>
            {
                customers = work.Write(made, new HistorySlice(k, job.Slices), both.Token);
                lease.Confirm();
            });
            _done += isFirst ? 1 : 0;
            _discarded += isFirst ? 0 : 1;
            note(string.Create(
                CultureInfo.InvariantCulture,
                $"slice {k + 1}/{job.Slices}: {customers:N0} customers, {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"
                    + $"{(isFirst ? "" : "; another's result was there, this one is discarded")}"));
            return true;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && IsLate(e, lease))
        {
            _discarded++;
            note($"slice {k + 1}/{job.Slices}: taken over by another worker; what this one had is discarded");
            return false;
        }
    }

    // Whoever took over also removes what a late worker is writing: then its files are not where they were.
    private static bool IsLate(Exception e, Lease lease) => e is OperationCanceledException or StoreException
        || (e is AggregateException or IOException or UnauthorizedAccessException && !IsHeld(lease));

    private static bool IsHeld(Lease lease)
    {
        try
        {
            lease.Confirm();
            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }

    private async Task<bool> MergeAsync(SliceMerge merge, string leases, CancellationToken cancellation)
    {
        while (!_folder.HasResult)
        {
            if (Take($"{leases}merge") is { } lease)
            {
                bool isFirst;
                using (lease)
                {
                    using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lease.Lost);
                    try
                    {
                        isFirst = !_folder.HasResult && merge.Write(both.Token);
                    }
                    catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
                    {
                        Tell("putting the result together was taken over by another worker");
                        continue;
                    }
                }

                if (isFirst)
                {
                    note("all slices are done: the result is put together");
                    return true;
                }
            }

            Tell("waiting: the result is being put together");
            await Task.Delay(s_poll, cancellation);
        }

        return false;
    }

    private void Forget(string leases)
    {
        try
        {
            _leases.Forget(leases);
        }
        catch (StoreException)
        {
            // Rows that mean nothing any more.
        }
    }

    private Lease? Take(string name)
    {
        try
        {
            return _leases.TryTake(name, TrainTurn.Holder, job.Lease);
        }
        catch (StoreException e)
        {
            Tell($"{e.Message} The worker tries again.");
            Thread.Sleep(s_storeAway);
            return null;
        }
    }

    // What stays the same is told once.
    private void Tell(string line)
    {
        if (_told != line)
        {
            note(_told = line);
        }
    }
}
