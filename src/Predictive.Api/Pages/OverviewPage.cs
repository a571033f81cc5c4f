using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Http;
using Predictive.Api.Pages.Data;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;

namespace Predictive.Api.Pages;

/// <summary>The first page: how the base stands and what to do next.</summary>
internal static class OverviewPage
{
    public static void MapOverview(this IEndpointRouteBuilder routes) => routes.MapGet("/", Show).Page();

    private static Task Show(HttpContext context, Answering answering, PageBook book, PageRenderer renderer)
    {
        ServingSnapshot snapshot = answering.WithData();
        return renderer.Show<OverviewView>(context, "nav.overview", new()
        {
            [nameof(OverviewView.Model)] = new OverviewModel(
                CustomerBase.Of(snapshot), OverviewFigures.Of(snapshot), snapshot.Scorer.Bundle.Manifest,
                book.PortfolioIfMade(snapshot), book.CheckIfMade(snapshot), book.FaultOf(snapshot)),
        });
    }
}
