using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Acting.WorkTasks;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Store.WorkTasks;

namespace Predictive.Api.Endpoints;

/// <summary>What somebody is to do about customers, what came of it, and the same as a calendar.</summary>
internal static class TaskEndpoints
{
    private const int MostTasks = 1000, MostText = 1000;
    private const string CalendarMedia = "text/calendar";

    private static readonly string[] s_priorities = ["low", "normal", "high"];

    public static void MapTasks(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/tasks", List)
            .For(KeyRole.Marketer).Takes("owner", "all", "top")
            .WithName("Tasks").WithSummary("What is to be done, the most urgent first")
            .Produces<TasksAnswer>().ProducesProblem(400).ProducesProblem(503);
        routes.MapGet("/v1/tasks/calendar", Calendar)
            .For(KeyRole.Marketer).Takes("owner")
            .WithName("TaskCalendar").WithSummary("The tasks and appointments of an owner as an iCalendar feed")
            .Produces<string>(contentType: CalendarMedia).ProducesProblem(400).ProducesProblem(503);
        Body<TaskAsked>(routes.MapPost("/v1/tasks", MakeTask), "MakeTask", "Make a task; the same again is the same task")
            .WithDescription("201 with the task; 200 with the one that was there already.")
            .Produces<TaskView>(201);
        Body<TaskOutcome>(
            routes.MapPost("/v1/tasks/{id:long}/outcome", FinishTask), "FinishTask", "Say that a task is done, with the outcome")
            .WithDescription("A task with a channel is noted as a contact of the day; one that repeats is made anew.")
            .ProducesProblem(404).ProducesProblem(409);
        Body<TaskSnooze>(routes.MapPost("/v1/tasks/{id:long}/snooze", SnoozeTask), "SnoozeTask", "Put a task off to a day")
            .ProducesProblem(404).ProducesProblem(409);
        Body<TaskNote>(routes.MapPost("/v1/tasks/{id:long}/cancel", Cancel), "CancelTask", "Say that a task is no longer to be done")
            .ProducesProblem(404).ProducesProblem(409);
    }

