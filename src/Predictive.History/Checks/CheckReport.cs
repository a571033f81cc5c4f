using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.History.Checks;

/// <summary>One month of a history.</summary>
/// <param name="Month">Such as <c>2011-06</c>, on the dataset's clock.</param>
/// <param name="Lines">Lines of any amount.</param>
/// <param name="Purchases">Lines with an amount above zero.</param>
/// <param name="Net">Sum of the amounts, refunds subtracted, whole cents.</param>
public sealed record HistoryMonth(string Month, long Lines, long Purchases, double Net);

/// <summary>What a check found, most severe first.</summary>
public sealed record CheckReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>True where no finding is blocking: training may go ahead.</summary>
    public required bool Usable { get; init; }

    /// <summary>Lines of the transactions table; 0 where it could not be read.</summary>
    public required long Lines { get; init; }

    /// <summary>Customers of the transactions table.</summary>
    public required long Customers { get; init; }

    /// <summary>People of the customers and events tables without a transaction.</summary>
    public long Prospects { get; init; }

    /// <summary>Local time of the first line, ISO 8601; null where there is none.</summary>
    public required string? First { get; init; }

    /// <summary>Local time of the last line, ISO 8601; null where there is none.</summary>
    public required string? Last { get; init; }

    /// <summary>The findings: blocking, then warnings, then notes; by code within each.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>The history month by month, oldest first; months without a line are not in it.</summary>
    public IReadOnlyList<HistoryMonth> Months { get; init; } = [];

    /// <summary>Rows that the imports left out, by file and reason, as the reports beside the data say.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>Column heads of <see cref="ToTable"/>.</summary>
    public static IReadOnlyList<string> TableColumns { get; } = ["severity", "finding", "table", "column", "count", "what", "examples"];

    /// <summary>The findings as rows of text under <see cref="TableColumns"/>, for a console or a page.</summary>
    public IReadOnlyList<IReadOnlyList<string>> ToTable() =>
    [
        .. Findings.Select(f => (IReadOnlyList<string>)
        [
            f.Severity.ToString().ToLowerInvariant(), f.Code, f.Table ?? "", f.Column ?? "",
            f.Count.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), f.Message, string.Join(", ", f.Examples ?? []),
        ]),
    ];

    /// <summary>
    /// One JSON document: <c>{"usable", "lines", "customers", "prospects", "first", "last", "findings": [...], "months": [...], "leftOut":
    /// [...]}</c>.
    /// </summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
