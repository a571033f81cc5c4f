using System.Diagnostics;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>
/// What train, demo and worker share: every engine learns from the same snapshots; the better model out of time is published as champion
/// unless the gate holds it, the other as challenger.
/// </summary>
/// <param name="Runs">One per engine, the better first.</param>
/// <param name="Comparison">Null with one engine, or where no window was left to compare them on: then the one named first is published as
/// champion.</param>
/// <param name="LeftOut">Engines that could not train, and why; only where the caller allows it.</param>
public sealed record TrainRuns(IReadOnlyList<TrainRun> Runs, EngineComparison? Comparison, IReadOnlyList<string> LeftOut)
{
    /// <summary>The one that serves, or would if its grade allowed it.</summary>
    public TrainRun Best => Runs[0];

    /// <summary>Trains with every engine, compares, asks the gate, publishes.</summary>
    /// <param name="request">What to train.</param>
    /// <param name="progress">Where the stages are told.</param>
    /// <param name="cancellation">Ends early, with nothing published.</param>
    /// <exception cref="DatasetException">The data cannot be trained on.</exception>
    /// <exception cref="LearningException">An engine cannot train, and is not to be left out.</exception>
    /// <exception cref="StoreException">The lease was lost to another training, or the store fails.</exception>
    public static TrainRuns Execute(TrainRequest request, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        (
            TransactionHistory history, IReadOnlyList<ILearningEngine> engines, Func<ILearningEngine, TrainingOptions> options,
            string models, string name) = request;
        RefuseBlocking(history, options(engines[0]));
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        SharedTraining shared = options(engines[0]).Shared ?? new SharedTraining();
        var learned = new List<Learned>();
        var leftOut = new List<string>();
        foreach (ILearningEngine engine in engines)
        {
            string prefix = engines.Count > 1 ? $"{engine.Name}: " : "";
            TrainingOptions own = options(engine) with { Shared = shared };
            long start = Stopwatch.GetTimestamp();
            try
            {
                TrainedModels trained =
                    TrainingPipeline.Train(history, own, PrefixedProgress.Of(progress, prefix), cancellation);
                learned.Add(
                    new Learned(
                        own, Marked(trained, request), Stopwatch.GetElapsedTime(start).TotalSeconds));
            }
            catch (LearningException e) when (request.LeaveOut && engines.Count > 1 && (learned.Count > 0 || engine != engines[^1]))
            {
                leftOut.Add($"{engine.Name} was left out: {e.Message}");
            }
        }

        EngineComparison? comparison = learned.Count == 2
            ? EngineComparison.Of(
                learned[1].Options.Engine.Name, learned[1].Trained, learned[0].Options.Engine.Name, learned[0].Trained,
                learned[0].Options.Seed, learned[0].Options.Threads)
            : null;
        if (comparison is not null)
        {
            learned = [
                .. learned.Select(l => l with { Trained = With(l.Trained, $"Compared out of time, {comparison.Reason}.") })
                    .OrderBy(l => l.Options.Engine.Name == comparison.Better ? 0 : 1),
            ];
        }

        return new TrainRuns(Publish(request, learned, registry, progress, cancellation), comparison, leftOut);
    }

