using Predictive.Learning.Boosting;

namespace Predictive.Learning.Tests.Boosting;

public class PredictionTests
{
    [Theory]
    [InlineData(31, 9)]
    [InlineData(64, 20)]
    [InlineData(90, 9)] // too many leaves for the vector program: walked
    [InlineData(16, 150)] // too many slots for single rows
    public void Vector_predictors_agree_with_walking_the_trees(int leaves, int columns)
    {
        BoostingData data = BoostingTables.Make(2501, columns);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 37, Leaves = leaves, MinRowsPerLeaf = 3, CategoricalFeatures = ["x1"] });
        var batch = new double[data.Rows];
        ensemble.PredictRaw(data.Matrix!, batch);
        for (int i = 0; i < data.Rows; i++)
        {
            float[] row = BoostingTables.Row(data.Matrix!, i);
            double walked = ensemble.BaseScore;
            foreach (var tree in ensemble.Members)
            {
                walked += tree.LeafValues[tree.LeafOf(row)];
            }

            Assert.Equal(walked, batch[i]);
            Assert.Equal(walked, ensemble.PredictRaw(row));
        }
    }

    [Fact]
    public void Mutated_payloads_are_refused_or_valid()
    {
        BoostingData data = BoostingTables.Make(400, 4);
        byte[] good = BoostingTables.Bytes(GradientBoosting.Train(data, new BoostingOptions { Trees = 3, Leaves = 6, CategoricalFeatures = ["x1"] }));
        int share = int.TryParse(Environment.GetEnvironmentVariable("PREDICTIVE_FUZZ"), out int asked) ? asked : 20_000; // a million by asking
        const int Seed = 7;
        var random = new Random(Seed);
        var contributions = new double[5];
        int refused = 0;
        for (int n = 0; n < share; n++)
        {
            byte[] bytes = good[..(random.Next(4) == 0 ? random.Next(good.Length) : good.Length)];
            for (int m = random.Next(1, 4); m > 0 && bytes.Length > 0; m--)
            {
                int at = random.Next(Math.Min(bytes.Length, random.Next(2) == 0 ? 120 : bytes.Length));
                bytes[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(bytes[at] ^ (1 << random.Next(8))), _ => 255 };
            }

            try
            {
                TreeEnsemble loaded = TreeEnsemble.Load(bytes);
                if (loaded.FeatureNames.Count == 4)
                {
                    float[] row = [0.3f, 5, float.NaN, -0.2f];
                    Assert.False(double.IsNaN(loaded.PredictRaw(row)));
                    loaded.Explain(row, contributions);
                }
            }
            catch (LearningException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, mutation {n}: {e}");
            }
        }

        Assert.InRange(refused, share / 10, share);
    }
}
