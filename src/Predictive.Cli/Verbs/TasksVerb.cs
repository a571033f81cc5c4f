using System.CommandLine;
using System.Globalization;
using System.Text;
using Predictive.Acting.WorkTasks;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Store;
using Predictive.Store.WorkTasks;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive tasks list|add|done|snooze|cancel|escalate|calendar</c>: what somebody is to do about a customer.</summary>
internal static class TasksVerb
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    public static Command Create(VerbContext context) => new("tasks", "What somebody is to do about a customer: owner, due day, outcome.")
    {
        List(context), Add(context),
        Change(context, "done", "It is done; with a channel, the contact is noted, and one that repeats is made anew."),
        Change(context, "snooze", "Put it off."), Change(context, "cancel", "It is no longer to be done."), Escalate(context),
        Calendar(context),
    };

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var owner = new Option<string?>("--owner") { Description = "Only of this role or person." };
        var all = new Option<bool>("--all") { Description = "Those that are over as well." };
        Option<int> top = CommonOptions.Top("Tasks to show.", 30);
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "What is to be done, the most urgent first.") { owner, all, top, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<WorkTask> tasks = Book(context, parsed, models, store).List(parsed.GetValue(owner), parsed.GetValue(all));
            WorkTask[] shown = [.. tasks.Take(parsed.GetValue(top))];
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(shown);
                return ExitCode.Done;
            }

            DateOnly today = ActingArguments.Today(context);
            Table table = UserConsole.NewTable(">task", "due", "priority", "whose", "what", "customer", "state");
            foreach (WorkTask t in shown)
            {
                bool late = t.State is WorkTaskBook.Open or WorkTaskBook.Snoozed && t.Due < today && t.Asked.Kind == WorkTaskBook.Task;
                table.AddRow(
                    t.Id.ToString(s_c), t.Due.ToString("yyyy-MM-dd", s_c), t.Asked.Priority, Markup.Escape(t.Asked.Owner),
                    Markup.Escape(t.Asked.Title + (t.Asked.Repeats.Length > 0 ? $" ({t.Asked.Repeats})" : "")),
                    Markup.Escape(t.Asked.CustomerId),
                    Markup.Escape(t.State + (late ? ", overdue" : "") + (t.Escalated is null ? "" : $", told {t.Asked.EscalateTo}")
                        + (t.Outcome.Length > 0 ? $": {t.Outcome}" : "")));
            }

            context.Console.Write(table);
            if (shown.Length < tasks.Count)
            {
                context.Console.Line(string.Create(s_c, $"{tasks.Count - shown.Length:N0} more (--top)"));
            }

            return ExitCode.Done;
        });
    }

    private static Command Add(VerbContext context)
    {
        var customer = new Argument<string>("CUSTOMER") { Description = "The customer's id." };
        var title = new Option<string>("--title") { Description = "What is to be done.", Required = true };
        var owner = new Option<string>("--owner") { Description = "Whose it is.", Required = true };
        Option<DateOnly?> due = ActingArguments.Date("--due", "By when.", required: true);
        var priority = new Option<string>("--priority") { Description = "How urgent.", DefaultValueFactory = _ => "normal" };
        priority.AcceptOnlyFromAmong("low", "normal", "high");
        var channel = new Option<string>("--channel") { Description = "By which way the customer is contacted.",
            DefaultValueFactory = _ => "" };
        var escalate = new Option<string>("--escalate-to") { Description = "Who is told when it is overdue.", DefaultValueFactory = _ =>
            "" };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("add", "Make a task by hand; the same again is the same task.")
        {
            customer, title, owner, due, priority, channel, escalate, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            // As POST /v1/tasks takes them.
            foreach ((string of, string text, int least, int most) in new[]
            {
                ("CUSTOMER", parsed.GetRequiredValue(customer), 1, NewWorkTask.MostName),
                ("--title", parsed.GetRequiredValue(title), 1, NewWorkTask.MostTitle),
                ("--owner", parsed.GetRequiredValue(owner), 1, NewWorkTask.MostName),
                ("--channel", parsed.GetRequiredValue(channel), 0, NewWorkTask.MostName),
                ("--escalate-to", parsed.GetRequiredValue(escalate), 0, NewWorkTask.MostName),
            })
            {
                if (text.Length < least || text.Length > most)
                {
                    throw new RefusedInputException($"{of} has {text.Length} characters; expected {least} to {most}.");
                }
            }

            NewWorkTask asked = NewWorkTask.ByHand(
                parsed.GetRequiredValue(customer), parsed.GetRequiredValue(owner), parsed.GetValue(due)!.Value,
                parsed.GetRequiredValue(title)) with
            {
                Priority = parsed.GetRequiredValue(priority), Channel = parsed.GetRequiredValue(channel),
                EscalateTo = parsed.GetRequiredValue(escalate), Source = StoreAccess.Actor,
            };
            bool made = new WorkTaskBook(StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models)))
                .Add(asked, StoreAccess.Actor);
            context.Console.Line(made ? $"made, due {asked.Due:yyyy-MM-dd}" : "it was there already");
            return ExitCode.Done;
        });
    }

    private static Command Change(VerbContext context, string verb, string description)
    {
        var id = new Argument<long>("ID") { Description = "As 'tasks list' shows it." };
        var outcome = new Option<string>("--outcome")
        {
            Description = "What came of it, such as 'reached' or 'not reached'.", DefaultValueFactory = _ => "done",
        };
        var note = new Option<string>("--note") { Description = "Anything to remember.", DefaultValueFactory = _ => "" };
        Option<DateOnly?> until = ActingArguments.Date("--until", "To which day.", required: verb == "snooze");
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command(verb, description) { id, models, store };
        command.Add(verb switch { "done" => outcome, "snooze" => until, _ => note });
        if (verb == "done")
        {
            command.Add(note);
        }

        return command.Does(context, (parsed, _) =>
        {
            WorkTaskBook book = Book(context, parsed, models, store);
            long which = parsed.GetValue(id);
            WorkTask? changed = verb switch
            {
                "done" => book.Finish(
                    which, ActingArguments.Today(context), parsed.GetRequiredValue(outcome), parsed.GetRequiredValue(note),
                    StoreAccess.Actor),
                "snooze" => book.Snooze(which, parsed.GetValue(until)!.Value, StoreAccess.Actor),
                _ => book.Cancel(which, parsed.GetRequiredValue(note), StoreAccess.Actor),
            };
            if (changed is null)
            {
                throw new RefusedInputException(book.Find(which) is { } over
                    ? string.Create(s_c, $"Task {which} is {over.State} already.")
                    : string.Create(s_c, $"There is no task {which}; 'predictive tasks list' shows those there are."));
            }

            context.Console.Line(string.Create(
                s_c, $"task {which} is {changed.State}{(verb == "snooze" ? $" to {changed.Due:yyyy-MM-dd}" : "")}: {changed.Asked.Title}"));
            return ExitCode.Done;
        });
    }

    private static Command Escalate(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("escalate", "Tell of every overdue task, once; the worker does so by itself.") { models, store };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<WorkTask> late = Book(context, parsed, models, store).Escalate(ActingArguments.Today(context));
            foreach (WorkTask t in late)
            {
                context.Console.Line($"{t.Asked.EscalateTo} is told: {t.Asked.Title} ({t.Asked.Owner}), due {t.Due:yyyy-MM-dd}");
            }

            context.Console.Line(string.Create(s_c, $"{late.Count} overdue tasks told of"));
            return ExitCode.Done;
        });
    }

    private static Command Calendar(VerbContext context)
    {
        var owner = new Option<string>("--owner") { Description = "Whose.", Required = true };
        var output = new Option<string>("--out") { Description = "An .ics file.", HelpName = "FILE.ics", Required = true };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("calendar", "The tasks and appointments of an owner as an iCalendar file.")
        {
            owner, output, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            string whose = parsed.GetRequiredValue(owner), file = parsed.GetRequiredValue(output);
            IReadOnlyList<WorkTask> tasks = Book(context, parsed, models, store).List(whose, isOver: true);
            AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(TaskCalendar.Of(whose, tasks))));
            context.Console.Line(string.Create(s_c, $"{tasks.Count(t => t.State != WorkTaskBook.Cancelled):N0} entries written to {file}"));
            return ExitCode.Done;
        });
    }

    private static WorkTaskBook Book(VerbContext context, ParseResult parsed, Option<string> models, Option<string?> store) =>
        new(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
}
