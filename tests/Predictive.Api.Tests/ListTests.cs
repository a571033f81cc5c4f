using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.History;
using Predictive.History.Import;
using Predictive.History.Import.Tables;
using Predictive.History.Loading;

namespace Predictive.Api.Tests;

/// <summary>What marketers read: one customer whole, and lists in pages and parts.</summary>
[Collection(TrainedHost.Collection)]
public class ListTests(TrainedHost host)
{
    [Fact]
    public async Task Pages_are_the_whole_list_in_parts()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        string[] whole = await Ids(client, "top=30"),
            parts = [.. await Ids(client, "top=12"), .. await Ids(client, "top=12&offset=12"), .. await Ids(client, "top=6&offset=24")];
        Assert.Equal(whole, parts);
        JsonElement page = await client.GetFromJsonAsync<JsonElement>("/v1/at-risk?top=2&offset=7");
        Assert.Equal(7, page.GetProperty("offset").GetInt32());
        Assert.Equal(8, page.GetProperty("list").GetProperty("rows")[0].GetProperty("rank").GetInt32());
        Assert.Empty(await Ids(client, "offset=90000000"));
    }

    [Theory]
    [InlineData("band=high", "churn", "band", "high")]
    [InlineData("stage=Declining", "lifecycle", "stage", "declining")]
    [InlineData("tier=gold", "tier", "current", "gold")]
    [InlineData("cell=problem", "valueMatrix", "cell", "problem")]
    public async Task A_filter_keeps_who_it_names_and_leaves_the_order(string filter, string part, string member, string expected)
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        JsonElement[] some = await Rows(client, $"top=10000&{filter}&minProbability=0.3"), all = await Rows(client, "top=10000");
        Assert.NotEmpty(some);
        string[] wanted =
        [
            .. all.Where(r => r.GetProperty("score").GetProperty(part).GetProperty(member).GetString() == expected && Probability(r) >= .3)
                .Select(Id),
        ];
        Assert.Equal(wanted, some.Select(Id));

        static double Probability(JsonElement row) => row.GetProperty("score").GetProperty("churn").GetProperty("probability").GetDouble();
    }

    [Theory]
    [InlineData("/v1/at-risk?top=200&minProbability=0")]
    [InlineData("/v1/segments")]
    [InlineData("/v1/portfolio")]
    public async Task Money_is_told_in_whole_cents(string path)
    {
        await using WebApplication app = host.Start();
        string json = await app.GetTestClient().GetStringAsync(path);
        string[] money =
        [
            .. Regex.Matches(
                json,
                "\"(monetary|expected|expectedSpend|meanMonetary|spendIfStays|expectedLoss|expectedSaving|cumulativeSaving|"
                    + "totalExpectedLoss|cost|net)\":(-?[0-9.E+-]+)").Select(m => m.Groups[2].Value),
        ];
        Assert.NotEmpty(money);
        Assert.All(money, m => Assert.Matches("^-?[0-9]+([.][0-9]{1,2})?$", m));
    }

    [Fact]
    public async Task A_prospect_is_counted_and_no_score_speaks_of_their_spend()
    {
        string data = Path.Combine(host.Folder, "with-prospects"), file = Path.Combine(host.Folder, "contacts.csv");
        Directory.CreateDirectory(data);
        foreach (string from in Directory.EnumerateFiles(host.Data))
        {
            File.Copy(from, Path.Combine(data, Path.GetFileName(from)));
        }

        await File.WriteAllTextAsync(file, $"customer_id,town\nprospect 1,Ulm\n{host.History.CustomerId(0)},Ulm\n");
        TableImport.Run(new TableImportOptions(
            ImportedTable.Customers, new ImportOptions { Source = file, OutputFolder = data, Existing = ExistingData.Overwrite }));
        await using WebApplication app = host.Start(host.Options with { Data = data });
        HttpClient client = app.GetTestClient();
        Assert.Equal(1, (await client.GetFromJsonAsync<JsonElement>("/v1/segments")).GetProperty("prospects").GetInt32());
        JsonElement portfolio = await client.GetFromJsonAsync<JsonElement>("/v1/portfolio");
        Assert.Equal(1, portfolio.GetProperty("prospects").GetInt32());
        Assert.True(portfolio.GetProperty("returns").GetProperty("orders").GetInt64() > 0);
        HttpResponseMessage score = await client.GetAsync("/v1/customers/score?id=prospect%201");
        Assert.Equal(HttpStatusCode.NotFound, score.StatusCode);
        Assert.Contains("is a prospect", await score.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        HttpResponseMessage nobody = await client.GetAsync("/v1/customers/score?id=nobody");
        Assert.Contains("no customer", await nobody.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("band=hi", "band is 'hi'; expected one of the bands low, medium, high")]
    [InlineData("tier=wood", "tier is 'wood'; expected one of the tiers")]
    [InlineData("minProbability=2", "minProbability is 2; expected 0 to 1")]
    [InlineData("offset=-1", "offset is -1; expected 0 to")]
    [InlineData("segmnt=lost", "'segmnt' is not known here; expected top, offset, segment")]
    [InlineData("top=3&top=4", "'top' is given 2 times")]
    public async Task What_no_list_knows_is_refused_with_what_it_knows(string query, string words)
    {
        await using WebApplication app = host.Start();
        HttpResponseMessage answer = await app.GetTestClient().GetAsync($"/v1/at-risk?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(
            words, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customer_is_shown_whole_and_only_what_lies_before_the_as_of()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        TransactionHistory history = DatasetLoader.Load(host.Data);
        int customer = Enumerable.Range(0, history.CustomerCount).MaxBy(c => history.Lines(c).Count);
        string id = history.CustomerId(customer);
        JsonElement view = await client.GetFromJsonAsync<JsonElement>($"/v1/customers/{id}");
        Assert.Equal(await client.GetStringAsync($"/v1/customers/{id}/score"), view.GetProperty("score").GetRawText());
        double[] amounts = history.Lines(customer).Amount.ToArray();
        Assert.Equal(amounts.Sum(), view.GetProperty("money").GetProperty("net").GetDouble(), 1e-6);
        Assert.Equal(amounts.Length, view.GetProperty("money").GetProperty("lines").GetInt32());
        Assert.Equal(Math.Min(20, amounts.Length), view.GetProperty("lines").GetArrayLength());
        Assert.Equal(history.Tables!.Attributes.Select(a => a.Name), view.GetProperty("attributes").EnumerateObject().Select(a => a.Name));

        LocalTime earlier = new(history.Lines(customer).OrderedAt[amounts.Length / 2]);
        view = await client.GetFromJsonAsync<JsonElement>($"/v1/customers?id={id}&asOf={earlier}");
        Assert.Equal(history.Lines(customer).Before(earlier).Count, view.GetProperty("money").GetProperty("lines").GetInt32());
        Assert.Equal(earlier.ToString(), view.GetProperty("asOf").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/v1/customers/nobody")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/v1/customers/a%2Fb")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/v1/customers")).StatusCode);
    }

    [Fact]
    public async Task Answers_are_compressed_for_whoever_takes_it_and_headers_guard_them()
    {
        await using WebApplication app = host.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/at-risk?top=50");
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        HttpResponseMessage answer = await app.GetTestClient().SendAsync(request);
        Assert.Equal("gzip", answer.Content.Headers.ContentEncoding.Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("no-cache", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        HttpResponseMessage problem = await app.GetTestClient().GetAsync("/v1/at-risk?top=x");
        Assert.Equal("no-store", problem.Headers.CacheControl!.ToString());
        using var head = new HttpRequestMessage(HttpMethod.Head, "/v1/segments");
        Assert.Equal(HttpStatusCode.OK, (await app.GetTestClient().SendAsync(head)).StatusCode);
    }

    private static async Task<string[]> Ids(HttpClient client, string query) => [.. (await Rows(client, query)).Select(Id)];

    private static async Task<JsonElement[]> Rows(HttpClient client, string query) =>
        [.. (await client.GetFromJsonAsync<JsonElement>($"/v1/at-risk?{query}")).GetProperty("list").GetProperty("rows").EnumerateArray()];

    private static string Id(JsonElement row) => row.GetProperty("score").GetProperty("customerId").GetString()!;
}
