using System.Globalization;
using Predictive.History;
using Predictive.History.Erasure;
using Predictive.History.Ingest;
using Predictive.History.Sources;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Ingest;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;
using Predictive.Training;
using Predictive.Training.Snapshots;
using Predictive.Worker.Drift;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>One training of the worker: from the data to a version, with what follows it.</summary>
internal sealed class TrainingRun(WorkerJob job, WorkerOutput output, TimeProvider clock, JobRun run, Lease lease)
{
    private readonly ModelRegistry _registry = new(job.Models, SmokeTest.Admit);

    /// <summary>Trains, and ends the job; its outcome is the exit code.</summary>
    /// <exception cref="OperationCanceledException">The worker was told to stop: the job waits for the next one.</exception>
    public void Do(CancellationToken stopping)
    {
        using var recorded = new TrainJob(run, lease, job.Data, job.Models);
        try
        {
            TrainRuns? runs = output.Run(shown => recorded.Do(
                output.Pulse?.Through(shown, nameof(TrainingWorker)) ?? shown,
                (progress, cancellation) => Train(recorded, progress, cancellation), goesOn: !job.Once, stopping));
            if (runs is null)
            {
                output.Note(
                    run.Job.Cause == TrainingWorker.OnDrift
                        ? "the data has not drifted: nothing to train"
                        : "the data is what the newest version was trained on: nothing to train");
                job.Outcome = 0;
                return;
            }

            output.Trained(runs);
            job.Outcome = runs.Best.IsHeld ? WorkerJob.Held : 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            job.Outcome = WorkerJob.Cut;
            throw;
        }
        catch (OperationCanceledException) when (recorded.IsCancelled)
        {
            output.Note($"job {run.Job.Id} was cancelled; nothing was published");
            job.Outcome = WorkerJob.Cut;
        }
        catch (Exception e)
        {
            job.Outcome = output.Failed(e);
        }
    }

    private TrainRuns? Train(TrainJob recorded, IProgress<PipelineProgress> progress, CancellationToken cancellation)
    {
        TakeOutErased(recorded, FoldEvents(recorded, cancellation), cancellation);
        if (job.SampleCustomers is null)
        {
            WarehouseFolder.RefreshAsync(job.Data, null, cancellation).GetAwaiter().GetResult();
        }

        RuleOptions rules = SegmentsFile.For(job.Data);
        LearningHistory learning = LearningHistory.Load(
            job.Data, job.Memory, job.Seed, "training", progress, cancellation, job.Level, job.SampleCustomers);
        LocalTime asOf = learning.AsOfAt(clock.GetUtcNow()).AsOf;
        TransactionHistory history = learning.Sample.History;
        TrainingDataStamp data = DataFingerprint.Compute(history, asOf);
        recorded.Reads(data with { Customers = history.CustomerCount, Lines = history.LineCount, Sample = learning.Stamp });
        if (IsTrained(asOf, data.Fingerprint))
        {
            return null;
        }

        if (run.Job.Cause == TrainingWorker.OnDrift && !HasDrifted(recorded, learning, asOf, progress, cancellation))
        {
            recorded.Log("the data has not drifted: nothing is trained");
            return null;
        }

        // An engine that cannot run on this machine must not keep the other from being retrained every night.
        var shared = new SharedTraining();
        var request = new TrainRequest(
            history,
            job.Engines,
            engine => new TrainingOptions
            {
                AsOf = asOf, HorizonDays = job.HorizonDays, Seed = job.Seed, Engine = engine, Shared = shared, Clock = clock,
            },
            job.Models,
            job.Name)
        {
            Rules = rules, Note = learning.Note, Sample = learning.Stamp, LeaveOut = true, Gate = job.Gate, Store = job.Store,
            Lease = lease, Actor = run.Job.Actor, Cause = run.Job.Cause, Job = run.Job.Id,
        };
        ModelVersion? before = Champion();
        TrainRuns runs = TrainRuns.Execute(request, progress, cancellation);
        new AfterTraining(job, recorded, shared, clock).Run(runs, history, learning.Sample.IsWhole, before, progress, cancellation);
        return runs;
    }

