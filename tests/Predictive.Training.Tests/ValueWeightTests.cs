using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Rules;
using Predictive.Training.Members;
using Predictive.Training.Pipeline;
using Predictive.Training.Selection;
using Predictive.Training.Snapshots;
using Xunit;

namespace Predictive.Training.Tests;

/// <summary>
/// Weights of the value members: a member that is of no use goes, evidence within its noise moves nothing, and the training says what it
/// used.
/// </summary>
public sealed class ValueWeightTests
{
    private static readonly double[] Standard = ClvSettings.DefaultWeights;

    [Fact]
    public void A_member_of_no_use_is_left_out()
    {
        ValueWeightChoice.Window[] windows = [Planted(3000, 1, useless: 2), Planted(3000, 2, useless: 2)];
        ValueWeightChoice choice = ValueWeightChoice.Of(windows, Standard, 1, 0);
        Assert.True(choice.Gain > 5 * choice.Error, $"gain {choice.Gain} ± {choice.Error}");
        Assert.Equal(0, choice.Weights[2]);
        Assert.Equal(1, choice.Weights.Sum(), 9);
        Assert.All(choice.Weights, w => Assert.InRange(w, 0, 1));
    }

    [Fact]
    public void A_gain_within_its_noise_leaves_the_defaults_as_they_are()
    {
        ValueWeightChoice choice = ValueWeightChoice.Of([Planted(150, 3, useless: null)], Standard, 1, 0);
        Assert.NotEqual(Standard, choice.Best);
        Assert.True(choice.Gain > 0 && choice.Error > 0);
        // The very array: settings are compared by reference, and a training that shares must find what it learned before.
        Assert.Same(Standard, choice.Weights);
    }

    [Fact]
    public void No_window_leaves_the_defaults() => Assert.Same(Standard, ValueWeightChoice.Of([], Standard, 1, 0).Weights);

    [Theory]
    [InlineData(0.0035, 0.002, 0)] // under two errors: the best of three free weights gains as much from nothing
    [InlineData(0.008, 0.002, 0.75)] // 1 − (3 · .002² + .002²) / .008²
    [InlineData(0.04, 0.002, 0.99)]
    [InlineData(0.0019, 0, 0)] // sure of these windows, but less than windows differ by
    [InlineData(-0.001, 0, 0)]
    public void The_way_from_the_defaults_is_shortened_by_the_noise_of_the_gain(double gain, double error, double share)
    {
        double[] best = [0, 0.4, 0.5, 0.1], drawn = ValueWeights.Shrink(Standard, best, gain, error);
        Assert.Equal([.. Standard.Zip(best, (s, b) => s + (share * (b - s)))], drawn, new Near());
    }

    [Fact]
    public void The_threads_do_not_matter()
    {
        ValueWeightChoice.Window[] windows = [Planted(800, 5, useless: 1)];
        ValueWeightChoice one = ValueWeightChoice.Of(windows, Standard, 1, 1), three = ValueWeightChoice.Of(windows, Standard, 1, 3);
        Assert.Equal(one.Weights, three.Weights);
        Assert.Equal(one.Error, three.Error);
    }

    /// <summary>An engine whose Gamma trees learn from labels dealt out anew: the value model must do without them.</summary>
    [Fact]
    public void A_training_does_without_a_member_that_fails_and_says_so()
    {
        TransactionHistory history =
            Simulator.Generate(new SimulationOptions { Customers = 2_000, Years = 1.5, CadenceDays = 15, Seed = 4 }).History;
        var options = new TrainingOptions
        {
            AsOf = LocalTime.MidnightAfter(history.LastMicros), HorizonDays = 60, Engine = new BuiltInEngine(),
        };
        TrainedModels sound = TrainingPipeline.Train(history, options);
        TrainedModels spoilt = TrainingPipeline.Train(history, options with { Engine = new SpoilingEngine(options.Engine) });
        Assert.Equal(ClvMembers.Names, sound.Report.ValueBlend.Keys);
        Assert.Equal(1, sound.Report.ValueBlend.Values.Sum(), 9);
        Assert.True(
            spoilt.Report.ValueBlend["gammaTrees"] < sound.Report.ValueBlend["gammaTrees"] / 2,
            $"{spoilt.Report.ValueBlend["gammaTrees"]} spoilt, {sound.Report.ValueBlend["gammaTrees"]} sound");
        Assert.Equal(spoilt.Report.ValueBlend.Values, spoilt.Clv.Parts.Weights);
        Assert.Equal(
            spoilt.Report.ValueBlend["gammaTrees"],
            spoilt.Report.Leaderboard.Single(e => e.Candidate == "two-part gamma trees").Weight);
    }

    /// <summary>Net spend lognormal; members that know its mean but for noise of their own, and one that knows nothing.</summary>
    private static ValueWeightChoice.Window Planted(int rows, int seed, int? useless)
    {
        var random = new Random(seed);
        double[][] values = [.. Standard.Select(_ => new double[rows])];
        double[] churn = new double[rows], net = new double[rows];
        float[] churned = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            double mean = Math.Exp(Normal());
            churn[i] = 0.2 + (0.6 * random.NextDouble());
            churned[i] = random.NextDouble() < churn[i] ? 1 : 0;
            net[i] = churned[i] > 0 ? 0 : mean * Math.Exp(0.5 * Normal());
            for (int m = 0; m < values.Length; m++)
            {
                values[m][i] = m == useless ? Math.Exp(2 * Normal()) : (1 - churn[i]) * mean * Math.Exp(0.3 * Normal());
            }
        }

        var at = new Snapshot(
            new SnapshotPoint(default, 90, 1), [.. Enumerable.Range(0, rows)], new FeatureMatrix([], [], rows), null!,
            new Labels(churned, net, new int[rows], new float[rows]));
        return new ValueWeightChoice.Window(at, churn, values);

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    private sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-12;

        public int GetHashCode(double obj) => 0;
    }

    private sealed class SpoilingEngine(ILearningEngine inner) : ILearningEngine
    {
        public string Name => inner.Name;

        public string Version => inner.Version;

        public string PayloadExtension => inner.PayloadExtension;

        public IReadOnlyList<EngineTrainer> Trainers => inner.Trainers;

        public IPredictor TrainClassifier(
            TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellation = default) => inner.TrainClassifier(data, options, progress, cancellation);

        public IPredictor TrainRegressor(
            TrainingData data, LearnerOptions options, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellation = default)
        {
            if (options.Objective == Objective.Gamma)
            {
                float[] dealt = [.. data.Labels];
                new Random(1).Shuffle(dealt);
                // A loud kind of nothing: the noise of single customers, not a mean.
                (data, options) = (
                    new TrainingData(data.Features, [.. dealt.Select(v => v * v)], data.Weights),
                    options with { Leaves = 31, MinRowsPerLeaf = 5, LearningRate = 0.3 });
            }

            return inner.TrainRegressor(data, options, progress, cancellation);
        }

        public IClusterModel TrainClusterer(
            FeatureMatrix data, ClustererOptions options, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellation = default) => inner.TrainClusterer(data, options, progress, cancellation);

        public SearchResult Search(
            TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null,
            CancellationToken cancellation = default) => inner.Search(data, options, progress, cancellation);
    }
}
