namespace Predictive.Parquet;

/// <summary>A flat column of a file to be written: name, type, nullability. Make one with the static methods.</summary>
public sealed record ParquetField
{
    private ParquetField()
    {
    }

    /// <summary>Column name.</summary>
    public required string Name { get; init; }

    /// <summary>Storage type.</summary>
    public required PhysicalType PhysicalType { get; init; }

    /// <summary>Meaning.</summary>
    public LogicalType LogicalType { get; init; }

    /// <summary>Whether nulls are allowed.</summary>
    public bool IsNullable { get; init; }

    /// <summary>Bytes per value of a fixed-length column; 0 otherwise.</summary>
    public int TypeLength { get; init; }

    /// <summary>64-bit integers.</summary>
    public static ParquetField Int64(string name, bool nullable = false) => new() { Name = name, PhysicalType = PhysicalType.Int64, IsNullable = nullable };

    /// <summary>32-bit integers.</summary>
    public static ParquetField Int32(string name, bool nullable = false) => new() { Name = name, PhysicalType = PhysicalType.Int32, IsNullable = nullable };

    /// <summary>Doubles.</summary>
    public static ParquetField Double(string name, bool nullable = false) => new() { Name = name, PhysicalType = PhysicalType.Double, IsNullable = nullable };

    /// <summary>Singles.</summary>
    public static ParquetField Float(string name, bool nullable = false) => new() { Name = name, PhysicalType = PhysicalType.Float, IsNullable = nullable };

    /// <summary>Booleans.</summary>
    public static ParquetField Boolean(string name, bool nullable = false) => new() { Name = name, PhysicalType = PhysicalType.Boolean, IsNullable = nullable };

    /// <summary>UTF-8 text.</summary>
    public static ParquetField String(string name, bool nullable = false) =>
        new() { Name = name, PhysicalType = PhysicalType.ByteArray, LogicalType = new(LogicalKind.String), IsNullable = nullable };

    /// <summary>Bytes.</summary>
    public static ParquetField Bytes(string name, bool nullable = false) => new() { Name = name, PhysicalType = PhysicalType.ByteArray, IsNullable = nullable };

    /// <summary>Microseconds since 1970-01-01T00:00, as <see cref="long"/>.</summary>
    /// <param name="name">Column name.</param>
    /// <param name="isAdjustedToUtc">True for instants; false for local date and time.</param>
    /// <param name="nullable">Whether nulls are allowed.</param>
    public static ParquetField Timestamp(string name, bool isAdjustedToUtc, bool nullable = false) => new()
    {
        Name = name,
        PhysicalType = PhysicalType.Int64,
        LogicalType = new(LogicalKind.Timestamp) { Unit = TimeUnit.Microseconds, IsAdjustedToUtc = isAdjustedToUtc },
        IsNullable = nullable,
    };

    /// <summary>Days since 1970-01-01, as <see cref="int"/>.</summary>
    public static ParquetField Date(string name, bool nullable = false) =>
        new() { Name = name, PhysicalType = PhysicalType.Int32, LogicalType = new(LogicalKind.Date), IsNullable = nullable };

    /// <summary>Decimals of up to 18 digits, written from unscaled <see cref="long"/>s: 12.34 at scale 2 is 1234.</summary>
    public static ParquetField Decimal(string name, int precision, int scale, bool nullable = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, 18);
        ArgumentOutOfRangeException.ThrowIfNegative(scale);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, precision);
        return new()
        {
            Name = name,
            PhysicalType = PhysicalType.Int64,
            LogicalType = new(LogicalKind.Decimal) { Precision = precision, Scale = scale },
            IsNullable = nullable,
        };
    }
}
