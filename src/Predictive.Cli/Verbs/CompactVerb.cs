using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Erasure;
using Predictive.Store;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive compact DIR</c>: folds the events that came in one by one into the dataset's files.</summary>
internal static class CompactVerb
{
    public static Command Create(VerbContext context)
    {
        var dataset = new Argument<string>("DIR") { Description = "Dataset folder." };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var forget = new Option<int?>("--forget")
        {
            Description =
                "Then forget the content of events that came more than so many days ago, where the files hold them. They can not be "
                    + "corrected any more. Default: nothing is forgotten.",
            HelpName = "DAYS",
        };
        forget.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0)
            {
                result.AddError("--forget expects a number of days, 0 or more.");
            }
        });
        var results = new Option<string?>("--results")
        {
            Description =
                "Take erased customers out of this folder's files too: scores, lists and changes that a worker or the CLI wrote. Default: "
                    + "only the dataset's own files.",
            HelpName = "DIR",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "compact", "Fold events that came in over HTTP into the dataset's Parquet files; may be killed and run again at any time.")
        {
            dataset, models, store, forget, results, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(dataset);
            if (!Directory.Exists(folder))
            {
                throw new RefusedInputException($"'{folder}' is no folder; expected a dataset folder, to which files can be added.");
            }

            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            CompactionReport report = Compaction.Run(database, folder, context.Console.Note, cancellation);
            if (parsed.GetValue(results) is { } made)
            {
                if (!Directory.Exists(made))
                {
                    throw new RefusedInputException($"--results '{made}' is no folder; expected the folder of a worker's results.");
                }

                ErasedLinesReport gone = ErasedResults.Remove(made, folder, cancellation);
                report = report with { ErasedLines = report.ErasedLines + gone.Lines, Files = report.Files + gone.Files };
            }

            int? forgotten = parsed.GetValue(forget) is { } days
                ? Compaction.Forget(
                    database, folder, context.Clock.GetUtcNow() - TimeSpan.FromDays(days), context.Console.Note, cancellation)
                : null;
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { report.Events, report.Corrected, report.Files, report.ErasedLines, Forgotten = forgotten });
            }
            else
            {
                string erased = report.ErasedLines > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"; {report.ErasedLines:N0} line(s) of erased customers taken out")
                    : "";
                string also = forgotten is { } gone
                    ? string.Create(CultureInfo.InvariantCulture, $"; content of {gone:N0} revision(s) forgotten")
                    : "";
                context.Console.Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{report.Events:N0} events folded in, {report.Corrected:N0} corrected, {report.Files} file(s) written{erased}{also}"));
            }

            return ExitCode.Done;
        });
    }
}
