namespace Predictive.Parquet;

/// <summary>What a column's or group's values mean, beyond how they are stored.</summary>
public enum LogicalKind
{
    /// <summary>Nothing beyond the physical type.</summary>
    None,

    /// <summary>UTF-8 text.</summary>
    String,

    /// <summary>UTF-8 text, one of a small set.</summary>
    Enum,

    /// <summary>A JSON document as UTF-8 text.</summary>
    Json,

    /// <summary>A BSON document.</summary>
    Bson,

    /// <summary>16 bytes, big-endian.</summary>
    Uuid,

    /// <summary>Days since 1970-01-01.</summary>
    Date,

    /// <summary>Time of day in <see cref="LogicalType.Unit"/>.</summary>
    Time,

    /// <summary>Instant or local date and time since 1970-01-01T00:00 in <see cref="LogicalType.Unit"/>.</summary>
    Timestamp,

    /// <summary>Integer of <see cref="LogicalType.Precision"/> digits, divided by 10^<see cref="LogicalType.Scale"/>.</summary>
    Decimal,

    /// <summary>Integer of <see cref="LogicalType.BitWidth"/> bits.</summary>
    Integer,

    /// <summary>IEEE 754 half in two bytes.</summary>
    Float16,

    /// <summary>12 bytes: months, days, milliseconds.</summary>
    Interval,

    /// <summary>Always null.</summary>
    Unknown,

    /// <summary>A group that is a list.</summary>
    List,

    /// <summary>A group that is a map.</summary>
    Map,

    /// <summary>A semi-structured value; refused by name when read.</summary>
    Variant,

    /// <summary>A planar geometry; refused by name when read.</summary>
    Geometry,

    /// <summary>A geometry on the globe; refused by name when read.</summary>
    Geography,
}

/// <summary>Unit of a <see cref="LogicalKind.Time"/> or <see cref="LogicalKind.Timestamp"/>.</summary>
public enum TimeUnit
{
    /// <summary>10⁻³ s.</summary>
    Milliseconds,

    /// <summary>10⁻⁶ s.</summary>
    Microseconds,

    /// <summary>10⁻⁹ s.</summary>
    Nanoseconds,
}

/// <summary>A logical type with its parameters; those that do not belong to <see cref="Kind"/> are 0 or false.</summary>
public readonly record struct LogicalType(LogicalKind Kind)
{
    /// <summary>Unit of a time or timestamp.</summary>
    public TimeUnit Unit { get; init; }

    /// <summary>True: the values are instants (UTC); false: local date and time of an unnamed zone. Time and timestamp only.</summary>
    public bool IsAdjustedToUtc { get; init; }

    /// <summary>Decimal digits of a decimal, at least 1.</summary>
    public int Precision { get; init; }

    /// <summary>Digits after the decimal point of a decimal.</summary>
    public int Scale { get; init; }

    /// <summary>8, 16, 32 or 64, of an integer.</summary>
    public int BitWidth { get; init; }

    /// <summary>False for an unsigned integer.</summary>
    public bool IsSigned { get; init; }
}
