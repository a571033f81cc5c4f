using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Predictive.Api.Answers;

/// <summary>
/// Problem details (RFC 9457): what was found, what was expected, what to do; never a stack trace or a path of the server. The one place
/// that pairs a status with its title.
/// </summary>
/// <param name="Title">The kind.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Detail">What was found, what was expected, what to do.</param>
internal sealed record Problem(string Title, int Status, string Detail)
{
    public const string MediaType = "application/problem+json";

    /// <summary>Seconds after which whoever was told to come back may do so.</summary>
    public const string RetryAfterSeconds = "5";

    public static Problem Refused(
        string detail, int status = StatusCodes.Status400BadRequest) => new("The request cannot be used", status, detail);

    public static Problem Line(
        string detail, int status = StatusCodes.Status400BadRequest) => new("The line cannot be scored", status, detail);

    public static Problem Event(string detail) => new("The event cannot be used", StatusCodes.Status400BadRequest, detail);

    public static Problem Unknown(string detail) => new("Who calls is not known", StatusCodes.Status401Unauthorized, detail);

    public static Problem NotAllowed(string detail) => new("Not allowed", StatusCodes.Status403Forbidden, detail);

    public static Problem Missing(string detail) => new("Not found", StatusCodes.Status404NotFound, detail);

    public static Problem Conflict(string detail) => new("Conflict", StatusCodes.Status409Conflict, detail);

    public static Problem TooMany(string detail) => new("Too many requests", StatusCodes.Status429TooManyRequests, detail);

    public static Problem Failed(string detail) => new("Internal error", StatusCodes.Status500InternalServerError, detail);

    public static Problem NotReady(string detail) => new("Not ready", StatusCodes.Status503ServiceUnavailable, detail);

    public static Problem Busy(string detail) => new("Busy", StatusCodes.Status503ServiceUnavailable, detail);

    /// <summary>Answers with it; whatever says "not now" says when.</summary>
    public async Task Write(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = MediaType;
        context.Response.ContentLength = null;
        if (Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        byte[] body;
        if (InferencePaths.IsOne(context.Request.Path))
        {
            // The open inference protocol has a shape of its own for what went wrong.
            context.Response.ContentType = "application/json";
            body = JsonSerializer.SerializeToUtf8Bytes(new InferenceError($"{Title}: {Detail}"), AnswerJson.Options);
        }
        else
        {
            body = JsonSerializer.SerializeToUtf8Bytes(this, AnswerJson.Options);
        }

        await context.Response.Body.WriteAsync(body);
    }
}

/// <summary>What went wrong, as the open inference protocol says it.</summary>
/// <param name="Error">What was found, what was expected, what to do.</param>
public sealed record InferenceError(string Error);

/// <summary>Which paths speak the open inference protocol.</summary>
internal static class InferencePaths
{
    public const string Root = "/v2";

    public static bool IsOne(PathString path) => path.StartsWithSegments(Root);
}

/// <summary>A request that cannot be answered, thrown where it is found; the problem is for the caller.</summary>
internal sealed class RequestException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;

    public static RequestException Refused(string message) => new(Problem.Refused(message));

    public static RequestException TooLarge(string message) => new(Problem.Refused(message, StatusCodes.Status413PayloadTooLarge));

    public static RequestException WrongType(string message) =>
        new(Problem.Refused(message, StatusCodes.Status415UnsupportedMediaType));

    public static RequestException TooSlow(string message) => new(Problem.Refused(message, StatusCodes.Status408RequestTimeout));

    public static RequestException Conflict(string message) => new(Problem.Conflict(message));

    public static RequestException Missing(string message) => new(Problem.Missing(message));

    public static RequestException NotReady(string message) => new(Problem.NotReady(message));

    public static RequestException Busy(string message) => new(Problem.Busy(message));
}
