using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Members;

/// <summary>
/// Catalogue features as a linear model learns from them: transformed, clipped at the .2 and 99.8 % quantiles, standardised, missing = 0;
/// then standardised products of some of them; then, for snapshots, one level column each (0 when scoring) and the horizon column.
/// </summary>
internal sealed class LinearDesign
{
    private const double ClipShare = 0.002;

    private readonly int[] _features;
    private readonly double[] _low, _high, _mean, _scale;

    private readonly (int A, int B, double Mean, double Scale)[] _products;

    private LinearDesign(
        int[] features, double[] low, double[] high, double[] mean, double[] scale, (int A, int B, double Mean, double Scale)[] products,
        float[][] columns)
    {
        (_features, _low, _high, _mean, _scale, _products) = (features, low, high, mean, scale, products);
        Columns = columns;
    }

    /// <summary>Standardised columns; the catalogue's first.</summary>
    public float[][] Columns { get; }

    /// <summary><see cref="Columns"/> as a table, each under its <see cref="NameOf"/>.</summary>
    public FeatureMatrix Matrix() => new([.. Columns.Select((_, j) => NameOf(j))], Columns);

    /// <summary>Name of a column of <see cref="Matrix"/>.</summary>
    public static string NameOf(int column) => $"column {column}";

    /// <summary>How many of them are catalogue features.</summary>
    public int FeatureColumns => _features.Length;

    /// <summary>How many products follow them.</summary>
    public int ProductColumns => _products.Length;

    /// <summary>Builds the columns for the given rows of a table.</summary>
    /// <param name="table">Where the rows are.</param>
    /// <param name="rows">Which of them.</param>
    /// <param name="features">Catalogue positions.</param>
    /// <param name="snapshotLevels">Whether each snapshot gets a level of its own.</param>
    /// <param name="multiplied">Those of the features whose products with each other and themselves are columns too; null = none.</param>
    public static LinearDesign Of(
        TrainingTable table, int[] rows, IReadOnlyList<int> features, bool snapshotLevels, IReadOnlyList<int>? multiplied = null)
    {
        var parts = new (double Low, double High, double Mean, double Scale, float[]? Column)[features.Count];
        Parallel.For(0, features.Count, j => parts[j] = Standardise(table, rows, features[j]));

        // A column that does not vary says nothing.
        int[] kept = [.. Enumerable.Range(0, features.Count).Where(j => parts[j].Column is not null)];
        var columns = new List<float[]>(kept.Select(j => parts[j].Column!));
        int[] used = [.. kept.Select(j => features[j])];
        var (products, productColumns) =
            Products(table, rows, columns, [.. (multiplied ?? []).Select(f => Array.IndexOf(used, f)).Where(p => p >= 0)]);
        columns.AddRange(productColumns);
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
            used,
            [.. kept.Select(j => parts[j].Low)],
            [.. kept.Select(j => parts[j].High)],
            [.. kept.Select(j => parts[j].Mean)],
            [.. kept.Select(j => parts[j].Scale)],
            products,
            [.. columns]);
    }

    /// <summary>Standardised products of standardised columns, every pair and every square.</summary>
    private static ((int A, int B, double Mean, double Scale)[] Products, float[][] Columns) Products(
        TrainingTable table, int[] rows, List<float[]> columns, int[] positions)
    {
        var pairs = new List<(int A, int B)>();
        for (int a = 0; a < positions.Length; a++)
        {
            for (int b = a; b < positions.Length; b++)
            {
                pairs.Add((positions[a], positions[b]));
            }
        }

        var made = new ((int A, int B, double Mean, double Scale) Product, float[] Column)[pairs.Count];
        Parallel.For(0, made.Length, k =>
        {
            float[] left = columns[pairs[k].A], right = columns[pairs[k].B], column = new float[rows.Length];
            double weight = 0, sum = 0, squares = 0;
            for (int i = 0; i < column.Length; i++)
            {
                float v = left[i] * right[i];
                double w = table.Weight[rows[i]];
                column[i] = v;
                weight += w;
                sum += w * v;
                squares += w * v * v;
            }

            double mean = sum / weight, scale = Math.Sqrt(Math.Max(0, (squares / weight) - (mean * mean)));
            for (int i = 0; i < column.Length; i++)
            {
                column[i] = scale > 1e-9 ? (float)((column[i] - mean) / scale) : 0;
            }

            made[k] = ((pairs[k].A, pairs[k].B, mean, scale), column);
        });
        var varying = made.Where(m => m.Product.Scale > 1e-9).ToArray();
        return ([.. varying.Select(m => m.Product)], [.. varying.Select(m => m.Column)]);
    }

    /// <summary>
    /// The scorer of coefficients learned on <see cref="Columns"/>; level and horizon columns are left behind, they are 0 when scoring.
    /// </summary>
    public LinearScorer Scorer(ReadOnlySpan<double> coefficients, double intercept)
    {
        var raw = new double[FeatureColumns];
        for (int j = 0; j < raw.Length; j++)
        {
            raw[j] = coefficients[j] / _scale[j];
        }

        var products = new FeatureProduct[_products.Length];
        for (int k = 0; k < products.Length; k++)
        {
            var (a, b, mean, scale) = _products[k];
            double c = coefficients[FeatureColumns + k] / scale;
            intercept -= c * mean;
            products[k] = new FeatureProduct(a, b, c / (_scale[a] * _scale[b]));
        }

        return new LinearScorer(_features, _low, _high, _mean, raw, intercept, products);
    }

    private static (double Low, double High, double Mean, double Scale, float[]? Column) Standardise(
        TrainingTable table, int[] rows, int feature)
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
