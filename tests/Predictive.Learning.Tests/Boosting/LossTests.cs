using Predictive.Learning.Boosting.Losses;

namespace Predictive.Learning.Tests.Boosting;

public unsafe class LossTests
{
    public static TheoryData<Objective> Smooth =>
        [Objective.Logistic, Objective.Squared, Objective.Poisson, Objective.Gamma, Objective.Tweedie];

    [Theory]
    [MemberData(nameof(Smooth))]
    public void Derivatives_agree_with_finite_differences(Objective objective)
    {
        Loss loss = Loss.Create(objective, 1.4, 0.5, 1);
        foreach (float label in objective == Objective.Logistic ? new[] { 0f, 1f } : [0.25f, 1f, 3f])
        {
            for (float score = -3; score <= 3; score += 0.37f)
            {
                var (g, h) = At(loss, score, label);
                const double Step = 1e-4;
                double up = loss.Value(score + Step, label);
                double down = loss.Value(score - Step, label);
                Assert.Equal((up - down) / (2 * Step), g, 1e-5 * (1 + Math.Abs(g)));
                Assert.Equal((up + down - (2 * loss.Value(score, label))) / (Step * Step), h, 1e-4 * (1 + h));
            }
        }
    }

    [Theory]
    [InlineData(Objective.Quantile, -2.0, -0.3)]
    [InlineData(Objective.Quantile, 2.5, 0.7)]
    [InlineData(Objective.Huber, -5.0, -1.5)]
    [InlineData(Objective.Huber, 0.5, 0.5)]
    [InlineData(Objective.Huber, 9.0, 1.5)]
    public void Gradients_of_losses_with_a_kink(Objective objective, double residual, double expected)
    {
        Loss loss = Loss.Create(objective, 1.5, 0.3, 1.5);
        Assert.Equal(expected, At(loss, (float)residual, 0).Gradient, 1e-6);
        double slope = (loss.Value(residual + 1e-6, 0) - loss.Value(residual - 1e-6, 0)) / 2e-6;
        Assert.Equal(expected, slope, 1e-4);
    }

    [Fact]
    public void The_vector_sigmoid_agrees_with_the_plain_one_at_every_position_of_a_block()
    {
        Loss loss = Loss.Create(Objective.Logistic, 1.5, 0.5, 1);
        float[] scores = [.. Enumerable.Range(0, 61).Select(i => (i - 30) * 0.9f)];
        var (labels, g, h) = (new float[61], new float[61], new float[61]);
        fixed (float* s = scores, y = labels, pg = g, ph = h)
        {
            loss.Derivatives(s, y, null, 0, 61, pg, ph);
        }

        for (int i = 0; i < 61; i++)
        {
            Assert.Equal(1 / (1 + Math.Exp(-scores[i])), g[i], 3e-7);
            Assert.Equal(g[i], (float)At(loss, scores[i], 0).Gradient); // alone in its block: the same bits
        }
    }

    [Fact]
    public void The_weighted_quantile_is_the_first_value_to_reach_the_level()
    {
        Assert.Equal(2, LossMath.WeightedQuantile(new float[] { 3, 1, 2, 4 }, [], 0.5));
        Assert.Equal(4, LossMath.WeightedQuantile(new float[] { 3, 1, 2, 4 }, new float[] { 1, 1, 1, 9 }, 0.5));
    }

    private static (double Gradient, double Hessian) At(Loss loss, float score, float label)
    {
        float g;
        float h;
        loss.Derivatives(&score, &label, null, 0, 1, &g, &h);
        return (g, h);
    }
}
