using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Segmentation.Registry;

namespace Predictive.Api.Tests;

/// <summary>Who may ask what, and from where.</summary>
[Collection(TrainedHost.Collection)]
public class KeyTests(TrainedHost host)
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_role_may_do_what_it_is_for_and_no_more()
    {
        string models = host.OwnModels(versions: 2);
        var file = new KeyFile(Path.Combine(models, "keys.json"));
        var keys = Enum.GetValues<KeyRole>().ToDictionary(r => r, r => file.Add(r, s_now).Text);
        await using WebApplication app = host.Start(host.Options with { Models = models });
        string score = $"/v1/customers/{host.History.CustomerId(0)}/score";
        (string Url, bool Post, KeyRole Needs)[] routes =
        [
            (score, false, KeyRole.Score), ("/metrics", false, KeyRole.Score), ("/v1/at-risk?top=3", false, KeyRole.Marketer),
            ("/v1/segments", false, KeyRole.Marketer),
            ("/v1/portfolio", false, KeyRole.Marketer), ("/v1/models", false, KeyRole.Marketer),
            ("/v1/models/default/1/promote", true, KeyRole.Admin),
        ];
        foreach (var (url, post, needs) in routes)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(url, post, null));
            Assert.Equal(HttpStatusCode.Unauthorized, await Ask(url, post, keys[KeyRole.Admin][..^1] + "x"));
            foreach (var (role, key) in keys)
            {
                Assert.Equal(KeyAuthentication.May(role, needs) ? HttpStatusCode.OK : HttpStatusCode.Forbidden, await Ask(url, post, key));
            }
        }

        Assert.Equal(HttpStatusCode.OK, await Ask("/health/ready", false, null));
        Assert.Equal(HttpStatusCode.OK, await Ask("/openapi/v1.json", false, null));

        async Task<HttpStatusCode> Ask(string url, bool post, string? key)
        {
            using var request = new HttpRequestMessage(post ? HttpMethod.Post : HttpMethod.Get, url);
            if (key is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
            }

            HttpResponseMessage answer = await app.GetTestClient().SendAsync(request);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            }

            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Keys_end_when_they_expire_are_revoked_or_their_file_goes()
    {
        string models = host.OwnModels();
        var file = new KeyFile(Path.Combine(models, "keys.json"));
        var clock = new SnapshotTests.SetClock(s_now);
        var (short1, shortText) = file.Add(KeyRole.Score, s_now, s_now.AddDays(1));
        var (_, longText) = file.Add(KeyRole.Score, s_now);
        var ring = new KeyRing(file, clock);
        Assert.NotNull(ring.Find(shortText));
        clock.Now = s_now.AddDays(1);
        Assert.Null(ring.Find(shortText));
        Assert.NotNull(ring.Find(longText));
        Assert.Null(ring.Find("pk_" + new string('0', 75)));
        Assert.Null(ring.Find(""));
        Assert.DoesNotContain(longText, await File.ReadAllTextAsync(file.Path), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
        }

        Assert.Throws<ModelPackageException>(() => file.Revoke("nosuch", s_now));
        file.Revoke(file.Read()[1].Id, s_now);
        Assert.Null(ring.Refresh());
        Assert.Null(ring.Find(longText));
        Assert.True(ring.HasKeys);

        await File.WriteAllTextAsync(file.Path, "[null]");
        Assert.Contains("keys.json", ring.Refresh(), StringComparison.Ordinal);
        File.Delete(file.Path);
        Assert.Null(ring.Refresh());
        Assert.True(ring.HasKeys);
        Assert.Equal("revoked", short1.RevokedAt is null ? "revoked" : "");
    }

    [Theory]
    [InlineData("http://0.0.0.0:5080", "there are no API keys")]
    [InlineData("http://*:5080", "there are no API keys")]
    [InlineData("http://[::]:5080", "there are no API keys")]
    [InlineData("http://192.0.2.1:5080", "there are no API keys")]
    [InlineData("http://example.invalid:5080", "is a name")]
    [InlineData("https://127.0.0.1:5080", "needs a certificate")]
    [InlineData("ftp://127.0.0.1", "is not an address")]
    [InlineData("http://127.0.0.1:70000", "has no port")]
    [InlineData("http://localhost:0", "any free port of localhost")]
    [InlineData(" ", "names no address")]
    public void Addresses_that_are_open_or_not_what_they_say_are_refused(string urls, string words) =>
        Assert.Contains(
            words,
            Assert.Throws<HostRefusedException>(() => ScoringHost.Build(host.Options with { Urls = urls }, TimeProvider.System)).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task With_keys_any_interface_may_be_listened_to_and_this_machine_asks_for_a_key_too()
    {
        string models = host.OwnModels();
        _ = new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Score, s_now);
        await using WebApplication app = host.Start(host.Options with { Models = models, Urls = "http://0.0.0.0:0" });
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.GetTestClient().GetAsync("/v1/segments")).StatusCode);
    }

    [Fact]
    public async Task A_foreign_page_cannot_reach_in()
    {
        await using WebApplication app = host.Start();
        HttpClient client = app.GetTestClient();
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/v1/segments");
        rebound.Headers.Host = "evil.example";
        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(rebound)).StatusCode);
        using var promote = new HttpRequestMessage(
            HttpMethod.Post, "/v1/models/default/1/promote") { Content = new StringContent("x", Encoding.UTF8, "text/plain") };
        promote.Headers.Add("Origin", "http://evil.example");
        HttpResponseMessage answer = await client.SendAsync(promote);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains(
            "predictive keys add --role admin", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(),
            StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Every_route_declares_who_may_call_it()
    {
        await using WebApplication app = host.Start();
        RouteEndpoint[] routes = [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
        Assert.InRange(routes.Length, 12, 200);
        Assert.All(routes, r => Assert.True(
            r.Metadata.GetMetadata<IAllowAnonymous>() is not null || r.Metadata.GetMetadata<IAuthorizeData>()?.Policy is not null,
            r.RoutePattern.RawText));
    }
}
