using System.Text.Json;
using Predictive.History;

namespace Predictive.Worker.Gate;

/// <summary>A candidate that was held.</summary>
/// <param name="Version">Its number in the registry.</param>
/// <param name="AsOf">What it was trained as of.</param>
/// <param name="Reasons">Why.</param>
public sealed record HeldVersion(int Version, string AsOf, IReadOnlyList<GateReason> Reasons);

/// <summary>How new lines of an accepted delivery compared with those before: what bands are learned from.</summary>
/// <param name="LogPace">ln(lines a day / lines a day before).</param>
/// <param name="LogAmount">ln(median amount / median amount before).</param>
public sealed record DeliveryStep(double LogPace, double LogAmount);

/// <summary>
/// What the gate remembers of one model name, beside its versions as <c>gate.json</c>: the last accepted delivery, how earlier ones
/// differed, and what was held. Written whole or not at all.
/// </summary>
public sealed record GateBook
{
    /// <summary>Its name in the folder of a model.</summary>
    public const string FileName = "gate.json";

    private const int MostSteps = 104, MostHeld = 100;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    /// <summary>The delivery the champion was trained on; null = none was accepted yet.</summary>
    public DeliveryFacts? Accepted { get; init; }

    /// <summary>Of past deliveries, oldest first.</summary>
    public IReadOnlyList<DeliveryStep> Steps { get; init; } = [];

    /// <summary>Held candidates, oldest first.</summary>
    public IReadOnlyList<HeldVersion> Held { get; init; } = [];

    /// <summary>
    /// The versions of the last training that was finished: one that was killed between publishing and deciding is seen by its version
    /// missing here.
    /// </summary>
    public IReadOnlyList<int> Decided { get; init; } = [];

    /// <summary>Reads the book of a model; an empty one where there is none.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public static GateBook Read(string models, string name)
    {
        string path = PathOf(models, name);
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<GateBook>(File.ReadAllBytes(path), s_json) ?? new GateBook()
                : new GateBook();
        }
        catch (JsonException)
        {
            throw new DatasetException(
                "damaged-gate",
                $"{FileName} of the model '{name}' cannot be read; expected what an earlier training wrote. Restore it, or delete it: "
                    + "the next delivery is then taken as the first.");
        }
    }

    /// <summary>Writes it.</summary>
    public void Write(string models, string name) =>
        AtomicFile.Write(PathOf(models, name), stream => JsonSerializer.Serialize(stream, this, s_json));

    /// <summary>With a delivery accepted.</summary>
    public GateBook WithAccepted(
        DeliveryFacts facts, DeliveryStep? step) =>
            this with { Accepted = facts, Steps = step is null ? Steps : [.. Steps.TakeLast(MostSteps - 1), step] };

    /// <summary>With a candidate held.</summary>
    public GateBook WithHeld(HeldVersion held) => this with { Held = [.. Held.TakeLast(MostHeld - 1), held] };

    /// <summary>With a training finished.</summary>
    public GateBook WithDecided(IReadOnlyList<int> versions) => this with { Decided = versions };

    private static string PathOf(string models, string name) => Path.Combine(models, name, FileName);
}
