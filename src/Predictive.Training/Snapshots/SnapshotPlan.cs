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
/// by thirds   T − H − ⌈k·H / 3⌉, k = 0 ... 11             the dense grid: many windows tell the level best
/// by years    T − k·m years, k = 1 ... 4, m = the least whose window has passed: the season of the coming window each time
/// half        T − ⌈H / 2⌉ − k·⌈H / 3⌉ while that is nearer to T than the newest full window
/// weight      2^(−age / 2H), age = days before the newest full window
/// </code>
/// By years where the horizon is most of one (from <see cref="YearlyFromDays"/>), or where the calendar is lumpy: a third of a horizon
/// later the same base then looks altogether different. Half windows only where the two halves of past windows hold like shares of the
/// purchases (<see cref="PurchaseCalendar.Lumpiness"/> below <see cref="HalvesBelow"/>;
/// with fewer windows than tell it, below <see cref="YearlyFromLumpiness"/>): elsewhere they tell of another season than the one
/// asked for. Evidence: the <c>modelstudy</c> bench; the table is in the folder's README. A snapshot needs min(max(45 d, H / 2), 365 d) of
/// history before it. The newest full windows double as validation windows: the grid is the same, so that features are computed once.
/// </remarks>
internal sealed class SnapshotPlan
{
    /// <summary>Shortest window that is worth a snapshot, days.</summary>
    public const int MinHorizonDays = 7;

    /// <summary>Most full windows, by thirds of a horizon.</summary>
    public const int MostByThirds = 12;

    /// <summary>Windows of the dense grid that begin within one horizon.</summary>
    private const int WindowsPerHorizon = 3;

    /// <summary>Most full windows, by years.</summary>
    public const int MostByYears = 4;

    /// <summary>Horizon from which on snapshots stand years apart.</summary>
    public const int YearlyFromDays = 270;

    /// <summary>Lumpiness from which on they do at any horizon.</summary>
    public const double YearlyFromLumpiness = 0.25;

    /// <summary>Lumpiness below which half windows are learned from.</summary>
    public const double HalvesBelow = 0.1;

    private readonly LocalTime _first;

    private SnapshotPlan(LocalTime first, int horizonDays, bool isYearly, bool hasHalves, double lumpiness) =>
        (_first, HorizonDays, IsYearly, HasHalves, Lumpiness) = (first, horizonDays, isYearly, hasHalves, lumpiness);

    /// <summary>H.</summary>
    public int HorizonDays { get; }

    /// <summary>True = snapshots stand years apart.</summary>
    public bool IsYearly { get; }

    /// <summary>Whether half windows are learned from.</summary>
    public bool HasHalves { get; }

    /// <summary>What the calendar says.</summary>
    public double Lumpiness { get; }

    /// <summary>The plan of a training.</summary>
    /// <param name="calendar">Of the history; only what is before <paramref name="asOf"/> is looked at.</param>
    /// <param name="first">Start of the history.</param>
    /// <param name="asOf">T.</param>
    /// <param name="horizonDays">H.</param>
    public static SnapshotPlan Of(PurchaseCalendar calendar, LocalTime first, LocalTime asOf, int horizonDays)
    {
        IReadOnlyList<SnapshotPoint> passed = ByThirds(first, asOf, horizonDays, MostByThirds);
        double lumpiness = calendar.Lumpiness([.. passed.Select(p => p.AsOf)], horizonDays);
        double mostForHalves = passed.Count < PurchaseCalendar.Enough ? YearlyFromLumpiness : HalvesBelow;
        var yearly = new SnapshotPlan(first, horizonDays, isYearly: true, hasHalves: false, lumpiness);
        return (horizonDays >= YearlyFromDays || lumpiness >= YearlyFromLumpiness) && yearly.Full(asOf).Count > 1
            ? yearly
            : new SnapshotPlan(first, horizonDays, isYearly: false, lumpiness < mostForHalves, lumpiness);
    }

