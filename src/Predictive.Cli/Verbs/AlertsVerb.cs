using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Alerts;
using Predictive.Acting.Webhooks;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.Deliveries;
using Predictive.Worker;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive alerts evaluate|list|ack|mute|deliver|dead-letters</c>: rules that fire once per crossing.</summary>
internal static class AlertsVerb
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    public static Command Create(VerbContext context) => new(
        "alerts", "Rules of alerts.json: what they found, who is told, and who has been.")
    {
        Evaluate(context), List(context), Acknowledge(context), Mute(context), Deliver(context), DeadLetters(context),
    };

    private static Command Evaluate(VerbContext context)
    {
        var command = new Command("evaluate", "Score the base and look at every rule: one alert per crossing, however often it is run.");
        ActingArguments.Base own = ActingArguments.Base.AddTo(command);
        Option<bool> json = CommonOptions.Json();
        command.Add(json);
        return command.Does(context, (parsed, cancellation) =>
        {
            string data = parsed.GetRequiredValue(own.Dataset), folder = DatasetFolder.Open(data).Root;
            if (!AlertSettings.IsThere(folder))
            {
                throw new RefusedInputException(
                    $"{folder} has no {AlertSettings.FileName}: no rule is in force. 'predictive init {data}' writes one to begin with.");
            }

            RuleOptions settings = SegmentsFile.For(data);
            AlertSettings alerts = AlertSettings.For(data, settings);
            (_, ScoreTable scores) = own.Score(parsed, context, cancellation);
            IReadOnlyList<RuleOutcome> outcomes = new AlertEvaluation(own.Open(parsed, context)).Evaluate(
                alerts, scores, settings, cancellation: cancellation);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { AsOf = scores.AsOf.ToString(), Rules = outcomes });
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable("rule", "severity", ">new alerts", ">holds for", ">no longer", "");
            foreach (RuleOutcome rule in outcomes)
            {
                LookResult r = rule.Result;
                table.AddRow(
                    Markup.Escape(rule.Rule), Enum.GetName(rule.Severity)!.ToLowerInvariant(), r.Fired.ToString("N0", s_c),
                    r.Holding.ToString("N0", s_c), r.Rearmed.ToString("N0", s_c),
                    r.IsLate ? "looked at as of a later day already: nothing was done"
                    : r.Muted > 0 ? string.Create(s_c, $"{r.Muted:N0} of the new ones muted")
                    : r is { IsFirst: true, Fired: 0, Holding: > 0 } ? "first look: remembered; who crosses from now on is told of"
                    : r.IsFirst ? "first look" : "");
            }

            context.Console.Heading($"{scores.Count:N0} customers as of {scores.AsOf}");
            context.Console.Write(table);
            context.Console.Line("next: predictive alerts list, predictive tasks list");
            return ExitCode.Done;
        });
    }

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<int> top = CommonOptions.Top("Newest alerts to show.", 30);
        var all = new Option<bool>("--all") { Description = "Acknowledged and muted ones as well." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Open alerts, newest first.") { top, all, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            var book = new AlertBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            IReadOnlyList<Alert> alerts = book.List(parsed.GetValue(top), parsed.GetValue(all));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(alerts.Select(a => a with { AsOf = 0 }));
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable(">alert", "severity", "as of", "for", "what", "what to do", "state");
            foreach (Alert a in alerts)
            {
                table.AddRow(
                    a.Id.ToString(s_c), a.Severity, new LocalTime(a.AsOf).ToString(), Markup.Escape(a.Owner), Markup.Escape(a.Text),
                    Markup.Escape(a.Play), a.State);
            }

            context.Console.Write(table);
            foreach ((string rule, int open) in book.Count())
            {
                context.Console.Line(string.Create(s_c, $"{open:N0} open: {rule}"));
            }

            return ExitCode.Done;
        });
    }

    private static Command Acknowledge(VerbContext context)
    {
        var ids = new Argument<long[]>("ID") { Description = "As 'alerts list' shows them.", Arity = ArgumentArity.OneOrMore };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("ack", "Say that alerts were seen.") { ids, models, store };
        return command.Does(context, (parsed, _) =>
        {
            var book = new AlertBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            foreach (long id in parsed.GetRequiredValue(ids))
            {
                Alert alert = book.Acknowledge(id, StoreAccess.Actor) ?? throw new RefusedInputException(
                    string.Create(s_c, $"There is no alert {id}; 'predictive alerts list' shows those that are open."));
                context.Console.Line(string.Create(s_c, $"alert {id} is {alert.State}: {alert.Text}"));
            }

            return ExitCode.Done;
        });
    }

    private static Command Mute(VerbContext context)
    {
        var rule = new Argument<string>("RULE") { Description = "Its name in alerts.json." };
        var customer = new Option<string>("--customer")
        {
            Description = "Only about this customer. Default: about all.", DefaultValueFactory = _ => AlertBook.Everybody,
        };
        Option<int> days = CommonOptions.Days("--for", "For how long.", 7);
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("mute", "Silence a rule for a while: what crosses meanwhile is noted as muted, and nothing is done.")
        {
            rule, customer, days, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            DateTimeOffset until = context.Clock.GetUtcNow().AddDays(parsed.GetValue(days));
            new AlertBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)))
                .Mute(parsed.GetRequiredValue(rule), parsed.GetRequiredValue(customer), until, StoreAccess.Actor);
            context.Console.Line($"'{parsed.GetRequiredValue(rule)}' is muted until {until:yyyy-MM-dd HH:mm} UTC");
            return ExitCode.Done;
        });
    }

    private static Command Deliver(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("deliver", "Tell the hosts of webhooks.json what is to be told, now; the worker does so by itself.")
        {
            dataset, models, store,
        };
        return command.Does(context, async (parsed, cancellation) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            WebhookSettings settings = WebhookSettings.For(parsed.GetRequiredValue(dataset));
            if (settings.Destinations.Count == 0)
            {
                throw new RefusedInputException("webhooks.json names no destination: nobody is to be told.");
            }

            using var sender = new WebhookSender(database, settings, TrainTurn.Holder);
            if (await sender.RunAsync(cancellation) is not { } round)
            {
                context.Console.Line("another process is delivering just now");
                return ExitCode.Done;
            }

            context.Console.Line(string.Create(
                s_c, $"{round.Delivered:N0} delivered, {round.Failed:N0} failed and tried again later, of them {round.GivenUp:N0} given "
                    + $"up"));
            foreach (string message in round.Messages)
            {
                context.Console.Line("  " + message);
            }

            return round.Failed > 0 ? ExitCode.Failed : ExitCode.Done;
        });
    }

    private static Command DeadLetters(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var retry = new Option<bool>("--retry") { Description = "Try them again from the beginning." };
        var command = new Command("dead-letters", "Events that a destination could not be told of.") { retry, models, store };
        return command.Does(context, (parsed, _) =>
        {
            var book = new DeliveryBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            if (parsed.GetValue(retry))
            {
                context.Console.Line(string.Create(s_c, $"{book.Revive(null, StoreAccess.Actor):N0} are tried again"));
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable(">event", "to", "kind", "about", ">attempts", "why");
            foreach (Delivery d in book.Dead())
            {
                table.AddRow(
                    d.Event.Id.ToString(s_c), Markup.Escape(d.Destination), d.Event.Kind, Markup.Escape(d.Event.Subject),
                    d.Attempts.ToString(s_c), Markup.Escape(d.Message));
            }

            context.Console.Write(table);
            context.Console.Line(string.Create(s_c, $"{book.Waiting():N0} others wait"));
            return ExitCode.Done;
        });
    }
}
