using System.Globalization;
using System.Numerics;

namespace Predictive.History.Warehouse;

/// <summary>What differs between the SQL of engines that ADO.NET reaches.</summary>
internal sealed record AdoDialect
{
    /// <summary>Statements before any question, such as the zone that times are shown in; null = none.</summary>
    public string? Prepare { get; init; }

    /// <summary>A 64-bit hash of columns that are SQL already; null = the engine has none.</summary>
    public Func<IReadOnlyList<string>, string>? Hash { get; init; }

    /// <summary>The sum of such hashes as a whole number that does not overflow; the argument is SQL.</summary>
    public Func<string, string> Sum { get; init; } = hash => $"sum({hash})";

    /// <summary>Text in the order of its bytes; the argument is SQL.</summary>
    public Func<string, string> Bytewise { get; init; } = column => column;

    /// <summary>PostgreSQL from 11 on.</summary>
    public static AdoDialect Postgres { get; } = new()
    {
        Prepare = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 1; SET default_transaction_read_only = on",
        Hash = columns => $"hashtextextended(ROW({string.Join(", ", columns)})::text, 0)",
        Sum = hash => $"sum(({hash})::numeric)",
        Bytewise = column => $"{column} COLLATE \"C\"",
    };

    /// <summary>DuckDB.</summary>
    public static AdoDialect DuckDb { get; } = new()
    {
        Hash = columns => $"hash({string.Join(", ", columns)})",
        Sum = hash => $"sum(({hash})::HUGEINT)",
    };

    /// <summary>A name as SQL.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A sum of hashes, signed or not, as it adds up here: modulo 2⁶⁴.</summary>
    public static ulong Modulo(object sum) => sum is DBNull ? 0
        : (ulong)(BigInteger.Parse(Convert.ToString(sum, CultureInfo.InvariantCulture)!, CultureInfo.InvariantCulture) & ulong.MaxValue);
}
