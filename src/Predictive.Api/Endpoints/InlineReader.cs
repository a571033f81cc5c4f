using System.Globalization;
using System.Text.Json;
using Predictive.Api.Http;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Features;

namespace Predictive.Api.Endpoints;

/// <summary>
/// Reads an <see cref="InlineHistory"/> token by token into the product's own history, refusing by position what makes no sense: unknown members, members
/// given twice, numbers that are no money, times outside the calendar, more than one JSON value.
/// </summary>
/// <remarks>Hand-written where a serialiser exists: absent, null and given must be told apart, and what is wrong be said where it stands. One pass, no tree.</remarks>
internal ref struct InlineReader
{
    public const string DefaultCustomer = "inline";

    /// <summary>Largest amount, cost, discount, quantity or value, of either sign: what a dataset may hold, too.</summary>
    private const double LargestNumber = 1e13;

    private const int MostAttributes = 1000;
    private const int MostText = 1000;

    private readonly TimeZoneInfo _zone;
    private readonly int _most;
    private readonly List<TransactionLine> _lines = [];
    private readonly List<(long Micros, string Kind, double Value)> _events = [];
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
    public static ReadHistory Read(ReadOnlySpan<byte> json, DatasetDescription description, TimeZoneInfo zone, int mostLines, TableSchema? schema)
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
            throw RequestException.Refused("'transactions' is missing or empty; expected at least one line such as {\"orderedAt\":\"2011-06-03\",\"amount\":12.5}.");
        }

        CustomerTables? tables = _hasEvents || _hasAttributes
            ? new CustomerTables { Events = _hasEvents ? EventTable() : null, Attributes = [.. _attributes.OrderBy(a => a.Name, StringComparer.Ordinal)] }
            : null;
        // The id may have come after the lines.
        string customer = _customer;
        List<TransactionLine> lines = _lines[0].CustomerId == customer && _lines[^1].CustomerId == customer ? _lines : [.. _lines.Select(l => l with { CustomerId = customer })];
        return new ReadHistory(TransactionHistoryBuilder.Build(lines, description, _columns, tables), _asOf, _columns, _hasEvents, _hasAttributes, _ignored);
    }

    private void Transactions()
    {
        Expect(JsonTokenType.StartArray, "transactions");
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_lines.Count == _most)
            {
                throw RequestException.Refused(string.Create(CultureInfo.InvariantCulture, $"'transactions' has more than {_most:N0} lines; at most so many are taken in one history."));
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
                throw RequestException.Refused($"transactions[{i}].orderedAt is '{Answering.Short(atText ?? "")}'; expected a date from 1900 to 2199 such as 2011-06-03 or 2011-06-03T10:15:00.");
            }

            _lines.Add(new TransactionLine(
                _customer, new AsOf(time).ToDateTime(),
                amount ?? throw RequestException.Refused($"transactions[{i}].amount is missing; expected a number (negative = refund)."),
                order, product, category, quantity, channel, cost, discount));
        }
    }

    private void Events()
    {
        if (_json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        Expect(JsonTokenType.StartArray, "events");
        _hasEvents = true;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            int i = _events.Count;
            if (i == _most)
            {
                throw RequestException.Refused(string.Create(CultureInfo.InvariantCulture, $"'events' has more than {_most:N0} entries; at most so many are taken in one history."));
            }

            if (_json.TokenType != JsonTokenType.StartObject)
            {
                throw WrongType($"events[{i}]");
            }

            string? at = null, kind = null;
            double? value = null;
            uint seen = 0;
            while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
            {
                int member = Member(s_event, "events[].", ref seen);
                _json.Read();
                switch (member)
                {
                    case 0:
                        at = TextOrNull("occurredAt", i, "events");
                        break;
                    case 1:
                        kind = TextOrNull("kind", i, "events");
                        break;
                    default:
                        value = NumberOrNull("value", i, "events");
                        break;
                }
            }

            if (TimeOrNull(at) is not { } time)
            {
                throw RequestException.Refused($"events[{i}].occurredAt is '{Answering.Short(at ?? "")}'; expected a date from 1900 to 2199 such as 2011-06-03 or 2011-06-03T10:15:00.");
            }

            if (string.IsNullOrEmpty(kind))
            {
                throw RequestException.Refused($"events[{i}].kind is missing; expected a name such as visit.");
            }

            _events.Add((time, kind, value ?? double.NaN));
        }
    }

    private void Attributes()
    {
        if (_json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        Expect(JsonTokenType.StartObject, "attributes");
        _hasAttributes = true;
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = _json.GetString()!;
            if (!names.Add(name) || names.Count > MostAttributes)
            {
                throw RequestException.Refused($"'attributes' has '{Answering.Short(name)}' twice, or more than {MostAttributes} members.");
            }

            _json.Read();
            AttributeFeature? known = _schema?.Attributes.FirstOrDefault(a => a.Column == name);
            if (known is null)
            {
                _ignored.Add(name);
                _json.Skip();
            }
            else if (_json.TokenType != JsonTokenType.Null)
            {
                _attributes.Add(known.Categories is null ? NumberAttribute(name) : TextAttribute(name));
            }
        }
    }

    private AttributeColumn NumberAttribute(string name) => new()
    {
        Name = name,
        Values = [_json.TokenType switch
        {
            JsonTokenType.True => 1,
            JsonTokenType.False => 0,
            JsonTokenType.Number => (float)Number($"attributes.{Answering.Short(name)}"),
            _ => throw RequestException.Refused($"attributes.{Answering.Short(name)} is {_json.TokenType}; expected a number or a flag, as in the data the model learned from."),
        }],
    };

    private AttributeColumn TextAttribute(string name) => _json.TokenType == JsonTokenType.String
        ? new AttributeColumn { Name = name, Values = [0], Categories = [_json.GetString()!] }
        : throw RequestException.Refused($"attributes.{Answering.Short(name)} is {_json.TokenType}; expected text, as in the data the model learned from.");

    private readonly EventColumns EventTable()
    {
        string[] kinds = [.. _events.Select(e => e.Kind).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        (long Micros, int Kind, double Value)[] sorted = [.. _events.Select(e => (e.Micros, Array.BinarySearch(kinds, e.Kind, StringComparer.Ordinal), e.Value))];
        // In the order that loading a table gives them.
        Array.Sort(sorted, (a, b) => a.Micros != b.Micros ? a.Micros.CompareTo(b.Micros) : a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : a.Value.CompareTo(b.Value));
        return new EventColumns
        {
            Offsets = [0, sorted.Length],
            OccurredAt = Array.ConvertAll(sorted, e => e.Micros),
            Kind = Array.ConvertAll(sorted, e => e.Kind),
            Value = Array.ConvertAll(sorted, e => e.Value),
            Kinds = kinds,
        };
    }

    private static readonly byte[][] s_history =
        ["customerId"u8.ToArray(), "asOf"u8.ToArray(), "transactions"u8.ToArray(), "events"u8.ToArray(), "attributes"u8.ToArray()];

    private static readonly byte[][] s_line =
    [
        "orderedAt"u8.ToArray(), "amount"u8.ToArray(), "orderId"u8.ToArray(), "productId"u8.ToArray(), "category"u8.ToArray(), "quantity"u8.ToArray(),
        "channel"u8.ToArray(), "unitCost"u8.ToArray(), "discount"u8.ToArray(),
    ];

    private static readonly byte[][] s_event = ["occurredAt"u8.ToArray(), "kind"u8.ToArray(), "value"u8.ToArray()];

    /// <summary>Which of the members the reader stands on.</summary>
    private readonly int Member(byte[][] names, string where, ref uint seen)
    {
        for (int k = 0; k < names.Length; k++)
        {
            if (_json.ValueTextEquals(names[k]))
            {
                if ((seen & (1u << k)) != 0)
                {
                    throw RequestException.Refused($"'{where}{System.Text.Encoding.ASCII.GetString(names[k])}' is given twice; expected once.");
                }

                seen |= 1u << k;
                return k;
            }
        }

        throw RequestException.Refused($"'{where}{Answering.Short(_json.GetString()!)}' is not known; expected {string.Join(", ", names.Select(n => System.Text.Encoding.ASCII.GetString(n)))}.");
    }

    private readonly void Expect(JsonTokenType type, string member)
    {
        if (_json.TokenType != type)
        {
            throw WrongType(member);
        }
    }

    private readonly string? TextOrNull(string member, int line = -1, string list = "transactions")
    {
        string? text = _json.TokenType switch
        {
            JsonTokenType.String => _json.GetString(),
            JsonTokenType.Null => null,
            _ => throw WrongType(Where(member, line, list)),
        };
        return text is { Length: > MostText } ? throw RequestException.Refused($"'{Where(member, line, list)}' has {text.Length:N0} characters; expected at most {MostText:N0}.") : text;
    }

    private readonly double? NumberOrNull(string member, int line, string list = "transactions") => _json.TokenType switch
    {
        JsonTokenType.Number => Number(Where(member, line, list)),
        JsonTokenType.Null => null,
        _ => throw WrongType(Where(member, line, list)),
    };

    private readonly double Number(string where) =>
        _json.TryGetDouble(out double value) && Math.Abs(value) <= LargestNumber
            ? value
            : throw RequestException.Refused($"{where} is {Answering.Short(System.Text.Encoding.ASCII.GetString(_json.ValueSpan))}; expected a number from −1e13 to 1e13.");

    private readonly long? TimeOrNull(string? text) => Answering.TryReadTime(text, _zone, out AsOf at) ? at.Micros : null;

    private static string Where(string member, int line, string list) => line < 0 ? member : string.Create(CultureInfo.InvariantCulture, $"{list}[{line}].{member}");

    private static RequestException WrongType(string where) => RequestException.Refused($"'{where}' has a value of the wrong type; /openapi/v1.json shows the one expected.");
}

/// <summary>A history that came with a request.</summary>
/// <param name="History">One customer.</param>
/// <param name="AsOf">As it was asked for; null = not.</param>
/// <param name="Columns">Optional columns that some line had.</param>
/// <param name="HasEvents">Whether events were sent, if only an empty list.</param>
/// <param name="HasAttributes">Whether attributes were sent.</param>
/// <param name="Ignored">Attributes the model does not know.</param>
internal sealed record ReadHistory(TransactionHistory History, string? AsOf, HistoryColumns Columns, bool HasEvents, bool HasAttributes, IReadOnlyList<string> Ignored);
