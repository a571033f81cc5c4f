namespace Predictive.Learning.Linear;

/// <summary>
/// Settings of the linear models. What is minimised: Σ weight · loss + Σ factor · (L2/2 · β² + L1 · |β|) over the coefficients β of the
/// standardised features (of the features as they are without <see cref="Standardise"/>); the intercept is free. The penalty is counted in
/// rows: L2 = 1 is scikit-learn's C = 1 and ridge's alpha = 1.
/// </summary>
public sealed record LinearOptions
{
    /// <summary>L2 penalty, ≥ 0. Default 1.</summary>
    public double L2 { get; init; } = 1;

    /// <summary>L1 penalty, ≥ 0. Default 0.</summary>
    public double L1 { get; init; }

    /// <summary>Factor ≥ 0 on both penalties, by feature name; unnamed features have 1. Default: none.</summary>
    public IReadOnlyDictionary<string, double>? PenaltyFactors { get; init; }

    /// <summary>
    /// Whether a penalty weighs the coefficient of a feature divided by its standard deviation. False: that of the feature as it is, for
    /// tables whose columns are on one scale already. Default true.
    /// </summary>
    public bool Standardise { get; init; } = true;

    /// <summary>Most Newton steps, ≥ 1. Default 50; a well-posed fit takes 5 to 10.</summary>
    public int MaxIterations { get; init; } = 50;

    /// <summary>The fit stops when a step lowers the objective by less than this share of it. Default 1e-10.</summary>
    public double Tolerance { get; init; } = 1e-10;

    /// <summary>A model of the same features to start from, which saves steps along a path of penalties. Default: none.</summary>
    public LinearModel? WarmStart { get; init; }

    /// <summary>Threads; 0 = one per core. The model's bytes do not depend on it.</summary>
    public int Threads { get; init; }

    internal void Validate(IReadOnlyList<string> features)
    {
        var faults = new List<string>();
        Check(L2 >= 0 && double.IsFinite(L2), nameof(L2), L2, "a finite number, 0 or more");
        Check(L1 >= 0 && double.IsFinite(L1), nameof(L1), L1, "a finite number, 0 or more");
        Check(MaxIterations >= 1, nameof(MaxIterations), MaxIterations, "at least 1");
        Check(Tolerance >= 0 && double.IsFinite(Tolerance), nameof(Tolerance), Tolerance, "a finite number, 0 or more");
        Check(Threads is >= 0 and <= 1024, nameof(Threads), Threads, "0 (one per core) to 1024");
        foreach (var (name, factor) in PenaltyFactors ?? new Dictionary<string, double>())
        {
            Check(factor >= 0 && double.IsFinite(factor), $"{nameof(PenaltyFactors)}['{name}']", factor, "a finite number, 0 or more");
            Check(features.Contains(name), nameof(PenaltyFactors), name, "the name of a feature");
        }

        if (WarmStart is not null && !WarmStart.FeatureNames.SequenceEqual(features))
        {
            faults.Add($"{nameof(WarmStart)} reads other features than the data has");
        }

        if (faults.Count > 0)
        {
            throw new LearningException($"Linear options: {string.Join("; ", faults)}.");
        }

        void Check<T>(bool valid, string name, T found, string expected)
        {
            if (!valid)
            {
                faults.Add(FormattableString.Invariant($"{name} is {found}, expected {expected}"));
            }
        }
    }
}
