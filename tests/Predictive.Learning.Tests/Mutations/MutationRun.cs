using Predictive.Learning.BuiltIn;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using System.Diagnostics;
using Predictive.Learning.Boosting;
using Predictive.Learning.Clustering;

namespace Predictive.Learning.Tests.Mutations;

/// <summary>What a run of mutated payloads came to.</summary>
/// <param name="Refused">Payloads that gave a <see cref="LearningException"/>.</param>
/// <param name="Loaded">Payloads that gave a model, which then kept its promises.</param>
/// <param name="SlowestSeconds">Longest time of one payload, loading and using it.</param>
/// <param name="MostBytes">Most memory one payload allocated.</param>
internal sealed record MutationReport(int Refused, int Loaded, double SlowestSeconds, long MostBytes);

/// <summary>
/// Seeded mutations of small payloads of every kind this library writes. Each must give a <see cref="LearningException"/> or a model that
/// works: finite predictions, batch and single rows equal to the bit, finite contributions, and the same bytes when saved, loaded and saved
/// again.
/// </summary>
internal static class MutationRun
{
    // A mutated name list may ask for many features; rows of more are not worth building a million times.
    private const int MostFeatures = 64;
    private const long MostBytes = 32 << 20;
    private static readonly BuiltInEngine Engine = new();

    /// <summary>One sound payload of each kind.</summary>
    public static IReadOnlyList<(string Kind, byte[] Payload)> Payloads()
    {
        var payloads = new List<(string, byte[])>();
        foreach (Objective objective in new[] { Objective.Logistic, Objective.Tweedie, Objective.Quantile })
        {
            BoostingData data = Table(600, 4, objective, 1);
            TreeEnsemble trees = GradientBoosting.Train(
                data, new BoostingOptions { Objective = objective, Trees = 3, Leaves = 6, CategoricalFeatures = ["x1"] });
            payloads.Add(($"trees, {objective}", Bytes(trees.Save)));
        }

        BoostingData wide = Table(1500, 3, Objective.Squared, 2);
        payloads.Add((
            "trees, walked",
            Bytes(GradientBoosting.Train(
                wide, new BoostingOptions { Objective = Objective.Squared, Trees = 1, Leaves = 80, MinRowsPerLeaf = 2 }).Save)));
        BoostingData classes = Table(500, 4, Objective.Logistic, 3), counts = Table(500, 4, Objective.Poisson, 4);
        foreach (LearnerKind learner in new[] { LearnerKind.Linear, LearnerKind.RandomForest })
        {
            var options = new LearnerOptions { Learner = learner, Trees = 3, Leaves = 5 };
            payloads.Add(
                ($"{learner}, classes", Bytes(Engine.TrainClassifier(new TrainingData(classes.Matrix!, classes.Labels), options).Save)));
            payloads.Add(
                ($"{learner}, amounts", Bytes(Engine.TrainRegressor(new TrainingData(counts.Matrix!, counts.Labels), options).Save)));
        }

        payloads.Add((
            "Linear, log link",
            Bytes(Engine.TrainRegressor(
                new TrainingData(counts.Matrix!, counts.Labels),
                new LearnerOptions { Learner = LearnerKind.Linear, Objective = Objective.Poisson }).Save)));
        FeatureMatrix filled = Table(300, 3, Objective.Squared, 5, missing: 0).Matrix!;
        payloads.Add(("k-means", Bytes(KMeans.Fit(filled, new ClustererOptions { Clusters = 3, Starts = 1 }).Save)));
        return payloads;
    }

