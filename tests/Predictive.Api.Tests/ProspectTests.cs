using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Tests.Events;
using Predictive.History;
using Predictive.Store.Audit;
using Predictive.Tests;

namespace Predictive.Api.Tests;

/// <summary>People who have not bought, over HTTP and on the pages: where they stand, and no word of money.</summary>
[Collection(TrainedHost.Collection)]
public sealed class ProspectTests(TrainedHost host)
{
    private static void AddTables(string data)
    {
        SmallTables.Write(
            data,
            [
                new SmallTables.Event("visitor", "2024-03-02T10:00", "visit"), new("visitor", "2024-04-09T10:00", "visit", 2.5),
                new("a/b", "2024-02-01T10:00", "visit"), new("a/b", "2024-03-05T10:00", "Signup"),
            ]);
        SmallTables.Write(data, [new SmallTables.Customer("<named>", "south", 40), new("blank")]);
    }

    [Fact]
    public async Task The_list_and_the_person_say_what_the_tables_say()
    {
        await using var own = new EventHost(host, prepare: AddTables);
        JsonElement list = await Json(own, "/v1/prospects");
        Assert.Equal((3, 1), (list.GetProperty("prospects").GetInt32(), list.GetProperty("activated").GetInt32()));
        Assert.Equal(["a/b", "visitor", "<named>"], Ids(list));
        Assert.Equal(["a/b"], Ids(await Json(own, "/v1/prospects?stage=activated")));
        Assert.Equal(["<named>"], Ids(await Json(own, "/v1/prospects?stage=acquired&offset=1&top=1")));
        Assert.Equal(["a/b", "<named>"], Ids(await Json(own, "/v1/prospects?asOf=2024-03-01")));
        foreach ((string query, string words) in ((string, string)[])
            [
                ("stage=gone", "expected acquired or activated"), ("top=0", "expected 1 to 10000"),
                ("format=pdf", "expected json, csv or xlsx"),
            ])
        {
            HttpResponseMessage refused = await own.Client.GetAsync($"/v1/prospects?{query}");
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains(words, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        JsonElement view = await Json(own, "/v1/prospects/person?id=a%2Fb");
        Assert.Equal("activated", view.GetProperty("person").GetProperty("lifecycle").GetString());
        Assert.Equal("2024-03-05", view.GetProperty("person").GetProperty("activatedOn").GetString());
        Assert.Equal(1, view.GetProperty("events").GetProperty("Signup").GetInt32());
        Assert.Equal("south", (await Json(own, "/v1/prospects/%3Cnamed%3E")).GetProperty("attributes").GetProperty("region").GetString());
        HttpResponseMessage score = await own.Client.GetAsync("/v1/customers/visitor/score");
        Assert.Contains("/v1/prospects/person?id=ID", await score.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (string nobody in (string[])["blank", "nobody", host.History.CustomerId(0)])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await own.Client.GetAsync($"/v1/prospects/{nobody}")).StatusCode);
        }
    }

    [Fact]
    public async Task A_file_of_them_is_noted_and_defused()
    {
        await using var own = new EventHost(host, prepare: data => SmallTables.Write(
            data, [new SmallTables.Event("=1+1", "2024-03-02T10:00", "visit")]));
        string csv = await own.Client.GetStringAsync("/v1/prospects?format=csv");
        Assert.Contains("'=1+1", csv, StringComparison.Ordinal);
        Assert.Contains(new AuditLog(own.Store).List(), a => a.Action == "export" && a.Subject == "prospects");
    }

    [Fact]
    public async Task An_event_is_in_the_next_answer_and_the_first_purchase_makes_a_customer_of_them()
    {
        await using var own = new EventHost(host, prepare: AddTables);
        string day = host.AsOf.AddDays(-2).ToString();
        await own.Send(new { eventId = "1", customerId = "visitor", occurredAt = $"{day}T12:00:00", kind = "signup" });
        JsonElement view = await Json(own, "/v1/prospects/visitor");
        Assert.Equal(day, view.GetProperty("person").GetProperty("activatedOn").GetString());
        Assert.Equal(3, view.GetProperty("person").GetProperty("events").GetInt32());
        await own.Send(new { eventId = "2", customerId = "visitor", orderedAt = $"{day}T13:00:00", amount = 20 });
        Assert.Equal(HttpStatusCode.NotFound, (await own.Client.GetAsync("/v1/prospects/visitor")).StatusCode);
        Assert.NotNull(await own.Score("visitor"));

        // Nobody the data knew: heard of by an event alone.
        await own.Send(new { eventId = "3", customerId = "new one", occurredAt = $"{day}T12:00:00", kind = "visit" });
        Assert.Equal(day, (await Json(own, "/v1/prospects/new%20one")).GetProperty("person").GetProperty("heardOn").GetString());
        HttpResponseMessage score = await own.Client.GetAsync("/v1/customers/new%20one/score");
        Assert.Contains("is a prospect", await score.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_list_them_show_one_and_lead_there_from_customers()
    {
        string data = host.OwnData();
        AddTables(data);
        await using var app = host.Start(host.Options with { Data = data, Models = host.OwnModels() });
        HttpClient client = app.GetTestClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        string list = await client.GetStringAsync("/prospects");
        string chinese = WebUtility.HtmlDecode(await client.GetStringAsync("/prospects?lang=zh-Hans"));
        Assert.Contains("Known and not bought yet: 3; activated of them: 1", list, StringComparison.Ordinal);
        Assert.Contains("/prospect?id=a%2Fb", list, StringComparison.Ordinal);
        Assert.Contains("&lt;named&gt;", list, StringComparison.Ordinal);
        Assert.Contains("已激活", chinese, StringComparison.Ordinal);
        Assert.DoesNotContain("visitor", await client.GetStringAsync("/prospects?stage=activated"), StringComparison.Ordinal);
        string one = await client.GetStringAsync("/prospect?id=visitor");
        Assert.Contains("visitor, not a customer yet", one, StringComparison.Ordinal);
        Assert.Contains("2.50", one, StringComparison.Ordinal);
        Assert.Contains("href=\"/prospects\"", await client.GetStringAsync("/customers"), StringComparison.Ordinal);
        HttpResponseMessage led = await client.GetAsync("/customer?id=a%2Fb");
        Assert.Equal("/prospect?id=a%2Fb", led.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/prospect?id=nobody")).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_that_have_gone_since_the_start_are_not_the_callers_fault(bool takesEvents)
    {
        string data = host.OwnData();
        AddTables(data);
        if (!takesEvents)
        {
            // Partitions take no events, so nobody without a transaction is read before somebody asks.
            string part = Directory.CreateDirectory(Path.Combine(data, "transactions", "shop=a")).FullName;
            File.Move(Path.Combine(data, "transactions.parquet"), Path.Combine(part, "part.parquet"));
        }

        await using var app = host.Start(host.Options with { Data = data, Models = host.OwnModels() });
        File.Delete(Path.Combine(data, "events.parquet"));
        File.WriteAllText(Path.Combine(data, "customers.parquet"), "no table any more");
        HttpResponseMessage answer = await app.GetTestClient().GetAsync("/v1/prospects");
        string body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == (takesEvents ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable), body);
        Assert.DoesNotContain(host.Folder, body, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> Json(EventHost own, string path)
    {
        HttpResponseMessage answer = await own.Client.GetAsync(path);
        string body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonSerializer.Deserialize<JsonElement>(body);
    }

    private static string[] Ids(JsonElement list) =>
        [.. list.GetProperty("people").EnumerateArray().Select(p => p.GetProperty("customerId").GetString()!)];
}
