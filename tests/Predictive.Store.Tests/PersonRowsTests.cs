using System.Text.Json;
using Predictive.Store.Alerts;
using Predictive.Store.Contacts;
using Predictive.Store.Lists;
using Predictive.Store.Outbox;
using Predictive.Store.Privacy;
using Predictive.Store.WorkTasks;
using Predictive.Tests;

namespace Predictive.Store.Tests;

/// <summary>What the store holds of a person can be told, and taken out, and nobody else's goes with it.</summary>
public sealed class PersonRowsTests(PostgresServer postgres) : StoreTest(postgres)
{
    // Quotes, wildcards of LIKE, and an id that is another one's beginning: all of them are ids somebody has.
    [Theory]
    [InlineData(Database.Sqlite, "C1")]
    [InlineData(Database.Postgres, "C1")]
    [InlineData(Database.Sqlite, "o'neil \"x\" 100%_")]
    [InlineData(Database.Postgres, "o'neil \"x\" 100%_")]
    public void An_erased_person_is_in_no_table_and_the_others_stay(Database database, string gone)
    {
        StoreDatabase store = Open(database);
        string[] people = [gone, "C10", "other"];
        var day = new DateOnly(2025, 7, 1);
        var contacts = new ContactBook(store);
        contacts.Add(people.Select(p => new Contact(p, "call", day, null, "reached")));
        foreach (string person in people)
        {
            contacts.Suppress(new Suppression(person, "email", true, null, ""), "test");
        }

        var alerts = new AlertBook(store);
        LookResult look = alerts.Apply(
            new RuleLook("sleeps", "v1", 1, day, people) { TellsAtFirst = true },
            (person, key) => new Firing(
                "warning", "owner", $"{person} sleeps", "call", [new NewWorkTask(key, WorkTaskBook.Task, person, "call", "owner", day)],
                ["sleepers"], []));
        Assert.Equal(3, look.Fired);
        ListSend send = new ListSendBook(store).Begin("weekly", "folder", "1", 1, people, "m@x", false)!;
        new ListSendBook(store).End(send, null, "test");

        var rows = new PersonRows(store);
        Assert.Equal(
            ["alerts", "contacts", "pools", "suppressions", "tasks"],
            rows.Of(gone).Select(t => t.Key).Order(StringComparer.Ordinal));
        string others = string.Concat(people.Skip(1).Select(p => rows.Of(p).ToJsonString()));
        Assert.True(rows.Erase(id => id == gone, id => "h-" + id.Length) > 0);
        Assert.Empty(rows.Of(gone));
        Assert.Equal(others, string.Concat(people.Skip(1).Select(p => rows.Of(p).ToJsonString())));
        Assert.Equal(["C10", "other"], alerts.Pool("sleepers").Order(StringComparer.Ordinal));
        Assert.Equal(["h-" + gone.Length, "C10", "other"], new ListSendBook(store).History()[0].Customers);
        string waiting = string.Concat(new OutboxBook(store).Waiting().Select(e => e.Subject + e.Body.GetRawText()));
        Assert.DoesNotContain(JsonSerializer.Serialize(gone), waiting, StringComparison.Ordinal);
        Assert.Contains("customer C10", waiting, StringComparison.Ordinal);

        // Once more changes nothing.
        Assert.Equal(0, rows.Erase(id => id == gone, id => "h"));
    }
}
