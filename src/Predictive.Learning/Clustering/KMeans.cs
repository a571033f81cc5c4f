using System.Globalization;
namespace Predictive.Learning.Clustering;

/// <summary>k-means: several k-means++ starts, Lloyd's algorithm with Hamerly's bounds, the lowest inertia wins.</summary>
public static class KMeans
{
    // Seeding and mini-batches draw from at most this many rows; the passes that settle the centres use them all.
    private const int SeedingRows = 100_000;
    private const int MiniBatchAbove = 1_000_000;
    private const int MiniBatchRows = 10_000;
    private const int MiniBatches = 100;
    private const int FullPassesAfterMiniBatch = 10;

    /// <summary>Fits k-means.</summary>
    /// <param name="data">Rows × features, finite values on comparable scales.</param>
    /// <param name="options">Above a million rows each start runs 100 seeded mini-batches of 10,000 rows (Sculley 2010) and at most 10 full
    /// passes.</param>
    /// <param name="threads">0 = one per core. The result does not depend on it.</param>
    /// <param name="progress">Told after each start.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="LearningException">No rows, no features, fewer rows than clusters, values that are not finite, or options out of
    /// range.</exception>
    public static KMeansModel Fit(
        FeatureMatrix data, ClustererOptions options, int threads = 0, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Clusters is < 1 or > 1000 || options.Starts is < 1 or > 1000 || options.MaxIterations is < 1 or > 100_000)
        {
            throw new LearningException(
                $"k-means was asked for {options.Clusters} clusters, {options.Starts} starts, {options.MaxIterations} iterations; "
                    + "expected 1–1000, 1–1000, 1–100000.");
        }

        if (data.Columns == 0 || data.Rows < options.Clusters)
        {
            throw new LearningException(
                $"k-means was given {data.Rows} rows of {data.Columns} features for {options.Clusters} clusters; expected at least one "
                    + "feature and a row per cluster.");
        }

        RowTable table = RowTable.From(data);
        var random = new Random(options.Seed);
        RowTable seeding = table.Rows > SeedingRows ? table.Take(Draw(random, table.Rows, SeedingRows)) : table;
        LloydState? best = null;
        double bestInertia = double.PositiveInfinity;
        for (int start = 0; start < options.Starts; start++)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] centres = KMeansSeeding.Draw(seeding, options.Clusters, random);
            int passes = options.MaxIterations;
            if (table.Rows > MiniBatchAbove)
            {
                MiniBatch(table, centres, options.Clusters, random);
                passes = Math.Min(passes, FullPassesAfterMiniBatch);
            }

            (LloydState state, _) = Run(table, centres, options.Clusters, passes, threads, cancellation);
            double inertia = state.Inertia();
            if (inertia < bestInertia)
            {
                (best, bestInertia) = (state, inertia);
            }

            progress?.Report(new TrainingProgress(start + 1, options.Starts));
        }

        return new KMeansModel(data.Names, best!.Centres.ToArray(), options.Clusters, bestInertia);
    }

    /// <summary>Lloyd's algorithm from given centres until no row changes cluster.</summary>
    /// <param name="rowMajor">Rows × features, row by row; finite.</param>
    /// <param name="features">Features per row, ≥ 1.</param>
    /// <param name="centres">Clusters × features, row by row; finite.</param>
    /// <param name="maxIterations">Most iterations, ≥ 1.</param>
    /// <param name="threads">0 = one per core. The result does not depend on it.</param>
    /// <returns>
    /// The model, and the iterations as scikit-learn counts them: assignments of all rows, the last of which changes nothing. Where the
    /// limit comes first, one more assignment makes the inertia that of the final centres.
    /// </returns>
    /// <exception cref="LearningException">Lengths do not fit, a value is not finite, or there are fewer rows than clusters.</exception>
    public static (KMeansModel Model, int Iterations) FitFrom(
        ReadOnlySpan<float> rowMajor, int features, ReadOnlySpan<float> centres, int maxIterations, int threads = 0)
    {
        if (features < 1 || maxIterations < 1 || centres.IsEmpty || centres.Length % features != 0 || rowMajor.Length % features != 0
            || rowMajor.Length < centres.Length)
        {
            throw new LearningException(
                $"k-means was given {rowMajor.Length} values, {centres.Length} values of centres and {maxIterations} iterations for "
                    + $"{features} features; expected whole rows, at least one centre, a row per centre and an iteration.");
        }

        foreach (float value in centres)
        {
            if (!float.IsFinite(value))
            {
                throw new LearningException(
                    string.Create(CultureInfo.InvariantCulture, $"A starting centre of k-means holds {value}; expected finite values."));
            }
        }

        int k = centres.Length / features;
        (LloydState state, int iterations) =
            Run(RowTable.FromRows(rowMajor, features), centres, k, maxIterations, threads, CancellationToken.None);
        return (
            new KMeansModel([.. Enumerable.Range(0, features).Select(j => $"f{j}")], state.Centres.ToArray(), k, state.Inertia()),
            iterations);
    }

    private static (LloydState State, int Iterations) Run(
        RowTable table, ReadOnlySpan<float> centres, int k, int maxIterations, int threads, CancellationToken cancellation)
    {
        var state = new LloydState(table, centres, k, threads);
        for (int iteration = 1; iteration <= maxIterations; iteration++)
        {
            if (state.Assign() == 0)
            {
                return (state, iteration);
            }

            cancellation.ThrowIfCancellationRequested();
            state.MoveCentres();
        }

        state.Assign();
        return (state, maxIterations);
    }

    private static void MiniBatch(RowTable table, float[] centres, int k, Random random)
    {
        int d = table.Features;
        var counts = new long[k];
        Span<float> row = stackalloc float[d];
        for (int batch = 0; batch < MiniBatches; batch++)
        {
            for (int i = 0; i < MiniBatchRows; i++)
            {
                table.CopyRow(random.Next(table.Rows), row);
                int c = NearestCentre.Of(row, centres, k, out _);
                float rate = 1f / ++counts[c];
                for (int j = 0; j < d; j++)
                {
                    centres[(c * d) + j] += rate * (row[j] - centres[(c * d) + j]);
                }
            }
        }
    }

    private static int[] Draw(Random random, int rows, int wanted)
    {
        // Floyd's sampling, then ascending so that the sample does not depend on the order of a hash set.
        var drawn = new HashSet<int>(wanted);
        for (int i = rows - wanted; i < rows; i++)
        {
            int candidate = random.Next(i + 1);
            drawn.Add(drawn.Contains(candidate) ? i : candidate);
        }

        int[] sample = [.. drawn];
        Array.Sort(sample);
        return sample;
    }
}
