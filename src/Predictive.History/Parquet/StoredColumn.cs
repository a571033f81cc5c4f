using ParquetSharp;

namespace Predictive.History.Parquet;

/// <summary>What a stored column can stand for in a table.</summary>
internal enum ColumnKind
{
    /// <summary>UTF-8 text: string, enum, or bytes without an annotation.</summary>
    Text,

    /// <summary>16 bytes, read as text (<c>6fa459ea-ee8a-3ca4-894e-db77e160355e</c>).</summary>
    Uuid,

    /// <summary>Whole numbers that fit a <see cref="long"/>: int8 to int64, uint8 to uint32.</summary>
    Integer,

    /// <summary>uint64.</summary>
    Unsigned64,

    /// <summary>Half, float or double.</summary>
    Real,

    /// <summary>Decimal numbers of any storage.</summary>
    Decimal,

    /// <summary>A timestamp of any unit, INT96 or a date.</summary>
    Time,

    /// <summary>Booleans.</summary>
    Flag,

    /// <summary>A column that its writer declared to be always missing; it can stand for anything.</summary>
    Nothing,

    /// <summary>Anything else: lists, maps, times of day, intervals, bytes of fixed length ...</summary>
    Other,
}

/// <summary>How one file stores a column.</summary>
/// <param name="Index">Position among the file's leaf columns.</param>
/// <param name="Name">Dotted path.</param>
/// <param name="Kind">What it can stand for.</param>
/// <param name="Physical">Storage type.</param>
/// <param name="TypeName">The type in words, for messages.</param>
/// <param name="MaxDefinition">0 = no value may be missing.</param>
internal sealed record StoredColumn(int Index, string Name, ColumnKind Kind, PhysicalType Physical, string TypeName, short MaxDefinition)
{
    /// <summary>Digits after the point of a decimal.</summary>
    public int Scale { get; private init; }

    /// <summary>Bytes of a value of fixed length.</summary>
    public int Length { get; private init; }

    /// <summary>A uint8, uint16 or uint32, whose storage is signed.</summary>
    public bool IsUnsigned { get; private init; }

    /// <summary>Times are instants in UTC; false = local.</summary>
    public bool IsUtc { get; private init; }

    /// <summary>Unit of a timestamp; null = a date (or INT96).</summary>
    public TimeUnit? Unit { get; private init; }

    /// <summary>Reads the descriptor of a leaf column.</summary>
    public static StoredColumn Of(ColumnDescriptor column, int index)
    {
        using LogicalType? logical = Annotation(column);
        using var path = column.Path;
        PhysicalType physical = column.PhysicalType;
        bool isList = column.MaxRepetitionLevel > 0;
        var (kind, name) = isList ? (ColumnKind.Other, "a list") : Classify(physical, logical, column.TypeLength);
        return new StoredColumn(index, path.ToDotString(), kind, physical, name, column.MaxDefinitionLevel)
        {
            Scale = logical is DecimalLogicalType d ? d.Scale : 0,
            Length = column.TypeLength,
            IsUnsigned = logical is IntLogicalType { IsSigned: false },
            IsUtc = logical is TimestampLogicalType { IsAdjustedToUtc: true },
            Unit = (logical as TimestampLogicalType)?.TimeUnit,
        };
    }

    /// <summary>Microseconds since 1970-01-01T00:00 of a stored time; <see cref="ColumnBatches.ImpossibleTime"/> outside <see
    /// cref="LocalYears"/>.</summary>
    public long Micros(long stored)
    {
        switch (Unit)
        {
            case null:
                return stored is >= LocalYears.FirstDay and <= LocalYears.LastDay ? stored * LocalTime.MicrosPerDay
                    : ColumnBatches.ImpossibleTime;
            case TimeUnit.Millis:
                return stored is >= LocalYears.First / 1000 and <= LocalYears.Last / 1000 ? stored * 1000 : ColumnBatches.ImpossibleTime;
            case TimeUnit.Nanos:
                return (stored / 1000) - (stored % 1000 < 0 ? 1 : 0);
            default:
                return stored is >= LocalYears.First and <= LocalYears.Last ? stored : ColumnBatches.ImpossibleTime;
        }
    }

    // A file may hold columns that nobody asks for of types that ParquetSharp does not know, such as geometry.
    private static LogicalType? Annotation(ColumnDescriptor column)
    {
        try
        {
            return column.LogicalType;
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static (ColumnKind Kind, string Name) Classify(PhysicalType physical, LogicalType? logical, int length) => logical switch
    {
        null => (ColumnKind.Other, "of a type that is not known here"),
        DecimalLogicalType d => (d.Precision <= Decimals.MostDigits ? ColumnKind.Decimal : ColumnKind.Other,
            $"decimal({d.Precision},{d.Scale})"),
        TimestampLogicalType t => (ColumnKind.Time, $"timestamp in {Words(t.TimeUnit)}{(t.IsAdjustedToUtc ? " UTC" : "")}"),
        IntLogicalType { IsSigned: false, BitWidth: 64 } => (ColumnKind.Unsigned64, "uint64"),
        IntLogicalType i => (ColumnKind.Integer, (i.IsSigned ? "int" : "uint") + i.BitWidth),
        _ => (logical.Type, physical) switch
        {
            (LogicalTypeEnum.Date, _) => (ColumnKind.Time, "date"),
            (LogicalTypeEnum.String, PhysicalType.ByteArray) => (ColumnKind.Text, "text"),
            (LogicalTypeEnum.Enum, PhysicalType.ByteArray) => (ColumnKind.Text, "enum"),
            (LogicalTypeEnum.Uuid, _) => (ColumnKind.Uuid, "uuid"),
            (LogicalTypeEnum.Float16, _) => (ColumnKind.Real, "half"),
            (LogicalTypeEnum.Nil, _) => (ColumnKind.Nothing, "nothing but nulls"),
            (LogicalTypeEnum.None or LogicalTypeEnum.Undefined, _) => physical switch
            {
                PhysicalType.ByteArray => (ColumnKind.Text, "bytes"),
                PhysicalType.Int32 => (ColumnKind.Integer, "int32"),
                PhysicalType.Int64 => (ColumnKind.Integer, "int64"),
                PhysicalType.Float => (ColumnKind.Real, "float"),
                PhysicalType.Double => (ColumnKind.Real, "double"),
                PhysicalType.Int96 => (ColumnKind.Time, "int96 timestamp"),
                PhysicalType.Boolean => (ColumnKind.Flag, "boolean"),
                _ => (ColumnKind.Other, $"{length} bytes of no stated meaning"),
            },
            _ => (ColumnKind.Other, logical.Type.ToString().ToLowerInvariant()),
        },
    };

    private static string Words(TimeUnit unit) =>
        unit switch { TimeUnit.Millis => "ms", TimeUnit.Micros => "µs", TimeUnit.Nanos => "ns", _ => unit.ToString() };
}

/// <summary>
/// The days a time may lie in: from 0001-01-01 to 9999-12-30. The day after stands for "no end" in many systems, and no calendar here has a
/// midnight after it.
/// </summary>
internal static class LocalYears
{
    /// <summary>0001-01-01 in days since 1970-01-01.</summary>
    public const int FirstDay = -719_162;

    /// <summary>9999-12-30 in days since 1970-01-01.</summary>
    public const int LastDay = 2_932_895;

    /// <summary>First microsecond of year 1.</summary>
    public const long First = FirstDay * 86_400_000_000;

    /// <summary>Last microsecond of <see cref="LastDay"/>.</summary>
    public const long Last = ((LastDay + 1) * 86_400_000_000) - 1;
}
