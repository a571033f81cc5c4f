using System.Text.Encodings.Web;
using System.Text.Json;

namespace Predictive.History.Import;

/// <summary>How an import report is spelt as JSON.</summary>
internal static class ImportReportJson
{
    /// <summary>Camel case, indented, text as it is.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
