namespace Predictive.Learning.Boosting.Inputs;

/// <summary>
/// Settings of gradient-boosted trees. Immutable, comparable, each default beside its meaning; <see cref="Validate"/> reports every fault
/// at once.
/// </summary>
public sealed record BoostingOptions
{
    /// <summary>What is minimised, and so what a prediction means. Default: log loss.</summary>
    public Objective Objective { get; init; } = Objective.Logistic;

    /// <summary>Boosting rounds = trees, 1–100 000. Default 100.</summary>
    public int Trees { get; init; } = 100;

    /// <summary>Most leaves per tree, 2–4096; trees grow leaf by leaf, the largest gain first. Default 31.</summary>
    public int Leaves { get; init; } = 31;

    /// <summary>Most splits between root and leaf, 1–4096; 0 = no limit. Default 0.</summary>
    public int MaxDepth { get; init; }

    /// <summary>Shrinkage of each tree's values, (0, 1]. Default 0.1.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Most bins of a numeric feature's values, 2–255; missing values have one of their own. Default 255.</summary>
    public int MaxBins { get; init; } = 255;

    /// <summary>Fewest training rows in a leaf, ≥ 1. Default 20.</summary>
    public int MinRowsPerLeaf { get; init; } = 20;

    /// <summary>Least sum of hessians (weights included) in a leaf, ≥ 0. Default 0.001.</summary>
    public double MinHessianPerLeaf { get; init; } = 1e-3;

    /// <summary>Least gain (reduction of the regularised second-order loss) of a split, ≥ 0. Default 0.</summary>
    public double MinGain { get; init; }

    /// <summary>
    /// L2 penalty on leaf values, ≥ 0. Default 1: without it small, pure leaves overfit (0.001 of AUC, see the folder's README).
    /// </summary>
    public double L2 { get; init; } = 1;

    /// <summary>L1 penalty on leaf values, ≥ 0. Default 0.</summary>
    public double L1 { get; init; }

    /// <summary>Share of rows drawn, without replacement, for each tree, (0, 1]. Default 1.</summary>
    public double RowSampling { get; init; } = 1;

    /// <summary>Share of features drawn for each tree, (0, 1]; at least one. Default 1.</summary>
    public double FeatureSampling { get; init; } = 1;

    /// <summary>Variance power of <see cref="Objective.Tweedie"/>, (1, 2). Default 1.5.</summary>
    public double TweediePower { get; init; } = 1.5;

    /// <summary>Level of <see cref="Objective.Quantile"/>, (0, 1). Default 0.5.</summary>
    public double Quantile { get; init; } = 0.5;

    /// <summary>
    /// Residual size at which <see cref="Objective.Huber"/> turns from squared to absolute, &gt; 0, in label units. Default 1.
    /// </summary>
    public double HuberDelta { get; init; } = 1;

    /// <summary>
    /// Rounds without improvement on the validation rows before stopping; 0 = never. Default 50. Without validation rows: unused.
    /// </summary>
    public int EarlyStoppingRounds { get; init; } = 50;

    /// <summary>
    /// Per feature name: +1 = the prediction never falls as the feature grows, −1 = never rises. Null or unnamed = free. Numeric features
    /// only.
    /// </summary>
    public IReadOnlyDictionary<string, int>? MonotoneConstraints { get; init; }

    /// <summary>
    /// Names of features whose values are category codes (whole numbers in 0–16 777 215), split by subsets instead of thresholds.
    /// The 254 most frequent codes keep a bin each; rarer and unseen codes are treated as missing. Null = none.
    /// </summary>
    public IReadOnlyList<string>? CategoricalFeatures { get; init; }

    /// <summary>
    /// Added to the hessian when categories are ordered by gradient statistics, ≥ 0, so that rare ones stay near the middle. Default 10.
    /// </summary>
    public double CategorySmoothing { get; init; } = 10;

    /// <summary>Seed of every random draw (row and feature sampling, rounding of gradients). Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads; 0 = one per core. The model's bytes do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Checks every setting against <paramref name="featureNames"/> and throws once, naming all faults.</summary>
    /// <exception cref="LearningException">At least one setting is out of its range.</exception>
    public void Validate(IReadOnlyList<string> featureNames)
    {
        ArgumentNullException.ThrowIfNull(featureNames);
        var faults = new List<string>();
        Check(Enum.IsDefined(Objective), nameof(Objective), Objective, "a known objective");
        Check(Trees is >= 1 and <= 100_000, nameof(Trees), Trees, "1 to 100000");
        Check(Leaves is >= 2 and <= 4096, nameof(Leaves), Leaves, "2 to 4096");
        Check(MaxDepth is >= 0 and <= 4096, nameof(MaxDepth), MaxDepth, "0 (no limit) to 4096");
        Check(LearningRate is > 0 and <= 1, nameof(LearningRate), LearningRate, "above 0, at most 1");
        Check(MaxBins is >= 2 and <= 255, nameof(MaxBins), MaxBins, "2 to 255");
        Check(MinRowsPerLeaf >= 1, nameof(MinRowsPerLeaf), MinRowsPerLeaf, "at least 1");
        CheckNotNegative(MinHessianPerLeaf, nameof(MinHessianPerLeaf));
        CheckNotNegative(MinGain, nameof(MinGain));
        CheckNotNegative(L2, nameof(L2));
        CheckNotNegative(L1, nameof(L1));
        CheckNotNegative(CategorySmoothing, nameof(CategorySmoothing));
        Check(RowSampling is > 0 and <= 1, nameof(RowSampling), RowSampling, "above 0, at most 1");
        Check(FeatureSampling is > 0 and <= 1, nameof(FeatureSampling), FeatureSampling, "above 0, at most 1");
        Check(TweediePower is > 1 and < 2, nameof(TweediePower), TweediePower, "between 1 and 2, both excluded");
        Check(Quantile is > 0 and < 1, nameof(Quantile), Quantile, "between 0 and 1, both excluded");
        Check(HuberDelta > 0 && double.IsFinite(HuberDelta), nameof(HuberDelta), HuberDelta, "above 0");
        Check(EarlyStoppingRounds >= 0, nameof(EarlyStoppingRounds), EarlyStoppingRounds, "0 (never) or more");
        Check(Threads is >= 0 and <= 1024, nameof(Threads), Threads, "0 (one per core) to 1024");
        foreach (var (name, direction) in MonotoneConstraints ?? new Dictionary<string, int>())
        {
            Check(direction is -1 or 0 or 1, $"{nameof(MonotoneConstraints)}['{name}']", direction, "-1, 0 or 1");
            Check(featureNames.Contains(name), nameof(MonotoneConstraints), name, "the name of a feature");
            Check(CategoricalFeatures?.Contains(name) != true, nameof(MonotoneConstraints), name, "a numeric feature");
        }

        foreach (string name in CategoricalFeatures ?? [])
        {
            Check(featureNames.Contains(name), nameof(CategoricalFeatures), name, "the name of a feature");
        }

        if (faults.Count > 0)
        {
            throw new LearningException($"Boosting options: {string.Join("; ", faults)}.");
        }

        void Check<T>(bool valid, string name, T found, string expected)
        {
            if (!valid)
            {
                faults.Add(FormattableString.Invariant($"{name} is {found}, expected {expected}"));
            }
        }

        void CheckNotNegative(double value, string name) =>
            Check(value >= 0 && double.IsFinite(value), name, value, "a finite number, 0 or more");
    }
}
