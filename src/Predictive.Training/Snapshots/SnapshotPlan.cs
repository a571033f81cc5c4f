using Predictive.History;

namespace Predictive.Training.Snapshots;

/// <summary>One training snapshot: features as of a local time, labels from the window after it.</summary>
/// <param name="AsOf">Features see what is strictly before.</param>
/// <param name="HorizonDays">Length of the label window, days.</param>
/// <param name="Weight">Weight of its rows.</param>
internal readonly record struct SnapshotPoint(LocalTime AsOf, int HorizonDays, double Weight)
{
    /// <summary>The label window ends before this time.</summary>
    public LocalTime LabelEnd => AsOf.AddDays(HorizonDays);
}

/// <summary>
/// Which snapshots a training as of T may learn from. Every label window ends at or before T, so nothing of the future is seen.
/// </summary>
/// <remarks>
/// <code>
/// full windows   T − H − k·s, s = ⌈H / 3⌉, k = 0 ... 11    weight 2^(−age / 2H), age = k·s
/// half windows   T − ⌈H / 2⌉ − k·s while that is nearer to T than the newest full window
/// </code>
/// A snapshot needs min(max(45 d, H / 2), 365 d) of history before it. The newest full windows double as validation windows: the
/// grid is the same, so that features are computed once.
/// </remarks>
internal static class SnapshotPlan
{
    /// <summary>Shortest window that is worth a snapshot, days.</summary>
    public const int MinHorizonDays = 7;

    /// <summary>Most full windows.</summary>
    public const int MaxFull = 12;

    /// <summary>Days of history a snapshot needs before it.</summary>
    public static int HistoryNeeded(int horizonDays) => Math.Min(Math.Max(45, horizonDays / 2), 365);

    /// <summary>Days between neighbouring snapshots.</summary>
    public static int Step(int horizonDays) => Math.Max(1, (horizonDays + 2) / 3);

    /// <summary>Full windows of a training as of <paramref name="cutoff"/>, newest first, at most so many.</summary>
    public static IReadOnlyList<SnapshotPoint> Full(LocalTime first, LocalTime cutoff, int horizonDays, int most = MaxFull)
    {
        var points = new List<SnapshotPoint>();
        LocalTime earliest = first.AddDays(HistoryNeeded(horizonDays));
        for (int k = 0; k < most; k++)
        {
            int age = k * Step(horizonDays);
            LocalTime asOf = cutoff.AddDays(-horizonDays - age);
            if (asOf < earliest)
            {
                break;
            }

            points.Add(new SnapshotPoint(asOf, horizonDays, Weight(age, horizonDays)));
        }

        return points;
    }

    /// <summary>Weight of a full window so many days older than the newest.</summary>
    public static double Weight(double age, int horizonDays) => Math.Pow(2, -age / (2 * horizonDays));

    /// <summary>Half windows of a training as of <paramref name="cutoff"/>, newest first.</summary>
    public static IReadOnlyList<SnapshotPoint> Half(LocalTime first, LocalTime cutoff, int horizonDays)
    {
        var points = new List<SnapshotPoint>();
        int half = (horizonDays + 1) / 2;
        LocalTime earliest = first.AddDays(HistoryNeeded(horizonDays));
        for (int back = half; back < horizonDays && half >= MinHorizonDays; back += Step(horizonDays))
        {
            LocalTime asOf = cutoff.AddDays(-back);
            if (asOf < earliest)
            {
                break;
            }

            points.Add(new SnapshotPoint(asOf, half, 1));
        }

        return points;
    }

    /// <summary>
    /// Cutoffs inside the training period that have a full window after them and at least one full training window before them, newest
    /// first.
    /// </summary>
    public static IReadOnlyList<LocalTime> ValidationCutoffs(LocalTime first, LocalTime cutoff, int horizonDays, int most) =>
        [.. Full(first, cutoff, horizonDays).Select(p => p.AsOf).Where(t => Full(first, t, horizonDays).Count > 0).Take(most)];
}
