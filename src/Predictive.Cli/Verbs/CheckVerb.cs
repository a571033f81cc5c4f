using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Loading;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Reports.Checks;
using Predictive.Training;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive check DIR [--json]</c>: data-quality findings; exit 0 usable, 2 blocking findings.</summary>
internal static class CheckVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<int> horizon = CommonOptions.Horizon();
        Option<long?> memory = CommonOptions.Memory("is read range by range, through temporary files");
        var page = new Option<string?>("--report")
        {
            Description = "Write a page with the history by month, rows left out and findings to this file.", HelpName = "FILE.html",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "check",
            "Look a dataset over: what is missing, doubled, stale or impossible, and whether it can be trained on.")
            {
                dataset, CommonOptions.Level(), asOf, horizon, memory, page, json,
            };
        return command.Does(context, (parsed, cancellation) =>
        {
            MemoryLimit.Set(parsed.GetValue(memory));
            string path = parsed.GetRequiredValue(dataset);
            var options = new CheckOptions
            {
                Today = Today(path, context.Clock),
                AsOf = DatasetAccess.ParseAsOf(parsed.GetValue(asOf), path),
                HorizonDays = parsed.GetValue(horizon),
                MinimumCustomers = DataNeeds.Customers,
                MemoryBytes = parsed.GetValue(memory),
                Level = CommonOptions.LevelOf(parsed),
            };
            CheckReport report = WorkProgress.Run(
                context.Console, progress => DatasetCheck.Run(path, options, progress.For<double>(p => ("check", p)), cancellation));
            if (parsed.GetValue(page) is { } file)
            {
                string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
                CheckPage.WriteAsync(report, name, file).GetAwaiter().GetResult();
                context.Console.Note($"page written to {file}");
            }

            if (parsed.GetValue(json))
            {
                context.Console.Out.WriteLine(report.ToJson());
            }
            else
            {
                Show(context.Console, report);
            }

            if (!report.Usable)
            {
                foreach (Finding finding in report.Findings.Where(f => f.Severity == FindingSeverity.Blocking))
                {
                    context.Console.Note($"error: {finding.Message}");
                }
            }

            return report.Usable ? ExitCode.Done : ExitCode.Refused;
        });
    }

    /// <summary>The present day on the dataset's clock; a dataset that cannot be opened is for the check to refuse.</summary>
    private static DateOnly Today(string path, TimeProvider clock)
    {
        try
        {
            return DefaultAsOf.TodayOf(DatasetFolder.Open(path).Description, clock.GetUtcNow());
        }
        catch (DatasetException)
        {
            return DateOnly.FromDateTime(clock.GetUtcNow().DateTime);
        }
    }

    /// <summary>The findings as a table.</summary>
    public static void Show(UserConsole console, CheckReport report)
    {
        string prospects = report.Prospects > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {report.Prospects:N0} prospects") : "";
        console.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Lines:N0} lines, {report.Customers:N0} customers, {report.First ?? "-"} to {report.Last ?? "-"}{prospects}"));
        if (report.Findings.Count > 0)
        {
            Table table = UserConsole.NewTable([.. CheckReport.TableColumns.Select(c => c == "count" ? ">count" : c)]);
            foreach (IReadOnlyList<string> row in report.ToTable())
            {
                table.AddRow([.. row.Select(Markup.Escape)]);
            }

            console.Write(table);
        }

        console.Line(report.Usable ? "usable" : "not usable until the blocking findings are mended");
    }
}
