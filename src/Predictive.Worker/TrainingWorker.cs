using System.Globalization;
using Cronos;
using Microsoft.Extensions.Hosting;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>What the worker does, and how its last run ended.</summary>
/// <param name="Data">Dataset to train on.</param>
/// <param name="Models">Folder of the registry.</param>
/// <param name="Name">Of the model.</param>
/// <param name="Engines">They learn from the same snapshots; the first wins a tie.</param>
/// <param name="HorizonDays">Days predicted.</param>
/// <param name="Seed">Of every draw.</param>
/// <param name="Memory">Bytes; null = no limit.</param>
/// <param name="Schedule">When to train, in UTC; null = now, once.</param>
/// <param name="Gate">What keeps a version from serving.</param>
public sealed record WorkerJob(
    string Data, string Models, string Name, IReadOnlyList<ILearningEngine> Engines, int HorizonDays, int Seed, long? Memory,
    CronExpression? Schedule, GateOptions Gate)
{
    /// <summary>Exit code of the last run; 0 = done, <see cref="Held"/> = trained, and held.</summary>
    public int Outcome { get; set; }

    /// <summary>Outcome of a run whose version is held.</summary>
    public const int Held = 3;
}

/// <summary>Where the worker tells what it does.</summary>
/// <param name="Note">A line for the operator.</param>
/// <param name="Run">Runs one training under the progress that the terminal or the log can show.</param>
/// <param name="Trained">A run ended well.</param>
/// <param name="Failed">A run failed: tells why, gives the exit code.</param>
public sealed record WorkerOutput(
    Action<string> Note,
    Func<Func<IProgress<PipelineProgress>, TrainRuns?>, TrainRuns?> Run,
    Action<TrainRuns> Trained,
    Func<Exception, int> Failed);

/// <summary>Trains at once, or at every time of the schedule; a failed run is told and the next one still comes.</summary>
public sealed class TrainingWorker(
    WorkerJob job, WorkerOutput output, TimeProvider clock, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (job.Schedule is null)
            {
                await Task.Run(() => RunOnce(stoppingToken), stoppingToken);
                return;
            }

            while (!stoppingToken.IsCancellationRequested)
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (job.Schedule.GetNextOccurrence(now, TimeZoneInfo.Utc) is not { } next)
                {
                    output.Note("the schedule has no further time; the worker ends");
                    return;
                }

                output.Note(string.Create(CultureInfo.InvariantCulture, $"next training at {next:yyyy-MM-dd HH:mm} UTC"));
                await WaitUntil(next, stoppingToken);
                await Task.Run(() => RunOnce(stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            output.Note("worker stopped");
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    // In steps, because a timer cannot wait longer than some weeks and a suspended machine's clock jumps.
    private async Task WaitUntil(DateTimeOffset next, CancellationToken stopping)
    {
        while (next - clock.GetUtcNow() is { } left && left > TimeSpan.Zero)
        {
            await Task.Delay(left < TimeSpan.FromMinutes(1) ? left : TimeSpan.FromMinutes(1), clock, stopping);
        }
    }

    // What the newest version learned from: a night without news costs a look at the data.
    private bool IsTrained(TransactionHistory history, LocalTime asOf)
    {
        var registry = new ModelRegistry(job.Models, SmokeTest.Admit);
        try
        {
            return registry.Versions(job.Name) is { Count: > 0 } versions && registry.Load(versions[^1]).Manifest is { } newest
                && newest.AsOf == asOf.ToString() && newest.HorizonDays == job.HorizonDays
                    && newest.TrainingData.Fingerprint == DataFingerprint.Compute(history, asOf).Fingerprint;
        }
        catch (ModelPackageException)
        {
            return false;
        }
    }

    private void RunOnce(CancellationToken stopping)
    {
        try
        {
            TrainRuns? runs = output.Run(progress =>
            {
                LearningHistory learning = LearningHistory.Load(job.Data, job.Memory, job.Seed, "training", progress, stopping);
                LocalTime asOf = learning.AsOfAt(clock.GetUtcNow()).AsOf;
                if (IsTrained(learning.Sample.History, asOf))
                {
                    return null;
                }

                // An engine that cannot run on this machine must not keep the other from being retrained every night.
                var request = new TrainRequest(
                    learning.Sample.History,
                    job.Engines,
                    engine =>
                        new TrainingOptions { AsOf = asOf, HorizonDays = job.HorizonDays, Seed = job.Seed, Engine = engine, Clock = clock },
                    job.Models,
                    job.Name) { Note = learning.Note, IsWhole = learning.Sample.IsWhole, LeaveOut = true, Gate = job.Gate };
                return TrainRuns.Execute(request, progress, stopping);
            });
            if (runs is null)
            {
                output.Note("the data is what the newest version was trained on: nothing to train");
                job.Outcome = 0;
                return;
            }

            output.Trained(runs);
            job.Outcome = runs.Best.IsHeld ? WorkerJob.Held : 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            job.Outcome = output.Failed(e);
        }
    }
}
