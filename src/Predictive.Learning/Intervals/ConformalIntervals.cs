namespace Predictive.Learning.Intervals;

/// <summary>
/// Split-conformal interval around a point prediction (Lei et al. 2018): prediction ± the ⌈(n + 1)(1 − α)⌉-th smallest absolute error of n held-out rows.
/// Covers new exchangeable rows with a chance of at least 1 − α, whatever the model.
/// </summary>
/// <param name="Margin">Half the width, in label units; infinite where there are too few held-out rows for the level.</param>
/// <param name="Coverage">1 − α.</param>
public sealed record SplitConformal(double Margin, double Coverage)
{
    /// <summary>Takes the margin from rows the model was not trained on.</summary>
    /// <param name="predictions">Point predictions.</param>
    /// <param name="actual">What came.</param>
    /// <param name="coverage">1 − α, (0, 1).</param>
    /// <exception cref="LearningException">Lengths differ, no rows, a value is not a number or the coverage is out of range.</exception>
    public static SplitConformal Fit(ReadOnlySpan<double> predictions, ReadOnlySpan<double> actual, double coverage)
    {
        ConformalQuantile.Check(predictions, predictions, actual, coverage);
        var errors = new double[predictions.Length];
        for (int i = 0; i < errors.Length; i++)
        {
            errors[i] = Math.Abs(actual[i] - predictions[i]);
        }

        return new SplitConformal(ConformalQuantile.Of(errors, coverage), coverage);
    }

    /// <summary>The interval around a prediction.</summary>
    public (double Low, double High) Around(double prediction) => (prediction - Margin, prediction + Margin);
}

/// <summary>
/// Conformalised quantile regression (Romano, Patterson &amp; Candès 2019): predicted quantiles widened (or narrowed) by one margin so that the interval
/// covers held-out rows as promised; its width still varies from row to row as the quantiles do.
/// </summary>
/// <param name="Margin">Added to the upper and taken from the lower quantile, in label units; negative = the quantiles were too wide.</param>
/// <param name="Coverage">1 − α.</param>
public sealed record ConformalQuantiles(double Margin, double Coverage)
{
    /// <summary>Takes the margin from rows the model was not trained on.</summary>
    /// <param name="low">Predicted lower quantiles.</param>
    /// <param name="high">Predicted upper quantiles.</param>
    /// <param name="actual">What came.</param>
    /// <param name="coverage">1 − α, (0, 1).</param>
    /// <exception cref="LearningException">Lengths differ, no rows, a value is not a number or the coverage is out of range.</exception>
    public static ConformalQuantiles Fit(ReadOnlySpan<double> low, ReadOnlySpan<double> high, ReadOnlySpan<double> actual, double coverage)
    {
        ConformalQuantile.Check(low, high, actual, coverage);
        var misses = new double[low.Length];
        for (int i = 0; i < misses.Length; i++)
        {
            misses[i] = Math.Max(low[i] - actual[i], actual[i] - high[i]);
        }

        return new ConformalQuantiles(ConformalQuantile.Of(misses, coverage), coverage);
    }

    /// <summary>The interval from a row's predicted quantiles; where a negative margin would turn it around, the point in the middle.</summary>
    public (double Low, double High) Widen(double low, double high)
    {
        double from = low - Margin, to = high + Margin, middle = (from + to) / 2;
        return from <= to ? (from, to) : (middle, middle);
    }
}

/// <summary>The finite-sample quantile both methods rest on.</summary>
internal static class ConformalQuantile
{
    public static double Of(double[] scores, double coverage)
    {
        Array.Sort(scores);

        // The small subtraction keeps (n + 1) · coverage that is whole but for rounding from being rounded up.
        int rank = (int)Math.Ceiling(((scores.Length + 1) * coverage) - 1e-9);
        return rank > scores.Length ? double.PositiveInfinity : scores[Math.Max(rank, 1) - 1];
    }

    public static void Check(ReadOnlySpan<double> low, ReadOnlySpan<double> high, ReadOnlySpan<double> actual, double coverage)
    {
        if (low.Length == 0 || high.Length != low.Length || actual.Length != low.Length)
        {
            throw new LearningException($"An interval was given {low.Length} and {high.Length} predictions for {actual.Length} actual values; expected equal counts, at least one.");
        }

        if (!(coverage is > 0 and < 1))
        {
            throw new LearningException(FormattableString.Invariant($"The coverage is {coverage}; expected between 0 and 1, both excluded."));
        }

        for (int i = 0; i < low.Length; i++)
        {
            if (double.IsNaN(low[i] + high[i] + actual[i]))
            {
                throw new LearningException(FormattableString.Invariant($"Row {i} has predictions {low[i]} and {high[i]} for {actual[i]}; expected numbers."));
            }
        }
    }
}
