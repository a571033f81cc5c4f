using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Predictive.History;
using Predictive.Segmentation.Registry;

namespace Predictive.Api;

/// <summary>Problem details (RFC 9457): what was found, what was expected, what to do; never a stack trace.</summary>
internal static class ProblemAnswers
{
    /// <summary>The input was refused.</summary>
    public static ProblemHttpResult Refused(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest, title: "The request cannot be used");

    /// <summary>No such thing.</summary>
    public static ProblemHttpResult Missing(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: "Not found");

    /// <summary>The host lacks what the request needs.</summary>
    public static ProblemHttpResult Unavailable(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status503ServiceUnavailable, title: "Not ready");

    /// <summary>The request is sound but the state forbids it.</summary>
    public static ProblemHttpResult Conflict(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict, title: "Conflict");

    /// <summary>Turns an escaped exception into an answer: a fault of the request into 4xx with its message, anything else into a bare 500.</summary>
    public static Task Write(HttpContext context)
    {
        Exception? fault = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        ProblemHttpResult answer = fault switch
        {
            RequestException e => TypedResults.Problem(e.Message, statusCode: e.Status, title: e.Title),
            BadHttpRequestException { InnerException: JsonException json } => Refused($"The body is not the JSON expected: {JsonFault.Words(json)}"),
            BadHttpRequestException e => TypedResults.Problem(e.Message, statusCode: e.StatusCode, title: "The request cannot be used"),
            DatasetException e => Refused(e.Message),
            ModelPackageException e => Conflict(e.Message),
            _ => TypedResults.Problem("The host failed on this request; its log says why.", statusCode: StatusCodes.Status500InternalServerError, title: "Internal error"),
        };
        if (answer.StatusCode == StatusCodes.Status500InternalServerError && fault is not null)
        {
            context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Predictive.Api").LogError(fault, "Request {Path} failed", context.Request.Path);
        }

        return answer.ExecuteAsync(context);
    }
}

/// <summary>A request that cannot be answered, thrown where it is found; the message is for the caller.</summary>
internal sealed class RequestException(int status, string title, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Title { get; } = title;

    public static RequestException Refused(string message) => new(StatusCodes.Status400BadRequest, "The request cannot be used", message);

    public static RequestException Missing(string message) => new(StatusCodes.Status404NotFound, "Not found", message);

    public static RequestException Unavailable(string message) => new(StatusCodes.Status503ServiceUnavailable, "Not ready", message);
}
