using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>
/// A linear model over catalogue features as linear models should see them: transformed, clipped to the range of the training base,
/// centred; a missing value counts as the mean. Sparse: only the features it uses. Products of two centred features (or a square) may stand
/// beside them, so that recency can mean one thing for frequent buyers and another for rare ones.
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
    /// <param name="products">Products of two used features, by their position among the used ones; null = none.</param>
    public LinearScorer(
        int[] features, double[] low, double[] high, double[] mean, double[] coefficient, double intercept,
        IReadOnlyList<FeatureProduct>? products = null)
    {
        Products = products ?? [];
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

    public IReadOnlyList<FeatureProduct> Products { get; }

    public double Score(ReadOnlySpan<float> row)
    {
        Span<double> distance = stackalloc double[Features.Length];
        Distances(row, distance);
        double sum = Intercept;
        for (int j = 0; j < distance.Length; j++)
        {
            sum += Coefficient[j] * distance[j];
        }

        for (int k = 0; k < Products.Count; k++)
        {
            FeatureProduct product = Products[k];
            sum += product.Coefficient * distance[product.A] * distance[product.B];
        }

        return sum;
    }

    /// <summary>
    /// Adds weight × contribution per catalogue feature, and weight × intercept to the last slot. What two features say together is told
    /// half under each.
    /// </summary>
    public void AddContributions(ReadOnlySpan<float> row, double weight, Span<double> contributions)
    {
        Span<double> distance = stackalloc double[Features.Length];
        Distances(row, distance);
        for (int j = 0; j < distance.Length; j++)
        {
            contributions[Features[j]] += weight * Coefficient[j] * distance[j];
        }

        for (int k = 0; k < Products.Count; k++)
        {
            FeatureProduct product = Products[k];
            double half = weight * product.Coefficient * distance[product.A] * distance[product.B] / 2;
            contributions[Features[product.A]] += half;
            contributions[Features[product.B]] += half;
        }

        contributions[^1] += weight * Intercept;
    }

    public void Save(PayloadWriter writer)
    {
        writer.Write([.. _definitions.Select(d => d.Name)]);
        writer.WriteList(Low);
        writer.WriteList(High);
        writer.WriteList(Mean);
        writer.WriteList(Coefficient);
        writer.Write(Intercept);
        writer.WriteList([.. Products.SelectMany(p => new[] { p.A, p.B, p.Coefficient })]);
    }

    public static LinearScorer Load(ref PayloadReader reader)
    {
        int[] features = reader.Features();
        int used = features.Length;
        double[] low = reader.DoubleList(used), high = reader.DoubleList(used);
        for (int j = 0; j < used; j++)
        {
            reader.Require(low[j] <= high[j], $"a range from {low[j]} to {high[j]}");
        }

        return new LinearScorer(
            features, low, high, reader.DoubleList(used), reader.DoubleList(used), reader.Double(), reader.Products(used));
    }

    /// <summary>Distance of every used feature from its mean, after transform and clip; 0 where it is missing.</summary>
    private void Distances(ReadOnlySpan<float> row, Span<double> distance)
    {
        for (int j = 0; j < distance.Length; j++)
        {
            double value = _definitions[j].Apply(row[Features[j]]);
            distance[j] = double.IsNaN(value) ? 0 : Math.Clamp(value, Low[j], High[j]) - Mean[j];
        }
    }
}

/// <summary>One product of two centred features in a linear score.</summary>
/// <param name="A">Position among the used features.</param>
/// <param name="B">The same; equal to <paramref name="A"/> for a square.</param>
/// <param name="Coefficient">Per product of units of the transformed scales.</param>
internal readonly record struct FeatureProduct(int A, int B, double Coefficient);
