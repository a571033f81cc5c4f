using System.Globalization;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Narrative;

/// <summary>What a report is made of.</summary>
public sealed record NarrativeInput
{
    /// <summary>The base.</summary>
    public required QueryBase Base { get; init; }

    /// <summary>The version and everyone's scores as of the base's as-of; null = no model.</summary>
    public (CustomerScorer Scorer, ScoreTable Scores)? Scored { get; init; }

    /// <summary>What the check found; null = the data were not checked.</summary>
    public IReadOnlyList<Finding>? Findings { get; init; }

    /// <summary>What is compared: <see cref="NarrativePeriods.Of"/>.</summary>
    public string Compare { get; init; } = NarrativePeriods.Standard;

    /// <summary>Seed of the draws that tell a change from chance. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether single customers are named. Default true.</summary>
    public bool WithCustomers { get; init; } = true;
}

/// <summary>Gathers the figures of a report, but for what campaigns brought: <see cref="NarrativeReport.With"/>. Equal input gives an
/// equal report.</summary>
public static class NarrativeBuilder
{
    private const int ShownCustomers = 15, ShownMonths = 13, MostCalls = 100;

    // Dimensions over which revenue adds up and that are not made of what is explained.
    private static readonly string[] s_why = ["channel", "category", "acquisition_channel"];

    private static readonly string[] s_happened =
    [
        "revenue", "orders_placed", "active_customers", "new_customers", "average_order_value", "retention_rate", "lost_customers",
        "return_rate", "period_profit",
    ];

    /// <summary>The figures.</summary>
    /// <exception cref="QueryRefusedException">The data do not hold the periods.</exception>
    public static NarrativeReport Build(NarrativeInput input, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        QueryBase of = input.Base;
        (Period period, Period against) = NarrativePeriods.Of(of, input.Compare);
        NarrativeFigure[] happened = [.. s_happened.Select(m => Happened(of, m, period, against, cancellation)).OfType<NarrativeFigure>()];
        // Against a period that the data hold in part a change says nothing, nor does what made it.
        bool isHeld = against.From >= of.FirstDay;
        ComparisonAnswer[] why = isHeld ? [.. Why(of, period, against, input.Seed, cancellation)] : [];
        RiskPart? risk = input.Scored is { } scored ? Risk(of, scored.Scorer, scored.Scores, input.WithCustomers, cancellation) : null;
        ModelManifest? manifest = input.Scored?.Scorer.Bundle.Manifest;
        return new NarrativeReport
        {
            AsOf = of.AsOf.ToString(),
            DataThrough = of.LastDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Currency = of.History.Description.Currency,
            Names = of.History.Description.Names,
            Model = input.Scored is null ? null : of.Model,
            HorizonDays = input.Scored is null ? null : of.HorizonDays,
            Period = period,
            Against = against,
            Happened = happened,
            Months = Months(of, period, cancellation),
            Drivers = isHeld ? Drivers(of, happened, period, against, cancellation) : [],
            Why = why,
            Next = input.Scored is null ? [] : Next(of, manifest!.Metrics.TotalSpendError, cancellation),
            Customers = input.Scored?.Scores.Count ?? 0,
            SameDaysYearAgo = input.Scored is null ? null : YearBeforeAhead(of, cancellation),
            Risk = risk,
            Advice = NarrativeAdvice.Of(happened, why, risk, Best(of, period, cancellation)),
            Findings = input.WithCustomers ? input.Findings : input.Findings?.Select(Nameless).ToArray(),
            ModelNotes = manifest?.Notes ?? [],
            Grade = manifest?.Metrics.ChurnGrade?.Letter,
        };
    }

    /// <summary>How the data under a report are checked: as of its own time, not of today, so that the same data give the same report
    /// whenever it is made; for the days that its version predicts, and without asking whether a version could be learned of them where
    /// one was.</summary>
    /// <param name="of">The base reported on.</param>
    public static CheckOptions CheckOf(QueryBase of)
    {
        ArgumentNullException.ThrowIfNull(of);
        var options = new CheckOptions { AsOf = of.AsOf, Today = DateOnly.FromDateTime(of.AsOf.ToDateTime()) };
        return of.HorizonDays is { } days ? options with { HorizonDays = days, MinimumCustomers = 1 } : options;
    }

