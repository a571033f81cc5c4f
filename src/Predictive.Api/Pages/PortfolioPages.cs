using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Pages.Data;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.History;

namespace Predictive.Api.Pages;

/// <summary>How the base divides, how it stands as a whole and how it moved, and what every figure means.</summary>
internal static class PortfolioPages
{
    public static void MapPortfolioPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/segments", Segments).Page();
        routes.MapGet("/portfolio", Portfolio).Page("compare");
        routes.MapGet("/metrics-catalogue", (HttpContext context, PageRenderer renderer) =>
            renderer.Show<MetricsView>(context, "nav.metrics")).Page();
    }

    private static async Task Segments(HttpContext context, Answering answering, PageBook book, PageRenderer renderer)
    {
        ServingSnapshot snapshot = answering.WithData();
        await renderer.Show<SegmentsView>(context, "nav.segments", new()
        {
            [nameof(SegmentsView.Report)] = await book.Portfolio(snapshot, null, context.RequestAborted),
            [nameof(SegmentsView.Base)] = CustomerBase.Of(snapshot),
        });
    }

    private static async Task Portfolio(
        HttpContext context, Answering answering, PageBook book, PageRenderer renderer, string? compare)
    {
        ServingSnapshot snapshot = answering.WithData();
        LocalTime? earlier = null;
        if (!string.IsNullOrEmpty(compare))
        {
            earlier = Answering.AsOfFor(compare, snapshot);
            if (!(earlier < snapshot.AsOf))
            {
                throw RequestException.Refused($"compare is {earlier} and the as-of {snapshot.AsOf}; expected an earlier date.");
            }
        }

        await renderer.Show<PortfolioPageView>(context, "nav.portfolio", new()
        {
            [nameof(PortfolioPageView.Report)] = await book.Portfolio(snapshot, earlier, context.RequestAborted),
            [nameof(PortfolioPageView.Base)] = CustomerBase.Of(snapshot),
        });
    }
}
