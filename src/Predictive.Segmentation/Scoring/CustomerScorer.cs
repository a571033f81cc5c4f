using System.Globalization;
using System.Runtime.CompilerServices;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Segments;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Scoring;

/// <summary>Settings of batch scoring.</summary>
public sealed record ScoreAllOptions
{
    /// <summary>Threads; 0 = one per core. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Thresholds of the drift report.</summary>
    public DriftOptions Drift { get; init; } = new();
}

/// <summary>How far batch scoring is.</summary>
/// <param name="Done">Customers scored.</param>
/// <param name="Total">Customers to score.</param>
public readonly record struct ScoreProgress(int Done, int Total);

/// <summary>
/// A loaded model and a customer's history in, one score out. Scoring one customer and scoring all go through the same code and agree to
/// the last bit. Immutable; safe to use from several threads.
/// </summary>
public sealed class CustomerScorer
{
    /// <summary>Reasons a score gives.</summary>
    public const int MostReasons = 3;

    /// <summary>Recommendations a score gives.</summary>
    public const int MostRecommendations = 3;

    /// <summary>
    /// Bytes taken beside a history while it is scored in parts: a model, the words of a block of scores, the row group being written. What
    /// is left of a limit is the history's.
    /// </summary>
    public const long BesideHistory = 144L << 20;

    /// <summary>Bytes that a customer of a part takes while it is scored: a row of <see cref="ScoreTable"/>.</summary>
    public const long BytesPerCustomer = 192;

    private const int Chunk = 1024;

    /// <summary>A next order expected later than a century from now is none.</summary>
    private const double MostDays = 36_525;

    [ThreadStatic]
    private static ReturnMatching? t_matching;

    // Tags and recommendations are told by name, histories hold codes: the match is made once per base, and anew for each history that
    // comes with a request.
    private readonly ConditionalWeakTable<TransactionHistory, BoundWords> _bound = [];
    private readonly RarestShares _rarest;
    private readonly Dictionary<string, int>? _items;
    private readonly ValueMatrixCutoffs _matrix;
    private readonly OwnModelReader _own;

