using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.History.Returns;

namespace Predictive.Segmentation.Rules;

/// <summary>The settings of every rule.</summary>
public sealed record RuleOptions
{
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
        TransactionHistory marked = ReturnMatching.Mark(history, asOf);
        ChurnBand.Validate(options.ChurnBands);
        Rules.Plays.Validate(options.Plays);
        RfmCutoffs rfm = null!;
        LifecycleCutoffs lifecycle = null!;
        ValueCutoffs value = null!;
        LoyaltyCutoffs loyalty = null!;
        QuadrantCutoffs quadrants = null!;
        TierCutoffs tiers = null!;
        PreferenceCutoffs preferences = null!;
        Together.Run(
            () => preferences = Rules.Preferences.Fit(marked, asOf, options.Preferences),
            () => rfm = Rules.Rfm.Fit(marked, asOf, options.Rfm),
            () => lifecycle = Rules.Lifecycle.Fit(marked, asOf, options.Lifecycle),
            () => value = Rules.Value.Fit(marked, asOf, options.Value),
            () => loyalty = Rules.Loyalty.Fit(marked, asOf, options.Loyalty),
            () => quadrants = Rules.Quadrants.Fit(marked, asOf, options.Quadrants),
            () => tiers = Rules.Tiers.Fit(marked, asOf, options.Tiers));
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
        };
    }

    /// <summary>With the lines of the value matrix, from the predictions for the base.</summary>
    public RuleBook WithValueMatrix(
        TransactionHistory history, int[] customers, LocalTime asOf, int horizonDays, ReadOnlySpan<double> expected) =>
        this with
        {
            ValueMatrix = Rules.ValueMatrix.Fit(
                ReturnMatching.Mark(history, asOf), customers, asOf, horizonDays, expected, Options.ValueMatrix),
        };

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
