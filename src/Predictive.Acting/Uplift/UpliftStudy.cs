using System.Globalization;
using MathNet.Numerics.Distributions;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Effects;
using Predictive.History;
using Predictive.Learning;
using Predictive.Learning.Metrics;
using Predictive.Learning.Uplift;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Uplift;

/// <summary>What a contact is to change.</summary>
public enum UpliftOutcome
{
    /// <summary>Whether they buy within the window.</summary>
    Buys,

    /// <summary>What they spend within it, net.</summary>
    Spend,
}

/// <summary>Settings of a study.</summary>
public sealed record UpliftStudyOptions
{
    /// <summary>From how much on a contact counts as changing somebody: as a share, of spend as a share of its mean. Default 2 %.</summary>
    public double Cut { get; init; } = .02;

    /// <summary>
    /// Chance to buy, left alone, from which somebody is a sure thing; of spend it is the mean of those held out. Default .5.
    /// </summary>
    public double BuysAnyway { get; init; } = .5;

    /// <summary>Of halves, models and resamples. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What a contact is to change. Default: who buys.</summary>
    public UpliftOutcome Outcome { get; init; }
}

/// <summary>
/// Learns from past campaigns whom a contact changes, judges it on customers kept aside, and ranks by it. Deterministic: the same campaigns
/// and seed give the same.
/// </summary>
public sealed class UpliftStudy
{
    /// <summary>Campaigns, or customers of one campaign, that must be over.</summary>
    public const int FewestCampaigns = 2, FewestCustomers = 2000;

    /// <summary>Customers of each side that a campaign needs to be judged on.</summary>
    public const int FewestPerSide = 20;

    /// <summary>Customers of either side of a campaign for a group's effect to be measured there.</summary>
    private const int FewestMeasured = 5;

    private readonly IReadOnlyList<PastCampaign> _campaigns;
    private readonly UpliftStudyOptions _options;
    private readonly UpliftModel _model;
    private readonly Fold[] _folds;
    private readonly UpliftRanked[] _rankings;
    private readonly IReadOnlyList<UpliftBranch> _tree;
    private readonly double _cut, _anyway;

    private UpliftStudy(
        IReadOnlyList<PastCampaign> campaigns, ILearningEngine engine, UpliftStudyOptions options, CancellationToken cancellation)
    {
        (_campaigns, _options) = (campaigns, options);
        (UpliftData Data, CampaignMember[] Members)[] parts = campaigns.Count > 1
            ? [.. campaigns.Select(c => (c.Data, c.Members.ToArray()))]
            : Halves(campaigns[0], options.Seed);
        _folds =
        [
            .. parts.Select((aside, k) =>
            {
                UpliftData others = PastCampaign.Join([.. parts.Where((_, i) => i != k).Select(p => p.Data)]);
                UpliftModel x = Learn(UpliftMethod.XLearner, others);
                return new Fold(
                    aside.Data, aside.Members, x.Uplift(aside.Data.Features),
                    Learn(UpliftMethod.TLearner, others).Uplift(aside.Data.Features), x.LeftAlone(aside.Data.Features));
            }),
        ];
        UpliftQuality[] quality = UpliftMetrics.Judge(
            [
                .. _folds.Select(f => new UpliftTrial(
                    [f.Uplift, f.Plain, [.. f.Members.Select(m => -(double)m.Rank)], [.. f.Members.Select(m => m.Risk)]], f.Data.Treated,
                    f.Data.Surprise())),
            ],
            options.Seed);
        string[] ways = ["uplift (X-learner)", "uplift (T-learner)", "as the campaigns were ranked", "highest risk first"];
        _rankings = [.. ways.Zip(quality, (w, q) => new UpliftRanked(w, q.Qini, q.Auuc, q.QiniAhead))];
        UpliftData everything = PastCampaign.Join([.. campaigns.Select(c => c.Data)]);
        bool isSpend = options.Outcome == UpliftOutcome.Spend;
        _cut = options.Cut * (isSpend ? Math.Max(everything.Outcome.Average(), 0) : 1);
        _anyway = isSpend ? everything.Side(false).Average(r => everything.Outcome[r]) : options.BuysAnyway;
        _tree =
        [
            .. EffectTree.Grow(everything, new EffectTreeOptions { Seed = options.Seed, FewestPerSide = FewestPerSide / 2 })
                .Select(l => new UpliftBranch(Who(l), l.Rows, l.Effect, l.Low, l.High)),
        ];
        _model = Learn(UpliftMethod.XLearner, everything);

        UpliftModel Learn(UpliftMethod method, UpliftData data) => UpliftModel.Learn(data, engine, new UpliftOptions
        {
            Method = method, Trees = new UpliftOptions().Trees with { Seed = options.Seed },
        }, cancellation);
    }

    /// <summary>Whether what was learned is better than chance on customers it was not learned from.</summary>
    public bool IsBetterThanChance => _rankings[0].Qini.Low > 0;

