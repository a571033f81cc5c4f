using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Predictive.Parquet.Tests.Conformance;

/// <summary>Compares assembled values with the JSON that DuckDB printed for them.</summary>
internal static class ExpectedValues
{
    /// <summary>Null where equal; otherwise what differs.</summary>
    public static string? Difference(JsonElement expected, object? actual, ParquetNode node, string path)
    {
        bool equal = (expected.ValueKind, actual) switch
        {
            (JsonValueKind.Null, null) => true,
            (JsonValueKind.True or JsonValueKind.False, bool b) => b == expected.GetBoolean(),
            (JsonValueKind.Number or JsonValueKind.String, float f) => Number(expected) is double e && (float)e is float single && (single == f || (float.IsNaN(single) && float.IsNaN(f))),
            (JsonValueKind.Number or JsonValueKind.String, double d) => Number(expected) is double e && (e == d || (double.IsNaN(e) && double.IsNaN(d))),
            (JsonValueKind.Number, long l) => expected.GetInt64() == l,
            (JsonValueKind.String, long l) => expected.GetString() == Text(l, node) || Micros(expected.GetString()!) is long m && m == l,
            (JsonValueKind.String, ulong u) => expected.GetString() == u.ToString(CultureInfo.InvariantCulture),
            (JsonValueKind.String, decimal d) => decimal.Parse(expected.GetString()!, CultureInfo.InvariantCulture) == d,
            (JsonValueKind.String, string s) => expected.GetString() == s,
            (JsonValueKind.String, byte[] b) => expected.GetString() == Blob(b),
            (JsonValueKind.Array, KeyValuePair<object?, object?>[] map) => map.Length == expected.GetArrayLength(),
            (JsonValueKind.Array, object?[] list) => list.Length == expected.GetArrayLength(),
            (JsonValueKind.Object, KeyValuePair<string, object?>[] fields) => fields.Length == expected.EnumerateObject().Count(),
            _ => false,
        };
        if (!equal)
        {
            return $"{path}: {(actual is byte[] bytes ? Blob(bytes) : actual ?? "null")} where {expected.GetRawText()} is expected";
        }

        return actual switch
        {
            KeyValuePair<object?, object?>[] map => map
                .Select((entry, i) => Difference(expected[i].GetProperty("key"), entry.Key, node, $"{path}[{i}].key") ?? Difference(expected[i].GetProperty("value"), entry.Value, node, $"{path}[{i}].value"))
                .FirstOrDefault(d => d is not null),
            KeyValuePair<string, object?>[] fields => fields
                .Select(field => expected.TryGetProperty(field.Key, out JsonElement e) ? Difference(e, field.Value, node.Children.FirstOrDefault(c => c.Name == field.Key) ?? node, $"{path}.{field.Key}") : $"{path}: no field {field.Key} is expected")
                .FirstOrDefault(d => d is not null),
            object?[] list => list.Select((item, i) => Difference(expected[i], item, node, $"{path}[{i}]")).FirstOrDefault(d => d is not null),
            _ => null,
        };
    }

    /// <summary>DuckDB's text of a blob: printable ASCII as it is, everything else as <c>\xHH</c>.</summary>
    public static string Blob(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (byte b in bytes)
        {
            text.Append(b is >= 32 and <= 126 and not (byte)'\'' and not (byte)'"' ? ((char)b).ToString() : $"\\x{b:X2}");
        }

        return text.ToString();
    }

    private static double? Number(JsonElement e) => e.ValueKind == JsonValueKind.Number ? e.GetDouble()
        : double.TryParse(e.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double d) ? d : null;

    private static string Text(long value, ParquetNode node) => node.LogicalType.Kind == LogicalKind.Date
        ? new DateOnly(1970, 1, 1).AddDays((int)value).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : value.ToString(CultureInfo.InvariantCulture);

    // "226414-01-07 (BC) 22:21:39.416064": years beyond DateTime included, so days are counted by the civil calendar's own rule.
    private static long? Micros(string text)
    {
        string[] parts = text.Replace(" (BC)", "", StringComparison.Ordinal).Split(' ');
        if (parts.Length != 2 || !TimeSpan.TryParse(parts[1], CultureInfo.InvariantCulture, out TimeSpan time))
        {
            return null;
        }

        long[] date = [.. parts[0].Split('-').Select(p => long.Parse(p, CultureInfo.InvariantCulture))];
        long year = text.Contains("(BC)", StringComparison.Ordinal) ? 1 - date[0] : date[0];
        year -= date[1] <= 2 ? 1 : 0;
        long era = (year >= 0 ? year : year - 399) / 400, yearOfEra = year - era * 400;
        long dayOfYear = (153 * (date[1] + (date[1] > 2 ? -3 : 9)) + 2) / 5 + date[2] - 1;
        long days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468;
        return days * 86_400_000_000 + time.Ticks / 10;
    }
}