    /// <summary>For a bundle.</summary>
    /// <param name="bundle">From <see cref="ModelBundle.Load"/>.</param>
    /// <param name="stamp">Name and version, for the answers.</param>
    public CustomerScorer(ModelBundle bundle, ModelStamp stamp)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(stamp);
        Bundle = bundle;
        Stamp = stamp;
        _rarest = Preferences.RarestOf(bundle.Rules.Preferences);
        _items = bundle.Recommendations is { } recommendations ? Recommender.IndexOf(recommendations.Model) : null;
        _own = new OwnModelReader(bundle.Rules.Options);
        _matrix = bundle.Rules.ValueMatrix
            ?? throw new ArgumentException("The rule book has no value matrix; fit it with the predictions first.", nameof(bundle));
    }

    /// <summary>The models and cut-offs.</summary>
    public ModelBundle Bundle { get; }

    /// <summary>Which version answers.</summary>
    public ModelStamp Stamp { get; }

    /// <summary>Scores that were given in the place of a model; null = the version was trained.</summary>
    public GivenScores? Given => Bundle.Given;

    /// <summary>The as-of of whoever names none: the usual one, but the only one there is where scores were given.</summary>
    /// <param name="usual">Midnight after the last transaction; see <c>DefaultAsOf</c>.</param>
    public LocalTime AsOfFor(LocalTime usual) => Given?.AsOf ?? usual;

    /// <summary>Whether a customer can be scored: has a purchase strictly before the as-of.</summary>
    public static bool CanScore(
        TransactionHistory history, int customer, LocalTime asOf) => Population.IsMember(history.Lines(customer), asOf);

    /// <summary>Scores one customer.</summary>
    /// <param name="history">Holds the customer; facts at or after <paramref name="asOf"/> are not looked at.</param>
    /// <param name="customer">Index into it.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="withLever">Whether to look for what would lower the risk most (a few more scorings). Default true.</param>
    /// <exception cref="DatasetException">The customer has no purchase before the as-of.</exception>
    public CustomerScore Score(TransactionHistory history, int customer, LocalTime asOf, bool withLever = true)
    {
        ArgumentNullException.ThrowIfNull(history);
        return Score(history, customer, asOf, _bound.GetValue(history, Bind), withLever);
    }

    /// <summary>The same for a history that is scored once, such as one that came with a request: nothing of it is kept.</summary>
    /// <exception cref="DatasetException">The customer has no purchase before the as-of.</exception>
    public CustomerScore ScoreOnce(TransactionHistory history, int customer, LocalTime asOf, bool withLever = true)
    {
        ArgumentNullException.ThrowIfNull(history);
        return Score(history, customer, asOf, Bind(history), withLever);
    }

    private CustomerScore Score(TransactionHistory history, int customer, LocalTime asOf, BoundWords bound, bool withLever)
    {
        CustomerLines lines = history.Lines(customer);
        if (!Population.IsMember(lines, asOf))
        {
            throw new DatasetException(
                "no-purchase-before-as-of",
                $"Customer '{history.CustomerId(customer)}' has no purchase before {asOf}; a score needs at least one line with an "
                    + "amount above 0 before it. Choose a later as-of.");
        }

        Span<float> row = stackalloc float[Bundle.Profile.Features.Count];
        Given?.RequireAt(asOf);
        FeatureSet.Compute(lines, asOf, FeatureHorizonDays, Bundle.Profile, row);
        (double churn, ClvPrediction clv) = Predict(history.CustomerId(customer), asOf, row);
        CustomerLines kept = (t_matching ??= new ReturnMatching()).Mark(lines.Before(asOf), out ReturnCounts returns);
        CustomerRules read = bound.Rules.Read(kept, asOf);
        RuleResults rules = Apply(kept, asOf, clv, read.Rfm, read.Lifecycle, read.Tier);
        Portrait portrait = Bundle.Portraits.Description.Portraits[Bundle.Portraits.Assign(row)];
        string band = ChurnBand.Names[ChurnBand.Compute(churn, Bundle.Rules.Options.ChurnBands)];
        CustomerPredictions predictions = ScoredSegments.Of(
            kept, asOf, Bundle.Rules, read, Bundle.Manifest.HorizonDays, churn, clv, portrait.Name);
        OwnModelResult own = _own.Read(new CustomerFacts(asOf, read, predictions, history.Tables, customer));
        (Play play, string why) = Plays.Compute(band, rules.Cell, rules.Lifecycle.Stage, Bundle.Rules.Options.Plays);
        return new CustomerScore(
            history.CustomerId(customer),
            asOf.ToString(),
            Stamp,
            new RfmScore(
                rules.Rfm.RecencyDays, rules.Rfm.Frequency, rules.Rfm.Monetary, rules.Rfm.R, rules.Rfm.F, rules.Rfm.M, rules.Rfm.Score,
                rules.Rfm.Segment) { Group = read.RfmGroup },
            new LifecycleScore(
                Lifecycle.NameOf(rules.Lifecycle.Stage), rules.Lifecycle.Since.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                rules.Lifecycle.Reason),
            new ChurnScore(
                churn,
                Bundle.Distribution.Percentile(churn),
                band,
                Reasons(row, kept, returns),
                withLever && !returns.KeptNothing && Given is null
                    ? RiskLevers.Find(lines, asOf, FeatureHorizonDays, Bundle.Profile, Bundle.Churn, row, churn)
                    : null,
                new BandStarts(Bundle.Rules.Options.ChurnBands.MediumFrom, Bundle.Rules.Options.ChurnBands.HighFrom)),
            new ClvScore(
                Cents.Of(clv.Expected), Cents.Of(clv.Low), Cents.Of(clv.High), Bundle.Manifest.HorizonDays, clv.ExpectedOrders,
                NextOrderDate(asOf, clv.NextOrderDays)),
            new TierScore(rules.Tier.Tier, rules.PredictedTier.Tier),
            new ValueMatrixScore(
                ValueMatrix.NameOf(rules.Cell), $"{play.Goal}: {play.Action} ({play.Channel}, {play.Resources} resources)"),
            new PortraitScore(portrait.Id, portrait.Name, portrait.Traits),
            TagsOf(bound, kept, asOf),
            NextBest(bound, kept, asOf),
            new PlayScore(play.Goal, play.Action, play.Channel, play.Resources, why),
            returns)
        {
            Value = read.Value,
            Loyalty = new LoyaltyScore(
                Math.Round(read.Loyalty.Score, 2), read.LoyaltyBand, read.Loyalty.CadenceDays, read.Loyalty.Regularity),
            Quadrant = read.Quadrant,
            Points = read.Points,
            Reputation = read.Reputation,
            Engagement = read.Engagement == EngagementResult.NoData ? null : read.Engagement,
            Lifetime = predictions.Lifetime,
            Penetration = read.Penetration,
            Inferred = read.Inferred,
            Segments = [.. _own.SegmentNames.Where((_, i) => own.Segments[i])],
            Scores = Bundle.Rules.Options.Scores.Select((s, i) => (s.Name, Points: own.Scores[i])).Where(s => !double.IsNaN(s.Points))
                .ToDictionary(s => s.Name, s => s.Points),
            Combined = Bundle.Rules.Options.Combined.Select((c, i) => (c.Name, Text: own.Combined[i])).Where(c => c.Text is not null)
                .ToDictionary(c => c.Name, c => c.Text!),
        };
    }

    /// <summary>Everything about one row of a table that this scorer made.</summary>
    /// <param name="table">From <see cref="ScoreAll"/> or <see cref="ScoreParts"/>.</param>
    /// <param name="row">0 to its count.</param>
    /// <param name="withLever">As in the other form.</param>
    public CustomerScore Score(ScoreTable table, int row, bool withLever = true)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Score(table.History, table.Customers[row], table.AsOf, withLever);
    }

    /// <summary>Scores everyone with a purchase before the as-of: the numbers in columns, the words on demand.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="progress">Told now and then, from any thread.</param>
    /// <param name="cancellation">Ends the scoring early.</param>
    /// <exception cref="DatasetException">Nobody has a purchase before the as-of, or the customers are accounts and the model's are people,
    /// or the other way round, or scores were given as of another time.</exception>
    public ScoreTable ScoreAll(
        TransactionHistory history, LocalTime asOf, ScoreAllOptions? options = null, IProgress<ScoreProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        options ??= new ScoreAllOptions();
        var drift = new DriftCounter(Bundle.Drift);
        ScoreTable table =
            Scored(history, asOf, options, drift, progress, cancellation) ?? throw NobodyToScore(history.CustomerCount, asOf);
        table.Drift = drift.Report(options.Drift);
        return table;
    }

    /// <summary>
    /// Scores a base part by part (<see cref="History.Loading.DatasetLoader.LoadInParts"/>): one table per part that has somebody to score,
    /// each to be used before the next is asked for. The rows are those of <see cref="ScoreAll"/>; a table's drift report tells of all
    /// parts so far.
    /// </summary>
    /// <exception cref="DatasetException">Nobody has a purchase before the as-of: told at the end.</exception>
    public IEnumerable<ScoreTable> ScoreParts(
        IEnumerable<TransactionHistory> parts, LocalTime asOf, ScoreAllOptions? options = null, IProgress<ScoreProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(parts);
        options ??= new ScoreAllOptions();
        var drift = new DriftCounter(Bundle.Drift);
        int customers = 0;
        bool any = false;
        foreach (TransactionHistory part in parts)
        {
            customers += part.CustomerCount;
            if (Scored(part, asOf, options, drift, progress, cancellation) is { } table)
            {
                any = true;
                table.Drift = drift.Report(options.Drift);
                yield return table;
            }
        }

        if (!any)
        {
            throw NobodyToScore(customers, asOf);
        }
    }

    private static DatasetException NobodyToScore(int customers, LocalTime asOf) => new(
        "no-purchase-before-as-of",
        $"None of the {customers:N0} customers has a purchase before {asOf}; scoring needs at least one. Choose a later as-of.");

    /// <summary>The table of a history, counted into the drift; null where there is nobody to score.</summary>
    private ScoreTable? Scored(
        TransactionHistory history, LocalTime asOf, ScoreAllOptions options, DriftCounter drift, IProgress<ScoreProgress>? progress,
        CancellationToken cancellation)
    {
        if ((Bundle.Manifest.CustomersAre, history.Description.Level) is var (learned, asked) && learned != asked)
        {
            throw new DatasetException(
                "other-level",
                $"The customers of the data are {LevelNames.Many(asked)}, those that {Stamp.Name}/{Stamp.Version} learned from "
                    + $"{LevelNames.Many(learned)}; expected the same. Use --level {LevelNames.Of(learned)}, or train with --level "
                    + $"{LevelNames.Of(asked)}.");
        }

        Given?.RequireAt(asOf);
        int[] customers = Population.At(history, asOf);
        if (Given is { } given)
        {
            // Lines that came late may have made customers of people whom nobody could score then.
            customers = Array.FindAll(customers, c => given.Holds(history.CustomerId(c)));
        }

        if (customers.Length == 0)
        {
            return null;
        }

        var table = new ScoreTable(Bundle, Stamp, history, asOf, customers);
        int done = 0;
        Parallel.For(
            0,
            (customers.Length + Chunk - 1) / Chunk,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
                CancellationToken = cancellation,
            },
            () => new DriftCounter(Bundle.Drift),
            (chunk, _, counter) =>
            {
                int start = chunk * Chunk, end = Math.Min(customers.Length, start + Chunk);
                FillChunk(table, start, end, counter);
                progress?.Report(new ScoreProgress(Interlocked.Add(ref done, end - start), customers.Length));
                return counter;
            },
            counter =>
            {
                lock (drift)
                {
                    drift.Add(counter);
                }
            });
        return table;
    }

    /// <summary>The strongest reasons behind a row's churn probability.</summary>
    private IReadOnlyList<ScoreReason> Reasons(ReadOnlySpan<float> row, CustomerLines before, ReturnCounts returns)
    {
        if (Given is { } given)
        {
            return GivenReasons(given);
        }

        Span<double> contributions = stackalloc double[Bundle.Churn.FeatureNames.Count + 1];
        Bundle.Churn.Explain(row, contributions);
        return Reasons(row, contributions, returns, returns.KeptNothing ? PurchaseTimeline.ReadAll(before).Days[^1] : 0);
    }

    private IReadOnlyList<ScoreReason> Reasons(
        ReadOnlySpan<float> row, ReadOnlySpan<double> contributions, ReturnCounts returns, int lastDay) => returns.KeptNothing
        ? ReasonWriter.OfNothingKept(contributions, returns.ReturnedOrders, lastDay)
        : ReasonWriter.Write(row, contributions, Bundle.Profile, MostReasons, Bundle.Rules.Options.ChurnBands.MediumFrom);

    /// <summary>Tags and texts of reasons for a block of customers, joined: explained together, for speed.</summary>
    internal void Words(
        TransactionHistory history, ReadOnlySpan<int> customers, LocalTime asOf, string separator, Span<string> tags, Span<string> reasons)
    {
        int width = Bundle.Profile.Features.Count;
        var rows = new float[customers.Length * width];
        var contributions = new double[customers.Length * (width + 1)];
        var features = new FeatureRow(asOf, FeatureHorizonDays, Bundle.Profile);
        ReturnMatching matching = t_matching ??= new ReturnMatching();
        BoundWords bound = _bound.GetValue(history, Bind);
        var returns = new ReturnCounts[customers.Length];
        var lastDays = new int[customers.Length];
        for (int i = 0; i < customers.Length; i++)
        {
            CustomerLines lines = history.Lines(customers[i]);
            features.Fill(lines, rows.AsSpan(i * width, width));
            CustomerLines kept = matching.Mark(lines.Before(asOf), out returns[i]);
            lastDays[i] = returns[i].KeptNothing ? PurchaseTimeline.ReadAll(kept).Days[^1] : 0;
            tags[i] = string.Join(separator, TagsOf(bound, kept, asOf).Select(t => t.Tag));
        }

        if (Given is null)
        {
            Bundle.Churn.Explain(rows, contributions);
        }

        for (int i = 0; i < customers.Length; i++)
        {
            IReadOnlyList<ScoreReason> own = Given is { } given
                ? GivenReasons(given)
                : Reasons(rows.AsSpan(i * width, width), contributions.AsSpan(i * (width + 1), width + 1), returns[i], lastDays[i]);
            reasons[i] = string.Join(separator, own.Select(r => r.Text));
        }
    }

    private static IReadOnlyList<PreferenceScore> TagsOf(BoundWords bound, CustomerLines lines, LocalTime asOf) =>
        [.. bound.Preferences.Compute(lines, asOf).Select(t => new PreferenceScore(t.Tag, t.Strength, t.Support)
        {
            Name = t.Tag.StartsWith("product:", StringComparison.Ordinal) ? bound.ProductNames?.GetValueOrDefault(t.Tag[8..]) : null,
        })];

    private static IReadOnlyList<NextBestScore> NextBest(BoundWords bound, CustomerLines lines, LocalTime asOf) =>
        bound.Recommender is { } recommender
            ? [.. recommender.Recommend(lines, asOf, MostRecommendations).Select(r => new NextBestScore(r.Item, r.IsNew, r.Because)
            {
                Name = recommender.AreProducts ? bound.ProductNames?.GetValueOrDefault(r.Item) : null,
            })]
            : [];

    private BoundWords Bind(TransactionHistory history) => new(
        new BoundPreferences(history, Bundle.Rules.Options.Preferences, Bundle.Rules.Preferences, _rarest),
        Bundle.Recommendations is { } recommendations ? new Recommender(recommendations.Model, history, _items!) : null,
        history.Columns.ProductNames, new RuleReader(Bundle.Rules, history));

    /// <summary>The horizon features are computed for.</summary>
    internal int FeatureHorizonDays => Given is null ? Bundle.Churn.FeatureHorizonDays : Bundle.Manifest.HorizonDays;

    private (double Churn, ClvPrediction Clv) Predict(string customer, LocalTime asOf, ReadOnlySpan<float> row)
    {
        if (Given is not { } given)
        {
            double churn = Bundle.Churn.Predict(row);
            return (churn, Bundle.Clv.Predict(row, churn));
        }

        GivenScore score = given.Find(customer, asOf);
        return (score.Churn, PredictionOf(score));
    }

    private static ClvPrediction PredictionOf(GivenScore s) => new(s.Spend, s.Low, s.High, s.Orders, double.NaN, double.NaN, double.NaN);

    private static IReadOnlyList<ScoreReason> GivenReasons(GivenScores given) =>
        [new ScoreReason(ScoreReason.GivenFeature, null, 0, given.NoReasons)];

    private static string? NextOrderDate(LocalTime asOf, double days) =>
        double.IsFinite(days) && days < MostDays
            ? asOf.AddDays((int)Math.Round(days)).ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : null;

    private void FillChunk(ScoreTable table, int start, int end, DriftCounter counter)
    {
        ReadOnlySpan<int> customers = table.Customers.AsSpan(start, end - start);
        FeatureMatrix features = FeatureSet.Compute(table.History, customers, table.AsOf, FeatureHorizonDays, Bundle.Profile, threads: 1);
        Span<double> churn = table.ChurnProbability.AsSpan(start, end - start);
        var clv = new ClvPrediction[customers.Length];
        var expected = new double[customers.Length];
        if (Given is { } given)
        {
            for (int i = 0; i < customers.Length; i++)
            {
                GivenScore score = given.Find(table.History.CustomerId(customers[i]), table.AsOf);
                (churn[i], clv[i]) = (score.Churn, PredictionOf(score));
            }
        }
        else
        {
            Bundle.Churn.Predict(features, churn, threads: 1);
            Bundle.Clv.Predict(features, churn, clv, threads: 1);
        }

        ReturnMatching matching = t_matching ??= new ReturnMatching();
        Span<float> row = stackalloc float[features.Columns];
        for (int i = 0; i < customers.Length; i++)
        {
            features.CopyRow(i, row);
            expected[i] = clv[i].Expected;
            CustomerLines kept = matching.Mark(table.History.Lines(customers[i]).Before(table.AsOf), out ReturnCounts returns);
            table.Set(start + i, clv[i], Apply(kept, table.AsOf, clv[i]), returns, Bundle.Portraits.Assign(row));
        }

        counter.Add(features, churn, expected);
    }

    private RuleResults Apply(CustomerLines lines, LocalTime asOf, ClvPrediction clv)
    {
        RuleBook rules = Bundle.Rules;
        return Apply(
            lines, asOf, clv, Rfm.Compute(lines, asOf, rules.Options.Rfm, rules.Rfm),
            Lifecycle.Compute(lines, asOf, rules.Options.Lifecycle, rules.Lifecycle),
            Tiers.Compute(lines, asOf, rules.Options.Tiers, rules.Tiers));
    }

    private RuleResults Apply(
        CustomerLines lines, LocalTime asOf, ClvPrediction clv, RfmResult rfm, LifecycleResult lifecycle, TierResult tier)
    {
        RuleBook rules = Bundle.Rules;
        TierResult predicted = Tiers.Predict(
            lines, asOf, Bundle.Manifest.HorizonDays, clv.Expected, clv.ExpectedOrders, tier, rules.Options.Tiers, rules.Tiers);
        ValueMatrixResult matrix = ValueMatrix.Compute(
            lines, asOf, clv.Expected, rules.Options.ValueMatrix, _matrix, (rules.Options.Rfm, rules.Rfm));
        return new RuleResults(rfm, lifecycle, tier, predicted, matrix.Cell);
    }
}

/// <summary>Tags and recommendations joined with the codes of one history.</summary>
internal sealed record BoundWords(
    BoundPreferences Preferences, Recommender? Recommender, IReadOnlyDictionary<string, string>? ProductNames, RuleReader Rules);

/// <summary>What the rules say of one customer.</summary>
internal readonly record struct RuleResults(
    RfmResult Rfm, LifecycleResult Lifecycle, TierResult Tier, TierResult PredictedTier, ValueMatrixCell Cell);
