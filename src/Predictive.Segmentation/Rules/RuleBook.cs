using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.History.Returns;

namespace Predictive.Segmentation.Rules;

/// <summary>The settings of every rule.</summary>
public sealed record RuleOptions
{
    /// <summary>These with a shop's own segments, scores and portfolio settings as others have them: what is not fitted.</summary>
    public RuleOptions WithOwnOf(RuleOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Segments = other.Segments, Scores = other.Scores, Combined = other.Combined, Portfolio = other.Portfolio };
    }

    /// <summary>RFM scores and segments.</summary>
    public RfmOptions Rfm { get; init; } = new();

    /// <summary>Lifecycle stages.</summary>
    public LifecycleOptions Lifecycle { get; init; } = new();

    /// <summary>Spend, percentile and A/B/C band.</summary>
    public ValueOptions Value { get; init; } = new();

    /// <summary>Loyalty score.</summary>
    public LoyaltyOptions Loyalty { get; init; } = new();

    /// <summary>Frequency × order-value groups.</summary>
    public QuadrantOptions Quadrants { get; init; } = new();

    /// <summary>Membership tiers.</summary>
    public TierOptions Tiers { get; init; } = new();

    /// <summary>Preference tags.</summary>
    public PreferenceOptions Preferences { get; init; } = new();

    /// <summary>Customer value matrix.</summary>
    public ValueMatrixOptions ValueMatrix { get; init; } = new();

    /// <summary>Bands of churn risk.</summary>
    public ChurnBandOptions ChurnBands { get; init; } = new();

    /// <summary>What to do about whom.</summary>
    public PlayOptions Plays { get; init; } = new();

    /// <summary>RFM cells gathered into groups.</summary>
    public RfmGroupOptions RfmGroups { get; init; } = new();

    /// <summary>The points ledger.</summary>
    public PointsOptions Points { get; init; } = new();

    /// <summary>Reputation and its restrictions.</summary>
    public ReputationOptions Reputation { get; init; } = new();

    /// <summary>Visits, NPS, cost of service.</summary>
    public EngagementOptions Engagement { get; init; } = new();

    /// <summary>Penetration and cross-sell gaps.</summary>
    public PenetrationOptions Penetration { get; init; } = new();

    /// <summary>Attributes inferred from baskets.</summary>
    public InferenceOptions Inference { get; init; } = new();

    /// <summary>Lifetime value.</summary>
    public LifetimeValueOptions LifetimeValue { get; init; } = new();

    /// <summary>The portfolio over time.</summary>
    public PortfolioOptions Portfolio { get; init; } = new();

    /// <summary>A shop's own weighted scores. Default none.</summary>
    public IReadOnlyList<OwnScore> Scores { get; init; } = [];

    /// <summary>Models read together. Default none.</summary>
    public IReadOnlyList<CombinedModel> Combined { get; init; } = [];

    /// <summary>A shop's own segments. Default none.</summary>
    public IReadOnlyList<OwnSegment> Segments { get; init; } = [];

    /// <summary>The checks of every section, by the name it has in segments.json: each throws what is wrong with it.</summary>
    internal IReadOnlyList<(string Section, Action Check)> Checks() =>
    [
        ("rfm", () => Rules.Rfm.Validate(Rfm)), ("lifecycle", () => Rules.Lifecycle.Validate(Lifecycle)),
        ("value", () => Rules.Value.Validate(Value)), ("loyalty", () => Rules.Loyalty.Validate(Loyalty)),
        ("quadrants", () => Rules.Quadrants.Validate(Quadrants)), ("tiers", () => Rules.Tiers.Validate(Tiers)),
        ("preferences", () => Rules.Preferences.Validate(Preferences)), ("valueMatrix", () => Rules.ValueMatrix.Validate(ValueMatrix)),
        ("churnBands", () => ChurnBand.Validate(ChurnBands)), ("plays", () => Rules.Plays.Validate(Plays)),
        ("rfmGroups", () => Rules.RfmGroups.Validate(RfmGroups)), ("points", () => Rules.Points.Validate(Points)),
        ("reputation", () => Rules.Reputation.Validate(Reputation)), ("engagement", () => Rules.Engagement.Validate(Engagement)),
        ("penetration", () => Rules.Penetration.Validate(Penetration)), ("inference", () => Rules.Inference.Validate(Inference)),
        ("lifetimeValue", () => Rules.LifetimeValue.Validate(LifetimeValue)), ("portfolio", () => PortfolioOptions.Validate(Portfolio)),
    ];

    /// <summary>The settings as JSON; equal for equal settings.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RulesJson.Default.RuleOptions);
}