    /// <summary>The plan of a base whose year has no shape.</summary>
    public static SnapshotPlan Dense(LocalTime first, int horizonDays) => new(first, horizonDays, isYearly: false, hasHalves: true, 0);

    /// <summary>Days of history a snapshot needs before it.</summary>
    public static int HistoryNeeded(int horizonDays) => Math.Min(Math.Max(45, horizonDays / 2), 365);

    /// <summary>Days between neighbouring windows of the dense grid.</summary>
    public static int Step(int horizonDays) => Math.Max(1, (horizonDays + 2) / 3);

    /// <summary>Weight of a full window so many days older than the newest.</summary>
    public static double Weight(double age, int horizonDays) => Math.Pow(2, -age / (2 * horizonDays));

    /// <summary>Full windows of a training as of <paramref name="cutoff"/>, newest first.</summary>
    public IReadOnlyList<SnapshotPoint> Full(LocalTime cutoff) =>
        IsYearly ? ByYears(cutoff) : ByThirds(_first, cutoff, HorizonDays, MostByThirds);

    /// <summary>At most so many windows of the dense grid, newest first.</summary>
    public static IReadOnlyList<SnapshotPoint> ByThirds(LocalTime first, LocalTime cutoff, int horizonDays, int most)
    {
        var points = new List<SnapshotPoint>();
        LocalTime earliest = first.AddDays(HistoryNeeded(horizonDays));
        for (int k = 0; k < most; k++)
        {
            // Every third exactly a horizon further: the grid of a training one horizon earlier is the same.
            int age = ((k * horizonDays) + WindowsPerHorizon - 1) / WindowsPerHorizon;
            LocalTime asOf = cutoff.AddDays(-horizonDays - age);
            if (asOf < earliest)
            {
                break;
            }

            points.Add(new SnapshotPoint(asOf, horizonDays, Weight(age, horizonDays)));
        }

        return points;
    }

    /// <summary>Half windows of a training as of <paramref name="cutoff"/>, newest first.</summary>
    public IReadOnlyList<SnapshotPoint> Half(LocalTime cutoff)
    {
        var points = new List<SnapshotPoint>();
        int half = (HorizonDays + 1) / 2;
        LocalTime earliest = _first.AddDays(HistoryNeeded(HorizonDays));
        for (int back = half; HasHalves && back < HorizonDays && half >= MinHorizonDays; back += Step(HorizonDays))
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
    /// first. Whole horizons apart where that leaves a horizon's worth of training windows before each: their windows share no day, and a
    /// training one horizon earlier has judged the same ones (<see cref="SharedTraining"/>); else the newest.
    /// </summary>
    public IReadOnlyList<LocalTime> ValidationCutoffs(LocalTime cutoff, int most)
    {
        LocalTime[] all = [.. Full(cutoff).Select(p => p.AsOf).Where(t => Full(t).Count > 0)];
        if (IsYearly)
        {
            return [.. all.Take(most)];
        }

        LocalTime[] apart =
        [
            .. all.Where((t, k) => k % WindowsPerHorizon == 0 && (k == 0 || Full(t).Count >= WindowsPerHorizon)).Take(most),
        ];
        return apart.Length == most ? apart : [.. all.Take(most)];
    }

    private List<SnapshotPoint> ByYears(LocalTime cutoff)
    {
        var points = new List<SnapshotPoint>();
        LocalTime earliest = _first.AddDays(HistoryNeeded(HorizonDays));
        DateTime end = cutoff.ToDateTime();
        int years = 1;
        while (LocalTime.From(end.AddYears(-years)).AddDays(HorizonDays) > cutoff)
        {
            years++;
        }

        for (int k = 1; k <= MostByYears && end.Year - (k * years) >= 1; k++)
        {
            LocalTime asOf = LocalTime.From(end.AddYears(-k * years));
            if (asOf < earliest)
            {
                break;
            }

            double age = points.Count == 0 ? 0 : points[0].AsOf.DaysSince(asOf);
            points.Add(new SnapshotPoint(asOf, HorizonDays, Weight(age, HorizonDays)));
        }

        return points;
    }
}
