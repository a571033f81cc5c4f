using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.Exchange;
using Predictive.Learning;
using Predictive.Learning.Boosting;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Inputs;
using Predictive.MLNet.Models;

namespace Predictive.MLNet.Trainers;

/// <summary>Settings of <see cref="HistogramBoostingTrainer"/>: which columns, and how trees grow.</summary>
public sealed record HistogramBoostingOptions
{
    /// <summary>Vector of single-precision numbers; NaN = missing. Default <c>Features</c>.</summary>
    public string FeatureColumnName { get; init; } = "Features";

    /// <summary>A Boolean (classification) or a number. Default <c>Label</c>.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>A number, 0 or more, per row; null (default) = 1 each.</summary>
    public string? ExampleWeightColumnName { get; init; }

    /// <summary>How trees grow; the objective of a classification is always the log loss.</summary>
    public BoostingOptions Boosting { get; init; } = new();
}

/// <summary>
/// Histogram gradient boosting of this product as an ML.NET trainer. Adds <c>Score</c> (log-odds, or the expected value), for a
/// classification also <c>Probability</c> and <c>PredictedLabel</c>: what ML.NET's evaluators and cross-validation read. The same data and
/// options give the same model, whatever the number of threads.
/// </summary>
public sealed class HistogramBoostingTrainer : IEstimator<HistogramBoostingTransformer>
{
    private readonly MLContext _context;
    private readonly bool _classifies;

    internal HistogramBoostingTrainer(MLContext context, bool classifies, HistogramBoostingOptions? options) =>
        (_context, _classifies, Options) = (context, classifies, options ?? new HistogramBoostingOptions());

    /// <summary>Its settings.</summary>
    public HistogramBoostingOptions Options { get; }

    /// <inheritdoc/>
    /// <exception cref="LearningException">The rows cannot be learned from.</exception>
    public HistogramBoostingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column features = Column(input, Options.FeatureColumnName), label = Column(input, Options.LabelColumnName);
        if (features.Type is not VectorDataViewType { ItemType: NumberDataViewType } vector
            || vector.ItemType != NumberDataViewType.Single || vector.Size == 0)
        {
            throw new LearningException(
                $"The column '{features.Name}' is {features.Type}; expected a vector of single-precision numbers of one length.");
        }

        DataViewSchema.Column? weight = Options.ExampleWeightColumnName is { } named ? Column(input, named) : null;
        var (rows, labels, weights) = (new List<float>(), new List<float>(), new List<float>());
        using (DataViewRowCursor cursor = input.GetRowCursor(weight is { } w ? [features, label, w] : [features, label]))
        {
            ValueGetter<VBuffer<float>> read = cursor.GetGetter<VBuffer<float>>(features);
            Func<float> labelOf = Number(cursor, label), weightOf = weight is { } column ? Number(cursor, column) : () => 1;
            VBuffer<float> row = default;
            while (cursor.MoveNext())
            {
                read(ref row);
                rows.AddRange(row.DenseValues());
                labels.Add(labelOf());
                weights.Add(weightOf());
            }
        }

        string[] names = Names(features, vector.Size);
        BoostingOptions boosting = _classifies ? Options.Boosting with { Objective = Objective.Logistic }
            : Options.Boosting.Objective == Objective.Logistic ? Options.Boosting with { Objective = Objective.Squared } : Options.Boosting;
        TreeEnsemble model = GradientBoosting.Train(
            new BoostingData([.. rows], names, [.. labels], weight is null ? null : [.. weights]), boosting);
        return HistogramBoostingTransformer.Of(_context, model, Options.FeatureColumnName, _classifies);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        HistogramBoostingTransformer.Shape(_context, inputSchema, Options.FeatureColumnName, _classifies);

    private static DataViewSchema.Column Column(IDataView input, string name) => input.Schema.GetColumnOrNull(name)
        ?? throw new LearningException($"There is no column '{name}'; the data has {string.Join(", ", input.Schema.Select(c => c.Name))}.");

    private static string[] Names(DataViewSchema.Column features, int width)
    {
        VBuffer<ReadOnlyMemory<char>> slots = default;
        if (features.HasSlotNames())
        {
            features.GetSlotNames(ref slots);
        }

        string[] names = [.. slots.DenseValues().Select(n => n.ToString())];
        return names.Length == width && names.All(n => n.Length > 0) && names.Distinct(StringComparer.Ordinal).Count() == width
            ? names
            : [.. Enumerable.Range(0, width).Select(i => $"f{i}")];
    }

