using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Predictive.History;

namespace Predictive.Reports.Pages;

/// <summary>
/// Self-contained pages: markup, style and pictures in one file, no script, nothing fetched. They open from a file, follow light and dark,
/// and print. Rendered from Razor components without a browser, so that hosted pages can use the same ones.
/// </summary>
public static class ReportPage
{
    /// <summary>Writes a page: to a temporary name beside it, flushed to disk, then renamed.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string html, string path)
    {
        ArgumentNullException.ThrowIfNull(html);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(html)));
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
