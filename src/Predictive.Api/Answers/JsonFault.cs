using System.Globalization;
using System.Text.Json;

namespace Predictive.Api.Answers;

/// <summary>A JSON fault in the caller's words: where it is and what is wrong, without the names of types behind it.</summary>
internal static class JsonFault
{
    public static string Words(JsonException fault)
    {
        string path = fault.Path is { Length: > 2 } p && p.StartsWith("$.", StringComparison.Ordinal) ? p[2..] : "";
        if (path.Length > 0 && fault.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
        {
            return $"'{path}' has a value of the wrong type; /openapi/v1.json shows the one expected.";
        }

        string text = fault.Message;
        foreach (string tail in (ReadOnlySpan<string>)[" Path:", " LineNumber:"])
        {
            int at = text.IndexOf(tail, StringComparison.Ordinal);
            text = at < 0 ? text : text[..at];
        }

        string where = fault is { LineNumber: { } line, BytePositionInLine: { } position }
            ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1}, byte {position + 1})")
            : "";
        return text.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
            ? $"expected a JSON object; /openapi/v1.json shows its fields{where}."
            : text.TrimEnd('.') + where + ".";
    }
}
