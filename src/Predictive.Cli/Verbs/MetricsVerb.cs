using System.CommandLine;
using System.Globalization;
using System.Text;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive metrics list|show|compute</c>: what every figure means, and its value by anything.</summary>
internal static class MetricsVerb
{
    private static readonly string[] s_formats = ["table", "json", "csv", "chart"];

    public static Command Create(VerbContext context) =>
        new("metrics", "The catalogue of figures: what each means, and its value by channel, month, tier ...")
        {
            List(context), Show(context), Compute(context), MetricsVerbWhy.Create(context),
        };

    private static Command List(VerbContext context)
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Every figure there is, and what figures can be divided by.") { json };
        return command.Does(context, (parsed, _) =>
        {
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { Metrics = QueryCatalogue.All.Select(Document), Dimensions = Dimensions.All });
                return ExitCode.Done;
            }

            foreach (IGrouping<MetricScope, MetricDefinition> scope in QueryCatalogue.All.GroupBy(m => m.Scope))
            {
                context.Console.Heading(scope.Key switch
                {
                    MetricScope.Period => "Of a period: by anything, with --from and --to",
                    MetricScope.Base => "Of the base as of a time: by what is of the customer",
                    _ => "Of one customer: filters (--where), columns of predictive segment",
                });
                Table table = UserConsole.NewTable("definition", "name", "中文", "unit", "meaning");
                foreach (MetricDefinition m in scope)
                {
                    table.AddRow(
                        m.Id, Markup.Escape(m.Words.English), Markup.Escape(m.Words.Chinese), Markup.Escape(m.Unit),
                        Markup.Escape(m.Description));
                }

                context.Console.Write(table);
            }

            context.Console.Heading("Dimensions (--by), and attribute.COLUMN, own.SEGMENT");
            Table by = UserConsole.NewTable("dimension", "中文", "divides", "meaning");
            foreach (Dimension d in Dimensions.All)
            {
                by.AddRow(d.Name, Markup.Escape(d.Chinese), d.Kind.ToString().ToLowerInvariant(), Markup.Escape(d.Description));
            }

