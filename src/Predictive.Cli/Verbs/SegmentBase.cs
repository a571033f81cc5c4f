using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Cli.Verbs;

/// <summary>
/// What segment, portfolio and explain-segment share: the base under a version's rules and predictions where there is one, else under rules
/// fitted on the base itself; own segments always as segments.json has them now.
/// </summary>
/// <param name="Scorer">The version; null = rules alone.</param>
/// <param name="Settings">What segments.json says.</param>
/// <param name="History">The base.</param>
/// <param name="AsOf">The as-of.</param>
/// <param name="Book">Settings and cut-offs in force.</param>
internal sealed record SegmentBase(CustomerScorer? Scorer, RuleOptions Settings, TransactionHistory History, LocalTime AsOf, RuleBook Book)
{
    public static Arguments AddTo(Command command)
    {
        var arguments = new Arguments(
            CommonOptions.Dataset(), CommonOptions.AsOf(), CommonOptions.Models(), CommonOptions.Name(), CommonOptions.Version(),
            new Option<bool>("--fresh")
            {
                Description = "Fit all cut-offs anew from segments.json, instead of those in force in the model version.",
            },
            new Option<string?>("--segments")
            {
                Description = "Another file instead of the dataset's segments.json: to see what it would do before it is saved.",
                HelpName = "FILE",
            });
        command.Add(arguments.Dataset);
        foreach (Option option in new Option[]
        {
            CommonOptions.Level(), arguments.AsOf, arguments.Models, arguments.Name, arguments.Version, arguments.Fresh,
            arguments.Segments,
        })
        {
            command.Add(option);
        }

        return arguments;
    }

    /// <summary>Reads settings, version and data.</summary>
    public static SegmentBase Load(
        Arguments arguments, ParseResult parsed, VerbContext context, WorkProgress progress, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(arguments.Dataset);
        RuleOptions settings = parsed.GetValue(arguments.Segments) is { } file ? SegmentsFile.Read(file) : SegmentsFile.For(path);
        CustomerScorer? scorer = ModelAccess.ScorerIfAny(parsed, arguments.Models, arguments.Name, arguments.Version, context);
        TransactionHistory history = DatasetAccess.Load(path, progress, cancellation, level: CommonOptions.LevelOf(parsed));
        LocalTime asOf;
        if (parsed.GetValue(arguments.AsOf) is null && scorer?.Given is { } given)
        {
            asOf = given.AsOf;
            context.Console.Note(
                $"note: as of {asOf}, the one time that '{given.Source}', a model from outside, gave its scores for; --version with a "
                    + "trained version answers for now");
        }
        else
        {
            asOf = DatasetAccess.AsOfFor(history, parsed.GetValue(arguments.AsOf), context);
        }

        progress.Report("rules", 0);
        bool fresh = parsed.GetValue(arguments.Fresh);
        RuleBook book = scorer is null ? RuleBook.Fit(history, asOf, settings)
            : fresh ? ScoredSegments.Fit(ModelAccess.ScoreAll(scorer, history, asOf, progress, cancellation), settings)
            : scorer.Bundle.Rules;
        if (scorer is not null && !fresh && !SameRules(settings, book.Options))
        {
            context.Console.Note(
                $"note: segments.json says otherwise than {scorer.Stamp.Name}/{scorer.Stamp.Version} was trained with, and the version's "
                    + "cut-offs are in force; --fresh shows what the file would do, predictive train puts it in force");
        }

        foreach (string missing in new OwnModelReader(settings).MissingIn(history.Tables))
        {
            context.Console.Note($"note: {missing}");
        }

        book = book with { Options = book.Options.WithOwnOf(settings) };
        return new SegmentBase(scorer, settings, history, asOf, book);
    }

    /// <summary>The table at a time; at another than that of scores from outside by the version's rules alone, no predictions.</summary>
    public SegmentTable Table(LocalTime asOf, WorkProgress progress, CancellationToken cancellation)
    {
        MemoryLimit.Release();
        bool isForeign = Scorer?.Given is { } given && given.AsOf != asOf;
        SegmentTable table = Scorer is null || isForeign
            ? SegmentTable.Build(History, Book, asOf, cancellation: cancellation)
            : ScoredSegments.Build(ModelAccess.ScoreAll(Scorer, History, asOf, progress, cancellation), Book, cancellation);
        MemoryLimit.Release();
        return table;
    }

    private static bool SameRules(RuleOptions a, RuleOptions b) => a.WithOwnOf(b).ToJson() == b.ToJson();

    /// <summary>The options of the three verbs.</summary>
    internal sealed record Arguments(
        Argument<string> Dataset, Option<string?> AsOf, Option<string> Models, Option<string> Name, Option<string> Version,
        Option<bool> Fresh, Option<string?> Segments);
}
