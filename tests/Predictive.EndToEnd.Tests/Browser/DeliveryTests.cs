using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.EndToEnd.Tests.Browser;

/// <summary>A file brought in by clicking: read, asked about, shown, imported by the worker; and nothing written before.</summary>
[Collection(BrowserFixture.Collection)]
public sealed class DeliveryTests(BrowserFixture fixture)
{
    // Which of the two is the day nobody can tell: 3 April or 4 March.
    private const string Ambiguous = "customer;datum;betrag\nneu-1;03/04/2025;10,50\nneu-2;05/06/2025;20,25\n"
        + "neu-1;07/08/2025;1,75\n;07/08/2025;9,00\n";

    [Fact]
    public async Task A_file_is_asked_about_shown_and_only_then_imported()
    {
        (string address, string key, string data) = await fixture.Delivering();
        string[] before = Files(data);
        await using BrowserTab tab = await fixture.Tab(address);
        await SignedIn(tab, key);
        await Send(tab, "lieferung.csv", Ambiguous);

        await tab.Until("document.querySelector('form[action=\"/data/delivery/answer\"]')");
        Assert.Equal("Delivery: lieferung.csv", await tab.Text("h1"));
        string[] choices = await tab.Texts("form[action='/data/delivery/answer'] button");
        Assert.Equal(2, choices.Length);
        Assert.Equal(0, await tab.Page.Locator("form[action='/data/delivery/import']").CountAsync());
        string dayFirst = choices.Single(c => c.StartsWith("dd", StringComparison.Ordinal));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = dayFirst, Exact = true }).ClickAsync();

        await tab.Until("document.querySelector('form[action=\"/data/delivery/import\"]')");
        string text = await tab.Text("main");
        Assert.Contains("customer_id customer neu-1 · neu-2 · neu-1", text, StringComparison.Ordinal);
        Assert.Contains("Rows kept 3", text, StringComparison.Ordinal);
        Assert.Contains("no customer id 1 left out", text, StringComparison.Ordinal);
        Assert.Contains("Net amount 32.50", text, StringComparison.Ordinal);
        Assert.Contains($"times as {dayFirst}, decimal mark ,", text, StringComparison.Ordinal);
        Assert.Empty(await tab.SeriousFindings());
        Assert.Equal(before, Files(data));
        if (Environment.GetEnvironmentVariable("PREDICTIVE_SHOTS") is { } folder)
        {
            await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, "delivery.png"), FullPage = true });
        }

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add these rows to the data" }).ClickAsync();
        await tab.Until("document.querySelector('.lead')?.textContent.startsWith('Imported')");
        Assert.NotEqual(before, Files(data));

        // The host takes the rows up by itself.
        tab.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        for (int k = 0; ; k++)
        {
            using HttpResponseMessage answer = await tab.Api.GetAsync("/v1/customers/neu-1/score?asOf=2025-10-01");
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                JsonElement score = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
                Assert.Equal(12.25, score.GetProperty("rfm").GetProperty("monetary").GetDouble(), 6);
                break;
            }

            Assert.True(k < 300, $"{answer.StatusCode}: the new customer is not there");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        StoreDatabase store = StoreDatabase.Open(
            Path.Combine(fixture.Folder, "delivered-models", StoreDatabase.FileName), TimeProvider.System);
        AuditEntry entry = new AuditLog(store).List().First(e => e.Action == "import");
        Assert.StartsWith("key ", entry.Actor, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_imported_says_why_and_is_thrown_away()
    {
        (string address, string key, string data) = await fixture.Delivering();
        await using BrowserTab tab = await fixture.Tab(address, new() { Locale = "zh-CN" });
        await SignedIn(tab, key);
        await Send(tab, "../../x/notes.csv", "this is\nno table of\ntransactions at all\n");
        await tab.Until("document.querySelector('form[action=\"/data/delivery/drop\"]')");
        string text = await tab.Text("main");
        Assert.Contains("交付数据：notes.csv", text, StringComparison.Ordinal);
        Assert.DoesNotContain(data, text, StringComparison.Ordinal);
        Assert.DoesNotContain(".deliveries", text, StringComparison.Ordinal);
        Assert.Equal(0, await tab.Page.Locator("form[action='/data/delivery/import']").CountAsync());
        await tab.Page.Locator("form[action='/data/delivery/drop'] button").ClickAsync();
        await tab.At("**/data");
        Assert.DoesNotContain(
            Directory.GetDirectories(Path.Combine(fixture.Folder, "delivered-models", ".deliveries")),
            d => File.ReadAllText(Path.Combine(d, "delivery.json")).Contains("notes.csv", StringComparison.Ordinal));
    }

    private static string[] Files(string data) =>
        [.. Directory.GetFiles(data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static async Task SignedIn(BrowserTab tab, string key)
    {
        await tab.Go("/data");
        await tab.Page.Locator("input[name=key]").FillAsync(key);
        await tab.Page.Locator("input[name=key]").PressAsync("Enter");
        await tab.At("**/data");
    }

    private static async Task Send(BrowserTab tab, string name, string content)
    {
        await tab.Page.Locator("input[type=file]").SetInputFilesAsync(
            new FilePayload { Name = name, MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(content) });
        await tab.Page.Locator("form[action='/data/deliver'] button").ClickAsync();
        await tab.At("**/data/delivery?id=*");
    }
}
