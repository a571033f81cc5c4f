using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Predictive.Learning;
using Predictive.Learning.Clustering;
using Predictive.MLNet.Data;
using Predictive.MLNet.Models;

namespace Predictive.MLNet;

/// <summary>Trains KMeans from several starts; the best centres become Learning's own clusters.</summary>
internal static class Clusterer
{
    public static KMeansModel Train(
        FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (options.Clusters < 1 || options.Starts < 1 || data.Rows < options.Clusters || data.Columns == 0)
        {
            throw new LearningException(
                $"{options.Clusters} clusters from {options.Starts} starts were asked of {data.Rows} rows; expected at least one of each "
                    + "and a row per cluster.");
        }

        for (int j = 0; j < data.Columns; j++)
        {
            if (data.Column(j).ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            {
                throw new LearningException($"Column '{data.Names[j]}' holds a missing or infinite value; k-means expects numbers.");
            }
        }

        KMeansModel? best = null;
        for (int start = 0; start < options.Starts; start++)
        {
            var context = new MLContext(unchecked(options.Seed + (7919 * start)));
            KMeansModel model = MLNetEngine.Running("cluster", cancellation, () => Start(context, data, options));
            best = best is null || model.Inertia < best.Inertia ? model : best;
            progress?.Report(new TrainingProgress(start + 1, options.Starts));
        }

        return best!;
    }

    private static KMeansModel Start(MLContext context, FeatureMatrix data, ClustererOptions options)
    {
        ClusteringPredictionTransformer<KMeansModelParameters> trained = context.Clustering.Trainers.KMeans(new KMeansTrainer.Options
        {
            FeatureColumnName = Rows.Features,
            NumberOfClusters = options.Clusters,
            MaximumNumberOfIterations = options.MaxIterations,
            InitializationAlgorithm = KMeansTrainer.InitializationAlgorithm.KMeansPlusPlus,
            NumberOfThreads = 1, // its sums depend on how the rows are divided
        }).Fit(Rows.Scoring(context, data));
        VBuffer<float>[]? centres = null;
        trained.Model.GetClusterCentroids(ref centres, out int count);
        return KMeansModel.Of(
            [.. centres.Take(count).Select(c => c.DenseValues().ToArray())], data,
            ModelZip.Save(context, trained, Rows.Empty(context, data.Names).Schema));
    }
}
