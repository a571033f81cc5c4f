namespace Predictive.Learning.Tuning;

/// <summary>Folds of a cross-validation: rows of one group stay together, the folds are of nearly equal size.</summary>
public static class GroupedFolds
{
    /// <summary>Assigns every row a fold, 0 to <paramref name="folds"/> − 1.</summary>
    /// <param name="data">Without groups every row is its own, and rows are dealt out label by label so that folds of a classifier have
    /// like shares.</param>
    /// <param name="folds">At least 2 and at most the number of groups.</param>
    /// <param name="seed">Seed of the shuffle.</param>
    /// <exception cref="LearningException">There are fewer groups than folds, or the lengths disagree.</exception>
    public static int[] Assign(TrainingData data, int folds, int seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        int rows = data.Features.Rows;
        if (folds < 2)
        {
            throw new LearningException($"{folds} folds were asked for; expected at least 2.");
        }

        if (data.Labels.Length != rows || (data.Groups?.Length ?? rows) != rows || (data.Weights?.Length ?? rows) != rows)
        {
            throw new LearningException(
                $"{data.Labels.Length} labels, {data.Weights?.Length ?? rows} weights and {data.Groups?.Length ?? rows} group numbers "
                    + $"were given for {rows} rows; expected one per row.");
        }

        var random = new Random(seed);
        var fold = new int[rows];
        if (data.Groups is null)
        {
            int[] order = [.. Enumerable.Range(0, rows)];
            random.Shuffle(order);
            Array.Sort([.. order.Select(i => data.Labels[i] is 0 or 1 ? data.Labels[i] : 2)], order);
            Enough(rows, folds);
            for (int k = 0; k < rows; k++)
            {
                fold[order[k]] = k % folds;
            }

            return fold;
        }

        // The largest groups first, each into the fold with the fewest rows; equal sizes in shuffled order.
        var sizes = new Dictionary<int, int>();
        foreach (int g in data.Groups)
        {
            sizes[g] = sizes.GetValueOrDefault(g) + 1;
        }

        Enough(sizes.Count, folds);
        int[] groups = [.. sizes.Keys.Order()];
        random.Shuffle(groups);
        var filled = new long[folds];
        var home = new Dictionary<int, int>();
        foreach (int g in groups.OrderByDescending(g => sizes[g]))
        {
            int target = Array.IndexOf(filled, filled.Min());
            home[g] = target;
            filled[target] += sizes[g];
        }

        for (int i = 0; i < rows; i++)
        {
            fold[i] = home[data.Groups[i]];
        }

        return fold;
    }

    /// <summary>The rows whose fold is (or is not) <paramref name="fold"/>, as data of their own.</summary>
    public static TrainingData Take(TrainingData data, int[] folds, int fold, bool inside)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(folds);
        int[] rows = [.. Enumerable.Range(0, folds.Length).Where(i => (folds[i] == fold) == inside)];
        return new TrainingData(
            data.Features.TakeRows(rows),
            [.. rows.Select(i => data.Labels[i])],
            data.Weights is { } w ? [.. rows.Select(i => w[i])] : null,
            data.Groups is { } g ? [.. rows.Select(i => g[i])] : null);
    }

    private static void Enough(int groups, int folds)
    {
        if (groups < folds)
        {
            throw new LearningException($"{groups} groups of rows cannot fill {folds} folds; expected at least one group per fold.");
        }
    }
}
