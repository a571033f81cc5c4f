using Predictive.Learning;

namespace Predictive.Segmentation.Training.Churn;

/// <summary>Size of boosted trees.</summary>
/// <param name="Leaves">Leaves per tree.</param>
/// <param name="Trees">Rounds.</param>
/// <param name="LearningRate">Shrinkage.</param>
/// <param name="MinRowsPerLeaf">Fewest rows in a leaf.</param>
/// <param name="RowSampling">Share of rows per tree.</param>
/// <param name="FeatureSampling">Share of features per tree.</param>
internal sealed record TreeSize(int Leaves, int Trees, double LearningRate, int MinRowsPerLeaf, double RowSampling = 0.7, double FeatureSampling = 0.5)
{
    /// <summary>Sizes that the selection may choose from, small to large.</summary>
    public static IReadOnlyList<TreeSize> Ladder { get; } =
    [
        new(4, 100, 0.05, 20),
        new(8, 150, 0.05, 30),
        new(16, 150, 0.06, 40),
        new(31, 120, 0.1, 60),
    ];

    /// <summary>
    /// The rung of <see cref="Ladder"/> for a base: model size must grow with it. Evidence: the <c>modelstudy</c> bench.
    /// </summary>
    public static int RungFor(int customers) => customers < 4_000 ? 0 : customers < 12_000 ? 1 : customers < 60_000 ? 2 : 3;

    public string Describe() => FormattableString.Invariant($"trees {Leaves} × {Trees}");

    public LearnerOptions Options(Objective objective, int seed, int threads) => new()
    {
        Learner = LearnerKind.BoostedTrees,
        Objective = objective,
        Leaves = Leaves,
        Trees = Trees,
        LearningRate = LearningRate,
        MinRowsPerLeaf = MinRowsPerLeaf,
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

    /// <summary>Penalty of a snapshot's own level against that of a feature.</summary>
    public double SnapshotPenalty { get; init; } = 1;

    /// <summary>Prior weights: linear, trees, Pareto/NBD, BG/NBD.</summary>
    public double[] Prior { get; init; } = [0.45, 0.45, 0.10, 0];
}
