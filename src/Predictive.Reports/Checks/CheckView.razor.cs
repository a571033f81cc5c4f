using Microsoft.AspNetCore.Components;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Reports.Charts;
using static Predictive.Reports.Charts.ChartText;

namespace Predictive.Reports.Checks;

/// <summary>The page of one check: turns the report's numbers into series; the markup is beside it.</summary>
public sealed partial class CheckView
{
    private const int MostMarks = 8;
    private IReadOnlyList<HistoryMonth> _months = [];
    private IReadOnlyList<double> _marks = [];

    /// <summary>What was found.</summary>
    [Parameter, EditorRequired]
    public CheckReport Report { get; set; } = default!;

    /// <summary>Name of the dataset.</summary>
    [Parameter, EditorRequired]
    public string Dataset { get; set; } = "";

    private long LeftOutRows => Report.LeftOut.Where(l => !l.IsKept).Sum(l => l.Rows);

    private double Net => Cents.Of(Report.Months.Sum(m => m.Net));

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _months = Filled(Report.Months);
        int step = Math.Max(1, (_months.Count + MostMarks - 1) / MostMarks);
        _marks = [.. Enumerable.Range(0, _months.Count).Where(i => i % step == 0).Select(i => (double)i)];
    }

    /// <summary>With the months in between that hold nothing; long histories with stray dates are left as they are.</summary>
    private static IReadOnlyList<HistoryMonth> Filled(IReadOnlyList<HistoryMonth> months)
    {
        const int Most = 1200;
        if (months.Count == 0)
        {
            return months;
        }

        int first = NumberOf(months[0].Month), last = NumberOf(months[^1].Month);
        if (last - first >= Most)
        {
            return months;
        }

        var known = months.ToDictionary(m => NumberOf(m.Month));
        return
        [
            .. Enumerable.Range(first, last - first + 1).Select(
                n => known.TryGetValue(n, out HistoryMonth? month)
                    ? month
                    : new HistoryMonth(FormattableString.Invariant($"{n / 12:0000}-{(n % 12) + 1:00}"), 0, 0, 0)),
        ];
    }

    private static int NumberOf(string month) =>
        (int.Parse(month.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture) * 12)
            + int.Parse(month.AsSpan(5, 2), System.Globalization.CultureInfo.InvariantCulture) - 1;

    private IReadOnlyList<ChartSeries> Of(string name, Func<HistoryMonth, double> value) =>
        [new ChartSeries(name, "model", [.. _months.Select((m, i) => new ChartPoint(i, value(m)))])];

    private string MonthAt(double at) => at >= 0 && at < _months.Count && at == Math.Floor(at) ? _months[(int)at].Month : "";

    private static string Severity(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Blocking => "must be mended before anything is trained",
        FindingSeverity.Warning => "worth a look",
        _ => "good to know",
    };
}
