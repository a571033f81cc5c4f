using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Predictive.Segmentation.Features;

/// <summary>
/// The features a model was trained on, in order: a model is only ever served with the very same definitions. What is said of a feature
/// (its description, its sentences) is no part of it: a better word invalidates no model.
/// </summary>
/// <param name="Hash">Over all entries in order; equal hashes mean equal schemas.</param>
/// <param name="Features">One per feature, in the order of a row.</param>
public sealed record FeatureSchema(string Hash, IReadOnlyList<FeatureSchemaEntry> Features)
{
    /// <summary>The schema of definitions, in the order of a row.</summary>
    public static FeatureSchema Of(IEnumerable<FeatureDefinition> definitions)
    {
        FeatureSchemaEntry[] entries =
        [
            .. definitions.Select(d => new FeatureSchemaEntry(
                d.Name, d.Unit,
                Digest(
                    string.Create(
                        CultureInfo.InvariantCulture, $"{d.Name}\n{d.Unit}\n{d.Transform}\n{d.Revision}\n{FeatureCatalogue.Version}")))),
        ];
        return new FeatureSchema(HashOf(entries), entries);
    }

    /// <summary>Whether <see cref="Hash"/> is that of the entries.</summary>
    public bool IsConsistent() => Hash == HashOf(Features);

    /// <summary>The first difference from the schema this build computes, in plain words; null = none.</summary>
    public string? DifferenceFrom(FeatureSchema current)
    {
        for (int i = 0; i < Math.Max(Features.Count, current.Features.Count); i++)
        {
            FeatureSchemaEntry? was = i < Features.Count ? Features[i] : null,
                now = i < current.Features.Count ? current.Features[i] : null;
            if (was == now)
            {
                continue;
            }

            return (was, now) switch
            {
                (null, _) => $"feature {i + 1} is missing; this build computes '{now!.Name}' there",
                (_, null) => $"feature {i + 1} is '{was.Name}'; this build computes only {current.Features.Count} features",
                _ when was.Name != now.Name => $"feature {i + 1} is '{was.Name}'; this build computes '{now.Name}' there",
                _ => $"feature '{was.Name}' was defined differently (definition {was.Hash}, this build has {now.Hash})",
            };
        }

        return Hash == current.Hash ? null : $"the schema hash is {Hash}; expected {current.Hash}";
    }

    private static string HashOf(
        IEnumerable<FeatureSchemaEntry> entries) => Digest(string.Join('\n', entries.Select(e => $"{e.Name} {e.Unit} {e.Hash}")));

    // 64 bits: enough to tell definitions apart, short enough to read in a message. The zip's own integrity rests on full SHA-256.
    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}

/// <summary>One feature of a <see cref="FeatureSchema"/>.</summary>
/// <param name="Name">In the catalogue.</param>
/// <param name="Unit">Unit of its values.</param>
/// <param name="Hash">Of its definition: name, unit, transform, revision of the formula and of what all formulas share.</param>
public sealed record FeatureSchemaEntry(string Name, string Unit, string Hash);
