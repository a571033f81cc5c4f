using System.Globalization;
using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <summary>Leaves out hive partitions and row groups that lie wholly outside the bounds asked for.</summary>
internal sealed class TimePruning
{
    private readonly long _from;
    private readonly long _before;

    public TimePruning(LoadOptions options)
    {
        _from = options.From?.Micros ?? long.MinValue;
        _before = options.Before?.Micros ?? long.MaxValue;
    }

    /// <summary>Whether there is a bound at all.</summary>
    public bool IsBounded => _from != long.MinValue || _before != long.MaxValue;

    /// <summary>Partitions named year[/month[/day]] or date (also dt, day, ordered_at) are understood; others are kept.</summary>
    public bool KeepsPartition(IReadOnlyDictionary<string, string?> partition)
    {
        if (!IsBounded || !TryRange(partition, out DateOnly first, out DateOnly last))
        {
            return true;
        }

        // Whoever wrote the folders may have counted days by another clock: a day to each side.
        return Overlaps(AsOf.StartOf(first.AddDays(-1)).Micros, AsOf.StartOf(last.AddDays(2)).Micros);
    }

    /// <summary>By the statistics of the time column, where the file has them.</summary>
    public bool KeepsRowGroup(TablePart part, TableColumn time)
    {
        if (!IsBounded || part.Range(time) is not var (min, max) || time.Stored[part.File] is not { } stored)
        {
            return true;
        }

        // A row group with an impossible time is read, so that it is told.
        (long first, long last) = (stored.Micros(min), stored.Micros(max));
        if (first == ColumnBatches.ImpossibleTime || last == ColumnBatches.ImpossibleTime)
        {
            return true;
        }

        // Instants in UTC are up to 14 hours from local time: a day to each side covers it.
        long slack = stored.IsUtc ? AsOf.MicrosPerDay : 1;
        return Overlaps(first - slack, last + slack + 1);
    }

    private bool Overlaps(long from, long to) => from < _before && to > _from;

    private static bool TryRange(IReadOnlyDictionary<string, string?> partition, out DateOnly first, out DateOnly last)
    {
        first = last = default;
        foreach (string name in new[] { "date", "dt", "ordered_at", "order_date", "day" })
        {
            if (partition.GetValueOrDefault(name) is { } text
                && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out first))
            {
                last = first;
                return true;
            }
        }

        if (!Number(partition, "year", 1900, 9000, out int year))
        {
            return false;
        }

        if (!Number(partition, "month", 1, 12, out int month))
        {
            (first, last) = (new DateOnly(year, 1, 1), new DateOnly(year, 12, 31));
            return true;
        }

        bool hasDay = Number(partition, "day", 1, DateTime.DaysInMonth(year, month), out int day);
        first = new DateOnly(year, month, hasDay ? day : 1);
        last = hasDay ? first : first.AddMonths(1).AddDays(-1);
        return true;
    }

    private static bool Number(IReadOnlyDictionary<string, string?> partition, string name, int least, int most, out int value)
    {
        value = 0;
        return partition.GetValueOrDefault(name) is { } text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;
    }
}
