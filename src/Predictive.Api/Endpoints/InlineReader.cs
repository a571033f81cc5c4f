using System.Globalization;
using System.Text.Json;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Features;

namespace Predictive.Api.Endpoints;

/// <summary>
/// Reads an <see cref="InlineHistory"/> token by token into the product's own history, refusing by position what makes no sense: unknown
/// members, members given twice, numbers that are no money, times outside the calendar, more than one JSON value.
/// </summary>
/// <remarks>
/// Hand-written where a serialiser exists: absent, null and given must be told apart, and what is wrong be said where it stands. One pass,
/// no tree.
/// </remarks>
internal ref partial struct InlineReader
{
    public const string DefaultCustomer = "inline";

    /// <summary>Largest amount, cost, discount, quantity or value, of either sign: what a dataset may hold, too.</summary>
    private const double LargestNumber = 1e13;

    private const int MostAttributes = 1000;
    private const int MostText = 1000;

    private readonly TimeZoneInfo _zone;
    private readonly int _most;
    private readonly List<TransactionLine> _lines = [];
    private readonly List<(long Micros, string Kind, double Value, EventThing Thing)> _events = [];
    private readonly List<AttributeColumn> _attributes = [];
    private readonly List<string> _ignored = [];
    private readonly TableSchema? _schema;
    private Utf8JsonReader _json;
    private HistoryColumns _columns;
    private string _customer = DefaultCustomer;
    private string? _asOf;
    private bool _hasEvents, _hasAttributes;

    private InlineReader(ReadOnlySpan<byte> json, TimeZoneInfo zone, int most, TableSchema? schema)
    {
        _json = new Utf8JsonReader(json);
        (_zone, _most, _schema) = (zone, most, schema);
    }

    /// <summary>Reads one history.</summary>
    /// <param name="json">One JSON value and nothing else.</param>
    /// <param name="description">Of the dataset served; defaults where none is.</param>
    /// <param name="zone">Its clock.</param>
    /// <param name="mostLines">Most transactions, and most events.</param>
    /// <param name="schema">The events and attributes the model knows; null = none.</param>
    /// <exception cref="RequestException">It cannot be used.</exception>
    public static ReadHistory Read(
        ReadOnlySpan<byte> json, DatasetDescription description, TimeZoneInfo zone, int mostLines, TableSchema? schema)
    {
        var reader = new InlineReader(json, zone, mostLines, schema);
        try
        {
            return reader.Read(description);
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

    private ReadHistory Read(DatasetDescription description)
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            throw RequestException.Refused("The text is not the JSON expected: expected a JSON object; /openapi/v1.json shows its fields.");
        }

        uint seen = 0;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            int member = Member(s_history, "", ref seen);
            _json.Read();
            switch (member)
            {
                case 0:
                    _customer = TextOrNull("customerId") is { Length: > 0 } id ? id : DefaultCustomer;
                    break;
                case 1:
                    _asOf = TextOrNull("asOf");
                    break;
                case 2:
                    Transactions();
                    break;
                case 3:
                    Events();
                    break;
                default:
                    Attributes();
                    break;
            }
        }

        // Whatever follows is a second value, and an error of the reader.
        _json.Read();
        if (_lines.Count == 0)
        {
            throw RequestException.Refused(
                "'transactions' is missing or empty; expected at least one line such as {\"orderedAt\":\"2011-06-03\",\"amount\":12.5}.");
        }

        CustomerTables? tables = _hasEvents || _hasAttributes
            ? new CustomerTables
            {
                Events = _hasEvents ? EventTable() : null, Attributes = [.. _attributes.OrderBy(a => a.Name, StringComparer.Ordinal)],
            }
            : null;
        // The id may have come after the lines.
        string customer = _customer;
        List<TransactionLine> lines = _lines[0].CustomerId == customer && _lines[^1].CustomerId == customer
            ? _lines
            : [.. _lines.Select(l => l with { CustomerId = customer })];
        return new ReadHistory(
            TransactionHistoryBuilder.Build(lines, description, _columns, tables), _asOf, _columns, _hasEvents, _hasAttributes, _ignored);
    }

    private void Transactions()
    {
        Expect(JsonTokenType.StartArray, "transactions");
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_lines.Count == _most)
            {
                throw RequestException.Refused(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"'transactions' has more than {_most:N0} lines; at most so many are taken in one history."));
            }

            int i = _lines.Count;
            if (_json.TokenType != JsonTokenType.StartObject)
            {
                throw WrongType($"transactions[{i}]");
            }

            long? at = null;
            string? atText = null, order = null, product = null, category = null, channel = null;
            double? amount = null, quantity = null, cost = null, discount = null;
            uint seen = 0;
            while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
            {
                int member = Member(s_line, "transactions[].", ref seen);
                _json.Read();
                switch (member)
                {
                    case 0:
                        atText = TextOrNull("orderedAt", i);
                        at = TimeOrNull(atText);
                        break;
                    case 1:
                        amount = NumberOrNull("amount", i);
                        break;
                    case 2:
                        order = TextOrNull("orderId", i);
                        _columns |= HistoryColumns.Order;
                        break;
                    case 3:
                        product = TextOrNull("productId", i);
                        _columns |= HistoryColumns.Product;
                        break;
                    case 4:
                        category = TextOrNull("category", i);
                        _columns |= HistoryColumns.Category;
                        break;
                    case 5:
                        quantity = NumberOrNull("quantity", i);
                        _columns |= HistoryColumns.Quantity;
                        break;
                    case 6:
                        channel = TextOrNull("channel", i);
                        _columns |= HistoryColumns.Channel;
                        break;
                    case 7:
                        cost = NumberOrNull("unitCost", i);
                        _columns |= HistoryColumns.UnitCost;
                        break;
                    default:
                        discount = NumberOrNull("discount", i);
                        _columns |= HistoryColumns.Discount;
                        break;
                }
            }

            if (at is not { } time)
            {
                throw RequestException.Refused(
                    $"transactions[{i}].orderedAt is '{Answering.Short(atText ?? "")}'; expected a date from 1900 to 2199 such as "
                        + "2011-06-03 or 2011-06-03T10:15:00.");
            }

            _lines.Add(new TransactionLine(
                _customer, new LocalTime(time).ToDateTime(),
                amount ?? throw RequestException.Refused($"transactions[{i}].amount is missing; expected a number (negative = refund)."),
                order, product, category, quantity, channel, cost, discount));
        }
    }

    private static readonly byte[][] s_history =
        ["customerId"u8.ToArray(), "asOf"u8.ToArray(), "transactions"u8.ToArray(), "events"u8.ToArray(), "attributes"u8.ToArray()];

    private static readonly byte[][] s_line =
    [
        "orderedAt"u8.ToArray(), "amount"u8.ToArray(), "orderId"u8.ToArray(), "productId"u8.ToArray(), "category"u8.ToArray(),
        "quantity"u8.ToArray(),
        "channel"u8.ToArray(), "unitCost"u8.ToArray(), "discount"u8.ToArray(),
    ];

    private static readonly byte[][] s_event =
    [
        "occurredAt"u8.ToArray(), "kind"u8.ToArray(), "value"u8.ToArray(), "productId"u8.ToArray(), "category"u8.ToArray(),
    ];
}

/// <summary>A history that came with a request.</summary>
/// <param name="History">One customer.</param>
/// <param name="AsOf">As it was asked for; null = not.</param>
/// <param name="Columns">Optional columns that some line had.</param>
/// <param name="HasEvents">Whether events were sent, if only an empty list.</param>
/// <param name="HasAttributes">Whether attributes were sent.</param>
/// <param name="Ignored">Attributes the model does not know.</param>
internal sealed record ReadHistory(
    TransactionHistory History, string? AsOf, HistoryColumns Columns, bool HasEvents, bool HasAttributes, IReadOnlyList<string> Ignored);
