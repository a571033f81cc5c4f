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
        // A shop's own segments are those of the file now; the cut-offs are those in force, at earlier times, too.
        var book = new Lazy<RuleBook>(() =>
        {
            RuleBook inForce = scorer is null ? RuleBook.Fit(history, asOf, settings) : scorer.Bundle.Rules;
            return inForce with { Options = inForce.Options.WithOwnOf(settings) };
        });
        return new MetricsVerbBase(At(asOf, scores), scorer, scores);

        QueryBase At(LocalTime time, Lazy<ScoreTable>? of)
        {
            SegmentTable Rules() => SegmentTable.Build(history, book.Value, time, cancellation: cancellation);
            return new QueryBase(
                history, time, of is null ? Rules : () => ScoredSegments.Build(of.Value, book.Value, cancellation),
                scorer is null ? null : $"{scorer.Stamp.Name}/{scorer.Stamp.Version}", scorer?.Bundle.Manifest.HorizonDays,
                of is null ? null : Rules)
            {
                Rules = scorer?.Bundle.Rules.Options ?? settings,
                At = earlier => At(earlier, scorer is null
                    ? null
                    : new(() => scorer.ScoreAll(history, earlier, cancellation: cancellation))),
            };
        }
    }

    /// <summary>The options.</summary>
    internal sealed record Arguments(
        Argument<string> Dataset, Option<string?> AsOf, Option<string> Models, Option<string> Name, Option<string> Version);
}