    /// <summary>A metric of a period, null where the data have not what it needs.</summary>
    internal static QueryAnswer? Ask(
        QueryBase of, string metric, Period? period, CancellationToken cancellation, IReadOnlyList<string>? by = null)
    {
        try
        {
            return QueryRunner.Run(
                of, new MetricQuery { Metric = metric, By = by ?? [], From = Day(period?.From), To = Day(period?.To) }, cancellation);
        }
        catch (QueryRefusedException)
        {
            return null;
        }
    }

    private static NarrativeFigure? Happened(
        QueryBase of, string metric, Period period, Period against, CancellationToken cancellation)
    {
        if (Ask(of, metric, period, cancellation) is not { Total.Value: not null } now)
        {
            return null;
        }

        Period yearAgo = period.YearBefore();
        // What looks back needs the period before that one, too.
        bool looksBack = PeriodMetrics.Find(metric)!.LooksBack;
        bool hasBefore = (looksBack ? against.Before().From : against.From) >= of.FirstDay;
        bool hasYear = (looksBack ? yearAgo.Before().From : yearAgo.From) >= of.FirstDay && yearAgo != against;
        return new NarrativeFigure(
            now.Metric, now.Unit, now.Total.Value, hasBefore ? Ask(of, metric, against, cancellation)?.Total.Value : null,
            hasYear ? Ask(of, metric, yearAgo, cancellation)?.Total.Value : null, now.Total.Low, now.Total.High);
    }

    private static NarrativeMonth[] Months(QueryBase of, Period period, CancellationToken cancellation)
    {
        var to = new DateOnly(period.To.Year, period.To.Month, 1);
        DateOnly from = to.AddMonths(1 - ShownMonths);
        var first = new DateOnly(of.FirstDay.Year, of.FirstDay.Month, 1);
        QueryAnswer? answer = Ask(of, "revenue", new Period(from < first ? first : from, period.To), cancellation, ["month"]);
        return [.. (answer?.Rows ?? []).Select(r => new NarrativeMonth(r.Of[0], r.Value ?? 0))];
    }

    // Revenue = customers × orders per customer × value per order: logarithmic means, so that the effects add up to the change.
    private static NarrativeDriver[] Drivers(
        QueryBase of, IReadOnlyList<NarrativeFigure> happened, Period period, Period against, CancellationToken cancellation)
    {
        NarrativeFigure?[] figures =
        [
            .. new[] { "revenue", "active_customers", "orders_per_customer", "average_order_value" }.Select(
                name => happened.FirstOrDefault(f => f.Name == name) ?? Happened(of, name, period, against, cancellation)),
        ];
        if (figures.Any(f => f is not { Value: > 0, Before: > 0 }))
        {
            return [];
        }

        var (revenue, parts) = (figures[0]!, figures[1..]);
        double now = revenue.Value!.Value, then = revenue.Before!.Value, change = now - then;
        double mean = change == 0 ? now : change / Math.Log(now / then);
        double[] logs = [.. parts.Select(p => Math.Log(p!.Value!.Value / p.Before!.Value))];
        // The parts are rounded to cents: what that leaves goes to the last of them.
        double[] effects = [.. logs.Take(2).Select(l => Cents.Of(mean * l))];
        effects = [.. effects, Cents.Of(change - effects.Sum())];
        return [.. parts.Select((p, i) => new NarrativeDriver(p!.Metric, p.Unit, p.Before!.Value, p.Value!.Value, effects[i]))];
    }

