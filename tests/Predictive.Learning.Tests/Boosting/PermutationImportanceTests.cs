using Predictive.Learning.Boosting;
using Predictive.Learning.Boosting.Explanation;

namespace Predictive.Learning.Tests.Boosting;

public class PermutationImportanceTests
{
    [Fact]
    public void Only_the_feature_that_decides_is_important()
    {
        var random = new Random(3);
        float[][] x = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 1000).Select(_ => (float)random.NextDouble()).ToArray())];
        float[] y = [.. x[1].Select(v => v > 0.5f ? 3f : 0f)];
        var data = new BoostingData(new FeatureMatrix(["a", "b", "c"], x), y);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Objective = Objective.Squared, Trees = 1, Leaves = 2, LearningRate = 1 });
        double[] importance = PermutationImportance.Compute(ensemble, new BoostingValidation(data, MeanSquare));
        Assert.Equal(0, importance[0]);
        Assert.Equal(0, importance[2]);
        Assert.InRange(importance[1], 4.0, 5.0); // half of the rows change side: ½ · 3²
    }

    private static double MeanSquare(ReadOnlySpan<double> p, ReadOnlySpan<float> y, ReadOnlySpan<float> w)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            sum += (p[i] - y[i]) * (p[i] - y[i]);
        }

        return sum / p.Length;
    }
}
