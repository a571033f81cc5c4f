using System.Diagnostics;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Segmentation.Registry;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Training.Assembly;
using Predictive.Segmentation.Models;

namespace Predictive.Cli.Verbs;

/// <summary>What train, demo and worker share: learn from a history, put everything into one zip, publish it.</summary>
internal sealed record TrainRun(TrainedModels Trained, ModelBundle Bundle, ModelVersion Version, ModelAliases Aliases, IReadOnlyDictionary<string, double> Seconds)
{
    public bool Serves => Aliases.Champion == Version.Version;

    public static TrainRun Execute(
        TransactionHistory history,
        TrainingOptions options,
        string models,
        string name,
        WorkProgress progress,
        CancellationToken cancellation,
        string? note = null)
    {
        RefuseBlocking(history, options);
        var registry = new ModelRegistry(models);
        long start = Stopwatch.GetTimestamp();
        TrainedModels trained = TrainingPipeline.Train(history, options, progress.For<PipelineProgress>(p => (p.Stage, p.Done)), cancellation);
        trained = note is null ? trained : trained with { Report = trained.Report with { Notes = [note, .. trained.Report.Notes] } };
        double train = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        progress.Report("portraits and cut-offs", 0);
        ModelBundle bundle = BundleAssembler.Assemble(history, trained, options, previous: Previous(registry, name), cancellation: cancellation);
        double assemble = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cancellation.ThrowIfCancellationRequested();
        start = Stopwatch.GetTimestamp();
        progress.Report("publish", 0);
        ModelVersion version = registry.Publish(name, bundle.ToPackage());
        return new TrainRun(trained, bundle, version, registry.Aliases(name), new Dictionary<string, double>
        {
            ["train"] = train,
            ["assemble"] = assemble,
            ["publish"] = Stopwatch.GetElapsedTime(start).TotalSeconds,
        });
    }

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
            return ModelBundle.Load(registry.Load(registry.Resolve(name)), Engines.All);
        }
        catch (ModelPackageException)
        {
            return null;
        }
    }
}
