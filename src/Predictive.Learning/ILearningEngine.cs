namespace Predictive.Learning;

/// <summary>
/// The one seam between the product and whatever learns: the built-in engine by default, or ML.NET.
/// An engine only trains: it turns arrays into models of this library, which score and explain whoever trained them (<c>Predictors</c>).
/// It knows no files, no clock and no customers.
/// </summary>
/// <remarks>
/// Every method is deterministic: same input and options (seed included), same model bytes, whatever the thread count.
/// Implementations are safe to call from several threads at once.
/// </remarks>
public interface ILearningEngine
{
    /// <summary>The name the command line and the manifest use: <c>built-in</c> or <c>mlnet</c>.</summary>
    string Name { get; }

    /// <summary>Version of the implementation, for the manifest.</summary>
    string Version { get; }

    /// <summary>
    /// Ending of the files that hold its models in its own format, with the dot: <c>.bin</c> = this library's payloads are its own format;
    /// anything else (<c>.mlnet.zip</c>) = its models come with an <see cref="IPredictor.Original"/> beside the payload.
    /// </summary>
    string PayloadExtension { get; }

    /// <summary>
    /// The trainers it has, the one used unless <see cref="LearnerOptions.Trainer"/> names another first among those of its learner.
    /// </summary>
    IReadOnlyList<EngineTrainer> Trainers { get; }

    /// <summary>Which of several trainers of boosted trees it was told to use; null where it has but one.</summary>
    string? Trainer => null;

    /// <summary>Learns P(label = 1); labels are 0 or 1.</summary>
    /// <exception cref="LearningException">The data cannot be learned from (no rows, one class, a label outside {0, 1}, ...).</exception>
    IPredictor TrainClassifier(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default);

    /// <summary>Learns E[label] under <see cref="LearnerOptions.Objective"/>.</summary>
    /// <exception cref="LearningException">As for the classifier; or a label outside the objective's domain.</exception>
    IPredictor TrainRegressor(
        TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default);

    /// <summary>Groups rows by k-means. No missing values; columns are expected on comparable scales.</summary>
    IClusterModel TrainClusterer(
        FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default);

    /// <summary>Searches learners and settings within a budget, by grouped cross-validation on <paramref name="data"/>.</summary>
    SearchResult Search(
        TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null, CancellationToken cancellation = default);
}

/// <summary>One of an engine's trainers.</summary>
/// <param name="Name">As options, leaderboards and manifests name it, such as <c>boosting</c> or <c>lightgbm</c>.</param>
/// <param name="Learner">What it learns.</param>
/// <param name="Objectives">What it can minimise.</param>
/// <param name="Penalised">Whether it reads <see cref="LearnerOptions.L2"/>: a search leaves that setting alone where it does not.</param>
public sealed record EngineTrainer(string Name, LearnerKind Learner, IReadOnlyList<Objective> Objectives, bool Penalised = true);

/// <summary>A trained classifier or regressor. Immutable; safe to use from several threads.</summary>
public interface IPredictor
{
    /// <summary>The features it reads, in the order a row gives them.</summary>
    IReadOnlyList<string> FeatureNames { get; }

    /// <summary>
    /// One prediction per row: a probability in (0, 1) for a classifier, an expected value for a regressor.
    /// Bit for bit what <see cref="Predict(ReadOnlySpan{float})"/> gives for each row.
    /// </summary>
    /// <param name="data">Its columns must be <see cref="FeatureNames"/>, in that order.</param>
    /// <param name="output">One slot per row.</param>
    void Predict(FeatureMatrix data, Span<double> output);

    /// <summary>The prediction for one row, in <see cref="FeatureNames"/> order; allocates nothing in the built-in engine.</summary>
    double Predict(ReadOnlySpan<float> row);

    /// <summary>
    /// Additive contributions on the raw scale (log-odds for a classifier, the link scale for a regressor):
    /// one per feature, then the base value last; they sum to the raw score. Exact TreeSHAP for trees (Lundberg et al. 2018),
    /// coefficient × (value − mean) for linear models.
    /// </summary>
    /// <param name="row">In <see cref="FeatureNames"/> order.</param>
    /// <param name="contributions">Length: features + 1.</param>
    void Explain(ReadOnlySpan<float> row, Span<double> contributions);

