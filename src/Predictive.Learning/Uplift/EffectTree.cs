using MathNet.Numerics.Distributions;

namespace Predictive.Learning.Uplift;

/// <summary>One question to a row: whether a feature is at least so much. A missing value is below everything.</summary>
/// <param name="Feature">Index of the feature.</param>
/// <param name="Cut">So much.</param>
/// <param name="AtLeast">Whether the rows answer yes.</param>
public readonly record struct EffectQuestion(int Feature, double Cut, bool AtLeast);

/// <summary>Rows that answer some questions alike, and what the treatment did to them.</summary>
/// <param name="Questions">From the root down; empty = everybody.</param>
/// <param name="Rows">Rows the effect was measured on.</param>
/// <param name="Effect">Mean of the transformed outcome: effect per row.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record EffectLeaf(IReadOnlyList<EffectQuestion> Questions, int Rows, double Effect, double Low, double High);

/// <summary>Settings of the tree.</summary>
public sealed record EffectTreeOptions
{
    /// <summary>Questions one after the other, at most. Default 2.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>Fewest rows of either side of the trial in a leaf, in either half. Default 25.</summary>
    public int FewestPerSide { get; init; } = 25;

    /// <summary>Parts of equal size a feature is cut into: cut points tried are one fewer, at most. Default 16.</summary>
    public int Cuts { get; init; } = 16;

    /// <summary>Seed of the halves. Default 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>
/// A small tree for reading: regression on the transformed outcome (Athey and Imbens 2016), honest: one half of the rows chooses the
/// questions, the other measures the effects, so that intervals mean what they say.
/// </summary>
public static class EffectTree
{
    /// <summary>Grows one.</summary>
    /// <param name="data">Trials.</param>
    /// <param name="options">Null = defaults.</param>
    /// <returns>Its leaves, the greatest effect first; one where no question pays.</returns>
    /// <exception cref="LearningException">A side has too few rows for two halves.</exception>
    public static IReadOnlyList<EffectLeaf> Grow(UpliftData data, EffectTreeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new EffectTreeOptions();
        data.Check(2 * options.FewestPerSide);
        double[] outcome = data.Transformed();
        (int[] grows, int[] measures) = data.Halves(options.Seed);
        double[][] cuts = [.. Enumerable.Range(0, data.Features.Columns).Select(f => CutsOf(data.Features.Column(f), options.Cuts))];
        var leaves = new List<EffectLeaf>();
        Split(grows, measures, []);
        return [.. leaves.OrderByDescending(l => l.Effect)];

        void Split(int[] grow, int[] measure, EffectQuestion[] path)
        {
            if (path.Length == options.Depth || Best(grow, measure) is not { } question)
            {
                leaves.Add(Leaf(measure, path));
                return;
            }

            foreach (bool yes in new[] { true, false })
            {
                EffectQuestion q = question with { AtLeast = yes };
                Split([.. grow.Where(r => Holds(q, r))], [.. measure.Where(r => Holds(q, r))], [.. path, q]);
            }
        }

        bool Holds(EffectQuestion q, int row) => data.Features.Column(q.Feature)[row] >= q.Cut == q.AtLeast;

        EffectQuestion? Best(int[] grow, int[] measure)
        {
            double all = grow.Sum(r => outcome[r]), mean = all / grow.Length;
            double variance = grow.Sum(r => (outcome[r] - mean) * (outcome[r] - mean)) / (grow.Length - 1);
            // A question must explain more than the best of many would by chance: the square of the difference of the two sides, in units
            // of its variance, beyond the quantile of a χ² with one degree at .05 over the questions tried (Bonferroni).
            int tried = cuts.Sum(c => c.Length);
            double best = variance * (tried == 0 ? 0 : ChiSquared.InvCDF(1, 1 - (.05 / tried)));
            EffectQuestion? found = null;
            for (int f = 0; f < cuts.Length; f++)
            {
                foreach (double cut in cuts[f])
                {
                    var question = new EffectQuestion(f, cut, true);
                    (int n, double sum) = (0, 0.0);
                    foreach (int r in grow)
                    {
                        if (Holds(question, r))
                        {
                            (n, sum) = (n + 1, sum + outcome[r]);
                        }
                    }

                    int rest = grow.Length - n;
                    if (n == 0 || rest == 0)
                    {
                        continue;
                    }

                    double difference = (sum / n) - ((all - sum) / rest), gain = difference * difference * n * rest / grow.Length;
                    if (gain > best && Enough(grow, question) && Enough(measure, question))
                    {
                        (best, found) = (gain, question);
                    }
                }
            }

            return found;
        }

        bool Enough(int[] rows, EffectQuestion question)
        {
            Span<int> count = stackalloc int[4];
            count.Clear();
            foreach (int r in rows)
            {
                count[(Holds(question, r) ? 2 : 0) + (data.Treated[r] ? 1 : 0)]++;
            }

            return count[0] >= options.FewestPerSide && count[1] >= options.FewestPerSide && count[2] >= options.FewestPerSide
                && count[3] >= options.FewestPerSide;
        }

        EffectLeaf Leaf(int[] rows, EffectQuestion[] path)
        {
            double mean = rows.Average(r => outcome[r]);
            double error = Math.Sqrt(rows.Sum(r => (outcome[r] - mean) * (outcome[r] - mean)) / (rows.Length - 1) / rows.Length);
            double half = error * Normal.InvCDF(0, 1, .975);
            return new EffectLeaf(path, rows.Length, mean, mean - half, mean + half);
        }
    }

    private static double[] CutsOf(ReadOnlySpan<float> values, int cuts)
    {
        float[] known = [.. values.ToArray().Where(float.IsFinite).Order()];
        return known.Length == 0 ? [] :
        [
            .. Enumerable.Range(1, cuts - 1).Select(i => (double)known[(int)((long)i * known.Length / cuts)]).Distinct()
                .Where(c => c > known[0]),
        ];
    }
}
