using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using Predictive.Store.WorkTasks;

namespace Predictive.Acting.WorkTasks;

/// <summary>
/// The tasks and appointments of an owner as an iCalendar feed (RFC 5545): appointments are events of a whole day, tasks to-dos with a due
/// day. The same entries have the same UID each time, so that a calendar which fetches again changes what it has.
/// </summary>
public static class TaskCalendar
{
    /// <summary>The feed.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="tasks">Tasks; those that are cancelled are left out.</param>
    public static string Of(string owner, IReadOnlyList<WorkTask> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        var calendar = new Calendar { ProductId = "-//Predictive//Tasks//EN" };
        calendar.AddProperty("X-WR-CALNAME", $"Predictive: {owner}");
        foreach (WorkTask task in tasks.Where(t => t.State != WorkTaskBook.Cancelled))
        {
            RecurringComponent entry = task.Asked.Kind == WorkTaskBook.Calendar
                ? new CalendarEvent { DtStart = Day(task.Due), DtEnd = Day(task.Due.AddDays(1)) }
                : new Todo
                {
                    Due = Day(task.Due), DtStart = null,
                    Status = task.State == WorkTaskBook.Done ? TodoStatus.Completed : TodoStatus.NeedsAction,
                };
            entry.Uid = $"task-{task.Id}@predictive";
            entry.DtStamp = new CalDateTime(task.ChangedAt.UtcDateTime, CalDateTime.UtcTzId);
            entry.Summary = task.Asked.Title;
            entry.Description = string.Join(
                "\n", new[] { $"customer {task.Asked.CustomerId}", task.Asked.Play, task.Asked.Source, task.Note }.Where(s =>
                    s.Length > 0));
            // RFC 5545, 3.8.1.9: 1 = highest, 5 = normal, 9 = lowest.
            entry.Priority = task.Asked.Priority switch { "high" => 1, "normal" => 5, _ => 9 };
            if (task.Asked.Kind == WorkTaskBook.Calendar && Rule(task.Asked.Repeats) is { } rule)
            {
                entry.RecurrenceRule = rule;
            }

            calendar.AddChild(entry);
        }

        return new CalendarSerializer().SerializeToString(calendar)!;
    }

    private static RecurrenceRule? Rule(string repeats) => repeats switch
    {
        "weekly" => new RecurrenceRule(FrequencyType.Weekly, 1),
        "monthly" => new RecurrenceRule(FrequencyType.Monthly, 1),
        "quarterly" => new RecurrenceRule(FrequencyType.Monthly, 3),
        "yearly" => new RecurrenceRule(FrequencyType.Yearly, 1),
        _ => null,
    };

    private static CalDateTime Day(DateOnly day) => new(day);
}
