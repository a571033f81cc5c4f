using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Predictive.History;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Reports.Backtests;

/// <summary>
/// A backtest as one self-contained page: markup, style and pictures in one file, no script, nothing fetched. It opens from a file, follows
/// light and dark, and prints. Rendered from Razor components without a browser, so that hosted pages can use the same ones.
/// </summary>
public static class BacktestPage
{
    /// <summary>Writes the page: to a temporary name beside it, flushed to disk, then renamed. Equal reports give equal bytes.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task WriteAsync(BacktestReport report, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string html = await RenderAsync(report).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(html)));
    }

    /// <summary>The page as text.</summary>
    public static Task<string> RenderAsync(BacktestReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return RenderAsync<BacktestView>(new Dictionary<string, object?> { [nameof(BacktestView.Report)] = report });
    }

    /// <summary>Renders a component to markup without a browser or a host.</summary>
    public static async Task<string> RenderAsync<TComponent>(IDictionary<string, object?> parameters)
        where TComponent : IComponent
    {
        var services = new ServiceCollection().BuildServiceProvider();
        await using (services.ConfigureAwait(false))
        {
            var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
            await using (renderer.ConfigureAwait(false))
            {
                return await renderer.Dispatcher.InvokeAsync(async () =>
                    (await renderer.RenderComponentAsync<TComponent>(ParameterView.FromDictionary(parameters))
                        .ConfigureAwait(false)).ToHtmlString()).ConfigureAwait(false);
            }
        }
    }
}