    /// <summary>
    /// The contributions of many rows, bit for bit what <see cref="Explain(ReadOnlySpan{float}, Span{double})"/> gives for each; an engine
    /// may do them faster together.
    /// </summary>
    /// <param name="rows">Row-major, <see cref="FeatureNames"/> in each row.</param>
    /// <param name="contributions">Row-major; length per row: features + 1.</param>
    void ExplainRows(ReadOnlySpan<float> rows, Span<double> contributions)
    {
        int width = FeatureNames.Count;
        for (int i = 0; i * (width + 1) < contributions.Length; i++)
        {
            Explain(rows.Slice(i * width, width), contributions.Slice(i * (width + 1), width + 1));
        }
    }

    /// <summary>
    /// Importance per feature (total gain for trees, |standardised coefficient| for linear), in <see cref="FeatureNames"/> order, summing
    /// to 1.
    /// </summary>
    IReadOnlyList<double> Importance { get; }

    /// <summary>Writes the payload <c>Predictors.Load</c> reads.</summary>
    void Save(Stream stream);

    /// <summary>
    /// The same model as the library that trained it saves it, for that library's tools; empty where there is none. No part of the payload:
    /// a loaded predictor has none.
    /// </summary>
    ReadOnlyMemory<byte> Original => default;
}

/// <summary>Trained k-means clusters. Immutable; safe to use from several threads.</summary>
public interface IClusterModel
{
    /// <summary>The features it reads, in row order.</summary>
    IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Number of clusters.</summary>
    int Clusters { get; }

    /// <summary>Centre of a cluster, one value per feature, on the scale of the training data.</summary>
    IReadOnlyList<float> Centre(int cluster);

    /// <summary>Sum of squared distances of the training rows to their centres.</summary>
    double Inertia { get; }

    /// <summary>The nearest cluster of a row (the lowest index on a tie) and its squared Euclidean distance.</summary>
    int Assign(ReadOnlySpan<float> row, out double squaredDistance);

    /// <summary>The nearest cluster of every row; bit for bit what <see cref="Assign(ReadOnlySpan{float}, out double)"/> gives.</summary>
    void Assign(FeatureMatrix data, Span<int> clusters);

    /// <summary>Writes the payload <see cref="Clustering.KMeansModel.Load"/> reads.</summary>
    void Save(Stream stream);

    /// <summary>As <see cref="IPredictor.Original"/>.</summary>
    ReadOnlyMemory<byte> Original => default;
}

/// <summary>The learners an engine may offer.</summary>
public enum LearnerKind
{
    /// <summary>Gradient-boosted decision trees.</summary>
    BoostedTrees,

    /// <summary>L2/L1-regularised logistic or ridge regression on standardised features.</summary>
    Linear,

    /// <summary>Random forest.</summary>
    RandomForest,
}

/// <summary>What a regressor minimises, and so what its prediction means.</summary>
public enum Objective
{
    /// <summary>Log loss; the prediction is a probability. The only objective of classifiers.</summary>
    Logistic,

    /// <summary>Squared error; the prediction is a conditional mean.</summary>
    Squared,

    /// <summary>Tweedie deviance with log link (labels ≥ 0, many exactly 0); the prediction is a conditional mean.</summary>
    Tweedie,

    /// <summary>Poisson deviance with log link (counts).</summary>
    Poisson,

    /// <summary>Gamma deviance with log link (labels &gt; 0).</summary>
    Gamma,

    /// <summary>Pinball loss at <see cref="LearnerOptions.Quantile"/>; the prediction is that conditional quantile.</summary>
    Quantile,

    /// <summary>Huber loss.</summary>
    Huber,
}

/// <summary>Rows to learn from. Nothing is copied.</summary>
/// <param name="Features">Rows × features.</param>
/// <param name="Labels">One per row.</param>
/// <param name="Weights">One per row, ≥ 0; null = 1 each.</param>
/// <param name="Groups">Rows of one group (one customer's snapshots) never fall on both sides of a split; null = every row its own.</param>
public sealed record TrainingData(FeatureMatrix Features, float[] Labels, float[]? Weights = null, int[]? Groups = null)
{
    /// <summary>Rows that stop the training early when they stop improving; null = train every round.</summary>
    public TrainingData? Validation { get; init; }
}

/// <summary>
/// Settings every engine understands; an engine-specific setting has no place here. Defaults suit some ten thousand rows.
/// </summary>
public sealed record LearnerOptions
{
    /// <summary>Which learner. Default: boosted trees.</summary>
    public LearnerKind Learner { get; init; } = LearnerKind.BoostedTrees;

    /// <summary>
    /// Which of the engine's trainers for that learner, by <see cref="EngineTrainer.Name"/>; null = the engine's first. Default null.
    /// </summary>
    public string? Trainer { get; init; }

    /// <summary>What a regressor minimises. Default: squared error. Classifiers are always logistic.</summary>
    public Objective Objective { get; init; } = Objective.Squared;