    private static Func<float> Number(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        if (column.Type == BooleanDataViewType.Instance)
        {
            ValueGetter<bool> flag = cursor.GetGetter<bool>(column);
            bool value = false;
            return () =>
            {
                flag(ref value);
                return value ? 1 : 0;
            };
        }

        if (column.Type == NumberDataViewType.Single)
        {
            ValueGetter<float> single = cursor.GetGetter<float>(column);
            float value = 0;
            return () =>
            {
                single(ref value);
                return value;
            };
        }

        if (column.Type == NumberDataViewType.Double)
        {
            ValueGetter<double> number = cursor.GetGetter<double>(column);
            double value = 0;
            return () =>
            {
                number(ref value);
                return (float)value;
            };
        }

        throw new LearningException($"The column '{column.Name}' is {column.Type}; expected a Boolean, Single or Double.");
    }
}

/// <summary>Trained boosting in an ML.NET pipeline. Safe to use from several threads.</summary>
public sealed class HistogramBoostingTransformer : WrappedTransformer
{
    private HistogramBoostingTransformer(ITransformer inner, string column, TreeEnsemble model)
        : base(inner, column, model.FeatureNames) => Model = model;

    /// <summary>The trees: they explain, and save themselves (<c>TreeEnsemble.Save</c>).</summary>
    public TreeEnsemble Model { get; }

    /// <summary>
    /// Writes what <c>mlContext.Model.Load</c> reads in anybody's program (with Microsoft.ML.OnnxTransformer and Microsoft.ML.OnnxRuntime):
    /// the trees as a graph behind <c>ApplyOnnxModel</c>. Input: the vector under its name here; outputs <c>Score</c> and, of a
    /// classification, <c>Probability</c>: vectors of one number.
    /// </summary>
    /// <param name="path">The file; it appears under its name only when it is whole.</param>
    /// <exception cref="LearningException">A split asks for a set of categories, or ONNX Runtime cannot be loaded here.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] outputs = Model.Objective == Objective.Logistic ? ["Score", "Probability"] : ["Score"];
        OnnxPipeline.Write(OnnxFile.Graph(Model, FeatureColumn), FeatureColumn, outputs, Features, path);
    }

    private protected override string SaveAdvice =>
        "ML.NET reads back only parts of its own. Write transformer.Save(path), which mlContext.Model.Load reads anywhere; or keep "
            + "the trees with transformer.Model.Save(stream) and TreeEnsemble.Load.";

    internal static HistogramBoostingTransformer Of(MLContext context, TreeEnsemble model, string column, bool classifies)
    {
        int width = model.FeatureNames.Count;
        IDataView empty = context.Data.LoadFromEnumerable(Array.Empty<VectorInput>(), VectorInput.Definition(column, width));
        ITransformer inner = classifies
            ? Classes(context, model, column, width).Fit(empty)
            : Values(context, model, column, width).Fit(empty);
        return new HistogramBoostingTransformer(inner, column, model);
    }

    internal static SchemaShape Shape(MLContext context, SchemaShape input, string column, bool classifies) =>
        classifies ? Classes(context, null, column, 0).GetOutputSchema(input) : Values(context, null, column, 0).GetOutputSchema(input);

    private static IEstimator<ITransformer> Classes(MLContext context, TreeEnsemble? model, string column, int width) =>
        context.Transforms.CustomMapping<VectorInput, ClassAnswer>(
            (input, answer) =>
            {
                double raw = model!.PredictRaw(input.Values());
                answer.Score = (float)raw;
                answer.Probability = (float)(1 / (1 + Math.Exp(-raw)));
                answer.PredictedLabel = raw > 0;
            },
            null, VectorInput.Definition(column, width));

    private static IEstimator<ITransformer> Values(MLContext context, TreeEnsemble? model, string column, int width) =>
        context.Transforms.CustomMapping<VectorInput, ValueAnswer>(
            (input, answer) => answer.Score = (float)model!.Predict(input.Values()), null, VectorInput.Definition(column, width));

    private sealed class ClassAnswer
    {
        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }

    private sealed class ValueAnswer
    {
        public float Score { get; set; }
    }
}
