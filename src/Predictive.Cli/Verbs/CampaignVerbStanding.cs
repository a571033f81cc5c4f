using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Contacts;
using Predictive.Acting.Standing;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Standing;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive campaign standing run|list|report|sends|pause|resume</c>: campaigns that are always on.</summary>
internal static class CampaignVerbStanding
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    private static readonly ListColumn<StandingSend>[] s_columns =
    [
        new("customer_id", s => s.CustomerId), new("day", s => s.Day.ToString("yyyy-MM-dd", s_c)), new("hour", s => s.Hour),
        new("channel", s => s.Channel), new("content", s => s.Content), new("step", s => s.Step + 1), new("cost", s => s.Cost),
    ];

    public static Command Create(VerbContext context) => new(
        "standing", "Campaigns of standing.json that are always on: triggers, steps, a holdout for good; they pause themselves.")
    {
        Run(context), List(context), Report(context), Sends(context), Pause(context), Resume(context),
    };

    private static Command Run(VerbContext context)
    {
        var command = new Command(
            "run", "A day's round: who enters, which steps are sent, whether each still pays. The same again sends nothing twice.");
        ActingArguments.Base own = ActingArguments.Base.AddTo(command);
        Option<bool> json = CommonOptions.Json();
        command.Add(json);
        return command.Does(context, (parsed, cancellation) =>
        {
            string data = parsed.GetRequiredValue(own.Dataset);
            RuleOptions rules = SegmentsFile.For(data);
            StandingSettings settings = Settings(data, rules);
            (_, ScoreTable scores) = own.Score(parsed, context, cancellation);
            IReadOnlyList<StandingOutcome> outcomes = new StandingRun(own.Open(parsed, context)).Run(
                settings, scores, rules, ContactSettings.For(data), StoreAccess.Actor, cancellation);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { AsOf = scores.AsOf.ToString(), Campaigns = outcomes });
            }
            else
            {
                context.Console.Heading($"Standing campaigns as of {scores.AsOf}");
                foreach (StandingOutcome outcome in outcomes)
                {
                    context.Console.Line(outcome.Words);
                }
            }

            return ExitCode.Done;
        });
    }

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Those that had a round, and how they stand.") { models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<StandingState> all = new StandingBook(
                StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models))).List();
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(
                    all.Select(s => new { s.Name, s.State, s.Reason, s.Since, s.Actor, Report = StandingReport.Of(s) }));
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable(
                "standing campaign", "state", "last round", ">in steps", ">wait", ">judged", ">contacts this month", "why");
            foreach (StandingState s in all)
            {
                StandingReport? r = StandingReport.Of(s);
                table.AddRow(
                    Markup.Escape(s.Name), s.State, new LocalTime(s.AsOf).ToString(), Number(r?.InSteps), Number(r?.Waiting),
                    Number(r?.Judgement.Judged), Number(r?.SentThisMonth), Markup.Escape(s.Reason));
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }

    private static Command Report(VerbContext context)
    {
        Argument<string> name = Name();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("report", "Whether it still pays, against those held out for good.") { name, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            StandingState state = Find(
                StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)), parsed.GetRequiredValue(name));
            StandingReport? report = StandingReport.Of(state);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    state.Name, state.State, state.Reason, state.Since, Report = report, Words = report?.Words() ?? [],
                });
                return ExitCode.Done;
            }

            context.Console.Heading($"Standing campaign '{state.Name}' ({state.State}), last round as of {new LocalTime(state.AsOf)}");
            foreach (string sentence in report?.Words() ?? [])
            {
                context.Console.Line(sentence);
            }

            return ExitCode.Done;
        });
    }

    private static Command Sends(VerbContext context)
    {
        Argument<string> name = Name();
        Option<DateOnly?> day = ActingArguments.Date("--day", "Only of this day. Default: all.");
        var output = new Option<string>("--out") { Description = "A .csv, .xlsx or .json file.", HelpName = "FILE", Required = true };
        Option<bool> rawCells = CommonOptions.RawCells();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("sends", "The contacts it sent, for a channel that hears of them by file.")
        {
            name, day, output, rawCells, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            StandingState state = Find(database, parsed.GetRequiredValue(name));
            IReadOnlyList<StandingSend> sends = new StandingBook(database).Sends(state.Name, parsed.GetValue(day));
            string file = parsed.GetRequiredValue(output);
            ListFile.Write(file, sends, sends, s_columns, parsed.GetValue(rawCells));
            new Store.Audit.AuditLog(database).Append(
                StoreAccess.Actor, "export", $"standing campaign {state.Name}", new { file = Path.GetFileName(file), rows = sends.Count });
            context.Console.Line(string.Create(s_c, $"{sends.Count:N0} contacts written to {file}"));
            return ExitCode.Done;
        });
    }

    private static Command Pause(VerbContext context)
    {
        Argument<string> name = Name();
        var reason = new Option<string>("--reason") { Description = "Why.", DefaultValueFactory = _ => "by hand" };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("pause", "Nobody enters and no step is sent until it is resumed.") { name, reason, models, store };
        return command.Does(context, (parsed, _) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            StandingState state = Find(database, parsed.GetRequiredValue(name));
            if (!new StandingBook(database).Pause(state.Name, parsed.GetRequiredValue(reason), StoreAccess.Actor))
            {
                throw new RefusedInputException($"The standing campaign '{state.Name}' is paused already: {state.Reason}.");
            }

            context.Console.Line($"standing campaign '{state.Name}' is paused");
            return ExitCode.Done;
        });
    }

    private static Command Resume(VerbContext context)
    {
        Argument<string> name = Name();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("resume", "Let a paused one go on: who enters from its last round on is judged anew.")
        {
            name, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            StandingState state = Find(database, parsed.GetRequiredValue(name));
            if (!new StandingBook(database).Resume(state.Name, StoreAccess.Actor))
            {
                throw new RefusedInputException($"The standing campaign '{state.Name}' runs already.");
            }

            context.Console.Line($"standing campaign '{state.Name}' runs again; who enters from now on is judged anew");
            return ExitCode.Done;
        });
    }

    private static StandingSettings Settings(string data, RuleOptions rules)
    {
        StandingSettings settings = StandingSettings.For(data, rules);
        return settings.Campaigns.Count > 0 ? settings : throw new RefusedInputException(
            $"{StandingSettings.FileName} beside the data names no campaign. 'predictive init {data}' writes one with an example.");
    }

    private static StandingState Find(StoreDatabase store, string name) => new StandingBook(store).Find(name)
        ?? throw new RefusedInputException(
            $"There is no standing campaign '{name}' that had a round; 'predictive campaign standing list' shows those there are.");

    private static Argument<string> Name() => new("NAME") { Description = "As standing.json names it." };

    private static string Number(int? n) => n?.ToString("N0", s_c) ?? "";
}
