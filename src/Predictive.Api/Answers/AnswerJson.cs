using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Answers;

/// <summary>The one way answers become JSON: camel case, as OpenAPI describes them.</summary>
internal static class AnswerJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>UTF-8 text of an answer.</summary>
    public static byte[] Of<T>(T answer) => JsonSerializer.SerializeToUtf8Bytes(answer, Options);

    /// <summary>A score.</summary>
    /// <exception cref="ArgumentException">It holds a number that JSON has not.</exception>
    public static byte[] Of(CustomerScore score) => Scored(score, null, null);

    /// <summary>
    /// A score of a history that came with the request: the score, then what of the contract was not sent, and what no model reads.
    /// </summary>
    /// <exception cref="RequestException">The numbers sent lead to a score that no JSON number can hold.</exception>
    public static byte[] Of(CustomerScore score, IReadOnlyList<string> absent, IReadOnlyList<string> ignored)
    {
        try
        {
            return Scored(score, absent, ignored);
        }
        catch (ArgumentException)
        {
            throw RequestException.Refused("The amounts lead to a score beyond any number; expected amounts of money.");
        }
    }

    private static byte[] Scored(CustomerScore score, IReadOnlyList<string>? absent, IReadOnlyList<string>? ignored)
    {
        // One writer a thread: a score is written some thousand times a second.
        (ArrayBufferWriter<byte> buffer, Utf8JsonWriter writer) = t_writer ??= NewWriter();
        try
        {
            ScoreJson.Default.CustomerScore.SerializeHandler!(writer, score);
            writer.Flush();
            int plain = buffer.WrittenCount;
            if (absent is null || ignored is null)
            {
                return buffer.WrittenSpan.ToArray();
            }

            // {...} and {...}: the members of the second follow those of the first.
            writer.Reset();
            ScoreJson.Default.InlineNotes.SerializeHandler!(writer, new InlineNotes(absent, ignored));
            writer.Flush();
            ReadOnlySpan<byte> both = buffer.WrittenSpan;
            byte[] answer = new byte[both.Length - 1];
            both[..(plain - 1)].CopyTo(answer);
            both[plain..].CopyTo(answer.AsSpan(plain - 1));
            answer[plain - 1] = (byte)',';
            return answer;
        }
        catch
        {
            t_writer = null;
            throw;
        }
        finally
        {
            buffer.ResetWrittenCount();
            writer.Reset();
        }
    }

    [ThreadStatic]
    private static (ArrayBufferWriter<byte>, Utf8JsonWriter)? t_writer;

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) NewWriter()
    {
        var buffer = new ArrayBufferWriter<byte>(8192);
        return (buffer, new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Options.Encoder, SkipValidation = true }));
    }

    private static JsonSerializerOptions Create()
    {
        // Text stays readable: the media type says JSON and no browser may take it for anything else.
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>How a score is written, made by the compiler: no reflection on the way of every answer.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(CustomerScore))]
[JsonSerializable(typeof(InlineNotes))]
internal sealed partial class ScoreJson : JsonSerializerContext;

/// <summary>What a history that came with the request lacked.</summary>
/// <param name="Absent">Members of the contract that no line had, though the model or the dataset served knows them: a score with them may
/// differ.</param>
/// <param name="Ignored">Attributes the model does not know.</param>
internal sealed record InlineNotes(IReadOnlyList<string> Absent, IReadOnlyList<string> Ignored);