/// <summary>
/// Everything the rules need to judge one customer without the base: the settings and the fitted cut-offs. Immutable; stored with a model
/// version as <c>rules.json</c>, where every cut-off in force can be read.
/// </summary>
/// <remarks>
/// To add a rule: an options record, a cut-offs record, a result record and a static class with <c>Fit</c> and a pure <c>Compute</c> in a
/// file of its own; then a property here and one in <see cref="RuleOptions"/>; a hand-computed example as its test.
/// </remarks>
public sealed record RuleBook
{
    /// <summary>The as-of of the base the cut-offs were taken from.</summary>
    public required string AsOf { get; init; }

    /// <summary>
    /// Customers of the base that those the cut-offs were taken from are a sample of; null = they were the whole base. The manifest of a
    /// version says it, not the book's JSON.
    /// </summary>
    [JsonIgnore]
    public int? SampledFrom { get; init; }

    /// <summary>The settings.</summary>
    public required RuleOptions Options { get; init; }

    /// <summary>RFM cut-offs.</summary>
    public required RfmCutoffs Rfm { get; init; }

    /// <summary>Lifecycle cut-offs for short histories.</summary>
    public required LifecycleCutoffs Lifecycle { get; init; }

    /// <summary>Value thresholds, distribution and bands.</summary>
    public required ValueCutoffs Value { get; init; }

    /// <summary>The base's cadences.</summary>
    public required LoyaltyCutoffs Loyalty { get; init; }

    /// <summary>The two lines of the frequency × order-value chart.</summary>
    public required QuadrantCutoffs Quadrants { get; init; }

    /// <summary>The tiers in force.</summary>
    public required TierCutoffs Tiers { get; init; }

    /// <summary>The base's shares of categories, products, hours and channels.</summary>
    public required PreferenceCutoffs Preferences { get; init; }

    /// <summary>RFM cells and their groups.</summary>
    public required RfmGroupCutoffs RfmGroups { get; init; }

    /// <summary>The base's rate of incidents.</summary>
    public required ReputationCutoffs Reputation { get; init; }

    /// <summary>What the base has events of.</summary>
    public required EngagementCutoffs Engagement { get; init; }

    /// <summary>Which categories go together.</summary>
    public required PenetrationCutoffs Penetration { get; init; }

    /// <summary>What each rule of inference is worth.</summary>
    public required InferenceCutoffs Inference { get; init; }

    /// <summary>Bands of the lifetime value; null until <see cref="WithLifetimeValue"/>, because they need predictions.</summary>
    public LifetimeValueCutoffs? LifetimeValue { get; init; }

    /// <summary>The lines of the value matrix; null until <see cref="WithValueMatrix"/>, because they need predictions.</summary>
    public ValueMatrixCutoffs? ValueMatrix { get; init; }

