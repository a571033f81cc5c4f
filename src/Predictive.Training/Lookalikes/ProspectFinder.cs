using System.Globalization;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Training.Lookalikes;

/// <summary>
/// Which people without a purchase resemble the customers who became high value: learned from what attributes and events said of earlier
/// customers on the eve of their first purchase, judged out of time on the newest third of them.
/// </summary>
/// <remarks>
/// Nothing is said of whether a prospect will buy, nor how much: the customers learned from all did. Attributes have no time; who keeps
/// them up to date after the purchase teaches what prospects cannot show.
/// </remarks>
public static class ProspectFinder
{
    private const int MostReasons = 2;

    // Two standard errors above a coin: below that the order may be chance.
    private const double Trusted = 2;

    /// <summary>Ranks everyone without a purchase.</summary>
    /// <param name="history">The whole base, with its tables.</param>
    /// <param name="options">As for new customers; <see cref="LookalikeOptions.FirstDays"/> only keeps out whom the history may have begun
    /// with.</param>
    /// <param name="funnel">Which events activate.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">No prospects, nothing known of the earlier customers, or too few of them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static ProspectReport Find(
        TransactionHistory history, LookalikeOptions options, FunnelOptions funnel, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ProspectTable? prospects = ProspectTable.Of(history, options.AsOf, funnel);
        if (prospects is not { Rows.Count: > 0 })
        {
            throw new DatasetException(
                "no-prospects",
                $"Nobody without a purchase is known as of {options.AsOf}; expected people in the customers, events or contacts table who "
                    + "have no transaction. Bring them in with predictive import --table customers FILE.");
        }

        LocalTime opening = LocalTime.MidnightAfter(history.FirstMicros).AddDays(options.FirstDays - 1);
        var seen = EarlyDays.Starts(history, options.AsOf, 1)
            .Where(s => s.FirstDay >= opening && s.FirstDay.AddDays(options.WithinDays) <= options.AsOf).ToArray();
        if (seen.Length < EarlyCohort.FewestEarlier)
        {
            throw new DatasetException(
                "too-few-earlier-customers",
                $"{seen.Length} customers first bought after {opening} and have {options.WithinDays} days behind them before "
                    + $"{options.AsOf}; expected at least {EarlyCohort.FewestEarlier}. Shorten the window, or add history.");
        }

        BaseProfile profile = BaseProfile.Fit(history, options.AsOf, options.FirstDays);
        LocalTime[] eves = [.. seen.Select(s => s.FirstDay)];
        FeatureMatrix earlier = EveRows.Of(history, [.. seen.Select(s => s.Customer)], eves, profile);
        int[] learned = [.. Enumerable.Range(0, earlier.Columns).Where(j => Differs(earlier.Column(j)))];
        if (learned.Length == 0)
        {
            throw new DatasetException(
                "nothing-known-before-the-purchase",
                $"The customers and events tables say the same of all {seen.Length} earlier customers on the eve of their first purchase; "
                    + "expected an attribute, or a kind of event before the purchase, in which they differ.");
        }

