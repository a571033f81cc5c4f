namespace Predictive.Segmentation.Queries;

/// <summary>A question to the catalogue: a metric, what divides it, what counts, when, and against what.</summary>
public sealed record MetricQuery
{
    /// <summary>Most dimensions.</summary>
    public const int MostDimensions = 3;

    /// <summary>Most rows of an answer.</summary>
    public const int MostRows = 10_000;

    /// <summary>Most groups that are made, before the rows are cut.</summary>
    public const int MostGroups = 100_000;

    /// <summary>Name, or another name, of the metric.</summary>
    public required string Metric { get; init; }

    /// <summary>Dimensions, in the order of the columns. Default: none.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    /// <summary>Conditions, all of which must hold: <c>tier = gold, silver</c>; several in one text are parted by <c>;</c>.</summary>
    public IReadOnlyList<string> Where { get; init; } = [];

    /// <summary>First day: a date, a month, a quarter or a year. Default: the first day of the data.</summary>
    public string? From { get; init; }

    /// <summary>Last day, counted: a date, or the end of a month, a quarter or a year. Default: the last day of the data.</summary>
    public string? To { get; init; }

    /// <summary><c>previous</c>, <c>year-ago</c>, or a period such as <c>2011-Q1</c>. Default: nothing is compared.</summary>
    public string? Compare { get; init; }

    /// <summary>Most rows, largest first where no time is asked for. Default 1,000.</summary>
    public int Limit { get; init; } = 1000;
}

/// <summary>One row of an answer, or its total.</summary>
/// <param name="Of">Value of each dimension; empty in the total.</param>
/// <param name="Value">The figure; null = no data.</param>
/// <param name="Low">Lower end of the 95 % interval; null = the figure was counted, not estimated.</param>
/// <param name="High">Upper end.</param>
/// <param name="Before">The figure of the period compared with.</param>
/// <param name="Change">Value less before.</param>
/// <param name="ChangeShare">Change per before; null where that is not above 0.</param>
/// <param name="Customers">Customers behind the figure.</param>
/// <param name="Lines">Purchase lines behind it; null of a figure as of a time.</param>
public sealed record QueryRow(
    IReadOnlyList<string> Of, double? Value, double? Low, double? High, double? Before, double? Change, double? ChangeShare, long Customers,
    long? Lines)
{
    /// <summary>Puts the figure it is held against beside it.</summary>
    internal QueryRow Against(double? before, Func<double, double> round) => this with
    {
        Before = before, Change = Value - before is { } change ? round(change) : null,
        ChangeShare = before is > 0 ? Math.Round((Value - before) / before ?? 0, 6) : null,
    };
}

/// <summary>An answer: the figures, and everything needed to trust them.</summary>
public sealed record QueryAnswer
{
    /// <summary>Definition and version, such as <c>revenue/1</c>.</summary>
    public required string Metric { get; init; }

    /// <summary>Its English name.</summary>
    public required string Name { get; init; }

    /// <summary>Its Chinese name.</summary>
    public required string Chinese { get; init; }

    /// <summary>money, share, customers ...</summary>
    public required string Unit { get; init; }

    /// <summary>Currency of money; null = the dataset does not say.</summary>
    public string? Currency { get; init; }

    /// <summary>The query that ran, by the names of the catalogue, in one line.</summary>
    public required string Query { get; init; }

    /// <summary>How the metric is computed.</summary>
    public required string Formula { get; init; }

    /// <summary>Days that count, both ends; null of a figure as of a time.</summary>
    public string? Period { get; init; }

    /// <summary>Days compared with; null = nothing is.</summary>
    public string? Against { get; init; }

    /// <summary>What is before it counts.</summary>
    public required string AsOf { get; init; }

    /// <summary>Last day with a line.</summary>
    public required string DataThrough { get; init; }

    /// <summary>The version whose predictions or cut-offs were used; null = none was.</summary>
    public string? Model { get; init; }

    /// <summary>Dimensions by name.</summary>
    public required IReadOnlyList<string> By { get; init; }

    /// <summary>The figure of everything that the filters keep.</summary>
    public required QueryRow Total { get; init; }

    /// <summary>The groups: by time first, else largest first.</summary>
    public required IReadOnlyList<QueryRow> Rows { get; init; }

    /// <summary>Groups there are; more than the rows where the limit cut them.</summary>
    public required int Groups { get; init; }

    /// <summary>What to know before the figures are used.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