    /// <summary>What a list by it is ranked by, in words.</summary>
    public string RankedBy =>
        (_options.Outcome == UpliftOutcome.Spend ? "what a contact changes in spend" : "what a contact changes × spend if they stay")
        + " (uplift, learned from "
        + $"{(_campaigns.Count == 1 ? "1 campaign" : $"{_campaigns.Count} campaigns")})";

    /// <summary>Learns from the campaigns of a store that were over by a time, and judges.</summary>
    /// <param name="store">Holds them.</param>
    /// <param name="history">The base they were drawn from.</param>
    /// <param name="rules">What measures are made by.</param>
    /// <param name="engine">Trains the models beneath.</param>
    /// <param name="asOf">What came later is not known; null = everything is.</param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="CampaignException">Too little is known yet.</exception>
    public static UpliftStudy Of(
        StoreDatabase store, TransactionHistory history, RuleBook rules, ILearningEngine engine, LocalTime? asOf = null,
        UpliftStudyOptions? options = null, CancellationToken cancellation = default) => Learn(
            PastCampaign.Read(store, history, rules, asOf, options?.Outcome ?? default, cancellation), engine, options, cancellation);

    /// <summary>What a scored base may be ranked by, learned from campaigns that were over by its as-of.</summary>
    /// <param name="store">Holds them.</param>
    /// <param name="scores">The base.</param>
    /// <param name="engine">Trains the models beneath.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <returns>The gains; else why there are none, without a full stop.</returns>
    public static (AudienceGains? Gains, string? Refusal) GainsOf(
        StoreDatabase store, ScoreTable scores, ILearningEngine engine, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        try
        {
            AudienceGains? gains =
                Of(store, scores.History, scores.Bundle.Rules, engine, scores.AsOf, null, cancellation).GainsOrNone(scores);
            return (gains, gains is null ? "whom a contact changes cannot be told better than by chance yet" : null);
        }
        catch (CampaignException e)
        {
            return (null, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>Whether a store may have enough to learn from; whether it has, <see cref="Of"/> tells.</summary>
    /// <param name="store">Holds the campaigns.</param>
    /// <param name="asOf">Campaigns that ended later do not count; null = all do.</param>
    public static bool HasEnough(StoreDatabase store, LocalTime? asOf = null)
    {
        Campaign[] over =
        [
            .. PastCampaign.Over(store, asOf).Where(c => Math.Min(c.Contacted, c.HeldOut) >= FewestPerSide),
        ];
        return over.Length >= FewestCampaigns || over.Sum(c => c.Contacted + c.HeldOut) >= FewestCustomers;
    }

    /// <summary>Learns and judges.</summary>
    /// <param name="campaigns">Those that are over, the oldest first.</param>
    /// <param name="engine">Trains the models beneath.</param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="CampaignException">Too little is known yet.</exception>
    public static UpliftStudy Learn(
        IReadOnlyList<PastCampaign> campaigns, ILearningEngine engine, UpliftStudyOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(campaigns);
        PastCampaign[] usable = [.. campaigns.Where(c => c.Data.Side(true).Length >= FewestPerSide
            && c.Data.Side(false).Length >= FewestPerSide)];
        int customers = usable.Sum(c => c.Members.Count);
        if (usable.Length < FewestCampaigns && customers < FewestCustomers)
        {
            string small = campaigns.Count == usable.Length ? "" : string.Create(
                CultureInfo.InvariantCulture,
                $" ({campaigns.Count - usable.Length} more had fewer than {FewestPerSide} contacted or held out)");
            throw new CampaignException(string.Create(
                CultureInfo.InvariantCulture,
                $"{usable.Length} campaign{(usable.Length == 1 ? "" : "s")} with {customers:N0} customers of known outcome "
                    + $"{(usable.Length == 1 ? "is" : "are")} over{small}; expected {FewestCampaigns} campaigns or {FewestCustomers:N0} "
                    + $"customers to learn from. Note the outcomes of campaigns that are over (predictive campaign outcomes), or run "
                    + $"another."));
        }

        try
        {
            return new UpliftStudy(usable, engine, options ?? new UpliftStudyOptions(), cancellation);
        }
        catch (LearningException e)
        {
            throw new CampaignException($"Nothing can be learned from these campaigns: {e.Message}");
        }
    }

    /// <summary>Tells what was learned, and how many customers of a base each group has.</summary>
    /// <param name="scores">The base as of today.</param>
    public UpliftReport Report(ScoreTable scores)
    {
        int[] today = [.. Rows(scores).Select(r => Group(r.Uplift, r.LeftAlone))];
        return new UpliftReport(
            [.. _campaigns.Select(c => c.Size)], _folds.Sum(f => f.Members.Length), _rankings, IsBetterThanChance, _cut,
            _anyway,
            [
                .. UpliftWords.Groups.Select((g, k) =>
                {
                    int[][] rows = [.. _folds.Select(f => f.Rows(i => Group(f.Uplift[i], f.LeftAlone[i]) == k))];
                    double[] predicted = [.. _folds.SelectMany((f, i) => rows[i].Select(r => f.Uplift[r]))];
                    return new UpliftGroup(
                        g.Name, g.Meaning, predicted.Length, predicted.DefaultIfEmpty(0).Average(), Measured(rows),
                        today.Count(t => t == k));
                }),
            ],
            _tree)
        {
            Outcome = _options.Outcome,
        };
    }

    /// <summary>
    /// Per row of a scored base: spend a contact is expected to bring, uplift × spend if the customer stays, or uplift in spend as it is.
    /// </summary>
    /// <param name="scores">The base.</param>
    public double[] Gains(ScoreTable scores) =>
    [
        .. Rows(scores).Select((r, i) => r.Uplift * (_options.Outcome == UpliftOutcome.Spend ? 1
            : AtRisk.SpendIfStays(scores.ChurnProbability[i], scores.ClvExpected[i]))),
    ];

    /// <summary>What an audience is ranked by; null where it is no better than chance.</summary>
    /// <param name="scores">The base.</param>
    public AudienceGains? GainsOrNone(ScoreTable scores) => IsBetterThanChance ? new AudienceGains(RankedBy, Gains(scores)) : null;

    /// <summary>Per row of a scored base: the name of its group.</summary>
    /// <param name="scores">The base.</param>
    public string[] GroupNames(ScoreTable scores) =>
        [.. Rows(scores).Select(r => UpliftWords.Groups[Group(r.Uplift, r.LeftAlone)].Name)];

    private static string Who(EffectLeaf leaf)
    {
        // Of several questions to one measure and side the last is the sharpest.
        string[] asked =
        [
            .. leaf.Questions.Select((q, i) => (q, i)).GroupBy(x => (x.q.Feature, x.q.AtLeast)).Select(g => g.Last()).OrderBy(x => x.i)
                .Select(x => SegmentTree.Say(UpliftMeasures.Names[x.q.Feature], x.q.Cut, x.q.AtLeast)),
        ];
        return asked.Length == 0 ? "everybody" : string.Join(", ", asked);
    }

    // Campaigns differ in whom they contacted, and how many: each tells its own effect, and they count by their customers.
    private EffectEstimate? Measured(int[][] rows)
    {
        (EffectEstimate Effect, int Rows)[] told =
        [
            .. _folds.Zip(rows).Where(x => Math.Min(x.Second.Count(i => x.First.Data.Treated[i]), x.Second.Count(
                i => !x.First.Data.Treated[i])) >= FewestMeasured).Select(x => (x.First.Effect(x.Second), x.Second.Length)),
        ];
        if (told.Length == 0)
        {
            return null;
        }

        double all = told.Sum(t => t.Rows), effect = told.Sum(t => t.Rows / all * t.Effect.Effect);
        double error = Math.Sqrt(told.Sum(t => Math.Pow(t.Rows / all * t.Effect.StandardError, 2)));
        double half = told.Length == 1 ? told[0].Effect.High - effect : Normal.InvCDF(0, 1, .975) * error;
        return new EffectEstimate(
            told.Sum(t => t.Rows / all * t.Effect.Contacted), told.Sum(t => t.Rows / all * t.Effect.HeldOut), effect, error, effect - half,
            effect + half, told.Sum(t => t.Rows / all * t.Effect.VarianceLeft));
    }

    private static (UpliftData Data, CampaignMember[] Members)[] Halves(PastCampaign campaign, int seed)
    {
        (int[] first, int[] second) = campaign.Data.Halves(seed);
        return [.. new[] { first, second }.Select(h => (campaign.Data.Take(h), h.Select(i => campaign.Members[i]).ToArray()))];
    }

    private IEnumerable<(double Uplift, double LeftAlone)> Rows(ScoreTable scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        SegmentTable table = ScoredSegments.Of(scores);
        FeatureMatrix features = UpliftMeasures.Of(
            table, [.. Enumerable.Range(0, scores.Count)], scores.ChurnProbability, scores.ClvExpected);
        return _model.Uplift(features).Zip(_model.LeftAlone(features));
    }

    private int Group(double uplift, double leftAlone) =>
        uplift >= _cut ? 0 : uplift <= -_cut ? 3 : leftAlone >= _anyway ? 1 : 2;

    /// <summary>Customers of one campaign, or half, and what models that had not seen them say of them.</summary>
    private sealed record Fold(UpliftData Data, CampaignMember[] Members, double[] Uplift, double[] Plain, double[] LeftAlone)
    {
        public int[] Rows(Func<int, bool> which) => [.. Enumerable.Range(0, Members.Length).Where(which)];

        public EffectEstimate Effect(int[] rows) => AdjustedDifference.Estimate(
            [.. rows.Select(i => Data.Treated[i])], [.. rows.Select(i => Data.Outcome[i])],
            [[.. rows.Select(i => Members[i].Risk)], [.. rows.Select(i => Members[i].Value)]]);
    }
}
