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
                    CustomerScorer[] scorers = [.. versions.Zip(packages, (v, p) =>
                        new CustomerScorer(ModelBundle.Load(p), new ModelStamp(v.Name, v.Version)))];
                    LocalTime time = TimeOf(scorers, parsed.GetValue(asOf) is { } told
                        ? DatasetAccess.AsOfFor(history, told, context)
                        : null) ?? DatasetAccess.AsOfFor(history, null, context);
                    ScoreTable[] scores =
                        [.. scorers.Select(s => ModelAccess.ScoreAll(s, history, time, progress, cancellation))];
                    if (scorers.FirstOrDefault(s => s.Given is not null)?.Given is { } given)
                    {
                        context.Console.Note($"note: both are asked as of {given.AsOf}, the one time that '{given.Source}' answers for");
                    }

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

    /// <summary>When both can be asked: scores from outside answer for their one time alone, a trained version for any.</summary>
    /// <param name="scorers">The two.</param>
    /// <param name="told">The time that was asked for; null = none was.</param>
    /// <returns>It; null = any time will do.</returns>
    private static LocalTime? TimeOf(CustomerScorer[] scorers, LocalTime? told)
    {
        GivenScores[] given = [.. scorers.Select(s => s.Given).OfType<GivenScores>()];
        return given switch
        {
            [var a, var b] when a.AsOf != b.AsOf => throw new RefusedInputException(
                $"Both versions hold scores from outside, '{a.Source}' as of {a.AsOf} and '{b.Source}' as of {b.AsOf}: there is no time at "
                    + "which both say something of a customer. Compare either with a version that was trained here, or leave the dataset "
                    + "out."),
            [var a, ..] when told is { } asked && asked != a.AsOf => throw new RefusedInputException(
                $"--as-of is {asked}, and '{a.Source}', a model from outside, gave its scores as of {a.AsOf} alone. Leave --as-of out: "
                    + "both versions are then asked as of that time."),
            [var a, ..] => a.AsOf,
            _ => told,
        };
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
