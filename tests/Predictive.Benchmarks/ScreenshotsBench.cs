using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Predictive.Api;
using Predictive.Api.Configuration;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>screenshots --data DIR --models DIR --out DIR</c>: the README's pictures of the pages, taken by Debian's Chromium from a host started
/// here: <c>pages-overview.png</c> and <c>pages-at-risk.png</c>.
/// </summary>
internal static class ScreenshotsBench
{
    private static readonly (string Path, string File, string WaitFor)[] s_taken =
        [("/", "pages-overview.png", "[data-live=changes] table"), ("/at-risk?capacity=50&offer=3", "pages-at-risk.png", "td.who")];

    public static int Run(string[] args)
    {
        if (args is not ["--data", var data, "--models", var models, "--out", var folder])
        {
            Console.Error.WriteLine("Usage: screenshots --data DIR --models DIR --out DIR");
            return 2;
        }

        return RunAsync(data, models, folder).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(string data, string models, string folder)
    {
        await using WebApplication app = ScoringHost.Build(
            new ScoringHostOptions { Data = data, Models = models, Urls = "http://127.0.0.1:0", LogRequests = false },
            TimeProvider.System, b => b.Logging.ClearProviders());
        await app.StartAsync();
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium", Headless = true, Args = ["--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-quic"],
        });
        IPage page = await browser.NewPageAsync(new BrowserNewPageOptions
        {
            BaseURL = app.Urls.First(), Locale = "en-GB", ViewportSize = new ViewportSize { Width = 1280, Height = 1120 },
        });
        foreach ((string path, string file, string waitFor) in s_taken)
        {
            await page.GotoAsync(path);
            await page.Locator(waitFor).First.WaitForAsync();
            // A machine without Chinese fonts draws the other language's name as boxes.
            await page.EvaluateAsync("document.querySelector('.bar .aside').remove()");
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, file) });
            Console.WriteLine(file);
        }

        return 0;
    }
}
