using System.Globalization;
using Predictive.Segmentation.Portfolio;

namespace Predictive.Segmentation.Queries;

/// <summary>Answers as texts and files.</summary>
public static class QueryText
{
    /// <summary>How a value is written in a sentence or a table.</summary>
    /// <param name="value">The value; null = no data.</param>
    /// <param name="unit">Unit of the metric.</param>
    public static string Of(double? value, string unit) => value is not { } v ? "–" : unit switch
    {
        "share" => string.Create(CultureInfo.InvariantCulture, $"{100 * v:0.0} %"),
        "money" => string.Create(CultureInfo.InvariantCulture, $"{v:N2}"),
        _ => v == Math.Floor(v)
            ? string.Create(CultureInfo.InvariantCulture, $"{v:N0}")
            : string.Create(CultureInfo.InvariantCulture, $"{v:N2}"),
    };

    /// <summary>An answer as CSV: one row a group, the total last; text that a spreadsheet would run has an apostrophe before it.</summary>
    public static byte[] Csv(QueryAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        using var stream = new MemoryStream();
        ListFile.Write(
            stream, "csv", answer, [.. answer.Rows, answer.Total],
            [
                .. answer.By.Select((name, i) => new ListColumn<QueryRow>(name, r => r.Of.Count > 0 ? r.Of[i] : "(all)")),
                new("metric", _ => answer.Metric), new("period", _ => answer.Period ?? answer.AsOf), new("value", r => r.Value),
                new("low", r => r.Low), new("high", r => r.High), new("before", r => r.Before), new("change", r => r.Change),
                new("customers", r => r.Customers),
            ]);
        return stream.ToArray();
    }
}
