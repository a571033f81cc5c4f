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
        return TimeSteps.Of("quarter", day).Before();
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
        IReadOnlyList<MetricValue> metrics = PortfolioBuilder.Values(now, then);
        IReadOnlyDictionary<string, MigrationMatrix> moved = PortfolioBuilder.Compare(then, now).Migration;
        // All who moved, not only those that a matrix keeps the largest of.
        IReadOnlyList<Mover>? movers = !moved.ContainsKey("value_matrix")
            ? null
            : Migration.Compute(then, now, "value_matrix", PortfolioBuilder.Matrix, ordered: true, movers: int.MaxValue).Movers;
        cancellation.ThrowIfCancellationRequested();
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
            Currency = history.Description.Currency,
            Model = input.Scorer is null ? null : $"{input.Scorer.Stamp.Name}/{input.Scorer.Stamp.Version}",
            Figures =
            [
                .. s_figures.Select(f => metrics.First(m => m.Name == f)).Where(m => m.Value is not null)
                    .Select(m => new NarrativeFigure(m.Metric, m.Unit, m.Value, m.Before)),
            ],
            Migration = input.WithCustomers
                ? moved
                : moved.ToDictionary(m => m.Key, m => m.Value with { Movers = [] }),
            NewStars = Named("potential", "star"),
            LostCows = Named("cash cow", "potential", "problem"),
            Acquisition = [.. Acquisition.Compute(now).Where(a => a.Month is null)],
            Tiers = TierMonitoring.Compute(history, ofQuarter, asOf),
            Campaigns = input.Campaigns,
            Proposal = Propose(inForce, proposed, now, Table(proposed, asOf, scores), input.WithCustomers),
        };

        // A review that names nobody still says how many: the ids alone go.
        IReadOnlyList<Mover>? Named(string from, params string[] to) => movers?.Where(m => m.From == from && to.Contains(m.To))
            .Select(m => input.WithCustomers ? m : m with { CustomerId = "" }).ToArray();

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
        var changes = new List<CutoffChange>();
        // Moves are counted between equal names alone.
        string[] segments = [.. o.Rfm.Segments.Segments.Reverse()];
        if (segments.ToHashSet(StringComparer.Ordinal).SetEquals(inForce.Options.Rfm.Segments.Segments))
        {
            changes.Add(Change("rfm_segment", segments));
        }

        changes.Add(Change("value_band", PortfolioBuilder.Bands));
        string[] tiers = [.. proposed.Tiers.Tiers.Select(t => t.Name)];
        if (tiers.SequenceEqual(inForce.Tiers.Tiers.Select(t => t.Name)))
        {
            changes.Add(Change("tier", tiers));
        }

        if (now.Has("value_matrix") && under.Has("value_matrix"))
        {
            changes.Add(Change("value_matrix", PortfolioBuilder.Matrix));
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
}