    private static IEnumerable<ComparisonAnswer> Why(
        QueryBase of, Period period, Period against, int seed, CancellationToken cancellation)
    {
        string[] attributes = [.. of.Dimensions.Where(d => d.Name.StartsWith(Dimensions.Attribute, StringComparison.Ordinal))
            .Select(d => d.Name).Take(2)];
        foreach (string dimension in s_why.Concat(attributes).Where(d => of.Dimensions.Any(known => known.Name == d)).Take(4))
        {
            ComparisonAnswer answer;
            try
            {
                answer = PeriodComparison.Run(of, new MetricQuery
                {
                    Metric = "revenue", By = [dimension], From = Day(period.From), To = Day(period.To), Compare = against.ToString(),
                }, seed, cancellation: cancellation);
            }
            catch (QueryRefusedException)
            {
                continue;
            }

            if (answer.Groups.Count > 1)
            {
                yield return answer with { Groups = [] };
            }
        }
    }

    private static NarrativeFigure[] Next(QueryBase of, double? totalError, CancellationToken cancellation)
    {
        QueryAnswer churners = Ask(of, "expected_churners", null, cancellation)!, spend = Ask(of, "expected_spend", null, cancellation)!;
        // How far totals of past windows missed; where no window has told, there is no interval.
        ExpectedTotal? total = totalError is { } error && spend.Total.Value is > 0 and var sum
            ? ExpectedTotal.Of(sum, error)
            : null;
        return
        [
            new(churners.Metric, churners.Unit, churners.Total.Value, Low: churners.Total.Low, High: churners.Total.High),
            new(
                spend.Metric, spend.Unit, spend.Total.Value, Low: total is null ? null : Cents.Of(total.Low),
                High: total is null ? null : Cents.Of(total.High)),
        ];
    }

    private static double? YearBeforeAhead(QueryBase of, CancellationToken cancellation)
    {
        if (of.HorizonDays is not { } days)
        {
            return null;
        }

        DateOnly from = DateOnly.FromDateTime(of.AsOf.ToDateTime()).AddYears(-1);
        var period = new Period(from, from.AddDays(days - 1));
        return period.From < of.FirstDay || period.To > of.LastDay ? null : Ask(of, "revenue", period, cancellation)?.Total.Value;
    }

    private static RiskPart Risk(
        QueryBase of, CustomerScorer scorer, ScoreTable scores, bool withCustomers, CancellationToken cancellation)
    {
        AtRiskList list = AtRisk.Rank(scorer, scores, new AtRiskOptions { Capacity = MostCalls });
        AtRiskCutoff? calls = list.Cutoffs.LastOrDefault(c => c.Contacts <= MostCalls);
        QueryAnswer leaving = Ask(of, "expected_churners", null, cancellation, ["tier"])!;
        Dictionary<string, double> stake = Ask(of, "value_at_stake", null, cancellation, ["tier"])!.Rows
            .ToDictionary(r => r.Of[0], r => r.Value ?? 0, StringComparer.Ordinal);
        return new RiskPart(
            [
                .. leaving.Rows.Select(r => new RiskGroup(r.Of[0], r.Customers, r.Value ?? 0, stake.GetValueOrDefault(r.Of[0])))
                    .OrderByDescending(g => g.AtStake).ThenBy(g => g.Group, StringComparer.Ordinal),
            ],
            Cents.Of(list.TotalExpectedLoss), calls?.Contacts ?? 0, calls?.LossCovered ?? 0,
            withCustomers
                ?
                [
                    .. list.Rows.Take(ShownCustomers).Select(r => new RiskCustomer(
                        r.Rank, r.Score.CustomerId, r.Score.Churn.Probability, r.ExpectedLoss, r.ExpectedSaving, r.Score.Rfm.Segment,
                        r.Score.Tier.Current, r.Score.Rfm.RecencyDays)),
                ]
                : []);
    }

    private static double? Best(QueryBase of, Period period, CancellationToken cancellation) =>
        Ask(of, "revenue_concentration", period, cancellation)?.Total.Value;

    // What the check found, without the ids that it gives as examples and quotes.
    private static Finding Nameless(Finding finding) => finding with
    {
        Message = (finding.Examples ?? []).Aggregate(
            finding.Message, (message, example) => message.Replace($"'{example}'", "…", StringComparison.Ordinal)),
        Examples = null,
    };

    private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