    private static RouteHandlerBuilder Body<T>(RouteHandlerBuilder route, string name, string summary)
        where T : notnull => route.For(KeyRole.Marketer).Takes().WithName(name).WithSummary(summary).Accepts<T>("application/json")
            .Produces<TaskView>().ProducesProblem(400).ProducesProblem(408).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);

    private static async Task List(string? owner, string? all, string? top, HttpContext context, HostStore store)
    {
        int most = QueryNumbers.Whole("top", top, 100, 1, MostTasks);
        bool isAll = QueryFlags.Of("all", all);
        IReadOnlyList<WorkTask> tasks = await Task.Run(() => store.IfThere() is { } there
            ? new WorkTaskBook(there).List(string.IsNullOrEmpty(owner) ? null : owner, isAll)
            : []);
        await Answering.Send(context, AnswerJson.Of(new TasksAnswer(tasks.Count, [.. tasks.Take(most).Select(TaskView.Of)])));
    }

    private static async Task Calendar(string? owner, HttpContext context, HostStore store)
    {
        byte[] feed = await Feed(owner, store);
        await Answering.Send(context, feed, CalendarMedia + "; charset=utf-8");
    }

    /// <summary>The tasks and appointments of an owner as iCalendar.</summary>
    /// <exception cref="RequestException">No owner is named.</exception>
    public static async Task<byte[]> Feed(string? owner, HostStore store)
    {
        if (string.IsNullOrEmpty(owner))
        {
            throw RequestException.Refused("owner is missing; expected whose tasks, such as ?owner=account%20manager.");
        }

        return await Task.Run(() => Encoding.UTF8.GetBytes(TaskCalendar.Of(
            owner, store.IfThere() is { } there ? new WorkTaskBook(there).List(owner, isOver: true) : [])));
    }

    private static async Task MakeTask(HttpContext context, HostStore store, ScoringHostOptions options)
    {
        TaskAsked asked = await PostedJson.Read<TaskAsked>(context, options);
        (WorkTask task, bool isNew) = await Make(asked, context, store);
        context.Response.StatusCode = isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await Answering.Send(context, AnswerJson.Of(TaskView.Of(task)));
    }

    /// <summary>Makes a task; who asks stands in it and in the audit log.</summary>
    /// <exception cref="RequestException">Something of it is not what is expected.</exception>
    public static async Task<(WorkTask Task, bool IsNew)> Make(TaskAsked asked, HttpContext context, HostStore store)
    {
        Check("customer", asked.Customer, isNeeded: true, NewWorkTask.MostName);
        Check("title", asked.Title, isNeeded: true);
        Check("owner", asked.Owner, isNeeded: true, NewWorkTask.MostName);
        Check("due", asked.Due);
        Check("channel", asked.Channel, most: NewWorkTask.MostName);
        Check("escalateTo", asked.EscalateTo, most: NewWorkTask.MostName);
        string priority = asked.Priority ?? "normal";
        if (!s_priorities.Contains(priority))
        {
            throw RequestException.Refused($"priority is '{Answering.Short(priority)}'; expected {string.Join(", ", s_priorities)}.");
        }

        string actor = HostStore.Actor(context);
        NewWorkTask task = NewWorkTask.ByHand(asked.Customer, asked.Owner, asked.Due, asked.Title) with
        {
            Priority = priority, Channel = asked.Channel ?? "", EscalateTo = asked.EscalateTo ?? "", Source = actor,
        };
        return await Task.Run(() =>
        {
            var book = new WorkTaskBook(store.Get());
            bool made = book.Add(task, actor);
            return (book.Find(task.Key)!, made);
        });
    }

    private static async Task FinishTask(long id, HttpContext context, HostStore store, ScoringHostOptions options, TimeProvider clock)
    {
        TaskOutcome asked = await PostedJson.Read<TaskOutcome>(context, options);
        await Answering.Send(context, AnswerJson.Of(TaskView.Of(await Finish(id, asked, context, store, clock))));
    }

    /// <summary>Says that a task is done.</summary>
    /// <exception cref="RequestException">There is none, or it is over.</exception>
    public static Task<WorkTask> Finish(long id, TaskOutcome asked, HttpContext context, HostStore store, TimeProvider clock)
    {
        Check("outcome", asked.Outcome, isNeeded: true);
        Check("note", asked.Note);
        DateOnly day = asked.On ?? DateOnly.FromDateTime(clock.GetLocalNow().DateTime);
        Check("on", day);
        return Change(id, store, book => book.Finish(id, day, asked.Outcome, asked.Note ?? "", HostStore.Actor(context)));
    }

    private static async Task SnoozeTask(long id, HttpContext context, HostStore store, ScoringHostOptions options)
    {
        TaskSnooze asked = await PostedJson.Read<TaskSnooze>(context, options);
        await Answering.Send(context, AnswerJson.Of(TaskView.Of(await Snooze(id, asked.Until, context, store))));
    }

    /// <summary>Puts a task off.</summary>
    /// <exception cref="RequestException">There is none, or it is over.</exception>
    public static Task<WorkTask> Snooze(long id, DateOnly until, HttpContext context, HostStore store)
    {
        Check("until", until);
        return Change(id, store, book => book.Snooze(id, until, HostStore.Actor(context)));
    }

    private static async Task Cancel(long id, HttpContext context, HostStore store, ScoringHostOptions options)
    {
        TaskNote asked = await PostedJson.Read<TaskNote>(context, options);
        Check("note", asked.Note);
        await Answering.Send(context, AnswerJson.Of(TaskView.Of(await Change(
            id, store, book => book.Cancel(id, asked.Note ?? "", HostStore.Actor(context))))));
    }

    private static async Task<WorkTask> Change(long id, HostStore store, Func<WorkTaskBook, WorkTask?> change)
    {
        (WorkTask? changed, WorkTask? there) = await Task.Run(() =>
            store.IfThere() is { } open && new WorkTaskBook(open) is var book ? (change(book), book.Find(id)) : (null, null));
        string number = id.ToString(CultureInfo.InvariantCulture);
        return changed ?? throw (there is null
            ? RequestException.Missing($"There is no task {number}; GET /v1/tasks shows those there are.")
            : RequestException.Conflict($"Task {number} is {there.State} already."));
    }

    private static void Check(string member, DateOnly day)
    {
        if (day.Year is < 1900 or >= 2200)
        {
            throw RequestException.Refused(string.Create(
                CultureInfo.InvariantCulture, $"{member} is {day:yyyy-MM-dd}; expected a day from 1900 to 2199."));
        }
    }

    private static void Check(string member, string? text, bool isNeeded = false, int most = MostText)
    {
        if (text?.Length > most || isNeeded && string.IsNullOrWhiteSpace(text))
        {
            throw RequestException.Refused($"{member} is {(text?.Length > most ? "too long" : "empty")}; expected 1 to {most} "
                + "characters.");
        }
    }
}

