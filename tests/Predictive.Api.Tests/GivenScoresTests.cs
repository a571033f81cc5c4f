using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Api.Configuration;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Tests;

/// <summary>
/// Scores from outside serve: as a challenger they are compared where both answer, as the champion they answer for their own customers.
/// </summary>
[Collection(TrainedHost.Collection)]
public class GivenScoresTests(TrainedHost host)
{
    private const string Source = "xgboost";

    [Fact]
    public async Task A_challenger_of_given_scores_is_compared_on_its_own_customers_as_of_its_time_and_nowhere_else()
    {
        int[] customers = Customers();
        int[] asked = [.. customers.Where((_, i) => i % 40 == 0)];
        ScoringHostOptions options = Published(PublishAs.Challenger, i => i % 2 == 0) with { ShadowShare = 1 };
        await using WebApplication app = host.Start(options);
        HttpClient client = app.GetTestClient();
        double difference = 0;
        int both = 0;
        foreach (int customer in asked)
        {
            JsonElement score = await Json(client, $"/v1/customers/{Id(customer)}/score");
            Assert.Equal(1, score.GetProperty("model").GetProperty("version").GetInt32());
            if (Array.IndexOf(customers, customer) % 2 == 0)
            {
                both++;
                difference += Math.Abs(score.GetProperty("churn").GetProperty("probability").GetDouble() - Given(customer).Churn);
            }
        }

        // Another time, and a history that came along: the champion answers, the challenger has nothing to say.
        string earlier = host.AsOf.AddDays(-30).ToString();
        await Json(client, $"/v1/customers/{Id(asked[0])}/score?asOf={earlier}");
        using HttpResponseMessage inline = await client.PostAsync("/v1/score", Body(JsonSerializer.Serialize(host.Inline(asked[0]))));
        Assert.Equal(HttpStatusCode.OK, inline.StatusCode);
        Shadow shadow = app.Services.GetRequiredService<Shadow>();
        for (int i = 0; i < 1000 && shadow.Report!.Scored < both; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        JsonElement told = (await Json(client, "/v1/models")).GetProperty("shadow");
        Assert.Equal((both, 0), (told.GetProperty("scored").GetInt32(), told.GetProperty("failed").GetInt32()));
        Assert.Equal(asked.Length - both + 1, told.GetProperty("unanswered").GetInt32());
        Assert.Equal(difference / both, told.GetProperty("meanDifference").GetDouble(), 9);
        Assert.Contains("predictive_shadow_unanswered", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_data_have_moved_on_a_challenger_is_compared_where_its_own_time_is_asked_for()
    {
        LocalTime asOf = host.AsOf.AddDays(-7);
        int customer = Customers(asOf)[0];
        await using WebApplication app = host.Start(Published(PublishAs.Challenger, _ => true, asOf) with { ShadowShare = 1 });
        HttpClient client = app.GetTestClient();
        await Json(client, $"/v1/customers/{Id(customer)}/score");
        JsonElement score = await Json(client, $"/v1/customers/{Id(customer)}/score?asOf={asOf}");
        Shadow shadow = app.Services.GetRequiredService<Shadow>();
        for (int i = 0; i < 1000 && shadow.Report!.Scored < 1; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal((1, 1), (shadow.Report!.Scored, shadow.Report.Unanswered));
        Assert.Equal(
            Math.Abs(score.GetProperty("churn").GetProperty("probability").GetDouble() - Given(customer).Churn),
            shadow.Report.MeanDifference, 9);
    }

    [Fact]
    public async Task A_canary_of_given_scores_answers_whom_it_can_and_tells_its_key_whom_it_cannot()
    {
        ScoringHostOptions options = Published(PublishAs.Challenger, i => i % 2 == 0) with { CanaryShare = 1, CanaryKey = "trial" };
        var file = new KeyFile(Path.Combine(options.Models, "keys.json"));
        string plain = file.Add(KeyRole.Marketer, default).Text, trial = file.Add(KeyRole.Marketer, default, note: "trial").Text;
        await using WebApplication app = host.Start(options);
        HttpClient client = app.GetTestClient(), chosen = app.GetTestClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", plain);
        chosen.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", trial);
        int[] customers = Customers();
        foreach ((int i, HttpClient by, int version) in new[] { (0, client, 2), (1, client, 1), (0, chosen, 2) })
        {
            using HttpResponseMessage answer = await by.GetAsync($"/v1/customers/{Id(customers[i])}/score");
            Assert.Equal($"default/{version}", answer.Headers.GetValues("Predictive-Model").Single());
        }

        await Refused(chosen, HttpMethod.Get, $"/v1/customers/{Id(customers[1])}/score", null, $"customer '{Id(customers[1])}'");
        string inline = JsonSerializer.Serialize(host.Inline(customers[0]));
        using HttpResponseMessage posted = await client.PostAsync("/v1/score", Body(inline));
        Assert.Equal("default/1", posted.Headers.GetValues("Predictive-Model").Single());
        await Refused(chosen, HttpMethod.Post, "/v1/score", inline, "a history that came with the request");
        using HttpResponseMessage batch = await chosen.PostAsync("/v1/score/batch", Body(inline + "\n" + inline, "application/x-ndjson"));
        string[] lines = (await batch.Content.ReadAsStringAsync()).TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(lines, l => Assert.Contains("This version holds none", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task As_champion_they_answer_for_their_customers_as_of_their_time_and_refuse_the_rest_in_words()
    {
        // As of a week before the data end: newer lines are there, and no score of them.
        LocalTime asOf = host.AsOf.AddDays(-7);
        int[] customers = Customers(asOf);
        var clock = new SnapshotTests.SetClock(new DateTimeOffset(host.AsOf.AddDays(3).ToDateTime(), TimeSpan.Zero));
        await using WebApplication app = host.Start(Published(PublishAs.Champion, i => i != 1, asOf), clock);
        HttpClient client = app.GetTestClient();
        JsonElement ready = await Json(client, "/health/ready");
        Assert.Equal(asOf.ToString(), ready.GetProperty("asOf").GetString());
        Assert.Equal(1, ready.GetProperty("withoutScore").GetInt32());
        JsonElement given = ready.GetProperty("given");
        Assert.Equal(
            (Source, 10, false, customers.Length - 1),
            (given.GetProperty("source").GetString(), given.GetProperty("ageDays").GetInt32(), given.GetProperty("isOver").GetBoolean(),
                given.GetProperty("customers").GetInt32()));
        JsonElement score = await Json(client, $"/v1/customers/{Id(customers[0])}/score");
        Assert.Equal(Given(customers[0]).Churn, score.GetProperty("churn").GetProperty("probability").GetDouble());
        Assert.Equal(Cents.Of(Given(customers[0]).Spend), score.GetProperty("clv").GetProperty("expected").GetDouble());
        Assert.Equal(JsonValueKind.Null, score.GetProperty("churn").GetProperty("lever").ValueKind);
        Assert.Contains(
            "it gives no reasons", score.GetProperty("churn").GetProperty("reasons")[0].GetProperty("text").GetString()!,
            StringComparison.Ordinal);

        string inline = JsonSerializer.Serialize(host.Inline(customers[0])), later = host.AsOf.ToString();
        await Refused(client, HttpMethod.Get, $"/v1/customers/{Id(customers[1])}/score", null, $"customer '{Id(customers[1])}'");
        await Refused(client, HttpMethod.Get, $"/v1/customers/{Id(customers[0])}/score?asOf={later}", null, $"scores as of {later}");
        await Refused(client, HttpMethod.Get, $"/v1/at-risk?top=5&asOf={later}", null, $"scores as of {later}");
        await Refused(client, HttpMethod.Post, "/v1/score", inline, "a history that came with the request");
        string features = JsonSerializer.Serialize(new
        {
            inputs = host.Bundle.Profile.FeatureNames.Select(
                name => new { name, datatype = "FP32", shape = new[] { 1 }, data = new[] { 1f } }),
        });
        using HttpResponseMessage inferred = await client.PostAsync("/v2/models/default/infer", Body(features));
        string told = await inferred.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, inferred.StatusCode);
        Assert.Contains("This version holds none", told, StringComparison.Ordinal);

        JsonElement list = await Json(client, "/v1/at-risk?top=5");
        Assert.Equal(asOf.ToString(), list.GetProperty("asOf").GetString());
        JsonElement version = (await Json(client, "/v1/models")).GetProperty("models").EnumerateArray()
            .Single(m => m.GetProperty("version").GetInt32() == 2);
        Assert.Equal(10, version.GetProperty("given").GetProperty("ageDays").GetInt32());
        Assert.Equal("outside", version.GetProperty("engine").GetString());
        clock.Now += TimeSpan.FromDays(200);
        Assert.True((await Json(client, "/health/ready")).GetProperty("given").GetProperty("isOver").GetBoolean());
    }

    [Theory]
    [InlineData("en", "given by “xgboost” from outside, 10 days old", "it gives no reasons")]
    [InlineData("zh-Hans", "由外部模型“xgboost”给出，已有 10", "不附理由")]
    public async Task Every_page_is_shown_says_how_old_the_scores_are_and_that_there_are_no_reasons(
        string language, string age, string none)
    {
        LocalTime asOf = host.AsOf.AddDays(-7);
        int[] customers = Customers(asOf);
        var clock = new SnapshotTests.SetClock(new DateTimeOffset(host.AsOf.AddDays(3).ToDateTime(), TimeSpan.Zero));
        await using WebApplication app = host.Start(Published(PublishAs.Champion, i => i != 1, asOf), clock);
        HttpClient client = app.GetTestClient();
        var shown = new Dictionary<string, string>();
        foreach (string page in (string[])
            ["/", "/at-risk", "/customers", "/segments", "/portfolio", "/models", "/data", $"/customer?id={Id(customers[0])}", "/report"])
        {
            using HttpResponseMessage answer = await client.GetAsync($"{page}{(page.Contains('?') ? '&' : '?')}lang={language}");
            shown[page] = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{page}: {answer.StatusCode} {shown[page]}");
        }

        Assert.Contains(age, shown["/models"], StringComparison.Ordinal);
        Assert.Contains(none, shown[$"/customer?id={Id(customers[0])}"], StringComparison.Ordinal);
        Assert.Contains(none, shown["/at-risk"], StringComparison.Ordinal);
        using HttpResponseMessage other = await client.GetAsync($"/customer?id={Id(customers[1])}");
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
        Assert.Contains(
            "a model from outside", WebUtility.HtmlDecode(await other.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    // The trained version's surroundings with scores in the place of its models: host and scorer know no other kind.
    private ScoringHostOptions Published(PublishAs role, Func<int, bool> isGiven, LocalTime? at = null)
    {
        LocalTime asOf = at ?? host.AsOf;
        int[] customers = [.. Customers(asOf).Where((_, i) => isGiven(i))];
        string hash = new('d', 64);
        var given = GivenScores.Of(Source, hash, asOf, [.. customers.Select(Id)], [.. customers.Select(Given)]);
        ModelBundle bundle = SmokeTest.With(host.Bundle with
        {
            Churn = null!, Clv = null!, Given = given, Distribution = SmokeTest.DistributionOf(given),
            Manifest = host.Bundle.Manifest with
            {
                OldestReader = 2, AsOf = asOf.ToString(), Given = new GivenStamp(Source, hash, given.Count),
                Engine = new EngineStamp(GivenScores.Engine, "given", ".bin", Source),
            },
        });
        string models = host.OwnModels();
        new ModelRegistry(models, SmokeTest.Admit).Publish("default", bundle.ToPackage(), role);
        return host.Options with { Models = models };
    }

    private int[] Customers(LocalTime? asOf = null) => Population.At(host.History, asOf ?? host.AsOf);

    private static GivenScore Given(int customer) =>
        new(customer * 37 % 100 / 100.0, 10.0 * (customer % 50), 1 + (customer % 3), customer % 50, 40.0 * (customer % 50));

    private string Id(int customer) => host.History.CustomerId(customer);

    private static StringContent Body(string json, string type = "application/json") => new(json, Encoding.UTF8, type);

    private static async Task Refused(HttpClient client, HttpMethod method, string path, string? body, string asked)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : Body(body) };
        using HttpResponseMessage answer = await client.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path}: {answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        string detail = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("detail").GetString()!;
        Assert.All(
            [asked, $"'{Source}', a model from outside", "import newer scores", "trained here"],
            w => Assert.Contains(w, detail, StringComparison.Ordinal));
    }

    private static async Task<JsonElement> Json(HttpClient client, string path) =>
        JsonSerializer.Deserialize<JsonElement>(await client.GetStringAsync(path));
}
