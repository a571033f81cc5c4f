using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive at-risk DIR [--top 100] [--out FILE]</c>: who deserves the calls we can make.</summary>
internal static class AtRiskVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name(), version = CommonOptions.Version();
        var top = new Option<int>("--top") { Description = "Customers that can be contacted.", DefaultValueFactory = _ => 100 };
        var segment = new Option<string?>("--segment") { Description = "Only this RFM segment, lifecycle stage, tier, value-matrix cell or portrait." };
        var output = new Option<string?>("--out") { Description = "Write the list to a .csv, .xlsx or .json file.", HelpName = "FILE" };
        Option<bool> rawCells = CommonOptions.RawCells();
        Option<long?> memory = CommonOptions.Memory("is read in parts");
        Option<bool> json = CommonOptions.Json();
        var command = new Command("at-risk", "Customers by expected loss: churn probability × what they would spend if they stay, with reasons and a play.")
        {
            dataset, asOf, models, name, version, top, segment, output, rawCells, memory, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            if (parsed.GetValue(top) < 1)
            {
                throw new RefusedInputException($"--top is {parsed.GetValue(top)}; expected 1 or more.");
            }

            CustomerScorer scorer = ModelAccess.Scorer(parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), parsed.GetRequiredValue(version));
            (AsOf at, AtRiskList list) = WorkProgress.Run(context.Console, progress =>
            {
                (AsOf instant, IEnumerable<TransactionHistory> parts) = DatasetAccess.LoadToScore(parsed.GetRequiredValue(dataset), parsed.GetValue(asOf), parsed.GetValue(memory), progress, cancellation, context);
                return (instant, AtRisk.Rank(ModelAccess.ScoreParts(scorer, parts, instant, progress, cancellation), new AtRiskOptions { Capacity = parsed.GetValue(top), Segment = parsed.GetValue(segment) }));
            });
            if (parsed.GetValue(output) is { } file)
            {
                AtRiskFile.Write(list, file, parsed.GetValue(rawCells));
                context.Console.Note($"{list.Rows.Count} customers written to {file}");
            }

            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { AsOf = at.ToString(), Model = scorer.Stamp, List = list });
                return ExitCode.Done;
            }

            CultureInfo c = CultureInfo.InvariantCulture;
            context.Console.Heading(string.Create(c, $"{list.Rows.Count} of {list.Candidates:N0} customers, as of {at}, model {scorer.Stamp.Name}/{scorer.Stamp.Version}, next {scorer.Bundle.Manifest.HorizonDays} days"));
            context.Console.Write(AtRiskTable.Of(list.Rows));
            Table cutoffs = UserConsole.NewTable(">contacts", ">churners among them", ">bothered", ">churners caught", ">loss covered");
            foreach (AtRiskCutoff cut in list.Cutoffs)
            {
                cutoffs.AddRow(cut.Contacts.ToString("N0", c), cut.ExpectedChurners.ToString("N1", c), cut.Bothered.ToString("N1", c), cut.ChurnersCaught.ToString("P1", c), cut.LossCovered.ToString("P1", c));
            }

            context.Console.Write(cutoffs);
            return ExitCode.Done;
        });
    }
}
