using Predictive.Learning.Linear;

namespace Predictive.Learning.Tests.Linear;

/// <summary>
/// Oracle: scikit-learn 1.2.1 on the same sixty rows, features standardised with the weighted mean and deviation: LogisticRegression(C =
/// 1/L2), the same with an L1 penalty (saga), Ridge(alpha = L2), Lasso(alpha = L1/Σw), TweedieRegressor(alpha = L2/Σw, log link).
/// </summary>
public class LinearFitTests
{
    private const int N = 60;
    private static readonly FeatureMatrix X = new(
        ["a", "b", "c"],
        [Column(i => ((i * 5) % 17) - 8), Column(i => (i * 7) % 11), Column(i => ((i * i) % 13) / 4f)]);

    private static readonly float[] W = Column(i => 1 + (i % 3));
    private static readonly float[] Class = Column(i => ((i * 5) + ((i * i) % 7) + ((i * 7) % 11 > 5 ? 4 : 0)) % 9 > 4 ? 1 : 0);
    private static readonly float[] Amount = Column(i => (X.Column(0)[i] * .5f) - (X.Column(1)[i] * .25f) + ((i * 3) % 7));
    private static readonly float[] Count = Column(i => ((i * 3) % 5) + (X.Column(0)[i] > 0 ? 3 : 0) + (X.Column(1)[i] > 4 ? 1 : 0));

    [Fact]
    public void Logistic_with_L2() =>
        Agree(
            [-0.3910752110737738, 0.08626888731140904, -0.07645873701243502, 0.4448982265353996],
            LogisticRegression.Fit(X, Class, W, new LinearOptions { L2 = 2 }), 1e-6);

    [Fact]
    public void Logistic_with_L1() =>
        Agree(
            [-0.3777876423448126, 0, 0, 0.27660234850786125], LogisticRegression.Fit(X, Class, W, new LinearOptions { L2 = 0, L1 = 6 }),
            1e-6);

    [Fact]
    public void Ridge() =>
        Agree(
            [1.6416666666666666, 2.755802673140256, -0.9741710173385968, 0.07247671720382355],
            RidgeRegression.Fit(X, Amount, W, new LinearOptions { L2 = 3 }), 1e-9);

    [Fact]
    public void Lasso() =>
        Agree(
            [1.6416666666666666, 2.3375335515074265, -0.5067972164928883, 0],
            RidgeRegression.Fit(X, Amount, W, new LinearOptions { L2 = 0, L1 = 60 }), 1e-7);

    [Theory]
    [InlineData(Objective.Poisson, 0, new[] { 1.3030015962704617, 0.28102382618882665, 0.14521386326280367, -0.03356111256062159 })]
    [InlineData(Objective.Tweedie, 0, new[] { 1.3006859309330094, 0.28296229452643457, 0.15623694207708755, -0.024683126578004495 })]
    [InlineData(Objective.Gamma, 1, new[] { 1.5496311996343326, 0.2202713594262593, 0.12570403275186928, -0.015319284658691142 })]
    public void Log_link_families(Objective objective, float shift, double[] expected) =>
        Agree(expected, RidgeRegression.Fit(X, [.. Count.Select(c => c + shift)], W, new LinearOptions { L2 = 4 }, objective), 1e-6);

    [Fact]
    public void Penalty_factors_act_feature_by_feature()
    {
        var heavy = new LinearOptions { L2 = 1, PenaltyFactors = new Dictionary<string, double> { ["a"] = 1e9, ["c"] = 0 } };
        LinearModel model = RidgeRegression.Fit(X, Amount, W, heavy);
        Assert.Equal(0, model.Coefficients[0], 6);
        // As if feature a were not there.
        LinearModel without = RidgeRegression.Fit(
            X.Select(["b", "c"]), Amount, W, heavy with { PenaltyFactors = new Dictionary<string, double> { ["c"] = 0 } });
        Assert.Equal(without.Coefficients[0], model.Coefficients[1], 6);
        Assert.Equal(without.Coefficients[1], model.Coefficients[2], 6);
    }

