namespace Predictive.Learning.Uplift;

/// <summary>Ways to learn whom a treatment changes.</summary>
public enum UpliftMethod
{
    /// <summary>A model of the treated and one of the untreated; the difference of what they say.</summary>
    TLearner,

    /// <summary>
    /// The effects of the treated against the model of the untreated, and the other way round, learned in their turn (Künzel, Sekhon,
    /// Bickel and Yu 2019): stronger where one side is small.
    /// </summary>
    XLearner,
}

/// <summary>Settings of a learner of uplift.</summary>
public sealed record UpliftOptions
{
    /// <summary>Which. Default X.</summary>
    public UpliftMethod Method { get; init; } = UpliftMethod.XLearner;

    /// <summary>
    /// The trees beneath. Default: small and slow, for effects are faint beside what the outcomes vary by.
    /// </summary>
    public LearnerOptions Trees { get; init; } =
        new() { Trees = 80, Leaves = 4, LearningRate = .05, MinRowsPerLeaf = 40, L2 = 10, FeatureSampling = .7 };
}

/// <summary>What was learned of whom a treatment changes. Immutable.</summary>
/// <param name="treated">Outcome of who is treated.</param>
/// <param name="untreated">Outcome of who is not.</param>
/// <param name="effects">X-learner only: effect as learned from the untreated and from the treated, and the weight of the first.</param>
public sealed class UpliftModel(
    IPredictor treated, IPredictor untreated, (IPredictor Untreated, IPredictor Treated, double Weight)? effects)
{
    private const int FewestPerSide = 20;

    /// <summary>Learns.</summary>
    /// <param name="data">Trials.</param>
    /// <param name="engine">Trains the models beneath.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="LearningException">A side has fewer than 20 rows, or all of it the same outcome.</exception>
    public static UpliftModel Learn(
        UpliftData data, ILearningEngine engine, UpliftOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(engine);
        options ??= new UpliftOptions();
        data.Check(FewestPerSide);
        bool isBinary = data.IsBinary;
        int[] one = data.Side(true), zero = data.Side(false);
        FeatureMatrix ofOne = data.Features.TakeRows(one), ofZero = data.Features.TakeRows(zero);
        IPredictor treated = Outcome(ofOne, one), untreated = Outcome(ofZero, zero);
        if (options.Method == UpliftMethod.TLearner)
        {
            return new UpliftModel(treated, untreated, null);
        }

        double[] hadTheyNot = Predict(untreated, ofOne), hadThey = Predict(treated, ofZero);
        float[] gainOfOne = [.. one.Select((r, i) => (float)(data.Outcome[r] - hadTheyNot[i]))];
        float[] gainOfZero = [.. zero.Select((r, i) => (float)(hadThey[i] - data.Outcome[r]))];
        // Künzel's g: the effect that was learned from the untreated rests on the model of the treated, good where many were treated.
        return new UpliftModel(
            treated, untreated, (Effect(ofZero, gainOfZero), Effect(ofOne, gainOfOne), data.Chance.Average()));

        IPredictor Outcome(FeatureMatrix features, int[] rows)
        {
            var training = new TrainingData(features, [.. rows.Select(r => (float)data.Outcome[r])]);
            LearnerOptions how = Fitting(options.Trees, rows.Length);
            return isBinary
                ? engine.TrainClassifier(training, how, null, cancellation)
                : engine.TrainRegressor(training, how with { Objective = Objective.Squared }, null, cancellation);
        }

        IPredictor Effect(FeatureMatrix features, float[] gains) => engine.TrainRegressor(
            new TrainingData(features, gains), Fitting(options.Trees, gains.Length) with { Objective = Objective.Squared }, null,
            cancellation);
    }

    /// <summary>What a treatment adds to the outcome of each row.</summary>
    /// <param name="features">Rows, with the columns it was learned from.</param>
    public double[] Uplift(FeatureMatrix features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (effects is not var (ofUntreated, ofTreated, weight))
        {
            return [.. Predict(treated, features).Zip(Predict(untreated, features), (a, b) => a - b)];
        }

        return [.. Predict(ofUntreated, features).Zip(Predict(ofTreated, features), (a, b) => (weight * a) + ((1 - weight) * b))];
    }

    /// <summary>Expected outcome of each row, left alone.</summary>
    /// <param name="features">Rows, with the columns it was learned from.</param>
    public double[] LeftAlone(FeatureMatrix features) => Predict(untreated, features);

    // A leaf holds a tenth of a small side at the most.
    private static LearnerOptions Fitting(LearnerOptions options, int rows) =>
        options with { MinRowsPerLeaf = Math.Clamp(rows / 10, 5, options.MinRowsPerLeaf) };

    private static double[] Predict(IPredictor predictor, FeatureMatrix features)
    {
        var output = new double[features.Rows];
        predictor.Predict(features, output);
        return output;
    }
}
