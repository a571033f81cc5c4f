using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Worker.Drift;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive drift DIR</c>: how far the base has moved from what a version learned, and what became of its predictions.
/// </summary>
internal static class DriftVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name(), version = CommonOptions.Version();
        Option<int> seed = CommonOptions.Seed(), top = CommonOptions.Top("Distributions to show.", 15);
        Option<long?> memory = CommonOptions.Memory("is refused: outcomes need the whole base");
        var publish = new Option<bool>("--publish") { Description = "Also write it beside the versions, where the host shows it." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "drift",
            "How far the base has moved from what a version learned, what became of its predictions, when it will be stale.")
        {
            dataset, CommonOptions.Level(), asOf, models, name, version, seed, top, memory, publish, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            var registry = new ModelRegistry(parsed.GetRequiredValue(models), SmokeTest.Admit);
            ModelVersion found = registry.Resolve(parsed.GetRequiredValue(name), parsed.GetRequiredValue(version));
            DriftDocument document = WorkProgress.Run(context.Console, progress =>
            {
                TransactionHistory history = DatasetAccess.Load(
                    parsed.GetRequiredValue(dataset), progress, cancellation, parsed.GetValue(memory), CommonOptions.LevelOf(parsed));
                return DriftLook.Run(
                    history, registry, found, DatasetAccess.AsOfFor(history, parsed.GetValue(asOf), context), parsed.GetValue(seed),
                    progress.Training(), cancellation);
            });
            if (parsed.GetValue(publish))
            {
                document.Write(registry.Root, found.Name);
            }

            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(document);
                return ExitCode.Done;
            }

            Show(context.Console, document, parsed.GetValue(top));
            return ExitCode.Done;
        });
    }

    private static void Show(UserConsole console, DriftDocument document, int top)
    {
        bool isGiven = document.Distributions.Count == 0;
        string verdict = isGiven
            ? document.Drifted ? "their days have passed" : "their days have not passed"
            : document.Drifted ? "drifted, a training is due" : "no training is due for it";
        console.Heading(
            $"{document.Model.Name}/{document.Model.Version}, {(isGiven ? "scores given" : "learned")} as of {document.TrainedAsOf}, "
                + $"looked at as of {document.AsOf}: {verdict}");
        foreach (string sentence in document.Words)
        {
            console.Line(sentence);
        }

        ShowDistributions(console, document, top);
        ShowOutcomes(console, document);
    }

    private static void ShowDistributions(UserConsole console, DriftDocument document, int top)
    {
        if (document.Distributions.Count == 0)
        {
            return;
        }

        CultureInfo c = CultureInfo.InvariantCulture;
        Table table = UserConsole.NewTable("distribution", ">PSI", ">chance", ">usual", ">KS", ">chance", "");
        foreach (DistributionDrift d in document.Distributions.Take(top))
        {
            table.AddRow(
                Markup.Escape(d.Name), d.Psi.ToString("0.0000", c), d.PsiBand.ToString("0.0000", c),
                d.Usual?.ToString("0.0000", c) ?? "", d.Ks.ToString("0.000", c), d.KsBand.ToString("0.000", c), d.Drifted ? "drifted" : "");
        }

        console.Write(table);
    }

    private static void ShowOutcomes(UserConsole console, DriftDocument document)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        if (document.Outcomes.Count == 0)
        {
            return;
        }

        Table outcomes = UserConsole.NewTable(
            ">version", "as of", ">age", ">customers", ">left exp.", ">left", ">spend exp.", ">spend", ">log loss", ">promised", ">ECE",
            ">Gini");
        foreach (OutcomeDrift o in document.Outcomes)
        {
            outcomes.AddRow(
                o.Version.ToString(c), o.AsOf, $"{o.AgeDays}d", o.Customers.ToString("N0", c), o.ChurnPredicted.ToString("P1", c),
                o.ChurnObserved.ToString("P1", c), o.SpendPredicted.ToString("N0", c), o.SpendObserved.ToString("N0", c),
                o.LogLoss.ToString("0.0000", c), o.LogLossPromised?.ToString("0.0000", c) ?? "", o.Ece.ToString("0.000", c),
                o.Gini.ToString("0.000", c));
        }

        console.Write(outcomes);
    }
}
