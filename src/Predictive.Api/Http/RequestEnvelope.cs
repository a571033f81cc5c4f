using System.Diagnostics;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Privacy;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Registry;
using Predictive.Store;

namespace Predictive.Api.Http;

/// <summary>
/// What surrounds every request: security headers, HEAD as GET, faults turned into problem details, one line of log, counts. The outermost
/// middleware.
/// </summary>
internal sealed partial class RequestEnvelope(
    RequestDelegate next, SnapshotKeeper keeper, PublicText text, HostMetrics metrics, ScoringHostOptions options, RequestLog requests,
    LoggedNames names, ILogger<RequestEnvelope> log)
{
    private const int MostPath = 200;

    public async Task InvokeAsync(HttpContext context)
    {
        long start = Stopwatch.GetTimestamp();
        string method = context.Request.Method;
        if (HttpMethods.IsHead(method))
        {
            // The server sends no body for HEAD, whatever is written.
            context.Request.Method = HttpMethods.Get;
        }

        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        bool gone = false;
        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null or 0, ContentType: null })
            {
                await Bare(context);
            }
        }
        catch (Exception e)
        {
            gone = context.RequestAborted.IsCancellationRequested
                && e is OperationCanceledException or IOException or Microsoft.AspNetCore.Connections.ConnectionResetException;
            await Fault(context, e, gone);
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        string model = (string?)headers["Predictive-Model"] ?? keeper.Current?.Model ?? "";
        metrics.Answered(route, gone ? 499 : context.Response.StatusCode, model, elapsed);
        if (options.LogRequests)
        {
            string path = names.Masked(context.Request.Path.ToUriComponent());
            requests.Write(
                method, path.Length > MostPath ? path[..MostPath] : path, gone ? 499 : context.Response.StatusCode,
                elapsed.TotalMilliseconds, route, model,
                context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "");
        }
    }

    private async Task Fault(HttpContext context, Exception fault, bool gone)
    {
        if (gone)
        {
            return;
        }

        Problem problem = fault switch
        {
            RequestException e => e.Problem,
            BadHttpRequestException { InnerException: JsonException json } =>
                Problem.Refused($"The body is not the JSON expected: {JsonFault.Words(json)}"),
            BadHttpRequestException e => Problem.Refused(e.Message, e.StatusCode),
            DatasetException e => Problem.Refused(text.Of(e.Message)),
            QueryRefusedException e => Problem.Refused(e.Message),
            ModelPackageException e => Problem.Conflict(text.Of(e.Message)),
            StoreException e => Problem.NotReady(text.Of(e.Message)),
            TimeoutException e => Problem.Busy(e.Message),
            OperationCanceledException => Problem.NotReady("The host is stopping. Ask again in some seconds."),
            _ => Problem.Failed("The host failed on this request; its log says why."),
        };
        if (problem.Status == StatusCodes.Status500InternalServerError)
        {
            Failed(fault, names.Masked(context.Request.Path.ToUriComponent()));
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Headers.Remove("ETag");
        context.Response.Headers.ContentEncoding = default;
        context.Response.Headers.CacheControl = "no-store";
        await problem.Write(context);
    }

    private static Task Bare(HttpContext context)
    {
        int status = context.Response.StatusCode;
        Problem problem = status switch
        {
            404 => Problem.Missing("There is nothing at this path; /openapi/v1.json names what there is."),
            405 => Problem.Refused($"This path does not take this method; expected {context.Response.Headers.Allow}.", status),
            415 => Problem.Refused("The media type of the body is not one this path takes; expected application/json.", status),
            400 => Problem.Refused("The Host header names no host of this service."),
            _ => Problem.Refused("The request cannot be answered; /openapi/v1.json describes what can.", status),
        };
        return problem.Write(context);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {Path} failed")]
    private partial void Failed(Exception fault, string path);
}
