using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.Segmentation.Queries;

namespace Predictive.Api.Tests;

/// <summary>GET /v1/metrics and /v1/metrics/{name}/query through the real pipeline.</summary>
[Collection(TrainedHost.Collection)]
public class MetricQueryTests(TrainedHost host)
{
    [Fact]
    public async Task A_metric_is_defined_and_computed()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        JsonElement all = JsonDocument.Parse(await client.GetStringAsync("/v1/metrics")).RootElement.GetProperty("metrics");
        JsonElement revenue = all.EnumerateArray().Single(m => m.GetProperty("name").GetString() == "revenue");
        Assert.Equal(("净销售额", "finance", "sum(amount)"), (
            revenue.GetProperty("chinese").GetString(), revenue.GetProperty("owner").GetString(), revenue.GetProperty("code").GetString()));
        Assert.True(all.GetArrayLength() > QueryCatalogue.Queryable.Count);

        JsonElement answer = JsonDocument.Parse(await client.GetStringAsync(
            "/v1/metrics/revenue/query?by=channel&where=orders%20%3E%201")).RootElement;
        double sum = answer.GetProperty("rows").EnumerateArray().Sum(r => r.GetProperty("value").GetDouble());
        Assert.Equal(answer.GetProperty("total").GetProperty("value").GetDouble(), sum, .05);
        string csv = await client.GetStringAsync("/v1/metrics/value_at_stake/query?by=tier&format=csv");
        Assert.StartsWith("tier,metric,period,value,", csv, StringComparison.Ordinal);
        HttpResponseMessage first = await client.GetAsync("/v1/metrics/orders/query");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/metrics/orders/query");
        again.Headers.TryAddWithoutValidation("If-None-Match", first.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(again)).StatusCode);
    }

    [Theory]
    [InlineData("/v1/metrics/revenu/query", "nearest: revenue")]
    [InlineData("/v1/metrics/revenue/query?by=colour", "There is no dimension 'colour'")]
    [InlineData("/v1/metrics/revenue/query?by=month,channel,tier,category", "at most 3")]
    [InlineData("/v1/metrics/revenue/query?limit=0", "expected 1 to 10000")]
    [InlineData("/v1/metrics/revenue/query?limit=x", "expected 1 to 10000")]
    [InlineData("/v1/metrics/revenue/query?format=xml", "expected json or csv")]
    [InlineData("/v1/metrics/revenue/query?from=tomorrow", "expected a date")]
    [InlineData("/v1/metrics/revenue/query?where=tier%3Dplutonium", "has no value 'plutonium'")]
    [InlineData("/v1/metrics/revenue/query?sql=select", "'sql' is not known")]
    [InlineData("/v1/metrics/churn_rate/query?by=channel&from=2024", "is about customers")]
    public async Task What_is_not_known_is_refused(string url, string says)
    {
        await using WebApplication app = host.Start();
        HttpResponseMessage answer = await app.GetTestClient().GetAsync(url);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        string detail = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString()!;
        Assert.Contains(says, detail, StringComparison.Ordinal);
    }
}
