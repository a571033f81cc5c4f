using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Worker.Experiments;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive experiments list|show|compare|export</c>: everything that was trained or backtested.</summary>
internal static class ExperimentsVerb
{
    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    // For these less is better.
    private static readonly string[] s_lower = ["churnLogLoss", "churnBrier", "churnEce"];

    public static Command Create(VerbContext context) =>
        new("experiments", "Everything trained or backtested: options, data, metrics with their errors, seconds.")
        {
            List(context), Show(context), Compare(context), Export(context),
        };

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<int> top = CommonOptions.Top("Newest to show.", 50);
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "The newest, newest first.") { top, models, json };
        return command.Does(context, (parsed, _) =>
        {
            Experiment[] newest =
                [.. Book(context, parsed.GetRequiredValue(models)).OrderByDescending(e => e.Number).Take(parsed.GetValue(top))];
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(newest);
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable(
                ">", "when (UTC)", "what", "as of", ">days", "engine", "data", ">churn AUC", ">log loss", ">CLV Gini", "grade", ">seconds");
            foreach (Experiment e in newest)
            {
                table.AddRow(
                    e.Number.ToString(s_plain), e.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", s_plain), Markup.Escape(What(e)), e.AsOf,
                    e.HorizonDays.ToString(s_plain), Markup.Escape(e.Engine), e.Data.Fingerprint[..8], Cell(e, "churnAuc"),
                    Cell(e, "churnLogLoss"), Cell(e, "clvGini"), e.Grade ?? "", e.TotalSeconds.ToString("0.0", s_plain));
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }

    private static Command Show(VerbContext context)
    {
        Argument<int> number = Number("NUMBER");
        Option<string> models = CommonOptions.Models();
        var command = new Command("show", "One, as JSON.") { number, models };
        return command.Does(context, (parsed, _) =>
        {
            context.Console.WriteJson(Find(Book(context, parsed.GetRequiredValue(models)), parsed.GetValue(number)));
            return ExitCode.Done;
        });
    }

    private static Command Compare(VerbContext context)
    {
        Argument<int> first = Number("FIRST"), second = Number("SECOND");
        Option<string> models = CommonOptions.Models();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("compare", "Two side by side: what was asked differently, what came of it.")
        {
            first, second, models, json,
        };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<Experiment> all = Book(context, parsed.GetRequiredValue(models));
            Experiment a = Find(all, parsed.GetValue(first)), b = Find(all, parsed.GetValue(second));
            (string Name, string First, string Second)[] asked = [.. Asked(a, b)];
            Difference[] differences = [.. a.Metrics.Keys.Intersect(b.Metrics.Keys).Select(k => Of(k, a.Metrics[k], b.Metrics[k]))];
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    First = a.Number, Second = b.Number,
                    Asked = asked.Select(o => new { o.Name, o.First, o.Second }), Metrics = differences,
                });
                return ExitCode.Done;
            }

            Table options = UserConsole.NewTable("what differs", What(a), What(b));
            Array.ForEach(asked, o => options.AddRow(Markup.Escape(o.Name), Markup.Escape(o.First), Markup.Escape(o.Second)));
            context.Console.Write(options);
            Table table = UserConsole.NewTable("", $">{What(a)}", $">{What(b)}", ">second − first", ">± at most", "better");
            foreach (Difference d in differences)
            {
                table.AddRow(
                    d.Measure, Text(d.First), Text(d.Second), d.Value.ToString("+0.0000;-0.0000;0", s_plain), Text(d.Error), d.Better);
            }

            context.Console.Write(table);
            context.Console.Line(asked.Any(o => o.Name is "data" or "as of" or "horizon" or "kind")
                ? "They were not judged on the same customers and window: a difference is of those as well."
                : "\"± at most\" takes the two as judged on different customers; on the same ones the error of a difference is smaller.");
            return ExitCode.Done;
        });
    }

    private static Command Export(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        var output = new Option<string>("--out")
        {
            Description = "Folder to make; it must not be there.", HelpName = "DIR", Required = true,
        };
        var command = new Command(
            "export", "All of them in the file layout of MLflow's tracking store (mlruns); built by its documentation, not opened by it.")
        {
            output, models,
        };
        return command.Does(context, (parsed, _) =>
        {
            string folder = parsed.GetRequiredValue(output);
            CommonOptions.RefuseTaken(folder);

            IReadOnlyList<Experiment> all = Book(context, parsed.GetRequiredValue(models));
            MlflowFiles.Write(all, folder);
            context.Console.Line($"{all.Count} experiments: {folder}");
            return ExitCode.Done;
        });
    }

    private static IReadOnlyList<Experiment> Book(VerbContext context, string models)
    {
        (IReadOnlyList<Experiment> all, IReadOnlyList<string> damaged) = new ExperimentBook(models).List();
        damaged.ToList().ForEach(d => context.Console.Note($"note: {d}"));
        return all.Count > 0
            ? all
            : throw new RefusedInputException(
                $"There are no experiments in '{models}' yet: train, or backtest where the registry is there. Name another with --models.");
    }

    private static Experiment Find(IReadOnlyList<Experiment> all, int number) => all.FirstOrDefault(e => e.Number == number)
        ?? throw new RefusedInputException($"There is no experiment {number}; 'experiments list' shows the numbers.");

    private static Argument<int> Number(string name) => new(name) { Description = "As 'experiments list' shows it." };

    private static IEnumerable<(string Name, string First, string Second)> Asked(Experiment a, Experiment b)
    {
        (string Name, string First, string Second)[] all =
        [
            ("kind", a.Kind, b.Kind), ("as of", a.AsOf, b.AsOf), ("horizon", $"{a.HorizonDays} days", $"{b.HorizonDays} days"),
            ("data", Data(a), Data(b)),
            .. a.Options.Keys.Union(b.Options.Keys).Order(StringComparer.Ordinal)
                .Select(k => (k, a.Options.GetValueOrDefault(k, ""), b.Options.GetValueOrDefault(k, ""))),
        ];
        return all.Where(o => o.First != o.Second);
    }

    private static Difference Of(string measure, Measured a, Measured b)
    {
        double value = b.Value - a.Value;
        double? error = a.Error is { } x && b.Error is { } y ? Math.Sqrt((x * x) + (y * y)) : null;
        // The total is best at 1.
        double gain = measure == "clvPredictedOverActual" ? Math.Abs(a.Value - 1) - Math.Abs(b.Value - 1)
            : s_lower.Contains(measure) ? -value : value;
        return new Difference(measure, a.Value, b.Value, value, error, gain > 0 ? "second" : gain < 0 ? "first" : "");
    }

    private static string What(Experiment e) =>
        string.Create(s_plain, $"{e.Number}: {(e.Version is { } version ? $"{e.Name}/{version}" : e.Kind)}");

    private static string Data(Experiment e) =>
        string.Create(s_plain, $"{e.Data.Fingerprint[..8]}, {e.Data.Customers:N0} customers, {e.Data.Lines:N0} lines");

    private static string Cell(Experiment e, string measure) => !e.Metrics.TryGetValue(measure, out Measured? m) ? ""
        : m.Error is { } error ? string.Create(s_plain, $"{m.Value:0.0000} ± {error:0.0000}") : Text(m.Value);

    private static string Text(double? value) => value?.ToString("0.0000", s_plain) ?? "";

    private sealed record Difference(string Measure, double First, double Second, double Value, double? Error, string Better);
}
