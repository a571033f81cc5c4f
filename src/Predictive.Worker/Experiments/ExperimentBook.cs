using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Predictive.History;

namespace Predictive.Worker.Experiments;

/// <summary>
/// Everything that was trained or backtested beside a registry: one file each, <c>.experiments/N.json</c>, written whole and never changed.
/// Versions may be pruned; what they were worth stays.
/// </summary>
/// <param name="models">The registry's folder.</param>
public sealed class ExperimentBook(string models)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    private string Folder => Path.Combine(models, ".experiments");

    /// <summary>Notes one under the next number.</summary>
    /// <returns>It, with its number.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public Experiment Add(Experiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        int next = Numbers().DefaultIfEmpty(0).Max() + 1;
        while (true)
        {
            Experiment numbered = experiment with { Number = next };
            if (AtomicFile.TryCreate(PathOf(next), stream =>
                {
                    stream.Write(JsonSerializer.SerializeToUtf8Bytes(numbered, s_json));
                    stream.WriteByte((byte)'\n');
                }))
            {
                return numbered;
            }

            // Somebody else had it.
            next++;
        }
    }

    /// <summary>All of them, oldest first; files that cannot be read are named.</summary>
    public (IReadOnlyList<Experiment> Experiments, IReadOnlyList<string> Damaged) List()
    {
        var found = new List<Experiment>();
        var damaged = new List<string>();
        foreach (int number in Numbers().Order())
        {
            try
            {
                found.Add(Read(number));
            }
            catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
            {
                damaged.Add(string.Create(CultureInfo.InvariantCulture, $"experiment {number} cannot be read: {e.Message}"));
            }
        }

        return (found, damaged);
    }

    private Experiment Read(int number) =>
        JsonSerializer.Deserialize<Experiment>(File.ReadAllBytes(PathOf(number)), s_json) is { } read && read.Number == number
            ? read
            : throw new JsonException("it is not the experiment of its name");

    private IEnumerable<int> Numbers() => !Directory.Exists(Folder) ? [] : Directory.EnumerateFiles(Folder, "*.json")
        .Select(f => int.TryParse(Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)
        .Where(n => n > 0);

    private string PathOf(int number) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{number}.json"));
}
