// Linked into Predictive.Benchmarks too.
using System.Runtime.InteropServices;
using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;

namespace Predictive.History.Tests.Parquet;

/// <summary>A column to be stored exactly so: physical type, logical type, values.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Physical">Storage type.</param>
/// <param name="Logical">Makes the annotation.</param>
/// <param name="Values">Of the storage type (byte[] for both kinds of byte array); null = missing.</param>
/// <param name="Length">Bytes of a value of fixed length.</param>
/// <param name="Optional">Null = optional where a value is missing.</param>
internal sealed record MadeColumn(string Name, PhysicalType Physical, Func<LogicalType> Logical, object?[] Values, int Length = -1,
    bool? Optional = null)
{
    public static MadeColumn Text(string name, params string?[] values) =>
        new(name, PhysicalType.ByteArray, LogicalType.String, [.. values.Select(v => v is null ? null
            : System.Text.Encoding.UTF8.GetBytes(v))]);

    public static MadeColumn Int64(string name, params long?[] values) =>
        new(name, PhysicalType.Int64, LogicalType.None, [.. values.Cast<object?>()]);

    public static MadeColumn Int32(string name, params int?[] values) =>
        new(name, PhysicalType.Int32, LogicalType.None, [.. values.Cast<object?>()]);

    public static MadeColumn Double(string name, params double?[] values) =>
        new(name, PhysicalType.Double, LogicalType.None, [.. values.Cast<object?>()]);

    /// <summary>Local microseconds.</summary>
    public static MadeColumn Times(string name, params long?[] values) =>
        Int64(name, values) with { Logical = () => LogicalType.Timestamp(false, TimeUnit.Micros) };

    public Node ToNode()
    {
        using LogicalType logical = Logical();
        return new PrimitiveNode(Name, Optional ?? Values.Contains(null) ? Repetition.Optional : Repetition.Required, logical, Physical,
            Length);
    }
}

/// <summary>Writes Parquet files by ParquetSharp's own physical writers, never by the product's.</summary>
internal static class MadeFile
{
    /// <param name="path">The file.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="rowGroup">Rows of a row group.</param>
    /// <param name="set">Sets properties of the writer.</param>
    public static string Write(string path, IReadOnlyList<MadeColumn> columns, int rowGroup = int.MaxValue,
        Action<WriterPropertiesBuilder>? set = null)
    {
        int rows = columns[0].Values.Length;
        return Write(path, columns, [.. Enumerable.Range(0, (int)Math.Ceiling((double)rows / rowGroup)).Select(g => (int)Math.Min(rowGroup,
            rows - ((long)g * rowGroup)))], set);
    }

    /// <inheritdoc cref="Write(string, IReadOnlyList{MadeColumn}, int, Action{WriterPropertiesBuilder})"/>
    /// <param name="rowGroups">Rows of each row group.</param>
    public static string Write(string path, IReadOnlyList<MadeColumn> columns, IReadOnlyList<int> rowGroups,
        Action<WriterPropertiesBuilder>? set = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Snappy);
        set?.Invoke(builder);
        using WriterProperties properties = builder.Build();
        using var root = new GroupNode("schema", Repetition.Required, [.. columns.Select(c => c.ToNode())]);
        using FileStream stream = File.Create(path);
        using var native = new ManagedOutputStream(stream);
        using var writer = new ParquetFileWriter(native, root, properties);
        int from = 0;
        foreach (int rows in rowGroups)
        {
            using RowGroupWriter group = writer.AppendRowGroup();
            foreach (MadeColumn column in columns)
            {
                using ColumnWriter values = group.NextColumn();
                Write(values, column, column.Values.AsSpan(from, rows));
            }

            group.Close();
            from += rows;
        }

        writer.Close();
        return path;
    }

    private static void Write(ColumnWriter writer, MadeColumn column, ReadOnlySpan<object?> values)
    {
        bool optional = column.Optional ?? column.Values.Contains(null);
        short[] levels = new short[values.Length];
        var present = new List<object>();
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is { } value)
            {
                levels[i] = 1;
                present.Add(value);
            }
        }

        switch (writer)
        {
            case ColumnWriter<ByteArray> w:
                Pinned(present, (pointer, length) => new ByteArray(pointer, length), v => Put(w, optional, levels, v));
                break;
            case ColumnWriter<FixedLenByteArray> w:
                Pinned(present, (pointer, _) => new FixedLenByteArray(pointer), v => Put(w, optional, levels, v));
                break;
            case ColumnWriter<bool> w:
                Put<bool>(w, optional, levels, [.. present.Cast<bool>()]);
                break;
            case ColumnWriter<int> w:
                Put<int>(w, optional, levels, [.. present.Cast<int>()]);
                break;
            case ColumnWriter<long> w:
                Put<long>(w, optional, levels, [.. present.Cast<long>()]);
                break;
            case ColumnWriter<float> w:
                Put<float>(w, optional, levels, [.. present.Cast<float>()]);
                break;
            case ColumnWriter<double> w:
                Put<double>(w, optional, levels, [.. present.Cast<double>()]);
                break;
            case ColumnWriter<Int96> w:
                Put<Int96>(w, optional, levels, [.. present.Cast<Int96>()]);
                break;
            default:
                throw new NotSupportedException(column.Physical.ToString());
        }
    }

    private static void Put<T>(ColumnWriter<T> writer, bool optional, short[] levels, T[] values)
        where T : unmanaged
    {
        if (optional)
        {
            writer.WriteBatch(levels.Length, levels, default, values);
        }
        else
        {
            writer.WriteBatch(values);
        }
    }

    private static void Pinned<T>(List<object> values, Func<nint, int, T> make, Action<T[]> write)
    {
        GCHandle[] handles = [.. values.Select(v => GCHandle.Alloc(v, GCHandleType.Pinned))];
        try
        {
            write([.. handles.Select((h, i) => make(h.AddrOfPinnedObject(), ((byte[])values[i]).Length))]);
        }
        finally
        {
            Array.ForEach(handles, h => h.Free());
        }
    }
}
