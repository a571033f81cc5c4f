using System.Diagnostics;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Training.Assembly;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;

namespace Predictive.Cli.Verbs;

/// <summary>One engine's models, put into one zip and published.</summary>
internal sealed record TrainRun(
    ILearningEngine Engine, TrainedModels Trained, ModelBundle Bundle, ModelVersion Version, ModelAliases Aliases, IReadOnlyDictionary<string, double> Seconds)
{
    public bool Serves => Aliases.Champion == Version.Version;

    public bool Waits => Aliases.Challenger == Version.Version;
}

/// <summary>
/// What train, demo and worker share: every engine learns from the same snapshots; the better model out of time is published as champion (unless its grade
/// is D), the other as challenger.
/// </summary>
/// <param name="Runs">One per engine, the better first.</param>
/// <param name="Comparison">Null with one engine, or where no window was left to compare them on: then the one named first is published as champion.</param>
/// <param name="LeftOut">Engines that could not train, and why; only where the caller allows it.</param>
internal sealed record TrainRuns(IReadOnlyList<TrainRun> Runs, EngineComparison? Comparison, IReadOnlyList<string> LeftOut)
{
    /// <summary>The one that serves, or would if its grade allowed it.</summary>
    public TrainRun Best => Runs[0];

    /// <param name="history">To learn from.</param>
    /// <param name="engines">At least one; the first wins a tie.</param>
    /// <param name="options">Everything but the engine.</param>
    /// <param name="models">Folder of the registry.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="progress">Where the stages are told.</param>
    /// <param name="cancellation">Ends early, with nothing published.</param>
    /// <param name="note">First of the notes; null = none.</param>
    /// <param name="leaveOut">Whether an engine that cannot train is left out, as long as another can.</param>
    public static TrainRuns Execute(
        TransactionHistory history,
        IReadOnlyList<ILearningEngine> engines,
        Func<ILearningEngine, TrainingOptions> options,
        string models,
        string name,
        WorkProgress progress,
        CancellationToken cancellation,
        string? note = null,
        bool leaveOut = false)
    {
        RefuseBlocking(history, options(engines[0]));
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        var snapshots = new SharedSnapshots();
        var learned = new List<Learned>();
        var leftOut = new List<string>();
        foreach (ILearningEngine engine in engines)
        {
            string prefix = engines.Count > 1 ? $"{engine.Name}: " : "";
            TrainingOptions own = options(engine) with { Snapshots = snapshots };
            long start = Stopwatch.GetTimestamp();
            try
            {
                TrainedModels trained = TrainingPipeline.Train(history, own, progress.For<PipelineProgress>(p => (prefix + p.Stage, p.Done)), cancellation);
                learned.Add(new Learned(own, note is null ? trained : With(trained, note), Stopwatch.GetElapsedTime(start).TotalSeconds));
            }
            catch (LearningException e) when (leaveOut && engines.Count > 1 && (learned.Count > 0 || engine != engines[^1]))
            {
                leftOut.Add($"{engine.Name} was left out: {e.Message}");
            }
        }

        EngineComparison? comparison = learned.Count == 2
            ? EngineComparison.Of(learned[1].Options.Engine.Name, learned[1].Trained, learned[0].Options.Engine.Name, learned[0].Trained, learned[0].Options.Seed, learned[0].Options.Threads)
            : null;
        if (comparison is not null)
        {
            learned = [.. learned.Select(l => l with { Trained = With(l.Trained, $"Compared out of time, {comparison.Reason}.") }).OrderBy(l => l.Options.Engine.Name == comparison.Better ? 0 : 1)];
        }

        return new TrainRuns(Publish(history, learned, registry, name, progress, cancellation), comparison, leftOut);
    }

    private static List<TrainRun> Publish(
        TransactionHistory history, List<Learned> learned, ModelRegistry registry, string name, WorkProgress progress, CancellationToken cancellation)
    {
        ModelBundle? previous = Previous(registry, name);
        var bundles = new List<(Learned Learned, ModelBundle Bundle, double Seconds)>();
        foreach (Learned one in learned)
        {
            long start = Stopwatch.GetTimestamp();
            progress.Report("portraits and cut-offs", 0);
            ModelBundle bundle = BundleAssembler.Assemble(history, one.Trained, one.Options, previous: previous, cancellation: cancellation);
            bundles.Add((one, bundle, Stopwatch.GetElapsedTime(start).TotalSeconds));
        }

        cancellation.ThrowIfCancellationRequested();
        progress.Report("publish", 0);
        var runs = new List<TrainRun>();
        foreach (var (one, bundle, assemble) in bundles)
        {
            // The second best waits behind a best that serves; behind one that was refused by its grade it is only kept.
            PublishAs role = runs.Count == 0 ? PublishAs.ByGrade : runs[0].Serves ? PublishAs.Challenger : PublishAs.Unaliased;
            long start = Stopwatch.GetTimestamp();
            ModelVersion version = registry.Publish(name, bundle.ToPackage(), role);
            var seconds = new Dictionary<string, double> { ["train"] = one.Seconds, ["assemble"] = assemble, ["publish"] = Stopwatch.GetElapsedTime(start).TotalSeconds };
            runs.Add(new TrainRun(one.Options.Engine, one.Trained, bundle, version, registry.Aliases(name), seconds));
        }

        return runs;
    }

    private static TrainedModels With(TrainedModels trained, string note) => trained with { Report = trained.Report with { Notes = [note, .. trained.Report.Notes] } };

    // What the check calls blocking would make a model of nonsense: times after today, amounts that are all zero, no purchase before the as-of.
    // Too few customers is left to the training, which knows how many it needs.
    private static void RefuseBlocking(TransactionHistory history, TrainingOptions options)
    {
        Finding[] blocking = [.. DatasetCheck.Run(history, new CheckOptions
            {
                Today = DateOnly.FromDateTime(options.Clock.GetUtcNow().DateTime),
                AsOf = options.AsOf,
                HorizonDays = options.HorizonDays,
                MinimumCustomers = 1,
            }).Where(f => f.Severity == FindingSeverity.Blocking)];
        if (blocking.Length > 0)
        {
            throw new DatasetException(blocking);
        }
    }

    // Portrait ids stay stable against the champion; where there is none that can be read, they start afresh.
    private static ModelBundle? Previous(ModelRegistry registry, string name)
    {
        try
        {
            return ModelBundle.Load(registry.Load(registry.Resolve(name)));
        }
        catch (ModelPackageException)
        {
            return null;
        }
    }

    private sealed record Learned(TrainingOptions Options, TrainedModels Trained, double Seconds);
}
