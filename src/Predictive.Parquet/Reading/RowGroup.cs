namespace Predictive.Parquet;

/// <summary>One row group of a file: a horizontal slice whose columns are stored one after another.</summary>
public sealed class RowGroup
{
    internal RowGroup(int index, long rowCount, long firstRow, long byteSize, IReadOnlyList<ColumnChunk> columns)
    {
        Index = index;
        RowCount = rowCount;
        FirstRow = firstRow;
        ByteSize = byteSize;
        Columns = columns;
    }

    /// <summary>Position in the file, from 0.</summary>
    public int Index { get; }

    /// <summary>Rows in the group.</summary>
    public long RowCount { get; }

    /// <summary>Row number in the file of the group's first row.</summary>
    public long FirstRow { get; }

    /// <summary>Bytes of all columns after decompression, before decoding, as the file states them.</summary>
    public long ByteSize { get; }

    /// <summary>One chunk per leaf of the schema, by <see cref="ParquetColumn.Index"/>.</summary>
    public IReadOnlyList<ColumnChunk> Columns { get; }
}

/// <summary>What the footer says about one column of one row group.</summary>
public sealed class ColumnChunk
{
    internal ColumnChunk(Metadata.ChunkMetadata metadata, ColumnStatistics? statistics)
    {
        Metadata = metadata;
        Statistics = statistics;
    }

    internal Metadata.ChunkMetadata Metadata { get; }

    /// <summary>Values including nulls; for a flat column the group's rows.</summary>
    public long ValueCount => Metadata.ValueCount;

    /// <summary>Bytes in the file.</summary>
    public long CompressedBytes => Metadata.CompressedBytes;

    /// <summary>Bytes after decompression.</summary>
    public long UncompressedBytes => Metadata.UncompressedBytes;

    /// <summary>Compression codec.</summary>
    public CompressionCodec Codec => Metadata.Codec;

    /// <summary>Smallest and largest value and null count, or null where the file states none that can be trusted.</summary>
    public ColumnStatistics? Statistics { get; }
}

/// <summary>Bounds of a column over a row group or page. For doubles NaN is never a bound.</summary>
public sealed record ColumnStatistics
{
    /// <summary>Number of nulls, or null where not stated.</summary>
    public long? NullCount { get; init; }

    /// <summary>Number of distinct values, or null where not stated.</summary>
    public long? DistinctCount { get; init; }

    /// <summary>Lower bound in the column's natural type (<see cref="long"/> for integers, dates, times and timestamps in the file's own unit,
    /// <see cref="double"/> for float and double, <see cref="string"/> for text, <see cref="bool"/>, <see cref="decimal"/>; <c>byte[]</c> otherwise);
    /// null where not stated.</summary>
    public object? Min { get; init; }

    /// <summary>Upper bound, typed as <see cref="Min"/>.</summary>
    public object? Max { get; init; }

    /// <summary>False where <see cref="Min"/> may be a truncated, smaller value.</summary>
    public bool IsMinExact { get; init; } = true;

    /// <summary>False where <see cref="Max"/> may be a rounded-up, larger value.</summary>
    public bool IsMaxExact { get; init; } = true;

    /// <summary>False where the bounds prove that no value lies in [low, high], so that the row group or page can be passed over.
    /// True where they are missing or of another type.</summary>
    /// <typeparam name="T">The bounds' type: <see cref="long"/>, <see cref="double"/>, <see cref="decimal"/> or <see cref="string"/> (compared ordinally).</typeparam>
    public bool MayOverlap<T>(T low, T high)
        where T : IComparable<T> =>
        (Min is not T min || Compare(min, high) <= 0) && (Max is not T max || Compare(max, low) >= 0);

    // UTF-8 order, which for text differs from UTF-16's only above the basic plane.
    private static int Compare<T>(T left, T right)
        where T : IComparable<T> =>
        left is string a && right is string b
            ? System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b))
            : left.CompareTo(right);
}
