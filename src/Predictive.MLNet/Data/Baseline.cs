using System.Globalization;
using Predictive.Learning;

namespace Predictive.MLNet.Data;

/// <summary>
/// Where boosting starts. FastTree starts at a score of 0 and has no intercept, so labels are shifted (squared error) or scaled (log link)
/// by their mean before training, and an expression at the end of the pipeline, saved with it, undoes that.
/// </summary>
internal readonly record struct Baseline(float Shift, float Scale)
{
    /// <summary>Nothing to shift or scale.</summary>
    public static readonly Baseline None = new(0, 1);

    public static Baseline Of(TrainingData data, Objective objective)
    {
        double sum = 0, total = 0;
        for (int i = 0; i < data.Labels.Length; i++)
        {
            double weight = data.Weights?[i] ?? 1;
            sum += weight * data.Labels[i];
            total += weight;
        }

        // As the expression can write it, so that what is undone is what was done.
        float mean = float.Parse(Literal((float)(total > 0 ? sum / total : 0)), CultureInfo.InvariantCulture);
        return objective switch
        {
            Objective.Squared => new Baseline(mean, 1),
            Objective.Tweedie or Objective.Poisson or Objective.Gamma when mean > 0 => new Baseline(0, mean),
            _ => None,
        };
    }

    public float Apply(float label) => (float)(((double)label - Shift) / Scale);

    /// <summary>The expression that undoes <see cref="Apply"/>, in ML.NET's language; null = nothing to undo.</summary>
    public string? Undo =>
        Shift != 0
            ? $"(x) => x {(Shift < 0 ? '-' : '+')} {Literal(Math.Abs(Shift))}f"
            : Scale != 1 ? $"(x) => x * {Literal(Scale)}f" : null;

    private static string Literal(float value) => ((double)value).ToString("0.0##################", CultureInfo.InvariantCulture);
}
