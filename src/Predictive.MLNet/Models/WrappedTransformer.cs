using Microsoft.ML;
using Microsoft.ML.Data;

namespace Predictive.MLNet.Models;

/// <summary>A row-to-row transformer over a function of a feature vector. ML.NET offers no base class to others, so it wraps one.</summary>
public abstract class WrappedTransformer : ITransformer
{
    private protected WrappedTransformer(ITransformer inner, string featureColumn, IReadOnlyList<string> features) =>
        (Inner, FeatureColumn, Features) = (inner, featureColumn, features);

    /// <summary>Name of the vector column that is read.</summary>
    public string FeatureColumn { get; }

    /// <summary>What the slots of that column are, in order.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => Inner.IsRowToRowMapper;

    private ITransformer Inner { get; }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Check(inputSchema);
        return Inner.GetOutputSchema(inputSchema);
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Check(input.Schema);
        return Inner.Transform(input);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Check(inputSchema);
        return Inner.GetRowToRowMapper(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException(SaveAdvice);

    /// <summary>
    /// What to do instead of saving this through <c>mlContext.Model.Save</c>, whose files bring back only ML.NET's own parts.
    /// </summary>
    private protected abstract string SaveAdvice { get; }

    // A vector of another length, or with its slots in another order, would be scored as if they were these.
    private void Check(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(FeatureColumn) is not { } column)
        {
            throw new ArgumentException(
                $"There is no column '{FeatureColumn}'; the data has {string.Join(", ", schema.Select(c => c.Name))}.", nameof(schema));
        }

        if (column.Type is not VectorDataViewType vector || vector.ItemType != NumberDataViewType.Single
            || (vector.Size != 0 && vector.Size != Features.Count))
        {
            throw new ArgumentException(
                $"The column '{FeatureColumn}' is {column.Type}; expected a vector of {Features.Count} single-precision numbers.",
                nameof(schema));
        }

        if (column.HasSlotNames())
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            column.GetSlotNames(ref names);
            string[] found = [.. names.DenseValues().Select(n => n.ToString())];
            int at = Enumerable.Range(0, Math.Min(found.Length, Features.Count)).FirstOrDefault(i => found[i] != Features[i], -1);
            if (at >= 0)
            {
                throw new ArgumentException(
                    $"Slot {at + 1} of '{FeatureColumn}' is '{found[at]}'; expected '{Features[at]}' there.", nameof(schema));
            }
        }
    }
}

/// <summary>Columns that a wrapped function reads: the vector, whatever it is called.</summary>
internal sealed class VectorInput
{
    public VBuffer<float> Features { get; set; }

    public static SchemaDefinition Definition(string column, int width)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(VectorInput));
        SchemaDefinition.Column features = definition[nameof(Features)];
        features.ColumnName = column;
        features.ColumnType =
            width > 0 ? new VectorDataViewType(NumberDataViewType.Single, width) : new VectorDataViewType(NumberDataViewType.Single);
        return definition;
    }

    /// <summary>The values, written out where the vector is sparse.</summary>
    public ReadOnlySpan<float> Values() => Features.IsDense ? Features.GetValues() : (float[])[.. Features.DenseValues()];
}
