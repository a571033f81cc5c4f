using System.CommandLine;
using System.Text.Json;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.Training;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive up FILE|DIR</c>: from a shop's file to a served, judged model: import → check → judge → train → publish → serve.
/// </summary>
internal static class UpVerb
{
    private static readonly string[] s_dataFiles = ["*.csv", "*.csv.gz", "*.tsv", "*.tsv.gz", "*.txt", "*.zip", "*.xlsx"];

    public static Command Create(VerbContext context)
    {
        var file = new Argument<string[]>("FILE|DIR")
        {
            Description = "A file that import takes, a folder of such files, or a dataset.", Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "Dataset folder to write. Default: the file's name with -dataset, in the current folder.", HelpName = "DIR",
        };
        var noServe = new Option<bool>("--no-serve") { Description = "Stop before the host." };
        var command = new Command("up", "Any shop's file to a served, judged model in one command.") { file, output };
        ImportFlags flags = ImportFlags.AddTo(command);
        SettingFlags settings = SettingFlags.AddTo(command, SettingUse.Up);
        command.Add(noServe);
        return command.Does(context, (parsed, cancellation) =>
        {
            SettingValues values = settings.Read(parsed, context);
            WorkerTimes.Of(values, context.Clock);
            string[] named = parsed.GetRequiredValue(file);
            string dataset = named is [var one] && IsDataset(one)
                ? one
                : Import(context, flags, parsed, [.. named.SelectMany(Files)], parsed.GetValue(output) ?? OutputOf(named[0]), cancellation);
            // From here on it is what demo does, on this dataset.
            return Check(context, dataset, values, cancellation)
                ? DemoVerb.Run(context, values, dataset, parsed.GetValue(noServe), cancellation)
                : Task.FromResult(ExitCode.Refused);
        });
    }

    private static bool IsDataset(string path) => Directory.Exists(path)
        && (File.Exists(Path.Combine(path, "transactions.parquet")) || Directory.Exists(Path.Combine(path, "transactions")));

    /// <summary>The files of a folder that is no dataset, in order; of anything else, itself.</summary>
    private static IEnumerable<string> Files(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        string[] files =
        [.. s_dataFiles.SelectMany(p => Directory.EnumerateFiles(path, p)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files
            : Directory.EnumerateFiles(path, "*.parquet", SearchOption.AllDirectories).Any() ? [path]
            : throw new RefusedInputException(
                $"'{path}' holds no dataset and no file that could become one; expected {string.Join(", ", s_dataFiles)} or "
                    + "Parquet files.");
    }

    private static string OutputOf(string first)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(first));
        int dot = name.IndexOf('.', 1);
        return (dot > 0 ? name[..dot] : name) + "-dataset";
    }

    private static string Import(
        VerbContext context, ImportFlags flags, ParseResult parsed, string[] files, string output, CancellationToken cancellation)
    {
        ImportOptions options = flags.Options(parsed, files, output);
        UserConsole console = context.Console;
        if (options.Existing == ExistingData.Refuse && files.Length == 1 && ReportOf(output) is { } before && before == HashOf(files[0]))
        {
            console.Line($"{files[0]} was imported to {output} before; that dataset is used. --overwrite imports it again.");
            return output;
        }

        ImportReport report = ImportVerb.Run(context, ImportFlags.Settle(console, options, quiet: false), cancellation);
        console.Line();
        console.Heading("Imported");
        ImportVerb.Show(console, report, output);
        console.Line();
        return output;
    }

    /// <summary>The hash of the file a dataset was made of; null where there is none.</summary>
    private static string? ReportOf(string dataset)
    {
        string report = Path.Combine(dataset, CsvImport.ReportFile);
        if (!File.Exists(report))
        {
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(report));
        return document.RootElement.TryGetProperty("sourceSha256", out JsonElement sha) ? sha.GetString() : null;
    }

    private static string? HashOf(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        using FileStream content = File.OpenRead(file);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
    }

    private static bool Check(VerbContext context, string dataset, SettingValues values, CancellationToken cancellation)
    {
        CheckReport report = WorkProgress.Run(context.Console, progress => DatasetCheck.Run(
            dataset,
            new CheckOptions
            {
                Today = DefaultAsOf.TodayOf(DatasetFolder.Open(dataset).Description, context.Clock.GetUtcNow()),
                HorizonDays = values.Get(Settings.Horizon),
                Level = values.FindValue(Settings.Level),
                MinimumCustomers = DataNeeds.Customers,
            },
            progress.For<double>(p => ("check", p)),
            cancellation));
        context.Console.Heading("Checked");
        CheckVerb.Show(context.Console, report);
        context.Console.Line();
        return report.Usable;
    }
}
