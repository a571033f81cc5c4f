using Predictive.Learning;
using Predictive.Learning.Clustering;

namespace Predictive.Learning.Tests.Clustering;

public class KMeansTests
{
    [Theory]
    [InlineData(3, 2, 101)]
    [InlineData(7, 5, 1003)]
    [InlineData(24, 9, 3001)]
    public void Bounds_and_blocks_give_what_plain_Lloyd_gives(int k, int features, int rows)
    {
        const int Seed = 11;
        FeatureMatrix data = Blobs(rows, features, k, Seed, out _);
        float[] rowMajor = RowMajor(data);
        float[] start = rowMajor[..(k * features)];
        (KMeansModel model, int iterations) = KMeans.FitFrom(rowMajor, features, start, 200);
        (double[] centres, double inertia) = Plain(rowMajor, features, start, k);
        Assert.InRange(iterations, 1, 199);
        Assert.Equal(inertia, model.Inertia, inertia * 1e-5);
        for (int c = 0; c < k; c++)
        {
            for (int j = 0; j < features; j++)
            {
                Assert.Equal(centres[(c * features) + j], model.Centre(c)[j], 1e-3);
            }
        }
    }

    [Fact]
    public void Threads_change_no_bit()
    {
        FeatureMatrix data = Blobs(20_001, 6, 5, 3, out _);
        var options = new ClustererOptions { Clusters = 5, Starts = 3, Seed = 4 };
        Assert.Equal(Bytes(KMeans.Fit(data, options, 1)), Bytes(KMeans.Fit(data, options, 2)));
        Assert.Equal(Bytes(KMeans.Fit(data, options, 2)), Bytes(KMeans.Fit(data, options, 5)));
    }

    [Fact]
    public void Planted_groups_are_found()
    {
        FeatureMatrix data = Blobs(3000, 3, 4, 7, out int[] truth, spread: .25);
        var options = new ClustererOptions { Clusters = 4, Starts = 5 };
        var found = new int[data.Rows];
        KMeans.Fit(data, options).Assign(data, found);
        Assert.Equal(1, ClusterQuality.AdjustedRand(truth, found), .001);
        Assert.InRange(ClusterQuality.Silhouettes(data, found).Average(), .5, 1);
    }

    [Fact]
    public void Silhouette_by_hand()
    {
        // Points 0, 1 | 4 on a line: s(0) = (4 − 1)/4, s(1) = (3 − 1)/3, s(4) = 0 (alone).
        var data = new FeatureMatrix(["x"], [[0, 1, 4]]);
        double[] silhouettes = ClusterQuality.Silhouettes(data, [0, 0, 1]);
        Assert.Equal(.75, silhouettes[0], 6);
        Assert.Equal(2 / 3.0, silhouettes[1], 6);
        Assert.Equal(0, silhouettes[2]);
        Assert.Equal([0, 0, 0], ClusterQuality.Silhouettes(data, [1, 1, 1]));
    }

    [Fact]
    public void Membership_is_that_of_equal_spherical_Gaussians()
    {
        (KMeansModel model, _) = KMeans.FitFrom([0, 0, 4, 4], 1, [0, 4], 10);
        var membership = new double[2];
        model.Membership([1], 2, membership);
        double near = Math.Exp(-1 / 4.0), far = Math.Exp(-9 / 4.0); // exp(−d²/2s²), s² = 2
        Assert.Equal(near / (near + far), membership[0], 12);
        Assert.Equal(far / (near + far), membership[1], 12);
        model.Membership([1e6f], 1e-3, membership); // far away: no 0/0
        Assert.Equal([0.0, 1.0], membership);
    }

    [Fact]
    public void Mini_batches_find_planted_groups_above_a_million_rows()
    {
        const int Rows = 1_000_003, Seed = 5;
        var random = new Random(Seed);
        float[] x = new float[Rows], y = new float[Rows];
        for (int i = 0; i < Rows; i++)
        {
            (x[i], y[i]) = ((10 * (i % 3)) + (float)random.NextDouble(), (i % 3 == 1 ? 5 : 0) + (float)random.NextDouble());
        }

        var data = new FeatureMatrix(["x", "y"], [x, y]);
        var options = new ClustererOptions { Clusters = 3, Starts = 1, Seed = Seed };
        KMeansModel model = KMeans.Fit(data, options, 2);
        Assert.Equal(Rows / 6.0, model.Inertia, Rows * 0.001); // two uniform variances of 1/12 per row
        float[][] centres = [.. Enumerable.Range(0, 3).Select(c => model.Centre(c).ToArray()).OrderBy(c => c[0])];
        Assert.All(Enumerable.Range(0, 3), c => Assert.Equal((10 * c) + 0.5, centres[c][0], 0.01));
        Assert.Equal(Bytes(model), Bytes(KMeans.Fit(data, options, 1)));
    }

