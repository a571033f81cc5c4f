using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.Learning;

namespace Predictive.MLNet.Data;

/// <summary>A row to score.</summary>
internal class FeatureRow
{
    public float[] Features { get; set; } = [];
}

/// <summary>A row to learn a number from.</summary>
internal sealed class NumberRow : FeatureRow
{
    public float Label { get; set; }

    public float Weight { get; set; } = 1;
}

/// <summary>A row to learn a class from.</summary>
internal sealed class ClassRow : FeatureRow
{
    public bool Label { get; set; }

    public float Weight { get; set; } = 1;
}

/// <summary>
/// Tables as ML.NET reads them: one vector column, its slots named after the features. Rows are streamed, never copied as a whole.
/// </summary>
internal static class Rows
{
    public const string Features = "Features";
    public const string SlotNames = "SlotNames";

    public static IDataView Training(MLContext context, TrainingData data, Objective objective, Baseline baseline) =>
        objective == Objective.Logistic
            ? View(context, Each<ClassRow>(data.Features, (row, i) =>
                {
                    row.Label = data.Labels[i] == 1;
                    row.Weight = data.Weights?[i] ?? 1;
                }), data.Features.Names)
            : View(context, Each<NumberRow>(data.Features, (row, i) =>
                {
                    row.Label = baseline.Apply(data.Labels[i]);
                    row.Weight = data.Weights?[i] ?? 1;
                }), data.Features.Names);

    public static IDataView Scoring(MLContext context, FeatureMatrix data) =>
        View(context, Each<FeatureRow>(data, (_, _) => { }), data.Names);

    public static IDataView Empty(MLContext context, IReadOnlyList<string> names) => View(context, Array.Empty<FeatureRow>(), names);

    public static SchemaDefinition Definition(Type row, IReadOnlyList<string> names)
    {
        SchemaDefinition definition = SchemaDefinition.Create(row);
        definition[Features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Count);
        Name(definition[Features], names);
        return definition;
    }

    /// <summary>Names the slots of a vector column.</summary>
    public static void Name(SchemaDefinition.Column column, IReadOnlyList<string> names) => column.AddAnnotation(
        SlotNames, new VBuffer<ReadOnlyMemory<char>>(names.Count, [.. names.Select(n => n.AsMemory())]),
        new VectorDataViewType(TextDataViewType.Instance, names.Count));

    public static IDataView View<T>(MLContext context, IEnumerable<T> rows, IReadOnlyList<string> names)
        where T : class => context.Data.LoadFromEnumerable(rows, Definition(typeof(T), names));

    // One object per pass: ML.NET copies what it reads.
    public static IEnumerable<T> Each<T>(FeatureMatrix data, Action<T, int> fill)
        where T : FeatureRow, new()
    {
        var row = new T { Features = new float[data.Columns] };
        for (int i = 0; i < data.Rows; i++)
        {
            data.CopyRow(i, row.Features);
            fill(row, i);
            yield return row;
        }
    }
}
