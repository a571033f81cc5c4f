using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;

namespace Predictive.Worker.Drift;

/// <summary>Looks at how far a base has moved from what a version learned.</summary>
public static class DriftLook
{
    private const string Method =
        "Shares in the ten bins of the training base. A band is what chance stays below in 99 % of 400 seeded resamples of both bases "
            + "from their common shares (independent samples: on the wide side, as most customers are the same). Usual: the index of as "
            + "long a stretch before the training, its resamples' 99 %. Drifted: beyond both. Outcomes: versions score the base as of "
            + "their training and every third of a horizon later, where the window has passed; bands by 200 Poisson resamples of the "
            + "customers; spend beyond 2.576 of the error that past windows told the version. Stale: a straight line of log loss above the "
            + "promise against age.";

    /// <summary>Looks at a base.</summary>
    /// <param name="history">The base as it is now.</param>
    /// <param name="registry">Where the versions are.</param>
    /// <param name="version">The version to look at.</param>
    /// <param name="asOf">Now.</param>
    /// <param name="seed">Of the resamples. The same seed gives the same bytes.</param>
    /// <param name="progress">Told of the stages.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <param name="sample">What the history is a sample of; null = the whole base.</param>
    /// <exception cref="DatasetException">Nobody has a purchase before the as-of, or it lies before the training.</exception>
    /// <exception cref="ModelPackageException">The version is refused.</exception>
    public static DriftDocument Run(
        TransactionHistory history, ModelRegistry registry, ModelVersion version, LocalTime asOf, int seed = 1,
        IProgress<PipelineProgress>? progress = null, CancellationToken cancellation = default, SampleStamp? sample = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(version);
        ModelBundle bundle = ModelBundle.Load(registry.Load(version));
        var scorer = new CustomerScorer(bundle, new ModelStamp(version.Name, version.Version));
        if (!bundle.Manifest.TryAsOf(out LocalTime trained) || asOf < trained)
        {
            throw new DatasetException(
                "before-training",
                $"{version.Name}/{version.Version} learned as of {bundle.Manifest.AsOf}, and the data is looked at as of {asOf}; expected "
                    + "a later time. Look at newer data, or at an older version with --version.");
        }

        int age = (int)Math.Round(asOf.DaysSince(trained));
        if (scorer.Given is { } given && asOf != given.AsOf)
        {
            progress?.Report(new PipelineProgress("drift: outcomes", .5));
            return GivenLook.Run(history, registry, scorer, asOf, age, seed, cancellation);
        }

        progress?.Report(new PipelineProgress("drift: the base now", 0));
        ScoreTable now = scorer.ScoreAll(history, asOf, cancellation: cancellation);
        Dictionary<string, (double[] Shares, int Customers)>? earlier = null;
        var first = new LocalTime(history.FirstMicros);
        // As long a stretch before the training, where the history is at least twice as long as that.
        if (age >= 1 && trained.AddDays(-age).DaysSince(first) >= age)
        {
            progress?.Report(new PipelineProgress("drift: the base as it usually moves", .3));
            ScoreTable before = scorer.ScoreAll(history, trained.AddDays(-age), cancellation: cancellation);
            earlier = before.Drift.Features.ToDictionary(f => f.Name, f => (SharesOf(f.Counts), before.Count));
        }

        progress?.Report(new PipelineProgress("drift: bands", .5));
        DistributionDrift[] distributions = Distributions(bundle, now, earlier, seed);
        progress?.Report(new PipelineProgress("drift: outcomes", .7));
        IReadOnlyList<OutcomeDrift> outcomes =
            OutcomeCheck.Run(history, registry, version.Name, bundle.Manifest.HorizonDays, asOf, seed, cancellation);
        // One window is judged, the newest: the more are looked at, the more often chance alone is beyond.
        OutcomeDrift? newest = outcomes.LastOrDefault(o => o.Version == version.Version);
        StaleForecast forecast = Ageing.Of(outcomes, trained, bundle.Manifest.HorizonDays);
        var population = new PopulationDrift(
            bundle.Distribution.Customers, now.Count, bundle.Distribution.ChurnMean, now.ChurnProbability.Average(),
            bundle.Distribution.ClvMean, now.ClvExpected.Average())
        {
            SampleThen = bundle.Manifest.TrainingData.Sample, SampleNow = sample,
        };
        DistributionDrift[] features = [.. distributions.Where(d => !IsPrediction(d.Name))];
        bool stale = forecast.StaleOn is { } day && string.CompareOrdinal(day, asOf.ToString()) <= 0;
        bool drifted = distributions.Any(d => IsPrediction(d.Name) && d.Drifted)
            || features.Count(f => f.Drifted) * 3 >= Math.Max(1, features.Length) || stale || newest is { IsSpendBeyond: true };
        return new DriftDocument(
            scorer.Stamp, asOf.ToString(), bundle.Manifest.AsOf, age, population, distributions, outcomes, forecast, drifted,
            Words(population, distributions, outcomes, newest, forecast, age, earlier is not null), Method);
    }

