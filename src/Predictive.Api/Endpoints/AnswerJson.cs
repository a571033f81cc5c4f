using System.Text.Encodings.Web;
using System.Text.Json;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>The one way answers become JSON: camel case, as OpenAPI describes them.</summary>
internal static class AnswerJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>UTF-8 text of an answer.</summary>
    public static byte[] Of<T>(T answer) => JsonSerializer.SerializeToUtf8Bytes(answer, Options);

    /// <summary>A score of a history that came with the request: the score, then what of the contract was not sent, and what no model reads.</summary>
    /// <exception cref="RequestException">The numbers sent lead to a score that no JSON number can hold.</exception>
    public static byte[] Of(CustomerScore score, IReadOnlyList<string> absent, IReadOnlyList<string> ignored)
    {
        byte[] plain;
        try
        {
            plain = Of(score);
        }
        catch (ArgumentException)
        {
            throw RequestException.Refused("The amounts lead to a score beyond any number; expected amounts of money.");
        }

        byte[] more = Of(new InlineNotes(absent, ignored));
        // {...} and {...}: the members of the second follow those of the first.
        byte[] both = new byte[plain.Length + more.Length - 1];
        plain.AsSpan(0, plain.Length - 1).CopyTo(both);
        both[plain.Length - 1] = (byte)',';
        more.AsSpan(1).CopyTo(both.AsSpan(plain.Length));
        return both;
    }

    private static JsonSerializerOptions Create()
    {
        // Text stays readable: the media type says JSON and no browser may take it for anything else.
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>What a history that came with the request lacked.</summary>
/// <param name="Absent">Members of the contract that no line had, though the model or the dataset served knows them: a score with them may differ.</param>
/// <param name="Ignored">Attributes the model does not know.</param>
internal sealed record InlineNotes(IReadOnlyList<string> Absent, IReadOnlyList<string> Ignored);
