using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Leases;
using Predictive.Store.Schema;

#pragma warning disable EF1002 // what is put into the SQL is the clock of the database

namespace Predictive.Store.Jobs;

/// <summary>
/// The jobs: asked for by whoever may, done by a worker that holds the lease of their kind and name. A run whose worker died without a word
/// is seen by the next holder of the lease and begun again, later each time.
/// </summary>
public sealed class JobBook(StoreDatabase database)
{
    /// <summary>Attempts after which a job whose workers die is given up.</summary>
    public const int MostAttempts = 3;

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMinutes(1);

    private static readonly string s_queued = Job.NameOf(JobState.Queued), s_running = Job.NameOf(JobState.Running);

    /// <summary>Name of the lease under which jobs of a kind and name run, one at a time.</summary>
    public static string LeaseOf(string kind, string name) => $"{kind}/{name}";

    /// <summary>Asks for a job; where one of its key is there, it is that one.</summary>
    /// <returns>The job, and whether it is new.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public (Job Job, bool IsNew) Enqueue(NewJob asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        try
        {
            return database.Change(context =>
            {
                if (asked.UniqueKey is { } key && context.Jobs.AsNoTracking().FirstOrDefault(r => r.UniqueKey == key) is { } there)
                {
                    return (Job.Of(there), false);
                }

                var row = new JobRow
                {
                    Kind = asked.Kind, Name = asked.Name, Data = asked.Data, Cause = asked.Cause, Actor = asked.Actor,
                    UniqueKey = asked.UniqueKey, State = s_queued, CreatedAt = database.Now, NotBefore = database.Now,
                };
                context.Jobs.Add(row);
                context.SaveChanges();
                return (Job.Of(row), true);
            });
        }
        catch (StoreException) when (asked.UniqueKey is { } key && ByKey(key) is { } other)
        {
            // On PostgreSQL another host may have been quicker between the look and the insert.
            return (other, false);
        }
    }

    /// <summary>Asks for a job, unless one of its kind and name waits already: then it is that one.</summary>
    /// <returns>The job, and whether it is new.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public (Job Job, bool IsNew) EnqueueUnlessWaiting(NewJob asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        return database.Run(context => context.Jobs.AsNoTracking().OrderBy(r => r.Id)
                .FirstOrDefault(r => r.Kind == asked.Kind && r.Name == asked.Name && r.State == s_queued
                    && r.Cause != NewJob.Command)) is { } there
            ? (Job.Of(there), false)
            : Enqueue(asked);
    }

    /// <summary>The newest jobs, newest first.</summary>
    /// <param name="most">At most so many.</param>
    /// <param name="name">Only of this model; null = all.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Job> List(int most = 50, string? name = null) => database.Run(context => Seen(
        context, context.Jobs.AsNoTracking().Where(r => name == null || r.Name == name).OrderByDescending(r => r.Id).Take(most)));

    /// <summary>A job; null = there is none of that number.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public Job? Find(long id) => database.Run(context => Seen(context, context.Jobs.AsNoTracking().Where(r => r.Id == id)))
        .FirstOrDefault();

    /// <summary>The lines of a job's log after a number, oldest first.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<JobLine> Lines(long id, int after = 0) => database.Run(context => context.JobLines.AsNoTracking()
        .Where(r => r.JobId == id && r.Number > after).OrderBy(r => r.Number).AsEnumerable()
        .Select(r => new JobLine(r.Number, StoreJson.Time(r.At), r.Text)).ToList());

    /// <summary>The newest job of a kind, name and cause; null = there was none.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public Job? Newest(string kind, string name, string cause) => database.Run(context =>
        context.Jobs.AsNoTracking().Where(r => r.Kind == kind && r.Name == name && r.Cause == cause).OrderByDescending(r => r.Id)
            .FirstOrDefault() is { } row ? Job.Of(row) : null);

    /// <summary>Whether a worker would find something to do: a job that may begin now, or one that is, or was, being done.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public bool IsWaiting(string kind, string name) => database.Run(context => context.Jobs.Any(r =>
        r.Kind == kind && r.Name == name && (r.State == s_running || (r.State == s_queued && r.NotBefore <= database.Now))));

    /// <summary>Jobs of a kind that may begin now, or are, or were, being done, oldest first, whatever their names.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<Job> Waiting(string kind) => database.Run(context => Seen(
        context, context.Jobs.AsNoTracking().Where(r =>
            r.Kind == kind && (r.State == s_running || (r.State == s_queued && r.NotBefore <= database.Now))).OrderBy(r => r.Id)));

    /// <summary>
    /// Cancels a job: at once where it waits; where it runs, its worker is asked to end it. One that is over stays as it is.
    /// </summary>
    /// <returns>The job as it stands then; null = there is none of that number.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public Job? Cancel(long id, string actor)
    {
        database.Change(context =>
        {
            context.Jobs.Where(r => r.Id == id && r.State == s_queued).ExecuteUpdate(s => s
                .SetProperty(r => r.State, Job.NameOf(JobState.Cancelled)).SetProperty(r => r.EndedAt, database.Now)
                .SetProperty(r => r.Message, $"cancelled by {actor}").SetProperty(r => r.Changes, r => r.Changes + 1));
            return context.Jobs.Where(r => r.Id == id && r.State == s_running).ExecuteUpdate(s => s
                .SetProperty(r => r.CancelRequested, true).SetProperty(r => r.Message, $"cancelled by {actor}")
                .SetProperty(r => r.Changes, r => r.Changes + 1));
        });
        return Find(id);
    }

    /// <summary>
    /// Begins the oldest job that may begin, under its lease; what an earlier holder left running is put back first.
    /// </summary>
    /// <param name="kind">Of the job.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="lease">Held: <see cref="LeaseOf"/>.</param>
    /// <param name="only">Only this job; null = any.</param>
    /// <param name="data">Name of the dataset, for a job that names none; null = not told.</param>
    /// <returns>The run, to be disposed; null = nothing may begin now.</returns>
    /// <exception cref="StoreException">The database fails, or the lease is lost.</exception>
    public JobRun? Begin(string kind, string name, Lease lease, long? only = null, string? data = null)
    {
        ArgumentNullException.ThrowIfNull(lease);
        lease.Confirm();
        return database.Change(context =>
        {
            PutBack(context, kind, name, lease.Token, only);
            long now = database.Now;
            if (context.Jobs.Where(r => r.Kind == kind && r.Name == name && r.State == s_queued && r.NotBefore <= now
                && (only == null || r.Id == only)).OrderBy(r => r.Id).FirstOrDefault() is not { } row)
            {
                return null;
            }

            (row.State, row.LeaseToken, row.StartedAt) = (s_running, lease.Token, now);
            row.Data ??= data;
            row.Attempt++;
            row.Changes++;
            (row.Stage, row.Fraction, row.Stages, row.Message) = (null, 0, "[]", null);
            context.SaveChanges();
            int lines = context.JobLines.Count(l => l.JobId == row.Id);
            return new JobRun(database, Job.Of(row), lease, lines);
        });
    }

    /// <summary>Forgets jobs that ended before a time, with their logs.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public int Forget(DateTimeOffset before)
    {
        long end = before.ToUnixTimeMilliseconds();
        return database.Run(context => context.Jobs.Where(r => r.EndedAt != null && r.EndedAt < end).ExecuteDelete());
    }

    // A run whose worker was killed stays marked as running until the next holder of its lease comes by: the lease tells sooner.
    private List<Job> Seen(StoreContext context, IQueryable<JobRow> rows)
    {
        List<JobRow> found = [.. rows];
        HashSet<string> held = found.Any(r => r.State == s_running)
            ? [.. context.Database.SqlQueryRaw<string>(
                $"""SELECT name || ':' || token AS "Value" FROM leases WHERE expires_at > {database.NowSql}""")]
            : [];
        return [.. found.Select(r => Job.Of(r) with
        {
            IsLost = r.State == s_running && !held.Contains(string.Create(
                CultureInfo.InvariantCulture, $"{LeaseOf(r.Kind, r.Name)}:{r.LeaseToken}")),
        })];
    }

    private Job? ByKey(string key) => database.Run(context =>
        context.Jobs.AsNoTracking().FirstOrDefault(r => r.UniqueKey == key) is { } row ? Job.Of(row) : null);

    // Whoever holds the lease knows that no other run is alive: what is marked as running under an older token was killed.
    // A command asks under the lease it holds: one that still waits, and is not this one, died before it began.
    private void PutBack(StoreContext context, string kind, string name, long token, long? only)
    {
        List<JobRow> lost =
        [
            .. context.Jobs.Where(r => r.Kind == kind && r.Name == name
                && ((r.State == s_running && r.LeaseToken != token)
                    || (r.State == s_queued && r.Cause == NewJob.Command && r.Id != only))),
        ];
        foreach (JobRow row in lost)
        {
            bool again = row.Attempt < MostAttempts && !row.CancelRequested && row.Cause != NewJob.Command;
            TimeSpan delay = s_firstDelay * Math.Pow(2, Math.Max(0, row.Attempt - 1));
            string told = string.Create(
                CultureInfo.InvariantCulture,
                $"attempt {row.Attempt} ended without a word: its worker was killed, or lost its machine or the store");
            row.State = again ? s_queued : Job.NameOf(row.CancelRequested ? JobState.Cancelled : JobState.Failed);
            row.NotBefore = database.Now + (long)delay.TotalMilliseconds;
            row.Message = row.CancelRequested ? row.Message : told;
            row.EndedAt = again ? null : database.Now;
            row.Changes++;
            long id = row.Id;
            context.JobLines.Add(new JobLineRow
            {
                JobId = id, Number = context.JobLines.Count(l => l.JobId == id) + 1, At = database.Now,
                Text = again
                    ? string.Create(CultureInfo.InvariantCulture, $"{told}; begun again in {delay.TotalMinutes:0} min at the earliest")
                    : told,
            });
        }

        context.SaveChanges();
    }
}
