using System.Text.Json;
using Microsoft.Playwright;
using Predictive.Api.Pages.Language;

namespace Predictive.EndToEnd.Tests.Browser;

/// <summary>What every page promises: a strict policy, no serious finding of axe, a phone's width, paper, a keyboard, two languages, and
/// all
/// of it without script, too.</summary>
[Collection(BrowserFixture.Collection)]
public sealed class EveryPageTests(BrowserFixture fixture)
{
    private static readonly string[] s_pages =
        ["/", "/at-risk", "/customers", "/segments", "/portfolio", "/models", "/data", "/metrics-catalogue", "/campaigns", "/alerts",
            "/tasks", "/report", "/ask", "/ask?q=revenue%20by%20month", "/ask?q=how%20many%20customers%20in%20June"];

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_page_has_a_serious_finding_of_axe_and_each_has_a_strict_policy(ColorScheme scheme)
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open(), new() { ColorScheme = scheme });
        var findings = new List<string>();
        foreach (string path in await All(tab))
        {
            IResponse answer = await tab.Go(path);
            string policy = answer.Headers["content-security-policy"];
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("no-store", answer.Headers["cache-control"]);
            findings.AddRange(await tab.SeriousFindings());
        }

        Assert.Empty(findings);
    }

    [Fact]
    public async Task No_page_is_wider_than_a_phone()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open(), new() { ViewportSize = new() { Width = 390, Height = 844 } });
        foreach (string path in await All(tab))
        {
            await tab.Go(path);
            Assert.True(
                await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 390, $"{path} is wider than the phone");
        }
    }

    [Fact]
    public async Task On_paper_there_is_the_content_alone()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/at-risk");
        await tab.Page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.False(await tab.Page.Locator(".bar").IsVisibleAsync());
        Assert.False(await tab.Page.Locator("form.filter").IsVisibleAsync());
        Assert.True(await tab.Page.Locator("td.who").First.IsVisibleAsync());
        Assert.Equal("rgb(255, 255, 255)",
            await tab.Page.EvaluateAsync<string>("getComputedStyle(document.documentElement).backgroundColor"));
    }

    [Fact]
    public async Task The_whole_way_to_a_customer_can_be_gone_by_keyboard()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/");
        IKeyboard keys = tab.Page.Keyboard;
        await keys.PressAsync("Tab");
        Assert.Equal("Skip to the content", await Focused(tab));
        await TabTo(tab, "At risk");
        await keys.PressAsync("Enter");
        await tab.At("**/at-risk");
        Assert.Equal("main", await tab.Page.EvaluateAsync<string>("document.activeElement.id"));
        string before = await tab.Text("output[data-live=capacity]");
        await tab.Page.Locator("select[name=segment]").FocusAsync();
        for (int k = 0; k < 12 && await tab.Page.EvaluateAsync<string>("document.activeElement.name || ''") != "capacity"; k++)
        {
            await keys.PressAsync("Tab");
        }

        for (int k = 0; k < 3; k++)
        {
            await keys.PressAsync("ArrowRight");
        }

        await tab.Until("new URL(location).searchParams.get('capacity') === '53'");
        Assert.NotEqual(before, await tab.Text("output[data-live=capacity]"));
        Assert.Equal("capacity", await tab.Page.EvaluateAsync<string>("document.activeElement.name"));
        string first = (await tab.Texts("td.who a"))[0];
        await TabTo(tab, first);
        await keys.PressAsync("Enter");
        await tab.At("**/customer?id=*");
        Assert.Equal($"Customer {first}", await tab.Text("h1"));
    }

    [Fact]
    public async Task Without_script_forms_and_links_do_the_same()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open(), new() { JavaScriptEnabled = false });
        await tab.Go("/at-risk");
        await tab.Page.Locator("select[name=tier]").SelectOptionAsync("gold");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await tab.At("**tier=gold**");
        JsonElement rows = (await tab.Json("/v1/at-risk?top=25&tier=gold")).GetProperty("list").GetProperty("rows");
        Assert.Equal(
            rows.EnumerateArray().Select(r => r.GetProperty("score").GetProperty("customerId").GetString()!), await tab.Texts("td.who a"));
        await tab.Page.Locator("td.who a").First.ClickAsync();
        Assert.StartsWith("Customer ", await tab.Text("h1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_Chinese_no_word_of_the_English_list_is_left()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open(), new() { Locale = "zh-CN" });
        Words english = Words.English, chinese = Words.All[1];
        // Words that are the same in both languages (AUC, RFM ...) are no fault.
        HashSet<string> words = [.. english.Keys.Where(k => english[k] != chinese[k] && !k.StartsWith("format.", StringComparison.Ordinal))
            .Select(k => english[k]).Where(t => !t.Contains('{', StringComparison.Ordinal))];
        HashSet<string> same = [.. chinese.Keys.Select(k => chinese[k])];
        foreach (string path in await All(tab))
        {
            await tab.Go(path);
            Assert.Equal("zh-Hans", await tab.Page.EvaluateAsync<string>("document.documentElement.lang"));
            string[] texts = await tab.Page.EvaluateAsync<string[]>(
                """
                () => {
                  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
                  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                    if (!node.parentElement.closest("[lang=en], code, script")) texts.push(node.textContent.trim());
                  }
                  return texts.filter(t => t);
                }
                """);
            Assert.NotEmpty(texts);
            Assert.Empty(texts.Where(t => words.Contains(t) && !same.Contains(t)).Distinct());
        }

        // Numbers and dates by culture, and the choice stays.
        Assert.Matches(@"\d{4}年\d{1,2}月\d{1,2}日", await tab.Text(".foot"));
        await tab.Page.GetByText("English", new() { Exact = true }).ClickAsync();
        await tab.Until("document.documentElement.lang === 'en'");
        await tab.Go("/segments");
        Assert.Equal("Segments", await tab.Text("h1"));
    }

    private static async Task<IEnumerable<string>> All(BrowserTab tab)
    {
        string id = (await tab.Json("/v1/at-risk?top=1")).GetProperty("list").GetProperty("rows")[0].GetProperty("score").GetProperty(
            "customerId")
            .GetString()!;
        return s_pages.Append($"/customer?id={id}");
    }

    private static Task<string> Focused(BrowserTab tab) => tab.Page.EvaluateAsync<string>("document.activeElement.textContent.trim()");

    private static async Task TabTo(BrowserTab tab, string text)
    {
        for (int k = 0; k < 60 && await Focused(tab) != text; k++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Equal(text, await Focused(tab));
    }
}
