using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Predictive.Acting.Campaigns;
using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.Campaigns;
using Predictive.Store.Standing;

namespace Predictive.EndToEnd.Tests.Browser;

/// <summary>Campaigns, alerts and tasks by clicking: made, seen, taken away, done; their figures are the API's.</summary>
[Collection(BrowserFixture.Collection)]
public sealed class ActingPageTests(BrowserFixture fixture)
{
    private StoreDatabase Store() => StoreDatabase.Open(Path.Combine(fixture.Folder, "open", StoreDatabase.FileName), TimeProvider.System);

    [Fact]
    public async Task A_campaign_is_made_taken_away_reported_and_cancelled()
    {
        const string Name = "calls & <b>letters</b>";
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        await tab.Go("/campaigns");
        await tab.Page.Locator("form.filter input[name=name]").FillAsync(Name);
        await tab.Page.Locator("input[name=top]").FillAsync("300");
        await tab.Page.Locator("input[name=holdout]").FillAsync("40");
        await tab.Page.Locator("input[name=cost]").FillAsync("2.5");
        await tab.Page.Locator("input[name=margin]").FillAsync("40");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Draw" }).ClickAsync();
        await tab.At("**/campaign?name=*");
        Assert.Equal(Name, await tab.Text("h1"));
        Assert.Equal(["180", "120"], (await tab.Texts("dl.plain dt")).Take(2));
        JsonElement campaign = (await tab.Json("/v1/campaigns")).GetProperty("campaigns")[0];
        JsonElement plan = campaign.GetProperty("plan");
        Assert.Equal((Name, 2.5, .4), (
            campaign.GetProperty("name").GetString(), plan.GetProperty("cost").GetDouble(), plan.GetProperty("margin").GetDouble()));

        string[] csv = Encoding.UTF8.GetString(await tab.Download("button[value=csv]")).Trim().Split('\n');
        var book = new CampaignBook(Store());
        Campaign made = book.Find(Name)!;
        IReadOnlyList<CampaignMember> members = book.Members(made.Id);
        Assert.Equal(181, csv.Length);
        Assert.DoesNotContain(members.Where(m => m.IsHeldOut), m => csv.Any(l => l.Contains(m.CustomerId, StringComparison.Ordinal)));

        book.Note(made, Rehearsal.Play(members, .3, 1), made.To, "test");
        await tab.Page.ReloadAsync();
        Assert.Equal(3, (await tab.Texts("#effects tbody tr")).Length);
        Assert.Contains("points", (await tab.Texts("#effects tbody tr"))[0], StringComparison.Ordinal);
        Assert.Empty(await tab.SeriousFindings());

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel it" }).ClickAsync();
        await tab.Until("!document.querySelector('button[value=csv]')");
        await tab.Go("/campaigns");
        Assert.Contains(await tab.Texts("td.words"), t => t == "cancelled");

        // What cannot be made is said, and the form is a step back.
        await tab.Page.Locator("form.filter input[name=name]").FillAsync(Name);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Draw" }).ClickAsync();
        await tab.Until("document.body.innerText.includes('something else')");
    }

    [Fact]
    public async Task A_standing_campaign_is_paused_and_goes_on()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        var day = new DateOnly(2025, 9, 30);
        new StandingBook(Store()).Round(
            new StandingLook("wishes <always>", "c", 1, day, new Dictionary<string, string>()) { ContactsFrom = day, To = day },
            _ => new StandingChange([], [], null, new { }), "ann");
        await tab.Go("/campaigns");
        Assert.Equal("wishes <always>", (await tab.Texts("#standing td.who"))[0]);
        Assert.Empty(await tab.SeriousFindings());
        await tab.Page.Locator("#standing button").ClickAsync();
        await tab.Until("document.querySelector('#standing button[name=resume]')");
        Assert.Contains("paused", (await tab.Texts("#standing td.words"))[0], StringComparison.Ordinal);
        JsonElement one = (await tab.Json("/v1/standing-campaigns")).GetProperty("campaigns")[0];
        Assert.Equal("paused", one.GetProperty("state").GetString());
        await tab.Page.Locator("#standing button[name=resume]").ClickAsync();
        await tab.Until("document.querySelector('#standing button:not([name=resume])')");
        Assert.Contains("running", (await tab.Texts("#standing td.words"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_is_seen_a_rule_silenced_and_a_task_put_off_and_done()
    {
        await using BrowserTab tab = await fixture.Tab(await fixture.Open());
        JsonElement rows = (await tab.Json("/v1/at-risk?top=1")).GetProperty("list").GetProperty("rows");
        string who = rows[0].GetProperty("score").GetProperty("customerId").GetString()!;
        new AlertBook(Store()).Apply(
            new RuleLook("test rule", "1", 1, new DateOnly(2025, 9, 30), [who]),
            (_, _) => new Firing("critical", "sales director", "silent for <40> days", "call them", [], [], []));
        await tab.Go("/alerts");
        Assert.Contains("silent for <40> days", (await tab.Texts("#alerts tbody tr"))[0], StringComparison.Ordinal);
        Assert.Empty(await tab.SeriousFindings());
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Silence for 7 days" }).First.ClickAsync();
        await tab.At("**/alerts");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Seen" }).First.ClickAsync();
        await tab.Until("!document.querySelector('#alerts')");
        await tab.Page.GetByText("Those seen and muted as well").ClickAsync();
        await tab.At("**all=1");
        await tab.Page.Locator("#alerts td.who a").First.ClickAsync();
        await tab.At("**/customer?id=*");
        Assert.Equal($"Customer {who}", await tab.Text("h1"));

        (await tab.Api.PostAsJsonAsync("/v1/tasks", new { customer = who, title = "visit", owner = "ann", due = "2025-10-02" }))
            .EnsureSuccessStatusCode();
        await tab.Go("/tasks");
        await tab.Page.Locator("select[name=owner]").SelectOptionAsync("ann");
        await tab.Until("location.search.includes('owner=ann')");
        string calendar = Encoding.UTF8.GetString(await tab.Download("a[href^='/tasks/calendar']"));
        Assert.Contains("SUMMARY:visit", calendar, StringComparison.Ordinal);
        Assert.Contains("overdue", (await tab.Texts("#tasks tbody tr"))[0], StringComparison.Ordinal);
        Assert.Empty(await tab.SeriousFindings());
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "A week later" }).ClickAsync();
        await tab.Until("document.querySelector('#tasks').innerText.includes('put off')");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Not reached" }).ClickAsync();
        await tab.Until("!document.querySelector('#tasks')");
        JsonElement done = (await tab.Json("/v1/tasks?owner=ann&all=true")).GetProperty("tasks")[0];
        Assert.Equal(("done", "not reached"), (done.GetProperty("state").GetString(), done.GetProperty("outcome").GetString()));
    }
}
