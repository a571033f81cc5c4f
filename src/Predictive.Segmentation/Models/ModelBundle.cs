using System.Text;
using System.Text.Json;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Models;

/// <summary>
/// Everything a score needs, loaded: the models, the base they were trained on, and every cut-off. Comes from one zip, so that its parts
/// can never disagree. Immutable; safe to use from several threads.
/// </summary>
public sealed record ModelBundle
{
    private const string ProfileEntry = "profile.json";
    private const string DistributionEntry = "distribution.json";
    private const string DriftEntry = "drift.json";
    private const string RecommendationsEntry = "recommendations.json";

    private readonly ChurnModel? _churn;
    private readonly ClvModel? _clv;

    /// <summary>Name of the smoke set's entry.</summary>
    public const string SmokeEntry = "smoke.json";

    /// <summary>Name of the entry that holds the rules: their settings and cut-offs.</summary>
    public const string RulesEntry = "rules.json";

    /// <summary>What was trained, from what, how, and how good it is.</summary>
    public required ModelManifest Manifest { get; init; }

    /// <summary>What features need to know of the base, with its medians.</summary>
    public required BaseProfile Profile { get; init; }

    /// <summary>Chance of no purchase within the horizon.</summary>
    /// <exception cref="DatasetException">The version holds <see cref="Given"/> scores and no model.</exception>
    public required ChurnModel Churn
    {
        get => _churn ?? throw Given!.Refusal("what only the model itself can tell");
        init => _churn = value;
    }

    /// <summary>Expected net spend within the horizon.</summary>
    /// <exception cref="DatasetException">The version holds <see cref="Given"/> scores and no model.</exception>
    public required ClvModel Clv
    {
        get => _clv ?? throw Given!.Refusal("what only the model itself can tell");
        init => _clv = value;
    }

    /// <summary>
    /// Scores that a model from outside gave, in the place of <see cref="Churn"/> and <see cref="Clv"/>; null = the version was trained.
    /// </summary>
    public GivenScores? Given { get; init; }

    /// <summary>The portraits.</summary>
    public required PortraitModel Portraits { get; init; }

    /// <summary>Settings and cut-offs of the rules, the value matrix included.</summary>
    public required RuleBook Rules { get; init; }

    /// <summary>How the training base scored.</summary>
    public required ScoreDistribution Distribution { get; init; }

    /// <summary>How the training base was distributed.</summary>
    public required DriftBaseline Drift { get; init; }

    /// <summary>The next best categories or products; null where the data has neither.</summary>
    public Recommendations? Recommendations { get; init; }

    /// <summary>
    /// Synthetic histories with the scores this version gave them; null = none was made, and the version cannot be published.
    /// </summary>
    public SmokeSet? Smoke { get; init; }

