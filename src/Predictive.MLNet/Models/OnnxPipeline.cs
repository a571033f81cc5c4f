using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.Exchange;
using Predictive.History;
using Predictive.MLNet.Data;
using Predictive.Segmentation.Models;

namespace Predictive.MLNet.Models;

/// <summary>
/// A version as one file that <c>mlContext.Model.Load</c> reads in anybody's program (with the packages Microsoft.ML.OnnxTransformer and
/// Microsoft.ML.OnnxRuntime): <c>ApplyOnnxModel</c> over the graph of <see cref="OnnxFile"/>, which lies in the file. Input: the vector
/// column <c>features</c>; outputs: vectors of one number. The same version gives the same bytes.
/// </summary>
public static class OnnxPipeline
{
    private static readonly string[] s_outputs = [OnnxFile.Probability, OnnxFile.Spend, OnnxFile.Orders];

    /// <summary>Writes it.</summary>
    /// <param name="bundle">The version.</param>
    /// <param name="path">The file; it appears under its name only when it is whole.</param>
    /// <exception cref="Predictive.Learning.LearningException">The version has no form in ONNX, or ONNX Runtime's native library cannot be
    /// loaded here.</exception>
    public static void Write(ModelBundle bundle, string path)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        Write(OnnxFile.Graph(bundle), OnnxFile.Input, s_outputs, bundle.Profile.FeatureNames, path);
    }

    /// <summary>Writes any graph over one vector of features.</summary>
    internal static void Write(byte[] graph, string input, string[] outputs, IReadOnlyList<string> names, string path)
    {
        string onnx = Path.Combine(Path.GetTempPath(), $"predictive-{Guid.NewGuid():N}.onnx");
        try
        {
            File.WriteAllBytes(onnx, graph);
            var context = new MLContext(1);
            SchemaDefinition definition = VectorInput.Definition(input, names.Count);
            Rows.Name(definition[input], names);
            IDataView empty = context.Data.LoadFromEnumerable(Array.Empty<VectorInput>(), definition);
            ITransformer model = context.Transforms.ApplyOnnxModel(outputs, [input], onnx).Fit(empty);
            AtomicFile.Write(path, stream => stream.Write(ModelZip.Save(context, model, empty.Schema)));
            (model as IDisposable)?.Dispose();
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException)
        {
            throw new Predictive.Learning.LearningException(
                "ONNX Runtime's native library cannot be loaded on this machine; ML.NET needs it to take in the graph. Export with "
                    + "--format onnx, or run this where Microsoft.ML.OnnxRuntime has a library.");
        }
        finally
        {
            File.Delete(onnx);
        }
    }
}
