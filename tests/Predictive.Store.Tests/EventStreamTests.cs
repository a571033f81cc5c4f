using System.Globalization;
using Predictive.Store.Ingest;
using Predictive.Tests;

namespace Predictive.Store.Tests;

/// <summary>Events: once each, in one order, corrections kept, none lost by a kill.</summary>
public sealed class EventStreamTests(PostgresServer postgres) : StoreTest(postgres)
{
    private static NewEvent[] Events(int from, int count, string content = "") =>
        [.. Enumerable.Range(from, count).Select(i => new NewEvent($"e{i}", $"{{\"n\":{i}{content}}}"))];

    [Theory, MemberData(nameof(Both))]
    public void An_event_sent_twice_is_one_and_other_content_corrects_it(Database database)
    {
        var log = new EventStream(Open(database), "shop");
        Assert.Equal(0, log.LastSequence());
        Assert.Equal([1L, 2, 3], log.Append(Events(1, 3)).Select(a => a.Event.Sequence));
        IReadOnlyList<AppendedEvent> again =
            log.Append([.. Events(2, 3), new("e1", "{\"n\":100}"), new("e1", "{\"n\":1}"), new("e1", "{\"n\":101}")]);
        Assert.Equal(
            [
                EventOutcome.Duplicate, EventOutcome.Duplicate, EventOutcome.Accepted, EventOutcome.Corrected, EventOutcome.Duplicate,
                EventOutcome.Corrected,
            ],
            again.Select(a => a.Outcome));
        Assert.Equal(
            [(1L, "e1", 1L, 1), (2, "e2", 2, 1), (3, "e3", 3, 1), (4, "e4", 4, 1), (5, "e1", 1, 2), (6, "e1", 1, 3)],
            log.Read(0).Select(e => (e.Sequence, e.EventId, e.First, e.Revision)));
        Assert.Equal([5L], log.Read(4, 5).Select(e => e.Sequence));
        Assert.Equal([1L, 5, 6], log.Revisions(["e1"]).Select(e => e.Sequence));
        Assert.Equal(6, log.LastSequence());
    }

    [Theory, MemberData(nameof(Both))]
    public void An_erased_customer_leaves_places_in_the_stream_and_no_content(Database database)
    {
        StoreDatabase store = Open(database);
        var log = new EventStream(store, "shop");
        NewEvent Of(string id, string customer, int n = 0) => new(id, $$"""{"customerId":"{{customer}}","n":{{n}}}""");
        log.Append([Of("1", "anna"), Of("2", "ö'{0}%"), Of("3", "anna"), Of("4", "bert")]);
        log.Append([Of("3", "bert", 1), Of("4", "anna", 1)]);
        new EventStream(store, "other").Append([Of("1", "anna")]);
        log.Forget(2, 2, 6, DateTimeOffset.MaxValue);
        Assert.Equal([1L, 3, 6], log.Of("anna").Select(e => e.Sequence));
        Assert.Equal(0, log.Erase(_ => false));
        var asked = new List<string>();
        Assert.Equal(3, log.Erase(c =>
        {
            asked.Add(c);
            return c == "anna";
        }));
        Assert.Equal(["anna", "bert"], asked.Order());
        Assert.Empty(log.Of("anna"));
        Assert.Equal(0, log.Erase(c => c == "anna"));
        Assert.Equal(
            [(1L, true), (3, true), (4, false), (5, false), (6, true)],
            log.Revisions(["1", "3", "4"]).Select(e => (e.Sequence, e.IsErased)));
        // 1 and 4 end with nothing, 3 with what it was corrected to.
        Assert.Equal([("3", 5L)], log.Newest(1, 6, 6).Where(n => n.Key != "2").Select(n => (n.Key, n.Value)));
        Assert.Equal(EventOutcome.Corrected, log.Append([Of("1", "bert")])[0].Outcome);
        Assert.Single(new EventStream(store, "other").Of("anna"));
    }

