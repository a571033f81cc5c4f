using System.Text.Json;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// The people without a purchase of a part of a base: lists of parts make up that of the whole (<see cref="ProspectFile"/>), row by row.
/// </summary>
public sealed class ProspectPart
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private readonly SortedSet<string> _attributes = new(StringComparer.Ordinal);
    private readonly List<Row> _rows = [];

    /// <summary>People.</summary>
    public int Count => _rows.Count;

    /// <summary>Of some of the people of a base.</summary>
    public static ProspectPart Of(ProspectTable prospects)
    {
        ArgumentNullException.ThrowIfNull(prospects);
        IReadOnlyList<AttributeColumn> attributes = prospects.People.Tables?.Attributes ?? [];
        var part = new ProspectPart();
        part._attributes.UnionWith(attributes.Select(a => a.Name));
        part._rows.AddRange(prospects.Rows.Select(r => new Row(
            r.Id, r.Result, attributes.Where(a => a.ValueOf(r.Person) is not null).ToDictionary(a => a.Name, a => a.ValueOf(r.Person)!))));
        return part;
    }

    /// <summary>Adds another part, as of the same time.</summary>
    public void Add(ProspectPart other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _attributes.UnionWith(other._attributes);
        _rows.AddRange(other._rows);
    }

    /// <summary>Writes the list of the parts added, whole or not at all, in the order of the whole base.</summary>
    /// <param name="asOf">As of which they were looked at.</param>
    /// <param name="path">Ends with .csv.</param>
    public void WriteList(LocalTime asOf, string path)
    {
        Row[] rows = [.. ProspectTable.Ordered(_rows, r => r.Result, r => r.Id)];
        ListFile.Write(path, new { AsOf = asOf.ToString() }, rows, ProspectFile.Columns<Row>(
            r => r.Id, r => r.Result,
            _attributes.Select(a => (a, (Func<Row, object?>)(r => r.Attributes.TryGetValue(a, out object? value) ? Plain(value) : null)))));
    }

    /// <summary>Writes it, to be read by another process.</summary>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, new Stored([.. _attributes], _rows), s_json);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static ProspectPart Read(Stream stream)
    {
        Stored stored = JsonSerializer.Deserialize<Stored>(stream, s_json) ?? throw new JsonException("expected prospects, found null");
        var part = new ProspectPart();
        part._attributes.UnionWith(stored.Attributes);
        part._rows.AddRange(stored.Rows);
        return part;
    }

    private static object? Plain(object value) =>
        value is JsonElement json ? json.ValueKind == JsonValueKind.Number ? json.GetDouble() : json.GetString() : value;

    private sealed record Stored(IReadOnlyList<string> Attributes, IReadOnlyList<Row> Rows);

    private sealed record Row(string Id, ProspectResult Result, Dictionary<string, object> Attributes);
}
