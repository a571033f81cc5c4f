using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Evaluation;

/// <summary>The numbers behind a report's pictures.</summary>
internal static class Charts
{
    private const int CurvePoints = 100;

    /// <summary>Customers whose contributions are averaged.</summary>
    private const int ExplainedCustomers = 400;

    /// <summary>Share of the positive mass found among the highest predictions.</summary>
    public static IReadOnlyList<CurvePoint> Gain(ReadOnlySpan<double> mass, ReadOnlySpan<double> prediction)
    {
        int n = mass.Length;
        int[] order = Descending(prediction);
        double total = 0;
        foreach (double m in mass)
        {
            total += Math.Max(0, m);
        }

        var points = new List<CurvePoint> { new(0, 0) };
        double found = 0;
        for (int i = 0, next = 1; i < n; i++)
        {
            found += Math.Max(0, mass[order[i]]);
            while (next <= CurvePoints && (long)(i + 1) * CurvePoints >= (long)next * n)
            {
                points.Add(new CurvePoint(next / (double)CurvePoints, total > 0 ? found / total : 0));
                next++;
            }
        }

        return points;
    }

    public static IReadOnlyList<ValueDecile> Deciles(ReadOnlySpan<double> net, ReadOnlySpan<double> expected, ReadOnlySpan<float> churned)
    {
        int[] order = Descending(expected);
        var deciles = new List<ValueDecile>();
        for (int d = 0; d < 10; d++)
        {
            int from = (int)((long)d * order.Length / 10), to = (int)((long)(d + 1) * order.Length / 10);
            double predicted = 0, actual = 0, buyers = 0;
            for (int i = from; i < to; i++)
            {
                predicted += expected[order[i]];
                actual += net[order[i]];
                buyers += 1 - churned[order[i]];
            }

            if (to > from)
            {
                deciles.Add(new ValueDecile(
                    d + 1, to - from, Cents.Of(predicted / (to - from)), Cents.Of(actual / (to - from)), buyers / (to - from)));
            }
        }

        return deciles;
    }

    /// <summary>Mean |contribution| to the churn log-odds, strongest first.</summary>
    public static IReadOnlyList<FeatureImportance> TopFeatures(ChurnModel model, Snapshot at, int seed, int top = 20)
    {
        int[] rows = HistorySample.Draw(at.Rows, Math.Min(at.Rows, ExplainedCustomers), seed);
        int width = model.FeatureNames.Count;
        var sums = new double[width];
        var row = new float[width];
        var contributions = new double[width + 1];
        foreach (int r in rows)
        {
            at.Features.CopyRow(r, row);
            model.Explain(row, contributions);
            for (int j = 0; j < width; j++)
            {
                sums[j] += Math.Abs(contributions[j]) / rows.Length;
            }
        }

        return [
            .. sums.Select((v, j) => new FeatureImportance(model.FeatureNames[j], v)).OrderByDescending(f => f.Importance)
                .ThenBy(f => f.Feature, StringComparer.Ordinal).Take(top),
        ];
    }

    /// <summary>How the base moved from snapshot to snapshot, oldest first.</summary>
    public static IReadOnlyList<DriftPoint> Drift(IEnumerable<Snapshot> snapshots) =>
    [
        .. snapshots.OrderBy(s => s.Point.AsOf.Micros).Select(s =>
        {
            float[] recency = [.. s.Features.ColumnArray(LifetimeColumns.Recency)];
            Array.Sort(recency);
            return new DriftPoint(
                s.Point.AsOf.ToString(), s.Rows, s.Churned.Average(c => (double)c), Cents.Of(s.NetSpend.Average()),
                recency[recency.Length / 2]);
        }),
    ];

    private static int[] Descending(ReadOnlySpan<double> prediction)
    {
        double[] keys = prediction.ToArray();
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        // Ties by position: the picture must not depend on the sort.
        Array.Sort(order, (a, b) => keys[b].CompareTo(keys[a]) is var c && c != 0 ? c : a.CompareTo(b));
        return order;
    }
}
