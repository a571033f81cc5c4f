using Predictive.Reports.Pages;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Reports.Backtests;

/// <summary>A backtest as one self-contained page (<see cref="ReportPage"/>).</summary>
public static class BacktestPage
{
    /// <summary>Writes the page, whole or not at all. Equal reports give equal bytes.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task WriteAsync(BacktestReport report, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string html = await RenderAsync(report).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        ReportPage.Write(html, path);
    }

    /// <summary>The page as text.</summary>
    public static Task<string> RenderAsync(BacktestReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return ReportPage.RenderAsync<BacktestView>(new Dictionary<string, object?> { [nameof(BacktestView.Report)] = report });
    }
}
