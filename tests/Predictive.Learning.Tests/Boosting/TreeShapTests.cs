using Predictive.Learning.Boosting;

namespace Predictive.Learning.Tests.Boosting;

public class TreeShapTests
{
    [Fact]
    public void Contributions_sum_to_the_raw_score()
    {
        BoostingData data = BoostingTables.Make(2000, 8);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 40 });
        var contributions = new double[9];
        for (int i = 0; i < 200; i++)
        {
            float[] row = BoostingTables.Row(data.Matrix!, i);
            ensemble.Explain(row, contributions);
            Assert.Equal(ensemble.PredictRaw(row), contributions.Sum(), 1e-9);
        }
    }
}
