using Apache.Arrow;
using Apache.Arrow.Types;
using Microsoft.ML.Data;
using Predictive.History;

namespace Predictive.MLNet.Data;

/// <summary>How a column of a Parquet file becomes one of a data view, and its values of the batch at hand.</summary>
internal abstract class ParquetColumn
{
    // 2^53: every whole number up to it is a Double.
    private const long LargestExact = 9_007_199_254_740_992;

    /// <summary>The type ML.NET sees.</summary>
    public abstract DataViewType Type { get; }

    /// <summary>Takes a batch.</summary>
    public abstract void Set(IArrowArray values);

    /// <summary>A <c>ValueGetter</c> of the type, of the row that <paramref name="row"/> tells.</summary>
    public abstract Delegate Getter(Func<int> row);

    /// <summary>A reader of an Arrow column; null = its type has no place in a data view.</summary>
    public static ParquetColumn? Of(Field field) => field.DataType.TypeId switch
    {
        ArrowTypeId.Float or ArrowTypeId.HalfFloat => new Numbers<float>(NumberDataViewType.Single, Single),
        ArrowTypeId.Int64 or ArrowTypeId.UInt32 when !field.IsNullable => new Numbers<long>(NumberDataViewType.Int64, Long),
        ArrowTypeId.Double or ArrowTypeId.Decimal128 or ArrowTypeId.Decimal256 or ArrowTypeId.Int8 or ArrowTypeId.Int16 or ArrowTypeId.Int32
            or ArrowTypeId.Int64 or ArrowTypeId.UInt8 or ArrowTypeId.UInt16 or ArrowTypeId.UInt32 or ArrowTypeId.UInt64 =>
            new Numbers<double>(NumberDataViewType.Double, Double),
        ArrowTypeId.Boolean when !field.IsNullable => new Numbers<bool>(
            BooleanDataViewType.Instance, (a, i) => ((BooleanArray)a).GetValue(i)!.Value),
        ArrowTypeId.Boolean => new Numbers<float>(
            NumberDataViewType.Single, (a, i) => ((BooleanArray)a).GetValue(i) is { } b ? b ? 1 : 0 : float.NaN),
        ArrowTypeId.Timestamp or ArrowTypeId.Date32 or ArrowTypeId.Date64 => new Numbers<DateTime>(DateTimeDataViewType.Instance, Time),
        ArrowTypeId.String or ArrowTypeId.LargeString or ArrowTypeId.Dictionary => new Numbers<ReadOnlyMemory<char>>(
            TextDataViewType.Instance, Text),
        _ => null,
    };

    /// <summary>A text that is the same in every row of a file: a folder's name.</summary>
    public static ParquetColumn Constant(string value) =>
        new Numbers<ReadOnlyMemory<char>>(TextDataViewType.Instance, (_, _) => value.AsMemory());

    private static float Single(IArrowArray values, int i) => values switch
    {
        FloatArray a => a.GetValue(i) ?? float.NaN,
        HalfFloatArray a => (float?)a.GetValue(i) ?? float.NaN,
        _ => throw Unlike(values),
    };

    private static long Long(IArrowArray values, int i) => values switch
    {
        Int64Array a => a.GetValue(i) ?? 0,
        UInt32Array a => a.GetValue(i) ?? 0,
        _ => throw Unlike(values),
    };

    private static double Double(IArrowArray values, int i) => values switch
    {
        DoubleArray a => a.GetValue(i),
        Int32Array a => a.GetValue(i),
        Int64Array a => Exact(a.GetValue(i)),
        Int16Array a => a.GetValue(i),
        Int8Array a => a.GetValue(i),
        UInt8Array a => a.GetValue(i),
        UInt16Array a => a.GetValue(i),
        UInt32Array a => a.GetValue(i),
        UInt64Array a => Exact(a.GetValue(i)),
        Decimal128Array a => (double?)a.GetValue(i),
        Decimal256Array a => (double?)a.GetValue(i),
        _ => throw Unlike(values),
    } ?? double.NaN;

    // Two long ids must not become one number.
    private static double? Exact(Int128? value) =>
        value is not { } v ? null
        : Int128.Abs(v) <= LargestExact ? (double)v
        : throw new DatasetException(
            "number-too-large",
            $"{v} has no exact Double; expected whole numbers within ±{LargestExact:N0}. Write the column as text, or as Int64 of which "
                + "none may be missing.");

    private static DateTime Time(IArrowArray values, int i) => values switch
    {
        TimestampArray a => a.GetTimestamp(i)?.UtcDateTime ?? default,
        Date32Array a => a.GetDateTime(i) ?? default,
        Date64Array a => a.GetDateTime(i) ?? default,
        _ => throw Unlike(values),
    };

    private static ReadOnlyMemory<char> Text(IArrowArray values, int i) => values switch
    {
        StringArray a => a.GetString(i).AsMemory(),
        LargeStringArray a => a.GetString(i).AsMemory(),
        DictionaryArray a when a.Indices.IsValid(i) => Text(a.Dictionary, Index(a.Indices, i)),
        DictionaryArray => default,
        _ => throw Unlike(values),
    };

    private static int Index(IArrowArray indices, int i) => indices switch
    {
        Int32Array a => a.GetValue(i)!.Value,
        Int16Array a => a.GetValue(i)!.Value,
        Int8Array a => a.GetValue(i)!.Value,
        _ => throw Unlike(indices),
    };

    private static InvalidOperationException Unlike(IArrowArray values) =>
        new($"A column of the type {values.Data.DataType.Name} stands where another was told of.");

    private sealed class Numbers<T>(DataViewType type, Func<IArrowArray, int, T> read) : ParquetColumn
    {
        private IArrowArray? _values;

        public override DataViewType Type => type;

        public override void Set(IArrowArray values) => _values = values;

        public override Delegate Getter(Func<int> row) => (Microsoft.ML.ValueGetter<T>)((ref T value) => value = read(_values!, row()));
    }
}
