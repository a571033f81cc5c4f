using System.Globalization;
using Microsoft.Extensions.Hosting;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;

namespace Predictive.Worker;

/// <summary>
/// Does the training jobs of a model's name: those of its schedule and those asked for, one at a time over all workers of a store. A failed
/// run is told and the next one still comes; one that was killed is begun again by whoever is there.
/// </summary>
public sealed class TrainingWorker(
    WorkerJob job, WorkerOutput output, TimeProvider clock, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>Cause of a training that is due only where the data has drifted.</summary>
    internal const string OnDrift = "drift";

    private const string Scheduled = "schedule", Once = "once", NewData = "new-data", Actor = "worker";

    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);

    private readonly JobBook _jobs = new(job.Store);
    private string? _told;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Yield();
            Settle();
            await (job.Once ? TrainOnce(stoppingToken) : Follow(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            output.Note("worker stopped");
        }
        catch (StoreException e) when (job.Once)
        {
            job.Outcome = output.Failed(e);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private async Task TrainOnce(CancellationToken stopping)
    {
        Job asked = _jobs.Enqueue(new NewJob(TrainTurn.Kind, job.Name, Once, Actor, job.DataName)).Job;
        try
        {
            while (true)
            {
                if (TrainTurn.TryTake(job.Store, job.Name) is { } lease)
                {
                    using (lease)
                    {
                        if (_jobs.Begin(TrainTurn.Kind, job.Name, lease, asked.Id) is { } run)
                        {
                            await Do(run, lease, stopping);
                        }
                        else
                        {
                            output.Note($"job {asked.Id} was cancelled");
                            job.Outcome = WorkerJob.Cut;
                        }

                        return;
                    }
                }

                Tell($"job {asked.Id} waits: another training of '{job.Name}' is running");
                await Task.Delay(s_poll, clock, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Nobody would come for it.
            _jobs.Cancel(asked.Id, "its worker, which was stopped");
            job.Outcome = WorkerJob.Cut;
            throw;
        }
    }

    private async Task Follow(CancellationToken stopping)
    {
        // What fell due while no worker ran is caught up with once; where none ever ran there is nothing to catch up with.
        DateTimeOffset? next = null;
        var warehouse = new WarehouseWatch(job.Data, clock) { Customers = job.SampleCustomers, Level = job.Level };
        DataWatch? watch = (job.OnNewData ?? job.OnDrift) is { } still ? new DataWatch(() => warehouse.Folder, still, clock) : null;
        while (!stopping.IsCancellationRequested)
        {
            output.Pulse?.Working(nameof(TrainingWorker));
            try
            {
                DateTimeOffset now = clock.GetUtcNow();
                warehouse.Look(stopping);
                next ??= job.Schedule is null ? null : After(_jobs.Newest(TrainTurn.Kind, job.Name, Scheduled)?.CreatedAt ?? now);
                if (next <= now)
                {
                    Ask(Scheduled, string.Create(CultureInfo.InvariantCulture, $"{next.Value.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"));
                    next = After(now);
                }

                if (watch?.Settled() is { } data)
                {
                    Ask(job.OnDrift is null ? NewData : OnDrift, data);
                }

                // What stays the same is told once, a store that is away too: nothing is told before it was asked.
                bool waits = _jobs.IsWaiting(TrainTurn.Kind, job.Name);
                Tell(next is { } at
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"next training at {TimeZoneInfo.ConvertTime(at, job.Zone):yyyy-MM-dd HH:mm} {job.Zone.Id}")
                    : watch is null ? "waiting for a training to be asked for" : "waiting for new data");
                if (waits)
                {
                    await DoWaiting(stopping);
                    _jobs.Forget(clock.GetUtcNow() - job.KeepJobs);
                }
                else if (job.Schedule is not null && next is null && watch is null)
                {
                    output.Note("the schedule has no further time; the worker ends");
                    return;
                }
            }
            catch (Exception e) when (e is StoreException or WarehouseException)
            {
                Tell($"{e.Message} The worker tries again.");
            }

            output.Pulse?.Resting(nameof(TrainingWorker));
            await Task.Delay(s_poll, clock, stopping);
        }
    }

    // A promotion that a process which died left half noted.
    private void Settle()
    {
        try
        {
            if (TrainRecord.Settle(new ModelRegistry(job.Models, SmokeTest.Admit), job.Name, job.Store) is { } told)
            {
                output.Note(told);
            }
        }
        catch (Exception e) when (e is StoreException or ModelPackageException)
        {
            output.Note(e.Message);
        }
    }

    private DateTimeOffset? After(DateTimeOffset time) => job.Schedule!.GetNextOccurrence(time, job.Zone);

    // One job for a time of the schedule, or for a state of the data, however many workers come to it.
    private void Ask(string cause, string which) => _jobs.Enqueue(new NewJob(
        TrainTurn.Kind, job.Name, cause, Actor, job.DataName, $"{TrainTurn.Kind}/{job.Name}/{cause}/{which}"));

    private async Task DoWaiting(CancellationToken stopping)
    {
        using Lease? lease = TrainTurn.TryTake(job.Store, job.Name);
        while (lease is not null && !stopping.IsCancellationRequested
            && _jobs.Begin(TrainTurn.Kind, job.Name, lease, data: job.DataName) is { } run)
        {
            await Do(run, lease, stopping);
            _told = null;
        }
    }

    private Task Do(JobRun run, Lease lease, CancellationToken stopping) =>
        Task.Run(() => new TrainingRun(job, output, clock, run, lease).Do(stopping), CancellationToken.None);

    // The loop comes by every two seconds: what stays the same is told once.
    private void Tell(string text)
    {
        if (text != _told)
        {
            output.Note(text);
            _told = text;
        }
    }
}
