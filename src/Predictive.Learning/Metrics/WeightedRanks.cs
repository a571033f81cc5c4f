namespace Predictive.Learning.Metrics;

/// <summary>A column sorted once, whose mid-ranks can then be had for any weights of its rows in one pass: what resampling needs.</summary>
public sealed class WeightedRanks
{
    private readonly int[] _order;
    private readonly int[] _ends;

    /// <summary>Sorts the column.</summary>
    /// <param name="values">No NaN.</param>
    /// <exception cref="ArgumentException">There is no row, or a NaN.</exception>
    public WeightedRanks(ReadOnlySpan<double> values)
    {
        Ranking.Check(values, values.Length, "rows");
        int[] descending = Ranking.Descending(values);
        var ends = new List<int>();
        for (int start = 0; start < descending.Length; start = ends[^1])
        {
            ends.Add(Ranking.EndOfTies(values, descending, start));
        }

        (_order, _ends) = (descending, [.. ends]);
    }

    /// <summary>Number of rows.</summary>
    public int Rows => _order.Length;

    /// <summary>
    /// Mid-rank of every row: the weight of all lower values, and half the weight of its equals. With weights of 1, the usual mid-rank less
    /// ½.
    /// </summary>
    /// <param name="weights">One per row, ≥ 0.</param>
    /// <param name="ranks">Filled, one per row.</param>
    /// <exception cref="ArgumentException">A length differs from <see cref="Rows"/>.</exception>
    public void MidRanks(ReadOnlySpan<double> weights, Span<double> ranks)
    {
        if (weights.Length != Rows || ranks.Length != Rows)
        {
            throw new ArgumentException(
                $"Got {weights.Length} weights and room for {ranks.Length} ranks; expected {Rows} of each.", nameof(weights));
        }

        double below = 0;
        for (int tie = _ends.Length - 1; tie >= 0; tie--)
        {
            int start = tie == 0 ? 0 : _ends[tie - 1];
            double own = 0;
            for (int k = start; k < _ends[tie]; k++)
            {
                own += weights[_order[k]];
            }

            double rank = below + (own / 2);
            for (int k = start; k < _ends[tie]; k++)
            {
                ranks[_order[k]] = rank;
            }

            below += own;
        }
    }

    /// <summary>Weighted AUC of mid-ranks; ½ where there is only one outcome.</summary>
    /// <param name="ranks">By <see cref="MidRanks"/>.</param>
    /// <param name="weights">The same weights.</param>
    /// <param name="outcome">Above 0 = positive.</param>
    public static double Auc(ReadOnlySpan<double> ranks, ReadOnlySpan<double> weights, ReadOnlySpan<double> outcome)
    {
        double sum = 0, positive = 0, total = 0;
        for (int i = 0; i < ranks.Length; i++)
        {
            total += weights[i];
            if (outcome[i] > 0)
            {
                positive += weights[i];
                sum += weights[i] * ranks[i];
            }
        }

        double negative = total - positive;
        return positive > 0 && negative > 0 ? (sum - (positive * positive / 2)) / (positive * negative) : 0.5;
    }

    /// <summary>
    /// Weighted Gini of max(value, 0) in the order of one column over that in its own; 0 where there is nothing to concentrate.
    /// </summary>
    /// <param name="ranks">Mid-ranks of the predictions.</param>
    /// <param name="own">Mid-ranks of the values.</param>
    /// <param name="weights">The same weights.</param>
    /// <param name="values">What came.</param>
    public static double NormalisedGini(
        ReadOnlySpan<double> ranks, ReadOnlySpan<double> own, ReadOnlySpan<double> weights, ReadOnlySpan<double> values)
    {
        double total = 0;
        foreach (double w in weights)
        {
            total += w;
        }

        double predicted = 0, perfect = 0;
        for (int i = 0; i < ranks.Length; i++)
        {
            double value = weights[i] * Math.Max(0, values[i]);
            predicted += value * (ranks[i] - (total / 2));
            perfect += value * (own[i] - (total / 2));
        }

        return perfect > 0 ? predicted / perfect : 0;
    }

    /// <summary>Weighted correlation of two columns of mid-ranks (Spearman); 0 where a side is constant.</summary>
    public static double Spearman(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> weights)
    {
        double total = 0, meanA = 0, meanB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            total += weights[i];
            meanA += weights[i] * a[i];
            meanB += weights[i] * b[i];
        }

        meanA /= total;
        meanB /= total;
        double aa = 0, bb = 0, ab = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double x = a[i] - meanA, y = b[i] - meanB;
            aa += weights[i] * x * x;
            bb += weights[i] * y * y;
            ab += weights[i] * x * y;
        }

        return aa > 0 && bb > 0 ? ab / Math.Sqrt(aa * bb) : 0;
    }
}
