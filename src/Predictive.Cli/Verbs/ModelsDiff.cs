using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive models diff A B [DIR]</c>: what changed between two versions, and of whom they say something else.</summary>
internal static class ModelsDiff
{
    public static Command Create(VerbContext context)
    {
        var first = new Argument<string>("A") { Description = "A version: a number, champion or challenger." };
        var second = new Argument<string>("B") { Description = "Another." };
        var dataset = new Argument<string?>("DIR")
        {
            Description = "A dataset whose customers both score. Default: nobody is scored.", Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> asOf = CommonOptions.AsOf();
        var output = new Option<string?>("--out")
        {
            Description = "Write who changes: .csv, .xlsx or .json.", HelpName = "FILE",
        };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "diff", "What changed between two versions: data, features, metrics, settings, cut-offs; and who changes band or segment.")
        {
            first, second, dataset, asOf, output, models, name, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string? data = parsed.GetValue(dataset);
            if (data is null && parsed.GetValue(output) is not null)
            {
                throw new RefusedInputException(
                    "--out needs a dataset whose customers both versions score: models diff A B DIR --out FILE.");
            }

            var registry = new ModelRegistry(parsed.GetRequiredValue(models), SmokeTest.Admit);
            ModelVersion[] versions =
                [.. new[] { first, second }.Select(v => registry.Resolve(parsed.GetRequiredValue(name), parsed.GetRequiredValue(v)))];
            ModelPackage[] packages = [.. versions.Select(registry.Load)];
            IReadOnlyList<VersionDifference> differences = VersionDiff.Of(packages[0], packages[1], ModelBundle.RulesEntry);
            IReadOnlyList<StateChange>? changes = null;
            if (data is not null)
            {
                changes = WorkProgress.Run(context.Console, progress =>
                {
                    TransactionHistory history = DatasetAccess.Load(data, progress, cancellation);
                    LocalTime time = DatasetAccess.AsOfFor(history, parsed.GetValue(asOf), context);
                    ScoreTable[] scores = [.. versions.Zip(packages, (v, p) => ModelAccess.ScoreAll(
                        new CustomerScorer(ModelBundle.Load(p), new ModelStamp(v.Name, v.Version)), history, time, progress,
                        cancellation))];
                    return StateChanges.Between(scores[0], scores[1]);
                });
                if (parsed.GetValue(output) is { } file)
                {
                    StateChanges.Write(changes, file);
                }
            }

            var counts = changes is null ? null : StateChanges.Count(changes);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    A = versions[0].Version, B = versions[1].Version, Origins = versions.Select(registry.Provenance),
                    Differences = differences,
                    Changes = counts?.Select(c => new { c.What, c.From, c.To, c.Customers }),
                });
                return ExitCode.Done;
            }

            Show(context.Console, versions, differences, counts);
            return ExitCode.Done;
        });
    }

    private static void Show(
        UserConsole console, ModelVersion[] versions, IReadOnlyList<VersionDifference> differences,
        IReadOnlyList<(string What, string? From, string? To, int Customers)>? counts)
    {
        console.Heading($"{versions[0].Name}: version {versions[0].Version} against {versions[1].Version}");
        Table table = UserConsole.NewTable("", "what", versions[0].Version.ToString(CultureInfo.InvariantCulture),
            versions[1].Version.ToString(CultureInfo.InvariantCulture));
        foreach (VersionDifference d in differences)
        {
            table.AddRow(d.Of, Markup.Escape(d.Name), Markup.Escape(Short(d.Before)), Markup.Escape(Short(d.After)));
        }

        console.Write(table);
        if (counts is null)
        {
            return;
        }

        Table moved = UserConsole.NewTable("what", "from", "to", ">customers");
        foreach (var (what, from, to, customers) in counts)
        {
            moved.AddRow(
                what, Markup.Escape(from ?? ""), Markup.Escape(to ?? ""), customers.ToString("N0", CultureInfo.InvariantCulture));
        }

        console.Write(moved);
    }

    private static string Short(string? text) => text is null ? "" : text.Length > 60 ? text[..57] + "..." : text;
}
