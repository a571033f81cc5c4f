namespace Predictive.History.Checks;

/// <summary>Limits of the data-quality check. Immutable; each default stands beside its meaning.</summary>
public sealed record CheckOptions
{
    /// <summary>Who a customer is. Default null: as dataset.json says.</summary>
    public CustomerLevel? Level { get; init; }

    /// <summary>The caller's present day, from a TimeProvider at the edge. Null = future dates and staleness are not judged.</summary>
    public DateOnly? Today { get; init; }

    /// <summary>The local time training would use as of. Null = midnight after the last transaction that is not in the future.</summary>
    public LocalTime? AsOf { get; init; }

    /// <summary>Horizon the data must be long enough for, in days. Default 90.</summary>
    public int HorizonDays { get; init; } = 90;

    /// <summary>Fewest customers with a purchase before the as-of. Fewer is blocking. Default 100.</summary>
    public int MinimumCustomers { get; init; } = 100;

    /// <summary>Fewest days from the first purchase to the as-of. Fewer is blocking. Default 30.</summary>
    public int MinimumHistoryDays { get; init; } = 30;

    /// <summary>Share of all lines at which one customer is reported. Default 0.1.</summary>
    public double DominantShare { get; init; } = 0.1;

    /// <summary>Days since the last transaction after which data are called stale. Default 30.</summary>
    public int StaleDays { get; init; } = 30;

    /// <summary>Ratio between the median purchases of two neighbouring months at which a currency jump is suspected. Default 5.</summary>
    public double CurrencyJumpRatio { get; init; } = 5;

    /// <summary>
    /// Memory this process may use, bytes; what does not fit is read range by range of customers, through temporary files. Default: no
    /// limit.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Folder for temporary files. Default: the system's.</summary>
    public string TemporaryFolder { get; init; } = Path.GetTempPath();

    /// <summary>Threads; 0 = one per core. The findings do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Examples listed per finding. Default 5.</summary>
    public int Examples { get; init; } = 5;
}
