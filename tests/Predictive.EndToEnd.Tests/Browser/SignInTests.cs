using System.Net;
using Microsoft.Playwright;
using Predictive.Api.Keys;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.EndToEnd.Tests.Browser;

/// <summary>Signing in with the host's keys, and what each role may do.</summary>
[Collection(BrowserFixture.Collection)]
public sealed class SignInTests(BrowserFixture fixture)
{
    [Fact]
    public async Task A_marketer_signs_in_comes_to_the_page_asked_for_and_may_change_nothing()
    {
        string address = await fixture.Keyed();
        await using BrowserTab tab = await fixture.Tab(address);
        await tab.Go("/at-risk?tier=gold");
        Assert.Equal("Sign in", await tab.Text("h1"));
        Assert.Empty(await tab.Texts("nav a"));
        await SignIn(tab, fixture.ScoreKey);
        Assert.Equal(1, await tab.Page.Locator("[role=alert]").CountAsync());
        await SignIn(tab, fixture.MarketerKey);
        await tab.At("**/at-risk?tier=gold");
        BrowserContextCookiesResult cookie = (await tab.Page.Context.CookiesAsync()).Single(c => c.Name == "predictive");
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
        Assert.DoesNotContain(fixture.MarketerKey, cookie.Value, StringComparison.Ordinal);
        await tab.Go("/models");
        Assert.Equal(0, await tab.Page.Locator("form[action='/models/promote']").CountAsync());

        // An export is noted with who took it away.
        await tab.Go("/at-risk?tier=gold");
        await tab.Download("button[value=csv]");
        StoreDatabase store = StoreDatabase.Open(Path.Combine(fixture.KeyedModels, StoreDatabase.FileName), TimeProvider.System);
        AuditEntry entry = new AuditLog(store).List()[0];
        Assert.Equal("export", entry.Action);
        Assert.Equal($"key {fixture.Keys.Read().First(k => k.Role == KeyRole.Marketer).Id}", entry.Actor);

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await tab.At("**/sign-in");
        await tab.Go("/customers");
        Assert.Equal("Sign in", await tab.Text("h1"));
    }

    [Fact]
    public async Task An_admin_promotes_goes_back_and_asks_for_a_training()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Keyed());
        await tab.Go("/models");
        await SignIn(tab, fixture.AdminKey);
        await tab.At("**/models");
        Assert.Equal("default/1", await tab.Text("tr.us td.who"));
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "what differs" }).ClickAsync();
        await tab.Until("document.querySelector('h1')?.textContent === 'default: version 1 against 2'");
        Assert.Contains("They mean the same.", await tab.Text("main"), StringComparison.Ordinal);
        await tab.Go("/models");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Keep for good" }).Last.ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "No longer keep for good" }).ClickAsync();
        await tab.Until("[...document.querySelectorAll('button')].every(b => b.textContent !== 'No longer keep for good')");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Put in service" }).ClickAsync();
        await tab.Until("document.querySelector('tr.us td.who')?.textContent === 'default/2'");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Back to the version before" }).ClickAsync();
        await tab.Until("document.querySelector('tr.us td.who')?.textContent === 'default/1'");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start a retraining" }).ClickAsync();
        await tab.At("**/models/job?id=*");
        Assert.Equal(1, await tab.Page.Locator("progress").CountAsync());
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "End it" }).ClickAsync();
        await tab.Page.GetByText("cancelled").First.WaitForAsync();
    }

    [Fact]
    public async Task A_post_without_its_token_changes_nothing_and_a_revoked_key_ends_the_session()
    {
        string address = await fixture.Keyed();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        (ApiKey key, string text) = fixture.Keys.Add(KeyRole.Admin, now);
        await using BrowserTab tab = await fixture.Tab(address);
        await tab.Go("/models");
        // A new key is known within a poll.
        await Eventually(async () =>
        {
            await SignIn(tab, text);
            return tab.Page.Url.EndsWith("/models", StringComparison.Ordinal);
        });
        string name = (await tab.Page.Context.CookiesAsync()).Single(c => c.Name == "predictive").Value;
        using var handler = new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = new Uri(address) };
        foreach (string path in (string[])["/models/train", "/models/rollback", "/models/promote", "/at-risk/export"])
        {
            using var post = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent([new("version", "2"),
                new("name", "default")]) };
            post.Headers.Add("Cookie", $"predictive={name}");
            post.Headers.Add("Accept", "text/html");
            Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(post)).StatusCode);
        }

        fixture.Keys.Revoke(key.Id, now);
        await Eventually(async () =>
        {
            await tab.Go("/models");
            return await tab.Text("h1") == "Sign in";
        });
    }

    private static async Task Eventually(Func<Task<bool>> holds)
    {
        for (int k = 0; k < 30; k++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(300);
        }

        Assert.Fail("It has not come true in nine seconds.");
    }

    private static async Task SignIn(BrowserTab tab, string key)
    {
        await tab.Page.Locator("input[name=key]").FillAsync(key);
        await tab.Page.RunAndWaitForResponseAsync(
            () => tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync(), r => r.Request.Method == "POST");
        // The driver's own wait misses a load that ends while it begins to wait.
        await tab.Until("document.readyState === 'complete'");
    }
}
