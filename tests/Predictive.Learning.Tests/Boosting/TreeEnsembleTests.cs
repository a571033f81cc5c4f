using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting;

namespace Predictive.Learning.Tests.Boosting;

public class TreeEnsembleTests
{
    public static TheoryData<Objective> Objectives => [.. Enum.GetValues<Objective>()];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Batch_single_and_row_major_predictions_agree_to_the_last_bit(Objective objective)
    {
        BoostingData data = BoostingTables.Make(1237, 7, objective, weights: true);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Objective = objective, Trees = 23 });
        FeatureMatrix matrix = data.Matrix!;
        float[] rowMajor = [.. Enumerable.Range(0, data.Rows).SelectMany(i => BoostingTables.Row(matrix, i))];
        var batch = new double[data.Rows];
        var rows = new double[data.Rows];
        ensemble.Predict(matrix, batch, threads: 2);
        ensemble.Predict(rowMajor, rows, threads: 1);
        for (int i = 0; i < data.Rows; i++)
        {
            Assert.Equal(batch[i], ensemble.Predict(BoostingTables.Row(matrix, i)));
            Assert.Equal(batch[i], rows[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Training_lowers_the_loss_of_every_objective_well_below_the_constant(Objective objective)
    {
        BoostingData data = BoostingTables.Make(3000, 6, objective);
        double Loss(int trees, double rate) =>
            MeanLoss(
                GradientBoosting.Train(data, new BoostingOptions { Objective = objective, Trees = trees, LearningRate = rate }), data,
                objective);
        double constant = Loss(1, 1e-9);
        double trained = Loss(60, 0.1);
        Assert.True(trained < constant - (0.02 * Math.Abs(constant)), $"{objective}: constant {constant}, trained {trained}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_bytes_do_not_depend_on_the_thread_count(bool sampling)
    {
        BoostingData data = BoostingTables.Make(70_001, 11, weights: true);
        byte[] Train(int threads) => BoostingTables.Bytes(GradientBoosting.Train(data, new BoostingOptions
        {
            Trees = 5,
            Threads = threads,
            RowSampling = sampling ? 0.7 : 1,
            FeatureSampling = sampling ? 0.6 : 1,
        }));
        byte[] one = Train(1);
        Assert.Equal(one, Train(2));
        Assert.Equal(one, Train(3));
    }

    [Fact]
    public void A_payload_loads_to_the_same_bytes_and_predictions()
    {
        BoostingData data = BoostingTables.Make(500, 5);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 11 });
        byte[] bytes = BoostingTables.Bytes(ensemble);
        TreeEnsemble loaded = TreeEnsemble.Load(bytes);
        Assert.Equal(bytes, BoostingTables.Bytes(loaded));
        Assert.Equal(ensemble.FeatureNames, loaded.FeatureNames);
        Assert.Equal(ensemble.Importance, loaded.Importance);
        float[] row = BoostingTables.Row(data.Matrix!, 17);
        Assert.Equal(ensemble.Predict(row), loaded.Predict(row));
    }

    [Fact]
    public void Row_major_and_column_major_training_give_the_same_bytes()
    {
        BoostingData data = BoostingTables.Make(2311, 9);
        float[] rowMajor = [.. Enumerable.Range(0, data.Rows).SelectMany(i => BoostingTables.Row(data.Matrix!, i))];
        var options = new BoostingOptions { Trees = 7 };
        Assert.Equal(
            BoostingTables.Bytes(GradientBoosting.Train(data, options)),
            BoostingTables.Bytes(GradientBoosting.Train(new BoostingData(rowMajor, data.FeatureNames, data.Labels), options)));
    }

    [Fact]
    public void Single_row_prediction_allocates_nothing()
    {
        BoostingData data = BoostingTables.Make(2000, 12);
        TreeEnsemble ensemble = GradientBoosting.Train(data, new BoostingOptions { Trees = 50 });
        float[] row = BoostingTables.Row(data.Matrix!, 3);
        double sum = ensemble.Predict(row);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            sum += ensemble.Predict(row);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.NotEqual(0, sum);
    }

    private static double MeanLoss(TreeEnsemble ensemble, BoostingData data, Objective objective)
    {
        var p = new double[data.Rows];
        ensemble.Predict(data.Matrix!, p);
        return p.Select((v, i) => Loss(v, data.Labels[i])).Average();

        double Loss(double v, double y) => objective switch
        {
            Objective.Logistic => y > 0 ? -Math.Log(v) : -Math.Log(1 - v),
            Objective.Poisson => v - (y * Math.Log(v)),
            Objective.Gamma => (y / v) + Math.Log(v),
            Objective.Tweedie => (2 * Math.Sqrt(v)) + (2 * y / Math.Sqrt(v)), // power 1.5
            Objective.Quantile => 0.5 * Math.Abs(y - v),
            Objective.Huber => Math.Abs(y - v) <= 1 ? 0.5 * (y - v) * (y - v) : Math.Abs(y - v) - 0.5,
            _ => (y - v) * (y - v),
        };
    }
}