    private ModelVersion? Champion()
    {
        try
        {
            return _registry.Resolve(job.Name);
        }
        catch (ModelPackageException)
        {
            return null;
        }
    }

    // Whether the data has moved away from what the champion learned; without a champion, or where that cannot be told, a training is due.
    private bool HasDrifted(
        TrainJob recorded, LearningHistory learning, LocalTime asOf, IProgress<PipelineProgress> progress, CancellationToken cancellation)
    {
        if (Champion() is not { } champion)
        {
            return true;
        }

        try
        {
            DriftDocument drift = DriftLook.Run(
                learning.Sample.History, _registry, champion, asOf, job.Seed, progress, cancellation, learning.Stamp);
            drift.Write(job.Models, job.Name);
            drift.Words.ToList().ForEach(recorded.Log);
            // Of scores from outside it cannot be told how far the base has moved.
            return drift.Drifted || drift.Distributions.Count == 0;
        }
        catch (Exception e) when (e is DatasetException or ModelPackageException)
        {
            recorded.Log($"the drift cannot be told: {e.Message}");
            return true;
        }
    }

    // What came in one by one since the last time is learned from too, and who was erased since goes out of what lies on the disk.
    private long FoldEvents(TrainJob recorded, CancellationToken cancellation)
    {
        long erased = 0;
        if (!Directory.Exists(job.Data))
        {
            return erased;
        }

        try
        {
            if (Erasures.Of(job.Data).Count == 0
                && Enum.GetValues<IngestTable>().All(t => new EventStream(job.Store, IngestStream.Of(job.Data, t)).LastSequence() == 0))
            {
                return erased;
            }

            CompactionReport folded = Compaction.Run(job.Store, job.Data, output.Note, cancellation);
            erased = folded.ErasedLines;
            if (folded.Files > 0)
            {
                recorded.Log(string.Create(
                    CultureInfo.InvariantCulture, $"{folded.Events:N0} events folded into the dataset, {folded.Corrected:N0} corrected"));
            }

            if (job.KeepEvents is { } kept
                && Compaction.Forget(job.Store, job.Data, clock.GetUtcNow() - kept, output.Note, cancellation) is var gone and > 0)
            {
                recorded.Log(string.Create(
                    CultureInfo.InvariantCulture, $"content of {gone:N0} event revisions forgotten: the files hold them"));
            }
        }
        catch (Exception e) when (e is DatasetException or IOException or UnauthorizedAccessException)
        {
            string told = recorded.Public($"events were not folded in: {e.Message}");
            output.Note(told);
            recorded.Log(told);
        }

        return erased;
    }

    // Results are files for others: whoever was erased since they were written goes out of them before new ones come.
    private void TakeOutErased(TrainJob recorded, long ofData, CancellationToken cancellation)
    {
        long erased = ofData;
        try
        {
            erased += job.Output is { } results ? ErasedResults.Remove(results, job.Data, cancellation).Lines : 0;
        }
        catch (Exception e) when (e is DatasetException or IOException or UnauthorizedAccessException)
        {
            string told = recorded.Public($"erased customers were not all taken out of the results: {e.Message}");
            output.Note(told);
            recorded.Log(told);
        }

        if (erased > 0)
        {
            recorded.Log(string.Create(
                CultureInfo.InvariantCulture, $"{erased:N0} line(s) of erased customers taken out of data and results"));
        }
    }

    // What the newest version learned from: a night without news costs a look at the data. A version that nobody decided on, because its
    // training was killed before it came to that, does not count.
    private bool IsTrained(LocalTime asOf, string fingerprint)
    {
        try
        {
            return _registry.Versions(job.Name) is { Count: > 0 } versions && _registry.Load(versions[^1]).Manifest is { } newest
                && newest.AsOf == asOf.ToString() && newest.HorizonDays == job.HorizonDays
                && newest.TrainingData.Fingerprint == fingerprint && newest.Given is null
                && GateBook.Read(job.Models, job.Name).Decided.Contains(versions[^1].Version);
        }
        catch (ModelPackageException)
        {
            return false;
        }
    }
}
