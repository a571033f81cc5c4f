using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Predictive.Api.Answers;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Inference;
using Predictive.Api.Keys;

namespace Predictive.Api.Description;

/// <summary>
/// What every route answers beside what its mapping says: who may ask, the statuses that the pipeline around it gives, its query
/// parameters, examples of what is sent.
/// </summary>
internal static class OperationFacts
{
    public const string Bearer = "bearer", Header = "header";

    private const string History = """
        {"customerId":"new","transactions":[{"orderedAt":"2025-09-03T10:15:00","amount":42.5,"orderId":"1","category":"garden"},
        {"orderedAt":"2025-06-03","amount":12.5,"orderId":"2"}],"events":[{"occurredAt":"2025-09-10","kind":"visit"}]}
        """;

    private const string Infer = """
        {"id":"42","inputs":[{"name":"history","shape":[1],"datatype":"BYTES",
        "data":["{\"transactions\":[{\"orderedAt\":\"2025-09-03\",\"amount\":42.5}]}"]}],"outputs":[{"name":"churn_probability"}]}
        """;

    private const string Event =
        """{"eventId":"order-17-line-1","customerId":"C000001","orderedAt":"2025-09-03T10:15:00","amount":42.5,"orderId":"17"}""";

    private const string Campaign =
        """{"name":"spring","channel":"call","from":"2025-10-01","to":"2025-11-29","top":200,"holdout":0.3,"cost":3,"margin":0.4}""";

    private const string WorkTask =
        """{"customer":"C000001","title":"call about the returned order","owner":"account manager","due":"2025-10-02","channel":"call"}""";

    private static readonly Dictionary<string, (string Status, string Media)[]> s_files = new(StringComparer.Ordinal)
    {
        ["QueryMetric"] = [("200", "text/csv")],
        ["ExportCampaign"] = [("200", "text/csv"), ("200", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")],
        ["AtRisk"] = [("200", "text/csv"), ("200", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")],
    };

    // The generator keeps one media type of a status.
    private static readonly string[] s_alsoJson = ["Job", "SendEvents"];

    private static readonly Dictionary<string, string> s_sent = new(StringComparer.Ordinal)
    {
        ["V2Infer"] = Infer, ["V2InferVersion"] = Infer, ["ScoreHistory"] = History, ["ScoreBatch"] = History, ["SendEvents"] = Event,
        ["PauseStandingCampaign"] = """{"reason":"stock is out"}""",
        ["NoteCampaignOutcomes"] = """{"outcomes":[{"customer":"C000001","bought":true,"spend":42.5}],"through":"2025-11-29"}""",
        ["NoteOptOut"] = """{"customer":"C000001","channel":"call","note":"said so on the phone"}""",
        ["SplitBudget"] = """{"budget":5000,"preset":"free"}""",
        ["MakeCampaign"] = Campaign, ["MakeTask"] = WorkTask, ["MuteRule"] = """{"rule":"cash cow silent","days":7}""",
        ["FinishTask"] = """{"outcome":"reached","note":"will order in May"}""", ["SnoozeTask"] = """{"until":"2025-10-09"}""",
    };

    private static readonly string[] s_snapshotHeaders =
        ["Predictive-Model", "Predictive-Snapshot", "Predictive-Data-As-Of", "Predictive-Data-Age", "ETag"];

    public static async Task Apply(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Responses ??= [];
        operation.Tags = new HashSet<OpenApiTagReference> { new(TagOf(context.Description.RelativePath ?? ""), context.Document) };
        Parameters(operation, metadata, context);
        bool isProtocol = context.Description.RelativePath?.StartsWith("v2", StringComparison.Ordinal) == true;
        IOpenApiSchema fault = await context.GetOrCreateSchemaAsync(
            isProtocol ? typeof(InferenceError) : typeof(ProblemDetails), cancellationToken: cancellation);
        string media = isProtocol ? "application/json" : Problem.MediaType;
        if (metadata.OfType<IAuthorizeData>().FirstOrDefault()?.Policy is { } policy && context.Document is { } document)
        {
            Secured(document, Enum.Parse<KeyRole>(policy), operation);
            foreach (string status in (string[])["401", "403", "429"])
            {
                operation.Responses.TryAdd(status, new OpenApiResponse());
            }
        }

        if (operation.Parameters is { Count: > 0 } || operation.RequestBody is not null)
        {
            operation.Responses.TryAdd("400", new OpenApiResponse());
        }

        operation.Responses.TryAdd("500", new OpenApiResponse());
        foreach (var (status, answer) in operation.Responses)
        {
            var response = (OpenApiResponse)answer;
            response.Description = Words(status);
            if (status[0] is '4' or '5')
            {
                response.Content = new Dictionary<string, OpenApiMediaType>
                {
                    [media] = new OpenApiMediaType { Schema = fault },
                };
            }

            if (status is "503" or "429")
            {
                response.Headers = Headers(["Retry-After"]);
            }
            else if (operation.Responses.ContainsKey("304") && status is "200" or "304")
            {
                response.Headers = Headers(s_snapshotHeaders);
            }
        }

        await Bodies(operation, context, cancellation);
    }

    /// <summary>What a route is about: the groups of the page that shows the document.</summary>
    private static string TagOf(string path) => path.Split('/') switch
    {
        ["health", ..] => "Health",
        ["v2", ..] => "Open inference protocol",
        [_, "customers", _, "export"] or [_, "customers", "export"] => "Data protection",
        [_, "customers", .. { Length: <= 2 } rest] when rest is [_, "score"] or ["score"] => "Scores",
        [_, "score", ..] => "Scores",
        [_, "customers", ..] => "Customers",
        [_, "campaigns" or "alerts" or "tasks", ..] => "Campaigns, alerts and tasks",
        [_, "models" or "jobs" or "drift", ..] => "Models and jobs",
        [_, "events", ..] => "Events",
        _ => "Lists and the portfolio",
    };

    /// <summary>Says who may ask.</summary>
    public static OpenApiOperation Secured(OpenApiDocument document, KeyRole role, OpenApiOperation operation)
    {
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Header, document)] = [] },
        ];
        operation.Description = $"{operation.Description} Needs a key with the role {role.ToString().ToLowerInvariant()}.".TrimStart();
        return operation;
    }

