using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Tests;

namespace Predictive.Store.Tests;

/// <summary>What is about to be done is noted before, what was done after; who dies in between is settled by what stands.</summary>
public sealed class AuditedChangesTests(PostgresServer postgres) : StoreTest(postgres)
{
    private const string About = "model default/", Told = "model_promoted";

    [Theory, MemberData(nameof(Both))]
    public void A_change_that_was_made_leaves_intent_deed_and_event(Database database)
    {
        StoreDatabase store = Open(database);
        var changes = new AuditedChanges(store);
        changes.Begin("cli ann", "promote", About + "2", About, About + "1", Told, new { from = 1 })();
        var log = new AuditLog(store);
        Assert.Equal(
            [("promote", About + "2"), (AuditedChanges.Intent, About + "2")], log.List().Select(e => (e.Action, e.Subject)));
        Assert.Equal(1, log.List()[0].Details.GetProperty("intent").GetInt64());
        Assert.Equal("promote", log.List()[1].Details.GetProperty("action").GetString());
        Assert.Equal((Told, About + "2"), new OutboxBook(store).Waiting().Select(e => (e.Kind, e.Subject)).Single());
        Assert.Null(changes.Settle(About, About + "2"));
        Assert.Equal(2, log.List().Count);
    }

    [Theory, MemberData(nameof(Both))]
    public void An_intent_left_open_is_settled_once_by_what_stands(Database database)
    {
        StoreDatabase store = Open(database);
        var changes = new AuditedChanges(store);
        var log = new AuditLog(store);
        changes.Begin("worker", "force", About + "2", About, About + "1", Told, new { from = 1 });
        log.Append("cli ann", "pin", About + "2");
        Assert.Contains("not carried out", changes.Settle(About, About + "1"), StringComparison.Ordinal);
        Assert.Null(changes.Settle(About, About + "1"));
        Assert.Equal((AuditedChanges.NotDone, "worker"), (log.List()[0].Action, log.List()[0].Actor));
        Assert.Empty(new OutboxBook(store).Waiting());

        // Another model's intents are another matter.
        changes.Begin("worker", "promote", "model other/7", "model other/", null, Told, new { });
        changes.Begin("worker", "promote", About + "3", About, About + "1", Told, new { from = 1 });
        Assert.Contains("was done", changes.Settle(About, About + "3"), StringComparison.Ordinal);
        Assert.Equal(("promote", About + "3"), (log.List()[0].Action, log.List()[0].Subject));
        Assert.True(log.List()[0].Details.GetProperty("settled").GetBoolean());
        Assert.Equal(About + "3", Assert.Single(new OutboxBook(store).Waiting()).Subject);

        // The next change settles by itself what was left.
        changes.Begin("worker", "promote", About + "4", About, About + "3", Told, new { from = 3 });
        changes.Begin("worker", "promote", About + "5", About, About + "4", Told, new { from = 4 })();
        Assert.Equal(
            ["promote", AuditedChanges.Intent, "promote", AuditedChanges.Intent], log.List(4).Select(e => e.Action));
        Assert.Null(log.Verify().Fault);
    }
}
