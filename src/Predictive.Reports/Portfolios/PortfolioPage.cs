using Predictive.Reports.Pages;
using Predictive.Segmentation.Portfolio;

namespace Predictive.Reports.Portfolios;

/// <summary>A portfolio as one self-contained page (<see cref="ReportPage"/>).</summary>
public static class PortfolioPage
{
    /// <summary>Writes the page, whole or not at all. Equal reports give equal bytes.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task WriteAsync(PortfolioReport report, string path) =>
        ReportPage.Write(await RenderAsync(report).ConfigureAwait(false), path);

    /// <summary>The page as text.</summary>
    public static Task<string> RenderAsync(PortfolioReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return ReportPage.RenderAsync<PortfolioView>(new Dictionary<string, object?> { [nameof(PortfolioView.Report)] = report });
    }
}
