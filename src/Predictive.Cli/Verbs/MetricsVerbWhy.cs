using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Queries;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive metrics why NAME DIR --by DIMENSION --from --to</c>: what groups a change came from.</summary>
internal static class MetricsVerbWhy
{
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "A figure of a period, by any of its names." };
        var command = new Command("why", "Why a figure changed: what each group added, and whether that is more than chance.")
        {
            name,
        };
        MetricsVerbBase.Arguments arguments = MetricsVerbBase.AddTo(command);
        var by = new Option<string>("--by")
        {
            Description = "One dimension, such as channel or tier.", HelpName = "DIMENSION", Required = true,
        };
        var from = new Option<string>("--from")
        {
            Description = "The period, or its first day: 2011-07.", HelpName = "DATE", Required = true,
        };
        var to = new Option<string?>("--to") { Description = "Its last day. Default: the end of --from.", HelpName = "DATE" };
        var compare = new Option<string?>("--compare")
        {
            Description = "previous (default), year-ago, or a period.", HelpName = "PERIOD",
        };
        var where = new Option<string[]>("--where") { Description = "A condition, may be repeated.", HelpName = "CONDITION" };
        Option<int> seed = CommonOptions.Seed();
        Option<bool> json = CommonOptions.Json();
        foreach (Option option in new Option[] { by, from, to, compare, where, seed, json })
        {
            command.Add(option);
        }

        return command.Does(context, (parsed, cancellation) =>
        {
            ComparisonAnswer answer = PeriodComparison.Run(
                MetricsVerbBase.Open(arguments, parsed, context, cancellation).Base,
                new MetricQuery
                {
                    Metric = parsed.GetRequiredValue(name), By = [parsed.GetRequiredValue(by)], From = parsed.GetRequiredValue(from),
                    To = parsed.GetValue(to), Compare = parsed.GetValue(compare), Where = parsed.GetValue(where) ?? [],
                },
                parsed.GetValue(seed), cancellation: cancellation);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(answer);
            }
            else
            {
                Write(context.Console, answer);
            }

            return ExitCode.Done;
        });
    }

    /// <summary>A comparison as a table, the groups that explain most first.</summary>
    internal static void Write(UserConsole console, ComparisonAnswer answer)
    {
        string Text(double? value) => QueryText.Of(value, answer.Unit);
        console.Heading(answer.Query);
        console.Line(
            $"from {Text(answer.Before)} to {Text(answer.After)}: {Text(answer.Change)} (95 % between {Text(answer.Low)} and "
                + $"{Text(answer.High)}): {(answer.IsSure ? "more than chance" : "not told from chance")}");
        Table table = UserConsole.NewTable(
            answer.Dimension, ">before", ">after", ">by mix", ">by rate", ">by size", ">in all", ">95 % between", "");
        foreach (GroupEffect g in answer.Groups.Take(20))
        {
            table.AddRow(
                Markup.Escape(g.Group), Text(g.Before), Text(g.After), Text(g.Mix), Text(g.Rate), Text(g.Size), Text(g.Effect),
                $"{Text(g.Low)} – {Text(g.High)}", g.IsSure ? "" : "not told from chance");
        }

        table.AddRow(
            "all", Text(answer.Before), Text(answer.After), Text(answer.Mix), Text(answer.Rate), Text(answer.Size), Text(answer.Change), "",
            "");
        console.Write(table);
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{answer.Metric}; {answer.Customers:N0} customers drawn {answer.Draws} times, seed {answer.Seed}; data through "
                + $"{answer.DataThrough}, as of {answer.AsOf}."));
        console.Line("mix: a group became a larger or smaller part; rate: its own figure changed; size: more or fewer buyers in all.");
        foreach (string note in answer.Notes)
        {
            console.Line("note: " + note);
        }
    }
}
