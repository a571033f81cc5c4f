using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Pages.Assets;
using Predictive.Api.Pages.Language;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.Reports.Pages;

namespace Predictive.Api.Pages.Rendering;

/// <summary>Renders a page: its view in the common frame, in the viewer's language, under a policy that lets nothing foreign in.</summary>
internal sealed class PageRenderer(SnapshotKeeper keeper, PublicText text, KeyRing ring, IAntiforgery antiforgery)
{
    public const string Html = "text/html; charset=utf-8";

    private const string LanguageCookie = "lang";

    // Nothing inline, nothing from elsewhere: style, script, requests and forms go to this host alone.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>What the page knows of its viewer and of the host.</summary>
    public PageFrame Frame(HttpContext context)
    {
        Words words = Language(context);
        ServingSnapshot? snapshot = keeper.Current;
        ClaimsPrincipal user = context.User;
        KeyRole? role = Enum.TryParse(user.FindFirstValue(ClaimTypes.Role), out KeyRole known) ? known : null;
        AntiforgeryTokenSet tokens = antiforgery.GetAndStoreTokens(context);
        IEnumerable<KeyValuePair<string, string?>> query =
            context.Request.Query.Where(q => q.Key != "lang").SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v));
        return new PageFrame
        {
            W = words,
            S = new Show(words),
            Path = context.Request.Path.Value is { Length: > 0 } path ? path : "/",
            Query = QueryString.Create(query).Value ?? "",
            Role = role,
            SignedIn = role is not null && ring.HasKeys,
            Token = (tokens.FormFieldName, tokens.RequestToken!),
            Model = snapshot?.Model,
            AsOf = snapshot?.AsOf?.ToString(),
            Currency = snapshot?.History?.Description.Currency,
            Names = snapshot?.History?.Description.Names,
            Fault = role is null ? null : text.OfOptional(keeper.Refusal ?? keeper.Fault),
            Assets = PageAssets.Paths,
        };
    }

    /// <summary>Sends a page.</summary>
    /// <typeparam name="TView">What stands in it.</typeparam>
    /// <param name="context">The request.</param>
    /// <param name="title">Key of its title.</param>
    /// <param name="parameters">Of the view.</param>
    /// <param name="status">HTTP status.</param>
    public async Task Show<TView>(
        HttpContext context, string title, Dictionary<string, object?>? parameters = null, int status = StatusCodes.Status200OK)
        where TView : IComponent
    {
        PageFrame frame = Frame(context);
        string html = await ReportPage.RenderAsync<PageShell>(new Dictionary<string, object?>
        {
            [nameof(PageShell.Frame)] = frame, [nameof(PageShell.Title)] = frame.W[title], [nameof(PageShell.View)] = typeof(TView),
            [nameof(PageShell.Parameters)] = parameters ?? [],
        });
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        headers.ContentLanguage = frame.W.Tag;
        context.Response.StatusCode = status;
        await Answering.Send(context, Encoding.UTF8.GetBytes("<!DOCTYPE html>\n" + html), Html);
    }

    // ?lang= is kept for the next pages; else what was kept; else what the browser asks for.
    private static Words Language(HttpContext context)
    {
        if (Words.Find(context.Request.Query["lang"]) is { } asked)
        {
            context.Response.Cookies.Append(LanguageCookie, asked.Tag, new CookieOptions
            {
                HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, MaxAge = TimeSpan.FromDays(365),
            });
            return asked;
        }

        return Words.Find(context.Request.Cookies[LanguageCookie]) ?? Words.Find(context.Request.Headers.AcceptLanguage) ?? Words.English;
    }
}
