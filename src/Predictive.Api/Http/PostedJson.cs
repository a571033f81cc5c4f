using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;

namespace Predictive.Api.Http;

/// <summary>Reads a small JSON body as what a route expects: whatever else it holds is refused, not passed over.</summary>
internal static class PostedJson
{
    private const string MediaType = "application/json";
    private const int MostBytes = 64 << 10;

    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    /// <summary>The body.</summary>
    /// <exception cref="RequestException">It is of another type (415), too large, late, or not what is expected.</exception>
    /// <param name="context">The request.</param>
    /// <param name="options">How long it may take.</param>
    /// <param name="mostBytes">Of the body. Default 64 KiB.</param>
    public static async Task<T> Read<T>(HttpContext context, ScoringHostOptions options, int mostBytes = MostBytes)
    {
        string type = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        if (type != MediaType)
        {
            throw RequestException.WrongType($"The media type is '{Answering.Short(type)}'; expected {MediaType}.");
        }

        byte[] body = await BodyReading.Read(context, mostBytes, options.BodyTimeout, b => b.ToArray());
        try
        {
            return JsonSerializer.Deserialize<T>(body, s_strict) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw RequestException.Refused($"The body is not the JSON expected: {Words(e)}");
        }
    }

    // What the serialiser says of members names the type behind; the first quoted name is the member.
    private static string Words(JsonException e)
    {
        string[] quoted = e.Message.Split('\'', '"');
        return e.Message.Contains("could not be mapped", StringComparison.Ordinal) && quoted.Length > 1
            ? $"there is no member '{Answering.Short(quoted[1])}'; /openapi/v1.json shows those there are."
            : e.Message.Contains("missing required", StringComparison.Ordinal)
                ? $"it lacks {string.Join(", ", quoted.Skip(3).Where((_, i) => i % 2 == 0).Select(q => $"'{q}'"))}."
            : JsonFault.Words(e);
    }
}
