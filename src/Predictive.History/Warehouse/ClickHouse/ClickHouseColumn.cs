using System.Globalization;
using System.Text.RegularExpressions;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>How a value lies in a row of RowBinary.</summary>
internal enum Wire
{
    /// <summary>Length, bytes.</summary>
    Text,

    /// <summary>So many bytes, those behind the last that is not 0 without meaning.</summary>
    Fixed,

    /// <summary>Whole, signed, of so many bytes.</summary>
    Signed,

    /// <summary>Whole, without sign, of so many bytes.</summary>
    Unsigned,

    /// <summary>IEEE 754 of four bytes.</summary>
    Single,

    /// <summary>IEEE 754 of eight bytes.</summary>
    Double,

    /// <summary>Whole, signed, of so many bytes, divided by a power of ten.</summary>
    Decimal,

    /// <summary>Days since 1970-01-01 of two bytes without sign, or four with.</summary>
    Day,

    /// <summary>Seconds since 1970-01-01T00:00Z of four bytes without sign.</summary>
    Seconds,

    /// <summary>Ticks of 10^-scale seconds since 1970-01-01T00:00Z, eight bytes.</summary>
    Ticks,
}

/// <summary>A column of a ClickHouse table: what it is there, how its values come, what they are here.</summary>
/// <param name="Source">What it is here.</param>
/// <param name="Wire">How a value lies in a row.</param>
/// <param name="Bytes">Of a value of fixed length.</param>
/// <param name="Scale">Digits behind the point.</param>
/// <param name="IsSpelled">Whether the server is to spell the values as text.</param>
/// <param name="IsHashed">Whether cityHash64 of the oldest server takes the type.</param>
internal sealed partial record ClickHouseColumn(SourceColumn Source, Wire Wire, int Bytes, int Scale, bool IsSpelled, bool IsHashed)
{
    /// <summary>The column as SQL, as it is streamed.</summary>
    public string Sql => IsSpelled ? $"toString({ClickHouseClient.Name(Source.Name)})" : ClickHouseClient.Name(Source.Name);

    /// <summary>The column as arguments of cityHash64; null never makes a whole hash null.</summary>
    public string Hashed
    {
        get
        {
            string name = ClickHouseClient.Name(Source.Name);
            return Source.IsNullable ? $"ifNull(toString({name}), ''), isNull({name})" : IsHashed ? name : $"toString({name})";
        }
    }

    /// <summary>The customer's id as the text that slices are made by.</summary>
    public string AsId
    {
        get
        {
            string name = ClickHouseClient.Name(Source.Name);
            if (Source.TypeName == "String")
            {
                return name;
            }

            string text = Source.IsNullable ? $"ifNull(toString({name}), '')" : $"toString({name})";
            return Wire == Wire.Fixed ? $"replaceRegexpOne({text}, '\\0+$', '')" : text;
        }
    }

    /// <summary>A column by what DESCRIBE TABLE says of it.</summary>
    public static ClickHouseColumn Of(string name, string type)
    {
        string plain = Wrapped().Match(type) is { Success: true } low ? low.Groups["inner"].Value : type;
        Match nullable = Nullable().Match(plain);
        bool mayLack = nullable.Success;
        plain = mayLack ? nullable.Groups["inner"].Value : plain;
        ClickHouseColumn Column(SourceKind kind, Wire wire, int bytes = 0, int scale = 0, bool spelled = false, bool hashed = true) =>
            new(new SourceColumn(name, type, kind, mayLack), wire, bytes, scale, spelled, hashed);
        switch (plain)
        {
            case "String":
                return Column(SourceKind.Text, Wire.Text);
            case "UUID":
                return Column(SourceKind.Text, Wire.Text, spelled: true, hashed: false);
            case "Int8" or "Int16" or "Int32" or "Int64":
                return Column(SourceKind.Whole, Wire.Signed, Bits(plain) / 8);
            case "UInt8" or "UInt16" or "UInt32":
                return Column(SourceKind.Whole, Wire.Unsigned, Bits(plain) / 8);
            case "UInt64":
                return Column(SourceKind.LargeWhole, Wire.Unsigned, 8);
            case "Float32":
                return Column(SourceKind.Number, Wire.Single, 4);
            case "Float64":
                return Column(SourceKind.Number, Wire.Double, 8);
            case "Date":
                return Column(SourceKind.Day, Wire.Day, 2);
            case "Date32":
                return Column(SourceKind.Day, Wire.Day, 4);
        }

        if (plain == "DateTime" || plain.StartsWith("DateTime(", StringComparison.Ordinal))
        {
            return Column(SourceKind.Instant, Wire.Seconds, 4);
        }

        if (plain.StartsWith("Enum8(", StringComparison.Ordinal) || plain.StartsWith("Enum16(", StringComparison.Ordinal))
        {
            return Column(SourceKind.Text, Wire.Text, spelled: true);
        }

        if (Sized().Match(plain) is not { Success: true } sized)
        {
            return Column(SourceKind.Other, Wire.Text);
        }

        int first = Number(sized, "first");
        return sized.Groups["name"].Value switch
        {
            "FixedString" => Column(SourceKind.Text, Wire.Fixed, first),
            "DateTime64" when first <= 9 => Column(SourceKind.Instant, Wire.Ticks, 8, first, hashed: false),
            "Decimal" when sized.Groups["second"].Success && first <= 38 => Column(
                SourceKind.Number, Wire.Decimal, first <= 9 ? 4 : first <= 18 ? 8 : 16, Number(sized, "second"), hashed: false),
            _ => Column(SourceKind.Other, Wire.Text),
        };
    }

    private static int Bits(string type) =>
        int.Parse(type.AsSpan(type.IndexOf('t', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^LowCardinality\((?<inner>.+)\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Wrapped();

    [GeneratedRegex(@"^Nullable\((?<inner>.+)\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Nullable();

    [GeneratedRegex(@"^(?<name>\w+)\((?<first>\d{1,3})(, ?((?<second>\d{1,2})|'[^']*'))?\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Sized();
}