        int[] people = [.. prospects.Rows.Select(r => r.Person)];
        FeatureMatrix now = EveRows.Of(
            prospects.People, people, [.. Enumerable.Repeat(options.AsOf, people.Length)], profile);
        double[] net =
        [
            .. seen.Select(s => EarlyCohort.NetBetween(history, s.Customer, s.FirstDay, s.FirstDay.AddDays(options.WithinDays))),
        ];
        var cohort = new EarlyCohort(Scaled(earlier, learned, profile), eves, net);
        EarlyJudgement judged = cohort.Judge(options, cancellation);
        (EarlyValue learner, double from, int high) = cohort.Learn(options, cancellation);
        LookalikeQuality? model = judged.Tests.Length == 0 ? null : judged.Quality(judged.Predicted);
        double? error = model is null ? null : AucError(model.Auc, judged.Labels);
        return new ProspectReport(
            options.AsOf.ToString(), options.WithinDays, from, seen.Length, high,
            [.. learned.Select(j => profile.Features[j].Name)], judged.Tests.Length, model, error, Verdict(model, error),
            Rank(prospects, now, Scaled(now, learned, profile), learned, learner, profile.WithMedians(earlier)));
    }

    private static bool Differs(ReadOnlySpan<float> column)
    {
        foreach (float value in column)
        {
            if (value != column[0] && !(float.IsNaN(value) && float.IsNaN(column[0])))
            {
                return true;
            }
        }

        return false;
    }

    private static FeatureMatrix Scaled(FeatureMatrix rows, int[] learned, BaseProfile profile) => new(
        [.. learned.Select(j => profile.Features[j].Name)],
        [.. learned.Select(j => Array.ConvertAll(rows.ColumnArray(j), v => (float)profile.Features[j].Apply(v)))], rows.Rows);

    private static List<ProspectLookalike> Rank(
        ProspectTable prospects, FeatureMatrix rows, FeatureMatrix scaled, int[] learned, EarlyValue learner, BaseProfile profile)
    {
        double[] logOdds = learner.LogOddsOf(scaled);
        float[] row = new float[rows.Columns];
        var found = new List<ProspectLookalike>(rows.Rows);
        foreach (int k in Enumerable.Range(0, rows.Rows).OrderByDescending(k => logOdds[k])
            .ThenBy(k => prospects.Rows[k].Id, StringComparer.Ordinal))
        {
            rows.CopyRow(k, row);
            double[] contributions = learner.Explain(scaled.TakeRows([k]));
            Prospect person = prospects.Rows[k];
            found.Add(new ProspectLookalike(
                found.Count + 1, person.Person, person.Id, LogOdds.ToProbability(logOdds[k]), person.Result,
                [
                    .. Enumerable.Range(0, learned.Length)
                        .Where(j => contributions[j] > 0 && !float.IsNaN(row[learned[j]]) && profile.Features[learned[j]].Speaks)
                        .OrderByDescending(j => contributions[j]).Take(MostReasons)
                        .Select(j => profile.Features[learned[j]].Text(row, profile)),
                ]));
        }

        return found;
    }

    /// <summary>Standard error of an AUC (Hanley and McNeil 1982, the exponential approximation).</summary>
    private static double AucError(double auc, float[] labels)
    {
        double positive = labels.Count(l => l > 0), negative = labels.Length - positive;
        double q1 = auc / (2 - auc), q2 = 2 * auc * auc / (1 + auc), square = auc * auc;
        return Math.Sqrt(
            ((auc * (1 - auc)) + ((positive - 1) * (q1 - square)) + ((negative - 1) * (q2 - square))) / (positive * negative));
    }

    private static string Verdict(LookalikeQuality? model, double? error) => model is null || error is not { } noise
        ? "not judged: no customers whose value was known before the newest third first bought; the order is untested"
        : model.Auc - (Trusted * noise) > .5
            ? "better than chance out of time: the best tenth held "
                + model.TopDecileLift.ToString("0.0", CultureInfo.InvariantCulture) + " times as many high-value customers as the average"
            : "no better than chance out of time: attributes and events before the purchase do not tell who becomes high value here; do "
                + "not act on the order";
}

/// <summary>What attributes and events say of people, each at a time of their own; the catalogue's features are left missing.</summary>
internal static class EveRows
{
    /// <summary>One row per person, columns as <see cref="BaseProfile.Features"/>.</summary>
    public static FeatureMatrix Of(TransactionHistory history, int[] people, LocalTime[] at, BaseProfile profile)
    {
        int first = FeatureCatalogue.All.Count, width = profile.Features.Count;
        float[][] columns = [.. Enumerable.Range(0, width).Select(_ => new float[people.Length])];
        foreach (float[] missing in columns.Take(first))
        {
            Array.Fill(missing, float.NaN);
        }

        float[] values = new float[width];
        FeatureRow? row = null;
        for (int i = 0; i < people.Length; i++)
        {
            row = i > 0 && at[i] == at[i - 1] ? row : new FeatureRow(at[i], profile.HorizonDays, profile);
            row!.FillTables(history.Lines(people[i]), values);
            for (int j = first; j < width; j++)
            {
                columns[j][i] = values[j];
            }
        }

        return new FeatureMatrix(profile.FeatureNames, columns, people.Length);
    }
}
