using System.Globalization;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Ingest;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;
using Predictive.Training;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>One training as a job: from the data to a version, with what it tells on the way and how it ended.</summary>
internal sealed class TrainingRun(WorkerJob job, WorkerOutput output, TimeProvider clock, JobRun run, Lease lease)
{
    /// <summary>Trains, and ends the job; its outcome is the exit code.</summary>
    /// <exception cref="OperationCanceledException">The worker was told to stop: the job waits for the next one.</exception>
    public void Do(CancellationToken stopping)
    {
        using JobRun ended = run;
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stopping, run.Stop);
        try
        {
            TrainRuns? runs = output.Run(progress => Train(new Both(progress, run), cut.Token));
            if (runs is null)
            {
                Say("the data is what the newest version was trained on: nothing to train");
                run.End(JobState.Done, null, new { trained = false });
                job.Outcome = 0;
                return;
            }

            output.Trained(runs);
            Tell(runs);
            run.End(
                runs.Best.IsHeld ? JobState.Held : JobState.Done, null,
                new
                {
                    trained = true, runs.Best.Version.Version, runs.Best.Serves, engine = runs.Best.Engine.Name,
                    grade = runs.Best.Bundle.Manifest.Metrics.ChurnGrade?.Letter,
                    held = runs.Best.IsHeld ? runs.Best.Verdict!.Reasons : null,
                });
            job.Outcome = runs.Best.IsHeld ? WorkerJob.Held : 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            job.Outcome = WorkerJob.Cut;
            if (job.Schedule is null)
            {
                run.End(JobState.Cancelled, "its worker was stopped; nothing was published");
            }

            throw;
        }
        catch (OperationCanceledException) when (run.IsCancelled)
        {
            output.Note($"job {run.Job.Id} was cancelled; nothing was published");
            run.End(JobState.Cancelled);
            job.Outcome = WorkerJob.Cut;
        }
        catch (Exception e)
        {
            // A cancellation that nobody asked for: the lease was lost, and another worker does the job.
            Exception fault = e is OperationCanceledException ? new StoreException("Another worker has taken the job over.", e) : e;
            job.Outcome = output.Failed(fault);
            string told = WithoutPlaces(fault is OutOfMemoryException ? "out of memory" : fault.Message);
            run.Log(told);
            try
            {
                run.End(JobState.Failed, told);
            }
            catch (StoreException lost)
            {
                output.Note(lost.Message);
            }
        }
    }

    private TrainRuns? Train(IProgress<PipelineProgress> progress, CancellationToken cancellation)
    {
        FoldEvents(cancellation);
        RuleOptions rules = SegmentsFile.For(job.Data);
        LearningHistory learning = LearningHistory.Load(job.Data, job.Memory, job.Seed, "training", progress, cancellation);
        LocalTime asOf = learning.AsOfAt(clock.GetUtcNow()).AsOf;
        TransactionHistory history = learning.Sample.History;
        string fingerprint = DataFingerprint.Compute(history, asOf).Fingerprint;
        run.Fingerprint(fingerprint);
        run.Figure("customers", history.CustomerCount);
        run.Figure("lines", history.LineCount);
        if (IsTrained(asOf, fingerprint))
        {
            return null;
        }

        // An engine that cannot run on this machine must not keep the other from being retrained every night.
        var request = new TrainRequest(
            history,
            job.Engines,
            engine => new TrainingOptions { AsOf = asOf, HorizonDays = job.HorizonDays, Seed = job.Seed, Engine = engine, Clock = clock },
            job.Models,
            job.Name)
        {
            Rules = rules, Note = learning.Note, IsWhole = learning.Sample.IsWhole, LeaveOut = true, Gate = job.Gate, Store = job.Store,
                Lease = lease,
        };
        return TrainRuns.Execute(request, progress, cancellation);
    }

    // What came in one by one since the last time is learned from too.
    private void FoldEvents(CancellationToken cancellation)
    {
        if (!Directory.Exists(job.Data)
            || Enum.GetValues<IngestTable>().All(t => new EventStream(job.Store, IngestStream.Of(job.Data, t)).LastSequence() == 0))
        {
            return;
        }

        try
        {
            CompactionReport folded = Compaction.Run(job.Store, job.Data, output.Note, cancellation);
            if (folded.Files > 0)
            {
                run.Log(string.Create(
                    CultureInfo.InvariantCulture, $"{folded.Events:N0} events folded into the dataset, {folded.Corrected:N0} corrected"));
            }
        }
        catch (Exception e) when (e is DatasetException or IOException or UnauthorizedAccessException)
        {
            Say(WithoutPlaces($"events were not folded in: {e.Message}"));
        }
    }

    // What the newest version learned from: a night without news costs a look at the data.
    private bool IsTrained(LocalTime asOf, string fingerprint)
    {
        var registry = new ModelRegistry(job.Models, SmokeTest.Admit);
        try
        {
            return registry.Versions(job.Name) is { Count: > 0 } versions && registry.Load(versions[^1]).Manifest is { } newest
                && newest.AsOf == asOf.ToString() && newest.HorizonDays == job.HorizonDays
                && newest.TrainingData.Fingerprint == fingerprint;
        }
        catch (ModelPackageException)
        {
            return false;
        }
    }

    private void Tell(TrainRuns runs)
    {
        foreach (TrainRun one in runs.Runs)
        {
            run.Log(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Engine.Name}: version {one.Version.Version}, "
                    + $"{(one.IsHeld ? "held" : one.Serves ? "the champion" : one.Waits ? "the challenger" : "kept without an alias")}"));
        }

        runs.LeftOut.ToList().ForEach(run.Log);
        foreach (string note in runs.Best.Verdict?.Notes ?? [])
        {
            run.Log("gate: " + note);
        }

        foreach (GateReason reason in runs.Best.Verdict?.Reasons ?? [])
        {
            run.Log($"{(runs.Best.IsHeld ? "held" : "gate")}, {reason.Code}: {reason.Text}");
        }

        MetricsStamp metrics = runs.Best.Bundle.Manifest.Metrics;
        foreach ((string of, IReadOnlyDictionary<string, double>? values) in new[] { ("churn", metrics.Churn), ("clv", metrics.Clv) })
        {
            foreach (var (name, value) in values ?? new Dictionary<string, double>())
            {
                run.Figure($"{of}.{name}", value);
            }
        }

        foreach (var (stage, seconds) in runs.Best.Seconds)
        {
            run.Figure($"seconds.{stage}", Math.Round(seconds, 3));
        }
    }

    private void Say(string text)
    {
        output.Note(text);
        run.Log(text);
    }

    // Jobs are read over HTTP: where the worker keeps its files is nobody's business there.
    private string WithoutPlaces(string text)
    {
        foreach ((string path, string name) in new[] { (job.Data, "the dataset"), (job.Models, "models"), (Path.GetTempPath(), "tmp/") })
        {
            text = text.Replace(Path.GetFullPath(path), name, StringComparison.Ordinal);
            text = path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? text.Replace(path, name, StringComparison.Ordinal)
                : text;
        }

        return text;
    }

    private sealed class Both(IProgress<PipelineProgress> shown, JobRun run) : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value)
        {
            shown.Report(value);
            run.Report(value.Stage, double.IsFinite(value.Done) ? Math.Clamp(value.Done, 0, 1) : 0);
        }
    }
}
