namespace Predictive.Segmentation.Rules;

/// <summary>
/// Where the bands of churn risk begin. They speak of the probability itself, never of the rank: a base of one-time buyers may be high
/// throughout.
/// </summary>
public sealed record ChurnBandOptions
{
    /// <summary>Probability from which the risk is medium. Default .3.</summary>
    public double MediumFrom { get; init; } = .3;

    /// <summary>Probability from which the risk is high. Default .6.</summary>
    public double HighFrom { get; init; } = .6;
}

/// <summary>Low, medium or high churn risk, by probability.</summary>
public static class ChurnBand
{
    /// <summary>Names of the bands, in ascending risk.</summary>
    public static IReadOnlyList<string> Names { get; } = ["low", "medium", "high"];

    /// <summary>The band of a probability: 0 = low, 1 = medium, 2 = high; an index into <see cref="Names"/>.</summary>
    public static int Compute(double probability, ChurnBandOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return probability >= options.HighFrom ? 2 : probability >= options.MediumFrom ? 1 : 0;
    }

    /// <summary>Refuses cut-offs that are not 0 &lt; medium &lt; high &lt; 1.</summary>
    /// <exception cref="RulesException">They are not.</exception>
    internal static void Validate(ChurnBandOptions options)
    {
        if (!(options.MediumFrom > 0 && options.HighFrom > options.MediumFrom && options.HighFrom < 1))
        {
            throw new RulesException(
                "the churn bands", [$"medium from {options.MediumFrom}, high from {options.HighFrom}; expected 0 < medium < high < 1"]);
        }
    }
}
