using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.Outbox;
using Predictive.Store.Tests;
using Predictive.Store.WorkTasks;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Alerts;

/// <summary>One alert per crossing: re-armed, quiet, muted, from one to another, on many hosts, killed between.</summary>
public sealed class AlertBookTests(PostgresServer postgres) : StoreTest(postgres)
{
    private static readonly DateOnly s_day = new(2025, 7, 1);

    private static RuleLook Look(int day, params string[] holding) =>
        new("r", "c1", day * 86_400_000_000L, s_day.AddDays(day), holding);

    private static Firing Fire(string subject, string key) => new(
        "warning", "sales", $"{subject} crossed", "call", [new NewWorkTask(key + "|0", WorkTaskBook.Task, subject, "call", "sales", s_day)],
        ["pool"], ["sales"]);

    private static LookResult Apply(StoreDatabase store, RuleLook look) => new AlertBook(store).Apply(look, Fire);

    [Theory, MemberData(nameof(Both))]
    public void One_alert_per_crossing_rearmed_only_after_it_was_false(Database database)
    {
        StoreDatabase store = Open(database);
        Assert.Equal(new LookResult(2, 0, 2, 0, true, false), Apply(store, Look(0, "a", "b")));
        Assert.Equal(new LookResult(0, 0, 2, 0, false, false), Apply(Open(database), Look(0, "a", "b")));
        Assert.Equal(new LookResult(1, 0, 3, 0, false, false), Apply(store, Look(1, "a", "b", "c")));
        Assert.Equal(new LookResult(0, 0, 1, 2, false, false), Apply(store, Look(2, "b")));
        Assert.Equal(new LookResult(1, 0, 2, 0, false, false), Apply(store, Look(3, "a", "b")));
        Assert.True(Apply(store, Look(2, "b", "c")).IsLate);
        Assert.Equal(
            ["a", "c", "b", "a"], new AlertBook(store).List().Select(a => a.Subject));
        Assert.Equal(4, new WorkTaskBook(store).List().Count);
        Assert.Equal(["a", "b", "c"], new AlertBook(store).Pool("pool"));
        IReadOnlyList<OutboxEvent> events = new OutboxBook(store).Waiting();
        Assert.Equal(4, events.Count);
        Assert.Equal(4, events.Select(e => e.EventId).Distinct().Count());
        Assert.Equal("alert", events[0].Kind);
        Assert.Equal(2, events[3].Body.GetProperty("crossing").GetInt32());
    }

    [Theory, MemberData(nameof(Both))]
    public void The_first_look_may_remember_and_a_changed_rule_begins_anew(Database database)
    {
        StoreDatabase store = Open(database);
        Assert.Equal(0, Apply(store, Look(0, "a") with { TellsAtFirst = false }).Fired);
        Assert.Equal(1, Apply(store, Look(1, "a", "b") with { TellsAtFirst = false }).Fired);
        LookResult changed = Apply(store, Look(1, "a", "b", "c") with { Conditions = "c2", TellsAtFirst = false });
        Assert.Equal((0, true), (changed.Fired, changed.IsFirst));
        Assert.Equal(3, Apply(store, Look(1, "a", "b", "c") with { Conditions = "c3" }).Fired);
        Assert.Equal(4, new AlertBook(store).List().Count);
    }

    [Theory, MemberData(nameof(Both))]
    public void Who_was_looked_at_alone_is_not_unlearned_by_an_older_look_at_the_base(Database database)
    {
        StoreDatabase store = Open(database);
        HashSet<string> alone = ["a"];
        // Before the first look at the base nothing is known of anybody.
        Assert.Equal((0, true), (Apply(store, Look(0, "a") with { Only = alone }) is var none ? none.Fired : -1, none.IsFirst));
        Assert.Empty(new AlertBook(store).List());
        Assert.Equal(1, Apply(store, Look(1, "b")).Fired);
        Assert.Equal(1, Apply(store, Look(5, "a") with { Only = alone }).Fired);
        Assert.Equal(0, Apply(store, Look(5, "a") with { Only = alone }).Fired);
        // The base's data lag behind: it does not know of the event, and neither re-arms nor fires.
        Assert.Equal(new LookResult(0, 0, 1, 0, false, false), Apply(store, Look(2, "b")));
        Assert.Equal(0, Apply(store, Look(5, "a", "b")).Fired);
        // Alone no longer, while the base still says so.
        Assert.Equal(1, Apply(store, Look(7) with { Only = alone }).Rearmed);
        Assert.Equal(0, Apply(store, Look(6, "a", "b")).Fired);
        Assert.Equal(1, Apply(store, Look(8, "a", "b")).Fired);
        Assert.Equal(["a", "a", "b"], new AlertBook(store).List().Select(a => a.Subject));
    }

