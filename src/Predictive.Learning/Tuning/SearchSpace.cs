namespace Predictive.Learning.Tuning;

/// <summary>
/// The settings a search moves through, per trainer: a point of the unit cube, each axis linear or logarithmic. The start is the cheapest
/// corner. How to add an axis: one line in <see cref="For"/>.
/// </summary>
internal sealed class SearchSpace
{
    private readonly Axis[] _axes;
    private readonly LearnerOptions _base;

    private SearchSpace(LearnerOptions start, Axis[] axes) => (_base, _axes) = (start, axes);

    public int Dimension => _axes.Length;

    public static SearchSpace For(EngineTrainer trainer, Objective objective, int seed)
    {
        var start = new LearnerOptions { Learner = trainer.Learner, Trainer = trainer.Name, Objective = objective, Seed = seed };
        Axis[] penalty = trainer.Penalised ? [new Axis(1e-2, 100, 1, (o, v) => o with { L2 = v })] : [];
        return trainer.Learner switch
        {
            LearnerKind.Linear => new SearchSpace(start, [new Axis(1e-2, 1e4, 1, (o, v) => o with { L2 = v })]),
            LearnerKind.RandomForest => new SearchSpace(start with { L2 = 0 },
            [
                new Axis(16, 256, 32, (o, v) => o with { Trees = (int)Math.Round(v) }),
                new Axis(8, 1024, 32, (o, v) => o with { Leaves = (int)Math.Round(v) }),
                new Axis(1, 128, 20, (o, v) => o with { MinRowsPerLeaf = (int)Math.Round(v) }),
                new Axis(.2, 1, .6, (o, v) => o with { FeatureSampling = v }),
            ]),
            _ => new SearchSpace(start,
            [
                new Axis(16, 1024, 50, (o, v) => o with { Trees = (int)Math.Round(v) }),
                new Axis(3, 128, 4, (o, v) => o with { Leaves = (int)Math.Round(v) }),
                new Axis(.01, .3, .1, (o, v) => o with { LearningRate = v }),
                new Axis(2, 200, 20, (o, v) => o with { MinRowsPerLeaf = (int)Math.Round(v) }),
                new Axis(.4, 1, .8, (o, v) => o with { RowSampling = v }),
                new Axis(.3, 1, .8, (o, v) => o with { FeatureSampling = v }),
                .. penalty,
            ]),
        };
    }

    /// <summary>The low-cost point every trainer begins at.</summary>
    public double[] Start() => [.. _axes.Select(a => a.Position(a.Start))];

    public LearnerOptions Options(double[] point)
    {
        LearnerOptions options = _base;
        for (int k = 0; k < _axes.Length; k++)
        {
            options = _axes[k].Set(options, _axes[k].Value(point[k]));
        }

        return options;
    }

    /// <summary>
    /// What a trial costs, in arbitrary units that are a function of the settings alone: seconds would make the course depend on the
    /// machine.
    /// </summary>
    public static double Cost(LearnerOptions options, int features) => options.Learner switch
    {
        LearnerKind.Linear => 8.0 * (features + 1),
        _ => options.Trees * (10 + Math.Sqrt(options.Leaves)) * options.FeatureSampling * options.RowSampling,
    };

    /// <summary>An axis from low to high on a logarithmic scale.</summary>
    private sealed record Axis(double Low, double High, double Start, Func<LearnerOptions, double, LearnerOptions> Set)
    {
        public double Position(double value) => Math.Log(value / Low) / Math.Log(High / Low);

        // Four digits are plenty, and keep what the leaderboard shows what was tried.
        public double Value(double position)
        {
            double value = Low * Math.Pow(High / Low, Math.Clamp(position, 0, 1)), digit = Math.Pow(10, Math.Floor(Math.Log10(value)) - 3);
            return Math.Clamp(Math.Round(value / digit) * digit, Low, High);
        }
    }
}
