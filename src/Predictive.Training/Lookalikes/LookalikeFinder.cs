using System.Globalization;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Models;

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
    public const int FewestEarlier = EarlyCohort.FewestEarlier;

    /// <summary>Fewest of them on either side of high value.</summary>
    public const int FewestOfEach = EarlyCohort.FewestOfEach;

    private const int MostReasons = 2;

    /// <summary>Learns from earlier customers and ranks the new ones.</summary>
    /// <exception cref="DatasetException">Too few earlier customers; the message names the shortfall.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static LookalikeReport Find(TransactionHistory history, LookalikeOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
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
            net[i] = EarlyCohort.NetBetween(history, seen[i].Customer, seen[i].End, seen[i].End.AddDays(options.WithinDays));
        }

        FeatureMatrix scaled = days.Scaled([.. Enumerable.Range(0, seen.Length)]);
        var cohort = new EarlyCohort(scaled, days.Ends, net);
        EarlyJudgement judged = cohort.Judge(options, cancellation);
        (EarlyValue learner, double from, int high) = cohort.Learn(options, cancellation);
        (LookalikeQuality? model, LookalikeQuality? first) = (null, null);
        if (judged.Tests.Length > 0)
        {
            ReadOnlySpan<float> spend = days.Features.Column(FeatureCatalogue.IndexOf("net_total"));
            var spent = new double[judged.Tests.Length];
            for (int i = 0; i < spent.Length; i++)
            {
                spent[i] = spend[judged.Tests[i]];
            }

            (model, first) = (judged.Quality(judged.Predicted), judged.Quality(spent));
        }

        return new LookalikeReport(
            options.AsOf.ToString(), options.FirstDays, options.WithinDays, from, earlier, high,
            all.Count(s => s.FirstDay >= opening && s.End > options.AsOf), all.Count(s => s.FirstDay < opening),
            judged.Tests.Length, model, first, Grade(model, first),
            Rank(
                history, seen, days, scaled, earlier, learner,
                profile.WithMedians(days.Features.TakeRows([.. Enumerable.Range(0, earlier)]))));
    }

    private static string Grade(LookalikeQuality? model, LookalikeQuality? first) =>
        model is null || first is null ? "not graded" : (model.Auc - first.Auc) switch
        {
            >= 0.02 => "A",
            >= 0 => "B",
            >= -0.02 => "C",
            _ => "D",
        };

    private static List<Lookalike> Rank(
        TransactionHistory history, (int Customer, LocalTime FirstDay, LocalTime End)[] seen, EarlyDays days, FeatureMatrix scaled,
        int earlier, EarlyValue learner, BaseProfile profile)
    {
        int[] rows = [.. Enumerable.Range(earlier, seen.Length - earlier)];
        double[] logOdds = learner.LogOddsOf(scaled.TakeRows(rows));
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
                Reasons(learner.Explain(scaled.TakeRows([rows[k]])), row, profile)));
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
}
