using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Predictive.Api.Keys;

/// <summary>
/// The usual request: it shows a key that the host knows and that may do what the endpoint asks for. It is let through by that one
/// look-up; whatever is different in any way (no key, an unknown one, a role too low, a cookie, a policy that is no role) goes through
/// authentication and authorization of the framework, which answer it.
/// </summary>
/// <remarks>
/// The framework's way of a key costs a third of the host's own work for <c>GET score</c> (perf over 8 s of the bench <c>host</c>: 13.5 of
/// 40.4 % of the samples, 8.4 in authentication and 5.1 in authorization; 1.6 of these find the key).
/// </remarks>
internal static class KeyGate
{
    // What the framework's own middleware leaves, so that an endpoint that asks for authorization refuses a pipeline without it.
    private const string Authorized = "__AuthorizationMiddlewareWithEndpointInvoked";

    private static readonly FrozenDictionary<string, KeyRole> s_roles =
        Enum.GetValues<KeyRole>().ToFrozenDictionary(r => r.ToString(), StringComparer.Ordinal);

    /// <summary>Puts authentication and authorization where the pipeline is.</summary>
    public static void Use(IApplicationBuilder app, KeyRing ring)
    {
        // In a branch the builder of the application does not see them, and would put both once more before everything else.
        app.Properties["__AuthenticationMiddlewareSet"] = app.Properties["__AuthorizationMiddlewareSet"] = true;
        app.UseWhen(context => !Admits(context, ring), others => others.UseAuthentication().UseAuthorization());
    }

    private static bool Admits(HttpContext context, KeyRing ring)
    {
        if (context.GetEndpoint()?.Metadata is not { } metadata
            || metadata.GetOrderedMetadata<IAuthorizeData>() is not [{ Policy: { } policy, Roles: null, AuthenticationSchemes: null }]
            || !s_roles.TryGetValue(policy, out KeyRole asked)
            || metadata.GetMetadata<IAllowAnonymous>() is not null
            || !KeyAuthentication.TryRead(context.Request.Headers, out ReadOnlySpan<char> key)
            || ring.FindWithRole(key) is not var (principal, role)
            || !KeyAuthentication.May(role, asked))
        {
            return false;
        }

        context.User = principal;
        context.Items[Authorized] = true;
        return true;
    }
}
