using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Narrative;

/// <summary>What a review is made of.</summary>
public sealed record ReviewInput
{
    /// <summary>The base.</summary>
    public required TransactionHistory History { get; init; }

    /// <summary>Lines at or after it do not count.</summary>
    public required LocalTime AsOf { get; init; }

    /// <summary>The quarter: its days, and no others.</summary>
    public required Period Quarter { get; init; }

    /// <summary>The version; null = rules alone.</summary>
    public CustomerScorer? Scorer { get; init; }

    /// <summary>The settings of the rules, as segments.json has them now.</summary>
    public required RuleOptions Settings { get; init; }

    /// <summary>What was done; null = nobody looked.</summary>
    public IReadOnlyList<CampaignFigures>? Campaigns { get; init; }

    /// <summary>Whether single customers are named. Default true.</summary>
    public bool WithCustomers { get; init; } = true;
}

/// <summary>Gathers the figures of a quarter's review. Equal input gives an equal review.</summary>
public static class ReviewBuilder
{
    // Settings' forms are those of segments.json; from worst to best, so that up and down mean something.
    private static readonly string[] s_bands = ["C", "B", "A"], s_cells = ["problem", "potential", "cash cow", "star"];

    private static readonly string[] s_figures =
    [
        "customers", "revenue_365d", "top_decile_revenue_share", "top_decile_profit_share", "active_90d_share", "repeat_share",
        "mean_lifetime_value", "nps_score",
    ];

    /// <summary>Reads a quarter: <c>2025-Q2</c> or <c>2025Q2</c>.</summary>
    /// <exception cref="QueryRefusedException">It is none.</exception>
    public static Period Quarter(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string plain = text.Length == 6 && text[4] is 'Q' or 'q' ? $"{text[..4]}-{text[4..]}" : text;
        return plain.Length == 7 && plain[5] is 'Q' or 'q' && Period.TryParse(plain, out Period quarter)
            ? quarter
            : throw new QueryRefusedException($"The quarter is '{QueryRefusedException.Short(text)}'; expected one such as 2025-Q2.");
    }

    /// <summary>The last quarter that is over at a time.</summary>
    public static Period LastWhole(LocalTime asOf)
    {
        DateOnly day = LocalTime.DateOf(asOf.Day);
        var to = new DateOnly(day.Year, (((day.Month - 1) / 3) * 3) + 1, 1);
        return new Period(to.AddMonths(-3), to.AddDays(-1));
    }

