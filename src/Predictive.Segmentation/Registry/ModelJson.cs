using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// The one way JSON is written into model zips and registry files: camel case, indented, line feeds, members in declaration order, so that
/// equal content gives equal bytes on every platform. Doubles are written in their shortest exact form and read back bit for bit; NaN and
/// the infinities as strings.
/// </summary>
public static class ModelJson
{
    private static readonly JsonSerializerOptions s_compact = new(Create()) { WriteIndented = false };

    /// <summary>The settings; read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>UTF-8 text of a value, ending with a line feed.</summary>
    public static byte[] Write<T>(T value)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value, Options);
        Array.Resize(ref json, json.Length + 1);
        json[^1] = (byte)'\n';
        return json;
    }

    /// <summary>The same without indentation: for long tables nobody reads in the zip.</summary>
    public static byte[] WriteCompact<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, s_compact);

    /// <summary>Reads what <see cref="Write"/> wrote; members it does not know are skipped.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="file">The zip or file, for the message.</param>
    /// <param name="entry">The entry within it; null = the file itself.</param>
    /// <exception cref="ModelPackageException">Not JSON of this shape.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, string file, string? entry = null)
    {
        string what = entry is null ? "the file" : $"entry '{entry}'";
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options)
                ?? throw new ModelPackageException(file, $"{what} holds null; expected {typeof(T).Name} as JSON. Publish the model again.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw new ModelPackageException(
                file, $"{what} is not {typeof(T).Name} as JSON ({e.Message}). Publish the model again, or roll back.", e);
        }
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