    [Theory, MemberData(nameof(Both))]
    public void Quiet_and_muted_crossings_do_nothing_more(Database database)
    {
        StoreDatabase store = Open(database);
        RuleLook Quiet(int day, params string[] holding) => Look(day, holding) with { QuietDays = 10 };
        Assert.Equal(1, Apply(store, Quiet(0, "a")).Fired);
        Apply(store, Quiet(1));
        Assert.Equal(0, Apply(store, Quiet(9, "a")).Fired);
        Apply(store, Quiet(10));
        Assert.Equal(1, Apply(store, Quiet(10, "a")).Fired);
        var book = new AlertBook(store);
        book.Mute("r", "b", TimeProvider.System.GetUtcNow().AddDays(1), "ann");
        LookResult muted = Apply(store, Quiet(11, "a", "b", "c"));
        Assert.Equal((2, 1), (muted.Fired, muted.Muted));
        Assert.Equal(["c", "a", "a"], book.List().Select(a => a.Subject));
        Assert.Equal(4, book.List(all: true).Count);
        Assert.Equal(3, new WorkTaskBook(store).List().Count);
        Assert.Equal(3, new OutboxBook(store).Waiting().Count);
        book.Mute("r", "b", TimeProvider.System.GetUtcNow().AddDays(-1), "ann");
        long open = book.List()[0].Id;
        Assert.Equal("acknowledged", book.Acknowledge(open, "ann")!.State);
        Assert.Equal(2, book.List().Count);
        Assert.Null(book.Acknowledge(999, "ann"));
        Assert.Equal([("r", 2)], book.Count());
    }

    [Theory, MemberData(nameof(Both))]
    public void A_change_needs_what_was_before_at_the_last_look(Database database)
    {
        StoreDatabase store = Open(database);
        RuleLook Change(int day, string[] holding, string[] was) => Look(day, holding) with { Was = was };
        Assert.Equal(0, Apply(store, Change(0, ["a"], ["b", "c"])).Fired);
        Assert.Equal(1, Apply(store, Change(1, ["a", "b", "d"], ["c"])).Fired);
        Assert.Equal(0, Apply(store, Change(2, ["a", "b"], [])).Fired);
        Assert.Equal(0, Apply(store, Change(3, ["c"], [])).Fired);
        Assert.Equal(["b"], new AlertBook(store).List().Select(a => a.Subject));
    }

    [Theory, MemberData(nameof(Both))]
    public void A_look_at_a_few_leaves_the_others_as_they_are(Database database)
    {
        StoreDatabase store = Open(database);
        Apply(store, Look(0, "a", "b"));
        Assert.Equal(new LookResult(1, 0, 1, 1, false, false), Apply(store, Look(1, "c") with { Only = new HashSet<string> { "a", "c" } }));
        Assert.Equal(new LookResult(1, 0, 3, 0, false, false), Apply(store, Look(2, "a", "b", "c")));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Many_hosts_at_once_fire_once(Database database)
    {
        string[] all = [.. Enumerable.Range(0, 50).Select(i => $"c{i}")];
        _ = Open(database);
        LookResult[] results = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => Task.Run(() => Apply(Open(database), Look(0, all)))));
        Assert.Equal(50, results.Sum(r => r.Fired));
        Assert.Equal(50, new AlertBook(Open(database)).List(1000).Count);
    }

    // A few of the two hundred that the bench acting-kill does.
    [Theory, MemberData(nameof(Both))]
    public void Killed_at_any_time_nothing_is_lost_or_doubled(Database database)
    {
        var random = new Random(5);
        StoreDatabase store = Open(database);
        for (int kill = 0; kill < 2; kill++)
        {
            using var child = ChildTest.Start(
                typeof(AlertBookTests), nameof(Look_until_killed), ("PREDICTIVE_TEST_STORE", Location(database)));
            int before = CrossingTrial.Count(store);
            Assert.True(SpinWait.SpinUntil(
                () => { Thread.Sleep(20); return CrossingTrial.Count(store) > before; }, TimeSpan.FromSeconds(60)));
            Thread.Sleep(random.Next(0, 200));
            child.Kill();
            child.WaitForExit();
            Assert.Null(CrossingTrial.Fault(store));
        }
    }

    [Fact(Explicit = true)]
    public void Look_until_killed()
    {
        string location = Environment.GetEnvironmentVariable("PREDICTIVE_TEST_STORE")
            ?? throw new InvalidOperationException("Run by the test above only.");
        CrossingTrial.Run(StoreDatabase.Open(location, TimeProvider.System), _ => { });
    }
}
