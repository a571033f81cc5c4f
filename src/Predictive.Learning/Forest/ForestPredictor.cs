using Predictive.Learning.Boosting.Ensembles;

namespace Predictive.Learning.Forest;

/// <summary>
/// A forest behind the engine's seam. A classifier's contributions are the exact SHAP values of the mean of the trees, stretched by one
/// factor per row so that they sum to the log-odds.
/// </summary>
internal sealed class ForestPredictor(TreeEnsemble forest, bool classifier) : IPredictor
{
    // A forest whose leaves are all pure would promise certainty.
    public const double LeastProbability = 1e-6;

    public TreeEnsemble Forest => forest;

    public bool IsClassifier => classifier;

    public IReadOnlyList<string> FeatureNames => forest.FeatureNames;

    public IReadOnlyList<double> Importance => forest.Importance;

    public void Predict(FeatureMatrix data, Span<double> output)
    {
        ArgumentNullException.ThrowIfNull(data);
        EngineChecks.Columns(FeatureNames, data, output.Length);
        forest.PredictRaw(data, output);
        for (int i = 0; i < data.Rows; i++)
        {
            output[i] = Held(output[i]);
        }
    }

    public double Predict(ReadOnlySpan<float> row) => Held(forest.PredictRaw(row));

    public void Explain(ReadOnlySpan<float> row, Span<double> contributions)
    {
        forest.Explain(row, contributions);
        if (!classifier)
        {
            return;
        }

        double at = Held(forest.PredictRaw(row)), mean = Held(contributions[^1]), parts = 0;
        for (int j = 0; j < contributions.Length - 1; j++)
        {
            parts += contributions[j];
        }

        double from = LogOdds(mean), stretch = Math.Abs(parts) > 1e-12 ? (LogOdds(at) - from) / parts : 0;
        for (int j = 0; j < contributions.Length - 1; j++)
        {
            contributions[j] *= stretch;
        }

        contributions[^1] = stretch == 0 ? LogOdds(at) : from;
    }

    public void Save(Stream stream) => PredictorPayload.Save(stream, PredictorPayload.Forest, writer =>
    {
        writer.Write(classifier ? (byte)1 : (byte)0);
        using var trees = new MemoryStream();
        forest.Save(trees);
        writer.Write(trees.ToArray().AsSpan());
    });

    internal static ForestPredictor Read(ref PayloadReader reader)
    {
        bool classifier = reader.Byte() switch
        {
            0 => false,
            1 => true,
            byte other => throw reader.Damaged($"the kind of forest is {other}, expected 0 or 1"),
        };
        return new ForestPredictor(TreeEnsemble.Load(reader.Bytes().ToArray()), classifier);
    }

    private static double LogOdds(double p) => Math.Log(p / (1 - p));

    private double Held(double value) => classifier ? Math.Clamp(value, LeastProbability, 1 - LeastProbability) : value;
}
