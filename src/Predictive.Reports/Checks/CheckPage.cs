using Predictive.History.Checks;
using Predictive.Reports.Pages;

namespace Predictive.Reports.Checks;

/// <summary>What a check found as one self-contained page (<see cref="ReportPage"/>).</summary>
public static class CheckPage
{
    /// <summary>Writes the page, whole or not at all. Equal reports give equal bytes.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="dataset">Name of the dataset, as its reader knows it.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task WriteAsync(CheckReport report, string dataset, string path) =>
        ReportPage.Write(await RenderAsync(report, dataset).ConfigureAwait(false), path);

    /// <summary>The page as text.</summary>
    public static Task<string> RenderAsync(CheckReport report, string dataset)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(dataset);
        return ReportPage.RenderAsync<CheckView>(new Dictionary<string, object?>
        {
            [nameof(CheckView.Report)] = report, [nameof(CheckView.Dataset)] = dataset,
        });
    }
}
