using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;

namespace Predictive.Training.Snapshots;

/// <summary>The base as it was at one time: who, what was known of them, and (where the window has passed) what they did next.</summary>
internal sealed record Snapshot(SnapshotPoint Point, int[] Customers, FeatureMatrix Features, BaseProfile Profile, Labels? Labels)
{
    public int Rows => Customers.Length;

    public float[] Churned => Labels!.Churned;

    public double[] NetSpend => Labels!.NetSpend;

    public float[] NetSpendFloat => [.. NetSpend.Select(v => (float)v)];

    public float[] OrderCounts => [.. Labels!.Orders.Select(o => (float)o)];

    /// <summary>Rank of max(net spend, 0) within the snapshot over its customers, ties at their mean: 0–1.</summary>
    public float[] SpendRank
    {
        get
        {
            double[] spend = [.. NetSpend.Select(v => Math.Max(0, v))];
            int[] order = [.. Enumerable.Range(0, spend.Length)];
            Array.Sort([.. spend], order);
            var ranks = new float[spend.Length];
            for (int i = 0; i < order.Length;)
            {
                int end = i;
                while (end < order.Length && spend[order[end]] == spend[order[i]])
                {
                    end++;
                }

                for (int k = i; k < end; k++)
                {
                    ranks[order[k]] = (float)((i + end + 1) / 2.0 / spend.Length);
                }

                i = end;
            }

            return ranks;
        }
    }

    /// <summary>Orders over purchase days, of all history before the snapshot: the lifetimes models count days.</summary>
    public double OrdersPerPurchaseDay()
    {
        double orders = 0, days = 0;
        ReadOnlySpan<float> o = Features.Column(FeatureCatalogue.IndexOf("orders")),
            d = Features.Column(FeatureCatalogue.IndexOf("purchase_days"));
        for (int i = 0; i < o.Length; i++)
        {
            orders += o[i];
            days += d[i];
        }

        return days > 0 ? orders / days : 1;
    }
}

/// <summary>Computes snapshots of one history and keeps them: training and validation windows share a grid.</summary>
/// <param name="history">The base.</param>
/// <param name="profileHorizonDays">H of the profiles.</param>
/// <param name="threads">0 = one per core.</param>
/// <param name="clock">Timings.</param>
/// <param name="tables">Features of the customers and events tables, the same for every snapshot; null = each its own.</param>
internal sealed class SnapshotStore(
    TransactionHistory history, int profileHorizonDays, int threads, TimeProvider clock, TableSchema? tables = null)
{
    private readonly Dictionary<(LocalTime, int, int, int), Snapshot> _kept = [];
    private readonly Dictionary<(LocalTime, bool), BaseProfile> _profiles = [];
    private TransactionHistory? _sample;

    public TransactionHistory History => history;

    /// <summary>Seconds spent on features, profiles and labels so far.</summary>
    public double Seconds { get; private set; }

    /// <summary>
    /// Customers that the profile of a sampled snapshot is fitted on: its parameters are then known to half a percent.
    /// </summary>
    private const int ProfileCustomers = 100_000;

    /// <summary>The base's profile as of a local time.</summary>
    public BaseProfile Profile(LocalTime asOf) => Profile(asOf, ofSample: false);

    private BaseProfile Profile(LocalTime asOf, bool ofSample)
    {
        if (!_profiles.TryGetValue((asOf, ofSample), out BaseProfile? profile))
        {
            TransactionHistory of = ofSample ? _sample ??= HistorySample.Take(history, ProfileCustomers, seed: 1) : history;
            profile = BaseProfile.Fit(of, asOf, profileHorizonDays, threads, tables);
            _profiles[(asOf, ofSample)] = profile;
        }

        return profile;
    }

    /// <summary>A snapshot of the population, or of a seeded sample of it.</summary>
    /// <param name="point">When, and how long the window is.</param>
    /// <param name="labels">Whether the window is looked at; only where it has passed before the training's as-of.</param>
    /// <param name="most">Most customers; the rest is left out by a seeded draw.</param>
    /// <param name="seed">Of the draw.</param>
    public Snapshot Get(SnapshotPoint point, bool labels, int most = int.MaxValue, int seed = 1)
    {
        int[]? population = most < int.MaxValue ? Population.At(history, point.AsOf) : null;
        bool sampled = population?.Length > most;
        var key = (point.AsOf, point.HorizonDays, sampled ? most : int.MaxValue, sampled ? seed : 0);
        if (_kept.TryGetValue(key, out Snapshot? kept) && (kept.Labels is not null || !labels))
        {
            return kept with { Point = point };
        }

        long started = clock.GetTimestamp();
        BaseProfile profile = Profile(point.AsOf, sampled && history.CustomerCount > ProfileCustomers);
        int[] customers = kept?.Customers ?? population ?? Population.At(history, point.AsOf);
        if (kept is null && sampled)
        {
            int[] all = customers;
            customers = [.. HistorySample.Draw(all.Length, most, seed).Select(i => all[i])];
        }

        FeatureMatrix features = kept?.Features ?? FeatureSet.Compute(history, customers, point.AsOf, point.HorizonDays, profile, threads);
        var snapshot = new Snapshot(
            point, customers, features, profile, labels ? Labels.Compute(history, customers, point.AsOf, point.HorizonDays) : null);
        _kept[key] = snapshot;
        Seconds += clock.GetElapsedTime(started).TotalSeconds;
        return snapshot;
    }
}
