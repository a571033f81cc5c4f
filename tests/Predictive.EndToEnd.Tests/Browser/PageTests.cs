using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using MiniExcelLibs;

namespace Predictive.EndToEnd.Tests.Browser;

/// <summary>Each page's main task, done by clicking; its figures against the API's or computed by hand.</summary>
[Collection(BrowserFixture.Collection)]
public sealed class PageTests(BrowserFixture fixture)
{
    [Fact]
    public async Task The_overview_shows_the_apis_figures_and_leads_to_the_calls()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/");
        JsonElement portfolio = await tab.Json("/v1/portfolio");
        string[] values = await tab.Texts(".figure .value");
        Assert.Equal(Count(portfolio.GetProperty("customers").GetDouble()), values[0]);
        Assert.Equal(Count(Metric(portfolio, "revenue_365d")), values[2]);
        Assert.Equal(Count(portfolio.GetProperty("expectedChurners").GetDouble()), values[3]);
        Assert.Equal(Count(portfolio.GetProperty("expectedSpend").GetDouble()), values[4]);

        // What takes longer comes in by itself.
        await tab.Page.Locator("[data-live=changes] table").WaitForAsync();
        JsonElement moved = portfolio.GetProperty("report").GetProperty("compared").GetProperty("migration").GetProperty("lifecycle");
        int most = moved.GetProperty("counts").EnumerateArray()
            .SelectMany((row, i) => row.EnumerateArray().Select((cell, j) => i == j ? 0 : cell.GetInt32())).Max();
        Assert.StartsWith(Count(most), (await tab.Texts("[data-live=changes] li"))[0], StringComparison.Ordinal);

