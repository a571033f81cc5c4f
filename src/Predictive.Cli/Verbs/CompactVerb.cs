using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
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
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "compact", "Fold events that came in over HTTP into the dataset's Parquet files; may be killed and run again at any time.")
        {
            dataset, models, store, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(dataset);
            if (!Directory.Exists(folder))
            {
                throw new RefusedInputException($"'{folder}' is no folder; expected a dataset folder, to which files can be added.");
            }

            CompactionReport report = Compaction.Run(
                StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)), folder, context.Console.Note,
                cancellation);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(report);
            }
            else
            {
                context.Console.Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{report.Events:N0} events folded in, {report.Corrected:N0} corrected, {report.Files} file(s) written"));
            }

            return ExitCode.Done;
        });
    }
}
