using System.Globalization;
using System.Text.Json;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.History;

namespace Predictive.Api.Endpoints;

// Single members and values, and what is said of those that do not fit.
internal ref partial struct InlineReader
{
    /// <summary>Which of the members the reader stands on.</summary>
    private readonly int Member(byte[][] names, string where, ref uint seen)
    {
        for (int k = 0; k < names.Length; k++)
        {
            if (_json.ValueTextEquals(names[k]))
            {
                if ((seen & (1u << k)) != 0)
                {
                    throw RequestException.Refused(
                        $"'{where}{System.Text.Encoding.ASCII.GetString(names[k])}' is given twice; expected once.");
                }

                seen |= 1u << k;
                return k;
            }
        }

        throw RequestException.Refused(
            $"'{where}{Answering.Short(_json.GetString()!)}' is not known; expected "
                + $"{string.Join(", ", names.Select(n => System.Text.Encoding.ASCII.GetString(n)))}.");
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
        return text is { Length: > MostText }
            ? throw RequestException.Refused(
                $"'{Where(member, line, list)}' has {text.Length:N0} characters; expected at most {MostText:N0}.")
            : text;
    }

    private readonly double? NumberOrNull(string member, int line, string list = "transactions") => _json.TokenType switch
    {
        JsonTokenType.Number => Number(member, line, list),
        JsonTokenType.Null => null,
        _ => throw WrongType(Where(member, line, list)),
    };

    private readonly double Number(string member, int line = -1, string list = "transactions") =>
        _json.TryGetDouble(out double value) && Math.Abs(value) <= LargestNumber
            ? value
            : throw RequestException.Refused(
                $"{Where(member, line, list)} is {Answering.Short(System.Text.Encoding.ASCII.GetString(_json.ValueSpan))}; expected a "
                    + "number from −1e13 to 1e13.");

    private readonly long? TimeOrNull(string? text) => Answering.TryReadTime(text, _zone, out LocalTime at) ? at.Micros : null;

    private static string Where(string member, int line, string list) =>
        line < 0 ? member : string.Create(CultureInfo.InvariantCulture, $"{list}[{line}].{member}");

    private static RequestException WrongType(string where) =>
        RequestException.Refused($"'{where}' has a value of the wrong type; /openapi/v1.json shows the one expected.");
}
