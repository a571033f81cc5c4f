using System.Globalization;
using Predictive.History.Ingest;
using Predictive.Segmentation.Registry;
using Predictive.Store;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;
using Predictive.Training;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>
/// A training as a job, whoever does it: what it tells goes to the job as well as to the terminal, and however it ends the job says so.
/// </summary>
public sealed class TrainJob : IDisposable
{
    private readonly JobRun _run;
    private readonly Places _places;

    /// <summary>A job that was begun.</summary>
    /// <param name="run">It.</param>
    /// <param name="lease">Under which it runs.</param>
    /// <param name="data">Place of the dataset, never told over the network.</param>
    /// <param name="models">Folder of the registry, no more.</param>
    public TrainJob(JobRun run, Lease lease, string data, string models)
    {
        ArgumentNullException.ThrowIfNull(run);
        (_run, Lease) = (run, lease);
        _places = new Places((data, "the dataset"), (models, "models"));
    }

    /// <summary>The lease, asked once more before anything is published.</summary>
    public Lease Lease { get; }

    /// <summary>The job as it was begun.</summary>
    public Job Job => _run.Job;

    /// <summary>Begins a training that this process was told to do: takes the turn of its name, and notes a job of its own.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="data">The dataset.</param>
    /// <param name="models">Folder of the registry.</param>
    /// <param name="note">Told where another training is waited for.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="IOException">Another training is running.</exception>
    /// <exception cref="StoreException">The store fails.</exception>
    public static TrainJob Begin(
        StoreDatabase store, string name, string actor, string data, string models, Action<string> note, CancellationToken cancellation)
    {
        Lease lease = TrainTurn.Take(store, name, note, cancellation);
        try
        {
            var book = new JobBook(store);
            long id = book.Enqueue(new NewJob(TrainTurn.Kind, name, NewJob.Command, actor, IngestStream.NameOf(data))).Job.Id;
            JobRun run = book.Begin(TrainTurn.Kind, name, lease, id)
                ?? throw new StoreException(string.Create(CultureInfo.InvariantCulture, $"Job {id} was cancelled before it began."));
            return new TrainJob(run, lease, data, models);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Trains, and ends the job.</summary>
    /// <param name="shown">What else is told of the stages.</param>
    /// <param name="train">Gives what came of it; null = there was nothing to train.</param>
    /// <param name="goesOn">True where, told to stop, the job goes back into the queue for the next worker.</param>
    /// <param name="stopping">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was told to stop, or the job was cancelled.</exception>
    /// <exception cref="StoreException">Another process has taken it over, or the store fails.</exception>
    public TrainRuns? Do(
        IProgress<PipelineProgress> shown, Func<IProgress<PipelineProgress>, CancellationToken, TrainRuns?> train, bool goesOn,
        CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(train);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stopping, _run.Stop);
        try
        {
            TrainRuns? runs = train(new Both(shown, _run), cut.Token);
            if (runs is null)
            {
                Log("nothing to train");
                _run.End(JobState.Done, null, new { trained = false });
            }
            else
            {
                Tell(runs);
                _run.End(runs.Best.IsHeld ? JobState.Held : JobState.Done, null, ResultOf(runs));
            }

            return runs;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            if (!goesOn)
            {
                _run.End(JobState.Cancelled, "its worker was stopped; nothing was published");
            }

            throw;
        }
        catch (OperationCanceledException) when (_run.IsCancelled)
        {
            _run.End(JobState.Cancelled);
            throw;
        }
        catch (OperationCanceledException e)
        {
            // A cancellation that nobody asked for: the lease was lost, and another worker does the job.
            throw Failed(new StoreException("Another worker has taken the job over.", e));
        }
        catch (StoreException e) when (goesOn)
        {
            // A store that failed for longer than could be waited is no fault of the job: it is begun again, as after a kill.
            Log(e.Message);
            _run.Abandon();
            throw;
        }
        catch (Exception e)
        {
            Failed(e);
            throw;
        }
    }

    /// <summary>Whether somebody has cancelled the job.</summary>
    public bool IsCancelled => _run.IsCancelled;

    /// <summary>Notes the data it reads.</summary>
    public void Reads(TrainingDataStamp data)
    {
        ArgumentNullException.ThrowIfNull(data);
        _run.Fingerprint(data.Fingerprint);
        _run.Figure("customers", data.Customers);
        _run.Figure("lines", data.Lines);
        if (data.Sample is { } sample)
        {
            _run.Figure("customers.base", sample.BaseCustomers);
        }
    }

    /// <summary>Adds a line to the job's log, without the places of this machine.</summary>
    public void Log(string text) => _run.Log(Public(text));

    /// <summary>
    /// A text without the places of this machine: jobs are read over HTTP, where the files lie is nobody's business there.
    /// </summary>
    public string Public(string text) => _places.Hide(text);

    /// <summary>Puts a job that was not ended back into the queue, and gives the turn back.</summary>
    public void Dispose()
    {
        _run.Dispose();
        if (Job.Cause == NewJob.Command)
        {
            Lease.Dispose();
        }
    }

    private static object ResultOf(TrainRuns runs) => new
    {
        trained = true, runs.Best.Version.Version, runs.Best.Serves, engine = runs.Best.Engine.Name,
        grade = runs.Best.Bundle.Manifest.Metrics.ChurnGrade?.Letter, held = runs.Best.IsHeld ? runs.Best.Verdict!.Reasons : null,
    };

    private Exception Failed(Exception fault)
    {
        string told = Public(fault is OutOfMemoryException ? "out of memory" : fault.Message);
        _run.Log(told);
        try
        {
            _run.End(JobState.Failed, told);
        }
        catch (StoreException)
        {
            // Another process has it by now: that one says how it ends.
        }

        return fault;
    }

    private void Tell(TrainRuns runs)
    {
        foreach (TrainRun one in runs.Runs)
        {
            _run.Log(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Engine.Name}: version {one.Version.Version}, "
                    + $"{(one.IsHeld ? "held" : one.Serves ? "the champion" : one.Waits ? "the challenger" : "kept without an alias")}"));
        }

        runs.LeftOut.ToList().ForEach(_run.Log);
        foreach (string note in runs.Best.Verdict?.Notes ?? [])
        {
            _run.Log("gate: " + note);
        }

        foreach (GateReason reason in runs.Best.Verdict?.Reasons ?? [])
        {
            _run.Log($"{(runs.Best.IsHeld ? "held" : "gate")}, {reason.Code}: {reason.Text}");
        }

        MetricsStamp metrics = runs.Best.Bundle.Manifest.Metrics;
        foreach ((string of, IReadOnlyDictionary<string, double>? values) in new[] { ("churn", metrics.Churn), ("clv", metrics.Clv) })
        {
            foreach (var (name, value) in values ?? new Dictionary<string, double>())
            {
                _run.Figure($"{of}.{name}", value);
            }
        }

        foreach (var (stage, seconds) in runs.Best.Seconds)
        {
            _run.Figure($"seconds.{stage}", Math.Round(seconds, 3));
        }
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
