using System.Text;
using System.Text.Json;

namespace Predictive.History;

/// <summary>dataset.json as text: read with its faults told, written byte by byte the same.</summary>
internal static class DescriptionJson
{
    private static readonly string[] s_customerColumns = ["customer_id", AccountMap.Account, AccountMap.Parent],
        s_eventColumns = ["customer_id", "occurred_at", "kind", "value"];

    /// <summary>Reads a dataset.json that is there, whatever its name.</summary>
    /// <exception cref="DatasetException">As for <see cref="DatasetFolder.ReadDescription"/>.</exception>
    public static DatasetDescription ReadFile(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(file),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(file, document.RootElement);
        }
        catch (JsonException e)
        {
            throw DatasetFaults.BadDescription(file, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine}: not JSON.").Refuse(e);
        }
    }

    /// <summary>The text of a dataset.json; equal descriptions give equal bytes.</summary>
    public static byte[] Write(DatasetDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            stream,
            new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (part, columns) in new[]
            {
                ("columns", description.Columns), ("customers", description.CustomerColumns), ("events", description.EventColumns),
            })
            {
                if (columns.Count > 0)
                {
                    json.WriteStartObject(part);
                    foreach (var (canonical, source) in columns.OrderBy(p => p.Key, StringComparer.Ordinal))
                    {
                        json.WriteString(canonical, source);
                    }

                    json.WriteEndObject();
                }
            }

            if (description.Attributes is not null)
            {
                WriteTexts("attributes", description.Attributes, always: true);
            }

            if (description.Names.Count > 0)
            {
                json.WriteStartObject("names");
                foreach (var (column, names) in description.Names.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    json.WriteStartObject(column);
                    Optional("en", names.English);
                    Optional("zh", names.Chinese);
                    WriteTexts("also", names.Also);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            if (description.Level != CustomerLevel.Person)
            {
                json.WriteString("level", LevelNames.Of(description.Level));
            }

            WriteTexts("accountSums", description.AccountSums);
            Optional("currency", description.Currency);
            Optional("source", description.Source);
            json.WriteString("timeZone", description.TimeZone);
            json.WriteEndObject();

            void Optional(string name, string? value)
            {
                if (value is not null)
                {
                    json.WriteString(name, value);
                }
            }

            void WriteTexts(string name, IReadOnlyList<string> values, bool always = false)
            {
                if (values.Count > 0 || always)
                {
                    json.WriteStartArray(name);
                    foreach (string value in values)
                    {
                        json.WriteStringValue(value);
                    }

                    json.WriteEndArray();
                }
            }
        }

        stream.Write(Encoding.UTF8.GetBytes("\n"));
        return stream.ToArray();
    }

    private static DatasetDescription Read(string file, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw DatasetFaults.BadDescription(file, $"the root is {root.ValueKind}, not an object.").Refuse();
        }

        SortedDictionary<string, string> columns = new(StringComparer.Ordinal), customers = new(StringComparer.Ordinal),
            events = new(StringComparer.Ordinal);
        var names = new SortedDictionary<string, AttributeNames>(StringComparer.Ordinal);
        string? currency = null, source = null;
        string zone = "UTC";
        string[]? attributes = null;
        string[] sums = [];
        CustomerLevel level = CustomerLevel.Person;
        foreach (var property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "columns":
                    ReadColumns(file, property, columns, DatasetFolder.TransactionColumnNames);
                    break;
                case "customers":
                    ReadColumns(file, property, customers, s_customerColumns);
                    break;
                case "events":
                    ReadColumns(file, property, events, s_eventColumns);
                    break;
                case "currency":
                    currency = Text(file, property);
                    break;
                case "source":
                    source = Text(file, property);
                    break;
                case "timeZone":
                    zone = Text(file, property) ?? "UTC";
                    break;
                case "attributes":
                    attributes = Texts(file, property);
                    break;
                case "accountSums":
                    sums = Texts(file, property);
                    break;
                case "names":
                    ReadNames(file, property, names);
                    break;
                case "level":
                    level = LevelNames.TryRead(Text(file, property), out CustomerLevel read) ? read
                        : throw DatasetFaults.BadDescription(
                            file, $"\"level\" is {property.Value.GetRawText()}, expected {LevelNames.Expected}.").Refuse();
                    break;
                default:
                    throw DatasetFaults.BadDescription(file, $"it has an unknown part '{property.Name}'.").Refuse();
            }
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            throw DatasetFaults.UnknownTimeZone($"'{file}'", zone).Refuse();
        }

        return new DatasetDescription
        {
            Columns = columns, CustomerColumns = customers, EventColumns = events, Currency = currency, TimeZone = zone,
            Attributes = attributes, Level = level, AccountSums = sums, Source = source,
            Names = names,
        };
    }

    private static void ReadColumns(string file, JsonProperty part, SortedDictionary<string, string> columns, IReadOnlyList<string> known)
    {
        foreach (var property in Object(file, part.Name, part.Value))
        {
            string source =
                Text(file, property) ?? throw DatasetFaults.BadDescription(file, $"\"{part.Name}\".\"{property.Name}\" is null.").Refuse();
            if (!known.Contains(property.Name))
            {
                throw DatasetFaults.UnknownMapping($"'{file}'", property.Name, known).Refuse();
            }

            if (columns.TryGetValue(property.Name, out string? other))
            {
                throw DatasetFaults.DuplicateMapping($"'{file}'", property.Name, [other, source]).Refuse();
            }

            string? sameSource = columns.FirstOrDefault(p => p.Value == source).Key;
            if (sameSource is not null)
            {
                throw DatasetFaults.DuplicateMapping($"'{file}'", source, [sameSource, property.Name]).Refuse();
            }

            columns.Add(property.Name, source);
        }
    }

    private static void ReadNames(string file, JsonProperty part, SortedDictionary<string, AttributeNames> names)
    {
        foreach (var column in Object(file, part.Name, part.Value))
        {
            string where = $"\"names\".\"{column.Name}\"";
            string? english = null, chinese = null;
            string[] also = [];
            foreach (var one in Object(file, $"names.{column.Name}", column.Value))
            {
                switch (one.Name)
                {
                    case "en":
                        english = Word(file, where, one);
                        break;
                    case "zh":
                        chinese = Word(file, where, one);
                        break;
                    case "also":
                        also = Texts(file, one);
                        break;
                    default:
                        throw DatasetFaults.BadDescription(
                            file, $"{where} has '{one.Name}', expected \"en\", \"zh\" or \"also\": [..].").Refuse();
                }
            }

            names[column.Name] = new AttributeNames { English = english, Chinese = chinese, Also = also };
        }
    }

    private static string Word(string file, string where, JsonProperty property) =>
        Text(file, property) is { } text && !string.IsNullOrWhiteSpace(text) ? text
            : throw DatasetFaults.BadDescription(file, $"{where}.\"{property.Name}\" is empty.").Refuse();

    private static JsonElement.ObjectEnumerator Object(string file, string part, JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject()
            : throw DatasetFaults.BadDescription(file, $"\"{part}\" is {value.ValueKind}, not an object.").Refuse();

    private static string[] Texts(string file, JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.Array && property.Value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
            ? [.. property.Value.EnumerateArray().Select(v => v.GetString()!).Distinct(StringComparer.Ordinal)]
            : throw DatasetFaults.BadDescription(file, $"\"{property.Name}\" is not a list of column names.").Refuse();

    private static string? Text(string file, JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String => property.Value.GetString(),
        JsonValueKind.Null => null,
        _ => throw DatasetFaults.BadDescription(file, $"\"{property.Name}\" is {property.Value.ValueKind}, not text.").Refuse(),
    };
}
