using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;

namespace Predictive.Learning.Tests.Boosting;

/// <summary>Seeded tables the boosting tests share: mixed feature kinds, missing values, a known signal.</summary>
internal static class BoostingTables
{
    /// <summary>Rows × columns; signal in columns 0–3; labels by objective.</summary>
    public static BoostingData Make(
        int rows, int columns, Objective objective = Objective.Logistic, int seed = 1, bool weights = false, double missing = 0.05)
    {
        var random = new Random(seed);
        var x = new float[columns][];
        for (int j = 0; j < columns; j++)
        {
            x[j] = new float[rows];
            for (int i = 0; i < rows; i++)
            {
                double u = random.NextDouble();
                double value = (j % 4) switch { 0 => u, 1 => Math.Floor(u * 12), 2 => Math.Exp(3 * u), _ => (u * 2) - 1 };
                x[j][i] = random.NextDouble() < missing ? float.NaN : (float)value;
            }
        }

        var labels = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            double At(int j) => j < columns && !float.IsNaN(x[j][i]) ? x[j][i] : -0.5;
            double score = (2 * At(0)) - 1 + (0.15 * (At(1) - 6)) + (At(3) > 0.2 ? At(0) : -0.4);
            labels[i] = objective switch
            {
                Objective.Logistic => random.NextDouble() < 1 / (1 + Math.Exp(-score)) ? 1 : 0,
                Objective.Poisson => (float)Math.Floor(-Math.Log(1 - random.NextDouble()) * Math.Exp(score / 2)),
                Objective.Gamma => (float)(0.01 - (Math.Log(1 - random.NextDouble()) * Math.Exp(score / 2))),
                Objective.Tweedie => random.NextDouble() < 0.6 ? 0 : (float)(-Math.Log(1 - random.NextDouble()) * 10 * Math.Exp(score / 2)),
                _ => (float)(score + random.NextDouble() - 0.5),
            };
        }

        float[]? w = weights ? [.. Enumerable.Range(0, rows).Select(_ => (float)(0.25 + random.NextDouble()))] : null;
        return new BoostingData(new FeatureMatrix([.. Enumerable.Range(0, columns).Select(j => $"x{j}")], x), labels, w);
    }

    /// <summary>The payload of an ensemble.</summary>
    public static byte[] Bytes(TreeEnsemble ensemble)
    {
        using var stream = new MemoryStream();
        ensemble.Save(stream);
        return stream.ToArray();
    }

    /// <summary>Row i of the matrix.</summary>
    public static float[] Row(FeatureMatrix matrix, int i)
    {
        var row = new float[matrix.Columns];
        matrix.CopyRow(i, row);
        return row;
    }
}
