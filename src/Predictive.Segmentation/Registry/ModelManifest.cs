using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// <c>manifest.json</c> of a model zip: what was trained, from what, how, and how good it is. Holds no model version number and no clock,
/// so that the same data, options and seed give the same bytes.
/// </summary>
/// <remarks>
/// Format history. 1: the first (manifest, churn, clv, portraits, rules.json, distribution.json, drift.json, checksums.sha256). What scores
/// is in the product's own format whichever engine trained; models in the engine's own format lie beside it and are read by nothing here.
/// 2: given.bin in the place of churn and clv where <see cref="Given"/> is there; only such a zip needs a reader of format 2.
/// A reader of format n accepts a zip when <see cref="OldestReader"/> ≤ n and <see cref="FormatVersion"/> ≥ <see cref="OldestReadable"/>.
/// </remarks>
public sealed record ModelManifest
{
    /// <summary>The format this build writes.</summary>
    public const int CurrentFormat = 2;

    /// <summary>The oldest format this build reads.</summary>
    public const int OldestReadable = 1;

    /// <summary>Format of the zip. Default: <see cref="CurrentFormat"/>.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The oldest reader (by the format it writes) that understands this zip. Default 1.</summary>
    public int OldestReader { get; init; } = 1;

    /// <summary>Product and version that wrote it. Default: this build.</summary>
    public string WrittenBy { get; init; } = "predictive " + typeof(ModelManifest).Assembly.GetName().Version!.ToString(3);

    /// <summary>The engine that trained the models.</summary>
    public required EngineStamp Engine { get; init; }

    /// <summary>As-of of the training, on the dataset's clock: <c>2011-09-01</c> or <c>2011-09-01T10:15:00</c>.</summary>
    public required string AsOf { get; init; }

    /// <summary>Days the predictions look ahead.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Who its customers are: <c>account</c>; null = people.</summary>
    public string? Level { get; init; }

    /// <summary><see cref="Level"/>, read.</summary>
    [JsonIgnore]
    public CustomerLevel CustomersAre => LevelNames.TryRead(Level, out CustomerLevel level) ? level : CustomerLevel.Person;

    /// <summary>
    /// That the scores were given by a model from outside: the version holds those and no model of churn and spend. Null = it was trained.
    /// </summary>
    public GivenStamp? Given { get; init; }

    /// <summary>The features the models read, in order, with a hash of each definition.</summary>
    public required FeatureSchema Features { get; init; }

    /// <summary>
    /// Features from outside that it learned with (<see cref="IFeatureSource"/>): it loads only where the same are registered. Null = none.
    /// </summary>
    public IReadOnlyList<FeatureSourceStamp>? FeatureSources { get; init; }

    /// <summary>What it was trained on.</summary>
    public required TrainingDataStamp TrainingData { get; init; }

    /// <summary>Training options as JSON; null = defaults only.</summary>
    public JsonElement? Options { get; init; }

    /// <summary>Seed of every random draw.</summary>
    public required int Seed { get; init; }

    /// <summary>Out-of-time quality, baselines and grades.</summary>
    public required MetricsStamp Metrics { get; init; }

    /// <summary>Plain sentences a user must know, such as that a fallback was used; may be empty.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads <see cref="AsOf"/>; false where it is no local time, which only a foreign zip can hold.</summary>
    public bool TryAsOf(out LocalTime asOf) => LocalTime.TryParse(AsOf, TimeZoneInfo.Utc, out asOf);
}

/// <summary>Which engine trained the models; scoring does not depend on it.</summary>
/// <param name="Name"><c>built-in</c> or <c>mlnet</c>.</param>
/// <param name="Version">Of the implementation.</param>
/// <param name="PayloadExtension">Ending of the entries that hold models in the engine's own format, with the dot; <c>.bin</c> = the one
/// that scores.</param>
/// <param name="Trainer">Which of its trainers of boosted trees; null where it has but one.</param>
public sealed record EngineStamp(string Name, string Version, string PayloadExtension, string? Trainer = null)
{
    /// <summary>The engine, and its trainer where it has several.</summary>
    [JsonIgnore]
    public string Label => Trainer is null ? Name : $"{Name} {Trainer}";
}

/// <summary>Where given scores come from; as of when is the manifest's <see cref="ModelManifest.AsOf"/>.</summary>
/// <param name="Source">What the outside model is called.</param>
/// <param name="SourceHash">SHA-256 of the file it came in, lower-case hex.</param>
/// <param name="Customers">Customers whose scores were given.</param>
public sealed record GivenStamp(string Source, string SourceHash, int Customers);

