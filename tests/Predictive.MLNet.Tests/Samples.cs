using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.Learning;

namespace Predictive.MLNet.Tests;

/// <summary>Data with a planted signal, and rows meant to break a comparison.</summary>
internal static class Samples
{
    /// <summary>Whether LightGBM's native library is there: on Linux it needs libgomp1.</summary>
    public static bool LightGbm { get; } = new MLNetEngine().Trainers.Any(t => t.Name == MLNetEngine.LightGbm);

    public static TrainingData Planted(int rows, int seed) =>
        Make(rows, seed, (signal, random) => random.NextDouble() < 1 / (1 + Math.Exp(-3 * signal)) ? 1 : 0);

    public static TrainingData Spend(int rows, int seed) =>
        Make(rows, seed, (signal, random) => (float)((40 + (20 * signal)) * (.5 + random.NextDouble())));

    /// <summary>
    /// Features of many sizes, missing and infinite values among them; labels that the objective allows, far from 0 where it can.
    /// </summary>
    public static TrainingData Rough(int rows, int seed, Objective objective)
    {
        var random = new Random(seed);
        string[] names = ["normal", "spend", "count", "tiny", "flat", "often_missing", "infinite"];
        float[][] columns = [.. names.Select(_ => new float[rows])];
        float[] labels = new float[rows], weights = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            double z = Normal(random);
            columns[0][i] = (float)z;
            columns[1][i] = (float)Math.Exp(3 + (2 * Normal(random)));
            columns[2][i] = random.Next(0, 12);
            columns[3][i] = (float)(1e-38 * Normal(random));
            columns[4][i] = 7;
            columns[5][i] = random.Next(3) == 0 ? (float)Normal(random) : float.NaN;
            columns[6][i] =
                random.Next(50) == 0 ? float.PositiveInfinity : random.Next(50) == 0 ? float.NegativeInfinity : (float)Normal(random);
            double signal = z + (.5 * Math.Sign(columns[3][i])) + (float.IsNaN(columns[5][i]) ? .7 : 0) + (columns[2][i] > 5 ? .5 : 0)
                + (columns[1][i] > 30 ? .4 : 0);
            labels[i] = objective switch
            {
                Objective.Logistic => random.NextDouble() < 1 / (1 + Math.Exp(-signal)) ? 1 : 0,
                Objective.Squared => (float)(1000 + (30 * signal) + Normal(random)),
                Objective.Poisson => (float)Math.Floor(random.NextDouble() * Math.Exp(1 + (.4 * signal))),
                Objective.Gamma => (float)(25 * Math.Exp(.5 * signal) * (.2 + random.NextDouble())),
                _ => random.Next(3) == 0 ? 0 : (float)(25 * Math.Exp(.5 * signal)),
            };
            weights[i] = (float)(.5 + random.NextDouble());
        }

        return new TrainingData(new FeatureMatrix(names, columns), labels, weights);
    }

    /// <summary>A third of the rows ordinary, a third of nothing but special values, a third mixed.</summary>
    public static FeatureMatrix Extreme(int rows, int seed, FeatureMatrix like, float[] thresholds)
    {
        float[] special =
        [
            float.NaN, float.NaN, float.NegativeInfinity, float.PositiveInfinity, float.MinValue, float.MaxValue, float.Epsilon,
            -float.Epsilon, 1e-40f, -1e-40f, 0, -0f,
            1e28f, -1e28f, 1e29f, -1e29f, MathF.BitIncrement(1e29f), MathF.BitDecrement(-1e29f), 1e30f, -1e30f, 5e29f, -5e29f, 1, -1,
        ];
        float[] at = [.. thresholds.Where(float.IsFinite).SelectMany(t => new[] { t, MathF.BitIncrement(t), MathF.BitDecrement(t) })];
        var random = new Random(seed);
        float[][] columns = [.. like.Names.Select(_ => new float[rows])];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns.Length; j++)
            {
                bool ordinary = i % 3 == 0 || (i % 3 == 1 && random.Next(2) == 0);
                columns[j][i] = ordinary
                    ? like.Column(j)[random.Next(like.Rows)]
                    : at.Length > 0 && random.Next(2) == 0 ? at[random.Next(at.Length)] : special[random.Next(special.Length)];
            }
        }

        return new FeatureMatrix(like.Names, columns);
    }

    public static IDataView View(MLContext context, FeatureMatrix data)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, data.Columns);
        return context.Data.LoadFromEnumerable(
            Enumerable.Range(0, data.Rows).Select(i =>
            {
                var row = new Row { Features = new float[data.Columns] };
                data.CopyRow(i, row.Features);
                return row;
            }),
            definition);
    }

    public static IEnumerable<ITransformer> Flat(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flat) : [model];

    public static double[] All(IPredictor model, FeatureMatrix data)
    {
        var result = new double[data.Rows];
        model.Predict(data, result);
        return result;
    }

    public static byte[] Saved(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    // Two features that matter, two that do not, one missing value in ten.
    private static TrainingData Make(int rows, int seed, Func<double, Random, float> label)
    {
        var random = new Random(seed);
        float[][] columns = [new float[rows], new float[rows], new float[rows], new float[rows]];
        var labels = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            foreach (float[] column in columns)
            {
                column[i] = (2 * random.NextSingle()) - 1;
            }

            labels[i] = label(columns[0][i] + (.5 * columns[1][i]), random);
            columns[3][i] = random.Next(10) == 0 ? float.NaN : columns[3][i];
        }

        return new TrainingData(new FeatureMatrix(["a", "b", "c", "d"], columns), labels, [.. labels.Select(_ => 1f)]);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
