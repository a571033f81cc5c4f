// Linked into Predictive.Benchmarks too.
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Predictive.History.Parquet;

namespace Predictive.History.Tests.Parquet.Conformance;

/// <summary>Microseconds since 1970-01-01T00:00, of a time or a date.</summary>
internal readonly record struct Micros(long Value);

/// <summary>Compares a value read with the JSON that DuckDB printed for it.</summary>
internal static class ExpectedValue
{
    /// <param name="expected">DuckDB's value.</param>
    /// <param name="type">DuckDB's type of the column.</param>
    /// <param name="actual">null, long, ulong, double, decimal, bool, string, byte[] or <see cref="Micros"/>.</param>
    /// <param name="blankIsMissing">Whether the reader takes blank text for missing.</param>
    public static bool Equal(JsonElement expected, string type, object? actual, bool blankIsMissing)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            return actual is null;
        }

        switch (actual)
        {
            case null:
                return blankIsMissing && type is "VARCHAR" or "BLOB" && string.IsNullOrWhiteSpace(Text(Bytes(expected.GetString()!)));
            case bool b:
                return expected.ValueKind is JsonValueKind.True or JsonValueKind.False && b == expected.GetBoolean();
            case long or ulong:
                return expected.ToString() == Convert.ToString(actual, CultureInfo.InvariantCulture);
            case decimal d:
                return decimal.Parse(expected.ToString(), CultureInfo.InvariantCulture) == d;
            case double d:
                double e = double.Parse(expected.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);
                return type == "FLOAT" ? ((float)e).Equals((float)d) || (e == 0 && d == 0) : e.Equals(d) || e == d;
            case Micros m:
                long time = MicrosOf(expected.GetString()!);
                return time == m.Value || (m.Value == ColumnBatches.ImpossibleTime && time is < LocalYears.First or > LocalYears.Last);
            case string s:
                return type == "BLOB" ? Text(Bytes(expected.GetString()!)) == s : expected.GetString() == s;
            case byte[] b:
                return type == "BLOB" ? b.AsSpan().SequenceEqual(Bytes(expected.GetString()!))
                    : expected.GetString() == Encoding.UTF8.GetString(b);
            default:
                throw new ArgumentException($"no comparison for {actual.GetType()}");
        }
    }

    // What the product makes of bytes.
    private static string Text(byte[] bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
        : "0x" + Convert.ToHexStringLower(bytes);

    // DuckDB's text of a blob: printable ASCII as it is, everything else as \xHH.
    private static byte[] Bytes(string blob)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < blob.Length; i++)
        {
            bool escaped = blob[i] == '\\' && i + 3 < blob.Length && blob[i + 1] == 'x';
            bytes.Add(escaped ? Convert.ToByte(blob.Substring(i + 2, 2), 16) : (byte)blob[i]);
            i += escaped ? 3 : 0;
        }

        return [.. bytes];
    }

    // "226414-01-07 (BC) 22:21:39.416064": years beyond DateTime included, so days are counted by the civil calendar's own rule.
    private static long MicrosOf(string text)
    {
        string[] parts = text.Replace(" (BC)", "", StringComparison.Ordinal).Split(' ');
        TimeSpan time = parts.Length == 2 ? TimeSpan.Parse(parts[1].Split('+')[0], CultureInfo.InvariantCulture) : default;
        long[] date = [.. parts[0].Split('-').Select(p => long.Parse(p, CultureInfo.InvariantCulture))];
        long year = text.Contains("(BC)", StringComparison.Ordinal) ? 1 - date[0] : date[0];
        year -= date[1] <= 2 ? 1 : 0;
        long era = (year >= 0 ? year : year - 399) / 400, yearOfEra = year - (era * 400);
        long dayOfYear = (((153 * (date[1] + (date[1] > 2 ? -3 : 9))) + 2) / 5) + date[2] - 1;
        long days = (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
        return (days * 86_400_000_000) + (time.Ticks / 10);
    }
}
