using Predictive.Reports.Backtests;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Cli.Verbs;

/// <summary>Writes backtest pages: one file each; several reports get their as-of date and engine into the name.</summary>
internal static class ReportPage
{
    public static IReadOnlyList<string> Write(IReadOnlyList<BacktestReport> reports, string file)
    {
        var written = new List<string>();
        for (int i = 0; i < reports.Count; i++)
        {
            string name = reports.Count == 1 ? file
                : Path.Combine(
                    Path.GetDirectoryName(file) ?? "",
                    $"{Path.GetFileNameWithoutExtension(file)}-{i + 1}-{reports[i].AsOf.Replace(':', '-')}-{reports[i].Engine}"
                        + $"{Path.GetExtension(file)}");
            BacktestPage.WriteAsync(reports[i], name).GetAwaiter().GetResult();
            written.Add(name);
        }

        return written;
    }
}
