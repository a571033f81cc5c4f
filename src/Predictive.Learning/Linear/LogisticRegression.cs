using System.Globalization;
namespace Predictive.Learning.Linear;

/// <summary>
/// L2/L1-regularised logistic regression on standardised features, by Newton's method (iteratively reweighted least squares).
/// </summary>
public static class LogisticRegression
{
    /// <summary>Fits P(label = 1).</summary>
    /// <param name="features">NaN = missing, counted as the mean.</param>
    /// <param name="labels">0 or 1.</param>
    /// <param name="weights">One per row, finite, ≥ 0, not all 0; null = 1 each.</param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="cancellation">Stops between Newton steps.</param>
    /// <exception cref="LearningException">A setting is out of range, a label is neither 0 nor 1, or one class is absent.</exception>
    public static LinearModel Fit(
        FeatureMatrix features, float[] labels, float[]? weights = null, LinearOptions? options = null,
        CancellationToken cancellation = default) =>
        NewtonFit.Fit(features, labels, weights, options ?? new LinearOptions(), new LogisticLoss(), cancellation);
}

/// <summary>L2/L1-regularised regression on standardised features: least squares, or a generalised linear model with log link.</summary>
public static class RidgeRegression
{
    /// <summary>Fits E[label] by penalised least squares (one exact step where L1 is 0).</summary>
    /// <inheritdoc cref="LogisticRegression.Fit" path="/param"/>
    /// <exception cref="LearningException">A setting is out of range or a label is not finite.</exception>
    public static LinearModel Fit(
        FeatureMatrix features, float[] labels, float[]? weights = null, LinearOptions? options = null,
        CancellationToken cancellation = default) =>
        NewtonFit.Fit(features, labels, weights, options ?? new LinearOptions(), new SquaredLoss(), cancellation);

    /// <summary>Fits E[label] under Poisson, Gamma or Tweedie deviance with log link, or under squared or Huber loss.</summary>
    /// <param name="features">NaN = missing, counted as the mean.</param>
    /// <param name="labels">Within the objective's domain.</param>
    /// <param name="weights">One per row; null = 1 each.</param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="objective">Anything but <see cref="Objective.Quantile"/> and <see cref="Objective.Logistic"/>.</param>
    /// <param name="tweediePower">Variance power of the Tweedie deviance, (1, 2). Default 1.5.</param>
    /// <param name="cancellation">Stops between Newton steps.</param>
    /// <exception cref="LearningException">The objective is not a linear model's, a setting is out of range or a label is outside the
    /// domain.</exception>
    public static LinearModel Fit(
        FeatureMatrix features,
        float[] labels,
        float[]? weights,
        LinearOptions? options,
        Objective objective,
        double tweediePower = 1.5,
        CancellationToken cancellation = default)
    {
        LinearLoss loss = objective switch
        {
            Objective.Squared => new SquaredLoss(),
            Objective.Huber => new HuberLoss(1),
            Objective.Poisson => new TweedieLoss(1),
            Objective.Gamma => new TweedieLoss(2),
            Objective.Tweedie when tweediePower is > 1 and < 2 => new TweedieLoss(tweediePower),
            Objective.Tweedie =>
                throw new LearningException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"The Tweedie power is {tweediePower}; expected between 1 and 2, both excluded.")),
            _ => throw new LearningException($"A linear regressor cannot minimise {objective}; use boosted trees for it."),
        };
        return NewtonFit.Fit(features, labels, weights, options ?? new LinearOptions(), loss, cancellation);
    }
}
