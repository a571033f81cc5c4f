using System.Globalization;
using Predictive.Exchange.Onnx;
using Predictive.History;
using Predictive.Learning;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;

namespace Predictive.Exchange;

/// <summary>
/// A version's churn and CLV models as ONNX graphs. Input <c>features</c>: float, one row per customer, the features in the order that the
/// metadata names; a missing value is NaN. Outputs, float, one per row: <c>churn_probability</c>, <c>expected_spend</c> (currency),
/// <c>expected_orders</c>. Trees are TreeEnsembleRegressor nodes in double precision; the same version gives the same bytes.
/// </summary>
public static class OnnxFile
{
    /// <summary>Name of the one input.</summary>
    public const string Input = "features";

    /// <summary>Output: chance of no purchase within the horizon, 0–1.</summary>
    public const string Probability = "churn_probability";

    /// <summary>Output: expected net spend within the horizon, in the dataset's currency.</summary>
    public const string Spend = "expected_spend";

    /// <summary>Output: expected number of orders within the horizon.</summary>
    public const string Orders = "expected_orders";

    /// <summary>Writes one graph with every output, or a folder with <c>churn.onnx</c> and <c>clv.onnx</c>.</summary>
    /// <param name="bundle">The version.</param>
    /// <param name="path">A name that ends in <c>.onnx</c>, or a folder.</param>
    /// <returns>The files written.</returns>
    /// <exception cref="LearningException">The model is carried from a shorter horizon, or a learner has no form in ONNX.</exception>
    public static IReadOnlyList<string> Write(ModelBundle bundle, string path)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(path);
        (string File, byte[] Graph)[] files;
        if (Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            files = [(path, Graph(bundle))];
        }
        else
        {
            files =
            [
                (Path.Combine(path, "churn.onnx"), Graph(bundle, clv: false)),
                (Path.Combine(path, "clv.onnx"), Graph(bundle, churn: false)),
            ];
            Directory.CreateDirectory(path);
        }

        foreach (var (file, graph) in files)
        {
            AtomicFile.Write(file, stream => stream.Write(graph));
        }

        return [.. files.Select(f => f.File)];
    }

    /// <summary>
    /// One ensemble of trees as a graph: <c>Score</c> (log-odds of a logistic one, else the expected value) and, of a logistic one,
    /// <c>Probability</c>; float, one per row.
    /// </summary>
    /// <param name="trees">The ensemble.</param>
    /// <param name="input">Name of the input: rows of floats, in the order of its features.</param>
    /// <exception cref="LearningException">A split asks for a set of categories.</exception>
    public static byte[] Graph(TreeEnsemble trees, string input)
    {
        ArgumentNullException.ThrowIfNull(trees);
        ArgumentException.ThrowIfNullOrEmpty(input);
        int width = trees.FeatureNames.Count;
        var graph = new OnnxGraph("trees", input, width);
        IPredictor predictor = Predictors.Of(trees);
        OnnxValue prediction = OnnxLearners.Prediction(graph, predictor, width);
        if (trees.Objective == Objective.Logistic)
        {
            graph.Output("Score", OnnxLearners.Raw(graph, predictor, width));
            graph.Output("Probability", prediction);
        }
        else
        {
            graph.Output("Score", prediction);
        }

        return graph.ToBytes(
            string.Create(CultureInfo.InvariantCulture, $"{trees.Trees} trees, {trees.Objective}."),
            [new("predictive.names", string.Join(',', trees.FeatureNames))]);
    }

    /// <summary>One graph.</summary>
    /// <param name="bundle">The version.</param>
    /// <param name="churn">Whether it answers with the probability.</param>
    /// <param name="clv">Whether it answers with spend and orders.</param>
    /// <exception cref="LearningException">As <see cref="Write"/>; or the manifest's as-of cannot be read.</exception>
    public static byte[] Graph(ModelBundle bundle, bool churn = true, bool clv = true)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        IReadOnlyList<string> names = bundle.Profile.FeatureNames;
        LocalTime asOf = bundle.Manifest.TryAsOf(out LocalTime known) ? known : throw new LearningException(
            $"The manifest's as-of is '{bundle.Manifest.AsOf}'; expected a local time such as 2025-07-01. Train the version again.");
        var graph = new OnnxGraph("predictive", Input, names.Count);
        var formulas = new OnnxFormulas(graph, names.Count);
        OnnxValue probability = formulas.Churn(bundle.Churn.Made);
        if (churn)
        {
            graph.Output(Probability, probability);
        }

        if (clv)
        {
            (OnnxValue spend, OnnxValue orders) = formulas.Clv(bundle.Clv.Parts, probability);
            graph.Output(Spend, spend);
            graph.Output(Orders, orders);
        }

        return graph.ToBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"What {bundle.Manifest.WrittenBy} predicts for the {bundle.Manifest.HorizonDays} days after the features' as-of."),
            [
                new(FeatureDictionary.MetadataKey, FeatureDictionary.Json(
                    bundle.Profile.Features, asOf, bundle.Churn.FeatureHorizonDays, labels: false)),
                new("predictive.names", string.Join(',', names)),
                new("predictive.engine", bundle.Manifest.Engine.Name),
                new("predictive.horizonDays", bundle.Manifest.HorizonDays.ToString(CultureInfo.InvariantCulture)),
            ]);
    }
}
