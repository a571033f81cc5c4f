using Microsoft.AspNetCore.OpenApi;

namespace Predictive.Api;

/// <summary>What the OpenAPI document says of the service as a whole.</summary>
internal static class OpenApiInfo
{
    public static void Describe(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info.Title = "Predictive scoring host";
        document.Info.Version = "v1";
        document.Info.Description =
            "Churn risk, expected value, segments and preferences per customer. Every answer names the model version that made it; "
                + "errors are RFC 9457 problem details.";
        return Task.CompletedTask;
    });
}
