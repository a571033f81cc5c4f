using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Scoring.Models;

/// <summary>
/// A linear model over catalogue features as linear models should see them: transformed, clipped to the range of the training base,
/// centred; a missing value counts as the mean. Sparse: only the features it uses.
/// </summary>
internal sealed class LinearScorer
{
    private readonly FeatureDefinition[] _definitions;

    /// <summary>All arrays run over the used features.</summary>
    /// <param name="features">Position of each used feature in a catalogue row.</param>
    /// <param name="low">Lower clip, transformed scale.</param>
    /// <param name="high">Upper clip.</param>
    /// <param name="mean">Mean after clipping.</param>
    /// <param name="coefficient">Per unit of the transformed scale.</param>
    /// <param name="intercept">Score of a customer at the means.</param>
    public LinearScorer(int[] features, double[] low, double[] high, double[] mean, double[] coefficient, double intercept)
    {
        Features = features;
        Low = low;
        High = high;
        Mean = mean;
        Coefficient = coefficient;
        Intercept = intercept;
        _definitions = [.. features.Select(f => FeatureCatalogue.All[f])];
    }

    public int[] Features { get; }

    public double[] Low { get; }

    public double[] High { get; }

    public double[] Mean { get; }

    public double[] Coefficient { get; }

    public double Intercept { get; }

    public double Score(ReadOnlySpan<float> row)
    {
        double sum = Intercept;
        for (int j = 0; j < Features.Length; j++)
        {
            sum += Part(j, row);
        }

        return sum;
    }

    /// <summary>Adds weight × contribution per catalogue feature, and weight × intercept to the last slot.</summary>
    public void AddContributions(ReadOnlySpan<float> row, double weight, Span<double> contributions)
    {
        for (int j = 0; j < Features.Length; j++)
        {
            contributions[Features[j]] += weight * Part(j, row);
        }

        contributions[^1] += weight * Intercept;
    }

    public void Save(PayloadWriter writer)
    {
        writer.Write([.. _definitions.Select(d => d.Name)]);
        writer.Write(Low);
        writer.Write(High);
        writer.Write(Mean);
        writer.Write(Coefficient);
        writer.Write(Intercept);
    }

    public static LinearScorer Load(ref PayloadReader reader)
    {
        int[] features = [.. reader.Texts().Select(FeatureCatalogue.IndexOf)];
        return new LinearScorer(features, reader.Doubles(), reader.Doubles(), reader.Doubles(), reader.Doubles(), reader.Double());
    }

    private double Part(int j, ReadOnlySpan<float> row)
    {
        double value = _definitions[j].Apply(row[Features[j]]);
        return double.IsNaN(value) ? 0 : Coefficient[j] * (Math.Clamp(value, Low[j], High[j]) - Mean[j]);
    }
}
