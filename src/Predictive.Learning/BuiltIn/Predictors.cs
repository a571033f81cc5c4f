using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Forest;
using Predictive.Learning.Linear;

namespace Predictive.Learning.BuiltIn;

/// <summary>Models as predictors, and their payloads back, whoever trained them.</summary>
public static class Predictors
{
    /// <summary>Trees that score and explain.</summary>
    /// <param name="ensemble">Grown here or handed over by another library.</param>
    /// <param name="original">See <see cref="IPredictor.Original"/>.</param>
    public static IPredictor Of(TreeEnsemble ensemble, ReadOnlyMemory<byte> original = default)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        return new BoostedPredictor(ensemble, original);
    }

    /// <summary>A linear model that scores and explains.</summary>
    /// <param name="model">Fitted here or handed over by another library.</param>
    /// <param name="original">See <see cref="IPredictor.Original"/>.</param>
    public static IPredictor Of(LinearModel model, ReadOnlyMemory<byte> original = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new LinearPredictor(model, original);
    }

    /// <summary>Loads what <see cref="IPredictor.Save"/> wrote; every number is checked before it is used.</summary>
    /// <exception cref="LearningException">The payload is damaged or too new.</exception>
    public static IPredictor Load(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        byte kind = PredictorPayload.Open(ref reader);
        IPredictor predictor;
        switch (kind)
        {
            case PredictorPayload.Trees:
                return new BoostedPredictor(TreeEnsemble.Load(payload));
            case PredictorPayload.Linear:
                predictor = new LinearPredictor(LinearModel.Read(ref reader));
                break;
            case PredictorPayload.Forest:
                predictor = ForestPredictor.Read(ref reader);
                break;
            default:
                throw reader.Damaged($"kind {kind} is unknown");
        }

        reader.End();
        return predictor;
    }
}

/// <summary>A linear model behind the engine's seam.</summary>
internal sealed class LinearPredictor(LinearModel model, ReadOnlyMemory<byte> original = default) : IPredictor
{
    public LinearModel Model => model;

    public ReadOnlyMemory<byte> Original => original;

    public IReadOnlyList<string> FeatureNames => model.FeatureNames;

    public IReadOnlyList<double> Importance { get; } = model.Importance();

    public void Predict(FeatureMatrix data, Span<double> output) => model.Predict(data, output);

    public double Predict(ReadOnlySpan<float> row) => model.Predict(row);

    public void Explain(ReadOnlySpan<float> row, Span<double> contributions) => model.Explain(row, contributions);

    public void Save(Stream stream) => PredictorPayload.Save(stream, PredictorPayload.Linear, model.Write);
}
