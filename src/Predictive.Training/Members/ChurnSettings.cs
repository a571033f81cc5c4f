using Predictive.Learning;

namespace Predictive.Training.Members;

/// <summary>Size of boosted trees.</summary>
/// <param name="Leaves">Leaves per tree.</param>
/// <param name="Trees">Rounds.</param>
/// <param name="LearningRate">Shrinkage.</param>
/// <param name="LeafShare">Least share of the training rows in a leaf, as one in so many: a customer stands in many snapshots, so a count
/// of rows is not one of customers.</param>
/// <param name="RowSampling">Share of rows per tree.</param>
/// <param name="FeatureSampling">Share of features per tree.</param>
internal sealed record TreeSize(
    int Leaves, int Trees, double LearningRate, int LeafShare, double RowSampling = 0.5, double FeatureSampling = 0.3)
{
    private const int FewestRowsPerLeaf = 20;

    /// <summary>Sizes that the selection may choose from, small to large.</summary>
    public static IReadOnlyList<TreeSize> Ladder { get; } =
    [
        new(4, 100, 0.05, 150, 0.7, 0.5),
        new(8, 150, 0.05, 400),
        new(16, 150, 0.05, 400),
        new(31, 150, 0.06, 1000),
    ];

    /// <summary>
    /// The rung of <see cref="Ladder"/> that a base starts from: model size must grow with it. The selection compares it with its
    /// neighbours. Evidence: the <c>modelstudy</c> bench.
    /// </summary>
    public static int RungFor(int customers) => customers < 12_000 ? 1 : customers < 60_000 ? 2 : 3;

    /// <summary>The rung a size of the ladder stands on.</summary>
    public static int RungOf(TreeSize size) => Enumerable.Range(0, Ladder.Count).First(r => Ladder[r] == size);

    public string Describe() => FormattableString.Invariant($"trees {Leaves} × {Trees}");

    /// <summary>The learner's options for so many training rows.</summary>
    public LearnerOptions Options(Objective objective, int rows, int seed, int threads) => new()
    {
        Learner = LearnerKind.BoostedTrees,
        Objective = objective,
        Leaves = Leaves,
        Trees = Trees,
        LearningRate = LearningRate,
        MinRowsPerLeaf = Math.Max(FewestRowsPerLeaf, rows / LeafShare),
        RowSampling = RowSampling,
        FeatureSampling = FeatureSampling,
        L2 = 1,
        EarlyStoppingRounds = 0,
        Seed = seed,
        Threads = threads,
    };
}

/// <summary>Settings of the members of the churn blend.</summary>
internal sealed record ChurnSettings
{
    public TreeSize Size { get; init; } = TreeSize.Ladder[0];

    /// <summary>What a search chose instead of <see cref="Size"/>; null = the size.</summary>
    public LearnerOptions? Searched { get; init; }

    /// <summary>L2 of the linear member, in rows: prior strength of each standardised coefficient.</summary>
    public double LinearPenalty { get; init; } = 30;

    /// <summary>L2 of each product of two features, in rows; 0 = no products.</summary>
    public double ProductPenalty { get; init; } = 500;

    /// <summary>Penalty of a snapshot's own level against that of a feature.</summary>
    public double SnapshotPenalty { get; init; } = 1;

    // One array for all: settings are compared, and arrays are compared by reference.
    private static readonly double[] DefaultPrior = [0.45, 0.45, 0.10, 0];

    /// <summary>Prior weights: linear, trees, Pareto/NBD, BG/NBD.</summary>
    public double[] Prior { get; init; } = DefaultPrior;
}
