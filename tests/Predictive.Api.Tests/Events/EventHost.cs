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
using Predictive.Store;
using Predictive.Tests;
using Predictive.Worker;

namespace Predictive.Api.Tests.Events;

/// <summary>A host with data, registry and store of its own, that events are sent to.</summary>
internal sealed class EventHost : IAsyncDisposable
{
    private readonly TrainedHost _host;
    private readonly string _key;

    public EventHost(TrainedHost host, string? data = null, string? models = null, Action<string>? prepare = null)
    {
        _host = host;
        Data = data ?? host.OwnData();
        prepare?.Invoke(Data);
        Models = models ?? host.OwnModels();
        _key = new KeyFile(Path.Combine(Models, "keys.json")).Add(KeyRole.Admin, TimeProvider.System.GetUtcNow()).Text;
        App = host.Start(Options);
        Client = App.GetTestClient();
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
    }

    public string Data { get; }

    public string Models { get; }

    public WebApplication App { get; private set; }

    public HttpClient Client { get; private set; }

    public ScoringHostOptions Options => _host.Options with { Data = Data, Models = Models };

    public SnapshotKeeper Keeper => App.Services.GetRequiredService<SnapshotKeeper>();

    public StoreDatabase Store => StoreDatabase.Open(Path.Combine(Models, "store.db"), TimeProvider.System);

    /// <summary>Sends events one a line; gives the answers.</summary>
    public async Task<JsonElement[]> Send(params object[] events)
    {
        string lines = string.Join('\n', events.Select(e => e as string ?? JsonSerializer.Serialize(e)));
        using HttpResponseMessage answer = await Post(lines, "application/x-ndjson");
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<JsonElement>(l))];
    }

    public Task<HttpResponseMessage> Post(string body, string type = "application/json") =>
        Client.PostAsync("/v1/events", new StringContent(body, Encoding.UTF8, type));

    /// <summary>A customer's score as bytes; null where there is none.</summary>
    public async Task<string?> Score(string customer, string? asOf = null)
    {
        using HttpResponseMessage answer = await Client.GetAsync(
            $"/v1/customers/score?id={Uri.EscapeDataString(customer)}{(asOf is null ? "" : "&asOf=" + asOf)}");
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
    }

    public CompactionReport Compact(int mostInFile = Compaction.MostInFile) =>
        Compaction.Run(Store, Data, _ => { }, TestContext.Current.CancellationToken, mostInFile);

    /// <summary>The base as a batch would load and score it, one answer a customer.</summary>
    public Dictionary<string, string?> Batch(LocalTime asOf, params string[] customers)
    {
        TransactionHistory history = Predictive.History.Loading.DatasetLoader.Load(
            Data, new() { Columns = Predictive.History.Loading.HistoryColumns.Answers });
        var scorer = new Predictive.Segmentation.Scoring.CustomerScorer(
            _host.Bundle, new Predictive.Segmentation.Scoring.ModelStamp("default", 1));
        return customers.ToDictionary(c => c, c => history.IndexOf(c) is >= 0 and int i
            && Predictive.Segmentation.Scoring.CustomerScorer.CanScore(history, i, asOf)
            ? Encoding.UTF8.GetString(Predictive.Api.Answers.AnswerJson.Of(scorer.Score(history, i, asOf)))
            : null);
    }

    /// <summary>The same host started again.</summary>
    public async Task Restart()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        App = _host.Start(Options);
        Client = App.GetTestClient();
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
