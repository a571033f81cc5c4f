namespace Predictive.Parquet;

/// <summary>How a column's values are stored; the numbers are the format's own.</summary>
public enum PhysicalType
{
    /// <summary>One bit.</summary>
    Boolean = 0,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 1,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 2,

    /// <summary>Legacy 12-byte timestamp: nanoseconds of the day, then the Julian day.</summary>
    Int96 = 3,

    /// <summary>IEEE 754 single.</summary>
    Float = 4,

    /// <summary>IEEE 754 double.</summary>
    Double = 5,

    /// <summary>Bytes of any length.</summary>
    ByteArray = 6,

    /// <summary>Bytes of one length, <see cref="ParquetColumn.TypeLength"/>.</summary>
    FixedLengthByteArray = 7,
}

/// <summary>Whether a field is always there, may be null, or is a list; the numbers are the format's own.</summary>
public enum Repetition
{
    /// <summary>Exactly one value.</summary>
    Required = 0,

    /// <summary>One value or null.</summary>
    Optional = 1,

    /// <summary>Any number of values.</summary>
    Repeated = 2,
}
