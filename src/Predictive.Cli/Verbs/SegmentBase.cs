using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.History;
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
            arguments.AsOf, arguments.Models, arguments.Name, arguments.Version, arguments.Fresh, arguments.Segments,
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
        CustomerScorer? scorer = ScorerOf(arguments, parsed, context);
        TransactionHistory history = DatasetAccess.Load(path, progress, cancellation);
        LocalTime asOf = DatasetAccess.AsOfFor(history, parsed.GetValue(arguments.AsOf), context);
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

        book = book with { Options = WithOwn(book.Options, settings) };
        return new SegmentBase(scorer, settings, history, asOf, book);
    }

    /// <summary>The table at a time.</summary>
    public SegmentTable Table(LocalTime asOf, WorkProgress progress, CancellationToken cancellation) => Scorer is null
        ? SegmentTable.Build(History, Book, asOf, cancellation: cancellation)
        : ScoredSegments.Build(ModelAccess.ScoreAll(Scorer, History, asOf, progress, cancellation), Book, cancellation);

    private static CustomerScorer? ScorerOf(Arguments arguments, ParseResult parsed, VerbContext context)
    {
        string models = parsed.GetRequiredValue(arguments.Models), name = parsed.GetRequiredValue(arguments.Name);
        // A registry that was named must hold a version; the default one may not be there yet.
        bool named = parsed.GetResult(arguments.Models) is { Implicit: false } || parsed.GetResult(arguments.Name) is { Implicit: false };
        try
        {
            return ModelAccess.Scorer(models, name, parsed.GetRequiredValue(arguments.Version));
        }
        catch (ModelPackageException e) when (!named && !Directory.Exists(Path.Combine(models, name)))
        {
            context.Console.Note("note: no model version: rules alone, fitted on this base (predictive train adds predictions)");
            _ = e;
            return null;
        }
    }

    private static RuleOptions WithOwn(RuleOptions options, RuleOptions own) =>
        options with { Segments = own.Segments, Scores = own.Scores, Combined = own.Combined, Portfolio = own.Portfolio };

    private static bool SameRules(RuleOptions a, RuleOptions b) => WithOwn(a, b).ToJson() == b.ToJson();

    /// <summary>The options of the three verbs.</summary>
    internal sealed record Arguments(
        Argument<string> Dataset, Option<string?> AsOf, Option<string> Models, Option<string> Name, Option<string> Version,
        Option<bool> Fresh, Option<string?> Segments);
}
