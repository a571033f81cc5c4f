using Predictive.Learning;
using Predictive.Segmentation.Models;

namespace Predictive.Training.Snapshots;

/// <summary>The rows of several snapshots under one another: what members learn from.</summary>
internal sealed class TrainingTable
{
    private TrainingTable(
        FeatureMatrix features, FeatureMatrix wide, int[] snapshotOf, int[] customer, double[] weight, IReadOnlyList<Snapshot> snapshots)
    {
        Features = features;
        Wide = wide;
        SnapshotOf = snapshotOf;
        Customer = customer;
        Weight = weight;
        Snapshots = snapshots;
    }

    /// <summary>Catalogue features.</summary>
    public FeatureMatrix Features { get; }

    /// <summary>The same columns and the horizon column, for trees.</summary>
    public FeatureMatrix Wide { get; }

    /// <summary>Which snapshot a row is of.</summary>
    public int[] SnapshotOf { get; }

    /// <summary>Whose row it is: rows of one customer stay in one fold.</summary>
    public int[] Customer { get; }

    /// <summary>Weight per row.</summary>
    public double[] Weight { get; }

    public IReadOnlyList<Snapshot> Snapshots { get; }

    public int Rows => Features.Rows;

    /// <summary>Stacks snapshots; a row keeps its snapshot's weight.</summary>
    /// <param name="snapshots">At least one.</param>
    /// <param name="horizonDays">The horizon H that a shorter window h is told against, as ln(h / H).</param>
    public static TrainingTable Stack(IReadOnlyList<Snapshot> snapshots, int horizonDays)
    {
        int rows = snapshots.Sum(s => s.Rows);
        IReadOnlyList<string> names = snapshots[0].Features.Names;
        var columns = new float[names.Count][];
        if (snapshots.Count == 1)
        {
            for (int j = 0; j < columns.Length; j++)
            {
                columns[j] = snapshots[0].Features.ColumnArray(j);
            }
        }
        else
        {
            Parallel.For(0, columns.Length, j =>
            {
                var column = new float[rows];
                int at = 0;
                foreach (Snapshot snapshot in snapshots)
                {
                    snapshot.Features.Column(j).CopyTo(column.AsSpan(at));
                    at += snapshot.Rows;
                }

                columns[j] = column;
            });
        }

        var snapshotOf = new int[rows];
        var customer = new int[rows];
        var weight = new double[rows];
        var ratio = new float[rows];
        int start = 0;
        for (int s = 0; s < snapshots.Count; s++)
        {
            int count = snapshots[s].Rows;
            Array.Fill(snapshotOf, s, start, count);
            snapshots[s].Customers.CopyTo(customer, start);
            Array.Fill(weight, snapshots[s].Point.Weight, start, count);
            Array.Fill(ratio, (float)Math.Log((double)snapshots[s].Point.HorizonDays / horizonDays), start, count);
            start += count;
        }

        var features = new FeatureMatrix(names, columns, rows);
        var wide = new FeatureMatrix([.. names, ChurnModel.HorizonColumn], [.. columns, ratio], rows);
        return new TrainingTable(features, wide, snapshotOf, customer, weight, snapshots);
    }

    /// <summary>One value per row from one array per snapshot.</summary>
    public float[] Gather(Func<Snapshot, IReadOnlyList<float>> perSnapshot)
    {
        var values = new float[Rows];
        int at = 0;
        foreach (Snapshot snapshot in Snapshots)
        {
            IReadOnlyList<float> source = perSnapshot(snapshot);
            for (int i = 0; i < snapshot.Rows; i++)
            {
                values[at++] = source[i];
            }
        }

        return values;
    }

    /// <summary>The rows of a list, as trees see them.</summary>
    public FeatureMatrix WideRows(int[]? rows) => rows is null ? Wide : Wide.TakeRows(rows);

    /// <summary>All rows, or those given.</summary>
    public int[] AllOr(int[]? rows) => rows ?? [.. Enumerable.Range(0, Rows)];
}
