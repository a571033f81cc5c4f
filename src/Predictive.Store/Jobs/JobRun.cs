using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Leases;
using Predictive.Store.Schema;

namespace Predictive.Store.Jobs;

/// <summary>
/// A job that is being done: gathers what it tells and writes it once a second, on a thread of its own; watches for the wish to cancel it.
/// What is written after its lease was lost is not taken. Disposing without an end puts the job back into the queue. Thread-safe.
/// </summary>
public sealed class JobRun : IDisposable
{
    private const int MostLines = 10_000;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1), s_patience = LeaseBook.Standard;

    private readonly StoreDatabase _database;
    private readonly Lease _lease;
    private readonly CancellationTokenSource _stop;
    private readonly ManualResetEventSlim _ended = new();
    private readonly Lock _lock = new();
    private readonly List<JobStage> _stages = [];
    private readonly Dictionary<string, double> _figures = [];
    private readonly List<JobLineRow> _lines = [];
    private readonly Thread _writing;
    private long _stageStarted = Stopwatch.GetTimestamp();
    private double _fraction;
    private string? _fingerprint;
    private int _told;
    private bool _changed, _over, _doubtful;

    internal JobRun(StoreDatabase database, Job job, Lease lease, int lines)
    {
        (_database, Job, _lease, _told) = (database, job, lease, lines);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost);
        Stop = _stop.Token;
        _writing = new Thread(WriteNowAndThen) { IsBackground = true, Name = $"job {job.Id}" };
        _writing.Start();
    }

    /// <summary>The job as it was begun.</summary>
    public Job Job { get; }

    /// <summary>Cancelled when somebody wants it to end, or the lease is lost.</summary>
    public CancellationToken Stop { get; }

    /// <summary>Whether somebody has cancelled it.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>How far a stage is; another name begins another stage.</summary>
    public void Report(string stage, double fraction)
    {
        lock (_lock)
        {
            if (_stages.Count == 0 || _stages[^1].Name != stage)
            {
                EndStage();
                _stages.Add(new JobStage(stage, _database.Clock.GetUtcNow(), null));
                _stageStarted = Stopwatch.GetTimestamp();
            }

            (_fraction, _changed) = (fraction, true);
        }
    }

    /// <summary>Adds a line to the log.</summary>
    public void Log(string text)
    {
        lock (_lock)
        {
            if (_told < MostLines)
            {
                _lines.Add(new JobLineRow { JobId = Job.Id, Number = ++_told, At = _database.Now, Text = text });
            }
        }
    }

    /// <summary>Notes a number; one that is not finite is left out.</summary>
    public void Figure(string name, double value)
    {
        lock (_lock)
        {
            if (double.IsFinite(value))
            {
                (_figures[name], _changed) = (value, true);
            }
        }
    }

    /// <summary>Notes the fingerprint of the data.</summary>
    public void Fingerprint(string fingerprint)
    {
        lock (_lock)
        {
            (_fingerprint, _changed) = (fingerprint, true);
        }
    }

    /// <summary>
    /// Ends it. A store that is away is waited for, as long as the lease can last: work that was done is not lost for a restart.
    /// </summary>
    /// <param name="state">How.</param>
    /// <param name="message">Why; null = nothing to say.</param>
    /// <param name="result">What came of it; null = nothing.</param>
    /// <exception cref="StoreException">The lease was lost, or the database fails.</exception>
    public void End(JobState state, string? message = null, object? result = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                EndNow(state, message, result);
                return;
            }
            catch (StoreException) when (!_over && !_lease.Lost.IsCancellationRequested && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                Thread.Sleep(s_interval);
            }
        }
    }

    /// <summary>
    /// Leaves it as one whose worker died: the next holder of its lease begins it again, later. For a store that failed, which could not be
    /// told either.
    /// </summary>
    public void Abandon()
    {
        StopWriting();
        _over = true;
    }

    private void EndNow(JobState state, string? message, object? result)
    {
        lock (_lock)
        {
            EndStage();
        }

        StopWriting();
        Flush();
        bool again = state == JobState.Queued;
        int written = Mine(rows => rows.ExecuteUpdate(s => s
            .SetProperty(r => r.State, Job.NameOf(state))
            .SetProperty(r => r.Message, r => r.CancelRequested && state == JobState.Cancelled ? r.Message : message)
            .SetProperty(r => r.Result, result is null ? null : StoreJson.Text(result))
            .SetProperty(r => r.EndedAt, again ? null : _database.Now)
            // The work was cut short from outside: that was no attempt of its own.
            .SetProperty(r => r.Attempt, r => again ? r.Attempt - 1 : r.Attempt)
            .SetProperty(r => r.Changes, r => r.Changes + 1)));
        _over = true;
        if (written == 0)
        {
            throw new StoreException("Another process has taken this job over: what this one did is not noted as its end.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_over)
        {
            try
            {
                Log("its worker was stopped; the job waits for the next one");
                EndNow(JobState.Queued, null, null);
            }
            catch (StoreException)
            {
                // The next holder of the lease sees that nobody does it.
            }
        }

        StopWriting();
        _stop.Dispose();
    }

    private void EndStage()
    {
        if (_stages is [.., { Seconds: null } last])
        {
            _stages[^1] = last with { Seconds = Math.Round(Stopwatch.GetElapsedTime(_stageStarted).TotalSeconds, 3) };
            _changed = true;
        }
    }

    private void StopWriting()
    {
        _ended.Set();
        if (Thread.CurrentThread != _writing)
        {
            _writing.Join();
        }
    }

    private void WriteNowAndThen()
    {
        while (!_ended.Wait(s_interval))
        {
            try
            {
                Flush();
                if (_database.Run(c => c.Jobs.Any(r => r.Id == Job.Id && r.CancelRequested)))
                {
                    IsCancelled = true;
                    _stop.Cancel();
                }
            }
            catch (StoreException)
            {
                // The next second comes; the lease ends the run where the store stays away.
            }
        }
    }

    private int Mine(Func<IQueryable<JobRow>, int> change) => _database.Run(context => change(
        context.Jobs.Where(r => r.Id == Job.Id && r.LeaseToken == _lease.Token && r.State == Job.NameOf(JobState.Running))));

    private void Flush()
    {
        string stages, figures;
        string? stage, fingerprint;
        double fraction;
        JobLineRow[] lines;
        lock (_lock)
        {
            if (!_changed && _lines.Count == 0)
            {
                return;
            }

            (stages, figures, stage, fingerprint, fraction) = (
                StoreJson.Text(_stages), StoreJson.Text(_figures), _stages.Count > 0 ? _stages[^1].Name : null, _fingerprint, _fraction);
            lines = [.. _lines];
            _lines.Clear();
            _changed = false;
        }

        try
        {
            // The lines first: written twice they would be refused, and not written they come again with the next change.
            if (lines.Length > 0 && Mine(rows => rows.Count()) > 0)
            {
                _database.Run(context =>
                {
                    // Of a write whose answer did not come nobody knows whether it was made.
                    int there = _doubtful ? context.JobLines.Where(l => l.JobId == Job.Id).Max(l => (int?)l.Number) ?? 0 : 0;
                    context.JobLines.AddRange(lines.Where(l => l.Number > there));
                    return context.SaveChanges();
                });
                (lines, _doubtful) = ([], false);
            }

            Mine(rows => rows.ExecuteUpdate(s => s
                .SetProperty(r => r.Stages, stages).SetProperty(r => r.Figures, figures).SetProperty(r => r.Stage, stage)
                .SetProperty(r => r.Fraction, fraction).SetProperty(r => r.Fingerprint, fingerprint)
                .SetProperty(r => r.Changes, r => r.Changes + 1)));
        }
        catch (StoreException)
        {
            lock (_lock)
            {
                _lines.InsertRange(0, lines);
                (_changed, _doubtful) = (true, true);
            }

            throw;
        }
    }
}
