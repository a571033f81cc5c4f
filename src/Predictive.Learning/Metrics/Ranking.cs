namespace Predictive.Learning.Metrics;

/// <summary>Sorting and mid-ranks: the one home of how ties are handled.</summary>
internal static class Ranking
{
    /// <summary>Row numbers by value, the highest first; the order within equal values means nothing.</summary>
    public static int[] Descending(ReadOnlySpan<double> values)
    {
        var order = new int[values.Length];
        var keys = new double[values.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = -values[i];
        }

        Array.Sort(keys, order);
        return order;
    }

    /// <summary>Position after the last row equal to the one at <paramref name="start"/>.</summary>
    public static int EndOfTies(ReadOnlySpan<double> values, int[] order, int start)
    {
        double value = values[order[start]];
        int end = start + 1;
        while (end < order.Length && values[order[end]].Equals(value))
        {
            end++;
        }

        return end;
    }

    /// <summary>Ranks from 1 (the lowest value) to n; equal values share the mean of their ranks.</summary>
    public static double[] MidRanks(ReadOnlySpan<double> values)
    {
        int[] order = Descending(values);
        int n = order.Length;
        var ranks = new double[n];
        for (int start = 0; start < n;)
        {
            int end = EndOfTies(values, order, start);
            double rank = n - ((start + end - 1) / 2.0);
            for (int k = start; k < end; k++)
            {
                ranks[order[k]] = rank;
            }

            start = end;
        }

        return ranks;
    }

    /// <summary>Rows of the highest tenth: n/10 rounded up, so that there is at least one.</summary>
    public static int TopTenth(int rows) => (rows + 9) / 10;

    /// <summary>
    /// Sum of <paramref name="values"/> over the <paramref name="count"/> rows that <paramref name="order"/> names first;
    /// where a tie of predictions straddles the border, the expectation over a random order of the tie.
    /// </summary>
    public static double TopSum(ReadOnlySpan<double> predictions, int[] order, int count, Func<int, double> values)
    {
        double sum = 0;
        for (int start = 0; start < count;)
        {
            int end = EndOfTies(predictions, order, start);
            double tied = 0;
            for (int k = start; k < end; k++)
            {
                tied += values(order[k]);
            }

            sum += end <= count ? tied : tied * (count - start) / (end - start);
            start = end;
        }

        return sum;
    }

    /// <summary>Throws where two columns differ in length or a value is not finite.</summary>
    public static void Check(ReadOnlySpan<double> predictions, int others, string name)
    {
        if (predictions.Length != others)
        {
            throw new ArgumentException($"{predictions.Length} predictions were given for {others} {name}; expected one per row.");
        }

        if (predictions.Length == 0)
        {
            throw new ArgumentException("A metric needs at least one row; there is none.");
        }

        for (int i = 0; i < predictions.Length; i++)
        {
            if (double.IsNaN(predictions[i]))
            {
                throw new ArgumentException($"The prediction (or value) of row {i} is not a number.");
            }
        }
    }
}
