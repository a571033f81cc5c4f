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
        ["/", "/at-risk", "/customers", "/segments", "/portfolio", "/models", "/data", "/metrics-catalogue", "/customer?id=C1"];

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
