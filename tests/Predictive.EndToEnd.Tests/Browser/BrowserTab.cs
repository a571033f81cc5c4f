using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Predictive.EndToEnd.Tests.Browser;

/// <summary>
/// One tab that notes what no page may do: write an error to the console, throw, ask another host for anything. Checked when it is closed.
/// </summary>
public sealed class BrowserTab : IAsyncDisposable
{
    private readonly List<string> _faults = [];
    private readonly IBrowserContext _context;

    public BrowserTab(string address, IBrowserContext context, IPage page)
    {
        (_context, Page, Api) = (context, page, new HttpClient { BaseAddress = new Uri(address) });
        page.Console += (_, message) =>
        {
            // A refused request (401, 403, 404) is told there by the browser itself.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _faults.Add($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => _faults.Add($"error: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                _faults.Add($"request to another host: {request.Url}");
            }
        };
        page.SetDefaultTimeout(60_000);
    }

    public IPage Page { get; }

    /// <summary>The same host's API.</summary>
    public HttpClient Api { get; }

    public Task<JsonElement> Json(string path) => Api.GetFromJsonAsync<JsonElement>(path);

    public async Task<IResponse> Go(string path) => (await Page.GotoAsync(path))!;

    /// <summary>Waits until an expression holds. Playwright's own waiting evaluates text in the page, which the pages' policy
    /// forbids.</summary>
    public async Task Until(string expression)
    {
        for (int k = 0; k < 600; k++)
        {
            try
            {
                if (await Page.EvaluateAsync<bool>($"() => !!({expression})"))
                {
                    return;
                }
            }
            catch (PlaywrightException) when (k < 599)
            {
                // The page went away while it was asked.
            }

            await Task.Delay(100);
        }

        string shown = await Page.EvaluateAsync<string>("() => document.body?.innerText ?? ''");
        Assert.Fail($"{expression} has not come true in a minute at {Page.Url}, which shows:\n{shown[..Math.Min(2_000, shown.Length)]}");
    }

    /// <summary>
    /// Waits until the page of an address is there whole. Not by the driver's events: one that passed before it was waited for never comes
    /// again.
    /// </summary>
    /// <param name="glob">The address, with <c>**</c> and <c>*</c> for whatever.</param>
    public Task At(string glob)
    {
        string pattern = Regex.Escape(glob).Replace("\\*\\*", ".*").Replace("\\*", "[^/]*").Replace("/", "\\/").Replace("&", "\\x26");
        return Until($"/^{pattern}$/.test(location.href) && document.readyState === 'complete'");
    }

    /// <summary>Text of an element, spaces as one.</summary>
    public async Task<string> Text(string selector) =>
        string.Join(' ', (await Page.Locator(selector).First.InnerTextAsync()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Texts of all elements.</summary>
    public async Task<string[]> Texts(string selector) =>
        [.. (await Page.Locator(selector).AllInnerTextsAsync()).Select(t => t.Trim())];

    /// <summary>Findings of axe that are serious or critical.</summary>
    public async Task<string[]> SeriousFindings()
    {
        AxeResult result = await Page.RunAxe();
        return
        [
            .. result.Violations.Where(v => v.Impact is "serious" or "critical")
                .Select(v => $"{Page.Url} {v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html))}"),
        ];
    }

    /// <summary>What a button or link saves.</summary>
    public async Task<byte[]> Download(string selector)
    {
        IDownload download = await Page.RunAndWaitForDownloadAsync(() => Page.Locator(selector).First.ClickAsync());
        return await File.ReadAllBytesAsync(await download.PathAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        Api.Dispose();
        Assert.Empty(_faults);
    }
}
