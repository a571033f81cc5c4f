using Predictive.Learning;
using Predictive.Learning.Clustering;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;

namespace Predictive.Segmentation.Models;

/// <summary>How one catalogue feature enters the portraits: transformed, winsorised, standardised.</summary>
/// <param name="Feature">Name in the catalogue.</param>
/// <param name="Low">Lower winsor bound, on the transformed scale.</param>
/// <param name="High">Upper winsor bound, on the transformed scale.</param>
/// <param name="Mean">Mean of the winsorised values.</param>
/// <param name="Sd">Standard deviation of the winsorised values, &gt; 0.</param>
/// <param name="Missing">Transformed value that stands in for a missing one: the base's median.</param>
public sealed record PortraitFeature(string Feature, double Low, double High, double Mean, double Sd, double Missing)
{
    internal float Scale(FeatureDefinition definition, float value)
    {
        double x = float.IsNaN(value) ? Missing : definition.Apply(value);
        return (float)((Math.Clamp(x, Low, High) - Mean) / Sd);
    }
}

/// <summary>One portrait: a group of like customers.</summary>
/// <param name="Id">Stable across retrains: a group that continues one of the previous model keeps its id.</param>
/// <param name="Name">From its distinctive traits.</param>
/// <param name="Traits">What sets it apart, strongest first, with the group's numbers and the base's.</param>
/// <param name="Customers">Customers of the training base in it.</param>
/// <param name="Share">Their share, 0–1.</param>
/// <param name="Centre">Its centre: one standardised value per portrait feature.</param>
/// <param name="Silhouette">Mean silhouette of its members (sample), −1–1: how far from the next group.</param>
/// <param name="Stability">Mean Jaccard overlap with its counterpart when half of the base is left out (Hennig 2007), 0–1.</param>
/// <param name="Warnings">tiny, overlapping, unstable: with the number and the threshold; empty = usable.</param>
public sealed record Portrait(
    int Id,
    string Name,
    IReadOnlyList<string> Traits,
    int Customers,
    double Share,
    IReadOnlyList<float> Centre,
    double Silhouette,
    double Stability,
    IReadOnlyList<string> Warnings);

/// <summary>One number of groups that was tried.</summary>
/// <param name="Clusters">Number of groups.</param>
/// <param name="Silhouette">Mean silhouette (sample).</param>
/// <param name="Stability">Mean adjusted Rand index against the clusterings of halves of the base.</param>
/// <param name="SmallestShare">Share of the smallest group.</param>
/// <param name="Score">What was compared; see the trainer.</param>
/// <param name="Chosen">Whether it was taken.</param>
public sealed record PortraitChoice(int Clusters, double Silhouette, double Stability, double SmallestShare, double Score, bool Chosen);

/// <summary>What <c>portraits.json</c> holds beside the clusters themselves.</summary>
/// <param name="Features">The scaling, in the order the clusters read.</param>
/// <param name="Portraits">By cluster index.</param>
/// <param name="Choices">The numbers of groups tried, ascending.</param>
/// <param name="NextId">The first id no portrait of this or an earlier model ever had.</param>
public sealed record PortraitDescription(
    IReadOnlyList<PortraitFeature> Features, IReadOnlyList<Portrait> Portraits, IReadOnlyList<PortraitChoice> Choices, int NextId);

/// <summary>Assigns customers to portraits. Immutable; safe to use from several threads.</summary>
public sealed class PortraitModel
{
    /// <summary>Name of the payload entry, without its ending; see <see cref="ModelEntries"/>.</summary>
    public const string PayloadName = "portraits";

    /// <summary>Name of the description's entry.</summary>
    public const string DescriptionEntry = "portraits.json";

    private readonly IClusterModel _clusters;
    private readonly int[] _columns;
    private readonly FeatureDefinition[] _definitions;
    private readonly PortraitFeature[] _features;

    /// <summary>Puts a model together.</summary>
    /// <param name="clusters">The groups.</param>
    /// <param name="description">What they are called, and how rows are scaled.</param>
    /// <param name="features">What rows hold, in order; null = the catalogue.</param>
    /// <exception cref="ArgumentException">Clusters and description do not fit each other or the features.</exception>
    public PortraitModel(IClusterModel clusters, PortraitDescription description, IReadOnlyList<FeatureDefinition>? features = null)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        ArgumentNullException.ThrowIfNull(description);
        if (clusters.Clusters != description.Portraits.Count
            || !clusters.FeatureNames.SequenceEqual(description.Features.Select(f => f.Feature)))
        {
            throw new ArgumentException(
                $"The clusters ({clusters.Clusters} over {string.Join(", ", clusters.FeatureNames)}) do not fit their description "
                    + $"({description.Portraits.Count} portraits).",
                nameof(description));
        }

        _clusters = clusters;
        Description = description;
        _features = [.. description.Features];
        IReadOnlyList<FeatureDefinition> all = features ?? FeatureCatalogue.All;
        _columns =
        [
            .. _features.Select(f => FeatureDefinition.IndexOf(all, f.Feature) is >= 0 and int at ? at : throw new ArgumentException(
                $"The portraits read '{f.Feature}', which no row holds.", nameof(description))),
        ];
        _definitions = [.. _columns.Select(c => all[c])];
    }

    /// <summary>Scaling, portraits and the choice of their number.</summary>
    public PortraitDescription Description { get; }

    /// <summary>The clusters.</summary>
    public IClusterModel Clusters => _clusters;

    /// <summary>The index (not id) of the portrait of a catalogue-ordered feature row.</summary>
    public int Assign(ReadOnlySpan<float> row)
    {
        Span<float> scaled = stackalloc float[_columns.Length];
        for (int j = 0; j < scaled.Length; j++)
        {
            scaled[j] = _features[j].Scale(_definitions[j], row[_columns[j]]);
        }

        return _clusters.Assign(scaled, out _);
    }

    /// <summary>Adds the entries of a package.</summary>
    internal void Write(IDictionary<string, byte[]> entries)
    {
        entries[ModelEntries.Of(PayloadName)] = ModelEntries.Bytes(_clusters.Save);
        entries[DescriptionEntry] = ModelJson.Write(Description);
    }

    /// <summary>Reads them.</summary>
    /// <param name="package">From where.</param>
    /// <param name="entry">The entry being read, for the caller's message.</param>
    /// <param name="features">What rows hold, in order; null = the catalogue.</param>
    internal static PortraitModel Read(ModelPackage package, ref string entry, IReadOnlyList<FeatureDefinition>? features = null)
    {
        entry = DescriptionEntry;
        BundleChecks.NoNulls(package.Entry(entry).Span);
        var description = package.Json<PortraitDescription>(entry);
        BundleChecks.Check(description, features ?? FeatureCatalogue.All);
        entry = ModelEntries.Of(PayloadName);
        return new PortraitModel(KMeansModel.Load(package.Entry(entry)), description, features);
    }
}