/// <summary>A task to be made.</summary>
/// <param name="Customer">About whom.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Due">By when.</param>
/// <param name="Priority">low, normal (the default) or high.</param>
/// <param name="Channel">By which way the customer is contacted; null = no contact.</param>
/// <param name="EscalateTo">Who is told when it is overdue; null = nobody.</param>
internal sealed record TaskAsked(
    string Customer, string Title, string Owner, DateOnly Due, string? Priority = null, string? Channel = null, string? EscalateTo = null);

/// <summary>What came of a task.</summary>
/// <param name="Outcome">Such as reached or not reached.</param>
/// <param name="Note">Anything to remember.</param>
/// <param name="On">The day. Default today.</param>
internal sealed record TaskOutcome(string Outcome, string? Note = null, DateOnly? On = null);

/// <summary>To which day a task is put off.</summary>
/// <param name="Until">The day.</param>
internal sealed record TaskSnooze(DateOnly Until);

/// <summary>Why a task is no longer to be done.</summary>
/// <param name="Note">In words.</param>
internal sealed record TaskNote(string? Note = null);

/// <summary>A task or appointment.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="Kind">task or calendar.</param>
/// <param name="Customer">About whom.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Due">By when, snoozing counted.</param>
/// <param name="Priority">low, normal or high.</param>
/// <param name="Repeats">Empty = once; else weekly, monthly, quarterly or yearly.</param>
/// <param name="Play">How, in words.</param>
/// <param name="Source">What made it.</param>
/// <param name="Channel">By which way; empty = no contact.</param>
/// <param name="State">open, snoozed, done or cancelled.</param>
/// <param name="Outcome">Of one that is done.</param>
/// <param name="Note">What was noted.</param>
/// <param name="Escalated">Day somebody was told that it is overdue; null = nobody was.</param>
public sealed record TaskView(
    long Id, string Kind, string Customer, string Title, string Owner, DateOnly Due, string Priority, string Repeats, string Play,
    string Source, string Channel, string State, string Outcome, string Note, DateOnly? Escalated)
{
    internal static TaskView Of(WorkTask t) => new(
        t.Id, t.Asked.Kind, t.Asked.CustomerId, t.Asked.Title, t.Asked.Owner, t.Due, t.Asked.Priority, t.Asked.Repeats, t.Asked.Play,
        t.Asked.Source, t.Asked.Channel, t.State, t.Outcome, t.Note, t.Escalated);
}

/// <summary>Tasks.</summary>
/// <param name="Count">How many there are, whatever is shown.</param>
/// <param name="Tasks">The most urgent first.</param>
public sealed record TasksAnswer(int Count, IReadOnlyList<TaskView> Tasks);
