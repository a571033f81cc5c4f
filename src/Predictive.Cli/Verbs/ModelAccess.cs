using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;

namespace Predictive.Cli.Verbs;

/// <summary>How verbs open model versions and score a base with them.</summary>
internal static class ModelAccess
{
    public static CustomerScorer Scorer(string models, string name, string version)
    {
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        ModelVersion found = registry.Resolve(name, version);
        return new CustomerScorer(ModelBundle.Load(registry.Load(found)), new ModelStamp(found.Name, found.Version));
    }

    /// <summary>The version asked for; null, and said, where none was named and there is none: rules alone then.</summary>
    /// <exception cref="ModelPackageException">One was named and is not there, or is damaged.</exception>
    public static CustomerScorer? ScorerIfAny(
        ParseResult parsed, Option<string> models, Option<string> name, Option<string> version, VerbContext context)
    {
        string folder = parsed.GetRequiredValue(models), model = parsed.GetRequiredValue(name);
        // A registry that was named must hold a version; the default one may not be there yet.
        bool named = parsed.GetResult(models) is { Implicit: false } || parsed.GetResult(name) is { Implicit: false };
        if (!named && !Directory.Exists(Path.Combine(folder, model)))
        {
            context.Console.Note("note: no model version: rules alone, fitted on this base (predictive train adds predictions)");
            return null;
        }

        return Scorer(folder, model, parsed.GetRequiredValue(version));
    }

    public static ScoreTable ScoreAll(
        CustomerScorer scorer, TransactionHistory history, LocalTime asOf, WorkProgress progress, CancellationToken cancellation) =>
        ScoreParts(scorer, [history], asOf, progress, cancellation).Single();

    public static IEnumerable<ScoreTable> ScoreParts(
        CustomerScorer scorer, IEnumerable<TransactionHistory> parts, LocalTime asOf, WorkProgress progress,
        CancellationToken cancellation) =>
        scorer.ScoreParts(
            parts, asOf, null, progress.For<ScoreProgress>(p => ("score", p.Total == 0 ? 1 : (double)p.Done / p.Total)), cancellation);
}
