using System.Globalization;
using Predictive.Learning;

namespace Predictive.MLNet;

/// <summary>
/// Where boosting starts. FastTree starts at a score of 0 and has no intercept, so labels are shifted (squared error) or scaled (log link) by their mean
/// before training, and an expression at the end of the pipeline, saved with it, undoes that.
/// </summary>
internal readonly record struct Baseline(double Shift, double Scale)
{
    public static Baseline Of(TrainingData data, LearnerOptions options)
    {
        double sum = 0, total = 0;
        for (int i = 0; i < data.Labels.Length; i++)
        {
            double weight = data.Weights?[i] ?? 1;
            sum += weight * data.Labels[i];
            total += weight;
        }

        double mean = total > 0 ? sum / total : 0;
        return options.Learner != LearnerKind.BoostedTrees ? new Baseline(0, 1) : options.Objective switch
        {
            Objective.Squared => new Baseline((float)mean, 1),
            Objective.Tweedie or Objective.Poisson or Objective.Gamma when mean > 0 => new Baseline(0, (float)mean),
            _ => new Baseline(0, 1),
        };
    }

    public float Apply(float label) => (float)((label - Shift) / Scale);

    /// <summary>The expression that undoes <see cref="Apply"/>, in ML.NET's language; null = nothing to undo.</summary>
    public string? Undo =>
        Shift != 0 ? $"(x) => x {(Shift < 0 ? '-' : '+')} {Literal(Math.Abs(Shift))}" : Scale != 1 ? $"(x) => x * {Literal(Scale)}" : null;

    private static string Literal(double value) => value.ToString("0.0##################", CultureInfo.InvariantCulture) + "f";
}