    /// <summary>
    /// The models as the library that trained them saved them, by entry name; nothing reads them when scoring. Empty where the engine has
    /// no format of its own.
    /// </summary>
    public IReadOnlyDictionary<string, byte[]> Originals { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Loads a checked package, whichever engine trained it.</summary>
    /// <param name="package">From <see cref="ModelRegistry.Load"/>.</param>
    /// <exception cref="ModelPackageException">An entry is missing or damaged, or the features differ from this build's.</exception>
    public static ModelBundle Load(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        ModelManifest manifest = package.Manifest;
        if (manifest.Features.DifferenceFrom(FeatureCatalogue.Schema) is { } difference)
        {
            throw new ModelPackageException(
                package.Source,
                $"was trained on other features: {difference}. Train again with this build, or use the build that wrote it "
                    + $"({manifest.WrittenBy}).");
        }

        if (FeatureSources.Missing(manifest.FeatureSources) is { } missing)
        {
            throw new ModelPackageException(package.Source, missing);
        }

        string entry = "";
        try
        {
            BaseProfile profile = Profiled(Entry(ProfileEntry).Span);
            var bundle = new ModelBundle
            {
                Manifest = manifest,
                Profile = profile,
                Given = GivenOf(manifest),
                Churn = manifest.Given is null ? ChurnModel.Load(Entry(ModelEntries.Of(ChurnModel.Name))) : null!,
                Clv = manifest.Given is null ? ClvModel.Load(Entry(ModelEntries.Of(ClvModel.Name))) : null!,
                Rules = RuleBook.FromJson(Encoding.UTF8.GetString(Json(RulesEntry))) with
                {
                    SampledFrom = manifest.TrainingData.Sample?.BaseCustomers,
                },
                Distribution = ModelJson.Read<ScoreDistribution>(Json(DistributionEntry), package.Source, entry),
                Drift = ModelJson.Read<DriftBaseline>(Json(DriftEntry), package.Source, entry),
                Portraits = PortraitModel.Read(package, ref entry, profile.Features),
                Recommendations = package.Has(RecommendationsEntry)
                    ? ModelJson.Read<Recommendations>(Json(RecommendationsEntry), package.Source, entry)
                    : null,
                Smoke = package.Has(SmokeEntry) ? ModelJson.Read<SmokeSet>(Json(SmokeEntry), package.Source, entry) : null,
                Originals = package.EntryNames.Where(n => ModelEntries.IsOriginal(n, manifest.Engine.PayloadExtension))
                    .ToDictionary(n => n, n => package.Entry(n).ToArray(), StringComparer.Ordinal),
            };
            Check(bundle, ref entry);
            return bundle;
        }
        catch (Exception e) when (e is LearningException or JsonException or RulesException or ArgumentException or NotSupportedException
            or OverflowException)
        {
            throw new ModelPackageException(
                package.Source, $"entry '{entry}' cannot be used: {e.Message} Publish the model again, or roll back.", e);
        }

        ReadOnlyMemory<byte> Entry(string name) => package.Entry(entry = name);

        GivenScores? GivenOf(ModelManifest manifest)
        {
            if (manifest.Given is not { } stamp)
            {
                return null;
            }

            ReadOnlyMemory<byte> payload = Entry(GivenScores.EntryName);
            GivenScores given = GivenScores.Load(
                payload, stamp.Source, stamp.SourceHash,
                manifest.TryAsOf(out LocalTime asOf) ? asOf : throw new ArgumentException($"the manifest's as-of is '{manifest.AsOf}'"));
            return given.Count == stamp.Customers
                ? given
                : throw new ArgumentException($"it holds {given.Count} customers, the manifest says {stamp.Customers}");
        }

        ReadOnlySpan<byte> Json(string name)
        {
            ReadOnlySpan<byte> json = Entry(name).Span;
            BundleChecks.NoNulls(json);
            return json;
        }

        // Only here a null has a meaning of its own: a lifetime model that could not be fitted.
        static BaseProfile Profiled(ReadOnlySpan<byte> json)
        {
            BundleChecks.NoNulls(json, inListsOnly: true);
            return BaseProfile.FromJson(json);
        }
    }

    private static void Check(ModelBundle bundle, ref string entry)
    {
        entry = ProfileEntry;
        BundleChecks.Check(bundle.Profile);
        if (bundle.Given is null)
        {
            entry = ModelEntries.Of(ChurnModel.Name);
            BundleChecks.Check("churn", bundle.Churn.FeatureNames, bundle.Profile.FeatureNames);
            entry = ModelEntries.Of(ClvModel.Name);
            BundleChecks.Check("CLV", bundle.Clv.FeatureNames, bundle.Profile.FeatureNames);
        }

        entry = RulesEntry;
        BundleChecks.Check(bundle.Rules);
        entry = DistributionEntry;
        BundleChecks.Check(bundle.Distribution);
        entry = DriftEntry;
        BundleChecks.Check(bundle.Drift, bundle.Profile.FeatureNames);
        entry = RecommendationsEntry;
        if (bundle.Recommendations is { } recommendations)
        {
            BundleChecks.Check(recommendations.Model);
        }

        entry = SmokeEntry;
        if (bundle.Smoke is { } smoke)
        {
            BundleChecks.Check(smoke);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Manifest.Engine.Label} as of {Manifest.AsOf}, {Manifest.HorizonDays} days";

    /// <summary>The package of this bundle: equal bundles give equal bytes.</summary>
    public ModelPackage ToPackage()
    {
        var entries = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [ProfileEntry] = Profile.ToJson(),
            [RulesEntry] = Encoding.UTF8.GetBytes(Rules.ToJson()),
            [DistributionEntry] = ModelJson.Write(Distribution),
            [DriftEntry] = ModelJson.Write(Drift),
        };
        if (Given is { } given)
        {
            entries[GivenScores.EntryName] = ModelEntries.Bytes(given.Save);
        }
        else
        {
            entries[ModelEntries.Of(ChurnModel.Name)] = ModelEntries.Bytes(Churn.Save);
            entries[ModelEntries.Of(ClvModel.Name)] = ModelEntries.Bytes(Clv.Save);
        }

        Portraits.Write(entries);
        foreach (var (name, original) in Originals)
        {
            entries[name] = original;
        }

        if (Recommendations is not null)
        {
            entries[RecommendationsEntry] = ModelJson.WriteCompact(Recommendations);
        }

        if (Smoke is not null)
        {
            entries[SmokeEntry] = ModelJson.WriteCompact(Smoke);
        }

        return new ModelPackage(Manifest, entries);
    }
}
