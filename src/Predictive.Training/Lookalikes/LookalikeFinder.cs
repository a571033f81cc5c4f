using System.Globalization;
using Predictive.Learning;
using Predictive.Learning.Metrics;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Training.Members;

namespace Predictive.Training.Lookalikes;

/// <summary>
/// Early value: which new customers resemble, in their first days, the earlier ones that became high value. A blend, in log-odds, of
/// logistic regression and boosted trees, judged out of time on the newest third of the earlier customers.
/// </summary>
/// <remarks>
/// <code>
/// first purchase      + first days                 + within days
///      ├── watched ────────┤────── value is earned ─────────┤
/// earlier customers: the whole of it lies before the as-of          new customers: the second window is still open
/// </code>
/// </remarks>
public static class LookalikeFinder
{
    /// <summary>Fewest earlier customers.</summary>
    public const int FewestEarlier = 150;

    /// <summary>Fewest of them on either side of high value.</summary>
    public const int FewestOfEach = 25;

    private const int MostReasons = 2;

    /// <summary>Learns from earlier customers and ranks the new ones.</summary>
    /// <exception cref="DatasetException">Too few earlier customers; the message names the shortfall.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static LookalikeReport Find(TransactionHistory history, LookalikeOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FirstDays, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WithinDays, 1);
        if (!(options.HighShare is > 0 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.HighShare, "The share of high-value customers must lie above 0 and at most at 0.5.");
        }

        var all = EarlyDays.Starts(history, options.AsOf, options.FirstDays);
        LocalTime opening = LocalTime.MidnightAfter(history.FirstMicros).AddDays(options.FirstDays - 1);
        var seen = all.Where(s => s.FirstDay >= opening && s.End <= options.AsOf).ToArray();
        int earlier = seen.Count(s => s.End.AddDays(options.WithinDays) <= options.AsOf);
        if (earlier < FewestEarlier)
        {
            throw new DatasetException(
                "too-few-earlier-customers",
                $"{earlier} customers first bought after {opening} and have {options.FirstDays} + {options.WithinDays} days behind them "
                    + $"before {options.AsOf}; expected at least {FewestEarlier}, {FewestEarlier - earlier} more. Shorten the windows, "
                    + "or add history.");
        }

        BaseProfile profile = BaseProfile.Fit(history, options.AsOf, options.FirstDays);
        EarlyDays days = EarlyDays.Of(history, seen, profile, options.FirstDays);
        var net = new double[earlier];
        for (int i = 0; i < earlier; i++)
        {
            CustomerLines later = history.Lines(seen[i].Customer).Between(seen[i].End, seen[i].End.AddDays(options.WithinDays));
            foreach (double amount in later.Amount)
            {
                net[i] += amount;
            }
        }

        var (tests, model, first) = Judge(days, net, options, cancellation);
        double from = HighValueFrom(net, options.HighShare);
        int high = net.Count(v => v >= from);
        if (Math.Min(high, earlier - high) < FewestOfEach)
        {
            throw new DatasetException(
                "too-few-high-value",
                $"{high} of {earlier} earlier customers spent {from.ToString("N2", CultureInfo.InvariantCulture)} or more within "
                    + $"{options.WithinDays} days; expected at least {FewestOfEach} who did and {FewestOfEach} who did not. Change the "
                    + "share or the windows, or add history.");
        }

