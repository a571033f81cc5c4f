using System.Globalization;
using System.Text;
using Predictive.Api.Answers;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Inference;

/// <summary>Turns tensors into tensors: the numbers of a score, from histories or from the model's own features.</summary>
internal static class InferenceScoring
{
    private static readonly (string Name, bool IsText, Func<Row, object> Of)[] s_outputs =
    [
        ("churn_probability", false, r => r.Churn), ("churn_percentile", false, r => r.Percentile), ("churn_band", true, r => r.Band),
        ("expected_value", false, r => r.Expected), ("expected_value_low", false, r => r.Low),
        ("expected_value_high", false, r => r.High), ("expected_orders", false, r => r.Orders),
    ];

    /// <summary>A model's inputs and outputs.</summary>
    public static InferenceModel Describe(CustomerScorer scorer, IReadOnlyList<CustomerScorer> served) => new(
        scorer.Stamp.Name, [.. served.Select(s => s.Stamp.Version.ToString(CultureInfo.InvariantCulture))], "predictive",
        [
            new TensorMetadata(InferenceInputs.History, "BYTES", [-1]),
            .. scorer.Bundle.Profile.FeatureNames.Select(n => new TensorMetadata(n, "FP64", [-1])),
        ],
        [.. s_outputs.Select(o => new TensorMetadata(o.Name, TypeOf(o.IsText), [-1]))]);

    /// <summary>Infers.</summary>
    /// <exception cref="DatasetException">The version holds given scores and no model.</exception>
    /// <exception cref="RequestException">An input or a wanted output is not the model's, or a history cannot be scored.</exception>
    public static byte[] Infer(InferenceInputs inputs, ServingSnapshot snapshot, CustomerScorer scorer, InlineScoring histories)
    {
        if (scorer.Given is { } given)
        {
            throw given.Refusal("an inference over features or histories");
        }

        if (inputs.Outputs?.FirstOrDefault(w => !Array.Exists(s_outputs, o => o.Name == w)) is { } unknown)
        {
            throw RequestException.Refused(
                $"There is no output '{Answering.Short(unknown)}'; expected {string.Join(", ", s_outputs.Select(o => o.Name))}.");
        }

        Row[] rows = inputs.Histories() is { } sent
            ? OfHistories(sent, snapshot, scorer, histories)
            : OfFeatures(inputs.Features(scorer.Bundle.Profile.FeatureNames), scorer.Bundle);
        return AnswerJson.Of(new InferenceResponse(
            scorer.Stamp.Name, scorer.Stamp.Version.ToString(CultureInfo.InvariantCulture), inputs.Id,
            [
                .. (inputs.Outputs ?? [.. s_outputs.Select(o => o.Name)]).Select(w => Array.Find(s_outputs, o => o.Name == w))
                    .Select(o => new OutputTensor(o.Name, TypeOf(o.IsText), [rows.Length], Array.ConvertAll(rows, r => o.Of(r)))),
            ]));
    }

    private static Row[] OfHistories(
        IReadOnlyList<string> sent, ServingSnapshot snapshot, CustomerScorer scorer, InlineScoring histories)
    {
        var rows = new Row[sent.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            try
            {
                CustomerScore score = histories.Numbers(Encoding.UTF8.GetBytes(sent[i]), snapshot, scorer);
                rows[i] = Finite(new Row(
                    score.Churn.Probability, score.Churn.Percentile, score.Churn.Band, score.Clv.Expected, score.Clv.Low, score.Clv.High,
                    score.Clv.ExpectedOrders));
            }
            catch (Exception e) when (e is RequestException or DatasetException)
            {
                throw RequestException.Refused(string.Create(CultureInfo.InvariantCulture, $"Row {i + 1}: {e.Message}"));
            }
        }

        return rows;
    }

    // As CustomerScorer does it, from the features on.
    private static Row[] OfFeatures(float[] features, ModelBundle bundle)
    {
        int width = bundle.Profile.FeatureNames.Count;
        var rows = new Row[features.Length / width];
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<float> row = features.AsSpan(i * width, width);
            double churn = bundle.Churn.Predict(row);
            ClvPrediction clv = bundle.Clv.Predict(row, churn);
            rows[i] = Finite(new Row(
                churn, bundle.Distribution.Percentile(churn), ChurnBand.Names[ChurnBand.Compute(churn, bundle.Rules.Options.ChurnBands)],
                Cents.Of(clv.Expected), Cents.Of(clv.Low), Cents.Of(clv.High), clv.ExpectedOrders));
        }

        return rows;
    }

    private static Row Finite(Row row) => double.IsFinite(row.Churn + row.Expected + row.Low + row.High + row.Orders)
        ? row
        : throw RequestException.Refused("The numbers sent lead to a score beyond any number; expected features as the model knows them.");

    private static string TypeOf(bool isText) => isText ? "BYTES" : "FP64";

    private readonly record struct Row(
        double Churn, double Percentile, string Band, double Expected, double Low, double High, double Orders);
}
