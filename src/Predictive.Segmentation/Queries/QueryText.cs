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

    /// <summary>An answer as bars of text, one line a group; what is below nothing is drawn lightly.</summary>
    public static IEnumerable<string> Chart(QueryAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        const int Widest = 50;
        string unit = answer.Unit == "money" && answer.Currency is { } currency ? currency : answer.Unit;
        yield return $"{answer.Query} ({unit}), {answer.Metric}";
        QueryRow[] rows = answer.Rows.Count > 0 ? [.. answer.Rows] : [answer.Total];
        double most = rows.Max(r => Math.Abs(r.Value ?? 0));
        string[] names = [.. rows.Select(r => r.Of.Count > 0 ? string.Join(" · ", r.Of) : "all")];
        int wide = names.Max(n => n.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            int length = most > 0 ? (int)Math.Round(Widest * Math.Abs(rows[i].Value ?? 0) / most) : 0;
            yield return $"{names[i].PadRight(wide)}  {new string(rows[i].Value < 0 ? '░' : '█', length)} {Of(rows[i].Value, answer.Unit)}";
        }
    }

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
