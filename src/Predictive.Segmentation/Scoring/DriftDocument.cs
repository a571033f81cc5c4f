using Predictive.History;
using Predictive.Segmentation.Registry;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// How far the base has moved from what a version learned, what became of its predictions, and when it will be stale: what
/// <c>predictive drift</c> prints, the worker writes beside the versions (<c>drift.json</c>) and the host shows.
/// </summary>
/// <param name="Model">The version.</param>
/// <param name="AsOf">Looked at as of.</param>
/// <param name="TrainedAsOf">Learned as of.</param>
/// <param name="AgeDays">Days between the two.</param>
/// <param name="Population">How many there are and what is expected of them.</param>
/// <param name="Distributions">Predictions and features, the strongest drift first; empty for scores from outside.</param>
/// <param name="Outcomes">What was predicted and what came, oldest first; empty where no window has passed yet.</param>
/// <param name="Forecast">When it will be stale.</param>
/// <param name="Drifted">
/// Whether a training is due: a prediction has drifted, a third of the features have, the spend of its newest judged window came beyond its
/// own error, or it is stale; of scores from outside, whether the days that they speak of have passed.
/// </param>
/// <param name="Words">The findings in sentences.</param>
/// <param name="Method">How it was measured.</param>
public sealed record DriftDocument(
    ModelStamp Model, string AsOf, string TrainedAsOf, int AgeDays, PopulationDrift Population,
    IReadOnlyList<DistributionDrift> Distributions, IReadOnlyList<OutcomeDrift> Outcomes, StaleForecast Forecast, bool Drifted,
    IReadOnlyList<string> Words, string Method)
{
    /// <summary>Its name in the folder of a model.</summary>
    public const string FileName = "drift.json";

    /// <summary>Where it lies.</summary>
    public static string PathOf(string models, string name) => Path.Combine(models, name, FileName);

    /// <summary>Reads what <see cref="Write"/> wrote; null where there is none.</summary>
    /// <exception cref="ModelPackageException">The file is damaged.</exception>
    public static DriftDocument? Read(string models, string name)
    {
        string path = PathOf(models, name);
        return File.Exists(path) ? ModelJson.Read<DriftDocument>(File.ReadAllBytes(path), path) : null;
    }

    /// <summary>Writes it beside the versions, whole or not at all.</summary>
    public void Write(string models, string name) => AtomicFile.Write(PathOf(models, name), s => s.Write(ModelJson.Write(this)));
}

/// <summary>The population then and now.</summary>
/// <param name="CustomersThen">Customers it learned from.</param>
/// <param name="CustomersNow">Customers with a purchase before the as-of.</param>
/// <param name="ChurnThen">Mean churn probability then.</param>
/// <param name="ChurnNow">The same now; null = not told: scores from outside answer for one time alone.</param>
/// <param name="ValueThen">Mean expected net spend then.</param>
/// <param name="ValueNow">The same now; null as there.</param>
public sealed record PopulationDrift(
    int CustomersThen, int CustomersNow, double ChurnThen, double? ChurnNow, double ValueThen, double? ValueNow)
{
    /// <summary>What <see cref="CustomersThen"/> are a sample of; null = they were the whole base.</summary>
    public SampleStamp? SampleThen { get; init; }

    /// <summary>What <see cref="CustomersNow"/> are a sample of; null = they are the whole base.</summary>
    public SampleStamp? SampleNow { get; init; }
}

/// <summary>One distribution then and now.</summary>
/// <param name="Name">Feature or prediction.</param>
/// <param name="Psi">Population stability index.</param>
/// <param name="PsiBand">What chance alone stays below, at 99 %.</param>
/// <param name="Ks">Kolmogorov–Smirnov distance over the bins' ends: the largest difference of the shares at most so large.</param>
/// <param name="KsBand">What chance alone stays below, at 99 %.</param>
/// <param name="Drifted">Whether it is beyond chance and beyond what is usual.</param>
/// <param name="Text">What has changed, in a sentence.</param>
public sealed record DistributionDrift(string Name, double Psi, double PsiBand, double Ks, double KsBand, bool Drifted, string Text)
{
    /// <summary>
    /// What the index may reach when the base moves as it did over as long a time before the training, chance included; null = the history
    /// is too short to tell.
    /// </summary>
    public double? Usual { get; init; }
}

/// <summary>Predictions of one version whose window has passed.</summary>
/// <param name="Version">Which version.</param>
/// <param name="AsOf">Predicted as of.</param>
/// <param name="AgeDays">How old the version was then, days.</param>
/// <param name="Customers">Customers.</param>
/// <param name="ChurnPredicted">Mean churn probability.</param>
/// <param name="ChurnObserved">Share that bought nothing.</param>
/// <param name="ChurnLow">Lower end of what chance leaves of observed minus predicted, 95 %.</param>
/// <param name="ChurnHigh">Upper end.</param>
/// <param name="SpendPredicted">Expected net spend, all customers.</param>
/// <param name="SpendObserved">Net spend.</param>
/// <param name="LogLoss">Of churn, nats.</param>
/// <param name="LogLossError">Standard error of the log loss.</param>
/// <param name="Ece">Expected calibration error of churn.</param>
/// <param name="Auc">Of churn.</param>
/// <param name="Gini">Normalised Gini of the net spend by the prediction.</param>
public sealed record OutcomeDrift(
    int Version, string AsOf, int AgeDays, int Customers, double ChurnPredicted, double ChurnObserved, double ChurnLow, double ChurnHigh,
    double SpendPredicted, double SpendObserved, double LogLoss, double LogLossError, double Ece, double Auc, double Gini)
{
    /// <summary>Log loss the version had out of time when it was trained; null = it was not judged.</summary>
    public double? LogLossPromised { get; init; }

    /// <summary>
    /// Standard deviation of ln(expected / actual) of everybody's spend, as the version was told of itself by past windows when it was
    /// trained; null = no window had told.
    /// </summary>
    public double? SpendError { get; init; }

    /// <summary>
    /// Whether the spend that came is beyond what 99 of 100 windows of such an error allow (2.576 of it), so that what was learned does
    /// not hold any more; false where the error is not known.
    /// </summary>
    public bool IsSpendBeyond => SpendError is { } error && SpendPredicted > 0
        && !(Math.Abs(Math.Log(SpendObserved / SpendPredicted)) <= BeyondErrors * error);

    /// <summary>Standard deviations within which 99 of 100 draws of the normal law lie: the level of the distributions' bands.</summary>
    public const double BeyondErrors = 2.576;
}

/// <summary>When a version will be stale.</summary>
/// <param name="Text">In a sentence.</param>
public sealed record StaleForecast(string Text)
{
    /// <summary>The day; null = it cannot be told, or there is no sign of ageing.</summary>
    public string? StaleOn { get; init; }

    /// <summary>Log loss that a day of age costs, by the line; null = too few points for one.</summary>
    public double? LossPerDay { get; init; }

    /// <summary>Standard error of that.</summary>
    public double? LossPerDayError { get; init; }

    /// <summary>Log loss above the promise from which it is stale.</summary>
    public double? Limit { get; init; }
}
