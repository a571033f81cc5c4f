namespace Predictive.Training.Portraits;

/// <summary>Settings of the portraits.</summary>
public sealed record PortraitOptions
{
    /// <summary>
    /// Features that may tell groups apart, one per fact, so that no fact counts twice. Those constant or mostly missing in the base are
    /// left out. Default: silence, tenure, orders, cadence, order value, basket size, variety, refunds, trend.
    /// </summary>
    public IReadOnlyList<string> Features { get; init; } =
        [
            "recency_days", "tenure_days", "orders", "cadence_days", "order_value_mean", "lines_per_order", "categories", "refund_share",
            "spend_trend",
        ];

    /// <summary>
    /// Whether what events and attributes say may tell groups apart, too: events of a kind in the last horizon, numbers of the customers
    /// table. Default true.
    /// </summary>
    public bool Tables { get; init; } = true;

    /// <summary>Share of customers who have an event of a kind, below which it tells no groups apart. Default .05.</summary>
    public double LeastShare { get; init; } = .05;

    /// <summary>Fewest groups tried. Default 3.</summary>
    public int MinClusters { get; init; } = 3;

    /// <summary>Most groups tried. Default 8.</summary>
    public int MaxClusters { get; init; } = 8;

    /// <summary>Share cut off at each end of a feature before scaling (winsorising). Default 0.01.</summary>
    public double Winsor { get; init; } = 0.01;

    /// <summary>Share of missing values above which a feature is left out. Default 0.5.</summary>
    public double MostMissing { get; init; } = 0.5;

    /// <summary>Customers drawn (seeded) to choose the number of groups on; the final groups use everyone. Default 6,000.</summary>
    public int SelectionRows { get; init; } = 6000;

    /// <summary>Customers drawn (seeded) for silhouettes, whose cost is quadratic. Default 1,200.</summary>
    public int SilhouetteRows { get; init; } = 1200;

    /// <summary>Random halves of the base that stability is measured on. Default 4.</summary>
    public int Halves { get; init; } = 4;

    /// <summary>Independent k-means++ starts of the final groups. Default 10; the trials take a third of it.</summary>
    public int Starts { get; init; } = 10;

    /// <summary>Share of customers below which a group is tiny. Default 0.02.</summary>
    public double TinyShare { get; init; } = 0.02;

    /// <summary>Silhouette below which a group overlaps with its neighbour. Default 0.05.</summary>
    public double OverlappingSilhouette { get; init; } = 0.05;

    /// <summary>Mean Jaccard overlap below which a group is unstable. Default 0.6 (Hennig 2007: below 0.6 should not be trusted).</summary>
    public double UnstableJaccard { get; init; } = 0.6;

    /// <summary>Seed of draws and starts. Default 1.</summary>
    public int Seed { get; init; } = 1;
}
