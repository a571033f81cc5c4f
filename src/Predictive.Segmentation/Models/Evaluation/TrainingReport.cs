using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Models.Evaluation;

/// <summary>How the models were made and what they are worth, as far as the data before the as-of can tell.</summary>
public sealed record TrainingReport
{
    /// <summary>
    /// How labels were had: <c>windows</c> (full label windows), <c>carried</c> (shorter windows carried to the horizon) or
    /// <c>lifetimes</c> (no labels; lifetimes models only).
    /// </summary>
    public required string Method { get; init; }

    /// <summary>Customers with a purchase before the as-of.</summary>
    public required int Customers { get; init; }

    /// <summary>As-of dates of the training snapshots, newest first.</summary>
    public required IReadOnlyList<string> TrainSnapshots { get; init; }

    /// <summary>
    /// Cutoffs of the windows inside the training period that settings were chosen on, newest first; empty where none fits.
    /// </summary>
    public required IReadOnlyList<string> ValidationWindows { get; init; }

    /// <summary>What a user should know, in plain words: a season never seen, dropout not identifiable, a carried horizon ...</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Churn metrics over the validation windows; null where none fits.</summary>
    public ChurnMetrics? ValidationChurn { get; init; }

    /// <summary>CLV metrics over the validation windows; null where none fits.</summary>
    public ClvMetrics? ValidationClv { get; init; }

    /// <summary>The named baselines over the same windows: recency, rfm, bgnbd, gammaGamma. Empty where no window fits.</summary>
    public required IReadOnlyDictionary<string, BaselineMetrics> ValidationBaselines { get; init; }

    /// <summary>A–D against the named baselines; null where there was no window to judge on.</summary>
    public ModelGrade? Grade { get; init; }

    /// <summary>Candidates of churn and CLV over the validation windows, best first.</summary>
    public required IReadOnlyList<LeaderboardEntry> Leaderboard { get; init; }

    /// <summary>Weights of the churn blend, summing to 1.</summary>
    public required IReadOnlyDictionary<string, double> ChurnBlend { get; init; }

    /// <summary>
    /// Weights of the members of the value model, summing to 1; empty in reports made before they were chosen by the base.
    /// </summary>
    public IReadOnlyDictionary<string, double> ValueBlend { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// How the levels of churn, spend and orders were set; null where the models' own stand (carried horizons, lifetimes only).
    /// </summary>
    public LevelReport? Level { get; init; }

    /// <summary>
    /// What the base will spend in the coming window, and how sure that is; null = no window has told how far totals miss.
    /// </summary>
    public ExpectedTotal? TotalSpend { get; init; }

    /// <summary>False where the history does not reach back to the same season a year ago.</summary>
    public bool IsSeasonSeen { get; init; }

    /// <summary>
    /// What was learned from, where that is a sample of the base: <see cref="Customers"/> and <see cref="TotalSpend"/> are then of the
    /// sample alone. Null = the whole base.
    /// </summary>
    public SampleStamp? Sample { get; init; }

    /// <summary>Seconds per stage, in order; not part of the model.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }
}

/// <summary>
/// How the levels were set: the learned models' moved by the season, and the lifetimes models' by what they missed, weighed against each
/// other.
/// </summary>
/// <param name="PastWindows">Windows before the as-of that season and misses were told by.</param>
/// <param name="LifetimesShare">Weight of the lifetimes models in the level, 0–1.</param>
/// <param name="ChurnSeason">The coming window's season above that of the windows trained on, log-odds of churn.</param>
/// <param name="ChurnMiss">What Pareto/NBD is expected to miss, log-odds of churn.</param>
/// <param name="ChurnShift">What was added to every customer's log-odds of churn.</param>
/// <param name="SpendSeason">As <paramref name="ChurnSeason"/>, logarithm of net spend.</param>
/// <param name="SpendMiss">What Pareto/NBD × Gamma-Gamma is expected to miss, logarithm of net spend.</param>
/// <param name="SpendFactor">What every customer's value was multiplied by.</param>
/// <param name="OrdersFactor">The same of expected orders.</param>
public sealed record LevelReport(
    int PastWindows,
    double LifetimesShare,
    double ChurnSeason,
    double ChurnMiss,
    double ChurnShift,
    double SpendSeason,
    double SpendMiss,
    double SpendFactor,
    double OrdersFactor);

/// <summary>Net spend of everybody in the coming window.</summary>
/// <param name="Expected">Sum of the customers' expected net spend.</param>
/// <param name="Low">Low end of an 80 % interval.</param>
/// <param name="High">High end.</param>
/// <param name="Error">Standard deviation of ln(expected / actual) that the interval stands on.</param>
public sealed record ExpectedTotal(double Expected, double Low, double High, double Error)
{
    private const double NormalQuantile90 = 1.2816;

    /// <summary>Log-normal around the expected total.</summary>
    /// <param name="expected">Sum of the customers' expected net spend.</param>
    /// <param name="error">Standard deviation of ln(expected / actual), 0 or more.</param>
    public static ExpectedTotal Of(double expected, double error)
    {
        double factor = Math.Exp(NormalQuantile90 * error);
        return new ExpectedTotal(expected, expected / factor, expected * factor, error);
    }
}

/// <summary>One candidate, judged out of time.</summary>
/// <param name="Task">churn or clv.</param>
/// <param name="Candidate">Its name, such as <c>trees 16 × 150</c>.</param>
/// <param name="Weight">Its weight in the blend that was chosen; 0 = left out.</param>
/// <param name="Auc">Churn: area under the ROC curve.</param>
/// <param name="LogLoss">Churn: mean log loss.</param>
/// <param name="Gini">CLV: normalised Gini.</param>
/// <param name="Spearman">CLV: rank correlation.</param>
/// <param name="Windows">Validation windows it was judged on.</param>
public sealed record LeaderboardEntry(
    string Task, string Candidate, double Weight, double? Auc, double? LogLoss, double? Gini, double? Spearman, int Windows);

/// <summary>A grade in words a marketer reads.</summary>
/// <param name="Churn">A–D.</param>
/// <param name="Clv">A–D.</param>
/// <param name="Overall">The worse of the two.</param>
/// <param name="Reasons">What was beaten and by how much, and what was not.</param>
public sealed record ModelGrade(string Churn, string Clv, string Overall, IReadOnlyList<string> Reasons)
{
    /// <summary>The same as numbers: AUC, log loss, Gini, Spearman, each against the best baseline.</summary>
    public IReadOnlyList<Comparison> Comparisons { get; init; } = [];
}

/// <summary>A measure of the model beside the best baseline's.</summary>
/// <param name="Measure">Its name.</param>
/// <param name="Value">The model's.</param>
/// <param name="Baseline">The baseline that is best at it.</param>
/// <param name="BaselineValue">That baseline's.</param>
/// <param name="Gain">How much better the model is; negative = worse, whichever way the measure runs.</param>
/// <param name="Noise">Standard error of the gain, on the same customers; null where it was not measured.</param>
public sealed record Comparison(string Measure, double Value, string Baseline, double BaselineValue, double Gain, double? Noise);
