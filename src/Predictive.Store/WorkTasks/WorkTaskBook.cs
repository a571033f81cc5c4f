using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Store.Contacts;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;

namespace Predictive.Store.WorkTasks;

/// <summary>Tasks and appointments. What is done about one that has a channel is a contact, noted with it.</summary>
public sealed class WorkTaskBook(StoreDatabase database)
{
    /// <summary>Kinds.</summary>
    public const string Task = "task", Calendar = "calendar";

    /// <summary>States.</summary>
    public const string Open = "open", Snoozed = "snoozed", Done = "done", Cancelled = "cancelled";

    /// <summary>What a task may repeat by, beside nothing.</summary>
    public static IReadOnlyList<string> Repetitions { get; } = ["weekly", "monthly", "quarterly", "yearly"];

    private readonly AuditLog _audit = new(database);
    private readonly OutboxBook _outbox = new(database);

    /// <summary>Makes a task; one of that key that is there already stays as it is.</summary>
    /// <param name="asked">The task.</param>
    /// <param name="actor">Who asks, for the audit log; null = what made it is noted elsewhere.</param>
    /// <returns>Whether it was made.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public bool Add(NewWorkTask asked, string? actor = null) => database.Change(context =>
    {
        Turn.Take(database, context, "tasks");
        bool made = Add(context, asked);
        context.SaveChanges();
        if (made && actor is not null)
        {
            _audit.Append(context, actor, "task-make", $"customer {asked.CustomerId}", new { asked.Title, asked.Owner, asked.Due });
        }

        return made;
    });

    /// <summary>Tasks: those that wait first, by due day and priority.</summary>
    /// <param name="owner">Only of this owner; null = of everybody.</param>
    /// <param name="isOver">True = those that are done or cancelled as well.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<WorkTask> List(string? owner = null, bool isOver = false) => database.Run(context => context.Tasks.AsNoTracking()
        .Where(r => (owner == null || r.Owner == owner) && (isOver || r.State == Open || r.State == Snoozed)).AsEnumerable().Select(Read)
        .OrderBy(t => t.State is Open or Snoozed ? 0 : 1).ThenBy(t => t.Due).ThenBy(t => Weight(t.Asked.Priority)).ThenBy(t => t.Id)
        .ToList());

    /// <summary>A task; null = there is none.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public WorkTask? Find(long id) => database.Run(context =>
        context.Tasks.AsNoTracking().SingleOrDefault(r => r.Id == id) is { } row ? Read(row) : null);

    /// <summary>The task of a key; null = there is none.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public WorkTask? Find(string key) => database.Run(context =>
        context.Tasks.AsNoTracking().SingleOrDefault(r => r.UniqueKey == key) is { } row ? Read(row) : null);

    /// <summary>Puts a task off to a day.</summary>
    /// <returns>Null where there is no such task, or it is over.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public WorkTask? Snooze(long id, DateOnly until, string actor) => Change(id, actor, "task-snooze", new { until }, (_, row) =>
        (row.State, row.DueDay, row.EscalatedDay) = (Snoozed, Days.Of(until), null));

    /// <summary>Says that it is no longer to be done.</summary>
    /// <returns>Null where there is no such task, or it is over.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public WorkTask? Cancel(long id, string note, string actor) => Change(id, actor, "task-cancel", new { note }, (_, row) =>
        (row.State, row.Note) = (Cancelled, note));

    /// <summary>
    /// Says that it is done, with the outcome. One with a channel is noted as a contact of that day; one that repeats is made anew.
    /// </summary>
    /// <returns>Null where there is no such task, or it is over.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public WorkTask? Finish(long id, DateOnly day, string outcome, string note, string actor) =>
        Change(id, actor, "task-done", new { outcome, note }, (context, row) =>
        {
            (row.State, row.Outcome, row.Note) = (Done, outcome, note);
            if (row.Channel.Length > 0)
            {
                Turn.Take(database, context, "contacts");
                ContactBook.Add(context, [new Contact(row.CustomerId, row.Channel, day, null, outcome, Key(row, "contact"))]);
            }

            if (row.Repeats.Length > 0)
            {
                NewWorkTask again = Read(row).Asked with { Key = Key(row, "next"), Due = Next(Days.Date(row.DueDay), row.Repeats) };
                Add(context, again);
            }
        });

    /// <summary>Tells of every task that is overdue, once: to whom it escalates, by an event.</summary>
    /// <param name="today">The day.</param>
    /// <returns>Those that were told of.</returns>
    /// <exception cref="StoreException">The database fails.</exception>
    public IReadOnlyList<WorkTask> Escalate(DateOnly today) => database.Change(context =>
    {
        Turn.Take(database, context, "tasks");
        int day = Days.Of(today);
        List<WorkTaskRow> late =
        [
            .. context.Tasks.Where(r => r.Kind == Task && (r.State == Open || r.State == Snoozed) && r.DueDay < day
                && r.EscalatedDay == null && r.EscalateTo != "").OrderBy(r => r.Id),
        ];
        foreach (WorkTaskRow row in late)
        {
            row.EscalatedDay = day;
            _outbox.Add(context, "task_overdue", $"task {row.Id}", new
            {
                customer = row.CustomerId, row.Title, row.Owner, tell = row.EscalateTo, row.Priority, due = Days.Date(row.DueDay),
            });
        }

        context.SaveChanges();
        return (IReadOnlyList<WorkTask>)[.. late.Select(Read)];
    });

    /// <summary>The day after one, by a repetition.</summary>
    public static DateOnly Next(DateOnly day, string repeats) => repeats switch
    {
        "weekly" => day.AddDays(7),
        "monthly" => day.AddMonths(1),
        "quarterly" => day.AddMonths(3),
        "yearly" => day.AddYears(1),
        _ => throw new ArgumentException($"'{repeats}' is no repetition; expected {string.Join(", ", Repetitions)}.", nameof(repeats)),
    };

    // The caller saves.
    internal bool Add(StoreContext context, NewWorkTask asked)
    {
        if (context.Tasks.Local.Any(r => r.UniqueKey == asked.Key) || context.Tasks.Any(r => r.UniqueKey == asked.Key))
        {
            return false;
        }

        context.Tasks.Add(Row(asked));
        return true;
    }

    internal WorkTaskRow Row(NewWorkTask asked) => new()
    {
        UniqueKey = asked.Key, Kind = asked.Kind, CustomerId = asked.CustomerId, Title = asked.Title, Owner = asked.Owner,
        EscalateTo = asked.EscalateTo, Priority = asked.Priority, DueDay = Days.Of(asked.Due), Repeats = asked.Repeats, Play = asked.Play,
        Source = asked.Source, Channel = asked.Channel, State = Open, CreatedAt = database.Now, ChangedAt = database.Now,
    };

    private static string Key(WorkTaskRow row, string what) => string.Create(CultureInfo.InvariantCulture, $"task {row.Id} {what}");

    private static int Weight(string priority) => priority switch { "high" => 0, "normal" => 1, _ => 2 };

    private WorkTask? Change(long id, string actor, string action, object details, Action<StoreContext, WorkTaskRow> change) =>
        database.Change(context =>
        {
            Turn.Take(database, context, "tasks");
            if (context.Tasks.SingleOrDefault(r => r.Id == id && (r.State == Open || r.State == Snoozed)) is not { } row)
            {
                return null;
            }

            change(context, row);
            row.ChangedAt = database.Now;
            context.SaveChanges();
            _audit.Append(context, actor, action, string.Create(CultureInfo.InvariantCulture, $"task {id}"), details);
            return Read(row);
        });

    private static WorkTask Read(WorkTaskRow r) => new(
        r.Id,
        new NewWorkTask(r.UniqueKey, r.Kind, r.CustomerId, r.Title, r.Owner, Days.Date(r.DueDay))
        {
            EscalateTo = r.EscalateTo, Priority = r.Priority, Repeats = r.Repeats, Play = r.Play, Source = r.Source, Channel = r.Channel,
        },
        r.State, Days.Date(r.DueDay), r.Outcome, r.Note, r.EscalatedDay is { } day ? Days.Date(day) : null, StoreJson.Time(r.ChangedAt));
}
