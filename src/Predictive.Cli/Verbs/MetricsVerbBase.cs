using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Cli.Verbs;

/// <summary>
/// How verbs that ask the catalogue open a base: its history at once; a version's scores, or rules fitted on the base, when a question
/// needs them.
/// </summary>
/// <param name="Base">What is asked.</param>
/// <param name="Scorer">The version; null = rules alone.</param>
/// <param name="Scores">Its scores, made when first asked for; null = no version.</param>
internal sealed record MetricsVerbBase(QueryBase Base, CustomerScorer? Scorer, Lazy<ScoreTable>? Scores)
{
    /// <summary>Adds the arguments.</summary>
    public static Arguments AddTo(Command command)
    {
        var arguments = new Arguments(
            CommonOptions.Dataset(), CommonOptions.AsOf(), CommonOptions.Models(), CommonOptions.Name(), CommonOptions.Version());
        command.Add(arguments.Dataset);
        command.Add(CommonOptions.Level());
        command.Add(arguments.AsOf);
        command.Add(arguments.Models);
        command.Add(arguments.Name);
        command.Add(arguments.Version);
        return arguments;
    }

    /// <summary>Opens it.</summary>
    public static MetricsVerbBase Open(Arguments arguments, ParseResult parsed, VerbContext context, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(arguments.Dataset);
        RuleOptions settings = SegmentsFile.For(path);
        CustomerScorer? scorer = ModelAccess.ScorerIfAny(parsed, arguments.Models, arguments.Name, arguments.Version, context);
        TransactionHistory history = WorkProgress.Run(
            context.Console, progress => DatasetAccess.Load(path, progress, cancellation, level: CommonOptions.LevelOf(parsed)));
        LocalTime asOf = DatasetAccess.AsOfFor(history, parsed.GetValue(arguments.AsOf), context);
        Lazy<ScoreTable>? scores = scorer is null
            ? null
            : new(() => WorkProgress.Run(context.Console, p => ModelAccess.ScoreAll(scorer, history, asOf, p, cancellation)));
        return new MetricsVerbBase(
            new QueryBase(
                history, asOf, () => Table(history, asOf, scores, settings, cancellation),
                scorer is null ? null : $"{scorer.Stamp.Name}/{scorer.Stamp.Version}", scorer?.Bundle.Manifest.HorizonDays),
            scorer, scores);
    }

    private static SegmentTable Table(
        TransactionHistory history, LocalTime asOf, Lazy<ScoreTable>? scores, RuleOptions settings, CancellationToken cancellation)
    {
        RuleBook book = scores is null ? RuleBook.Fit(history, asOf, settings) : scores.Value.Bundle.Rules;
        // A shop's own segments are those of the file now; the cut-offs are those in force.
        book = book with { Options = SegmentBase.WithOwn(book.Options, settings) };
        return scores is null
            ? SegmentTable.Build(history, book, asOf, cancellation: cancellation)
            : ScoredSegments.Build(scores.Value, book, cancellation);
    }

    /// <summary>The options.</summary>
    internal sealed record Arguments(
        Argument<string> Dataset, Option<string?> AsOf, Option<string> Models, Option<string> Name, Option<string> Version);
}
