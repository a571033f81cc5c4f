using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Predictive.Acting.Webhooks;

namespace Predictive.Acting.Tests.Webhooks;

/// <summary>A host that hears: a real server on a free port of this machine. Linked into the bench <c>acting-kill</c>.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    public const string Secret = "a secret of enough characters";

    private readonly WebApplication _app;

    public Receiver()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(Hear);
        _app.StartAsync().GetAwaiter().GetResult();
    }

    public string Url => _app.Urls.First() + "/hook";

    /// <summary>Ids heard, with how often.</summary>
    public ConcurrentDictionary<string, int> Heard { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Bodies { get; } = new();

    /// <summary>Messages whose signature is wrong.</summary>
    public int Wrong { get; private set; }

    /// <summary>What is answered.</summary>
    public Func<string, int> Answers { get; set; } = _ => 204;

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task Hear(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        string id = context.Request.Headers[WebhookSignature.IdHeader].ToString();
        long time = long.Parse(context.Request.Headers[WebhookSignature.TimeHeader].ToString(), CultureInfo.InvariantCulture);
        if (context.Request.Headers[WebhookSignature.SignatureHeader] != WebhookSignature.Of(Secret, id, time, body.ToArray()))
        {
            Wrong++;
            context.Response.StatusCode = 401;
            return;
        }

        int answer = Answers(id);
        if (answer is >= 200 and < 300)
        {
            Heard.AddOrUpdate(id, 1, (_, n) => n + 1);
            Bodies.Enqueue(System.Text.Encoding.UTF8.GetString(body.ToArray()));
        }

        context.Response.StatusCode = answer;
        if (answer is >= 300 and < 400)
        {
            context.Response.Headers.Location = "/elsewhere";
        }
    }
}
