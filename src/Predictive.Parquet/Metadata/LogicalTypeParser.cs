namespace Predictive.Parquet.Metadata;

/// <summary>Logical types, from the Thrift union of newer files or the converted type of older ones.</summary>
internal static class LogicalTypeParser
{
    /// <summary>The union; null where it names a type this library does not know, which then counts as absent.</summary>
    public static LogicalType? Parse(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.ExpectStruct(type);
        LogicalType? result = null;
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType field))
        {
            ThriftReader.ExpectStruct(field);
            (int a, int b, bool flag) = Parameters(ref r, id);
            result = id switch
            {
                1 => new(LogicalKind.String),
                2 => new(LogicalKind.Map),
                3 => new(LogicalKind.List),
                4 => new(LogicalKind.Enum),
                5 => new(LogicalKind.Decimal) { Scale = a, Precision = b },
                6 => new(LogicalKind.Date),
                7 => new(LogicalKind.Time) { IsAdjustedToUtc = flag, Unit = Unit(b) },
                8 => new(LogicalKind.Timestamp) { IsAdjustedToUtc = flag, Unit = Unit(b) },
                10 => new(LogicalKind.Integer) { BitWidth = a, IsSigned = flag },
                11 => new(LogicalKind.Unknown),
                12 => new(LogicalKind.Json),
                13 => new(LogicalKind.Bson),
                14 => new(LogicalKind.Uuid),
                15 => new(LogicalKind.Float16),
                16 => new(LogicalKind.Variant),
                17 => new(LogicalKind.Geometry),
                18 => new(LogicalKind.Geography),
                _ => null,
            };
        }

        r.Leave(outer);
        return result;
    }

    /// <summary>The older annotation of a schema element.</summary>
    public static LogicalType FromConverted(SchemaElement e) => e.ConvertedType switch
    {
        0 => new(LogicalKind.String),
        1 or 2 => new(LogicalKind.Map),
        3 => new(LogicalKind.List),
        4 => new(LogicalKind.Enum),
        5 => new(LogicalKind.Decimal) { Scale = e.Scale, Precision = e.Precision },
        6 => new(LogicalKind.Date),
        7 => new(LogicalKind.Time) { Unit = TimeUnit.Milliseconds, IsAdjustedToUtc = true },
        8 => new(LogicalKind.Time) { Unit = TimeUnit.Microseconds, IsAdjustedToUtc = true },
        9 => new(LogicalKind.Timestamp) { Unit = TimeUnit.Milliseconds, IsAdjustedToUtc = true },
        10 => new(LogicalKind.Timestamp) { Unit = TimeUnit.Microseconds, IsAdjustedToUtc = true },
        >= 11 and <= 14 => new(LogicalKind.Integer) { BitWidth = 8 << (e.ConvertedType - 11) },
        >= 15 and <= 18 => new(LogicalKind.Integer) { BitWidth = 8 << (e.ConvertedType - 15), IsSigned = true },
        19 => new(LogicalKind.Json),
        20 => new(LogicalKind.Bson),
        21 => new(LogicalKind.Interval),
        _ => default,
    };

    private static TimeUnit Unit(int unit) => unit switch
    {
        1 => TimeUnit.Milliseconds,
        2 => TimeUnit.Microseconds,
        3 => TimeUnit.Nanoseconds,
        _ => Corrupt.Throw<TimeUnit>($"unknown time unit {unit} (known are 1 to 3)"),
    };

    // Every member is a struct of at most two fields: integers, booleans or (for times) a union whose field number is the unit.
    private static (int First, int Second, bool Flag) Parameters(ref ThriftReader r, int kind)
    {
        int first = 0, second = 0;
        bool flag = false;
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (kind, id)
            {
                case (5, 1): first = r.Int32(type); break;
                case (5, 2): second = r.Int32(type); break;
                case (7 or 8, 1): flag = r.Bool(type); break;
                case (7 or 8, 2):
                    ThriftReader.ExpectStruct(type);
                    int inner = r.Enter();
                    while (r.Next(out int unit, out ThriftType unitType))
                    {
                        second = unit;
                        r.Skip(unitType);
                    }

                    r.Leave(inner);
                    break;
                case (10, 1): first = r.Int32(type); break;
                case (10, 2): flag = r.Bool(type); break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        return (first, second, flag);
    }
}