    [Theory, MemberData(nameof(Both))]
    public void Streams_know_nothing_of_each_other(Database database)
    {
        StoreDatabase store = Open(database);
        new EventStream(store, "a").Append(Events(1, 2));
        Assert.Equal([EventOutcome.Accepted], new EventStream(store, "b").Append(Events(1, 1)).Select(a => a.Outcome));
        Assert.Single(new EventStream(store, "b").Read(0));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Writers_at_once_leave_one_order_without_a_gap_and_each_event_once(Database database)
    {
        string location = Location(database);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(() =>
        {
            var log = new EventStream(StoreDatabase.Open(location, TimeProvider.System), "shop");
            for (int batch = 0; batch < 10; batch++)
            {
                // Every event is sent by two of them.
                log.Append(Events((w / 2 * 1000) + (batch * 20), 20));
            }
        })));
        List<StoredEvent> all = [.. new EventStream(Open(database), "shop").Read(0)];
        Assert.Equal(Enumerable.Range(1, 400).Select(i => (long)i), all.Select(e => e.Sequence));
        Assert.Equal(400, all.Select(e => e.EventId).Distinct().Count());
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_reader_that_follows_misses_nothing_while_others_write(Database database)
    {
        string location = Location(database);
        Task[] writers = [.. Enumerable.Range(0, 2).Select(w => Task.Run(() =>
        {
            var log = new EventStream(StoreDatabase.Open(location, TimeProvider.System), "shop");
            for (int i = 0; i < 50; i++)
            {
                log.Append(Events((w * 1000) + (i * 3), 3));
            }
        }))];
        var reader = new EventStream(Open(database), "shop");
        long seen = 0;
        bool last;
        do
        {
            last = Array.TrueForAll(writers, w => w.IsCompleted);
            foreach (StoredEvent e in reader.Read(seen))
            {
                Assert.Equal(seen + 1, e.Sequence);
                seen = e.Sequence;
            }
        }
        while (!last);
        await Task.WhenAll(writers);
        Assert.Equal(300, seen);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_kill_loses_nothing_that_was_acknowledged_and_doubles_nothing(Database database)
    {
        const int Kills = 4;
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var log = new EventStream(Open(database), "shop");
        for (int kill = 0; kill < Kills; kill++)
        {
            using var folder = new TemporaryFolder();
            string told = folder["acknowledged"];
            using var child = ChildTest.Start(
                typeof(EventStreamTests), nameof(Append_until_killed), ("PREDICTIVE_TEST_STORE", Location(database)),
                ("PREDICTIVE_TEST_TOLD", told), ("PREDICTIVE_TEST_FROM", (kill * 1_000_000).ToString(CultureInfo.InvariantCulture)));
            Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(5); return File.Exists(told) && new FileInfo(told).Length > 40; }, 60_000));
            Thread.Sleep(random.Next(0, 300));
            child.Kill();
            child.WaitForExit();
            // A line cut short was not told.
            string[] acknowledged = [.. File.ReadAllText(told).Split('\n')[..^1]];
            List<StoredEvent> all = [.. log.Read(0)];
            Assert.Equal(Enumerable.Range(1, all.Count).Select(i => (long)i), all.Select(e => e.Sequence));
            Assert.Equal(all.Count, all.Select(e => e.EventId).Distinct().Count());
            Assert.Empty(acknowledged.Except(all.Select(e => e.EventId)));
            // The sender sends what it does not know to be in again: what was in is a duplicate.
            AppendedEvent[] again = [.. log.Append([.. all.TakeLast(50).Select(e => new NewEvent(e.EventId, e.Body))])];
            Assert.All(again, a => Assert.Equal(EventOutcome.Duplicate, a.Outcome));
        }
    }

    [Fact(Explicit = true)]
    public void Append_until_killed()
    {
        string location = Environment.GetEnvironmentVariable("PREDICTIVE_TEST_STORE")
            ?? throw new InvalidOperationException("Run by the test above only.");
        int from = int.Parse(Environment.GetEnvironmentVariable("PREDICTIVE_TEST_FROM")!, CultureInfo.InvariantCulture);
        using var told = new StreamWriter(Environment.GetEnvironmentVariable("PREDICTIVE_TEST_TOLD")!) { AutoFlush = true, NewLine = "\n" };
        var log = new EventStream(StoreDatabase.Open(location, TimeProvider.System), "shop");
        for (int i = 0; ; i += 7)
        {
            foreach (AppendedEvent one in log.Append(Events(from + i, 7)))
            {
                told.WriteLine(one.Event.EventId);
            }
        }
    }
}
