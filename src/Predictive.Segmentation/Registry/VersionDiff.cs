using System.Globalization;
using System.Text.Json;

namespace Predictive.Segmentation.Registry;

/// <summary>One difference between two versions.</summary>
/// <param name="Of">trained, feature, metric, rule (a setting or a cut-off) or note.</param>
/// <param name="Name">Of what: for rules the place in rules.json.</param>
/// <param name="Before">In the first; null = it is not there.</param>
/// <param name="After">In the second; null = it is not there.</param>
public sealed record VersionDifference(string Of, string Name, string? Before, string? After);

/// <summary>What differs between two versions of a model: how they were trained, features, metrics, settings and cut-offs.</summary>
public static class VersionDiff
{
    /// <summary>The differences; empty = they mean the same.</summary>
    /// <param name="before">The first.</param>
    /// <param name="after">The second.</param>
    /// <param name="rulesEntry">Name of the entry that holds the rules.</param>
    /// <exception cref="ModelPackageException">The rules of one are damaged.</exception>
    public static IReadOnlyList<VersionDifference> Of(ModelPackage before, ModelPackage after, string rulesEntry)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ModelManifest a = before.Manifest, b = after.Manifest;
        return
        [
            .. Differences("trained", Trained(a), Trained(b)),
            .. Differences(
                "feature", a.Features.Features.ToDictionary(f => f.Name, f => $"{f.Unit} {f.Hash}"),
                b.Features.Features.ToDictionary(f => f.Name, f => $"{f.Unit} {f.Hash}")),
            .. Differences("metric", Metrics(a), Metrics(b)),
            .. Differences("rule", Leaves(before, rulesEntry), Leaves(after, rulesEntry)),
            .. a.Notes.Except(b.Notes, StringComparer.Ordinal).Select(n => new VersionDifference("note", "", n, null)),
            .. b.Notes.Except(a.Notes, StringComparer.Ordinal).Select(n => new VersionDifference("note", "", null, n)),
        ];
    }

    private static Dictionary<string, string> Trained(ModelManifest m) => new()
    {
        ["asOf"] = m.AsOf, ["horizonDays"] = Text(m.HorizonDays), ["engine"] = $"{m.Engine.Name} {m.Engine.Trainer} {m.Engine.Version}",
        ["seed"] = Text(m.Seed), ["fingerprint"] = m.TrainingData.Fingerprint, ["customers"] = Text(m.TrainingData.Customers),
        ["lines"] = Text(m.TrainingData.Lines), ["sample"] = m.TrainingData.Sample?.Words ?? "none", ["writtenBy"] = m.WrittenBy,
    };

    private static Dictionary<string, string> Metrics(ModelManifest m)
    {
        var found = new Dictionary<string, string>();
        foreach ((string of, IReadOnlyDictionary<string, double> values) in new[] { ("churn", m.Metrics.Churn), ("clv", m.Metrics.Clv) })
        {
            foreach (var (name, value) in values)
            {
                found[$"{of}.{name}"] = Text(value);
            }
        }

        found["churn.grade"] = m.Metrics.ChurnGrade?.Letter ?? "none";
        found["clv.grade"] = m.Metrics.ClvGrade?.Letter ?? "none";
        return found;
    }

    private static IEnumerable<VersionDifference> Differences(
        string of, Dictionary<string, string> before, Dictionary<string, string> after) =>
        before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .Select(name => new VersionDifference(of, name, before.GetValueOrDefault(name), after.GetValueOrDefault(name)))
            .Where(d => d.Before != d.After);

    // Values by their place; long lists of numbers (percentiles) as one.
    private static Dictionary<string, string> Leaves(ModelPackage package, string entry)
    {
        var found = new Dictionary<string, string>();
        if (!package.EntryNames.Contains(entry))
        {
            return found;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(package.Entry(entry));
            Add("", document.RootElement);
        }
        catch (JsonException e)
        {
            throw new ModelPackageException(entry, $"is not JSON ({e.Message}). Publish the model again.", e);
        }

        return found;

        void Add(string place, JsonElement value)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (JsonProperty property in value.EnumerateObject())
                    {
                        Add(place.Length == 0 ? property.Name : $"{place}.{property.Name}", property.Value);
                    }

                    break;
                case JsonValueKind.Array when value.EnumerateArray().Any(v => v.ValueKind is JsonValueKind.Object or JsonValueKind.Array):
                    int i = 0;
                    foreach (JsonElement one in value.EnumerateArray())
                    {
                        Add(string.Create(CultureInfo.InvariantCulture, $"{place}[{i++}]"), one);
                    }

                    break;
                default:
                    found[place] = value.GetRawText();
                    break;
            }
        }
    }

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
