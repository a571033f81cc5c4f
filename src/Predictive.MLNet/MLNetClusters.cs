using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Predictive.Learning;

namespace Predictive.MLNet;

/// <summary>Trains KMeans from several starts.</summary>
internal static class Clusterer
{
    public static MLNetClusters Train(FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (options.Clusters < 1 || options.Starts < 1 || data.Rows < options.Clusters || data.Columns == 0)
        {
            throw new LearningException($"{options.Clusters} clusters from {options.Starts} starts were asked of {data.Rows} rows; expected at least one of each and a row per cluster.");
        }

        for (int j = 0; j < data.Columns; j++)
        {
            if (data.Column(j).ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            {
                throw new LearningException($"Column '{data.Names[j]}' holds a missing or infinite value; k-means expects numbers.");
            }
        }

        MLNetClusters? best = null;
        for (int start = 0; start < options.Starts; start++)
        {
            cancellation.ThrowIfCancellationRequested();
            var context = new MLContext(unchecked(options.Seed + (7919 * start)));
            MLNetClusters model;
            try
            {
                ITransformer trained = context.Clustering.Trainers.KMeans(new KMeansTrainer.Options
                {
                    FeatureColumnName = Rows.Features,
                    NumberOfClusters = options.Clusters,
                    MaximumNumberOfIterations = options.MaxIterations,
                    InitializationAlgorithm = KMeansTrainer.InitializationAlgorithm.KMeansPlusPlus,
                    NumberOfThreads = 1,
                }).Fit(Rows.Scoring(context, data, 0, data.Rows));
                model = new MLNetClusters(ModelZip.Save(context, trained, Rows.Empty(context, data.Names).Schema)).Measured(data);
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException)
            {
                throw new LearningException($"ML.NET could not cluster: {e.Message}", e);
            }

            best = best is null || model.Inertia < best.Inertia ? model : best;
            progress?.Report(new TrainingProgress(start + 1, options.Starts));
        }

        return best!;
    }
}

/// <summary>An ML.NET KMeans model. Distances are computed from its centres in double precision, so that one row and many agree bit for bit.</summary>
/// <remarks>An ML.NET payload has no place for the inertia: it is NaN in a loaded model.</remarks>
internal sealed class MLNetClusters : IClusterModel
{
    private readonly byte[] _payload;
    private readonly string[] _names;
    private readonly float[][] _centres;

    public MLNetClusters(byte[] payload)
    {
        _payload = payload;
        ITransformer model = ModelZip.Load(new MLContext(1), payload, out DataViewSchema schema);
        _names = Rows.Names(schema);
        ITransformer? last = model is IEnumerable<ITransformer> chain ? chain.LastOrDefault() : model;
        if (last is not ISingleFeaturePredictionTransformer<object> { Model: KMeansModelParameters clusters })
        {
            throw new LearningException($"The ML.NET model holds a '{last?.GetType().Name}'; expected k-means clusters this engine saved.");
        }

        VBuffer<float>[]? centres = null;
        clusters.GetClusterCentroids(ref centres, out int count);
        _centres = [.. centres.Take(count).Select(c => c.DenseValues().ToArray())];
    }

    private MLNetClusters(MLNetClusters other, double inertia) => (_payload, _names, _centres, Inertia) = (other._payload, other._names, other._centres, inertia);

    public IReadOnlyList<string> FeatureNames => _names;

    public int Clusters => _centres.Length;

    public double Inertia { get; } = double.NaN;

    public IReadOnlyList<float> Centre(int cluster) => _centres[cluster];

    public int Assign(ReadOnlySpan<float> row, out double squaredDistance)
    {
        if (row.Length != _names.Length)
        {
            throw new ArgumentException($"The row has {row.Length} values; the clusters read {_names.Length}.", nameof(row));
        }

        (int best, squaredDistance) = (0, double.PositiveInfinity);
        for (int k = 0; k < _centres.Length; k++)
        {
            double sum = 0;
            for (int j = 0; j < row.Length; j++)
            {
                double d = (double)row[j] - _centres[k][j];
                sum += d * d;
            }

            if (sum < squaredDistance)
            {
                (best, squaredDistance) = (k, sum);
            }
        }

        return best;
    }

    public void Assign(FeatureMatrix data, Span<int> clusters)
    {
        var row = new float[data.Columns];
        for (int i = 0; i < data.Rows; i++)
        {
            data.CopyRow(i, row);
            clusters[i] = Assign(row, out _);
        }
    }

    public void Save(Stream stream) => stream.Write(_payload);

    /// <summary>The same model with the inertia of its training rows.</summary>
    internal MLNetClusters Measured(FeatureMatrix data)
    {
        var row = new float[data.Columns];
        double sum = 0;
        for (int i = 0; i < data.Rows; i++)
        {
            data.CopyRow(i, row);
            Assign(row, out double distance);
            sum += distance;
        }

        return new MLNetClusters(this, sum);
    }
}
