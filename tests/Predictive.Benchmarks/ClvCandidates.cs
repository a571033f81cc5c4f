using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;
using Predictive.Training.Assembly;
using Predictive.Training.Evaluation;
using Predictive.Training.Members;
using Predictive.Training.Selection;
using Predictive.Training.Snapshots;

namespace Predictive.Benchmarks;

/// <summary>What a candidate expects of each customer before tilt and level.</summary>
/// <param name="Mean">With the chances to buy as the product sets them.</param>
/// <param name="Unmoved">With those before the level moved them: what the learned total is taken from.</param>
internal sealed record ClvMeans(double[] Mean, double[] Unmoved);

/// <summary>The candidates of <see cref="ClvStudy"/> on one window, and what the product would make of each.</summary>
internal static class ClvCandidates
{
    public static readonly double[] Powers = [1.3, 1.5, 1.7];

    private const int Folds = 3;

    private static readonly BuiltInEngine Engine = new();

    /// <summary>Trees of the whole of net spend, Tweedie deviance.</summary>
    public static IPredictor Tweedie(TrainingTable table, TreeSize size, double power) => Engine.TrainRegressor(
        new TrainingData(
            table.Wide, [.. table.Gather(s => s.NetSpendFloat).Select(v => Math.Max(0, v))], ChurnMembers.Pick(table.Weight, null)),
        size.Options(Objective.Tweedie, table.Rows, 111, 0) with { TweediePower = power }, null, CancellationToken.None);

    /// <summary>
    /// Mean spend of buyers by a zero-inflated lognormal: μ by the product's log trees, σ² by small trees on squared residuals out of fold
    /// (by customer), e^(μ + σ²/2) − 1 held at the .998 quantile of what buyers spent.
    /// </summary>
    public static double[] LogNormalSpend(ClvParts parts, TrainingTable table, ClvSettings settings, FeatureMatrix at)
    {
        float[] spend = table.Gather(s => s.NetSpendFloat);
        int[] buyers = [.. Enumerable.Range(0, table.Rows).Where(r => spend[r] > 0)];
        FeatureMatrix wide = table.WideRows(buyers);
        float[] log = [.. buyers.Select(r => (float)Math.Log(1 + spend[r]))], weight = ChurnMembers.Pick(table.Weight, buyers);
        var squares = new float[buyers.Length];
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] train = [.. Rows(f => f != fold)], test = [.. Rows(f => f == fold)];
            IPredictor trees = Engine.TrainRegressor(
                new TrainingData(wide.TakeRows(train), [.. train.Select(i => log[i])], [.. train.Select(i => weight[i])]),
                settings.Size.Options(Objective.Squared, train.Length, 121 + fold, 0), null, CancellationToken.None);
            var said = new double[test.Length];
            trees.Predict(wide.TakeRows(test), said);
            for (int k = 0; k < test.Length; k++)
            {
                double residual = log[test[k]] - parts.Hold(said[k]);
                squares[test[k]] = (float)Math.Max(1e-4, residual * residual);
            }

