using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive export-features DIR [--labels] [--version N [--effects]] --out FILE.parquet|arrow|csv</c>: what the models see of each
/// customer, for who learns elsewhere.
/// </summary>
internal static class ExportFeaturesVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        dataset.Arity = ArgumentArity.ZeroOrOne;
        Option<string?> asOf = CommonOptions.AsOf();
        Option<int> horizon = CommonOptions.Horizon();
        var output = new Option<string>("--out")
        {
            Description = "The file to write, .parquet, .arrow or .csv: customer_id, then one column per feature.", HelpName = "FILE",
        };
        var labels = new Option<bool>("--labels")
        {
            Description =
                "Add what happened within the horizon: churned, net spend, orders, days to the next order. The data must reach that far.",
        };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        var version = new Option<string?>("--version")
        {
            Description =
                "Beside the base that this version was trained on, as it sees the customers at any as-of: a number, champion or "
                    + "challenger. Default: beside the base as of that time, as a training would.",
            HelpName = "N|champion",
        };
        var effects = new Option<bool>("--effects")
        {
            Description = "Add what each feature adds to the version's log-odds of churn: exact, they sum to its probability's.",
        };
        var dictionary = new Option<bool>("--dictionary")
        {
            Description = "Print what every feature means, as docs/features.md has it, instead of writing a file.",
        };
        Option<string?> store = StoreAccess.Store();
        Option<long?> memory = CommonOptions.Memory("is read range by range of customers, its typical rhythm taken from a sample");
        var command = new Command(
            "export-features",
            "Write the features that the models see of each customer, one row each.")
            {
                dataset, CommonOptions.Level(), asOf, horizon, labels, version, effects, models, name, output, store, memory, dictionary,
            };
        return command.Does(context, (parsed, cancellation) =>
        {
            if (parsed.GetValue(dictionary))
            {
                context.Console.Out.Write(FeatureDictionary.Markdown());
                return ExitCode.Done;
            }

            string path = parsed.GetValue(dataset)
                ?? throw new RefusedInputException("No dataset is named; expected predictive export-features DIR --out FILE.");
            string file = parsed.GetValue(output)
                ?? throw new RefusedInputException("--out is missing; expected a name that ends in .parquet, .arrow or .csv.");

            ModelBundle? of = parsed.GetValue(version) is { } wanted
                ? ModelAccess.Scorer(parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), wanted).Bundle
                : null;
            int days = of?.Manifest.HorizonDays ?? parsed.GetValue(horizon);
            CustomerLevel? level = CommonOptions.LevelOf(parsed);
            if (of is null && parsed.GetValue(effects))
            {
                throw new RefusedInputException("--effects are those of a version, and none is named; expected --version champion, or N.");
            }

            if (of is not null && parsed.GetResult(horizon) is { Implicit: false } && parsed.GetValue(horizon) != days)
            {
                throw new RefusedInputException(
                    $"--horizon is {parsed.GetValue(horizon)} days, and version {parsed.GetValue(version)} looks {days} days ahead; "
                        + "expected the same. Leave --horizon out.");
            }

            if (of is not null && level is not null && level != of.Manifest.CustomersAre)
            {
                throw new RefusedInputException(
                    $"--level is {LevelNames.Of(level.Value)}, and the customers of version {parsed.GetValue(version)} are "
                        + $"{LevelNames.Many(of.Manifest.CustomersAre)}; expected the same. Leave --level out.");
            }

            MemoryLimit.Set(parsed.GetValue(memory));
            var note = new ExportNote(context, parsed.GetValue(store), CommonOptions.DefaultModels);
            FeaturesFileReport report = WorkProgress.Run(context.Console, progress => FeaturesFile.Write(
                path,
                file,
                sample => DatasetAccess.AsOfFor(new LearningHistory(sample, null), parsed.GetValue(asOf), context),
                days,
                new LoadOptions
                {
                    Columns = HistoryColumns.Features, MemoryBytes = parsed.GetValue(memory), Level = level ?? of?.Manifest.CustomersAre,
                },
                DatasetAccess.Reading(progress),
                progress.For<int>(_ => ("write", 0)),
                cancellation,
                parsed.GetValue(labels),
                of is null ? null : VersionFeatures.Of(of, parsed.GetValue(effects))));
            note.Write("features", file, report.Customers);
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
                    $"{report.Customers:N0} customers, {report.Features} features as of {report.AsOf}"
                        + $"{(of is null ? "" : $", as the version as of {of.Manifest.AsOf} sees them")}: {file}"));
            return ExitCode.Done;
        });
    }
}
