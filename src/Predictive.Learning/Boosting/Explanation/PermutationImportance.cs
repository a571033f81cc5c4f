namespace Predictive.Learning.Boosting.Explanation;

/// <summary>How much worse a measure becomes when one feature's values are shuffled between the rows (Breiman 2001).</summary>
public static class PermutationImportance
{
    /// <summary>Mean worsening per feature, in feature order; about 0 for a feature the ensemble does not need.</summary>
    /// <param name="ensemble">The trees to judge.</param>
    /// <param name="judge">Rows, labels and measure; best rows that were not trained on. Its metric must be given.</param>
    /// <param name="repeats">Shuffles per feature, ≥ 1. Default 5.</param>
    /// <param name="seed">Seed of the shuffles. Default 1.</param>
    /// <param name="threads">0 = one per core.</param>
    /// <exception cref="LearningException">There is no metric, no row or no shuffle to do, or the rows are not a column-major matrix of the ensemble's features.</exception>
    public static double[] Compute(TreeEnsemble ensemble, BoostingValidation judge, int repeats = 5, int seed = 1, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        ArgumentNullException.ThrowIfNull(judge);
        if (judge.Metric is null || judge.Data.Rows == 0 || repeats < 1 || judge.Data.Matrix is not { } matrix)
        {
            throw new LearningException($"Permutation importance needs a metric, column-major rows and at least one repeat; found {judge.Data.Rows} rows and {repeats} repeats.");
        }

        var predictions = new double[matrix.Rows];
        double Measure(FeatureMatrix rows)
        {
            ensemble.Predict(rows, predictions, threads);
            return judge.Metric(predictions, judge.Data.Labels, judge.Data.Weights);
        }

        double intact = Measure(matrix);
        float[][] columns = [.. Enumerable.Range(0, matrix.Columns).Select(matrix.ColumnArray)];
        var importance = new double[matrix.Columns];
        for (int j = 0; j < matrix.Columns; j++)
        {
            float[] original = columns[j];
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                columns[j] = Shuffled(original, SplitMix.For(seed, 5, (j * repeats) + repeat));
                double change = Measure(new FeatureMatrix(matrix.Names, columns)) - intact;
                importance[j] += (judge.HigherIsBetter ? -change : change) / repeats;
            }

            columns[j] = original;
        }

        return importance;
    }

    // Fisher–Yates.
    private static float[] Shuffled(float[] values, SplitMix random)
    {
        var shuffled = (float[])values.Clone();
        for (int i = shuffled.Length - 1; i > 0; i--)
        {
            int other = (int)random.NextLong(i + 1);
            (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
        }

        return shuffled;
    }
}
