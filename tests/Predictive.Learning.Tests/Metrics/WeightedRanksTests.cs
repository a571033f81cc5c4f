using Predictive.Learning.Metrics;
using Xunit;

namespace Predictive.Learning.Tests.Metrics;

/// <summary>A row of weight k counts like k equal rows.</summary>
public sealed class WeightedRanksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_weight_is_so_many_equal_rows(int seed)
    {
        var random = new Random(seed);
        const int N = 120;
        double[] score = new double[N], value = new double[N], weight = new double[N];
        List<double> scores = [], values = [];
        for (int i = 0; i < N; i++)
        {
            // Few distinct scores and many zeros: ties on both sides.
            (score[i], value[i], weight[i]) = (random.Next(15), Math.Max(0, random.Next(-20, 30)), random.Next(4));
            for (int k = 0; k < weight[i]; k++)
            {
                scores.Add(score[i]);
                values.Add(value[i]);
            }
        }

        double[] ranks = new double[N], own = new double[N];
        new WeightedRanks(score).MidRanks(weight, ranks);
        new WeightedRanks(value).MidRanks(weight, own);
        Assert.Equal(RegressionMetrics.Spearman([.. scores], [.. values]), WeightedRanks.Spearman(ranks, own, weight), 12);
        Assert.Equal(
            RegressionMetrics.NormalisedGini([.. scores], [.. values]), WeightedRanks.NormalisedGini(ranks, own, weight, value), 12);
        Assert.Equal(
            ClassificationMetrics.Auc([.. scores], [.. values.Select(v => v > 0 ? 1f : 0f)]),
            WeightedRanks.Auc(ranks, weight, value), 12);
    }

    [Fact]
    public void With_weights_of_one_they_are_the_mid_ranks_less_a_half()
    {
        double[] ranks = new double[4];
        new WeightedRanks([3, 1, 3, 7]).MidRanks([1, 1, 1, 1], ranks);
        // Ascending 1, 3, 3, 7: ranks 1, 2.5, 2.5, 4.
        Assert.Equal([2, 0.5, 2, 3.5], ranks);
    }

    [Fact]
    public void What_cannot_be_ranked_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new WeightedRanks([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => new WeightedRanks([1, 2]).MidRanks([1], new double[2]));
    }
}