    /// <summary>The review.</summary>
    /// <exception cref="QueryRefusedException">The data do not hold the quarter.</exception>
    /// <exception cref="RulesException">Settings that cannot be used.</exception>
    public static ReviewReport Build(ReviewInput input, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        TransactionHistory history = input.History;
        LocalTime since = input.Quarter.Start, end = input.Quarter.End;
        LocalTime asOf = input.AsOf < end ? input.AsOf : end;
        var known = new QueryBase(history, input.AsOf, () => throw new InvalidOperationException("No segment is asked for."), null);
        if (!(since < asOf) || known.FirstDay >= input.Quarter.From || known.LastDay < input.Quarter.From)
        {
            throw new QueryRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"A review of {input.Quarter} needs data before it and within it; they go from {known.FirstDay:yyyy-MM-dd} to "
                    + $"{known.LastDay:yyyy-MM-dd}."));
        }

        ScoreTable? scores = input.Scorer?.ScoreAll(history, asOf, cancellation: cancellation);
        // Without a version the cut-offs in force are those that were drawn when the quarter began.
        RuleBook inForce = input.Scorer is { } scorer ? scorer.Bundle.Rules : RuleBook.Fit(history, since, input.Settings);
        RuleBook proposed = scores is null ? RuleBook.Fit(history, asOf, input.Settings) : ScoredSegments.Fit(scores, input.Settings);
        inForce = inForce with { Options = inForce.Options with { Portfolio = input.Settings.Portfolio } };
        SegmentTable now = Table(inForce, asOf, scores);
        SegmentTable then = Table(inForce, since, input.Scorer?.ScoreAll(history, since, cancellation: cancellation));
        PortfolioReport portfolio = PortfolioBuilder.Build(now, input.Scorer?.Stamp, then, cancellation);
        IReadOnlyDictionary<string, MigrationMatrix> moved = portfolio.Compared!.Migration;
        moved.TryGetValue("value_matrix", out MigrationMatrix? matrix);
        IReadOnlyList<Mover>? stars = matrix is null ? null : Movers(now, then, "potential", ["star"]);
        IReadOnlyList<Mover>? cows = matrix is null ? null : Movers(now, then, "cash cow", ["potential", "problem"]);
        RuleBook ofQuarter = inForce with
        {
            Options = inForce.Options with
            {
                Portfolio = inForce.Options.Portfolio with { TierPeriods = 1, TierPeriodDays = asOf.Day - since.Day },
            },
        };
        return new ReviewReport
        {
            Quarter = input.Quarter,
            AsOf = asOf.ToString(),
            Since = since.ToString(),
            Currency = portfolio.Currency,
            Model = input.Scorer is null ? null : $"{input.Scorer.Stamp.Name}/{input.Scorer.Stamp.Version}",
            Figures =
            [
                .. s_figures.Select(f => portfolio.Metrics.First(m => m.Name == f)).Where(m => m.Value is not null)
                    .Select(m => new NarrativeFigure(m.Metric, m.Unit, m.Value, m.Before)),
            ],
            Migration = input.WithCustomers
                ? moved
                : moved.ToDictionary(m => m.Key, m => m.Value with { Movers = [] }),
            NewStars = Named(stars),
            LostCows = Named(cows),
            Acquisition = [.. portfolio.Acquisition.Where(a => a.Month is null)],
            Tiers = TierMonitoring.Compute(history, ofQuarter, asOf),
            Campaigns = input.Campaigns,
            Proposal = Propose(inForce, proposed, now, Table(proposed, asOf, scores), input.WithCustomers),
        };

        // A review that names nobody still says how many: the ids alone go.
        IReadOnlyList<Mover>? Named(IReadOnlyList<Mover>? movers) =>
            input.WithCustomers ? movers : movers?.Select(m => m with { CustomerId = "" }).ToArray();

        SegmentTable Table(RuleBook book, LocalTime at, ScoreTable? of) => of is null
            ? SegmentTable.Build(history, book, at, cancellation: cancellation)
            : ScoredSegments.Build(of, book, cancellation);
    }

    private static CutoffProposal Propose(RuleBook inForce, RuleBook proposed, SegmentTable now, SegmentTable under, bool withCustomers)
    {
        RuleOptions o = proposed.Options;
        RuleOptions settings = o with
        {
            Rfm = o.Rfm with
            {
                RecencyDays = proposed.Rfm.RecencyDays, Frequency = proposed.Rfm.Frequency, MonetaryValue = proposed.Rfm.Monetary,
            },
            Value = o.Value with { ThresholdA = proposed.Value.ThresholdA, ThresholdB = proposed.Value.ThresholdB },
            Tiers = o.Tiers with { Tiers = proposed.Tiers.Tiers },
            ValueMatrix = proposed.ValueMatrix is { } m
                ? o.ValueMatrix with { HighValue = m.HighValue, MinimumExpected = m.MinimumExpected, GrowthRatio = m.GrowthRatio }
                : o.ValueMatrix,
        };
        string text = settings.ToJson();
        var changes = new List<CutoffChange>
        {
            Change("rfm_segment", [.. o.Rfm.Segments.Segments.Reverse()]),
            Change("value_band", s_bands),
        };
        string[] tiers = [.. proposed.Tiers.Tiers.Select(t => t.Name)];
        if (tiers.SequenceEqual(inForce.Tiers.Tiers.Select(t => t.Name)))
        {
            changes.Add(Change("tier", tiers));
        }

        if (now.Has("value_matrix") && under.Has("value_matrix"))
        {
            changes.Add(Change("value_matrix", s_cells));
        }

        return new CutoffProposal(
            CutoffWords.Of(inForce), CutoffWords.Of(proposed), changes, text,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

        CutoffChange Change(string metric, string[] states)
        {
            MigrationMatrix moves = Migration.Compute(now, under, metric, states, ordered: true);
            return new CutoffChange(metric, withCustomers ? moves : moves with { Movers = [] });
        }
    }

    // All of them, not only those a matrix keeps the largest of.
    private static Mover[] Movers(SegmentTable now, SegmentTable then, string from, string[] to)
    {
        string?[] cells = now.Texts("value_matrix"), before = then.Texts("value_matrix");
        double[] spend = now.Numbers("spend_365d"), spendBefore = then.Numbers("spend_365d");
        Dictionary<int, int> was = then.Customers.Index().ToDictionary(c => c.Item, c => c.Index);
        return
        [
            .. Enumerable.Range(0, now.Count)
                .Where(i => to.Contains(cells[i]) && was.TryGetValue(now.Customers[i], out int b) && before[b] == from)
                .Select(i => new Mover(
                    now.CustomerId(i), from, cells[i]!, Array.IndexOf(s_cells, cells[i]) > Array.IndexOf(s_cells, from),
                    spendBefore[was[now.Customers[i]]], spend[i]))
                .OrderByDescending(m => Math.Max(m.Spend365, m.Spend365Before)).ThenBy(m => m.CustomerId, StringComparer.Ordinal),
        ];
    }
}