            context.Console.Write(by);
            return ExitCode.Done;
        });
    }

    private static Command Show(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "A figure, by any of its names." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("show", "What one figure means: names, formula in words and as code, grain, time, version, owner.")
        {
            name, json,
        };
        return command.Does(context, (parsed, _) =>
        {
            MetricDefinition m = QueryCatalogue.Define(parsed.GetRequiredValue(name));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(Document(m));
                return ExitCode.Done;
            }

            context.Console.Heading($"{m.Id}: {m.Words.English} · {m.Words.Chinese}");
            (string, string?)[] lines =
            [
                ("meaning", m.Description), ("formula", m.Formula), ("as code", m.Code), ("unit", m.Unit), ("of", m.Grain),
                ("time", m.TimeRule), ("owner", m.Owner),
                ("also called", string.Join(", ", m.Words.Synonyms.Concat(m.Words.ChineseSynonyms))),
            ];
            foreach (var (what, text) in lines.Where(l => !string.IsNullOrEmpty(l.Item2)))
            {
                context.Console.Line($"  {what,-12}{text}");
            }

            return ExitCode.Done;
        });
    }

    private static Command Compute(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "A figure of a period or of the base, by any of its names." };
        var command = new Command("compute", "The value of a figure: by dimensions, of a period, where conditions hold.") { name };
        MetricsVerbBase.Arguments arguments = MetricsVerbBase.AddTo(command);
        var by = new Option<string[]>("--by") { Description = "Up to three dimensions: --by month,channel.", HelpName = "DIMENSIONS" };
        var where = new Option<string[]>("--where")
        {
            Description = "A condition, may be repeated: --where \"tier = gold, silver\" --where \"recency_days > 30\".",
            HelpName = "CONDITION",
        };
        Option<string?> from = Text("--from", "First day: 2011-06-03, 2011-06, 2011-Q2 or 2011. Default: the first of the data.", "DATE");
        Option<string?> to = Text("--to", "Last day, counted: the same forms, their end. Default: the last of the data.", "DATE");
        Option<string?> compare = Text("--compare", "previous, year-ago, or a period: 2011-Q1, 2011-01..2011-02.", "PERIOD");
        var limit = new Option<int>("--limit")
        {
            Description = "Most rows, largest first; by time in its order.", DefaultValueFactory = _ => 1000,
        };
        Option<string?> format = Text("--format", "How it is printed. Default: table.", "table|json|csv|chart");
        Option<bool> json = CommonOptions.Json();
        foreach (Option option in new Option[] { by, where, from, to, compare, limit, format, json })
        {
            command.Add(option);
        }

        return command.Does(context, (parsed, cancellation) =>
        {
            string form = parsed.GetValue(json) ? "json" : parsed.GetValue(format) ?? "table";
            if (!s_formats.Contains(form))
            {
                throw new RefusedInputException($"--format is '{form}'; expected table, json, csv or chart.");
            }

            // What is no metric is told before anything is read.
            MetricDefinition metric = QueryCatalogue.Find(parsed.GetRequiredValue(name));
            QueryAnswer answer = QueryRunner.Run(
                MetricsVerbBase.Open(arguments, parsed, context, cancellation).Base,
                new MetricQuery
                {
                    Metric = parsed.GetRequiredValue(name),
                    By = [.. (parsed.GetValue(by) ?? []).SelectMany(b => b.Split(
                        ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
                    Where = parsed.GetValue(where) ?? [], From = parsed.GetValue(from), To = parsed.GetValue(to),
                    Compare = parsed.GetValue(compare), Limit = parsed.GetValue(limit),
                }, cancellation);
            switch (form)
            {
                case "json":
                    context.Console.WriteJson(answer);
                    break;
                case "csv":
                    context.Console.Out.Write(Encoding.UTF8.GetString(QueryText.Csv(answer)));
                    break;
                case "chart":
                    foreach (string line in QueryText.Chart(answer))
                    {
                        context.Console.Line(line);
                    }

                    break;
                default:
                    Write(context.Console, answer);
                    break;
            }

            return ExitCode.Done;
        });
    }

    /// <summary>An answer as a table, with its definition, interval, counts and notes.</summary>
    internal static void Write(UserConsole console, QueryAnswer answer)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        string unit = answer.Unit == "money" && answer.Currency is { } currency ? currency : answer.Unit;
        console.Heading($"{answer.Query} ({unit})");
        bool isSure = answer.Total.Low is null && answer.Rows.All(r => r.Low is null), isCompared = answer.Against is not null;
        Table table = UserConsole.NewTable([
            .. answer.By, ">" + answer.Name, .. isSure ? Array.Empty<string>() : [">95 % between"],
            .. isCompared ? [">before", ">change", ">"] : Array.Empty<string>(), ">customers",
        ]);
        foreach (QueryRow row in answer.Rows.Append(answer.Total))
        {
            IEnumerable<string> of = row.Of.Count > 0 ? row.Of : answer.By.Select((_, i) => i == 0 ? "all" : "");
            table.AddRow([
                .. of.Select(Markup.Escape), QueryText.Of(row.Value, answer.Unit),
                .. isSure ? Array.Empty<string>() : [Between(row, answer.Unit)],
                .. isCompared
                    ?
                    [
                        QueryText.Of(row.Before, answer.Unit), QueryText.Of(row.Change, answer.Unit),
                        row.ChangeShare?.ToString("+0.0 %;-0.0 %", c) ?? "",
                    ]
                    : Array.Empty<string>(),
                row.Customers.ToString("N0", c),
            ]);
        }

        console.Write(table);
        if (answer.Groups > answer.Rows.Count)
        {
            console.Line(string.Create(
                c, $"{answer.Groups - answer.Rows.Count:N0} of {answer.Groups:N0} groups are not shown; --limit shows more"));
        }

        string model = answer.Model is { } version ? $", model {version}" : "";
        console.Line($"{answer.Metric}: {answer.Formula}. Data through {answer.DataThrough}, as of {answer.AsOf}{model}.");
        foreach (string note in answer.Notes)
        {
            console.Line("note: " + note);
        }
    }

    private static string Between(QueryRow row, string unit) =>
        row.Low is null ? "" : $"{QueryText.Of(row.Low, unit)} – {QueryText.Of(row.High, unit)}";

    private static Option<string?> Text(string name, string description, string help) =>
        new(name) { Description = description, HelpName = help };

    private static object Document(MetricDefinition m) => new
    {
        m.Id, m.Name, m.Version, m.Scope, m.Words.English, m.Words.Chinese, m.Unit, m.Description, m.Formula, m.Code, m.Grain, m.TimeRule,
        m.Owner, Synonyms = m.Words.Synonyms.Concat(m.Words.ChineseSynonyms), NeedsModel = m is CustomerMetric { NeedsModel: true },
    };
}
