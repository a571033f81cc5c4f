using System.Text.Encodings.Web;
using System.Text.Json;

namespace Predictive.Store;

/// <summary>How values lie in text columns.</summary>
internal static class StoreJson
{
    private static readonly JsonSerializerOptions s_options =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(object value) => JsonSerializer.Serialize(value, s_options);

    public static JsonElement Element(string text) => JsonSerializer.Deserialize<JsonElement>(text, s_options);

    public static T Value<T>(string text) => JsonSerializer.Deserialize<T>(text, s_options)!;

    public static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } known ? Time(known) : null;
}