    [Fact]
    public void Ridge_of_one_column_as_it_is_is_the_closed_form()
    {
        // x = −1, 0, 1, 2; y = 1, 2, 2, 5: Sxy = 6, Sxx = 5, λ = 1: β = 6/6 = 1, b = mean y − β · mean x = 2.5 − 0.5.
        var x = new FeatureMatrix(["x"], [[-1, 0, 1, 2]]);
        LinearModel model = RidgeRegression.Fit(x, [1, 2, 2, 5], null, new LinearOptions { L2 = 1, Standardise = false });
        Assert.Equal(1, model.Coefficients[0], 9);
        Assert.Equal(2, model.PredictRaw([0]), 9);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 4)]
    public void A_penalty_of_features_as_they_are_follows_their_unit(double l2, double l1)
    {
        // A feature in another unit is the same model where its penalty is turned to that unit: a = 8·(a/8), so β² weighs 1/64 and |β|
        // weighs 1/8.
        var eighth = new FeatureMatrix(["a", "b", "c"], [[.. X.ColumnArray(0).Select(v => v / 8)], X.ColumnArray(1), X.ColumnArray(2)]);
        var plain = new LinearOptions { L2 = l2, L1 = l1, Standardise = false };
        LinearModel model = RidgeRegression.Fit(X, Amount, W, plain);
        LinearModel other = RidgeRegression.Fit(
            eighth, Amount, W, plain with { PenaltyFactors = new Dictionary<string, double> { ["a"] = l2 > 0 ? 1 / 64.0 : 1 / 8.0 } });
        Assert.Equal(8 * model.Coefficients[0], other.Coefficients[0], 6);
        Assert.Equal(model.Coefficients[1], other.Coefficients[1], 6);
        Assert.NotEqual(0, model.Coefficients[0]);
    }

    [Fact]
    public void A_logistic_of_features_as_they_are_ends_where_its_gradient_is_zero()
    {
        var random = new Random(3);
        const int Rows = 3000;
        float[] a = new float[Rows], b = new float[Rows], y = new float[Rows], w = new float[Rows];
        for (int i = 0; i < Rows; i++)
        {
            (a[i], b[i]) = ((float)(random.NextDouble() - 0.5), (float)(random.NextDouble() - 0.5));
            y[i] = random.NextDouble() < 1 / (1 + Math.Exp(-(1 + (2 * a[i])))) ? 1 : 0;
            w[i] = (float)(0.5 + random.NextDouble());
        }

        LinearModel model =
            LogisticRegression.Fit(new FeatureMatrix(["a", "b"], [a, b]), y, w, new LinearOptions { L2 = 2, Standardise = false });
        double g0 = 0, g1 = 2 * model.Coefficients[0];
        for (int i = 0; i < Rows; i++)
        {
            double error = w[i] * ((1 / (1 + Math.Exp(-model.PredictRaw([a[i], b[i]])))) - y[i]);
            g0 += error;
            g1 += error * a[i];
        }

        Assert.Equal(0, g0, 6);
        Assert.Equal(0, g1, 6);
        Assert.InRange(model.Coefficients[0], 1.5, 2.5);
    }

    [Fact]
    public void A_logistic_does_not_run_away_where_a_whole_Newton_step_overshoots()
    {
        // Ten customers with x = 1, nine of them y = 1; 990 with x = 0, one of them y = 1. The optimum of the saturated model is known:
        // b = ln(1 / 989), b + β = ln 9.
        const int Rows = 1000;
        float[] x = [.. Enumerable.Range(0, Rows).Select(i => i < 10 ? 1f : 0f)],
            y = [.. Enumerable.Range(0, Rows).Select(i => i is < 9 or 10 ? 1f : 0f)];
        LinearModel model =
            LogisticRegression.Fit(new FeatureMatrix(["x"], [x]), y, null, new LinearOptions { L2 = 1e-6, Standardise = false });
        Assert.Equal(Math.Log(1 / 989.0), model.PredictRaw([0]), 4);
        Assert.Equal(Math.Log(9), model.PredictRaw([1]), 4);
    }

    [Fact]
    public void The_derivatives_of_every_loss_match_finite_differences()
    {
        (LinearLoss Loss, double[] Labels)[] losses =
        [
            (new LogisticLoss(), [0, 1]), (new SquaredLoss(), [-2, 3]), (new HuberLoss(1), [-2, .3]),
            (new TweedieLoss(1), [0, 4]), (new TweedieLoss(1.3), [0, 4]), (new TweedieLoss(2), [.5, 4]),
        ];
        foreach (var (loss, labels) in losses)
        {
            foreach (double label in labels)
            {
                foreach (double score in new[] { -2.3, -.4, 0.1, 1.9 })
                {
                    const double Step = 1e-6;
                    loss.At(score, label, out double slope, out double curvature);
                    double up = loss.At(score + Step, label, out double slopeUp, out _),
                        down = loss.At(score - Step, label, out double slopeDown, out _);
                    Assert.Equal((up - down) / (2 * Step), slope, 1e-6 * (1 + Math.Abs(slope)));
                    double second = (slopeUp - slopeDown) / (2 * Step);
                    // The curvature may bound the second derivative (Huber), never fall below it.
                    Assert.True(
                        curvature >= second - (1e-5 * (1 + Math.Abs(second))), $"{loss.GetType().Name} at {score}: {curvature} < {second}");
                    if (loss is not HuberLoss)
                    {
                        Assert.Equal(second, curvature, 1e-5 * (1 + Math.Abs(second)));
                    }
                }
            }
        }
    }

    [Fact]
    public void Missing_values_count_as_the_mean_and_constants_are_left_out()
    {
        float[] holed = [.. X.Column(0).ToArray().Select((v, i) => i % 10 == 0 ? float.NaN : v)];
        var data = new FeatureMatrix(["a", "flat", "gone"], [holed, Column(_ => 7.3f), Column(_ => float.NaN)]);
        LinearModel model = LogisticRegression.Fit(data, Class, W);
        Assert.Equal(0, model.Coefficients[1]);
        Assert.Equal(0, model.Coefficients[2]);
        Assert.Equal(model.Predict([(float)model.Means[0], 0, 0]), model.Predict([float.NaN, float.PositiveInfinity, 3]), 6);
    }

    [Fact]
    public void Thousands_of_rows_recover_planted_coefficients_whatever_the_thread_count()
    {
        var random = new Random(11);
        const int Rows = 20_011;
        float[][] columns =
        [.. Enumerable.Range(0, 7).Select(_ => Enumerable.Range(0, Rows).Select(_ => (float)((random.NextDouble() * 4) - 2)).ToArray())];
        double[] truth = [1, -.5, 0, .25, 2, 0, -1];
        float[] y =
        [
            .. Enumerable.Range(0, Rows)
                .Select(i => random.NextDouble() < 1 / (1 + Math.Exp(-(truth.Select((t, j) => t * columns[j][i]).Sum() - .7))) ? 1f : 0f),
        ];
        var data = new FeatureMatrix([.. Enumerable.Range(0, 7).Select(j => $"x{j}")], columns);
        LinearModel one = LogisticRegression.Fit(data, y, null, new LinearOptions { Threads = 1 }),
            two = LogisticRegression.Fit(data, y, null, new LinearOptions { Threads = 2 });
        for (int j = 0; j < 7; j++)
        {
            // Standard error about .02.
            Assert.Equal(truth[j], one.Coefficients[j], .08);
        }

        Assert.Equal(one.Coefficients, two.Coefficients);
        Assert.Equal(one.Intercept, two.Intercept);
        Assert.InRange(one.Iterations, 3, 12);

        LinearModel warm = LogisticRegression.Fit(data, y, null, new LinearOptions { L2 = 1.5, WarmStart = one });
        LinearModel cold = LogisticRegression.Fit(data, y, null, new LinearOptions { L2 = 1.5 });
        Assert.True(warm.Iterations < cold.Iterations);
        Assert.Equal(cold.Coefficients[4], warm.Coefficients[4], 6);
    }

    [Fact]
    public void Separable_and_collinear_rows_end_in_a_finite_model()
    {
        float[] x = Column(i => i), y = Column(i => i < 30 ? 0 : 1);
        var data = new FeatureMatrix(["x", "same", "twice"], [x, [.. x], [.. x.Select(v => 2 * v)]]);
        LinearModel model = LogisticRegression.Fit(data, y, null, new LinearOptions { L2 = 0 });
        Assert.All(model.Coefficients, c => Assert.True(double.IsFinite(c)));
        Assert.True(model.Predict([0, 0, 0]) < .01 && model.Predict([59, 59, 118]) > .99);
    }

    [Fact]
    public void Refusals_name_the_fault()
    {
        Assert.Contains("row 3", Refused(() => LogisticRegression.Fit(X, Column(i => i == 3 ? 2 : i % 2))), StringComparison.Ordinal);
        Assert.Contains("both classes", Refused(() => LogisticRegression.Fit(X, Column(_ => 1))), StringComparison.Ordinal);
        Assert.Contains(
            "L2 is -1", Refused(() => RidgeRegression.Fit(X, Amount, null, new LinearOptions { L2 = -1, MaxIterations = 0 })),
            StringComparison.Ordinal);
        Assert.Contains(
            "MaxIterations is 0", Refused(() => RidgeRegression.Fit(X, Amount, null, new LinearOptions { L2 = -1, MaxIterations = 0 })),
            StringComparison.Ordinal);
        Assert.Contains(
            "Quantile", Refused(() => RidgeRegression.Fit(X, Amount, null, null, Objective.Quantile)), StringComparison.Ordinal);
        Assert.Contains("weighs 0", Refused(() => RidgeRegression.Fit(X, Amount, new float[N])), StringComparison.Ordinal);
    }

    private static string Refused(Func<object> fit) => Assert.Throws<LearningException>(fit).Message;

    private static void Agree(double[] expected, LinearModel model, double tolerance)
    {
        double[] standardised = [.. model.Coefficients.Select((c, j) => c * model.Scales[j])];
        Assert.Equal(expected[0], model.Intercept, tolerance);
        for (int j = 0; j < standardised.Length; j++)
        {
            Assert.Equal(expected[j + 1], standardised[j], tolerance);
        }
    }

    private static float[] Column(Func<int, float> value) => [.. Enumerable.Range(0, N).Select(value)];
}
