using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Segments;

namespace Predictive.Acting.Alerts;

/// <summary>Words of a rule with fields in braces.</summary>
internal static partial class AlertText
{
    private const string Customer = "customer";

    /// <summary>The fields that words name, in order.</summary>
    public static IEnumerable<string> Fields(string text) => Braces().Matches(text).Select(m => m.Groups[1].Value);

    /// <summary>Fields that there are not.</summary>
    public static IEnumerable<string> Unknown(string text, AlertRule rule) => Fields(text)
        .Where(f => f != Customer && (rule.IsOfBase ? BaseMetrics.All.All(m => m.Name != f) : CustomerMetrics.Find(f) is null));

    /// <summary>The words about a row; whole numbers where a fraction says nothing.</summary>
    /// <param name="text">With fields in braces.</param>
    /// <param name="table">Of the base.</param>
    /// <param name="row">Whom it is about.</param>
    /// <param name="own">Fields beside those of the table; null = there is none, as for a field that it does not know.</param>
    public static string Of(string text, SegmentTable table, int row, Func<string, string?>? own = null) =>
        Braces().Replace(text, m => own?.Invoke(m.Groups[1].Value) ?? m.Groups[1].Value switch
    {
        Customer => table.CustomerId(row),
        var field when table.Has(field) => table.Columns.First(c => c.Metric.Name == field) is { Numbers: { } numbers }
            ? Number(numbers[row])
            : table.Texts(field)[row] ?? "unknown",
        _ => "unknown",
    });

    /// <summary>The words about the base.</summary>
    public static string Of(string text, IReadOnlyDictionary<string, double?> metrics) => Braces().Replace(
        text, m => metrics.GetValueOrDefault(m.Groups[1].Value) is { } value ? Number(value) : "unknown");

    private static string Number(double value) => double.IsNaN(value) ? "unknown"
        : value.ToString(Math.Abs(value) >= 10 || value == Math.Round(value) ? "N0" : "0.##", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{([a-z0-9_.]+)\}", RegexOptions.IgnoreCase)]
    private static partial Regex Braces();
}
