using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Predictive.EndToEnd.Tests;

/// <summary>Something that takes OTLP over HTTP and keeps the bodies as they are: the texts within protobuf are plain.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, string Body)> _taken = new();
    private WebApplication? _app;

    /// <summary>Starts it.</summary>
    /// <returns>Its address.</returns>
    public async Task<string> Start()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/{**path}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _taken.Enqueue((request.Path, Encoding.UTF8.GetString(body.ToArray())));
        });
        await _app.StartAsync();
        return _app.Urls.Single();
    }

    /// <summary>All that came to a path, once a text is among it.</summary>
    public async Task<string> Until(string path, string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            string all = string.Concat(_taken.Where(t => t.Path == path).Select(t => t.Body));
            if (all.Contains(text, StringComparison.Ordinal))
            {
                return all;
            }

            Assert.False(limit.IsCancellationRequested, $"'{text}' never came to {path}; {_taken.Count} bodies came in all.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
}