        await tab.Page.GetByText("Call the first 50").ClickAsync();
        await tab.At("**/at-risk?capacity=50");
        Assert.Equal("The list: 50 customers", await tab.Text("[data-live=rows] h2"));
    }

    [Fact]
    public async Task A_question_is_understood_answered_offered_or_refused()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/ask");
        await tab.Page.Locator("input[name=q]").FillAsync("revenue by channel");
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.Locator(".understood").WaitForAsync();
        Assert.Contains("revenue (revenue/1), by channel, of all time", await tab.Text(".understood"), StringComparison.Ordinal);
        JsonElement api = await tab.Json("/v1/metrics/revenue/query?by=channel");
        Assert.Equal(
            api.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("of")[0].GetString()!).Append("all"),
            await tab.Texts("main tbody tr td:first-child"));
        await tab.Go("/ask?q=how%20many%20customers%20in%20June");
        await tab.Page.Locator(".readings a").Nth(1).ClickAsync();
        await tab.Page.Locator(".understood").WaitForAsync();
        Assert.Contains("new_customers/1", await tab.Text(".understood"), StringComparison.Ordinal);
        await tab.Go("/ask?q=what%20is%20the%20weather&lang=zh-Hans");
        Assert.Contains("无法回答", await tab.Text("main .notice"), StringComparison.Ordinal);
        Assert.Contains("'weather'", await tab.Text("main .notice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_tells_the_apis_figures()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/report");
        string[] said = await tab.Texts("main ul li");
        Assert.StartsWith("Revenue ", said[0], StringComparison.Ordinal);
        Assert.Contains("revenue/1", await tab.Texts("main td:first-child"));
        await tab.Go("/report?compare=last-quarter&lang=zh-Hans");
        Assert.StartsWith("净销售额", (await tab.Texts("main ul li"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_is_the_apis_row_by_row_and_so_are_its_exports()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/at-risk");
        await tab.Page.Locator("select[name=tier]").SelectOptionAsync("gold");
        await tab.Until("location.search.includes('tier=gold')");
        JsonElement list = (await tab.Json("/v1/at-risk?top=50&tier=gold")).GetProperty("list");
        string[] expected = [.. list.GetProperty("rows").EnumerateArray().Select(r =>
            r.GetProperty("score").GetProperty("customerId").GetString()!)];
        await tab.Page.Locator("td.who a").First.WaitForAsync();
        Assert.Equal(expected.Take(25), await tab.Texts("td.who a"));

        string csv = Encoding.UTF8.GetString(await tab.Download("button[value=csv]"));
        Assert.Equal(await tab.Api.GetStringAsync("/v1/at-risk?top=50&tier=gold&format=csv"), csv);
        byte[] workbook = await tab.Download("button[value=xlsx]");
        using var theirs = new MemoryStream(await tab.Api.GetByteArrayAsync("/v1/at-risk?top=50&tier=gold&format=xlsx"));
        using var ours = new MemoryStream(workbook);
        object[][] rows = Rows(ours);
        Assert.Equal(51, rows.Length);
        Assert.Equal(Rows(theirs), rows);

        // Only those ticked.
        await tab.Page.Locator("input[name=customer]").Nth(1).CheckAsync();
        string[] chosen = Encoding.UTF8.GetString(await tab.Download("button[value=csv]")).Trim().Split('\n');
        Assert.Equal(2, chosen.Length);
        Assert.Contains(expected[1], chosen[1], StringComparison.Ordinal);

        // The address is the view.
        await using BrowserTab other = await fixture.Tab(await fixture.Open());
        await other.Go(new Uri(tab.Page.Url).PathAndQuery);
        Assert.Equal(expected.Take(25), await other.Texts("td.who a"));
    }

    [Fact]
    public async Task The_sliders_say_what_the_rows_say_by_hand()
    {
        // Between two cents: rows are told in whole ones, and so tell exactly who saves more than it.
        const double Offer = 7.505;
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/at-risk");
        (double P, double Loss, double Saving)[] all =
        [
            .. (await tab.Json("/v1/at-risk?top=10000&minProbability=0.5")).GetProperty("list").GetProperty("rows").EnumerateArray(
                ).Select(r => (
                r.GetProperty("score").GetProperty("churn").GetProperty("probability").GetDouble(),
                r.GetProperty("expectedLoss").GetDouble(), r.GetProperty("expectedSaving").GetDouble())),
        ];
        await Slide(tab, "minProbability", "0.5");
        await Slide(tab, "capacity", "120");
        await Slide(tab, "offer", Offer.ToString(CultureInfo.InvariantCulture));
        await tab.Until("document.querySelector('[data-live=rows] h2').textContent.includes('120')");
        await tab.Until("location.search.includes('offer=7.505')");
        var contacted = all.Take(120).ToArray();
        double caught = contacted.Sum(c => c.P), kept = contacted.Sum(c => c.Saving);
        string[] values = await tab.Texts("[data-live=cut] .value");
        Assert.Equal(Fixed(caught, 0), values[0]);
        Assert.Equal(Fixed(120 - Math.Round(caught, MidpointRounding.AwayFromZero), 0), values[1]);
        Close(contacted.Sum(c => c.Loss), values[2]);
        Close(kept, values[3]);
        Close(kept - (120 * Offer), values[4]);

        // Where most is left over: the number of contacts whose own saving still pays its cost.
        int best = all.Count(c => c.Saving > Offer);
        Assert.Contains($"with {Count(best)} contacts", await tab.Text("[data-live=cut] p"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customer_is_found_while_typing_and_shown_whole()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        string id = (await tab.Json("/v1/at-risk?top=3")).GetProperty("list").GetProperty("rows")[2].GetProperty("score").GetProperty(
            "customerId")
            .GetString()!;
        await tab.Go("/customers");
        await tab.Page.Locator("input[name=q]").PressSequentiallyAsync(id);
        await tab.Until("document.querySelectorAll('td.who').length === 1");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = id, Exact = true }).ClickAsync();
        await tab.Page.Locator(".verdicts").WaitForAsync();
        JsonElement view = await tab.Json($"/v1/customers/{id}"), score = view.GetProperty("score");
        Assert.Equal($"Customer {id}", await tab.Text("h1"));
        Assert.Equal(Percent(score.GetProperty("churn").GetProperty("probability").GetDouble()), await tab.Text(".lead .risk"));
        Assert.Equal(score.GetProperty("churn").GetProperty("reasons").GetArrayLength(), (await tab.Texts(".reasons li")).Length);
        Assert.Contains(score.GetProperty("tier").GetProperty("current").GetString()!, await tab.Text(".verdicts"),
            StringComparison.Ordinal);
        Assert.Equal(5, (await tab.Texts("ul.plain li a")).Length);
        Assert.Equal(
            view.GetProperty("lines").GetArrayLength(),
                (await tab.Page.Locator("h2:has-text('Latest purchases') + .wide tbody tr").CountAsync()));
    }

    [Fact]
    public async Task Every_figure_of_the_portfolio_leads_to_the_list_behind_it()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/portfolio");
        foreach (string selector in (string[])
            [
                "table.grid td a >> nth=0", ".matrix h3 + .big", "table.heat:not(.grid) tbody td.h2 a >> nth=0",
                "table.heat:not(.grid) tbody tr:last-child td a >> nth=0",
            ])
        {
            string count = await tab.Text(selector);
            ILocator link = selector.Contains(".matrix",
                StringComparison.Ordinal) ? tab.Page.Locator(".matrix h3 a").First : tab.Page.Locator(selector).First;
            await link.ClickAsync();
            await tab.At("**/customers?**");
            Assert.StartsWith($"{count} customers", await tab.Text("[data-live=rows] p"), StringComparison.Ordinal);
            await tab.Page.GoBackAsync();
            await tab.Page.Locator("table.grid").WaitForAsync();
        }

        await tab.Page.Locator("h2 a[href*='#value_matrix']").ClickAsync();
        await tab.Until("location.pathname + location.hash === '/metrics-catalogue#value_matrix'");
        Assert.True(await tab.Page.Locator("tr#value_matrix").IsVisibleAsync());
    }

    [Fact]
    public async Task Every_group_of_the_segments_holds_whom_it_says()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/segments");
        foreach (string section in (string[])["rfm_segment", "value_band", "quadrant", "loyalty_band", "lifetime_band"])
        {
            string count = await tab.Text($"#{section} tbody td:nth-child(2)");
            await tab.Page.Locator($"#{section} tbody a").First.ClickAsync();
            await tab.At("**/customers?**");
            Assert.StartsWith($"{count} customers", await tab.Text("[data-live=rows] p"), StringComparison.Ordinal);
            await tab.Page.GoBackAsync();
            await tab.Page.Locator("#rfm_segment").WaitForAsync();
        }
    }

    [Fact]
    public async Task The_data_page_tells_what_is_loaded_and_found()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/");
        await tab.Page.Locator("nav").GetByText("Data", new() { Exact = true }).ClickAsync();
        await tab.Page.GetByText("Findings").WaitForAsync();
        Assert.Equal("41,598", (await tab.Texts(".figure .value"))[0]);
        Assert.Equal("2 Oct 2023", (await tab.Texts(".figure .value"))[2]);
    }

    [Fact]
    public async Task Online_Retail_shows_its_list_its_customers_and_whether_the_predictions_came_true()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Retail());
        await tab.Go("/at-risk");
        string[] expected =
        [
            .. (await tab.Json("/v1/at-risk?top=25")).GetProperty("list").GetProperty("rows").EnumerateArray()
                .Select(r => r.GetProperty("score").GetProperty("customerId").GetString()!),
        ];
        Assert.Equal(expected, await tab.Texts("td.who a"));
        Assert.Equal(
            await tab.Api.GetStringAsync("/v1/at-risk?top=50&format=csv"),
                Encoding.UTF8.GetString(await tab.Download("button[value=csv]")));
        await tab.Page.Locator("td.who a").First.ClickAsync();
        await tab.Page.Locator(".verdicts").WaitForAsync();
        Assert.Equal($"Customer {expected[0]}", await tab.Text("h1"));

        // The data go on for a horizon after the training: what became of the version's own predictions is drawn.
        await tab.Go("/models");
        JsonElement then = await tab.Json("/v1/portfolio?asOf=2011-06-03");
        string words = await tab.Text("h2:has-text('Did the predictions come true?') + p");
        Assert.StartsWith(
            $"On 3 Jun 2011 this version predicted {Count(then.GetProperty("expectedChurners").GetDouble())} of "
                + $"{Count(then.GetProperty("customers").GetDouble())} customers to leave;",
            words, StringComparison.Ordinal);
        Assert.Equal(3, await tab.Page.Locator("h2:has-text('Did the predictions come true?') ~ .quad svg").CountAsync());
    }

    private static async Task Slide(BrowserTab tab, string name, string value)
    {
        await tab.Page.Locator($"input[name={name}]").EvaluateAsync(
            "(field, value) => { field.value = value; field.dispatchEvent(new Event('input', { bubbles: true })); }", value);
        await tab.Until($"new URL(location).searchParams.get('{name}') === '{value}'");
    }

    private static double Metric(JsonElement portfolio,
        string name) => portfolio.GetProperty("report").GetProperty("metrics").EnumerateArray()
        .First(m => m.GetProperty("name").GetString() == name).GetProperty("value").GetDouble();

    private static object[][] Rows(Stream workbook) =>
        [.. workbook.Query().Cast<IDictionary<string, object>>().Select(r => r.Values.ToArray())];

    // Rows come in whole cents, sums are of exact values.
    private static void Close(double expected, string shown) =>
        Assert.InRange(double.Parse(shown.Replace('−', '-'), NumberStyles.Any, CultureInfo.InvariantCulture), expected - 1, expected + 1);

    private static string Count(double value) => Fixed(value, 0);

    private static string Percent(double share) => Fixed(100 * share, 0) + " %";

    private static string Fixed(double value, int decimals) =>
        value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
