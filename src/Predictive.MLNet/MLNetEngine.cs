using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Predictive.Learning;
using Predictive.Learning.Tuning;
using Predictive.MLNet.Data;
using Predictive.MLNet.Models;

namespace Predictive.MLNet;

/// <summary>
/// The learning engine over ML.NET: FastTree, LightGBM, FastForest, logistic regression and KMeans. It trains; what it learned is handed
/// over to Learning's own models, which score and explain, with the file that <c>mlContext.Model.Save</c> wrote beside them. Stateless;
/// safe to use from several threads.
/// </summary>
/// <remarks>
/// <see cref="LearnerOptions.L1"/> and <see cref="LearnerOptions.L2"/> are read by LightGBM and logistic regression, and
/// <see cref="LearnerOptions.PenaltyFactors"/> by none. Validation rows and early stopping are not used: every round is trained.
/// <see cref="LearnerOptions.Threads"/> is not read: trees are grown on every core (LightGBM's of small tables on one), linear models and
/// clusters on one.
/// </remarks>
public sealed class MLNetEngine : ILearningEngine
{
    /// <summary><see cref="Name"/> of this engine.</summary>
    public const string EngineName = "mlnet";

    /// <summary>ML.NET's own boosted trees: the default.</summary>
    public const string FastTree = "fasttree";

    /// <summary>LightGBM, which needs its native library.</summary>
    public const string LightGbm = "lightgbm";

    /// <summary>An engine.</summary>
    /// <param name="trainer">What learns boosted trees where it can: <see cref="FastTree"/> (default) or <see cref="LightGbm"/>.</param>
    /// <exception cref="LearningException">There is no such trainer, or LightGBM's native library cannot be loaded on this
    /// machine.</exception>
    public MLNetEngine(string trainer = FastTree)
    {
        if (trainer is not (FastTree or LightGbm))
        {
            throw new LearningException($"The trainer is '{trainer}'; the engine '{EngineName}' has '{FastTree}' and '{LightGbm}'.");
        }

        if (trainer == LightGbm)
        {
            NativeLibraries.RequireLightGbm();
        }

        // LightGBM comes after FastTree unless it was asked for, and is left out where it cannot run: a search then goes without it.
        Trainers =
            [.. MLNetTrainers.All.Where(t => t.Name != LightGbm || NativeLibraries.LightGbmLoads).OrderBy(t => t.Name == trainer ? 0 : 1)];
        Trainer = trainer;
    }

    /// <inheritdoc/>
    public string Name => EngineName;

    /// <summary>Version of the Microsoft.ML package: its assemblies all say 1.0.0.</summary>
    public string Version =>
        typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+', '-')[0];

    /// <inheritdoc/>
    public string PayloadExtension => ".mlnet.zip";

    /// <inheritdoc/>
    public string Trainer { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EngineTrainer> Trainers { get; }

    /// <inheritdoc/>
    public IPredictor TrainClassifier(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options with { Objective = Objective.Logistic }, progress, cancellation);
    }

    /// <inheritdoc/>
    public IPredictor TrainRegressor(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options, progress, cancellation);
    }

    /// <inheritdoc/>
    public IClusterModel TrainClusterer(
        FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Clusterer.Train(data, options, progress, cancellation);
    }

    /// <inheritdoc/>
    public SearchResult Search(
        TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null, CancellationToken cancellation = default) =>
        LearnerSearch.Run(this, data, options, progress, cancellation);

    private IPredictor Train(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        string trainer = TrainerOf(options);
        Check(data, options);
        var context = new MLContext(options.Seed);
        Baseline baseline = trainer == FastTree ? Baseline.Of(data, options.Objective) : Baseline.None;
        IPredictor learned = Running("train", cancellation, () =>
        {
            ITransformer model = MLNetTrainers
                .Pipeline(context, trainer, options, baseline, (long)data.Features.Rows * data.Features.Columns)
                .Fit(Rows.Training(context, data, options.Objective, baseline));
            byte[] original = ModelZip.Save(context, model, Rows.Empty(context, data.Features.Names).Schema);
            return Conversion.Of(context, model, original, data, options, baseline);
        });
        progress?.Report(new TrainingProgress(options.Trees, options.Trees));
        return learned;
    }

    /// <summary>Runs ML.NET; what it throws becomes one sentence.</summary>
    internal static T Running<T>(string what, CancellationToken cancellation, Func<T> run)
    {
        cancellation.ThrowIfCancellationRequested();
        T result;
        try
        {
            result = run();
        }
        catch (Exception e) when (NativeLibraries.Missing(e) is { } library)
        {
            throw new LearningException(
                $"ML.NET's native library '{library}' cannot be loaded on this machine ({NativeLibraries.Machine}); use the engine "
                    + "'built-in'.",
                e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            throw new LearningException($"ML.NET could not {what}: {e.Message}", e);
        }

        cancellation.ThrowIfCancellationRequested();
        return result;
    }

    // The one named; else the first of the learner that minimises the objective.
    private string TrainerOf(LearnerOptions options)
    {
        EngineTrainer? found = Trainers.FirstOrDefault(
            t => t.Learner == options.Learner && t.Objectives.Contains(options.Objective) && (options.Trainer ?? t.Name) == t.Name);
        return found?.Name ?? throw new LearningException(
            $"The engine '{EngineName}' has no {options.Trainer ?? options.Learner.ToString()} for {options.Objective}; it has "
                + $"{string.Join("; ", Trainers.Select(t => $"{t.Name} for {string.Join(", ", t.Objectives)}"))}. Use one of those, or "
                + "the engine 'built-in'.");
    }

    private static void Check(TrainingData data, LearnerOptions options)
    {
        int rows = data.Features.Rows;
        if (rows == 0 || data.Features.Columns == 0)
        {
            throw new LearningException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"There are {rows} rows of {data.Features.Columns} features; expected at least one of each."));
        }

        if (data.Labels.Length != rows || (data.Weights is { } weights && weights.Length != rows))
        {
            throw new LearningException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{data.Labels.Length} labels and {data.Weights?.Length ?? rows} weights were given for {rows} rows; expected one "
                        + $"per row."));
        }

        for (int i = 0; i < rows; i++)
        {
            float label = data.Labels[i];
            bool fits = options.Objective switch
            {
                Objective.Logistic => label is 0 or 1,
                Objective.Gamma => label > 0 && float.IsFinite(label),
                Objective.Tweedie or Objective.Poisson => label >= 0 && float.IsFinite(label),
                _ => float.IsFinite(label),
            };
            if (!fits)
            {
                throw new LearningException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"The label of row {i} is {label}, outside the domain of {options.Objective}."));
            }
        }

        if (options.Objective == Objective.Logistic && Array.TrueForAll(data.Labels, l => l == data.Labels[0]))
        {
            throw new LearningException("Every label is the same; a classifier needs rows of both classes.");
        }
    }
}