    private static void Parameters(
        OpenApiOperation operation, IList<object> metadata, OpenApiOperationTransformerContext context)
    {
        var parameters = new List<IOpenApiParameter>();
        foreach (OpenApiParameter path in (operation.Parameters ?? []).OfType<OpenApiParameter>()
            .Where(p => p.In == ParameterLocation.Path))
        {
            path.Required = true;
            path.Example = path.Schema?.Type?.HasFlag(JsonSchemaType.Integer) == true ? JsonValue.Create(1)
                : path.Name == "id" ? JsonValue.Create("C000001")
                : JsonValue.Create(context.Description.RelativePath?.StartsWith("v1/campaigns", StringComparison.Ordinal) == true
                    ? "spring" : "default");
            parameters.Add(path);
        }

        if (metadata.OfType<QueryNames>().FirstOrDefault() is { } known)
        {
            parameters.AddRange(known.Names.Select(n => ParameterFacts.Of(n, operation.OperationId)));
        }

        operation.Parameters = parameters;
    }

    private static async Task Bodies(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        string id = operation.OperationId ?? "";
        if (s_sent.TryGetValue(id, out string? example))
        {
            foreach (var (_, body) in operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>())
            {
                body.Example = JsonNode.Parse(example);
            }
        }

        foreach ((string status, string media) in s_files.GetValueOrDefault(id) ?? [])
        {
            operation.Responses![status].Content![media] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = media == "text/csv" ? null : "binary" },
            };
        }

        if (s_alsoJson.Contains(id) && operation.Responses!["200"].Content is { Count: > 0 } there)
        {
            there["application/json"] = new OpenApiMediaType { Schema = there.First().Value.Schema };
        }

        // A line that cannot be used is answered in its place; a history that was sent has its notes behind the score.
        foreach (var (media, body) in operation.Responses!.GetValueOrDefault("200")?.Content ?? new Dictionary<string, OpenApiMediaType>())
        {
            OpenApiMediaType content = body;
            if (id is "ScoreHistory" or "ScoreBatch")
            {
                content.Schema = new OpenApiSchema
                {
                    AllOf = [content.Schema!, await context.GetOrCreateSchemaAsync(typeof(InlineNotes), cancellationToken: cancellation)],
                };
            }

            if (media == BatchScoring.MediaType)
            {
                content.Schema = new OpenApiSchema
                {
                    Description = "One line.",
                    OneOf = [content.Schema!, await context.GetOrCreateSchemaAsync(typeof(BatchProblem), cancellationToken: cancellation)],
                };
            }
        }
    }

    private static Dictionary<string, IOpenApiHeader> Headers(IEnumerable<string> names) => names.ToDictionary(
        n => n, IOpenApiHeader (n) => new OpenApiHeader
        {
            Schema = new OpenApiSchema
            {
                Type = n is "Retry-After" or "Predictive-Data-Age" ? JsonSchemaType.Integer : JsonSchemaType.String,
            },
        });

    private static string Words(string status) => int.Parse(status, CultureInfo.InvariantCulture) switch
    {
        200 => "The answer.",
        201 => "Made.",
        202 => "Taken; not done yet.",
        304 => "The caller has this answer already (If-None-Match).",
        400 => "The request cannot be used: what was found, what was expected.",
        401 => "There is no API key, or it is unknown, revoked or expired.",
        403 => "The key's role may not ask this.",
        404 => "There is nothing of that name.",
        408 => "The body did not come in time.",
        409 => "It contradicts what stands.",
        413 => "The body is longer than allowed.",
        415 => "The media type is not one this path takes.",
        429 => "Too many requests of this key.",
        500 => "The host failed; its log says why.",
        503 => "Not now: no model or data in service, too much waits, or the store cannot be written.",
        _ => "Another answer.",
    };
}
