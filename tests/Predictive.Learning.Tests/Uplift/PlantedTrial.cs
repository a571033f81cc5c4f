using Predictive.Learning.Uplift;

namespace Predictive.Learning.Tests.Uplift;

/// <summary>
/// A randomised trial whose truth is known: of six features the first says whom a contact wins (above .6, where the second is below .5: +30
/// points) and whom it drives away (below .25: −20 points); nobody else is changed. The second says who buys anyway.
/// </summary>
internal sealed class PlantedTrial
{
    public PlantedTrial(int rows, double contacted, double strength, int seed)
    {
        var random = new Random(seed);
        var columns = new float[6][];
        for (int f = 0; f < columns.Length; f++)
        {
            columns[f] = [.. Enumerable.Range(0, rows).Select(_ => random.NextSingle())];
        }

        bool[] treated = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble() < contacted)];
        double[] alone = [.. columns[1].Select(v => .25 + (.4 * v))];
        True = [.. columns[0].Select((v, i) => strength * (v > .6 && columns[1][i] < .5 ? .3 : v < .25 ? -.2 : 0))];
        double[] outcome = [.. alone.Select((p, i) => random.NextDouble() < p + (treated[i] ? True[i] : 0) ? 1.0 : 0)];
        // What a model of who buys would say: right on average, not for each.
        double[] expected = [.. alone.Select(p => Math.Clamp(p + (.1 * (random.NextDouble() - .5)), 0, 1))];
        Data = new UpliftData(
            new FeatureMatrix(["f0", "f1", "f2", "f3", "f4", "f5"], columns), treated, outcome,
            [.. Enumerable.Repeat(contacted, rows)], expected);
    }

    public UpliftData Data { get; }

    /// <summary>What a contact adds to each row's chance.</summary>
    public double[] True { get; }
}
