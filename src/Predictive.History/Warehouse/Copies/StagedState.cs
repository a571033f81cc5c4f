using System.Text.Json;
using ParquetSharp;
using Predictive.History.Parquet;

namespace Predictive.History.Warehouse.Copies;

/// <summary>What a staged copy is a copy of; kept beside it, because a footer is begun before its lines are known.</summary>
/// <param name="Source">The address, as far as it says which lines it means.</param>
/// <param name="Slice">Which customers.</param>
/// <param name="Columns">Names and types there.</param>
/// <param name="Number">Of the copy; the footer of the file has the same.</param>
/// <param name="Lines">Lines that came.</param>
/// <param name="Fingerprint">The sum of their hashes; null = the engine has none.</param>
internal sealed record StagedState(
    string Source, string Slice, IReadOnlyList<string> Columns, long Number, long Lines, ulong? Fingerprint)
{
    /// <summary>Its file.</summary>
    public const string FileName = "warehouse.json";

    /// <summary>The note in the footer of a staged file with the number of the copy.</summary>
    public const string NumberNote = "predictive.staged";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NewLine = "\n", RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    /// <summary>What stands in a folder; null = nothing, or nothing that can be read: the copy is then made anew.</summary>
    public static StagedState? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<StagedState>(File.ReadAllBytes(Path.Combine(folder, FileName)), s_json);
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The number of the copy that a file is; null = it is none, or cannot be read.</summary>
    public static long? NumberOf(string file)
    {
        try
        {
            using var reader = new ParquetFileReader(file);
            return reader.FileMetaData.KeyValueMetadata.TryGetValue(NumberNote, out string? text) && long.TryParse(text, out long number)
                ? number : null;
        }
        catch (Exception e) when (e is ParquetException or IOException)
        {
            return null;
        }
    }

    /// <summary>Writes it, durably.</summary>
    public void Write(string folder) =>
        AtomicFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, this, s_json));

    /// <summary>Whether a copy of the same lines.</summary>
    public bool IsOf(StagedState other, SourceCensus census) =>
        Source == other.Source && Slice == other.Slice && Columns.SequenceEqual(other.Columns) && Fingerprint is not null
        && census == new SourceCensus(Lines, Fingerprint);
}
