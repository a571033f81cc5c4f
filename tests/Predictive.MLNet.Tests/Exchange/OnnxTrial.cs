using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Predictive.Exchange;
using Predictive.Exchange.Onnx.Wire;
using Predictive.Learning;
using Predictive.Segmentation.Models;

namespace Predictive.MLNet.Tests.Exchange;

/// <summary>What ONNX Runtime says of rows, beside what the version says.</summary>
/// <param name="Rows">Compared.</param>
/// <param name="OnSplit">Rows with a value exactly at a threshold of some tree, in single precision.</param>
/// <param name="Probability">Largest absolute difference.</param>
/// <param name="Spend">Largest difference relative to the value, of a cent at least.</param>
/// <param name="Orders">Largest absolute difference.</param>
internal sealed record OnnxTrial(int Rows, int OnSplit, double Probability, double Spend, double Orders)
{
    private const int Batch = 8192;

    public static OnnxTrial Of(ModelBundle bundle, FeatureMatrix rows)
    {
        byte[] graph = OnnxFile.Graph(bundle);
        HashSet<(int, float)> splits = [.. Splits(graph)];
        var churn = new double[rows.Rows];
        var clv = new ClvPrediction[rows.Rows];
        bundle.Churn.Predict(rows, churn);
        bundle.Clv.Predict(rows, churn, clv);
        using var session = new InferenceSession(graph);
        double probability = 0, spend = 0, orders = 0;
        int onSplit = 0, width = rows.Columns;
        for (int start = 0; start < rows.Rows; start += Batch)
        {
            int count = Math.Min(Batch, rows.Rows - start);
            var values = new float[count * width];
            for (int i = 0; i < count; i++)
            {
                rows.CopyRow(start + i, values.AsSpan(i * width, width));
                onSplit += Enumerable.Range(0, width).Any(j => splits.Contains((j, values[(i * width) + j]))) ? 1 : 0;
            }

            using var answers = session.Run(
                [NamedOnnxValue.CreateFromTensor(OnnxFile.Input, new DenseTensor<float>(values, [count, width]))]);
            float[] p = Answer(OnnxFile.Probability), s = Answer(OnnxFile.Spend), o = Answer(OnnxFile.Orders);
            for (int i = 0; i < count; i++)
            {
                ClvPrediction ours = clv[start + i];
                probability = Worse(probability, Math.Abs(p[i] - churn[start + i]));
                spend = Worse(spend, Math.Abs(s[i] - ours.Expected) / Math.Max(ours.Expected, .01));
                orders = Worse(orders, Math.Abs(o[i] - ours.ExpectedOrders));
            }

            float[] Answer(string name) => [.. answers.Single(a => a.Name == name).AsEnumerable<float>()];
        }

        return new OnnxTrial(rows.Rows, onSplit, probability, spend, orders);
    }

    /// <summary>Every split of every tree of a graph: feature and threshold.</summary>
    public static IEnumerable<(int Feature, float Threshold)> Splits(byte[] graph)
    {
        foreach (NodeProto node in ModelProto.Parser.ParseFrom(graph).Graph.Node.Where(n => n.OpType == "TreeEnsembleRegressor"))
        {
            AttributeProto Named(string name) => node.Attribute.Single(a => a.Name == name);
            double[] thresholds = MemoryMarshal.Cast<byte, double>(Named("nodes_values_as_tensor").T.RawData.Span).ToArray();
            for (int i = 0; i < thresholds.Length; i++)
            {
                if (Named("nodes_modes").Strings[i].ToStringUtf8() != "LEAF")
                {
                    yield return ((int)Named("nodes_featureids").Ints[i], (float)thresholds[i]);
                }
            }
        }
    }

    // What is no number is as wrong as can be.
    private static double Worse(double one, double other) => double.IsNaN(other) ? double.PositiveInfinity : Math.Max(one, other);
}
