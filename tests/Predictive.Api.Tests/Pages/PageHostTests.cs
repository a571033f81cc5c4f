using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Keys;

namespace Predictive.Api.Tests.Pages;

/// <summary>Who may see a page, what stands in its headers, and what a person reads where a program reads a problem.</summary>
[Collection(TrainedHost.Collection)]
public sealed partial class PageHostTests(TrainedHost host)
{
    private static readonly string[] s_pages =
    [
        "/", "/at-risk", "/customers", "/segments", "/portfolio", "/models", "/data", "/metrics-catalogue", "/prospects", "/campaigns",
        "/alerts", "/tasks", "/report", "/ask?q=revenue", "/customer?id=C1",
    ];

    [Fact]
    public async Task With_keys_no_page_is_seen_by_whom_the_host_does_not_know()
    {
        string models = host.OwnModels();
        new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Marketer, TimeProvider.System.GetUtcNow());
        await using WebApplication app = host.Start(host.Options with { Models = models });
        foreach (string page in s_pages)
        {
            HttpResponseMessage answer = await Get(app, page);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.StartsWith("/sign-in?returnUrl=", answer.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        }

        // A key in a header is for the API; a page is not opened by it, so that nothing but a strict cookie can.
        Assert.Equal(HttpStatusCode.OK, (await Get(app, "/sign-in")).StatusCode);
        Assert.True(Directory.Exists(Path.Combine(models, ".pages")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(models,
                    ".pages")));
        }
    }

    [Theory]
    [InlineData("/at-risk", "/at-risk")]
    [InlineData("//elsewhere.example", "/")]
    [InlineData("/\\elsewhere.example", "/")]
    [InlineData("https://elsewhere.example/", "/")]
    public async Task After_signing_in_nothing_leads_away(string asked, string expected)
    {
        string models = host.OwnModels();
        string key = new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Marketer, TimeProvider.System.GetUtcNow()).Text;
        await using WebApplication app = host.Start(host.Options with { Models = models });
        HttpResponseMessage form = await Get(app, $"/sign-in?returnUrl={Uri.EscapeDataString(asked)}");
        string html = await form.Content.ReadAsStringAsync();
        using var post = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent(
            [
                new("key", key), new("formToken", Token().Match(html).Groups[1].Value), new("returnUrl", asked),
            ]),
        };
        post.Headers.Add("Cookie", form.Headers.GetValues("Set-Cookie").First().Split(';')[0]);
        HttpResponseMessage answer = await Client(app).SendAsync(post);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(expected, answer.Headers.Location!.OriginalString);
        string cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("predictive=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Faults_are_pages_for_people_and_problems_for_programs()
    {
        await using WebApplication app = host.Start();
        foreach ((string path, int status) in (
            (string, int)[])[("/nothing-here", 404), ("/at-risk?colour=blue", 400), ("/at-risk?capacity=0", 400), ("/customer?id=nobody",
                404), ("/customers?tier=iron", 400)])
        {
            HttpResponseMessage page = await Get(app, path);
            Assert.Equal(status, (int)page.StatusCode);
            Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
            Assert.DoesNotContain(host.Folder, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            HttpResponseMessage problem = await Client(app).GetAsync(path);
            Assert.Equal(status, (int)problem.StatusCode);
            Assert.Equal("application/problem+json", problem.Content.Headers.ContentType!.MediaType);
        }

        // The API keeps its answers, whoever asks.
        Assert.Equal("application/json", (await Get(app, "/v1/at-risk")).Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Nothing_inline_and_nothing_foreign_stands_in_a_page_and_what_is_shown_is_encoded()
    {
        await using WebApplication app = host.Start();
        foreach (string page in s_pages.SkipLast(1).Append("/customers?q=%3Cscript%3Ealert(1)%3C/script%3E"))
        {
            HttpResponseMessage answer = await Get(app, page);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            string html = await answer.Content.ReadAsStringAsync();
            Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
            Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<style", html, StringComparison.Ordinal);
            Assert.DoesNotContain("alert(1)</script>", html, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\son[a-z]+=", html);
            Assert.DoesNotMatch(@"(?:src|href|action)=""(?:https?:)?//", html);
            Assert.Single(Regex.Matches(html, "<script"));
        }

        string style = Regex.Match(await (await Get(app, "/")).Content.ReadAsStringAsync(), "href=\"(/assets/[^\"]+css)\"").Groups[1].Value;
        HttpResponseMessage css = await Client(app).GetAsync(style);
        Assert.Contains("immutable", css.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await Client(app).GetAsync("/assets/000000000000/pages.css")).StatusCode);
    }

    [Fact]
    public async Task A_comparison_that_gave_way_to_others_is_made_again()
    {
        await using WebApplication app = host.Start();
        // More dates than are kept, then the first of them again, twice over.
        foreach (int days in (int[])[30, 40, 50, 60, 70, 80, 30, 40, 50, 60, 70, 80, 30])
        {
            HttpResponseMessage answer = await Get(app, $"/portfolio?compare={host.AsOf.AddDays(-days)}");
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{days} days: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task A_post_without_the_token_of_a_page_is_refused_for_people_and_programs()
    {
        string models = host.OwnModels();
        string admin = new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Admin, TimeProvider.System.GetUtcNow()).Text;
        await using WebApplication app = host.Start(host.Options with { Models = models });
        (string cookies, _) = await SignedIn(app, admin);
        foreach (string path in (string[])["/sign-in", "/prospects/export", "/models/promote",
            "/models/rollback", "/models/train", "/models/cancel", "/campaigns/create", "/campaigns/standing", "/campaign/export",
            "/campaign/close",
            "/alerts/ack", "/alerts/mute", "/tasks/done", "/tasks/snooze",
            "/data/deliver", "/data/delivery/answer", "/data/delivery/import", "/data/delivery/drop", "/sign-out"])
        {
            foreach (string accept in (string[])["text/html", "*/*"])
            {
                using var post = new HttpRequestMessage(HttpMethod.Post, path)
                {
                    Content = new FormUrlEncodedContent([new("formToken", "forged"), new("name", "default"), new("version", "1")]),
                };
                post.Headers.Add("Cookie", cookies);
                post.Headers.Add("Accept", accept);
                HttpResponseMessage answer = await Client(app).SendAsync(post);
                Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path} {accept}: {answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task A_delivery_that_is_none_is_refused_and_leaves_nothing()
    {
        string models = host.OwnModels(), spool = Path.Combine(models, ".deliveries");
        KeyFile keys = new(Path.Combine(models, "keys.json"));
        string admin = keys.Add(KeyRole.Admin, TimeProvider.System.GetUtcNow()).Text;
        string marketer = keys.Add(KeyRole.Marketer, TimeProvider.System.GetUtcNow()).Text;
        await using WebApplication app = host.Start(host.Options with { Models = models, MaxDeliveryBytes = 2_000 });
        (string cookies, string token) = await SignedIn(app, admin);
        static ByteArrayContent Bytes(int count) => new(Enumerable.Repeat((byte)'a', count).ToArray());
        async Task<HttpResponseMessage> Post(string path, string cookie, params (HttpContent Content, string Name, string? File)[] parts)
        {
            var form = new MultipartFormDataContent();
            foreach (var (content, name, file) in parts)
            {
                if (file is null)
                {
                    form.Add(content, name);
                }
                else
                {
                    form.Add(content, name, file);
                }
            }

            using var post = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
            post.Headers.Add("Cookie", cookie);
            return await Client(app).SendAsync(post);
        }

        (HttpContent, string, string?) Own() => (new StringContent(token), "formToken", null);
        foreach (HttpResponseMessage answer in new[]
        {
            await Post("/data/deliver", cookies, (Bytes(10), "file", "a.csv")), // without a token
            await Post("/data/deliver", cookies, Own()),
            await Post("/data/deliver", cookies, Own(), (Bytes(0), "file", "a.csv")),
            await Post("/data/deliver", cookies, Own(), (Bytes(10), "file", "a.csv"), (Bytes(10), "more", "b.csv")),
            await Post("/data/deliver", cookies, Own(), (Bytes(5_000), "file", "a.csv")),
            await Post("/data/delivery/import", cookies, Own(), (new StringContent("../../keys"), "id", null)),
            await Post("/data/delivery/answer", cookies, Own(), (new StringContent(new string('a', 24)), "id", null)),
            await Client(app).GetAsync("/data/delivery?id=../../keys.json"),
        })
        {
            string body = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode is >= 300 and <= 499, $"{answer.RequestMessage!.RequestUri} {answer.StatusCode}: {body}");
            Assert.DoesNotContain(host.Folder, body, StringComparison.Ordinal);
        }

        // Who may not, may not: by the role, not by the button that is not shown.
        (string others, string othersToken) = await SignedIn(app, marketer);
        HttpResponseMessage refused = await Post(
            "/data/deliver", others, (new StringContent(othersToken), "formToken", null), (Bytes(10), "file", "a.csv"));
        Assert.Contains(refused.StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.Redirect });
        Assert.False(Directory.Exists(spool) && Directory.EnumerateFileSystemEntries(spool).Any());

        HttpResponseMessage taken = await Post("/data/deliver", cookies, Own(), (Bytes(100), "file", "..\\..\\a.csv"));
        Assert.Equal(HttpStatusCode.Redirect, taken.StatusCode);
        Assert.StartsWith("/data/delivery?id=", taken.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Contains("\"file\":\"a.csv\"", File.ReadAllText(Directory.GetFiles(spool, "delivery.json", SearchOption.AllDirectories)[0]),
            StringComparison.Ordinal);
    }

    /// <summary>Cookies of somebody signed in, and the token for a post.</summary>
    private static async Task<(string Cookies, string Token)> SignedIn(WebApplication app, string key)
    {
        HttpResponseMessage form = await Get(app, "/sign-in");
        string forged = form.Headers.GetValues("Set-Cookie").First().Split(';')[0];
        using var post = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent(
                [new("key", key), new("formToken", Token().Match(await form.Content.ReadAsStringAsync()).Groups[1].Value)]),
        };
        post.Headers.Add("Cookie", forged);
        HttpResponseMessage signed = await Client(app).SendAsync(post);
        string cookie =
            signed.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("predictive=", StringComparison.Ordinal)).Split(';')[0];
        using var get = new HttpRequestMessage(HttpMethod.Get, "/data");
        get.Headers.Add("Cookie", $"{forged}; {cookie}");
        get.Headers.Add("Accept", "text/html");
        string html = await (await Client(app).SendAsync(get)).Content.ReadAsStringAsync();
        return ($"{forged}; {cookie}", Token().Match(html).Groups[1].Value);
    }

    private static HttpClient Client(WebApplication app)
    {
        HttpClient client = app.GetTestClient();
        client.BaseAddress = new Uri("http://localhost/");
        return client;
    }

    private static Task<HttpResponseMessage> Get(WebApplication app, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/html");
        return Client(app).SendAsync(request);
    }

    [GeneratedRegex("name=\"formToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
