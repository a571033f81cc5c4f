using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Segments;

/// <summary>
/// <c>segments.json</c> beside <c>dataset.json</c>: every threshold, name, play, point and rule of inference, and a shop's own segments and
/// scores. What it leaves out keeps its default; a dataset without one has the defaults. Comments and trailing commas are allowed.
/// </summary>
public static class SegmentsFile
{
    /// <summary>Name of the file in a dataset folder.</summary>
    public const string FileName = "segments.json";

    /// <summary>
    /// How settings are read: comments and trailing commas allowed, unknown names refused. By reflection: generated code gives init-only
    /// members that a file leaves out no default but null or 0.
    /// </summary>
    internal static JsonSerializerOptions Json { get; } = new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The settings of a dataset: those of its file, else the defaults.</summary>
    /// <param name="pathOrFolder">The dataset: a folder or a Parquet file.</param>
    /// <exception cref="DatasetException">The file is wrong: a finding for each fault, with its line and what is allowed.</exception>
    public static RuleOptions For(string pathOrFolder)
    {
        string file = PathFor(pathOrFolder);
        return File.Exists(file) ? Read(file) : new RuleOptions();
    }

    /// <summary>Where the file of a dataset is, or would be; of a single Parquet file, beside it.</summary>
    /// <param name="pathOrFolder">The dataset: a folder or a Parquet file. Whether it is there at all is told by who reads it.</param>
    public static string PathFor(string pathOrFolder)
    {
        string? folder = Directory.Exists(pathOrFolder) ? pathOrFolder : Path.GetDirectoryName(Path.GetFullPath(pathOrFolder));
        return PathIn(folder ?? pathOrFolder);
    }

    /// <summary>Where the file of a dataset folder is, or would be.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, FileName);

    /// <summary>Reads a file.</summary>
    /// <exception cref="DatasetException">It is wrong.</exception>
    public static RuleOptions Read(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (!File.Exists(file))
        {
            throw new DatasetException(
                "no-segments-file", $"{file} is not there; expected a file such as predictive init writes.", FileName);
        }

        return Parse(File.ReadAllBytes(file), Path.GetFileName(file));
    }

    /// <summary>Reads settings.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static RuleOptions Parse(ReadOnlySpan<byte> json, string name = FileName)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble))
        {
            json = json[Encoding.UTF8.Preamble.Length..];
        }

        var shape = new SettingsShape(json.ToArray());
        if (shape.Faults.Count > 0)
        {
            throw Refuse(shape.Faults, name);
        }

        RuleOptions options;
        try
        {
            options = JsonSerializer.Deserialize<RuleOptions>(json, Json)!;
        }
        catch (JsonException e)
        {
            throw Refuse([new SettingsFault((int)(e.LineNumber ?? 0) + 1, e.Message)], name);
        }
        catch (RulesException e)
        {
            // Only the table of RFM segments checks itself while it is read.
            throw Refuse([.. e.Faults.Select(f => new SettingsFault(shape.LineOf("rfm.segments"), $"rfm.segments: {f}"))], name);
        }

        var faults = new List<SettingsFault>();
        foreach (var (section, check) in options.Checks())
        {
            try
            {
                check();
            }
            catch (RulesException e)
            {
                faults.AddRange(e.Faults.Select(f => new SettingsFault(shape.LineOf(section), $"{section}: {f}")));
            }
        }

        faults.AddRange(
            OwnModelReader.Faults(options).Select(f => new SettingsFault(shape.LineOf(f.Place), $"{f.Place}: {f.Text}")));
        return faults.Count == 0 ? options : throw Refuse(faults, name);
    }

    /// <summary>Writes a commented file of settings, whole or not at all.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="options">Null = the defaults.</param>
    public static void Write(string file, RuleOptions? options = null) =>
        AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(SettingsText.Of(options ?? new RuleOptions()))));

    private static DatasetException Refuse(IEnumerable<SettingsFault> faults, string name) => new(
        [
            .. faults.OrderBy(f => f.Line).Select(f => new Finding(
                "segments-file", FindingSeverity.Blocking, $"{name}, line {f.Line}: {f.Text}.", name)),
        ]);
}

/// <summary>One thing wrong with a settings file.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Text">What was found and what is allowed, without a full stop.</param>
internal readonly record struct SettingsFault(int Line, string Text);
