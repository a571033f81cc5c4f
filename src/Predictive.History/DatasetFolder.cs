using System.Text;
using System.Text.Json;

namespace Predictive.History;

/// <summary>Where the tables of a dataset lie, and what its dataset.json says. Reading it opens no table.</summary>
public sealed record DatasetFolder
{
    /// <summary>Name of the description file.</summary>
    public const string DescriptionFile = "dataset.json";

    /// <summary>Name of the table that says who belongs to which account.</summary>
    public const string AccountMapTable = "account-map";

    /// <summary>The canonical columns of the transactions table.</summary>
    public static IReadOnlyList<string> TransactionColumnNames { get; } =
    [
        "customer_id", "order_id", "ordered_at", "amount", "product_id", "category", "quantity", "unit_cost", "discount", "channel",
        "source",
    ];

    private static readonly string[] s_customerColumns = ["customer_id", History.AccountMap.Account, History.AccountMap.Parent],
        s_eventColumns = ["customer_id", "occurred_at", "kind", "value"];

    /// <summary>The folder; for a single Parquet file, the folder it lies in.</summary>
    public required string Root { get; init; }

    /// <summary>The transactions: a Parquet file, or a folder of them (hive-partitioned or not).</summary>
    public required string Transactions { get; init; }

    /// <summary>The customers table, file or folder; null where absent.</summary>
    public string? Customers { get; init; }

    /// <summary>The events table, file or folder; null where absent.</summary>
    public string? Events { get; init; }

    /// <summary>The contacts table, file or folder; null where absent.</summary>
    public string? Contacts { get; init; }

    /// <summary>The products table, file or folder; null where absent.</summary>
    public string? Products { get; init; }

    /// <summary>The ID map (source, source_id, customer_id); null where absent. See History/Sources.</summary>
    public string? IdMap { get; init; }

    /// <summary>Who belongs to which account (account_id, customer_id, parent_account_id); null where absent.</summary>
    public string? AccountMap { get; init; }

    /// <summary>What dataset.json says; defaults where there is none.</summary>
    public required DatasetDescription Description { get; init; }

    /// <summary>
    /// Finds the tables of a dataset folder (<c>transactions.parquet</c> or <c>transactions/</c>, the same for <c>customers</c>,
    /// <c>events</c>, <c>contacts</c> and <c>products</c>, <c>id-map.parquet</c>, <c>account-map.parquet</c>) or takes a single Parquet
    /// file as its transactions; a dataset.json in the same folder applies.
    /// </summary>
    /// <exception cref="DatasetException">Nothing is there, or dataset.json cannot be understood.</exception>
    public static DatasetFolder Open(string pathOrFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrFolder);
        if (File.Exists(pathOrFolder))
        {
            string parent = Path.GetDirectoryName(Path.GetFullPath(pathOrFolder))!;
            return new DatasetFolder { Root = parent, Transactions = pathOrFolder, Description = ReadDescription(parent) };
        }

        if (!Directory.Exists(pathOrFolder))
        {
            throw DatasetFaults.MissingPath(pathOrFolder).Refuse();
        }

        return new DatasetFolder
        {
            Root = pathOrFolder,
            Transactions = Table(pathOrFolder, "transactions") ?? throw DatasetFaults.MissingTable(pathOrFolder, "transactions").Refuse(),
            Customers = Table(pathOrFolder, "customers"),
            Events = Table(pathOrFolder, "events"),
            Contacts = Table(pathOrFolder, "contacts"),
            Products = Table(pathOrFolder, "products"),
            IdMap = Table(pathOrFolder, "id-map"),
            AccountMap = Table(pathOrFolder, AccountMapTable),
            Description = ReadDescription(pathOrFolder),
        };
    }

    /// <summary>Reads dataset.json of a folder; the defaults where there is none.</summary>
    /// <exception cref="DatasetException">It is not the JSON expected, maps one name twice, or names an unknown column or time
    /// zone.</exception>
    public static DatasetDescription ReadDescription(string folder)
    {
        string file = Path.Combine(folder, DescriptionFile);
        return File.Exists(file) ? ReadDescriptionFile(file) : new DatasetDescription();
    }

    /// <summary>Reads a dataset.json that is there, whatever its name.</summary>
    /// <exception cref="DatasetException">As for <see cref="ReadDescription"/>.</exception>
    internal static DatasetDescription ReadDescriptionFile(string file)
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
    public static byte[] WriteDescription(DatasetDescription description)
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
                json.WriteStartArray("attributes");
                foreach (string attribute in description.Attributes)
                {
                    json.WriteStringValue(attribute);
                }

                json.WriteEndArray();
            }

            if (description.Level != CustomerLevel.Person)
            {
                json.WriteString("level", LevelNames.Of(description.Level));
            }

            if (description.AccountSums.Count > 0)
            {
                json.WriteStartArray("accountSums");
                foreach (string column in description.AccountSums)
                {
                    json.WriteStringValue(column);
                }

                json.WriteEndArray();
            }

            if (description.Currency is not null)
            {
                json.WriteString("currency", description.Currency);
            }

            if (description.Source is not null)
            {
                json.WriteString("source", description.Source);
            }

            json.WriteString("timeZone", description.TimeZone);
            json.WriteEndObject();
        }

        stream.Write(Encoding.UTF8.GetBytes("\n"));
        return stream.ToArray();
    }

    private static string? Table(string folder, string name)
    {
        string file = Path.Combine(folder, name + ".parquet"), directory = Path.Combine(folder, name);
        return File.Exists(file) ? file : Directory.Exists(directory) ? directory : null;
    }

    private static DatasetDescription Read(string file, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw DatasetFaults.BadDescription(file, $"the root is {root.ValueKind}, not an object.").Refuse();
        }

        SortedDictionary<string, string> columns = new(StringComparer.Ordinal), customers = new(StringComparer.Ordinal),
            events = new(StringComparer.Ordinal);
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
                    ReadColumns(file, property, columns, TransactionColumnNames);
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
        };
    }

    private static void ReadColumns(string file, JsonProperty part, SortedDictionary<string, string> columns, IReadOnlyList<string> known)
    {
        if (part.Value.ValueKind != JsonValueKind.Object)
        {
            throw DatasetFaults.BadDescription(file, $"\"{part.Name}\" is {part.Value.ValueKind}, not an object.").Refuse();
        }

        foreach (var property in part.Value.EnumerateObject())
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
