using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Predictive.Api.Http;
using Predictive.Api.Keys;

namespace Predictive.Api.Description;

/// <summary>
/// The OpenAPI 3.1 document of the host, made once by the framework's generator and kept as bytes. What the generator cannot know of the
/// answers, <see cref="SchemaFacts"/>, <see cref="ParameterFacts"/> and <see cref="OperationFacts"/> add.
/// </summary>
internal sealed class ApiDocument
{
    /// <summary>Where it is.</summary>
    public const string Path = "/openapi/v1.json";

    private const string Name = "v1";

    private readonly Lazy<Task<(byte[] Json, string Tag)>> _made;

    public ApiDocument(IServiceProvider services) => _made = new Lazy<Task<(byte[], string)>>(async () =>
    {
        OpenApiDocument document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync();
        using var json = new MemoryStream();
        await document.SerializeAsJsonAsync(json, OpenApiSpecVersion.OpenApi3_1);
        byte[] bytes = json.ToArray();
        return (bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"");
    });

    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<ApiDocument>().AddOpenApi(Name, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddSchemaTransformer(SchemaFacts.Apply);
            options.AddOperationTransformer(OperationFacts.Apply);
            options.AddDocumentTransformer(Whole);
        });
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, Send).ForAnybody().Takes().ExcludeFromDescription();

    private static async Task Send(HttpContext context, ApiDocument document)
    {
        (byte[] json, string tag) = await document._made.Value;
        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = "no-cache";
        if (((string?)context.Request.Headers.IfNoneMatch)?.Contains(tag, StringComparison.Ordinal) == true)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await Answering.Send(context, json);
    }

    private static Task Whole(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info.Title = "Predictive scoring host";
        document.Info.Version = "v1";
        document.Info.Description =
            "Churn risk, expected value, segments and preferences per customer. Every answer names the model version that made it; errors "
                + "are RFC 9457 problem details (those of /v2 as the open inference protocol has them).";
        document.Tags = new HashSet<OpenApiTag>(
            ((string[])["Scores", "Customers", "Lists and the portfolio", "Events", "Models and jobs", "Data protection",
                "Open inference protocol", "Health"]).Select(t => new OpenApiTag { Name = t }));
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [OperationFacts.Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key: predictive keys add --role ROLE.",
            },
            [OperationFacts.Header] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key", Description = "The same key.",
            },
        };
        document.Paths.Add("/metrics", new OpenApiPathItem
        {
            Operations = new Dictionary<HttpMethod, OpenApiOperation>
            {
                [HttpMethod.Get] = OperationFacts.Secured(document, KeyRole.Score, new OpenApiOperation
                {
                    OperationId = "Telemetry", Tags = new HashSet<OpenApiTagReference> { new("Health", document) },
                    Summary = "Counts and latencies of the host, as Prometheus reads them",
                    Responses = new OpenApiResponses
                    {
                        ["200"] = new OpenApiResponse
                        {
                            Description = "Text of Prometheus.",
                            Content = new Dictionary<string, OpenApiMediaType>
                            {
                                ["text/plain"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
                            },
                        },
                    },
                }),
            },
        });
        return Task.CompletedTask;
    }
}
