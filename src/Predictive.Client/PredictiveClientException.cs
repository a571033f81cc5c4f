using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Predictive.Client;

/// <summary>A request that the host refused, in the host's words.</summary>
public sealed class PredictiveClientException : Exception
{
    private PredictiveClientException(HttpStatusCode status, string message)
        : base(message) => Status = status;

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    internal static async Task<PredictiveClientException> Of(HttpResponseMessage response, CancellationToken cancellation)
    {
        string text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false), told;
        try
        {
            using var problem = JsonDocument.Parse(text);
            told = $"{Named("title")} {Named("detail")}".Trim();

            string? Named(string name) => problem.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            told = "";
        }

        return new PredictiveClientException(
            response.StatusCode,
            string.Create(
                CultureInfo.InvariantCulture, $"{(int)response.StatusCode}: {(told.Length > 0 ? told : response.ReasonPhrase)}"));
    }
}
