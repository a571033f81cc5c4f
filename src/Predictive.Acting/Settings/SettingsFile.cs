using System.Text;
using System.Text.Json;
using Predictive.History;
using Predictive.Segmentation.Segments;

namespace Predictive.Acting.Settings;

/// <summary>One thing wrong with a settings file.</summary>
/// <param name="Place">Where, such as <c>rules[0].severity</c>.</param>
/// <param name="Text">What was found and what was expected, without a full stop.</param>
public readonly record struct Fault(string Place, string Text);

/// <summary>
/// Reads the settings files of acting, all alike: JSON with comments and trailing commas, beside <c>dataset.json</c>; unknown names, wrong
/// types and impossible values are refused with their lines, all at once.
/// </summary>
internal static class SettingsFile
{
    /// <summary>Reads a file of a dataset's folder; one that is not there is the default.</summary>
    /// <param name="pathOrFolder">The dataset: a folder or a Parquet file.</param>
    /// <param name="name">Name of the file.</param>
    /// <param name="standard">The default, as text.</param>
    /// <param name="check">What is wrong with what was read.</param>
    /// <exception cref="DatasetException">The file is wrong.</exception>
    public static T For<T>(string pathOrFolder, string name, string standard, Func<T, IEnumerable<Fault>> check)
    {
        ArgumentNullException.ThrowIfNull(pathOrFolder);
        string? folder = Directory.Exists(pathOrFolder) ? pathOrFolder : Path.GetDirectoryName(Path.GetFullPath(pathOrFolder));
        string file = Path.Combine(folder ?? pathOrFolder, name);
        return Parse(File.Exists(file) ? File.ReadAllBytes(file) : Encoding.UTF8.GetBytes(standard), name, check);
    }

    /// <summary>Reads settings.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="check">What is wrong with what was read.</param>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static T Parse<T>(byte[] json, string name, Func<T, IEnumerable<Fault>> check)
    {
        ReadOnlySpan<byte> text = json;
        if (text.StartsWith(Encoding.UTF8.Preamble))
        {
            text = text[Encoding.UTF8.Preamble.Length..];
        }

        var shape = new SettingsShape(text.ToArray(), typeof(T));
        if (shape.Faults.Count > 0)
        {
            throw Refuse(shape.Faults, name);
        }

        T settings;
        try
        {
            settings = JsonSerializer.Deserialize<T>(text, SegmentsFile.Json)!;
        }
        catch (JsonException e)
        {
            throw Refuse([new SettingsFault((int)(e.LineNumber ?? 0) + 1, e.Message)], name);
        }

        List<SettingsFault> faults = [.. check(settings).Select(f => new SettingsFault(shape.LineOf(f.Place), $"{f.Place}: {f.Text}"))];
        return faults.Count == 0 ? settings : throw Refuse(faults, name);
    }

    private static DatasetException Refuse(IEnumerable<SettingsFault> faults, string name) => new(
        [
            .. faults.OrderBy(f => f.Line).Select(f => new Finding(
                "settings-file", FindingSeverity.Blocking, $"{name}, line {f.Line}: {f.Text}.", name)),
        ]);
}
