using Ical.Net;
using Predictive.Acting.WorkTasks;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Contacts;
using Predictive.Store.Outbox;
using Predictive.Store.Tests;
using Predictive.Store.WorkTasks;
using Predictive.Tests;

namespace Predictive.Acting.Tests.WorkTasks;

/// <summary>Tasks from their making to their outcome, and as a calendar.</summary>
public sealed class WorkTaskTests(PostgresServer postgres) : StoreTest(postgres)
{
    private static readonly DateOnly s_due = new(2025, 7, 4);

    private static NewWorkTask Task(string key, string channel = "") =>
        new(key, WorkTaskBook.Task, "C1", $"do {key}", "ann", s_due) { Channel = channel, EscalateTo = "director" };

    [Theory, MemberData(nameof(Both))]
    public void Done_is_a_contact_where_there_is_a_channel_and_comes_again_where_it_repeats(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new WorkTaskBook(store);
        Assert.True(book.Add(Task("a", "call") with { Repeats = "quarterly" }));
        Assert.False(book.Add(Task("a")));
        long id = Assert.Single(book.List()).Id;
        WorkTask done = book.Finish(id, s_due.AddDays(-1), "not reached", "no answer", "ann")!;
        Assert.Equal(("done", "not reached", "no answer"), (done.State, done.Outcome, done.Note));
        Assert.Null(book.Finish(id, s_due, "reached", "", "ann"));
        Contact contact = Assert.Single(new ContactBook(store).Of("C1"));
        Assert.Equal(("call", s_due.AddDays(-1), "not reached"), (contact.Channel, contact.Day, contact.Outcome));
        WorkTask next = Assert.Single(book.List());
        Assert.Equal(new DateOnly(2025, 10, 4), next.Due);
        Assert.Equal("task-done", Assert.Single(new AuditLog(store).List()).Action);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_title_of_900_characters_is_one_task_however_often_it_is_made(Database database)
    {
        var book = new WorkTaskBook(Open(database));
        string title = new('t', 900);
        NewWorkTask asked = NewWorkTask.ByHand(new string('c', 200), new string('o', 200), s_due, title);
        Assert.True(book.Add(asked));
        Assert.False(book.Add(NewWorkTask.ByHand(new string('c', 200), new string('o', 200), s_due, title)));
        Assert.True(book.Add(NewWorkTask.ByHand(new string('c', 200), new string('o', 200), s_due, title + "!")));
        Assert.Equal(title, book.Find(asked.Key)!.Asked.Title);
        Assert.Equal(2, book.List().Count);
    }

    [Theory, MemberData(nameof(Both))]
    public void Overdue_is_told_once_and_again_after_it_was_put_off(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new WorkTaskBook(store);
        book.Add(Task("a"));
        book.Add(Task("b") with { EscalateTo = "" });
        book.Add(Task("c") with { Kind = WorkTaskBook.Calendar });
        Assert.Empty(book.Escalate(s_due));
        WorkTask late = Assert.Single(book.Escalate(s_due.AddDays(1)));
        Assert.Empty(book.Escalate(s_due.AddDays(2)));
        Assert.Equal(s_due.AddDays(7), book.Snooze(late.Id, s_due.AddDays(7), "ann")!.Due);
        Assert.Empty(book.Escalate(s_due.AddDays(7)));
        Assert.Single(book.Escalate(s_due.AddDays(8)));
        Assert.Equal(
            ["task_overdue", "task_overdue"], new OutboxBook(store).Waiting().Select(e => e.Kind));
        Assert.Equal("director", new OutboxBook(store).Waiting()[0].Body.GetProperty("tell").GetString());
        Assert.Equal("cancelled", book.Cancel(late.Id, "wrong customer", "ann")!.State);
        Assert.Equal(2, book.List().Count);
        Assert.Equal(3, book.List(isOver: true).Count);
    }

    [Fact]
    public void The_urgent_come_first()
    {
        var book = new WorkTaskBook(Open(Database.Sqlite));
        book.Add(Task("later") with { Due = s_due.AddDays(1), Priority = "high" });
        book.Add(Task("low") with { Priority = "low" });
        book.Add(Task("high") with { Priority = "high" });
        Assert.Equal(["high", "low", "later"], book.List().Select(t => t.Asked.Key));
    }

    [Fact]
    public void The_calendar_is_read_back_by_a_reader_with_the_same_uids()
    {
        var book = new WorkTaskBook(Open(Database.Sqlite));
        book.Add(Task("visit") with { Kind = WorkTaskBook.Calendar, Repeats = "quarterly", Title = "visit C1; bring \"samples\"" });
        book.Add(Task("call") with { Priority = "high" });
        book.Add(Task("gone"));
        book.Cancel(book.List().Single(t => t.Asked.Key == "gone").Id, "", "ann");
        string text = TaskCalendar.Of("ann", book.List("ann", isOver: true));
        Calendar calendar = Calendar.Load(text)!;
        var visit = Assert.Single(calendar.Events);
        Assert.Equal("visit C1; bring \"samples\"", visit.Summary);
        Assert.Equal(new DateOnly(2025, 7, 4), visit.DtStart!.Date);
        Assert.True(visit.IsAllDay);
        Assert.Equal((FrequencyType.Monthly, 3), (visit.RecurrenceRule!.Frequency, visit.RecurrenceRule.Interval));
        var call = Assert.Single(calendar.Todos);
        Assert.Equal((1, "NEEDS-ACTION"), (call.Priority, call.Status));
        Assert.Equal(text, TaskCalendar.Of("ann", book.List("ann", isOver: true)));
    }
}
