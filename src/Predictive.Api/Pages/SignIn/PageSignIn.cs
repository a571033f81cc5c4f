using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;

namespace Predictive.Api.Pages.SignIn;

/// <summary>
/// Sign-in of people with the host's keys: the key is posted once, a cookie that scripts cannot read names its id from then on, and every
/// request looks the id up in the key ring, so that a revoked key ends it. Where the host has no keys, pages are open as the API is.
/// </summary>
internal static class PageSignIn
{
    public const string Scheme = "Page";

    private const string Cookie = "PageCookie", Path = "/sign-in";

    public static void AddTo(IServiceCollection services, ScoringHostOptions options, KeyRing ring)
    {
        services.AddAuthentication()
            .AddPolicyScheme(Scheme, null, o => o.ForwardDefaultSelector = _ => ring.HasKeys ? Cookie : KeyAuthentication.SchemeName)
            .AddCookie(Cookie, o =>
            {
                o.Cookie.Name = "predictive";
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Strict;
                o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                o.ExpireTimeSpan = TimeSpan.FromHours(12);
                o.LoginPath = Path;
                o.ReturnUrlParameter = "returnUrl";
                o.Events.OnValidatePrincipal = async context =>
                {
                    if (context.Principal?.FindFirstValue(ClaimTypes.NameIdentifier) is { } id && ring.FindById(id) is { } known)
                    {
                        context.ReplacePrincipal(known);
                        return;
                    }

                    context.RejectPrincipal();
                    await context.HttpContext.SignOutAsync(Cookie);
                };
                o.Events.OnRedirectToAccessDenied = context => context.HttpContext.RequestServices.GetRequiredService<PageRenderer>()
                    .Show<FaultView>(
                        context.HttpContext, "fault.denied", new() { [nameof(FaultView.Status)] = StatusCodes.Status403Forbidden },
                        StatusCodes.Status403Forbidden);
            });
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "predictive-form";
            o.Cookie.HttpOnly = true;
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            o.FormFieldName = "formToken";
        });
        IDataProtectionBuilder protection = services.AddDataProtection().SetApplicationName("predictive");
        if (ring.HasKeys)
        {
            // Kept beside the key file, so that a restart signs nobody out; readable by its owner alone, as the key file is.
            string folder = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(options.KeyFile))!, ".pages");
            protection.PersistKeysToFileSystem(
                OperatingSystem.IsWindows()
                    ? Directory.CreateDirectory(folder)
                    : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        }
        else
        {
            protection.UseEphemeralDataProtectionProvider();
        }
    }

    /// <summary>A page, or an action of one: whoever asks needs a key of this role or a higher one.</summary>
    public static TBuilder ForViewer<TBuilder>(this TBuilder route, KeyRole role)
        where TBuilder : IEndpointConventionBuilder =>
        route.RequireAuthorization(new AuthorizeAttribute(role.ToString()) { AuthenticationSchemes = Scheme });

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext context, PageRenderer renderer, string? returnUrl) =>
            renderer.Show<SignInView>(context, "signin.title", new() { [nameof(SignInView.ReturnUrl)] = Local(returnUrl) }))
            .ForAnybody().Takes("returnUrl", "lang").ExcludeFromDescription();
        routes.MapPost(Path, SignIn).ForAnybody().Takes("lang").ExcludeFromDescription();
        routes.MapPost("/sign-out", async (HttpContext context, IAntiforgery antiforgery) =>
        {
            await PostedForm.Read(context, antiforgery);
            await context.SignOutAsync(Cookie);
            context.Response.Redirect(Path);
        }).ForViewer(KeyRole.Score).Takes("lang").ExcludeFromDescription();
    }

    private static async Task SignIn(HttpContext context, IAntiforgery antiforgery, KeyRing ring, PageRenderer renderer)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        string returnUrl = Local(form["returnUrl"]);
        if (ring.Find(((string?)form["key"] ?? "").Trim()) is not { } principal || !principal.IsInRole(nameof(KeyRole.Marketer))
            && !principal.IsInRole(nameof(KeyRole.Admin)))
        {
            await renderer.Show<SignInView>(
                context, "signin.title",
                new() { [nameof(SignInView.ReturnUrl)] = returnUrl, [nameof(SignInView.Refused)] = true },
                StatusCodes.Status401Unauthorized);
            return;
        }

        await context.SignInAsync(Cookie, principal);
        context.Response.Redirect(returnUrl);
    }

    // A path of this host and nothing else: "//elsewhere" and "/\elsewhere" lead away.
    private static string Local(string? url) => url is ['/', ..] && url is not ['/', '/' or '\\', ..] ? url : "/";
}
