using Predictive.Segmentation.Features;
using Predictive.Segmentation.Scoring.Models;

namespace Predictive.Segmentation.Training.Protocol;

/// <summary>
/// Catalogue features as a linear model learns from them: transformed, clipped at the .2 and 99.8 % quantiles, standardised, missing = 0;
/// then, for snapshots, one level column each (0 when scoring) and the horizon column.
/// </summary>
internal sealed class LinearDesign
{
    private const double ClipShare = 0.002;

    private readonly int[] _features;
    private readonly double[] _low, _high, _mean, _scale;

    private LinearDesign(int[] features, double[] low, double[] high, double[] mean, double[] scale, float[][] columns, int catalogueColumns)
    {
        (_features, _low, _high, _mean, _scale) = (features, low, high, mean, scale);
        Columns = columns;
        FeatureColumns = catalogueColumns;
    }

    /// <summary>Standardised columns; the catalogue's first.</summary>
    public float[][] Columns { get; }

    /// <summary>How many of them are catalogue features.</summary>
    public int FeatureColumns { get; }

    /// <summary>Builds the columns for the given rows of a table.</summary>
    public static LinearDesign Of(TrainingTable table, int[] rows, IReadOnlyList<int> features, bool snapshotLevels)
    {
        var parts = new (double Low, double High, double Mean, double Scale, float[]? Column)[features.Count];
        Parallel.For(0, features.Count, j => parts[j] = Standardise(table, rows, features[j]));

        // A column that does not vary says nothing.
        int[] kept = [.. Enumerable.Range(0, features.Count).Where(j => parts[j].Column is not null)];
        var columns = new List<float[]>(kept.Select(j => parts[j].Column!));
        if (snapshotLevels && table.Snapshots.Count > 1)
        {
            for (int s = 0; s < table.Snapshots.Count; s++)
            {
                int snapshot = s;
                columns.Add([.. rows.Select(r => table.SnapshotOf[r] == snapshot ? 1f : 0f)]);
            }

            int wide = table.Wide.Columns - 1;
            float[] ratio = table.Wide.ColumnArray(wide);
            if (ratio.Any(v => v != 0))
            {
                columns.Add([.. rows.Select(r => ratio[r])]);
            }
        }

        return new LinearDesign(
            [.. kept.Select(j => features[j])],
            [.. kept.Select(j => parts[j].Low)],
            [.. kept.Select(j => parts[j].High)],
            [.. kept.Select(j => parts[j].Mean)],
            [.. kept.Select(j => parts[j].Scale)],
            [.. columns],
            kept.Length);
    }

    /// <summary>The scorer of coefficients learned on <see cref="Columns"/>; level and horizon columns are left behind, they are 0 when scoring.</summary>
    public LinearScorer Scorer(ReadOnlySpan<double> coefficients, double intercept)
    {
        var raw = new double[FeatureColumns];
        for (int j = 0; j < raw.Length; j++)
        {
            raw[j] = coefficients[j] / _scale[j];
        }

        return new LinearScorer(_features, _low, _high, _mean, raw, intercept);
    }

    private static (double Low, double High, double Mean, double Scale, float[]? Column) Standardise(TrainingTable table, int[] rows, int feature)
    {
        FeatureDefinition definition = FeatureCatalogue.All[feature];
        float[] source = table.Features.ColumnArray(feature);
        var values = new double[rows.Length];
        int known = 0;
        var sorted = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            values[i] = definition.Apply(source[rows[i]]);
            if (!double.IsNaN(values[i]))
            {
                sorted[known++] = values[i];
            }
        }

        if (known == 0)
        {
            return default;
        }

        Array.Sort(sorted, 0, known);
        double low = sorted[(int)(ClipShare * (known - 1))], high = sorted[(int)Math.Ceiling((1 - ClipShare) * (known - 1))];
        double weight = 0, sum = 0, squares = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            if (!double.IsNaN(values[i]))
            {
                double v = Math.Clamp(values[i], low, high), w = table.Weight[rows[i]];
                weight += w;
                sum += w * v;
                squares += w * v * v;
            }
        }

        double mean = sum / weight;
        double scale = Math.Sqrt(Math.Max(0, (squares / weight) - (mean * mean)));
        if (scale < 1e-9)
        {
            return default;
        }

        var column = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            column[i] = double.IsNaN(values[i]) ? 0 : (float)((Math.Clamp(values[i], low, high) - mean) / scale);
        }

        return (low, high, mean, scale, column);
    }
}
