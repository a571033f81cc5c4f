using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;

namespace Predictive.Api.Http;

/// <summary>
/// The query parameters a route knows; any other one, and one given twice, is refused instead of being passed over in silence.
/// </summary>
/// <param name="Names">Their names.</param>
internal sealed record QueryNames(params string[] Names);

/// <summary>Declares and checks them.</summary>
internal static class QueryRules
{
    /// <summary>The route takes these query parameters and no other.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder route, params string[] names)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new QueryNames(names));

    /// <summary>Refuses a query the matched route does not know.</summary>
    public static void Check(HttpContext context)
    {
        if (!context.Request.QueryString.HasValue || context.GetEndpoint()?.Metadata.GetMetadata<QueryNames>() is not { } known)
        {
            return;
        }

        foreach (var (name, values) in context.Request.Query)
        {
            if (!known.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                string expected = known.Names.Length == 0 ? "none" : string.Join(", ", known.Names);
                throw RequestException.Refused($"The query parameter '{name}' is not known here; expected {expected}.");
            }

            if (values.Count > 1)
            {
                throw RequestException.Refused($"The query parameter '{name}' is given {values.Count} times; expected once.");
            }
        }
    }
}
