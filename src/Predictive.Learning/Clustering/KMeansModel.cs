using System.Globalization;

namespace Predictive.Learning.Clustering;

/// <summary>Trained k-means centres. Immutable; safe to use from several threads.</summary>
/// <remarks>
/// Payload, little-endian: magic <c>PKM1</c>; int32 clusters; int32 features; float64 inertia; per feature int32 length and UTF-8 name;
/// clusters × features float32 centres.
/// </remarks>
public sealed class KMeansModel : IClusterModel
{
    private const int MostClusters = 1000;
    private const int MostFeatures = 100_000;
    private readonly float[] _centres;

    internal KMeansModel(IReadOnlyList<string> names, float[] centres, int clusters, double inertia) =>
        (FeatureNames, _centres, Clusters, Inertia) = (names, centres, clusters, inertia);

    private KMeansModel(KMeansModel other, double inertia, ReadOnlyMemory<byte> original)
        : this(other.FeatureNames, other._centres, other.Clusters, inertia) => Original = original;

    private static ReadOnlySpan<byte> Magic => "PKM1"u8;

    /// <summary>Centres that some other library found.</summary>
    /// <param name="centres">One row per cluster, a value per column of <paramref name="rows"/>.</param>
    /// <param name="rows">The rows they were found in: for the inertia.</param>
    /// <param name="original">See <see cref="IClusterModel.Original"/>.</param>
    /// <exception cref="LearningException">There are none, too many, or one is not finite or of another length.</exception>
    public static KMeansModel Of(IReadOnlyList<float[]> centres, FeatureMatrix rows, ReadOnlyMemory<byte> original = default)
    {
        ArgumentNullException.ThrowIfNull(centres);
        ArgumentNullException.ThrowIfNull(rows);
        if (centres.Count is < 1 or > MostClusters || !centres.All(c => c.Length == rows.Columns && Array.TrueForAll(c, float.IsFinite)))
        {
            throw new LearningException(
                $"{centres.Count} centres were handed over for {rows.Columns} features; expected 1 to {MostClusters}, each with a finite "
                    + "value per feature.");
        }

        var model = new KMeansModel(rows.Names, [.. centres.SelectMany(c => c)], centres.Count, 0);
        var row = new float[rows.Columns];
        double inertia = 0;
        for (int i = 0; i < rows.Rows; i++)
        {
            rows.CopyRow(i, row);
            model.Assign(row, out double distance);
            inertia += distance;
        }

        return new KMeansModel(model, inertia, original);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <inheritdoc/>
    public int Clusters { get; }

    /// <inheritdoc/>
    public double Inertia { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Original { get; }

    /// <inheritdoc/>
    public IReadOnlyList<float> Centre(int cluster) => new ArraySegment<float>(_centres, cluster * FeatureNames.Count, FeatureNames.Count);

    /// <inheritdoc/>
    public int Assign(ReadOnlySpan<float> row, out double squaredDistance)
    {
        if (row.Length != FeatureNames.Count)
        {
            throw new LearningException(
                $"A row of {row.Length} values was given; the clusters were trained on {FeatureNames.Count} features.");
        }

        int cluster = NearestCentre.Of(row, _centres, Clusters, out float distance);
        if (!float.IsFinite(distance))
        {
            throw new LearningException(
                "A row to assign is at no finite distance from any centre; expected finite values of the size of the training rows: fill "
                    + "missing values first.");
        }

        squaredDistance = distance;
        return cluster;
    }

    /// <inheritdoc/>
    public void Assign(FeatureMatrix data, Span<int> clusters)
    {
        ArgumentNullException.ThrowIfNull(data);
        EngineChecks.Columns(FeatureNames, data, clusters.Length);
        Span<float> row = stackalloc float[Math.Min(FeatureNames.Count, 1024)];
        row = FeatureNames.Count <= 1024 ? row[..FeatureNames.Count] : new float[FeatureNames.Count];
        for (int i = 0; i < data.Rows; i++)
        {
            data.CopyRow(i, row);
            clusters[i] = Assign(row, out _);
        }
    }

    /// <summary>
    /// Soft membership: exp(−½ d²/s²) normalised to sum to 1, s² = inertia per training row and feature given by the caller
    /// (a spherical Gaussian mixture with equal weights, Bishop 2006, 9.3.2).
    /// </summary>
    /// <param name="row">One row.</param>
    /// <param name="variance">s² &gt; 0.</param>
    /// <param name="membership">One slot per cluster; filled, summing to 1.</param>
    /// <exception cref="LearningException">A length does not fit or the variance is not above 0.</exception>
    public void Membership(ReadOnlySpan<float> row, double variance, Span<double> membership)
    {
        int d = FeatureNames.Count;
        if (row.Length != d || membership.Length != Clusters || !(variance > 0) || !double.IsFinite(variance))
        {
            throw new LearningException(string.Create(
                CultureInfo.InvariantCulture,
                $"Membership was asked for a row of {row.Length} values, {membership.Length} slots and variance {variance}; expected {d} "
                    + $"values, {Clusters} slots and a finite variance above 0."));
        }

        double nearest = double.PositiveInfinity;
        for (int c = 0; c < Clusters; c++)
        {
            double sum = 0;
            for (int j = 0; j < d; j++)
            {
                double difference = (double)row[j] - _centres[(c * d) + j];
                sum += difference * difference;
            }

            membership[c] = sum;
            nearest = Math.Min(nearest, sum);
        }

        double total = 0;
        for (int c = 0; c < Clusters; c++)
        {
            membership[c] = Math.Exp(-(membership[c] - nearest) / (2 * variance));
            total += membership[c];
        }

        for (int c = 0; c < Clusters; c++)
        {
            membership[c] /= total;
        }
    }

    /// <inheritdoc/>
    public void Save(Stream stream)
    {
        var writer = new PayloadWriter();
        writer.WriteMagic(Magic);
        writer.Write(Clusters);
        writer.Write(FeatureNames.Count);
        writer.Write(Inertia);
        foreach (string name in FeatureNames)
        {
            writer.Write(name);
        }

        writer.Write(_centres.AsSpan());
        writer.CopyTo(stream);
    }

    /// <summary>Loads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="LearningException">The payload is damaged; the message says where.</exception>
    public static KMeansModel Load(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span, "The clusters' payload");
        reader.Magic(Magic);
        int clusters = reader.Int(), features = reader.Int();
        double inertia = reader.Double();
        reader.Require(
            clusters is >= 1 and <= MostClusters && features is >= 1 and <= MostFeatures && inertia >= 0
                && 4L * (clusters + 1) * features <= reader.Left,
            $"it claims {clusters} clusters of {features} features");
        var names = new string[features];
        for (int j = 0; j < features; j++)
        {
            names[j] = reader.Text();
        }

        float[] centres = reader.Floats(clusters * features);
        reader.End();
        return new KMeansModel(names, centres, clusters, inertia);
    }
}
