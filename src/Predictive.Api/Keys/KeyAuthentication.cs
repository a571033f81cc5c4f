using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Predictive.Api.Answers;

namespace Predictive.Api.Keys;

/// <summary>
/// Tells who calls by <c>Authorization: Bearer KEY</c> or <c>X-Api-Key: KEY</c>. Where no key was ever made, whoever reaches the host (then
/// only this machine can) is a marketer; what changes what is served still asks for a key.
/// </summary>
internal sealed class KeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, KeyRing ring)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string Bearer = "Bearer ";

    private static readonly Task<AuthenticateResult> s_none = Task.FromResult(AuthenticateResult.NoResult());
    private static readonly Task<AuthenticateResult> s_unknown = Task.FromResult(AuthenticateResult.Fail("unknown key"));
    private static readonly Task<AuthenticateResult> s_keyless = Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(
        new ClaimsPrincipal(
            new ClaimsIdentity(
                [new Claim(ClaimTypes.NameIdentifier, "-"), new Claim(ClaimTypes.Role, nameof(KeyRole.Marketer))], SchemeName)),
                SchemeName)));

    /// <summary>The schemes and one policy per role.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.AddAuthentication(SchemeName).AddScheme<AuthenticationSchemeOptions, KeyAuthentication>(SchemeName, null);
        AuthorizationBuilder policies = services.AddAuthorizationBuilder();
        foreach (KeyRole role in Enum.GetValues<KeyRole>())
        {
            policies.AddPolicy(
                role.ToString(), p => p.RequireRole(Enum.GetValues<KeyRole>().Where(r => May(r, role)).Select(r => r.ToString())));
        }
    }

    /// <summary>Whether a key of a role may do what asks for another.</summary>
    internal static bool May(KeyRole key, KeyRole asked) => asked == KeyRole.Ingest
        ? key is KeyRole.Ingest or KeyRole.Admin
        : key != KeyRole.Ingest && key >= asked;

    /// <summary>The key that a request shows, if it shows any.</summary>
    internal static bool TryRead(IHeaderDictionary headers, out ReadOnlySpan<char> key)
    {
        key = default;
        if ((string?)headers["X-Api-Key"] is { } plain)
        {
            key = plain;
            return true;
        }

        if ((string?)headers.Authorization is { } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            key = header.AsSpan(Bearer.Length).Trim();
            return true;
        }

        return false;
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!TryRead(Request.Headers, out ReadOnlySpan<char> key))
        {
            return ring.HasKeys ? s_none : s_keyless;
        }

        return ring.Find(key) is { } principal
            ? Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName)))
            : s_unknown;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        string found = Request.Headers.ContainsKey("X-Api-Key") || Request.Headers.ContainsKey(HeaderNames.Authorization)
            ? "The API key is unknown, revoked or expired"
            : "There is no API key";
        return Problem.Unknown($"{found}; expected 'Authorization: Bearer KEY'. Make one on the host: predictive keys add --role score.")
            .Write(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        string role = Context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy?.ToLowerInvariant() ?? "admin";
        return Problem.NotAllowed(
            $"This needs a key with the role {role}. Make one on the host: predictive keys add --role {role}. "
            + (role == "admin" ? "Versions can also be promoted there: predictive models promote." : "")).Write(Context);
    }
}

/// <summary>Declares, where a route is mapped, what a key must be allowed to do.</summary>
internal static class RouteRoles
{
    /// <summary>Whoever calls needs a key of this role or a higher one.</summary>
    public static TBuilder For<TBuilder>(this TBuilder route, KeyRole role)
        where TBuilder : IEndpointConventionBuilder => route.RequireAuthorization(role.ToString());

    /// <summary>Anybody may call: it says nothing of the data.</summary>
    public static TBuilder ForAnybody<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.AllowAnonymous();
}
