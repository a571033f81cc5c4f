using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Http;
using Predictive.Api.Pages.Data;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;

namespace Predictive.Api.Pages;

/// <summary>What is loaded, and what is wrong with it.</summary>
internal static class DataPages
{
    public static void MapDataPages(this IEndpointRouteBuilder routes) => routes.MapGet("/data", Show).Page();

    private static Task Show(HttpContext context, Answering answering, PageBook book, PageRenderer renderer)
    {
        ServingSnapshot snapshot = answering.WithData();
        return renderer.Show<DataView>(context, "nav.data", new()
        {
            [nameof(DataView.Snapshot)] = snapshot, [nameof(DataView.Check)] = book.CheckIfMade(snapshot),
            [nameof(DataView.Fault)] = book.FaultOf(snapshot),
        });
    }
}