    /// <summary>Runs <paramref name="count"/> mutations; stops at the first broken promise.</summary>
    public static MutationReport Run(int count, int seed, out string? failure)
    {
        var payloads = Payloads();
        var random = new Random(seed);
        int refused = 0, loaded = 0;
        double slowest = 0;
        long most = 0;
        for (int n = 0; n < count; n++)
        {
            var (kind, sound) = payloads[random.Next(payloads.Count)];
            byte[] mutated = Mutator.Mutate(sound, payloads[random.Next(payloads.Count)].Payload, random);
            long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
            string? fault = null;
            try
            {
                fault = kind == "k-means" ? UseClusters(mutated) : UsePredictor(mutated);
                loaded++;
            }
            catch (LearningException)
            {
                refused++;
            }
            catch (Exception e)
            {
                fault = e.ToString();
            }

            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            (slowest, most) = (Math.Max(slowest, seconds), Math.Max(most, bytes));
            fault ??= bytes > MostBytes ? $"{bytes} bytes were allocated" : null;
            if (fault is not null)
            {
                failure = $"seed {seed}, mutation {n}, {kind} ({Convert.ToBase64String(mutated)}): {fault}";
                return new MutationReport(refused, loaded, slowest, most);
            }
        }

        failure = null;
        return new MutationReport(refused, loaded, slowest, most);
    }

    private static string? UsePredictor(byte[] payload)
    {
        IPredictor model = Predictors.Load(payload);
        int d = model.FeatureNames.Count;
        if (d > MostFeatures)
        {
            return null;
        }

        float[] values = [0, 5, float.NaN, -0.2f, 1e30f, float.PositiveInfinity, -3, float.NegativeInfinity];
        float[][] columns =
        [.. Enumerable.Range(0, d).Select(j => Enumerable.Range(0, 5).Select(i => values[(i + (3 * j)) % values.Length]).ToArray())];
        var matrix = new FeatureMatrix(model.FeatureNames, columns, 5);
        var batch = new double[5];
        model.Predict(matrix, batch);
        var row = new float[d];
        var contributions = new double[d + 1];
        for (int i = 0; i < batch.Length; i++)
        {
            matrix.CopyRow(i, row);
            double single = model.Predict(row);
            if (!double.IsFinite(single) || single != batch[i])
            {
                return $"row {i}: single {single}, batch {batch[i]}";
            }

            model.Explain(row, contributions);
            if (!Array.TrueForAll(contributions, double.IsFinite))
            {
                return $"row {i}: contributions {string.Join(" ", contributions)}";
            }
        }

        byte[] saved = Bytes(model.Save);
        return saved.AsSpan().SequenceEqual(Bytes(Predictors.Load(saved).Save)) ? null : "saved, loaded and saved again it has other bytes";
    }

    private static string? UseClusters(byte[] payload)
    {
        KMeansModel model = KMeansModel.Load(payload);
        int d = model.FeatureNames.Count;
        if (d > MostFeatures)
        {
            return null;
        }

        int cluster = model.Assign(new float[d], out double distance);
        var membership = new double[model.Clusters];
        model.Membership(new float[d], 1, membership);
        bool sound = cluster >= 0 && cluster < model.Clusters && double.IsFinite(distance) && Math.Abs(membership.Sum() - 1) < 1e-9
            && Bytes(model.Save).AsSpan().SequenceEqual(Bytes(KMeansModel.Load(Bytes(model.Save)).Save));
        return sound ? null : $"cluster {cluster} at {distance}, membership {string.Join(" ", membership)}";
    }

    private static byte[] Bytes(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }

    private static BoostingData Table(int rows, int columns, Objective objective, int seed, double missing = 0.05)
    {
        var random = new Random(seed);
        float[][] x = [.. Enumerable.Range(0, columns).Select(j => Enumerable.Range(0, rows)
            .Select(_ => random.NextDouble() < missing ? float.NaN : j == 1 ? random.Next(9) : (float)random.NextDouble()).ToArray())];
        float[] y = [.. Enumerable.Range(0, rows).Select(i =>
        {
            double score = (x[0][i] > 0.4 ? 1 : -0.5) + (x[1][i] % 3 == 0 ? 0.8 : 0) + random.NextDouble();
            return objective switch { Objective.Logistic =>
                score > 0.9 ? 1f : 0, Objective.Poisson or Objective.Tweedie =>
                    (float)Math.Floor(Math.Max(0, 2 * score)), _ => (float)score };
        })];
        return new BoostingData(new FeatureMatrix([.. Enumerable.Range(0, columns).Select(j => $"x{j}")], x), y);
    }
}
