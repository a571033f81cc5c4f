using Predictive.Acting.Campaigns;
using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Reports.Documents;
using Predictive.Reports.Narrative;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;
using Predictive.Store;
using Predictive.Training;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive report DIR [--compare last-month] [--language en|zh] [--out report.html|.md|.xlsx|.pdf]</c>: what happened, why, what will
/// happen, who is at risk, what was done, what to do, what to doubt. With <c>--quarter</c>, the review of a quarter.
/// </summary>
internal static class ReportVerb
{
    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "report", "Writes the report of a period from the figures alone: what happened, why, what will happen, who is at risk, what to "
                + "do. With --quarter: the review of a quarter, with cut-offs to approve.");
        MetricsVerbBase.Arguments arguments = MetricsVerbBase.AddTo(command);
        Option<string> compare = new("--compare")
        {
            Description = "last-month, last-quarter; a month, quarter or year such as 2011-06, 2011-Q2; a day: the days since it "
                + "against as many before.",
            HelpName = "PERIOD", DefaultValueFactory = _ => NarrativePeriods.Standard,
        };
        var language = new Option<string>("--language")
        {
            Description = "Language of the report.", HelpName = "en|zh", DefaultValueFactory = _ => "en",
        };
        var file = new Option<string?>("--out")
        {
            Description = "Where it is written; a PDF needs Chromium. Default: Markdown on standard output.",
            HelpName = "FILE.html|md|xlsx|pdf",
        };
        var anonymous = new Option<bool>("--no-customers") { Description = "Name no single customer." };
        Option<int> seed = CommonOptions.Seed();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        foreach (Option option in new Option[] { compare, language, file, anonymous, seed, store, json })
        {
            command.Add(option);
        }

        ReportVerbReview.Options review = ReportVerbReview.AddTo(command);
        return command.Does(context, (parsed, cancellation) =>
        {
            ReportWords words = ReportWords.Find(parsed.GetValue(language)) ?? throw new RefusedInputException(
                $"--language is '{parsed.GetValue(language)}'; expected en or zh.");
            if (parsed.GetValue(file) is { } named)
            {
                DocumentFiles.CheckEnding(named);
            }

            MetricsVerbBase of = MetricsVerbBase.Open(arguments, parsed, context, cancellation);
            string place = StoreAccess.Location(parsed.GetValue(store), parsed.GetRequiredValue(arguments.Models));
            // Only a store that is there is looked at: a report makes none.
            StoreDatabase? database = parsed.GetValue(store) is not null || StoreDatabase.Exists(place)
                ? StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(arguments.Models))
                : null;
            string path = parsed.GetRequiredValue(arguments.Dataset);
            if (ReportVerbReview.IsAsked(review, parsed))
            {
                return ReportVerbReview.Run(
                    review, parsed, context, of, database, words, path, parsed.GetValue(file), parsed.GetValue(json),
                    !parsed.GetValue(anonymous), cancellation);
            }

            // Refused before everything is looked over.
            _ = NarrativePeriods.Of(of.Base, parsed.GetRequiredValue(compare));
            NarrativeReport report = CampaignResults.AddTo(NarrativeBuilder.Build(new NarrativeInput
            {
                Base = of.Base,
                Scored = of.Scorer is null ? null : (of.Scorer, of.Scores!.Value),
                Findings = Check(
                    context, path,
                    NarrativeBuilder.CheckOf(of.Base) with
                    {
                        MinimumCustomers = DataNeeds.Customers, Level = CommonOptions.LevelOf(parsed),
                    },
                    cancellation),
                Compare = parsed.GetRequiredValue(compare),
                Seed = parsed.GetValue(seed),
                WithCustomers = !parsed.GetValue(anonymous),
            }, cancellation), database);
            Write(context, () => NarrativeDocument.Of(report, words), report, parsed.GetValue(file), parsed.GetValue(json));
            return ExitCode.Done;
        });
    }

    /// <summary>Writes a report where it was asked for.</summary>
    public static void Write(VerbContext context, Func<ReportDocument> document, object figures, string? file, bool json)
    {
        if (file is not null)
        {
            DocumentFiles.WriteAsync(document(), file).GetAwaiter().GetResult();
            context.Console.Note($"report written to {file}");
        }

        if (json)
        {
            context.Console.WriteJson(figures);
        }
        else if (file is null)
        {
            context.Console.Out.Write(DocumentMarkdown.Of(document()));
        }
    }

    private static IReadOnlyList<Finding> Check(
        VerbContext context, string path, CheckOptions options, CancellationToken cancellation) => WorkProgress.Run(
        context.Console,
        progress => DatasetCheck.Run(path, options, progress.For<double>(p => ("check", p)), cancellation).Findings);
}
