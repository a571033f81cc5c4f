using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Pages.Assets;
using Predictive.Api.Pages.Data;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.SignIn;

namespace Predictive.Api.Pages;

/// <summary>The marketers' pages in the scoring host: a table of contents, one <c>MapX</c> per page.</summary>
internal static class PageHost
{
    public static void AddTo(IServiceCollection services, ScoringHostOptions options, KeyRing ring)
    {
        services.AddSingleton<PageRenderer>().AddSingleton<PageBook>().AddHostedService<PageWarmer>();
        PageSignIn.AddTo(services, options, ring);
    }

    public static void UsePages(this IApplicationBuilder app) => app.UseMiddleware<PageFaults>();

    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPageAssets();
        routes.MapSignIn();
        routes.MapOverview();
        routes.MapAtRiskPage();
        routes.MapCustomerPages();
        routes.MapProspectPages();
        routes.MapPortfolioPages();
        routes.MapCampaignPages();
        routes.MapAlertPages();
        routes.MapReportPages();
        routes.MapAskPage();
        routes.MapModelPages();
        routes.MapDataPages();
        routes.MapDeliveryPages();
    }

    /// <summary>A page: what a marketer may see, with these query parameters and the language.</summary>
    public static RouteHandlerBuilder Page(this RouteHandlerBuilder route, params string[] parameters) =>
        route.ForViewer(KeyRole.Marketer).Takes([.. parameters, "lang"]).ExcludeFromDescription();
}
