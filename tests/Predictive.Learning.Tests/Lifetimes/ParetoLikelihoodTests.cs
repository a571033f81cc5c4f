using MathNet.Numerics.Integration;
using Predictive.Learning.Lifetimes;

namespace Predictive.Learning.Tests.Lifetimes;

/// <summary>The integral in the Pareto/NBD likelihood against one of 400 panels, over parameters of any shape.</summary>
public class ParetoLikelihoodTests
{
    private const int Panels = 400;
    private static readonly GaussLegendreRule s_rule = new(0, 1, 16);

    [Theory]
    [InlineData(101, 20, .5, 5, 30, 100)] // bought a lot, then no more: the integrand is gone in a tenth of the range
    [InlineData(300, 200, .1, .1, 0, 600)]
    [InlineData(1.2, 8, 40, 9, 0, 100)]
    [InlineData(.55, 10.6, .6, 11.7, 0, 39)]
    [InlineData(.05, 300, .02, 3000, 1, 600)]
    [InlineData(5, 12, .6, 12, 20, 20.001)]
    public void The_integral_is_exact(double rx, double alpha, double s, double beta, double tx, double observed) =>
        Check(rx, alpha, s, beta, tx, observed);

    [Fact]
    public void The_integral_is_exact_whatever_the_parameters()
    {
        const int seed = 15;
        var random = new Random(seed);
        double Between(double low, double high) => low * Math.Pow(high / low, random.NextDouble());
        for (int i = 0; i < 300; i++)
        {
            double observed = Between(.1, 600);
            Check(
                Between(.05, 300), Between(.05, 300), Between(.02, 50), Between(.05, 3000),
                random.NextDouble() < .3 ? 0 : observed * random.NextDouble(), observed);
        }
    }

    private static void Check(double rx, double alpha, double s, double beta, double tx, double observed)
    {
        double[] gradient = new double[4];
        double found = ParetoLikelihood.Log(rx, alpha, s, beta, tx, observed, gradient, out double alive);

        // In logarithms of what is added up, the largest first: nothing is lost, whatever the range.
        double least = Math.Min(alpha, beta), from = Math.Log(least + tx), width = (Math.Log(least + observed) - from) / Panels;
        double most = double.NegativeInfinity;
        var terms = new List<(double Log, double LogA, double A, double LogB, double B)>(Panels * 16);
        for (int panel = 0; panel < Panels; panel++)
        {
            for (int k = 0; k < s_rule.Abscissas.Length; k++)
            {
                double c = Math.Exp(from + (width * (panel + s_rule.Abscissas[k]))), a = c - least + alpha, b = c - least + beta;
                double log = Math.Log(s_rule.Weights[k] * width * s * c) - (rx * Math.Log(a)) - ((s + 1) * Math.Log(b));
                terms.Add((log, Math.Log(a), a, Math.Log(b), b));
                most = Math.Max(most, log);
            }
        }

        double aliveLog = (-rx * Math.Log(alpha + observed)) - (s * Math.Log(beta + observed));
        most = Math.Max(most, aliveLog);
        double dropped = terms.Sum(t => Math.Exp(t.Log - most)), stayed = Math.Exp(aliveLog - most), all = dropped + stayed;
        double expected = most + Math.Log(all), tolerance = 1e-9 + (1e-13 * Math.Abs(expected));
        string about = $"r + x = {rx}, alpha = {alpha}, s = {s}, beta = {beta}, t_x = {tx}, T = {observed}";
        Assert.True(Math.Abs(found - expected) <= tolerance, $"{about}: {found} instead of {expected}");
        Assert.True(Math.Abs(alive - (stayed / all)) <= 1e-9, $"{about}: alive {alive} instead of {stayed / all}");
        double Mean(Func<(double Log, double LogA, double A, double LogB, double B), double> of, double atEnd) =>
            (terms.Sum(t => Math.Exp(t.Log - most) * of(t)) + (stayed * atEnd)) / all;
        double[] slopes =
        [
            -Mean(t => t.LogA, Math.Log(alpha + observed)),
            -rx * Mean(t => 1 / t.A, 1 / (alpha + observed)),
            Mean(t => (1 / s) - t.LogB, -Math.Log(beta + observed)),
            -Mean(t => (s + 1) / t.B, s / (beta + observed)),
        ];
        for (int p = 0; p < slopes.Length; p++)
        {
            Assert.True(
                Math.Abs(gradient[p] - slopes[p]) <= 1e-8 * (1 + Math.Abs(slopes[p])),
                $"{about}: slope {p} is {gradient[p]} instead of {slopes[p]}");
        }
    }
}