    private static List<TrainRun> Publish(
        TrainRequest request, List<Learned> learned, ModelRegistry registry, IProgress<PipelineProgress>? progress,
        CancellationToken cancellation)
    {
        string name = request.Name;
        ModelBundle? previous = Previous(registry, name);
        var bundles = new List<(Learned Learned, ModelBundle Bundle, double Seconds)>();
        foreach (Learned one in learned)
        {
            long start = Stopwatch.GetTimestamp();
            progress?.Report(new PipelineProgress("portraits and cut-offs", 0));
            ModelBundle bundle =
                BundleAssembler.Assemble(
                    request.History, one.Trained, one.Options, request.Rules, previous: previous, cancellation: cancellation);
            bundles.Add((one, bundle, Stopwatch.GetElapsedTime(start).TotalSeconds));
        }

        long judging = Stopwatch.GetTimestamp();
        GateBook book = GateBook.Read(request.Models, name);
        GateVerdict verdict = PromotionGate.Judge(
            request.History,
            request.Sample,
            bundles[0].Learned.Options,
            bundles[0].Bundle,
            bundles[0].Learned.Trained.Report.Grade,
            previous,
            registry.Aliases(name).Champion is { } serving ? registry.Twin(name, serving) : null,
            stamp => request.Engines.FirstOrDefault(e => e.Name == stamp.Name && e.Trainer == stamp.Trainer),
            book,
            request.Gate,
            progress,
            cancellation);
        double judged = Stopwatch.GetElapsedTime(judging).TotalSeconds;
        if (registry.Aliases(name) is { Champion: { } pinned } aliases && aliases.IsPinned(pinned))
        {
            verdict = verdict.Pinned(pinned);
        }

        // Where nothing serves yet a first version does, whatever it is worth: its grade says so.
        bool serves = !verdict.IsPinned
            && (request.Promotion == Promotion.Force || (request.Promotion == Promotion.Auto && (previous is null || !verdict.Holds)));

        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new PipelineProgress("publish", 0));
        request.Lease?.Confirm();
        int? before = registry.Aliases(name).Champion;
        AliasJournal? journal = TrainRecord.Journal(request, verdict);
        var runs = new List<TrainRun>();
        foreach (var (one, bundle, assemble) in bundles)
        {
            // The second best waits behind a best that serves; behind one that was held it is only kept.
            bool best = runs.Count == 0;
            PublishAs role = !serves ? PublishAs.Unaliased : best ? PublishAs.Champion : PublishAs.Challenger;
            long start = Stopwatch.GetTimestamp();
            var origin = new ModelProvenance(
                request.Actor, request.Cause, bundle.Manifest.TrainingData.Fingerprint, one.Options.Clock.GetUtcNow())
            {
                Job = request.Job,
            };
            ModelVersion version = registry.Publish(name, bundle.ToPackage(), role, journal, origin);
            var seconds = new Dictionary<string, double>
            {
                ["train"] = one.Seconds, ["assemble"] = assemble, ["gate"] = best ? judged : 0,
                ["publish"] = Stopwatch.GetElapsedTime(start).TotalSeconds,
            };
            if (best && verdict.Twin is { } twin)
            {
                registry.KeepTwin(version, KeptTwin.Of(twin, one.Options, request.History));
            }

            runs.Add(
                new TrainRun(one.Options.Engine, one.Trained, bundle, version, registry.Aliases(name), seconds, best ? verdict : null));
        }

        book = serves ? book.WithAccepted(verdict.Facts, verdict.Step) : book;
        book = !serves && verdict.Holds
            ? book.WithHeld(new HeldVersion(runs[0].Version.Version, runs[0].Bundle.Manifest.AsOf, verdict.Reasons))
            : book;
        book = book.WithDecided([.. runs.Select(r => r.Version.Version)]);
        book.Write(request.Models, name);
        TrainRecord.Note(request, runs, verdict, before);
        ExperimentNote.Add(request, runs, bundles[0].Learned.Options.Clock.GetUtcNow(), progress);
        return runs;
    }

    private static TrainedModels Marked(TrainedModels trained, TrainRequest request)
    {
        trained = request.Sample is null ? trained : trained with { Report = trained.Report with { Sample = request.Sample } };
        return request.Note is { } note ? With(trained, note) : trained;
    }

    private static TrainedModels With(TrainedModels trained, string note) =>
        trained with { Report = trained.Report with { Notes = [note, .. trained.Report.Notes] } };

    // What the check calls blocking would make a model of nonsense: times after today, amounts that are all zero, no purchase before the
    // as-of. Too few customers is left to the training, which knows how many it needs.
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