    [Fact]
    public void One_row_and_a_matrix_agree_and_a_payload_comes_back()
    {
        FeatureMatrix data = Blobs(513, 4, 3, 9, out _);
        KMeansModel model = KMeans.Fit(data, new ClustererOptions { Clusters = 3 });
        KMeansModel back = KMeansModel.Load(Bytes(model));
        var all = new int[data.Rows];
        model.Assign(data, all);
        var row = new float[4];
        for (int i = 0; i < data.Rows; i++)
        {
            data.CopyRow(i, row);
            Assert.Equal(all[i], back.Assign(row, out double distance));
            Assert.True(distance >= 0);
        }

        var membership = new double[3];
        model.Membership(row, 1, membership);
        Assert.Equal(1, membership.Sum(), 12);
    }

    [Fact]
    public void Missing_values_are_refused_by_name_and_row()
    {
        var data = new FeatureMatrix(["spend"], [[1, float.NaN]]);
        var e = Assert.Throws<LearningException>(() => KMeans.Fit(data, new ClustererOptions { Clusters = 1 }));
        Assert.Contains("'spend' is NaN in row 1", e.Message, StringComparison.Ordinal);
    }

    private static (double[] Centres, double Inertia) Plain(float[] rows, int d, float[] start, int k)
    {
        double[] centres = [.. start];
        int n = rows.Length / d;
        var assigned = new int[n];
        Array.Fill(assigned, -1);
        while (true)
        {
            bool changed = false;
            double inertia = 0;
            for (int i = 0; i < n; i++)
            {
                double best = double.PositiveInfinity;
                int own = 0;
                for (int c = 0; c < k; c++)
                {
                    double sum = 0;
                    for (int j = 0; j < d; j++)
                    {
                        sum += Math.Pow(rows[(i * d) + j] - centres[(c * d) + j], 2);
                    }

                    if (sum < best)
                    {
                        (best, own) = (sum, c);
                    }
                }

                changed |= assigned[i] != own;
                assigned[i] = own;
                inertia += best;
            }

            if (!changed)
            {
                return (centres, inertia);
            }

            for (int c = 0; c < k; c++)
            {
                int[] members = [.. Enumerable.Range(0, n).Where(i => assigned[i] == c)];
                for (int j = 0; j < d && members.Length > 0; j++)
                {
                    centres[(c * d) + j] = members.Average(i => (double)rows[(i * d) + j]);
                }
            }
        }
    }

    private static FeatureMatrix Blobs(int rows, int features, int groups, int seed, out int[] truth, double spread = 1)
    {
        var random = new Random(seed);
        double[,] centre = new double[groups, features];
        for (int g = 0; g < groups; g++)
        {
            for (int j = 0; j < features; j++)
            {
                centre[g, j] = random.NextDouble() * 6;
            }
        }

        truth = new int[rows];
        float[][] columns = [.. Enumerable.Range(0, features).Select(_ => new float[rows])];
        for (int i = 0; i < rows; i++)
        {
            truth[i] = random.Next(groups);
            for (int j = 0; j < features; j++)
            {
                double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                columns[j][i] = (float)(centre[truth[i], j] + (spread * normal));
            }
        }

        return new FeatureMatrix([.. Enumerable.Range(0, features).Select(j => $"x{j}")], columns);
    }

    private static float[] RowMajor(FeatureMatrix data)
    {
        var rows = new float[data.Rows * data.Columns];
        for (int i = 0; i < data.Rows; i++)
        {
            data.CopyRow(i, rows.AsSpan(i * data.Columns, data.Columns));
        }

        return rows;
    }

    private static byte[] Bytes(KMeansModel model)
    {
        var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }
}
