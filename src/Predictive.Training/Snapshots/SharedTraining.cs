using System.Collections.Concurrent;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.Training.Snapshots;

/// <summary>
/// What trainings of one history have in common, worked out once: snapshots (whatever the engine), and members fitted as of a cutoff (by
/// one engine with one set of settings). A training as of T validates on windows that one as of T − H has learned for and judged; the
/// models are the same with and without sharing. Not safe to use from several trainings at once.
/// </summary>
public sealed class SharedTraining
{
    private readonly List<Kept> _stores = [];
    private readonly ConcurrentDictionary<FitKey, object> _fits = [];

    /// <summary>The snapshots of a history, or of the sample of it that settings are chosen on.</summary>
    /// <param name="history">The whole history.</param>
    /// <param name="sampled">Whether they are of the sample.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="horizonDays">H of the profiles.</param>
    /// <param name="tables">Features of the customers and events tables.</param>
    /// <param name="create">Makes an empty store.</param>
    internal SnapshotStore Store(
        TransactionHistory history, bool sampled, int seed, int horizonDays, TableSchema? tables, Func<SnapshotStore> create)
    {
        foreach (Kept kept in _stores)
        {
            if (ReferenceEquals(kept.History, history) && kept.Sampled == sampled && kept.Seed == seed && kept.HorizonDays == horizonDays
                && TableSchema.Same(kept.Tables, tables))
            {
                return kept.Store;
            }
        }

        SnapshotStore store = create();
        _stores.Add(new Kept(history, sampled, seed, horizonDays, tables, store));
        return store;
    }

    /// <summary>The base as of a cutoff with what it did in the horizon after it: what judges models.</summary>
    internal Snapshot Judged(
        TransactionHistory history, LocalTime cutoff, int horizonDays, int seed, int threads, TimeProvider clock,
        IReadOnlyList<IFeatureSource>? sources = null)
    {
        TableSchema? tables = TableSchema.Fit(history, cutoff, sources);
        return Store(
            history, sampled: false, seed, horizonDays, tables, () => new SnapshotStore(history, horizonDays, threads, clock, tables))
            .Get(new SnapshotPoint(cutoff, horizonDays, 1), labels: true);
    }

    /// <summary>A member fitted before, or fitted now.</summary>
    internal T Fit<T>(FitKey key, Func<T> fit)
        where T : class => (T)_fits.GetOrAdd(key, _ => fit());

    private sealed record Kept(
        TransactionHistory History, bool Sampled, int Seed, int HorizonDays, TableSchema? Tables, SnapshotStore Store);
}

/// <summary>All that a fitted member depends on.</summary>
/// <param name="Store">Where its rows come from; compared by reference.</param>
/// <param name="Engine">What learned it; compared by reference.</param>
/// <param name="HasHalves">Of the plan.</param>
/// <param name="IsYearly">Of the plan.</param>
/// <param name="MostRows">Most training rows.</param>
/// <param name="Seed">Of the draws.</param>
/// <param name="Cutoff">As of when.</param>
/// <param name="Member">Which member.</param>
/// <param name="Settings">Its settings, compared by value; null = it has none.</param>
internal readonly record struct FitKey(
    SnapshotStore Store, ILearningEngine Engine, bool HasHalves, bool IsYearly, int MostRows, int Seed, LocalTime Cutoff, string Member,
    object? Settings);
