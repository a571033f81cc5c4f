using System.Globalization;
using System.Text.Json;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.History;
using Predictive.Segmentation.Features;

namespace Predictive.Api.Endpoints;

// Events and attributes, as the tables of a dataset would give them.
internal ref partial struct InlineReader
{
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
                throw RequestException.Refused(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"'events' has more than {_most:N0} entries; at most so many are taken in one history."));
            }

            if (_json.TokenType != JsonTokenType.StartObject)
            {
                throw WrongType($"events[{i}]");
            }

            string? at = null, kind = null, product = null, category = null;
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
                    case 2:
                        value = NumberOrNull("value", i, "events");
                        break;
                    case 3:
                        product = TextOrNull("productId", i, "events");
                        break;
                    default:
                        category = TextOrNull("category", i, "events");
                        break;
                }
            }

            if (TimeOrNull(at) is not { } time)
            {
                throw RequestException.Refused(
                    $"events[{i}].occurredAt is '{Answering.Short(at ?? "")}'; expected a date from 1900 to 2199 such as 2011-06-03 or "
                        + "2011-06-03T10:15:00.");
            }

            if (string.IsNullOrEmpty(kind))
            {
                throw RequestException.Refused($"events[{i}].kind is missing; expected a name such as visit.");
            }

            _events.Add((time, kind, value ?? double.NaN, new EventThing(Given(product), Given(category))));
        }
    }

    // Blank text is missing text, as in a file.
    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

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
            _ => throw RequestException.Refused(
                $"attributes.{Answering.Short(name)} is {_json.TokenType}; expected a number or a flag, as in the data the model "
                    + "learned from."),
        }],
    };

    private AttributeColumn TextAttribute(string name) => _json.TokenType == JsonTokenType.String
        ? new AttributeColumn { Name = name, Values = [0], Categories = [_json.GetString()!] }
        : throw RequestException.Refused(
            $"attributes.{Answering.Short(name)} is {_json.TokenType}; expected text, as in the data the model learned from.");

    private readonly EventColumns EventTable()
    {
        string[] kinds = [.. _events.Select(e => e.Kind).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        (long Micros, int Kind, double Value, EventThing Thing)[] sorted =
        [.. _events.Select(e => (e.Micros, Array.BinarySearch(kinds, e.Kind, StringComparer.Ordinal), e.Value, e.Thing))];
        // In the order that loading a table gives them.
        Array.Sort(
            sorted,
            (a, b) => a.Micros != b.Micros
                ? a.Micros.CompareTo(b.Micros)
                : a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : a.Value.CompareTo(b.Value));
        EventThing[] things = [.. sorted.Select(e => e.Thing).Where(t => t != default).Distinct()];
        var codes = things.Index().ToDictionary(t => t.Item, t => t.Index);
        return new EventColumns
        {
            Detail = things.Length == 0 ? null : Array.ConvertAll(sorted, e => codes.GetValueOrDefault(e.Thing, -1)),
            Details = Array.ConvertAll(things, t => $"{t.Product} {t.Category}".Trim()),
            Things = things,
            Offsets = [0, sorted.Length],
            OccurredAt = Array.ConvertAll(sorted, e => e.Micros),
            Kind = Array.ConvertAll(sorted, e => e.Kind),
            Value = Array.ConvertAll(sorted, e => e.Value),
            Kinds = kinds,
        };
    }
}
