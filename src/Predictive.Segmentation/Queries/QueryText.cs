using System.Globalization;
using System.Text;

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
    public static string Csv(QueryAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var csv = new StringBuilder();
        csv.AppendJoin(',', [.. answer.By, "metric", "period", "value", "low", "high", "before", "change", "customers"]).Append("\r\n");
        foreach (QueryRow row in answer.Rows.Append(answer.Total))
        {
            IEnumerable<string> of = row.Of.Count > 0 ? row.Of : answer.By.Select(_ => "(all)");
            csv.AppendJoin(',', [
                .. of.Select(Cell), answer.Metric, answer.Period ?? answer.AsOf, Number(row.Value), Number(row.Low), Number(row.High),
                Number(row.Before), Number(row.Change), row.Customers.ToString(CultureInfo.InvariantCulture),
            ]).Append("\r\n");
        }

        return csv.ToString();
    }

    private static string Number(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Cell(string text)
    {
        string safe = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '|' ? "'" + text : text;
        return safe.AsSpan().ContainsAny(",\"\r\n".AsSpan()) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
