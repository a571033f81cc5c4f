using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Predictive.Api.Answers;

/// <summary>Problem details (RFC 9457): what was found, what was expected, what to do; never a stack trace or a path of the server.</summary>
internal static class ProblemAnswers
{
    public const string MediaType = "application/problem+json";
    public const string RefusedTitle = "The request cannot be used";

    /// <summary>Seconds after which whoever was told to come back may do so.</summary>
    public const string RetryAfterSeconds = "5";

    /// <summary>Writes one; whatever says "not now" says when.</summary>
    public static async Task Write(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        context.Response.ContentLength = null;
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new ProblemAnswer(title, status, detail), AnswerJson.Options);
        await context.Response.Body.WriteAsync(body);
    }
}

/// <summary>A problem (RFC 9457).</summary>
/// <param name="Title">The kind.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Detail">What was found, what was expected, what to do.</param>
internal sealed record ProblemAnswer(string Title, int Status, string Detail);

/// <summary>A request that cannot be answered, thrown where it is found; the message is for the caller.</summary>
internal sealed class RequestException(int status, string title, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Title { get; } = title;

    public static RequestException Refused(string message) => new(StatusCodes.Status400BadRequest, ProblemAnswers.RefusedTitle, message);

    public static RequestException TooLarge(string message) => new(StatusCodes.Status413PayloadTooLarge, ProblemAnswers.RefusedTitle, message);

    public static RequestException TooSlow(string message) => new(StatusCodes.Status408RequestTimeout, ProblemAnswers.RefusedTitle, message);

    public static RequestException Missing(string message) => new(StatusCodes.Status404NotFound, "Not found", message);

    public static RequestException Unavailable(string message) => new(StatusCodes.Status503ServiceUnavailable, "Not ready", message);

    public static RequestException Busy(string message) => new(StatusCodes.Status503ServiceUnavailable, "Busy", message);
}
