using System.Globalization;
using Predictive.History;
using Predictive.Learning;
using Predictive.Learning.Metrics;
using Predictive.Segmentation.Models;
using Predictive.Training.Members;

namespace Predictive.Training.Lookalikes;

/// <summary>Earlier customers: what was known of them early, when, and what they then brought.</summary>
/// <param name="Features">
/// One row per customer, by <paramref name="Known"/>; rows behind those of <paramref name="Net"/> are others.
/// </param>
/// <param name="Known">The local time each was looked at.</param>
/// <param name="Net">Net spend of each in the window after it.</param>
internal sealed record EarlyCohort(FeatureMatrix Features, LocalTime[] Known, double[] Net)
{
    /// <summary>Fewest earlier customers.</summary>
    public const int FewestEarlier = 150;

    /// <summary>Fewest of them on either side of high value.</summary>
    public const int FewestOfEach = 25;

    /// <summary>Net spend of a customer from a time until before another.</summary>
    public static double NetBetween(TransactionHistory history, int customer, LocalTime from, LocalTime until)
    {
        double net = 0;
        foreach (double amount in history.Lines(customer).Between(from, until).Amount)
        {
            net += amount;
        }

        return net;
    }

    /// <summary>Learns from all of them.</summary>
    /// <returns>What was learned, the value from which a customer counts as high value, and how many do.</returns>
    /// <exception cref="DatasetException">Too few on one side.</exception>
    public (EarlyValue Learner, double From, int High) Learn(LookalikeOptions options, CancellationToken cancellation)
    {
        double from = HighValueFrom(Net, options.HighShare);
        int high = Net.Count(v => v >= from);
        if (Math.Min(high, Net.Length - high) < FewestOfEach)
        {
            throw new DatasetException(
                "too-few-high-value",
                $"{high} of {Net.Length} earlier customers spent {from.ToString("N2", CultureInfo.InvariantCulture)} or more within "
                    + $"{options.WithinDays} days; expected at least {FewestOfEach} who did and {FewestOfEach} who did not. Change the "
                    + "share or the windows, or add history.");
        }

        return (EarlyValue.Train(Features, [.. Enumerable.Range(0, Net.Length)], Net, from, options, cancellation), from, high);
    }

    /// <summary>
    /// The newest third of them, judged by a model of those whose value was known before any of them was looked at; without tests where
    /// those are too few.
    /// </summary>
    public EarlyJudgement Judge(LookalikeOptions options, CancellationToken cancellation)
    {
        int start = Net.Length - (Net.Length / 3);
        int[] tests = [.. Enumerable.Range(start, Net.Length - start)];
        int[] train = [.. Enumerable.Range(0, start).Where(i => Known[i].AddDays(options.WithinDays) <= Known[start])];
        if (train.Length < FewestEarlier)
        {
            return EarlyJudgement.None;
        }

        double from = HighValueFrom([.. train.Select(i => Net[i])], options.HighShare);
        float[] labels = [.. tests.Select(i => Net[i] >= from ? 1f : 0f)];
        int high = train.Count(i => Net[i] >= from), testHigh = labels.Count(l => l > 0);
        if (Math.Min(high, train.Length - high) < FewestOfEach || testHigh == 0 || testHigh == labels.Length)
        {
            return EarlyJudgement.None;
        }

        return new EarlyJudgement(
            tests, labels, [.. tests.Select(i => Net[i])],
            EarlyValue.Train(Features, train, Net, from, options, cancellation).LogOddsOf(Features.TakeRows(tests)));
    }

    /// <summary>The value that the best share reached; above 0, so that nobody counts as high value for buying nothing.</summary>
    private static double HighValueFrom(double[] net, double share)
    {
        double[] descending = [.. net.OrderDescending()];
        double from = descending[Math.Max(0, (int)Math.Round(share * net.Length) - 1)];
        return from > 0 ? from : descending.Where(v => v > 0).DefaultIfEmpty(double.Epsilon).Last();
    }
}

/// <summary>Customers judged out of time.</summary>
/// <param name="Tests">Their rows; none = the history is too short.</param>
/// <param name="Labels">1 = became high value.</param>
/// <param name="Value">Net spend in the window.</param>
/// <param name="Predicted">Log-odds that the earlier model gave.</param>
internal sealed record EarlyJudgement(int[] Tests, float[] Labels, double[] Value, double[] Predicted)
{
    /// <summary>No test.</summary>
    public static EarlyJudgement None { get; } = new([], [], [], []);

    /// <summary>How well a ranking of the tests finds those who became high value.</summary>
    public LookalikeQuality Quality(double[] ranking) => new(
        ClassificationMetrics.Auc(ranking, Labels), ClassificationMetrics.TopDecileLift(ranking, Labels),
        RegressionMetrics.TopDecileCapture(ranking, Value));
}

/// <summary>Two learners of early value, blended in log-odds: logistic regression and boosted trees.</summary>
internal sealed record EarlyValue(IPredictor Linear, IPredictor Trees)
{
    /// <summary>Learns who reached a value.</summary>
    /// <param name="features">Everyone's.</param>
    /// <param name="rows">Whom to learn from.</param>
    /// <param name="net">What each brought.</param>
    /// <param name="from">From here on it is high value.</param>
    /// <param name="options">Engine and seed.</param>
    /// <param name="cancellation">Ends early.</param>
    public static EarlyValue Train(
        FeatureMatrix features, int[] rows, double[] net, double from, LookalikeOptions options, CancellationToken cancellation)
    {
        var data = new TrainingData(features.TakeRows(rows), [.. rows.Select(i => net[i] >= from ? 1f : 0f)]);
        TreeSize size = TreeSize.Ladder[TreeSize.RungFor(rows.Length) - 1];
        return new EarlyValue(
            options.Engine.TrainClassifier(
                data,
                new LearnerOptions { Learner = LearnerKind.Linear, Objective = Objective.Logistic, L2 = 0.01, Seed = options.Seed },
                null, cancellation),
            options.Engine.TrainClassifier(data, size.Options(Objective.Logistic, rows.Length, options.Seed, 0), null, cancellation));
    }

    /// <summary>Log-odds of high value, row by row.</summary>
    public double[] LogOddsOf(FeatureMatrix features)
    {
        double[] linear = new double[features.Rows], trees = new double[features.Rows];
        Linear.Predict(features, linear);
        Trees.Predict(features, trees);
        return [.. linear.Zip(trees, (a, b) => (LogOdds.Of(a) + LogOdds.Of(b)) / 2)];
    }

    /// <summary>Mean of the two learners' contributions, one per feature.</summary>
    public double[] Explain(FeatureMatrix row)
    {
        Span<float> values = stackalloc float[row.Columns];
        row.CopyRow(0, values);
        double[] linear = new double[row.Columns + 1], trees = new double[row.Columns + 1];
        Linear.Explain(values, linear);
        Trees.Explain(values, trees);
        return [.. linear.Zip(trees, (a, b) => (a + b) / 2).Take(row.Columns)];
    }
}
