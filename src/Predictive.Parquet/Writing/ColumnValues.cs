namespace Predictive.Parquet;

/// <summary>The values of one column for one row group: the caller's memory, not copied, not changed.</summary>
/// <remarks>
/// <c>isNull</c>, where given, has one entry per row; the value at a null row is ignored. Implicit conversions from arrays exist, so a call may read
/// <c>writer.WriteRowGroup(ids, amounts, names)</c>.
/// </remarks>
public sealed class ColumnValues
{
    private ColumnValues(object values, int count, ReadOnlyMemory<bool> isNull, string[]? dictionary)
    {
        Values = values;
        Count = count;
        IsNull = isNull;
        Dictionary = dictionary;
        if (!isNull.IsEmpty && isNull.Length != count)
        {
            throw new ArgumentException($"The null mask has {isNull.Length} entries for {count} values.", nameof(isNull));
        }
    }

    internal object Values { get; }

    internal ReadOnlyMemory<bool> IsNull { get; }

    internal string[]? Dictionary { get; }

    /// <summary>Rows.</summary>
    public int Count { get; }

    /// <summary>For Int64, Timestamp (microseconds) and Decimal (unscaled) fields; for Int32 and Date too where every value fits.</summary>
    public static ColumnValues From(ReadOnlyMemory<long> values, ReadOnlyMemory<bool> isNull = default) => new(values, values.Length, isNull, null);

    /// <summary>For Int32, Date (days) and Int64 fields.</summary>
    public static ColumnValues From(ReadOnlyMemory<int> values, ReadOnlyMemory<bool> isNull = default) => new(values, values.Length, isNull, null);

    /// <summary>For Double fields. In a nullable field without <paramref name="isNull"/>, NaN stays NaN: use <see cref="FromNaN"/> to write it as null.</summary>
    public static ColumnValues From(ReadOnlyMemory<double> values, ReadOnlyMemory<bool> isNull = default) => new(values, values.Length, isNull, null);

    /// <summary>For nullable Double fields: NaN is written as null.</summary>
    public static ColumnValues FromNaN(ReadOnlyMemory<double> values)
    {
        bool[] isNull = new bool[values.Length];
        ReadOnlySpan<double> span = values.Span;
        for (int i = 0; i < isNull.Length; i++)
        {
            isNull[i] = double.IsNaN(span[i]);
        }

        return From(values, isNull);
    }

    /// <summary>For Float fields.</summary>
    public static ColumnValues From(ReadOnlyMemory<float> values, ReadOnlyMemory<bool> isNull = default) => new(values, values.Length, isNull, null);

    /// <summary>For Boolean fields.</summary>
    public static ColumnValues From(ReadOnlyMemory<bool> values, ReadOnlyMemory<bool> isNull = default) => new(values, values.Length, isNull, null);

    /// <summary>For String fields; a null reference is a null.</summary>
    public static ColumnValues From(ReadOnlyMemory<string?> values) => new(values, values.Length, default, null);

    /// <summary>For String fields: codes into a dictionary, −1 = null.</summary>
    public static ColumnValues From(string[] dictionary, ReadOnlyMemory<int> codes) => new(codes, codes.Length, default, dictionary);

    /// <summary>For Bytes fields; a null reference is a null.</summary>
    public static ColumnValues From(ReadOnlyMemory<byte[]?> values) => new(values, values.Length, default, null);

    internal ArgumentException Mismatch(ParquetField field) =>
        new($"Column {field.Name} takes {field.PhysicalType}{(field.LogicalType.Kind == LogicalKind.None ? "" : $" ({field.LogicalType.Kind})")} values, not {(Dictionary is not null ? "codes into a dictionary of text" : Values.GetType().GetGenericArguments()[0].Name)}.");

    /// <summary>See <see cref="From(ReadOnlyMemory{long}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(long[] values) => From(values);

    /// <summary>See <see cref="From(ReadOnlyMemory{int}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(int[] values) => From(values);

    /// <summary>See <see cref="From(ReadOnlyMemory{double}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(double[] values) => From(values);

    /// <summary>See <see cref="From(ReadOnlyMemory{float}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(float[] values) => From(values);

    /// <summary>See <see cref="From(ReadOnlyMemory{bool}, ReadOnlyMemory{bool})"/>.</summary>
    public static implicit operator ColumnValues(bool[] values) => From((ReadOnlyMemory<bool>)values);

    /// <summary>See <see cref="From(ReadOnlyMemory{string})"/>.</summary>
    public static implicit operator ColumnValues(string?[] values) => From((ReadOnlyMemory<string?>)values);
}
