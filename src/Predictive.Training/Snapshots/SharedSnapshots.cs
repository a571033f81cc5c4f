using Predictive.History;

namespace Predictive.Training.Snapshots;

/// <summary>
/// Snapshots shared by trainings that differ in nothing but the engine: features and labels are computed once, and every engine learns from
/// the very same rows. Not safe to use from several threads at once.
/// </summary>
public sealed class SharedSnapshots
{
    private (TransactionHistory History, LocalTime AsOf, int HorizonDays, int Seed)? _of;
    private SnapshotStore? _whole, _sample;

    internal SnapshotStore Whole(TransactionHistory history, LocalTime asOf, int horizonDays, int seed, Func<SnapshotStore> create)
    {
        var of = (history, asOf, horizonDays, seed);
        if (_of is { } first && first != of)
        {
            throw new ArgumentException(
                $"The snapshots were made as of {first.AsOf} for {first.HorizonDays} days with seed {first.Seed}; only trainings of that "
                    + "history, as-of, horizon and seed can share them.",
                nameof(history));
        }

        _of = of;
        return _whole ??= create();
    }

    internal SnapshotStore Sample(Func<SnapshotStore> create) => _sample ??= create();
}