    /// <summary>Boosting rounds, or trees of a forest, 1–100 000. Default 100.</summary>
    public int Trees { get; init; } = 100;

    /// <summary>Leaves per tree, 2–1024. Default 16.</summary>
    public int Leaves { get; init; } = 16;

    /// <summary>Shrinkage per round, (0, 1]. Default 0.05.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Fewest rows in a leaf, ≥ 1. Default 20.</summary>
    public int MinRowsPerLeaf { get; init; } = 20;

    /// <summary>Share of rows drawn for each tree, (0, 1]. Default 1.</summary>
    public double RowSampling { get; init; } = 1;

    /// <summary>Share of features drawn for each tree, (0, 1]. Default 1.</summary>
    public double FeatureSampling { get; init; } = 1;

    /// <summary>
    /// L2 penalty: on leaf values for trees, on standardised coefficients for linear models (per total weight 1). Default 1.
    /// </summary>
    public double L2 { get; init; } = 1;

    /// <summary>L1 penalty, same scales. Default 0.</summary>
    public double L1 { get; init; }

    /// <summary>Variance power of <see cref="Objective.Tweedie"/>, (1, 2). Default 1.5.</summary>
    public double TweediePower { get; init; } = 1.5;

    /// <summary>Level of <see cref="Objective.Quantile"/>, (0, 1). Default 0.5.</summary>
    public double Quantile { get; init; } = 0.5;

    /// <summary>
    /// Rounds without improvement on the validation rows before stopping; 0 = never. Default 50. Without validation rows: unused.
    /// </summary>
    public int EarlyStoppingRounds { get; init; } = 50;

    /// <summary>
    /// Features penalised apart: linear models multiply their L2 penalty by this factor; trees ignore it. Null = 1 for all.
    /// </summary>
    public IReadOnlyDictionary<string, double>? PenaltyFactors { get; init; }

    /// <summary>Seed of every random draw. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads; 0 = one per core. The model's bytes do not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>Settings of the clusterer.</summary>
public sealed record ClustererOptions
{
    /// <summary>Number of clusters, 1–1000. Default 6.</summary>
    public int Clusters { get; init; } = 6;

    /// <summary>Independent k-means++ starts; the lowest inertia wins. Default 10.</summary>
    public int Starts { get; init; } = 10;

    /// <summary>Most Lloyd iterations per start. Default 100.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Seed of the starts. Default 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>Budget and aim of a search over learners and settings.</summary>
public sealed record SearchOptions
{
    /// <summary>
    /// True: a classifier judged by log loss; false: a regressor judged by <see cref="LearnerOptions.Objective"/>'s loss.
    /// </summary>
    public bool Classification { get; init; } = true;

    /// <summary>Objective of a regressor.</summary>
    public Objective Objective { get; init; } = Objective.Squared;

    /// <summary>Wall-clock budget; null = no limit. The result then depends on the machine's speed.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Most trials; null = no limit. One of the two must be set. Same trials, same seed: same result.</summary>
    public int? Trials { get; init; }

    /// <summary>Folds of the cross-validation. Default 4.</summary>
    public int Folds { get; init; } = 4;

    /// <summary>Seed of folds and proposals. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The clock the budget is measured by. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>One trial of a search.</summary>
/// <param name="Number">1, 2, 3 ... in the order tried.</param>
/// <param name="Options">What was tried.</param>
/// <param name="Loss">Mean validation loss; lower is better.</param>
/// <param name="Seconds">Time it took.</param>
/// <param name="Best">The best so far, this one included.</param>
public sealed record SearchTrial(int Number, LearnerOptions Options, double Loss, double Seconds, bool Best);

/// <summary>Outcome of a search: every trial, best first (ties: the earlier).</summary>
/// <param name="Leaderboard">At least one trial.</param>
public sealed record SearchResult(IReadOnlyList<SearchTrial> Leaderboard)
{
    /// <summary>Settings of the best trial.</summary>
    public LearnerOptions Best => Leaderboard[0].Options;
}

/// <summary>How far a training is.</summary>
/// <param name="Done">Rounds (or starts) done.</param>
/// <param name="Total">Rounds (or starts) at the most.</param>
public readonly record struct TrainingProgress(int Done, int Total);

/// <summary>
/// The data cannot be learned from, an option is out of range, or a payload is damaged. The message says what was found and expected.
/// </summary>
public sealed class LearningException : Exception
{
    /// <summary>With the message a user reads.</summary>
    public LearningException(string message)
        : base(message)
    {
    }

    /// <summary>With the message a user reads, and the cause.</summary>
    public LearningException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