/// <summary>What the models were trained on.</summary>
/// <param name="Fingerprint">SHA-256 of the lines before the as-of, lower-case hex; see <see cref="DataFingerprint"/>.</param>
/// <param name="Customers">Customers with a line before the as-of.</param>
/// <param name="Lines">Lines before the as-of.</param>
/// <param name="From">Day of the first line, <c>yyyy-MM-dd</c>; empty where there is none.</param>
/// <param name="To">Day of the last line before the as-of.</param>
public sealed record TrainingDataStamp(string Fingerprint, int Customers, long Lines, string From, string To)
{
    /// <summary>
    /// What the lines are a sample of: counts, cut-offs and totals of the version are then the sample's. Null = the whole base.
    /// </summary>
    public SampleStamp? Sample { get; init; }
}

/// <summary>Whole customers, drawn out of a base to learn from.</summary>
/// <param name="Customers">Customers drawn, with a line at any time.</param>
/// <param name="BaseCustomers">Customers of the base, counted likewise.</param>
/// <param name="Buckets">
/// The first so many of <see cref="HistorySlice.Buckets"/> buckets by hash of the id; null = drawn by the seed, as the memory allowed.
/// </param>
/// <param name="Drawn">Of a sample by hash: that the memory did not hold all of its customers, and these were drawn of them by the
/// seed.</param>
public sealed record SampleStamp(int Customers, int BaseCustomers, int? Buckets = null, bool Drawn = false)
{
    /// <summary>In words: <c>501,233 of 3,004,118 customers: 160 of 960 buckets by hash</c>.</summary>
    [JsonIgnore]
    public string Words
    {
        get
        {
            CultureInfo c = CultureInfo.InvariantCulture;
            string how = Buckets is not { } buckets ? "drawn by seed, as many as fit the memory"
                : string.Create(c, $"{buckets} of {HistorySlice.Buckets} buckets by hash")
                    + (Drawn ? ", and of these by seed as many as fit the memory" : "");
            return string.Create(c, $"{Customers:N0} of {BaseCustomers:N0} customers: {how}");
        }
    }

    /// <summary>Share of the base, 0–1.</summary>
    [JsonIgnore]
    public double Share => BaseCustomers == 0 ? 1 : Customers / (double)BaseCustomers;

    /// <summary>Whether another one holds the same customers, as far as both know them: drawn by hash into as many buckets.</summary>
    public bool IsSame(SampleStamp other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Buckets is not null && Buckets == other.Buckets && !Drawn && !other.Drawn;
    }
}

/// <summary>
/// Out-of-time quality of the models in a zip. Names are those of the backtest document (<c>auc</c>, <c>logLoss</c>, <c>gini</c> ...).
/// </summary>
public sealed record MetricsStamp
{
    /// <summary>Churn metrics by name; empty where no honest window was left to judge.</summary>
    public IReadOnlyDictionary<string, double> Churn { get; init; } = new Dictionary<string, double>();

    /// <summary>CLV metrics by name; empty where no honest window was left to judge.</summary>
    public IReadOnlyDictionary<string, double> Clv { get; init; } = new Dictionary<string, double>();

    /// <summary>The same for each baseline: <c>recency</c>, <c>rfm</c>, <c>bgnbd</c>, <c>gammaGamma</c>.</summary>
    public IReadOnlyDictionary<string, BaselineStamp> Baselines { get; init; } = new Dictionary<string, BaselineStamp>();

    /// <summary>Grade of the churn model; null = not judged.</summary>
    public GradeStamp? ChurnGrade { get; init; }

    /// <summary>Grade of the CLV model; null = not judged.</summary>
    public GradeStamp? ClvGrade { get; init; }

    /// <summary>Standard deviation of ln(expected / actual) of everybody's net spend over past windows; null = no window has
    /// told.</summary>
    public double? TotalSpendError { get; init; }

    /// <summary>False where a model is worse than a baseline (grade D): such a version is never promoted on its own.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Promotable => ChurnGrade?.Letter != GradeStamp.Worst && ClvGrade?.Letter != GradeStamp.Worst;
}

/// <summary>One baseline's metrics; a model it does not have is null.</summary>
/// <param name="Churn">Churn metrics by name.</param>
/// <param name="Clv">CLV metrics by name.</param>
public sealed record BaselineStamp(IReadOnlyDictionary<string, double>? Churn = null, IReadOnlyDictionary<string, double>? Clv = null);

/// <summary>A grade against the baselines.</summary>
/// <param name="Letter">A, B, C or <see cref="Worst"/>.</param>
/// <param name="Reason">What was beaten and by how much.</param>
public sealed record GradeStamp(string Letter, string Reason)
{
    /// <summary>The letter of what is worse than a baseline; see <see cref="MetricsStamp.Promotable"/>.</summary>
    public const string Worst = "D";
}
