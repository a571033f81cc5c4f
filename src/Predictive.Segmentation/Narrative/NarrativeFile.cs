using System.Text.Encodings.Web;
using System.Text.Json;
using Predictive.History;

namespace Predictive.Segmentation.Narrative;

/// <summary>
/// The last report of a model, as the worker leaves it beside the versions (<c>report.json</c>) and host and assistants read it. It names
/// no customer, so that an erasure has nothing to find in it.
/// </summary>
public static class NarrativeFile
{
    /// <summary>Name of the file in the model's folder.</summary>
    public const string FileName = "report.json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Where it lies.</summary>
    /// <param name="models">Folder of the registry.</param>
    /// <param name="name">Of the model.</param>
    public static string PathOf(string models, string name) => Path.Combine(models, name, FileName);

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="ArgumentException">It names customers.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(NarrativeReport report, string models, string name)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Risk is { Customers.Count: > 0 } || report.Findings?.Any(f => f.Examples is { Count: > 0 }) == true)
        {
            throw new ArgumentException("A report that is kept names no customer.", nameof(report));
        }

        AtomicFile.Write(PathOf(models, name), s => JsonSerializer.Serialize(s, report, s_json));
    }

    /// <summary>Reads it where it is of a version and a time; null = there is none of these.</summary>
    /// <param name="models">Folder of the registry.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="version">The version, such as <c>default/3</c>.</param>
    /// <param name="asOf">The time; null = none is served, and none is read.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NarrativeReport? Read(string models, string name, string version, LocalTime? asOf) =>
        asOf is { } time && Read(models, name) is { } report && report.Model == version && report.AsOf == time.ToString() ? report : null;

    /// <summary>Reads it; null = there is none, or what is there is none of ours: it is made anew with the next training.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NarrativeReport? Read(string models, string name)
    {
        string path = PathOf(models, name);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<NarrativeReport>(File.ReadAllBytes(path), s_json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
