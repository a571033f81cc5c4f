using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;
using Predictive.Api.Pages.Views;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Store;

namespace Predictive.Api.Pages.Rendering;

/// <summary>
/// What a person reads where a program reads a problem document: faults of pages, and paths that are none, as a page. Programs (whoever
/// does
/// not ask for HTML) see nothing of this.
/// </summary>
internal sealed class PageFaults(RequestDelegate next, PageRenderer renderer, Http.PublicText text)
{
    public Task InvokeAsync(HttpContext context)
    {
        foreach (string? accepted in context.Request.Headers.Accept)
        {
            if (accepted?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true)
            {
                return ToPerson(context);
            }
        }

        return next(context);
    }

    private async Task ToPerson(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && Told(e) is { } told)
        {
            await Show(context, told.Status, told.Detail);
            return;
        }

        if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null or 0, ContentType: null })
        {
            await Show(context, context.Response.StatusCode, null);
        }
    }

    private Task Show(HttpContext context, int status, string? detail)
    {
        context.Response.Headers.ContentEncoding = default;
        return renderer.Show<FaultView>(
            context, status == StatusCodes.Status404NotFound ? "fault.missing" : "fault.title",
            new() { [nameof(FaultView.Status)] = status, [nameof(FaultView.Detail)] = detail }, status);
    }

    // What is not told here is the envelope's: its log says why.
    private (int Status, string? Detail)? Told(Exception fault) => fault switch
    {
        RequestException e => (e.Problem.Status, e.Problem.Detail),
        DatasetException e => (StatusCodes.Status400BadRequest, text.Of(e.Message)),
        ModelPackageException e => (StatusCodes.Status409Conflict, text.Of(e.Message)),
        StoreException e => (StatusCodes.Status503ServiceUnavailable, text.Of(e.Message)),
        _ => null,
    };
}