    /// <summary>
    /// Fits every rule that needs no prediction on the customers with a purchase before a local time; returned orders count for nothing
    /// (<see cref="ReturnMatching"/>).
    /// </summary>
    /// <exception cref="RulesException">Settings that cannot be used.</exception>
    public static RuleBook Fit(TransactionHistory history, LocalTime asOf, RuleOptions? options = null)
    {
        options ??= new RuleOptions();
        foreach (var (_, check) in options.Checks())
        {
            check();
        }

        TransactionHistory marked = ReturnMatching.Mark(history, asOf);
        RfmCutoffs rfm = Rules.Rfm.Fit(marked, asOf, options.Rfm);
        LifecycleCutoffs lifecycle = null!;
        ValueCutoffs value = null!;
        LoyaltyCutoffs loyalty = null!;
        QuadrantCutoffs quadrants = null!;
        TierCutoffs tiers = null!;
        PreferenceCutoffs preferences = null!;
        RfmGroupCutoffs groups = null!;
        ReputationCutoffs reputation = null!;
        PenetrationCutoffs penetration = null!;
        InferenceCutoffs inference = null!;
        Together.Run(
            () => preferences = Rules.Preferences.Fit(marked, asOf, options.Preferences),
            () => groups = Rules.RfmGroups.Fit(marked, asOf, options.Rfm, rfm, options.RfmGroups),
            () => lifecycle = Rules.Lifecycle.Fit(marked, asOf, options.Lifecycle),
            () => value = Rules.Value.Fit(marked, asOf, options.Value, (options.Rfm, rfm)),
            () => loyalty = Rules.Loyalty.Fit(marked, asOf, options.Loyalty),
            () => quadrants = Rules.Quadrants.Fit(marked, asOf, options.Quadrants),
            () => tiers = Rules.Tiers.Fit(marked, asOf, options.Tiers),
            () => reputation = Rules.Reputation.Fit(marked, asOf, options.Reputation),
            () => penetration = Rules.Penetration.Fit(marked, asOf, options.Penetration),
            () => inference = Rules.Inference.Fit(marked, asOf, options.Inference));
        return new RuleBook
        {
            AsOf = asOf.ToString(),
            Options = options,
            Rfm = rfm,
            Lifecycle = lifecycle,
            Value = value,
            Loyalty = loyalty,
            Quadrants = quadrants,
            Tiers = tiers,
            Preferences = preferences,
            RfmGroups = groups,
            Reputation = reputation,
            Engagement = Rules.Engagement.Fit(marked, options.Engagement),
            Penetration = penetration,
            Inference = inference,
        };
    }

    /// <summary>With the lines of the value matrix, from the predictions for the base.</summary>
    public RuleBook WithValueMatrix(
        TransactionHistory history, int[] customers, LocalTime asOf, int horizonDays, ReadOnlySpan<double> expected) =>
        this with
        {
            ValueMatrix = Rules.ValueMatrix.Fit(
                ReturnMatching.Mark(history, asOf), customers, asOf, horizonDays, expected, Options.ValueMatrix, (Options.Rfm, Rfm)),
        };

    /// <summary>With the bands of the lifetime value, from the predictions for the base.</summary>
    /// <param name="history">The base.</param>
    /// <param name="customers">Whom the predictions are for.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="horizonDays">Horizon of the predictions.</param>
    /// <param name="churn">Chance of no purchase, one per customer.</param>
    /// <param name="expected">Predicted net spend, one per customer.</param>
    public RuleBook WithLifetimeValue(
        TransactionHistory history, int[] customers, LocalTime asOf, int horizonDays, double[] churn, double[] expected)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(customers);
        ArgumentNullException.ThrowIfNull(churn);
        ArgumentNullException.ThrowIfNull(expected);
        double[] past = BaseScan.Select(history, customers, asOf, (_, lines) => PurchaseTimeline.Read(lines).Net);
        return this with
        {
            LifetimeValue = Rules.LifetimeValue.Fit(
                past.Select((net, i) => Rules.LifetimeValue.Compute(
                    net, churn[i], expected[i], horizonDays, Options.LifetimeValue, null).Total),
                Options.LifetimeValue),
        };
    }

    /// <summary>The book as JSON, indented, equal for equal books.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RulesJson.Default.RuleBook);

    /// <summary>Reads a book.</summary>
    /// <exception cref="RulesException">Not JSON of that shape.</exception>
    public static RuleBook FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RulesJson.Default.RuleBook)
                ?? throw new RulesException("the rule book", ["it is empty"]);
        }
        catch (JsonException e)
        {
            throw new RulesException("the rule book", [e.Message], e);
        }
    }
}

/// <summary>JSON of the rules: camel case, enums by name, NaN and infinities by name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RuleBook))]
[JsonSerializable(typeof(RuleOptions))]
[JsonSerializable(typeof(IReadOnlyList<RfmSegmentRule>))]
internal sealed partial class RulesJson : JsonSerializerContext;
