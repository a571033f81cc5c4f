using System.Globalization;
using System.Text.Json;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.Store.Ingest;

namespace Predictive.Api.Events;

/// <summary>
/// Reads one event: with <c>orderedAt</c> a transaction line, with <c>occurredAt</c> an event. What is unknown, given twice or makes no
/// sense is refused by its name.
/// </summary>
internal static class EventReader
{
    /// <summary>Largest number, of either sign: what a dataset may hold, too.</summary>
    private const double LargestNumber = 1e13;

    private const int MostText = 1000;

    private static readonly string[] s_transaction =
    [
        "eventId", "customerId", "orderedAt", "amount", "orderId", "productId", "category", "channel", "quantity", "unitCost", "discount",
    ];

    private static readonly string[] s_event = ["eventId", "customerId", "occurredAt", "kind", "value"];

    /// <summary>Reads one.</summary>
    /// <exception cref="RequestException">It cannot be used.</exception>
    public static (string EventId, IngestedEvent Content) Read(ReadOnlyMemory<byte> json, TimeZoneInfo zone, IngestTarget target)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            (string id, IngestedEvent content) = Read(document.RootElement, zone);
            return target.Fault(content) is { } fault ? throw RequestException.Refused(fault) : (id, content);
        }
        catch (JsonException e)
        {
            throw RequestException.Refused($"The text is not the JSON expected: {JsonFault.Words(e)}");
        }
        catch (InvalidOperationException)
        {
            throw RequestException.Refused("A text is not valid UTF-8 or holds half a character; expected UTF-8.");
        }
    }

    private static (string, IngestedEvent) Read(JsonElement root, TimeZoneInfo zone)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw RequestException.Refused("Expected a JSON object; /openapi/v1.json shows its fields.");
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty member in root.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                throw RequestException.Refused($"'{Answering.Short(member.Name)}' is given twice; expected once.");
            }
        }

        bool transaction = members.ContainsKey("orderedAt"), other = members.ContainsKey("occurredAt");
        if (transaction == other)
        {
            throw RequestException.Refused(
                "Expected 'orderedAt' for a transaction or 'occurredAt' for an event, and not both; /openapi/v1.json shows the fields.");
        }

        string[] known = transaction ? s_transaction : s_event;
        if (members.Keys.FirstOrDefault(m => !known.Contains(m)) is { } unknown)
        {
            throw RequestException.Refused($"'{Answering.Short(unknown)}' is not known; expected {string.Join(", ", known)}.");
        }

        string id = Required("eventId", EventStream.MostId);
        if (id.Any(char.IsControl))
        {
            throw RequestException.Refused("'eventId' holds control characters; expected a name such as order-17-line-2.");
        }

        string customer = Required("customerId", MostText);
        long at = Time(transaction ? "orderedAt" : "occurredAt");
        return (id, transaction
            ? new IngestedEvent(IngestTable.Transactions, customer, at)
            {
                Amount = Number("amount") ?? throw RequestException.Refused("'amount' is missing; expected a number (negative = refund)."),
                OrderId = Text("orderId"), ProductId = Text("productId"), Category = Text("category"), Channel = Text("channel"),
                Quantity = Number("quantity"), UnitCost = Number("unitCost"), Discount = Number("discount"),
            }
            : new IngestedEvent(IngestTable.Events, customer, at)
            {
                Kind = Required("kind", MostText), Value = Number("value"),
            });

        string? Text(string name, int most = MostText)
        {
            if (!members.TryGetValue(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            {
                return null;
            }

            string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw WrongType(name);
            return text.Length > most
                ? throw RequestException.Refused(
                    string.Create(CultureInfo.InvariantCulture, $"'{name}' has {text.Length:N0} characters; expected at most {most:N0}."))
                // Blank text is missing text, as in a file.
                : string.IsNullOrWhiteSpace(text) ? null : text;
        }

        string Required(string name, int most) =>
            Text(name, most) ?? throw RequestException.Refused($"'{name}' is missing or blank; expected text.");

        double? Number(string name) =>
            !members.TryGetValue(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind != JsonValueKind.Number ? throw WrongType(name)
            : value.TryGetDouble(out double number) && Math.Abs(number) <= LargestNumber ? number + 0.0
            : throw RequestException.Refused($"{name} is {Answering.Short(value.GetRawText())}; expected a number from −1e13 to 1e13.");

        long Time(string name) => Text(name) is var text && Answering.TryReadTime(text, zone, out LocalTime time)
            ? time.Micros
            : throw RequestException.Refused(
                $"{name} is '{Answering.Short(text ?? "")}'; expected a date from 1900 to 2199 such as 2011-06-03 or 2011-06-03T10:15:00.");
    }

    private static RequestException WrongType(string name) =>
        RequestException.Refused($"'{name}' has a value of the wrong type; /openapi/v1.json shows the one expected.");
}
