namespace Predictive.Segmentation.Metrics;

/// <summary>What a metric is about.</summary>
public enum MetricScope
{
    /// <summary>One customer, as of a time.</summary>
    Customer,

    /// <summary>The whole base, or a group of customers, as of a time.</summary>
    Base,

    /// <summary>What happened from one day to another, of the whole base or of any group of lines.</summary>
    Period,
}

/// <summary>One metric: the only place that says what it means. A changed formula is a new version.</summary>
/// <param name="Name">Lower case, underscores; what outputs call it.</param>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Scope">Of one customer, of the base, or of a period.</param>
/// <param name="Unit">days, orders, money, share, 0–100 ... or text.</param>
/// <param name="Description">What it says, in one sentence.</param>
/// <param name="Formula">How it is computed, and with which settings of segments.json.</param>
public record MetricDefinition(string Name, int Version, MetricScope Scope, string Unit, string Description, string Formula)
{
    /// <summary>How outputs name the definition: <c>loyalty_score/1</c>.</summary>
    public string Id => $"{Name}/{Version.ToString(System.Globalization.CultureInfo.InvariantCulture)}";

    /// <summary>What people call it, in both languages.</summary>
    public MetricWords Words => MetricWords.Of(Name);

    /// <summary>Whose definition it is: who is asked before it changes.</summary>
    public string Owner => Words.Owner;

    /// <summary>The formula as code: SQL over the columns of the transactions; null = the formula says it.</summary>
    public virtual string? Code => null;

    /// <summary>What one value is of.</summary>
    public string Grain => Scope switch
    {
        MetricScope.Customer => "one customer",
        MetricScope.Base => "the base, or a group of customers",
        _ => "the base, or a group of lines",
    };

    /// <summary>Which time counts.</summary>
    public virtual string TimeRule => "as of a local time: only what is strictly before it counts";
}

/// <summary>A metric of one customer, with how its value is taken from the facts.</summary>
public sealed record CustomerMetric : MetricDefinition
{
    private readonly Func<CustomerFacts, double>? _number;
    private readonly Func<CustomerFacts, string?>? _text;

    internal CustomerMetric(
        string name, int version, string unit, string description, string formula, Func<CustomerFacts, double>? number,
        Func<CustomerFacts, string?>? text, bool needsModel = false)
        : base(name, version, MetricScope.Customer, unit, description, formula) =>
        (_number, _text, NeedsModel) = (number, text, needsModel);

    /// <summary>Whether the value is a text; else a number.</summary>
    public bool IsText => _text is not null;

    /// <summary>Whether it needs a trained model.</summary>
    public bool NeedsModel { get; }

    /// <summary>The number; NaN = none, or a text.</summary>
    public double Number(CustomerFacts facts) => _number?.Invoke(facts) ?? double.NaN;

    /// <summary>The text; null = none, or a number.</summary>
    public string? Text(CustomerFacts facts) => _text?.Invoke(facts);
}
