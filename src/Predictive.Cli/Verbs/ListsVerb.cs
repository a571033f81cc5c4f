using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Contacts;
using Predictive.Acting.Lists;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Lists;
using Predictive.Worker;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive lists send|preview|history</c>: lists that arrive.</summary>
internal static class ListsVerb
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    public static Command Create(VerbContext context) => new("lists", "Lists of lists.json, by mail or into a folder.")
    {
        Make(context, "send", "Send the lists, now; each once a day and way, unless you insist."),
        Make(context, "preview", "What would be sent, and nothing is."), History(context),
    };

    private static Command Make(VerbContext context, string verb, string description)
    {
        var command = new Command(verb, description);
        ActingArguments.Base own = ActingArguments.Base.AddTo(command);
        var only = new Option<string?>("--list") { Description = "Only this list. Default: all." };
        var insists = new Option<bool>("--again") { Description = "Send even what was, or may have been, sent." };
        command.Add(only);
        bool sends = verb == "send";
        if (sends)
        {
            command.Add(insists);
        }

        return command.Does(context, async (parsed, cancellation) =>
        {
            string data = parsed.GetRequiredValue(own.Dataset);
            ListSettings settings = ListSettings.For(data);
            ListDefinition[] lists = [.. settings.Lists.Where(l => parsed.GetValue(only) is not { } name || l.Name == name)];
            if (lists.Length == 0)
            {
                throw new RefusedInputException(settings.Lists.Count == 0
                    ? $"{ListSettings.FileName} has no list; 'predictive init {data}' writes one to begin with, where there is none."
                    : $"There is no list '{parsed.GetValue(only)}'; expected {string.Join(", ", settings.Lists.Select(l => l.Name))}.");
            }

            ContactSettings contacts = ContactSettings.For(data);
            (CustomerScorer scorer, ScoreTable scores) = await Task.Run(() => own.Score(parsed, context, cancellation), cancellation);
            StoreDatabase store = own.Open(parsed, context);
            var sender = new ListSender(store, settings, TrainTurn.Holder);
            if (sends)
            {
                Maybe(context, sender.Settle());
            }

            int failed = 0;
            foreach (ListDefinition definition in lists)
            {
                // What is sent by hand is for the day of the scores: twice a day is asked for.
                string due = $"by hand {scores.AsOf}";
                ArrivingList list = ArrivingList.Make(
                    definition, scorer, scores, SegmentsFile.For(data), contacts, store, due, Engines.Get(null), cancellation);
                Show(context.Console, list, full: !sends);
                if (!sends)
                {
                    continue;
                }

                IReadOnlyList<ListOutcome> outcomes = await sender.SendAsync(
                    definition, list, due, parsed.GetValue(insists), StoreAccess.Actor, cancellation);
                if (outcomes.Count == 0)
                {
                    context.Console.Line("another process is sending lists just now; nothing was sent");
                }

                foreach (ListOutcome o in outcomes)
                {
                    context.Console.Line($"  {o.Way}: "
                        + $"{(o.State == ListSender.Already ? $"not sent: {o.Message} (--again sends it)" : o.State)}"
                        + (o.Message.Length > 0 && o.State != ListSender.Already ? $": {o.Message}" : ""));
                    failed += o.State is ListSendBook.Failed or ListSendBook.MaybeSent ? 1 : 0;
                }
            }

            return failed > 0 ? ExitCode.Failed : ExitCode.Done;
        });
    }

    private static Command History(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<int> top = CommonOptions.Top("Newest sendings to show.", 30);
        Option<bool> json = CommonOptions.Json();
        var command = new Command("history", "What was sent, and what may have been.") { top, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            var book = new ListSendBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            IReadOnlyList<ListSend> sends = book.History(parsed.GetValue(top));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(sends);
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable("list", "by", "for", "state", ">customers", ">attempts", "begun (UTC)", "");
            foreach (ListSend s in sends)
            {
                table.AddRow(
                    Markup.Escape(s.List), s.Way, Markup.Escape(s.Due), s.State, s.Customers.Count.ToString("N0", s_c),
                    s.Attempts.ToString(s_c), s.BeganAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", s_c), Markup.Escape(s.Message));
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }

    private static void Maybe(VerbContext context, IReadOnlyList<ListSend> unsure)
    {
        foreach (ListSend s in unsure)
        {
            context.Console.Note(
                $"note: '{s.List}' by {s.Way} for {s.Due} may have been sent: {s.Message}. Look in the mailbox for Message-ID "
                    + $"{s.MessageId}; "
                    + "--again sends it once more");
        }
    }

    private static void Show(UserConsole console, ArrivingList list, bool full)
    {
        console.Heading(list.Name);
        foreach (string sentence in list.Words())
        {
            console.Line(sentence);
        }

        if (!full)
        {
            return;
        }

        Table table = UserConsole.NewTable(">#", "customer", "since", ">churn risk", ">expected", "what to do", "why");
        foreach (ListRow r in list.Rows)
        {
            table.AddRow(
                r.Rank.ToString(s_c), Markup.Escape(r.CustomerId), r.Since, r.Risk.ToString("P0", s_c), r.Expected.ToString("N0", s_c),
                Markup.Escape(r.WhatToDo), Markup.Escape(r.Why));
        }

        console.Write(table);
        foreach (LeftRow left in list.Left)
        {
            console.Line($"  left: {left.CustomerId}: {left.Outcome}");
        }
    }
}