    /// <summary>What became of a version's predictions, in a sentence.</summary>
    internal static string OutcomeWords(OutcomeDrift o)
    {
        string verdict = o.ChurnLow > 0 ? "more left than chance explains" : o.ChurnHigh < 0
            ? "fewer left than chance explains"
            : "within chance";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Version {o.Version} expected {o.ChurnPredicted:P1} of {o.Customers:N0} customers to leave from {o.AsOf} on, "
                + $"{o.ChurnObserved:P1} did ({verdict}); spend {o.SpendPredicted:N0} expected, {o.SpendObserved:N0} came.");
    }

    private static bool IsPrediction(string name) => name is DriftBaseline.ChurnName or DriftBaseline.ClvName;

    private static double[] SharesOf(IReadOnlyList<long> counts)
    {
        double total = Math.Max(1, counts.Sum());
        return [.. counts.Select(c => c / total)];
    }

    private static DistributionDrift[] Distributions(
        ModelBundle bundle, ScoreTable now, Dictionary<string, (double[] Shares, int Customers)>? earlier, int seed)
    {
        var counted = now.Drift.Features.ToDictionary(f => f.Name, f => f.Counts, StringComparer.Ordinal);
        int customers = bundle.Drift.Customers;
        var found = new DistributionDrift[bundle.Drift.Distributions.Count];
        Parallel.For(0, found.Length, j =>
        {
            DriftDistribution then = bundle.Drift.Distributions[j];
            double[] was = [.. then.Shares], shares = SharesOf(counted[then.Name]);
            double psi = DriftDistribution.Psi(was, shares), ks = ChanceBand.Ks(was, shares);
            int own = unchecked((seed * 1_000_003) + j);
            (double psiBand, double ksBand) = ChanceBand.Of(was, customers, shares, now.Count, own);
            double? usual = null;
            if (earlier?[then.Name] is { } before)
            {
                usual = ChanceBand.Resampled(before.Shares, before.Customers, was, customers, own).Psi;
            }

            bool drifted = psi > psiBand && psi > (usual ?? 0);
            found[j] = new DistributionDrift(then.Name, psi, psiBand, ks, ksBand, drifted, Text(bundle, then, was, shares))
            {
                Usual = usual,
            };
        });
        return [.. found.OrderByDescending(d => IsPrediction(d.Name)).ThenByDescending(d => d.Drifted)
            .ThenByDescending(d => d.Psi / Math.Max(1e-12, Math.Max(d.PsiBand, d.Usual ?? 0))).ThenBy(d => d.Name, StringComparer.Ordinal)];
    }

    private static string Of(SampleStamp? sample) =>
        sample is null ? "" : string.Create(CultureInfo.InvariantCulture, $" of a sample of {sample.BaseCustomers:N0}");

    // The bin's end nearest to the middle of the training base says where the middle went.
    private static string Text(ModelBundle bundle, DriftDistribution then, double[] was, double[] now)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        FeatureDefinition? definition = bundle.Profile.Features.FirstOrDefault(f => f.Name == then.Name);
        string what = then.Name switch
        {
            DriftBaseline.ChurnName => "churn probability",
            DriftBaseline.ClvName => "expected net spend",
            _ => definition?.Description is { Length: > 0 } words ? $"{then.Name} ({words.TrimEnd('.')})" : then.Name,
        };
        string missing = Math.Abs(now[^1] - was[^1]) >= .01
            ? string.Create(c, $"; unknown for {was[^1]:P0} then and {now[^1]:P0} now")
            : "";
        if (then.Edges.Count == 0)
        {
            return $"{what}: one value for all{missing}";
        }

        int middle = 0;
        double nearest = double.MaxValue, below = 0, nowBelow = 0, atThen = 0, atNow = 0;
        for (int b = 0; b < then.Edges.Count; b++)
        {
            (below, nowBelow) = (below + was[b], nowBelow + now[b]);
            if (Math.Abs(below - .5) < nearest)
            {
                (middle, nearest, atThen, atNow) = (b, Math.Abs(below - .5), below, nowBelow);
            }
        }

        string unit = definition?.Unit is { Length: > 0 } of ? " " + of : "";
        return string.Create(
            c, $"{what}: at most {then.Edges[middle]:0.###}{unit} for {atThen:P0} of the customers then, for {atNow:P0} now{missing}");
    }

    private static List<string> Words(
        PopulationDrift population, DistributionDrift[] distributions, IReadOnlyList<OutcomeDrift> outcomes, OutcomeDrift? newest,
        StaleForecast forecast, int age, bool usualKnown)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        var words = new List<string>
        {
            string.Create(
                c,
                $"{population.CustomersNow:N0} customers{Of(population.SampleNow)}, {population.CustomersThen:N0}"
                    + $"{Of(population.SampleThen)} when it learned {age} days ago; it expects "
                    + $"{population.ChurnNow:P1} to leave ({population.ChurnThen:P1} then) and {population.ValueNow:N2} from each "
                    + $"({population.ValueThen:N2} then)."),
        };
        DistributionDrift[] drifted = [.. distributions.Where(d => d.Drifted)];
        string beyond = usualKnown ? "beyond chance and what is usual" : "beyond chance";
        words.Add(drifted.Length == 0
            ? $"None of {distributions.Length} distributions has moved {beyond}."
            : $"{drifted.Length} of {distributions.Length} distributions have moved {beyond}.");
        words.AddRange(drifted.Take(5).Select(d => d.Text + "."));
        if (!usualKnown && age > 0)
        {
            words.Add("How far the base usually moves in that time cannot be told: the history before the training is too short.");
        }

        words.AddRange(outcomes.Where(o => o.AgeDays == 0).TakeLast(3).Select(OutcomeWords));
        if (newest is { IsSpendBeyond: true, SpendError: { } error })
        {
            words.Add(string.Create(
                c,
                $"From {newest.AsOf} on {newest.SpendObserved:N0} came where version {newest.Version} expects {newest.SpendPredicted:N0}: "
                    + $"beyond {newest.SpendPredicted * Math.Exp(-OutcomeDrift.BeyondErrors * error):N0} to "
                    + $"{newest.SpendPredicted * Math.Exp(OutcomeDrift.BeyondErrors * error):N0}, which 99 of 100 windows keep by what it "
                    + $"was told of its error. A training is due."));
        }

        words.Add(forecast.Text);
        return words;
    }
}
