using System.CommandLine;
using Predictive.Acting.Alerts;
using Predictive.Acting.Budgets;
using Predictive.Acting.Contacts;
using Predictive.Acting.Lists;
using Predictive.Acting.Standing;
using Predictive.Acting.Webhooks;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive init DIR</c>: writes the commented settings of a dataset: segments.json, and those of acting on it.
/// </summary>
internal static class InitVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the files that are there." };
        var command = new Command(
            "init",
            "Write the settings of the shop, commented, to be edited: segments.json (thresholds, plays, rules), alerts.json, "
                + "contacts.json, "
                + "lists.json, webhooks.json, budget.json, standing.json.")
        {
            dataset, overwrite,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string folder = DatasetFolder.Open(parsed.GetRequiredValue(dataset)).Root, file = SegmentsFile.PathIn(folder);
            (string Name, Action<string> Write)[] files =
            [
                (SegmentsFile.FileName, path => SegmentsFile.Write(path)),
                (AlertSettings.FileName, path => Text(path, AlertSettings.Standard)),
                (ContactSettings.FileName, path => Text(path, ContactSettings.Standard)),
                (ListSettings.FileName, path => Text(path, ListSettings.Standard)),
                (WebhookSettings.FileName, path => Text(path, WebhookSettings.Standard)),
                (BudgetSettings.FileName, path => Text(path, BudgetSettings.Standard)),
                (StandingSettings.FileName, path => Text(path, StandingSettings.Standard)),
            ];
            bool all = parsed.GetValue(overwrite);
            var missing = files.Where(f => all || !File.Exists(Path.Combine(folder, f.Name))).ToList();
            if (missing.Count == 0)
            {
                RuleOptions rules = SegmentsFile.Read(file);
                _ = (AlertSettings.For(folder, rules), ContactSettings.For(folder), ListSettings.For(folder),
                    WebhookSettings.For(folder), BudgetSettings.For(folder), StandingSettings.For(folder, rules));
                throw new RefusedInputException(
                    $"{file} and the files beside it are there already, and right; edit them, or replace them by the defaults with "
                        + "--overwrite.");
            }

            foreach ((string name, Action<string> write) in missing)
            {
                write(Path.Combine(folder, name));
                context.Console.Line($"{Path.Combine(folder, name)}: {Use(name)}");
            }

            return ExitCode.Done;
        });
    }

    private static string Use(string name) => name switch
    {
        AlertSettings.FileName => "rules that make alerts and tasks; predictive alerts evaluate, or the worker after each training",
        ContactSettings.FileName => "who may be contacted, and how often; predictive campaign create",
        ListSettings.FileName => "lists that arrive by mail or in a folder; predictive lists preview, or the worker",
        StandingSettings.FileName => "campaigns that are always on; predictive campaign standing run, or the worker",
        BudgetSettings.FileName => "what a budget is split by, assumed until it is measured; predictive campaign budget",
        WebhookSettings.FileName => "who hears of alerts; predictive alerts deliver, or the worker",
        _ => "edit it, see what it does with predictive segment, put it in force with predictive train",
    };

    private static void Text(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
