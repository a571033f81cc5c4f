using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.Client;

/// <summary>A scoring host over HTTP. Safe to use from several threads.</summary>
/// <param name="http">With the host's address and, where it asks for one, the API key; see <see cref="PredictiveClientServices"/>.</param>
public sealed class PredictiveClient(HttpClient http)
{
    /// <summary>What is called, as the OpenAPI document names it; a test holds this list and the types to that document.</summary>
    internal static readonly ClientCall[] Calls =
    [
        new("get", "/v1/customers/score", ["id", "asOf"], null, typeof(ScoreAnswer)),
        new("post", "/v1/score", [], typeof(HistoryRequest), typeof(ScoreAnswer)),
        new(
            "get", "/v1/at-risk",
            ["top", "offset", "segment", "stage", "tier", "cell", "portrait", "band", "minProbability", "asOf", "rank"], null,
            typeof(AtRiskAnswer)),
        new("get", "/v1/models", [], null, typeof(ModelsAnswer)),
        new("post", "/v1/models/{name}/{version}/promote", [], null, typeof(AliasesAnswer)),
        new("post", "/v1/jobs/train", ["name"], null, typeof(JobFacts)),
        new("get", "/v1/jobs/{id}", [], null, typeof(JobAnswer)),
        new("post", "/v1/events", [], typeof(EventRequest), typeof(EventAnswer)),
    ];

    private static readonly JsonSerializerOptions s_json =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The score of a customer of the host's base.</summary>
    /// <param name="customerId">Who.</param>
    /// <param name="asOf">Local time, such as 2025-09-01; null = after the last line served.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="PredictiveClientException">The host refuses; a customer that is not there: status 404.</exception>
    public Task<ScoreAnswer> GetScoreAsync(string customerId, string? asOf = null, CancellationToken cancellation = default) =>
        Ask<ScoreAnswer>(HttpMethod.Get, "v1/customers/score" + Query(("id", customerId), ("asOf", asOf)), null, cancellation);

    /// <summary>The score of a history that is sent along; the host keeps nothing of it.</summary>
    /// <param name="history">Of one customer.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="PredictiveClientException">The host refuses.</exception>
    public Task<ScoreAnswer> ScoreAsync(HistoryRequest history, CancellationToken cancellation = default) =>
        Ask<ScoreAnswer>(HttpMethod.Post, "v1/score", history, cancellation);

    /// <summary>Who is at risk, whom a contact can save most first.</summary>
    /// <param name="wanted">Which of them; null = the host's first page.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="PredictiveClientException">The host refuses.</exception>
    public Task<AtRiskAnswer> GetAtRiskAsync(AtRiskRequest? wanted = null, CancellationToken cancellation = default)
    {
        wanted ??= new AtRiskRequest();
        return Ask<AtRiskAnswer>(
            HttpMethod.Get,
            "v1/at-risk" + Query(
                ("top", Text(wanted.Top)), ("offset", Text(wanted.Offset)), ("segment", wanted.Segment), ("stage", wanted.Stage),
                ("tier", wanted.Tier), ("cell", wanted.Cell), ("portrait", wanted.Portrait), ("band", wanted.Band), ("rank", wanted.Rank),
                ("minProbability", Text(wanted.MinProbability)), ("asOf", wanted.AsOf)),
            null, cancellation);
    }

    /// <summary>The versions, and which one serves.</summary>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="PredictiveClientException">The host refuses.</exception>
    public Task<ModelsAnswer> GetModelsAsync(CancellationToken cancellation = default) =>
        Ask<ModelsAnswer>(HttpMethod.Get, "v1/models", null, cancellation);

    /// <summary>Puts a version in service.</summary>
    /// <param name="name">Registry name.</param>
    /// <param name="version">Number.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="PredictiveClientException">The host refuses: no such version, or one that cannot be used.</exception>
    public Task<AliasesAnswer> PromoteAsync(string name, int version, CancellationToken cancellation = default) => Ask<AliasesAnswer>(
        HttpMethod.Post, $"v1/models/{Uri.EscapeDataString(name)}/{version.ToString(CultureInfo.InvariantCulture)}/promote", null,
        cancellation);

    /// <summary>Asks for a training; a worker does it.</summary>
    /// <param name="name">Registry name; null = the host's.</param>
    /// <param name="cancellation">Ends early (the asking, not the training).</param>
    /// <exception cref="PredictiveClientException">The host refuses.</exception>
    public Task<JobFacts> TrainAsync(string? name = null, CancellationToken cancellation = default) =>
        Ask<JobFacts>(HttpMethod.Post, "v1/jobs/train" + Query(("name", name)), null, cancellation);

    /// <summary>How far a training is.</summary>
    /// <param name="id">From <see cref="TrainAsync"/>.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="PredictiveClientException">The host refuses.</exception>
    public async Task<JobFacts> GetJobAsync(long id, CancellationToken cancellation = default) => (await Ask<JobAnswer>(
        HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"v1/jobs/{id}"), null, cancellation).ConfigureAwait(false)).Job;

    /// <summary>Tells of a transaction. Sent again with the same id, it counts once.</summary>
    /// <param name="transaction">What happened.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="PredictiveClientException">The host refuses.</exception>
    public Task<EventAnswer> SendAsync(EventRequest transaction, CancellationToken cancellation = default) =>
        Ask<EventAnswer>(HttpMethod.Post, "v1/events", transaction, cancellation);

    private async Task<T> Ask<T>(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.ParseAdd("application/json");
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: s_json);
            await request.Content.LoadIntoBufferAsync(cancellation).ConfigureAwait(false); // so that its length is told
        }

        using HttpResponseMessage response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw await PredictiveClientException.Of(response, cancellation).ConfigureAwait(false);
        }

        return await response.Content.ReadFromJsonAsync<T>(s_json, cancellation).ConfigureAwait(false)
            ?? throw new JsonException($"{method} {path} was answered with null.");
    }

    private static string? Text<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture);

    private static string Query(params (string Name, string? Value)[] parameters)
    {
        string query = string.Join(
            '&', parameters.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
        return query.Length == 0 ? "" : "?" + query;
    }
}

/// <summary>A call of the client.</summary>
/// <param name="Method">In lower case.</param>
/// <param name="Path">As the document has it.</param>
/// <param name="Query">Names of the query parameters it may send.</param>
/// <param name="Body">Type of what is sent; null = nothing.</param>
/// <param name="Answer">Type of what is answered.</param>
internal sealed record ClientCall(string Method, string Path, string[] Query, Type? Body, Type Answer);
