using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Scalar.AspNetCore;

namespace Predictive.Api.Description;

/// <summary>The API reference for people at <c>/docs</c>: Scalar, every part of it from this host.</summary>
internal static class ApiReference
{
    private const string Path = "/docs";

    public static void Map(IEndpointRouteBuilder routes)
    {
        IEndpointConventionBuilder page = routes.MapScalarApiReference(Path, (options, context) =>
        {
            options.Title = "Predictive scoring host";
            options.OpenApiRoutePattern = ApiDocument.Path;
            options.DynamicBaseServerUrl = true;
            options.WithNonce((string)context.Items[typeof(ApiReference)]!);
            options.HideDeveloperTools().DisableDefaultFonts().DisableTelemetry().DisableAgent();
        });
        page.ForAnybody().ExcludeFromDescription();
        page.AddEndpointFilter(async (call, next) =>
        {
            HttpContext context = call.HttpContext;
            string nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            context.Items[typeof(ApiReference)] = nonce;
            // Nothing from elsewhere; the page sets styles while it runs.
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
                    + "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
            return await next(call);
        });
    }
}