        Early learner = Early.Train(days, [.. Enumerable.Range(0, earlier)], net, from, options, cancellation);
        return new LookalikeReport(
            options.AsOf.ToString(), options.FirstDays, options.WithinDays, from, earlier, high,
            all.Count(s => s.FirstDay >= opening && s.End > options.AsOf), all.Count(s => s.FirstDay < opening),
            tests, model, first, Grade(model, first),
            Rank(history, seen, days, earlier, learner, profile.WithMedians(days.Features.TakeRows([.. Enumerable.Range(0, earlier)]))));
    }

    /// <summary>
    /// The newest third of the earlier customers, judged by a model of those whose value was known before any of them was looked at.
    /// </summary>
    private static (int Tests, LookalikeQuality? Model, LookalikeQuality? First) Judge(
        EarlyDays days, double[] net, LookalikeOptions options, CancellationToken cancellation)
    {
        int start = net.Length - (net.Length / 3);
        int[] tests = [.. Enumerable.Range(start, net.Length - start)];
        int[] train = [.. Enumerable.Range(0, start).Where(i => days.Ends[i].AddDays(options.WithinDays) <= days.Ends[start])];
        if (train.Length < FewestEarlier)
        {
            return (0, null, null);
        }

        double from = HighValueFrom([.. train.Select(i => net[i])], options.HighShare);
        float[] labels = [.. tests.Select(i => net[i] >= from ? 1f : 0f)];
        int high = train.Count(i => net[i] >= from), testHigh = labels.Count(l => l > 0);
        if (Math.Min(high, train.Length - high) < FewestOfEach || testHigh == 0 || testHigh == labels.Length)
        {
            return (0, null, null);
        }

        double[] value = [.. tests.Select(i => net[i])];
        double[] predicted = [.. Early.Train(days, train, net, from, options, cancellation).LogOddsOf(days.Scaled(tests))];
        ReadOnlySpan<float> spend = days.Features.Column(FeatureCatalogue.IndexOf("net_total"));
        var spent = new double[tests.Length];
        for (int i = 0; i < tests.Length; i++)
        {
            spent[i] = spend[tests[i]];
        }

        return (tests.Length, Quality(predicted), Quality(spent));

        LookalikeQuality Quality(double[] ranking) => new(
            ClassificationMetrics.Auc(ranking, labels), ClassificationMetrics.TopDecileLift(ranking, labels),
            RegressionMetrics.TopDecileCapture(ranking, value));
    }

    private static string Grade(LookalikeQuality? model, LookalikeQuality? first) =>
        model is null || first is null ? "not graded" : (model.Auc - first.Auc) switch
        {
            >= 0.02 => "A",
            >= 0 => "B",
            >= -0.02 => "C",
            _ => "D",
        };

    /// <summary>The value that the best share reached; above 0, so that nobody counts as high value for buying nothing.</summary>
    private static double HighValueFrom(double[] net, double share)
    {
        double[] descending = [.. net.OrderDescending()];
        double from = descending[Math.Max(0, (int)Math.Round(share * net.Length) - 1)];
        return from > 0 ? from : descending.Where(v => v > 0).DefaultIfEmpty(double.Epsilon).Last();
    }

    private static List<Lookalike> Rank(
        TransactionHistory history, (int Customer, LocalTime FirstDay, LocalTime End)[] seen, EarlyDays days, int earlier, Early learner,
        BaseProfile profile)
    {
        int[] rows = [.. Enumerable.Range(earlier, seen.Length - earlier)];
        double[] logOdds = learner.LogOddsOf(days.Scaled(rows));
        int width = FeatureCatalogue.All.Count;
        Span<float> row = stackalloc float[width];
        var found = new List<Lookalike>();
        foreach (int k in Enumerable.Range(0, rows.Length).OrderByDescending(k => logOdds[k])
            .ThenBy(k => history.CustomerId(seen[rows[k]].Customer), StringComparer.Ordinal))
        {
            var (customer, firstDay, _) = seen[rows[k]];
            days.Features.CopyRow(rows[k], row);
            found.Add(new Lookalike(
                found.Count + 1, history.CustomerId(customer), firstDay.ToString(), LogOdds.ToProbability(logOdds[k]),
                (int)row[FeatureCatalogue.IndexOf("orders")], row[FeatureCatalogue.IndexOf("net_total")],
                Reasons(learner.Explain(days.Scaled([rows[k]])), row, profile)));
        }

        return found;
    }

    private static List<string> Reasons(double[] contributions, ReadOnlySpan<float> row, BaseProfile profile)
    {
        var reasons = new List<string>();
        foreach (int j in Enumerable.Range(0, contributions.Length).OrderByDescending(j => contributions[j]))
        {
            int index = FeatureCatalogue.IndexOf(EarlyDays.Learned[j]);
            if (!float.IsNaN(row[index]) && contributions[j] > 0 && reasons.Count < MostReasons)
            {
                reasons.Add(FeatureCatalogue.All[index].Text(row, profile));
            }
        }

        return reasons;
    }

    /// <summary>The two learners.</summary>
    private sealed record Early(IPredictor Linear, IPredictor Trees)
    {
        public static Early Train(
            EarlyDays days, int[] rows, double[] net, double from, LookalikeOptions options, CancellationToken cancellation)
        {
            var data = new TrainingData(days.Scaled(rows), [.. rows.Select(i => net[i] >= from ? 1f : 0f)]);
            TreeSize size = TreeSize.Ladder[TreeSize.RungFor(rows.Length) - 1];
            return new Early(
                options.Engine.TrainClassifier(
                    data,
                    new LearnerOptions { Learner = LearnerKind.Linear, Objective = Objective.Logistic, L2 = 0.01, Seed = options.Seed },
                    null, cancellation),
                options.Engine.TrainClassifier(data, size.Options(Objective.Logistic, rows.Length, options.Seed, 0), null, cancellation));
        }

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
}
