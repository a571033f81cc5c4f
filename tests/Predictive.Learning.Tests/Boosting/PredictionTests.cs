using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting;
using Predictive.Learning.Boosting.Prediction;

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
        TreeEnsemble ensemble = GradientBoosting.Train(
            data, new BoostingOptions { Trees = 37, Leaves = leaves, MinRowsPerLeaf = 3, CategoricalFeatures = ["x1"] });
        var batch = new double[data.Rows];
        ensemble.PredictRaw(data.Matrix!, batch);
        for (int i = 0; i < data.Rows; i++)
        {
            float[] row = BoostingTables.Row(data.Matrix!, i);
            double walked = TreeValues.Walk(ensemble.Members, row, ensemble.BaseScore);
            Assert.Equal(ensemble.BaseScore + ensemble.Members.Sum(tree => (double)tree.LeafValues[tree.LeafOf(row)]), walked, 1e-12);
            Assert.Equal(walked, batch[i]);
            Assert.Equal(walked, ensemble.PredictRaw(row));
        }
    }

    [Theory]
    [InlineData(9, 0.05, 141, "")] // 18 slots or fewer: two tables of 16
    [InlineData(30, 0.05, 141, "")]
    [InlineData(60, 0.4, 141, "")] // missing on both sides: up to 120 slots
    [InlineData(6, 0.1, 9, "x5")] // every categorical split has a slot of its own
    public void Every_width_of_the_single_row_program_agrees_with_walking(int columns, double missing, int trees, string categorical)
    {
        Assert.SkipWhen(RowProgram.BestLanes == 0, "This processor has none of the instructions; single rows are walked.");
        BoostingData data = BoostingTables.Make(997, columns, missing: missing);
        var options = new BoostingOptions
        {
            Trees = trees, Leaves = 31, MinRowsPerLeaf = 3, CategoricalFeatures = categorical.Length > 0 ? [categorical] : null,
        };
        EnsembleTree[] members = GradientBoosting.Train(data, options).Members;
        RankCoding? coding = RankCoding.Create(members, columns, 1024, out var tests);
        Assert.NotNull(coding);
        foreach (int lanes in new[] { 32, 64 }.Where(lanes => lanes <= RowProgram.BestLanes))
        {
            RowProgram? program = RowProgram.Create(members, new TreeValues(members), coding, tests, lanes);
            Assert.NotNull(program);
            for (int i = 0; i < data.Rows; i++)
            {
                float[] row = BoostingTables.Row(data.Matrix!, i);
                Assert.Equal(TreeValues.Walk(members, row, 0.25), program.Score(row, 0.25));
            }
        }
    }
}
