using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Reports.Portfolios;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive portfolio DIR [--as-of A] [--compare B] [--json] [--report out.html] [--out rows.parquet [--to ADDRESS]]</c>: the base as
/// a whole, and how it moved.
/// </summary>
internal static class PortfolioVerb
{
    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "portfolio", "The base as a whole: figures, segments, concentration, migration between two dates, tiers, cohorts, what goes "
                + "together.");
        SegmentBase.Arguments arguments = SegmentBase.AddTo(command);
        var compare = new Option<string?>("--compare")
        {
            Description = "An earlier date to compare with, under the same cut-offs.", HelpName = "DATE",
        };
        var report = new Option<string?>("--report") { Description = "Write a self-contained page.", HelpName = "FILE.html" };
        var output = new Option<string?>("--out")
        {
            Description = "Write one row per figure to a .parquet, .csv or .xlsx file (.json: the report).", HelpName = "FILE",
        };
        var to = new WriteBack("figures");
        Option<bool> rawCells = CommonOptions.RawCells(), json = CommonOptions.Json();
        command.Add(compare);
        command.Add(report);
        command.Add(output);
        command.Add(to.Option);
        command.Add(rawCells);
        command.Add(json);
        return command.Does(context, (parsed, cancellation) =>
        {
            to.Require(parsed, parsed.GetValue(output));
            PortfolioReport made = WorkProgress.Run(context.Console, progress =>
            {
                SegmentBase loaded = SegmentBase.Load(arguments, parsed, context, progress, cancellation);
                SegmentTable table = loaded.Table(loaded.AsOf, progress, cancellation);
                SegmentTable? before = null;
                if (parsed.GetValue(compare) is { } date)
                {
                    LocalTime earlier = DatasetAccess.AsOfFor(loaded.History, date, context);
                    if (!(earlier < loaded.AsOf))
                    {
                        throw new RefusedInputException(
                            $"--compare is {earlier} and the as-of {loaded.AsOf}; expected an earlier date to compare with.");
                    }

                    if (loaded.Scorer?.Given is { } given)
                    {
                        context.Console.Note(
                            $"note: '{given.Source}', a model from outside, gave nobody a score as of {earlier}; what rests on "
                                + "predictions is told of now alone, what rests on purchases is compared");
                    }

                    before = loaded.Table(earlier, progress, cancellation);
                }

                progress.Report("portfolio", 0);
                return PortfolioBuilder.Build(table, loaded.Scorer?.Stamp, before, cancellation);
            });
            if (parsed.GetValue(report) is { } file)
            {
                PortfolioPage.WriteAsync(made, file).GetAwaiter().GetResult();
                context.Console.Note($"page written to {file}");
            }

            if (parsed.GetValue(output) is { } rows)
            {
                PortfolioRows.Write(made, rows, parsed.GetValue(rawCells));
                context.Console.Note($"figures written to {rows}");
                if (to.Send(parsed, rows, cancellation) is { } sent)
                {
                    context.Console.Note($"written to {sent}");
                }
            }

            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(made);
            }
            else
            {
                Show(context.Console, made);
            }

            return ExitCode.Done;
        });
    }

    private static void Show(UserConsole console, PortfolioReport report)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        string model = report.Model is { } stamp ? $", model {stamp.Name}/{stamp.Version}" : ", rules alone";
        console.Heading($"Portfolio as of {report.AsOf}{(report.Compared is { } with ? $" against {with.AsOf}" : "")}{model}");
        foreach (string alert in report.Alerts)
        {
            console.Line("! " + alert);
        }

        Table metrics = UserConsole.NewTable("metric", ">value", ">before", "unit");
        foreach (MetricValue metric in report.Metrics.Where(m => m.Value is not null))
        {
            metrics.AddRow(metric.Name.Replace('_', ' '), Text(metric, metric.Value), Text(metric, metric.Before), metric.Unit);
        }

        console.Write(metrics);
        foreach (var (name, matrix) in report.Compared?.Migration ?? new Dictionary<string, MigrationMatrix>())
        {
            console.Heading(string.Create(
                c,
                $"{name.Replace('_', ' ')}: {matrix.Stayed:N0} stayed, {matrix.MovedUp:N0} up, {matrix.MovedDown:N0} down, "
                    + $"{matrix.Entered.Sum():N0} new"));
            Table table = UserConsole.NewTable(["from \\ to", .. matrix.States.Select(s => ">" + Markup.Escape(s))]);
            for (int i = 0; i < matrix.States.Count; i++)
            {
                table.AddRow([Markup.Escape(matrix.States[i]), .. matrix.Counts[i].Select(n => n == 0 ? "" : n.ToString("N0", c))]);
            }

            console.Write(table);
            foreach (Mover mover in matrix.Movers.Take(3))
            {
                string years = string.Create(c, $"{mover.Spend365Before:N0} in the year before, {mover.Spend365:N0} in the year to now");
                console.Line($"  {mover.CustomerId}: {mover.From} -> {mover.To} ({years})");
            }
        }

        Rules(console, report);
        foreach (PortfolioWarning warning in report.Warnings)
        {
            console.Line($"warning, {warning.Model.Replace('_', ' ')}: {warning.Warning.Message}");
        }
    }

    private static void Rules(UserConsole console, PortfolioReport report)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        if (report.Association.Pairs.Count > 0)
        {
            console.Heading(string.Create(c, $"Bought together ({report.Association.Kind}, {report.Association.Orders:N0} orders)"));
            Table pairs = UserConsole.NewTable("who buys", "buys", ">orders", ">confidence", ">lift");
            foreach (PairRule rule in report.Association.Pairs.Take(10))
            {
                pairs.AddRow(
                    Markup.Escape(rule.Item), Markup.Escape(rule.With), rule.Support.ToString("N0", c), rule.Confidence.ToString("P0", c),
                    rule.Lift.ToString("0.0", c));
            }

            console.Write(pairs);
        }

        if (report.Association.Sequences.Count > 0)
        {
            console.Heading($"Bought for the first time within {report.Association.WithinDays} days after");
            Table sequences = UserConsole.NewTable("after", "comes", ">customers", ">confidence", ">lift", ">days later");
            foreach (SequenceRule rule in report.Association.Sequences.Take(10))
            {
                sequences.AddRow(
                    Markup.Escape(rule.Item), Markup.Escape(rule.Then), rule.Support.ToString("N0", c), rule.Confidence.ToString("P0", c),
                    rule.Lift.ToString("0.0", c), rule.LagDays?.ToString(c) ?? "–");
            }

            console.Write(sequences);
        }

        foreach (CategoryThresholdRule rule in report.CategoryThresholds.Take(10))
        {
            console.Line(rule.Text);
        }
    }

    private static string Text(MetricValue metric, double? value) => value is not { } v ? ""
        : metric.Unit == "share" ? v.ToString("P1", CultureInfo.InvariantCulture)
        : v.ToString(v == Math.Floor(v) || Math.Abs(v) >= 1000 ? "N0" : "N2", CultureInfo.InvariantCulture);
}
