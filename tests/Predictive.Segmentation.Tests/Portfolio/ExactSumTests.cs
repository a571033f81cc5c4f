using System.Numerics;
using System.Text.Json;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Portfolio;

/// <summary>Sums and ranks of parts against those of the whole, by other means.</summary>
public sealed class ExactSumTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void ASumIsTheNearestDoubleOfTheTrueOneHoweverItIsDivided(int seed)
    {
        var random = new Random(seed);
        double[] values =
        [
            .. Enumerable.Range(0, 3000).Select(_ => (random.NextDouble() - .5) * Math.Pow(2, random.Next(-60, 60))), 1e100, 1, -1e100,
        ];

        // In units of 2^-1074 every double is a whole number.
        BigInteger exact = values.Aggregate(BigInteger.Zero, (sum, v) => sum + Units(v));
        var whole = ExactSum.Of(values);
        Assert.Equal(exact, whole.Parts.Aggregate(BigInteger.Zero, (sum, v) => sum + Units(v)));
        Assert.True(BigInteger.Abs(exact - Units(whole.Value)) <= BigInteger.Abs(exact - Units(Math.BitIncrement(whole.Value))));
        Assert.True(BigInteger.Abs(exact - Units(whole.Value)) <= BigInteger.Abs(exact - Units(Math.BitDecrement(whole.Value))));
        random.Shuffle(values);
        var together = new ExactSum();
        foreach (double[] part in values.Chunk(17))
        {
            together.Add(JsonSerializer.Deserialize<ExactSum>(JsonSerializer.Serialize(ExactSum.Of(part)))!);
        }

        Assert.Equal(whole.Value, together.Value);
        Assert.NotEqual(whole.Value, values.Sum());

        static BigInteger Units(double value)
        {
            long bits = BitConverter.DoubleToInt64Bits(value);
            int exponent = (int)((bits >> 52) & 0x7ff);
            BigInteger fraction = (bits & 0xfffffffffffffL) | (exponent == 0 ? 0 : 1L << 52);
            return (fraction << Math.Max(exponent - 1, 0)) * (bits < 0 ? -1 : 1);
        }
    }

    [Fact]
    public void AnInfiniteNumberMakesTheSumInfinite()
    {
        var sum = ExactSum.Of([1, double.PositiveInfinity, 2]);
        Assert.Equal(double.PositiveInfinity, sum.Value);
        Assert.Equal(0, ExactSum.Of([]).Value);
        Assert.Equal(1, ExactSum.Of(Enumerable.Repeat(.1, 10)).Value);
    }

    [Theory, InlineData(7, 12_000, 1.1), InlineData(8, 901, 3), InlineData(9, 3, 1), InlineData(10, 5_000, 0)]
    public void ARankFromASketchIsWithinTheErrorStated(int seed, int customers, double spread)
    {
        var random = new Random(seed);
        double[] spend = [.. Enumerable.Range(0, customers).Select(_ => random.Next(10) == 0 ? -5
            : Math.Round(100 * Math.Exp(spread * ((3 * random.NextDouble()) - 1)), 2))];
        var sketch = new ValueSketch();
        foreach (double[] part in spend.Chunk(97))
        {
            sketch.Add(JsonSerializer.Deserialize<ValueSketch>(JsonSerializer.Serialize(ValueSketch.Of(part)))!);
        }

        var options = new ConcentrationOptions();
        ConcentrationResult exact = Concentration.Compute(spend, options), near = Concentration.Of(sketch, options);
        Assert.Equal(exact.Customers, near.Customers);
        Assert.Equal(exact.Revenue, near.Revenue);
        Assert.InRange(near.TopDecileShare - exact.TopDecileShare, -ValueSketch.Error, 1e-12);
        Assert.InRange(near.Gini - exact.Gini, -ValueSketch.Error, 1e-12);
        Assert.All(exact.Curve.Zip(near.Curve), p => Assert.InRange(p.Second.Revenue - p.First.Revenue, -ValueSketch.Error, 1e-12));
    }
}
