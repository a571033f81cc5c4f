using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Segments;

/// <summary>
/// Walks a settings file against the shape of <see cref="RuleOptions"/>: every unknown name, missing name and wrong type with its line and
/// what is allowed there; remembers on which line everything stands.
/// </summary>
internal sealed class SettingsShape
{
    private readonly byte[] _json;
    private readonly List<int> _lineStarts = [0];
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly List<SettingsFault> _faults = [];

    /// <param name="json">UTF-8.</param>
    /// <param name="root">What the file is read as; null = <see cref="RuleOptions"/>.</param>
    public SettingsShape(byte[] json, Type? root = null)
    {
        _json = json;
        for (int i = 0; i < json.Length; i++)
        {
            if (json[i] == (byte)'\n')
            {
                _lineStarts.Add(i + 1);
            }
        }

        var reader = new Utf8JsonReader(
            json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            reader.Read();
            Value(ref reader, "", root ?? typeof(RuleOptions), nullable: false);
            reader.Read();
        }
        catch (JsonException e)
        {
            _faults.Add(new SettingsFault((int)(e.LineNumber ?? 0) + 1,
                "this is not JSON; expected a comma, a quote or a bracket about here"));
        }
    }

    /// <summary>What is wrong, in the order of the file.</summary>
    public IReadOnlyList<SettingsFault> Faults => _faults;

    /// <summary>Line of a place such as <c>segments[0].all[1].field</c>, or of the nearest thing around it.</summary>
    public int LineOf(string place)
    {
        while (place.Length > 0)
        {
            if (_lines.TryGetValue(place, out int line))
            {
                return line;
            }

            place = place[..Math.Max(Math.Max(place.LastIndexOf('.'), place.LastIndexOf('[')), 0)];
        }

        return 1;
    }

    private void Value(ref Utf8JsonReader reader, string place, Type type, bool nullable)
    {
        int line = LineAt(reader.TokenStartIndex);
        _lines.TryAdd(place, line);
        if (reader.TokenType == JsonTokenType.Null)
        {
            if (!nullable)
            {
                Fault(line, place, "null", Expected(type));
            }

            return;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        // The one type that reads itself is written as its list of boxes.
        type = type == typeof(RfmSegmentTable) ? typeof(IReadOnlyList<RfmSegmentRule>) : type;
        JsonTypeInfo? info = IsScalar(type) ? null : SegmentsFile.Json.GetTypeInfo(type);
        switch (info?.Kind)
        {
            case JsonTypeInfoKind.Object when reader.TokenType == JsonTokenType.StartObject:
                Members(ref reader, place, line, info);
                break;
            case JsonTypeInfoKind.Enumerable when reader.TokenType == JsonTokenType.StartArray:
                for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    Value(ref reader, string.Create(CultureInfo.InvariantCulture, $"{place}[{i}]"), info.ElementType!, nullable: false);
                }

                break;
            case JsonTypeInfoKind.Dictionary when reader.TokenType == JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string key = reader.GetString()!;
                    reader.Read();
                    Value(ref reader, $"{place}.{key}", info.ElementType!, nullable: false);
                }

                break;
            case null when Fits(ref reader, type):
                break;
            default:
                Fault(line, place, Found(ref reader), Expected(type));
                reader.Skip();
                break;
        }
    }

    private void Members(ref Utf8JsonReader reader, string place, int line, JsonTypeInfo info)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            int at = LineAt(reader.TokenStartIndex);
            string inside = place.Length == 0 ? name : $"{place}.{name}";
            JsonPropertyInfo? property = info.Properties.FirstOrDefault(p => p.Name == name);
            if (property is null || property.Set is null && property.AssociatedParameter is null)
            {
                string where = place.Length == 0 ? "the file" : place;
                _faults.Add(new SettingsFault(
                    at, $"'{name}' is nothing that {where} has; expected {string.Join(", ", Settable(info).Select(p => p.Name))}"));
                reader.Read();
                reader.Skip();
                continue;
            }

            if (!seen.Add(name))
            {
                _faults.Add(new SettingsFault(at, $"'{inside}' stands here a second time (first on line {LineOf(inside)}); expected once"));
            }

            reader.Read();
            Value(ref reader, inside, property.PropertyType, property.IsSetNullable
                || property.AssociatedParameter is { IsNullable: true });
        }

        foreach (JsonPropertyInfo missing in info.Properties.Where(p => p.AssociatedParameter is { HasDefaultValue: false }
            && !seen.Contains(p.Name)))
        {
            _faults.Add(new SettingsFault(
                line, $"{place} has no '{missing.Name}'; expected "
                    + $"{Expected(Nullable.GetUnderlyingType(missing.PropertyType) ?? missing.PropertyType)}"));
        }
    }

    private static IEnumerable<JsonPropertyInfo> Settable(JsonTypeInfo info) =>
        info.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null);

    private static bool IsScalar(Type type) => type == typeof(string) || type == typeof(bool) || type == typeof(int)
        || type == typeof(double)
        || type.IsEnum;

    private static bool Fits(ref Utf8JsonReader reader, Type type) =>
        type == typeof(string) ? reader.TokenType == JsonTokenType.String
        : type == typeof(bool) ? reader.TokenType is JsonTokenType.True or JsonTokenType.False
        : type == typeof(int) ? reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out _)
        : type == typeof(double) ? reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double d) && double.IsFinite(d)
        : reader.TokenType == JsonTokenType.String && Enum.GetNames(type).Contains(reader.GetString(), StringComparer.OrdinalIgnoreCase);

    private static string Expected(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? "a text in quotes"
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) ? "a whole number"
            : type == typeof(double) ? "a number"
            : type.IsEnum ? string.Join(", ", Enum.GetNames(type))
            : typeof(IEnumerable).IsAssignableFrom(type) && SegmentsFile.Json.GetTypeInfo(type).Kind != JsonTypeInfoKind.Dictionary
                ? "a list in [ ]"
                : "an object in { }";
    }

    private static string Found(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => $"\"{reader.GetString()}\"",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.StartObject => "an object",
        _ => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
    };

    private void Fault(int line, string place, string found, string expected) =>
        _faults.Add(new SettingsFault(line, $"{(place.Length == 0 ? "the file" : place)} is {found}; expected {expected}"));

    private int LineAt(long offset)
    {
        int at = _lineStarts.BinarySearch((int)offset);
        return (at < 0 ? ~at - 1 : at) + 1;
    }
}
