using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.History.Ingest;

/// <summary>Which table of a dataset an event belongs to.</summary>
public enum IngestTable
{
    /// <summary>Transaction lines.</summary>
    Transactions,

    /// <summary>What else a customer did.</summary>
    Events,
}

/// <summary>
/// A transaction line, or an event, that came one by one and not in a file. Its time is on the dataset's clock. Equal contents have equal
/// texts (<see cref="ToBody"/>).
/// </summary>
/// <param name="Table">Where it belongs.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="At">Local microseconds since 1970-01-01T00:00.</param>
public sealed record IngestedEvent(IngestTable Table, string CustomerId, long At)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>A line's net amount; negative = refund.</summary>
    public double? Amount { get; init; }

    /// <summary>A line's order; null = unknown.</summary>
    public string? OrderId { get; init; }

    /// <summary>A line's product; null = unknown.</summary>
    public string? ProductId { get; init; }

    /// <summary>A line's category; null = unknown.</summary>
    public string? Category { get; init; }

    /// <summary>A line's channel; null = unknown.</summary>
    public string? Channel { get; init; }

    /// <summary>A line's units; null = unknown.</summary>
    public double? Quantity { get; init; }

    /// <summary>Cost of one unit; null = unknown.</summary>
    public double? UnitCost { get; init; }

    /// <summary>A line's discount; null = unknown.</summary>
    public double? Discount { get; init; }

    /// <summary>An event's kind, such as <c>visit</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>An event's value, such as the points of an answer; null = none.</summary>
    public double? Value { get; init; }

    /// <summary>Its content as text.</summary>
    public string ToBody() => JsonSerializer.Serialize(this, s_json);

    /// <summary>The content of a text that <see cref="ToBody"/> made.</summary>
    public static IngestedEvent FromBody(string body) => JsonSerializer.Deserialize<IngestedEvent>(body, s_json)!;
}
