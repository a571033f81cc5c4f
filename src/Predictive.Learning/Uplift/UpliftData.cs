namespace Predictive.Learning.Uplift;

/// <summary>Rows of one or more randomised trials. Nothing is copied.</summary>
/// <param name="Features">Rows × features, known before the treatment.</param>
/// <param name="Treated">Whether each row was treated, by chance.</param>
/// <param name="Outcome">What came: 0 and 1 throughout, or amounts.</param>
/// <param name="Chance">Chance of each row to be treated, as it was drawn, above 0 and below 1.</param>
/// <param name="Expected">What was expected of each row before anybody was treated; taken off the outcome where that only lessens
/// noise.</param>
public sealed record UpliftData(FeatureMatrix Features, bool[] Treated, double[] Outcome, double[] Chance, double[] Expected)
{
    /// <summary>Whether outcomes are 0 and 1.</summary>
    public bool IsBinary => Array.TrueForAll(Outcome, y => y is 0 or 1);

    /// <summary>Some of the rows.</summary>
    /// <param name="rows">Their numbers.</param>
    public UpliftData Take(int[] rows) => new(
        Features.TakeRows(rows), Pick(Treated, rows), Pick(Outcome, rows), Pick(Chance, rows), Pick(Expected, rows));

    /// <summary>Rows of one side.</summary>
    /// <param name="treated">Which.</param>
    public int[] Side(bool treated) => [.. Enumerable.Range(0, Treated.Length).Where(i => Treated[i] == treated)];

    /// <summary>Two halves, drawn within each side so that both have both.</summary>
    /// <param name="seed">Of the draw.</param>
    public (int[] First, int[] Second) Halves(int seed)
    {
        var random = new Random(seed);
        int[] one = Side(true), zero = Side(false);
        random.Shuffle(one);
        random.Shuffle(zero);
        return (
            [.. one.Take(one.Length / 2), .. zero.Take(zero.Length / 2)], [.. one.Skip(one.Length / 2), .. zero.Skip(zero.Length / 2)]);
    }

    /// <summary>Outcomes less what was expected: randomisation makes the two sides' expectations alike, so an effect stays what it
    /// is.</summary>
    public double[] Surprise() => [.. Outcome.Select((y, i) => y - Expected[i])];

    /// <summary>
    /// The transformed outcome (y − expected) × (treated − chance) / (chance × (1 − chance)), whose mean among any group known before is
    /// the group's effect (Athey and Imbens 2016, "Recursive partitioning for heterogeneous causal effects").
    /// </summary>
    public double[] Transformed() =>
    [
        .. Outcome.Select((y, i) => (y - Expected[i]) * ((Treated[i] ? 1 : 0) - Chance[i]) / (Chance[i] * (1 - Chance[i]))),
    ];

    internal void Check(int fewestPerSide)
    {
        int rows = Features.Rows, one = Treated.Count(t => t);
        if (Treated.Length != rows || Outcome.Length != rows || Chance.Length != rows || Expected.Length != rows)
        {
            throw new LearningException($"{rows} rows need as many treatments, outcomes, chances and expectations.");
        }

        if (Math.Min(one, rows - one) < fewestPerSide)
        {
            throw new LearningException(
                $"{one} rows were treated and {rows - one} were not; expected {fewestPerSide} or more of each to learn from.");
        }

        if (!Array.TrueForAll(Chance, c => c is > 0 and < 1))
        {
            throw new LearningException("Every row needs a chance to be treated above 0 and below 1: who could not have been held out, or "
                + "contacted, tells nothing.");
        }
    }

    private static T[] Pick<T>(T[] of, int[] rows) => Array.ConvertAll(rows, r => of[r]);
}
