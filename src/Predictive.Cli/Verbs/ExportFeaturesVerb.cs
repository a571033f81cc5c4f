using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Loading;
using Predictive.Segmentation.Features;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive export-features DIR --out FILE.parquet</c>: what the models see of each customer, for who learns elsewhere.
/// </summary>
internal static class ExportFeaturesVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<int> horizon = CommonOptions.Horizon();
        var output = new Option<string>("--out")
        {
            Description = "The Parquet file to write: customer_id, then one column per feature.", HelpName = "FILE", Required = true,
        };
        Option<string?> store = StoreAccess.Store();
        Option<long?> memory = CommonOptions.Memory("is read range by range of customers, its typical rhythm taken from a sample");
        var command = new Command(
            "export-features",
            "Write the features that the models see of each customer, one row each.")
            {
                dataset, CommonOptions.Level(), asOf, horizon, output, store, memory,
            };
        return command.Does(context, (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(dataset), file = parsed.GetRequiredValue(output);
            if (Path.GetExtension(file).ToLowerInvariant() != ".parquet")
            {
                throw new RefusedInputException($"--out is '{file}'; expected a name that ends in .parquet.");
            }

            MemoryLimit.Set(parsed.GetValue(memory));
            FeaturesFileReport report = WorkProgress.Run(context.Console, progress => FeaturesFile.Write(
                path,
                file,
                sample => DatasetAccess.AsOfFor(new LearningHistory(sample, null), parsed.GetValue(asOf), context),
                parsed.GetValue(horizon),
                new LoadOptions
                {
                    Columns = HistoryColumns.Features, MemoryBytes = parsed.GetValue(memory), Level = CommonOptions.LevelOf(parsed),
                },
                DatasetAccess.Reading(progress),
                progress.For<int>(_ => ("write", 0)),
                cancellation));
            StoreAccess.NoteExport(
                context, parsed.GetValue(store), CommonOptions.DefaultModels, "features", file, report.Customers);
            if (report.Sampled is { } sampled)
            {
                context.Console.Note(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"note: the base does not fit the memory; its typical rhythm was taken from {sampled:N0} customers"));
            }

            context.Console.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{report.Customers:N0} customers, {report.Features} features as of {report.AsOf}: {file}"));
            return ExitCode.Done;
        });
    }
}