            IEnumerable<int> Rows(Func<int, bool> of) =>
                Enumerable.Range(0, buyers.Length).Where(i => of((int)((uint)table.Customer[buyers[i]] * 2654435769u >> 16) % Folds));
        }

        IPredictor spread = Engine.TrainRegressor(
            new TrainingData(wide, squares, weight), TreeSize.Ladder[0].Options(Objective.Gamma, buyers.Length, 131, 0), null,
            CancellationToken.None);
        FeatureMatrix wideAt = RowBlocks.WithConstant(at, ChurnModel.HorizonColumn, 0);
        double[] mu = new double[at.Rows], variance = new double[at.Rows];
        parts.LogTrees!.Predict(wideAt, mu);
        spread.Predict(wideAt, variance);
        float[] sorted = [.. buyers.Select(r => spend[r]).Order()];
        double cap = sorted[Math.Min(sorted.Length - 1, (int)(0.998 * sorted.Length))];
        return [.. mu.Select((m, i) => Math.Clamp(Math.Exp(parts.Hold(m) + (Math.Max(0, variance[i]) / 2)) - 1, 0, cap))];
    }

    /// <summary>
    /// Members averaged by quantile: the weighted mean of a customer's ranks among the members, mapped to the weighted mean of their
    /// quantile functions.
    /// </summary>
    public static double[] QuantileMean(double[][] values, double[] weights)
    {
        int rows = values[0].Length;
        double[] rank = new double[rows], quantiles = new double[rows];
        for (int m = 0; m < values.Length; m++)
        {
            var (ranks, sorted) = Ranks(values[m]);
            for (int i = 0; i < rows; i++)
            {
                rank[i] += weights[m] * ranks[i];
                quantiles[i] += weights[m] * sorted[i];
            }
        }

        // Where a customer's mean rank stands among all mean ranks; ties share the mean of the quantiles they cover.
        int[] order = [.. Enumerable.Range(0, rows)];
        Array.Sort([.. rank], order);
        var result = new double[rows];
        for (int i = 0; i < rows;)
        {
            int end = i;
            double sum = 0;
            while (end < rows && rank[order[end]] == rank[order[i]])
            {
                sum += quantiles[end++];
            }

            for (int k = i; k < end; k++)
            {
                result[order[k]] = sum / (end - i);
            }

            i = end;
        }

        return result;
    }

    /// <summary>What the product makes of a candidate: tilt by rank, one value for the lost, the level of the coming window.</summary>
    public static double[] Shaped(
        ClvParts parts, double lostShare, FittedMembers members, Snapshot at, double[] churn, TreeOutputs[] outputs, ClvMeans means)
    {
        parts = parts with { ValueQuantiles = QuantileTable.Of(means.Mean, 1001), MeanValue = means.Mean.Average() };
        double lostBelow = lostShare * (1 - churn.Average());
        double[] tilted = [.. means.Mean.Select((m, i) => parts.Tilt(m, outputs[i].Rank))];
        int[] lost = [.. Enumerable.Range(0, tilted.Length).Where(i => 1 - churn[i] < lostBelow)];
        double lostValue = lost.Length == 0 ? 0 : lost.Average(i => tilted[i]), total = tilted.Sum(), lifetimes = 0;
        RowBlocks.Run(at.Features, 1, (i, row) => lifetimes += parts.Lifetimes.Value(row));
        double learned = means.Unmoved.Sum();
        double target = learned > 0 && lifetimes > 0
            ? Math.Exp(members.Forecast.Spend.Combine(Math.Log(learned), Math.Log(lifetimes)))
            : Math.Max(learned, lifetimes);
        foreach (int i in lost)
        {
            tilted[i] = lostValue;
        }

        return [.. tilted.Select(v => Math.Max(0, v * (target > 0 && total > 0 ? target / total : 1)))];
    }

    /// <summary>Values of the product's members with the chances to buy moved and unmoved.</summary>
    public static (double[][] Moved, double[][] Unmoved) MemberValues(
        ClvParts parts, FeatureMatrix features, double[] churn, double churnShift, TreeOutputs[] outputs)
    {
        double[] unmoved = [.. churn.Select(p => LogOdds.ToProbability(LogOdds.Of(p) - churnShift))];
        return (ClvMembers.Values(parts, features, churn, outputs, 0), ClvMembers.Values(parts, features, unmoved, outputs, 0));
    }

    private static (double[] Ranks, double[] Sorted) Ranks(double[] values)
    {
        int rows = values.Length;
        int[] order = [.. Enumerable.Range(0, rows)];
        double[] sorted = [.. values], ranks = new double[rows];
        Array.Sort(sorted, order);
        for (int i = 0; i < rows;)
        {
            int end = i;
            while (end < rows && sorted[end] == sorted[i])
            {
                end++;
            }

            for (int k = i; k < end; k++)
            {
                ranks[order[k]] = (i + end) / 2.0 / rows;
            }

            i = end;
        }

        return (ranks, sorted);
    }
}
