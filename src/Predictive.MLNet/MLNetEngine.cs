using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Predictive.Learning;

namespace Predictive.MLNet;

/// <summary>
/// The learning engine over ML.NET: FastTree, FastTreeTweedie, FastForest, linear models and KMeans, tuned by AutoML.
/// Its payloads are what <c>mlContext.Model.Save</c> wrote. Stateless; safe to use from several threads.
/// </summary>
/// <remarks>
/// Training runs on one thread, because the model's bytes may not depend on the number of threads. <see cref="LearnerOptions.L1"/> and
/// <see cref="LearnerOptions.L2"/> are read by linear models only and <see cref="LearnerOptions.PenaltyFactors"/> by none: FastTree has no such penalty.
/// Validation rows and early stopping are not used: every round is trained.
/// </remarks>
public sealed class MLNetEngine : ILearningEngine
{
    /// <inheritdoc/>
    public string Name => LearningEngines.MLNet;

    /// <summary>Version of the Microsoft.ML package: its assemblies all say 1.0.0.</summary>
    public string Version =>
        typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+', '-')[0];

    /// <inheritdoc/>
    public string PayloadExtension => ".mlnet.zip";

    /// <inheritdoc/>
    public IReadOnlyList<LearnerKind> Learners { get; } = [LearnerKind.BoostedTrees, LearnerKind.Linear, LearnerKind.RandomForest];

    /// <inheritdoc/>
    public IPredictor TrainClassifier(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options with { Objective = Objective.Logistic }, progress, cancellation);
    }

    /// <inheritdoc/>
    public IPredictor TrainRegressor(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Train(data, options, progress, cancellation);
    }

    /// <inheritdoc/>
    public IClusterModel TrainClusterer(FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return Clusterer.Train(data, options, progress, cancellation);
    }

    /// <inheritdoc/>
    public SearchResult Search(TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return AutoMLSearch.Run(data, options, progress, cancellation);
    }

    /// <inheritdoc/>
    public IPredictor LoadPredictor(ReadOnlyMemory<byte> payload) => new MLNetPredictor(payload.ToArray());

    /// <inheritdoc/>
    public IClusterModel LoadClusterer(ReadOnlyMemory<byte> payload) => new MLNetClusters(payload.ToArray());

    private static MLNetPredictor Train(TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Check(data, options);
        cancellation.ThrowIfCancellationRequested();
        var context = new MLContext(options.Seed);
        Baseline baseline = Baseline.Of(data, options);
        byte[] payload;
        try
        {
            ITransformer model = Trainers.Create(context, options, baseline).Fit(Rows.Training(context, data, options.Objective, baseline));
            payload = ModelZip.Save(context, model, Rows.Empty(context, data.Features.Names).Schema);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            throw new LearningException($"ML.NET could not train: {e.Message}", e);
        }

        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new TrainingProgress(options.Trees, options.Trees));
        // The trained model is the loaded one, so that the two can never differ.
        return new MLNetPredictor(payload);
    }

    private static void Check(TrainingData data, LearnerOptions options)
    {
        int rows = data.Features.Rows;
        if (rows == 0 || data.Features.Columns == 0)
        {
            throw new LearningException(Text($"There are {rows} rows of {data.Features.Columns} features; expected at least one of each."));
        }

        if (data.Labels.Length != rows || (data.Weights is { } weights && weights.Length != rows))
        {
            throw new LearningException(Text($"{data.Labels.Length} labels and {data.Weights?.Length ?? rows} weights were given for {rows} rows; expected one per row."));
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
                throw new LearningException(Text($"The label of row {i} is {label}, outside the domain of {options.Objective}."));
            }
        }

        if (options.Objective == Objective.Logistic && Array.TrueForAll(data.Labels, l => l == data.Labels[0]))
        {
            throw new LearningException("Every label is the same; a classifier needs rows of both classes.");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
