using System.Globalization;

namespace Predictive.Reports.Charts;

/// <summary>Numbers as text: for SVG attributes and for readers. Invariant, whatever the machine's culture.</summary>
public static class ChartText
{
    /// <summary>A coordinate: at most two decimals.</summary>
    public static string Px(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A share as percent, such as <c>12 %</c> or <c>12.3 %</c>; an en dash where there is none.</summary>
    public static string Percent(double? share, int decimals = 0) =>
        Fixed(100 * share, decimals) is var text && text == "–" ? text : text + " %";

    /// <summary>With a fixed number of decimals; an en dash for null, NaN and infinities.</summary>
    public static string Fixed(double? value, int decimals) =>
        value is { } v && double.IsFinite(v)
            ? v.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : "–";

    /// <summary>An amount a reader can take in: 1,234,567 or 12.34 (two decimals below 100).</summary>
    public static string Amount(double? value) => Fixed(value, Math.Abs(value ?? 0) < 100 ? 2 : 0);

    /// <summary>An axis number: 1.2M, 350k, 0.5.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
