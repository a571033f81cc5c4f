using Microsoft.Extensions.Time.Testing;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;
using Predictive.Tests;

namespace Predictive.Store.Tests;

/// <summary>Jobs from being asked for to their end, and what becomes of one whose worker dies.</summary>
public sealed class JobBookTests(PostgresServer postgres) : StoreTest(postgres)
{
    private const string Kind = "train", Name = "default";

    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 3, 0, 0, TimeSpan.Zero);

    private static NewJob Asked(string? key = null) => new(Kind, Name, "request", "key 12", "shop", key);

    private static Lease Hold(StoreDatabase store) => new LeaseBook(store).TryTake(JobBook.LeaseOf(Kind, Name), "test")!;

    [Theory, MemberData(nameof(Both))]
    public void A_job_is_begun_tells_how_far_it_is_and_ends(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new JobBook(store);
        (Job queued, bool isNew) = book.Enqueue(Asked());
        Assert.True(isNew);
        Assert.Equal((JobState.Queued, 0, "shop", "key 12"), (queued.State, queued.Attempt, queued.Data, queued.Actor));
        Assert.True(book.IsWaiting(Kind, Name));
        Assert.False(book.IsWaiting(Kind, "other"));
        using Lease lease = Hold(store);
        using (JobRun run = book.Begin(Kind, Name, lease)!)
        {
            run.Report("read", 0.5);
            run.Report("train", 0.25);
            run.Log("one");
            run.Log("two");
            run.Figure("auc", 0.75);
            run.Figure("nothing", double.NaN);
            run.Fingerprint("abc");
            Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(50); return book.Find(run.Job.Id)!.Stage is not null; }, 30_000));
            Job going = book.Find(run.Job.Id)!;
            Assert.Equal((JobState.Running, "train", 0.25), (going.State, going.Stage, going.Fraction));
            Assert.Null(book.Begin(Kind, Name, lease));
            run.End(JobState.Done, null, new { version = 3 });
        }

        Job done = book.Find(queued.Id)!;
        Assert.Equal((JobState.Done, 1, "abc", true), (done.State, done.Attempt, done.Fingerprint, done.IsOver));
        Assert.Equal(["read", "train"], done.Stages.Select(s => s.Name));
        Assert.All(done.Stages, s => Assert.NotNull(s.Seconds));
        Assert.Equal([("auc", 0.75)], done.Figures.Select(f => (f.Key, f.Value)));
        Assert.Equal(3, done.Result!.Value.GetProperty("version").GetInt32());
        Assert.Equal([(1, "one"), (2, "two")], book.Lines(queued.Id).Select(l => (l.Number, l.Text)));
        Assert.Equal([2], book.Lines(queued.Id, 1).Select(l => l.Number));
        Assert.False(book.IsWaiting(Kind, Name));
        Assert.Null(book.Begin(Kind, Name, lease));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Jobs_of_one_key_are_one_job_however_many_ask_at_once(Database database)
    {
        StoreDatabase store = Open(database);
        (Job Job, bool IsNew)[] asked = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => new JobBook(store).Enqueue(Asked("schedule/2026-03-01")))));
        Assert.Single(asked, a => a.IsNew);
        Assert.Single(asked.Select(a => a.Job.Id).Distinct());
        Assert.Single(new JobBook(store).List());
    }

    [Theory, MemberData(nameof(Both))]
    public void A_run_whose_worker_dies_is_begun_again_later_each_time_and_given_up_at_last(Database database)
    {
        var clock = new FakeTimeProvider(s_start);
        StoreDatabase store = Open(database, clock);
        var book = new JobBook(store);
        long id = book.Enqueue(Asked()).Job.Id;
        TimeSpan[] delays = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)];
        var zombies = new List<JobRun>();
        foreach (TimeSpan delay in delays)
        {
            using (Lease lease = Hold(store))
            {
                zombies.Add(book.Begin(Kind, Name, lease)!);
            }

            // Its holder has gone; the next one finds it, and has to wait.
            using Lease next = Hold(store);
            Assert.Null(book.Begin(Kind, Name, next));
            Job lost = book.Find(id)!;
            Assert.Equal((JobState.Queued, clock.GetUtcNow() + delay), (lost.State, lost.NotBefore));
            Assert.Contains("ended without a word", lost.Message, StringComparison.Ordinal);
            clock.Advance(delay);
        }

        using (Lease lease = Hold(store))
        {
            zombies.Add(book.Begin(Kind, Name, lease)!);
        }

        using (Lease last = Hold(store))
        {
            Assert.Null(book.Begin(Kind, Name, last));
        }

        Assert.Equal((JobState.Failed, JobBook.MostAttempts), (book.Find(id)!.State, book.Find(id)!.Attempt));
        Assert.Equal(3, book.Lines(id).Count);
        // What those believed dead say afterwards is not taken.
        foreach (JobRun zombie in zombies)
        {
            zombie.Report("train", 0.9);
            Assert.Throws<StoreException>(() => zombie.End(JobState.Done));
            zombie.Dispose();
        }

        Assert.Equal(JobState.Failed, book.Find(id)!.State);
        Assert.Empty(book.Find(id)!.Stages);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_run_that_is_cut_short_waits_for_the_next_worker_and_that_was_no_attempt(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new JobBook(store);
        long id = book.Enqueue(Asked()).Job.Id;
        using Lease lease = Hold(store);
        using (book.Begin(Kind, Name, lease))
        {
        }

        Assert.Equal((JobState.Queued, 0), (book.Find(id)!.State, book.Find(id)!.Attempt));
        using JobRun again = book.Begin(Kind, Name, lease)!;
        Assert.Equal(1, again.Job.Attempt);
        again.End(JobState.Held);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_job_is_cancelled_at_once_while_it_waits_and_by_its_worker_while_it_runs(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new JobBook(store);
        long waiting = book.Enqueue(Asked()).Job.Id;
        Job cancelled = book.Cancel(waiting, "cli ann")!;
        Assert.Equal((JobState.Cancelled, "cancelled by cli ann"), (cancelled.State, cancelled.Message));
        Assert.Null(book.Cancel(12345, "x"));
        using Lease lease = Hold(store);
        Assert.Null(book.Begin(Kind, Name, lease));

        long running = book.Enqueue(Asked()).Job.Id;
        using JobRun run = book.Begin(Kind, Name, lease)!;
        Assert.Equal(JobState.Running, book.Cancel(running, "key 77")!.State);
        Assert.True(run.Stop.WaitHandle.WaitOne(30_000));
        Assert.True(run.IsCancelled);
        run.End(JobState.Cancelled);
        Assert.Equal((JobState.Cancelled, "cancelled by key 77"), (book.Find(running)!.State, book.Find(running)!.Message));
        Assert.Equal(JobState.Cancelled, book.Cancel(running, "somebody else")!.State);
        Assert.Equal("cancelled by key 77", book.Find(running)!.Message);
    }

    [Theory, MemberData(nameof(Both))]
    public void Jobs_that_ended_long_ago_are_forgotten_with_their_logs(Database database)
    {
        var clock = new FakeTimeProvider(s_start);
        StoreDatabase store = Open(database, clock);
        var book = new JobBook(store);
        long old = book.Enqueue(Asked()).Job.Id;
        using Lease lease = Hold(store);
        using (JobRun run = book.Begin(Kind, Name, lease)!)
        {
            run.Log("a line");
            run.End(JobState.Done);
        }

        clock.Advance(TimeSpan.FromDays(10));
        long waiting = book.Enqueue(Asked()).Job.Id;
        Assert.Equal(0, book.Forget(s_start));
        Assert.Equal(1, book.Forget(s_start.AddDays(1)));
        Assert.Null(book.Find(old));
        Assert.Empty(book.Lines(old));
        Assert.Equal([waiting], book.List().Select(j => j.Id));
    }

    [Theory, MemberData(nameof(Both))]
    public void A_command_whose_process_was_killed_is_seen_at_once_and_begun_by_nobody(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new JobBook(store);
        var leases = new LeaseBook(store);
        long id = book.Enqueue(Asked() with { Cause = NewJob.Command }).Job.Id;
        Lease dead = Hold(store);
        JobRun run = book.Begin(Kind, Name, dead, id)!;
        Assert.False(book.Find(id)!.IsLost);
        // As the time of its lease would have passed.
        Assert.True(leases.Renew(dead.Name, dead.Token, TimeSpan.FromSeconds(-1)));
        Assert.True(book.Find(id)!.IsLost);
        Assert.True(book.List()[0].IsLost);
        // Another one died between asking and beginning: nobody begins it either, and a request is not taken for it.
        long unbegun = book.Enqueue(Asked() with { Cause = NewJob.Command }).Job.Id;
        (Job asked, bool isNew) = book.EnqueueUnlessWaiting(Asked());
        Assert.True(isNew && asked.Id != unbegun);
        book.Cancel(asked.Id, "key 12");
        using Lease next = Hold(store);
        Assert.Null(book.Begin(Kind, Name, next));
        Job over = book.Find(id)!;
        Assert.Equal((JobState.Failed, false, 1), (over.State, over.IsLost, over.Attempt));
        Assert.Equal((JobState.Failed, 0), (book.Find(unbegun)!.State, book.Find(unbegun)!.Attempt));
        Assert.Contains("was killed", over.Message, StringComparison.Ordinal);
        run.Dispose();
        dead.Dispose();
    }
}
