using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Predictive.Api.Endpoints;
using Predictive.Api.Inference;
using Predictive.Api.Serving;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Description;

/// <summary>
/// What the types of answers and requests do not say: which texts there are, between what bounds numbers lie, what must be sent. Of an
/// answer every member is there, so every one is required; of a request only what has no default.
/// </summary>
internal static class SchemaFacts
{
    private static readonly HashSet<Type> s_requests =
        [typeof(InlineHistory), typeof(InlineTransaction), typeof(InlineEvent), typeof(EventSent),
            typeof(InferenceRequest), typeof(InputTensor), typeof(OutputWanted), typeof(CampaignAsked), typeof(MuteAsked),
            typeof(TaskAsked), typeof(TaskOutcome), typeof(TaskSnooze), typeof(TaskNote),
            typeof(PauseAsked), typeof(OutcomesAsked), typeof(OutcomeSent), typeof(OptOutAsked), typeof(BudgetAsked)];

    // The protocol lets anybody add members.
    private static readonly HashSet<Type> s_open = [typeof(InferenceRequest), typeof(InputTensor), typeof(OutputWanted)];

    private static readonly string[] s_bands = [.. ChurnBand.Names];

    // Type, member as it is in JSON, what it holds.
    private static readonly Dictionary<(Type, string), Fact> s_facts = new()
    {
        [(typeof(ChurnScore), "probability")] = Fact.Share, [(typeof(ChurnScore), "percentile")] = Fact.Between(0, 100),
        [(typeof(ChurnScore), "band")] = Fact.OneOf(s_bands), [(typeof(BandStarts), "medium")] = Fact.Share,
        [(typeof(BandStarts), "high")] = Fact.Share, [(typeof(RiskLever), "probability")] = Fact.Share,
        [(typeof(RfmScore), "r")] = Fact.Between(1, 5), [(typeof(RfmScore), "f")] = Fact.Between(1, 5),
        [(typeof(RfmScore), "m")] = Fact.Between(1, 5), [(typeof(RfmScore), "score")] = Fact.Between(3, 15),
        [(typeof(RfmScore), "recencyDays")] = Fact.From(0), [(typeof(RfmScore), "frequency")] = Fact.From(0),
        [(typeof(LifecycleScore), "stage")] = Fact.OneOf([.. Lifecycle.Names]),
        [(typeof(LifecycleScore), "since")] = Fact.Day, [(typeof(ClvScore), "nextOrderDate")] = Fact.Day,
        [(typeof(ClvScore), "horizonDays")] = Fact.From(1), [(typeof(ClvScore), "expectedOrders")] = Fact.From(0),
        [(typeof(ValueMatrixScore), "cell")] = Fact.OneOf([.. Enum.GetValues<ValueMatrixCell>().Select(ValueMatrix.NameOf)]),
        [(typeof(LoyaltyScore), "score")] = Fact.Between(0, 100), [(typeof(LoyaltyScore), "regularity")] = Fact.Share,
        [(typeof(LoyaltyScore), "band")] = Fact.OneOf(s_bands), [(typeof(PlayScore), "resources")] = Fact.OneOf(s_bands),
        [(typeof(PreferenceScore), "strength")] = Fact.From(0), [(typeof(PreferenceScore), "support")] = Fact.From(0),
        [(typeof(ModelStamp), "version")] = Fact.From(1), [(typeof(ValueResult), "percentile")] = Fact.Between(0, 100),
        [(typeof(QuadrantResult), "group")] = Fact.OneOf(["A", "B", "C", "D", "E"]),
        [(typeof(PenetrationResult), "share")] = Fact.Share, [(typeof(SegmentSummary), "share")] = Fact.Share,
        [(typeof(SegmentSummary), "meanChurnProbability")] = Fact.Share, [(typeof(SegmentSummary), "customers")] = Fact.From(1),
        [(typeof(AccessoryAnswer), "share")] = Fact.Share, [(typeof(CompanionAnswer), "share")] = Fact.Share,
        [(typeof(LiveAnswer), "status")] = Fact.OneOf(["live"]), [(typeof(ReadyAnswer), "status")] = Fact.OneOf(["ready"]),
        [(typeof(ModelSummary), "version")] = Fact.From(1), [(typeof(ModelSummary), "churnGrade")] = Fact.OneOf(["A", "B", "C", "D"]),
        [(typeof(ModelSummary), "clvGrade")] = Fact.OneOf(["A", "B", "C", "D"]),
        [(typeof(ShadowReport), "bandChanges")] = Fact.Share, [(typeof(ShadowReport), "meanDifference")] = Fact.Share,
        [(typeof(CanaryAnswer), "share")] = Fact.Share,
        [(typeof(MetricAnswer), "scope")] = Fact.OneOf(["period", "base", "customer"]),
        [(typeof(CampaignAsked), "holdout")] = Fact.Between(.01, .99), [(typeof(CampaignAsked), "top")] = Fact.From(4),
        [(typeof(CampaignAsked), "rank")] = Fact.OneOf(["stake", "uplift"]), [(typeof(CampaignAsked), "cost")] = Fact.From(0),
        [(typeof(CampaignView), "state")] = Fact.OneOf(["running", "ended", "cancelled"]),
        [(typeof(StandingView), "state")] = Fact.OneOf(["running", "paused"]),
        [(typeof(CampaignReportAnswer), "stage")] = Fact.OneOf(["noOutcomes", "tooEarly", "running", "final"]),
        [(typeof(AlertView), "state")] = Fact.OneOf(["open", "acknowledged", "muted"]),
        [(typeof(AlertView), "severity")] = Fact.OneOf(["info", "warning", "critical"]),
        [(typeof(MuteAsked), "days")] = Fact.Between(0, 365),
        [(typeof(TaskAsked), "priority")] = Fact.OneOf(["low", "normal", "high"]),
        [(typeof(TaskView), "priority")] = Fact.OneOf(["low", "normal", "high"]),
        [(typeof(TaskView), "state")] = Fact.OneOf(["open", "snoozed", "done", "cancelled"]),
        [(typeof(EventSent), "eventId")] = new Fact { Longest = 200 },
        [(typeof(EventSent), "amount")] = Fact.Between(-1e13, 1e13), [(typeof(InlineTransaction), "amount")] = Fact.Between(-1e13, 1e13),
    };

    /// <summary>Every fact, for a test that they speak of members there are.</summary>
    internal static IEnumerable<(Type Type, string Member)> All => s_facts.Keys;

    public static Task Apply(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        JsonTypeInfo type = context.JsonTypeInfo;
        if (type.Type == typeof(ProblemDetails))
        {
            Problem(schema);
            return Task.CompletedTask;
        }

        if (type.Kind == JsonTypeInfoKind.Dictionary && type.ElementType == typeof(object))
        {
            // Whatever a column holds.
            schema.AdditionalProperties = new OpenApiSchema();
            return Task.CompletedTask;
        }

        if (type.Kind != JsonTypeInfoKind.Object || schema.Properties is not { } members)
        {
            return Task.CompletedTask;
        }

        bool isRequest = s_requests.Contains(type.Type);
        schema.Required = type.Properties
            .Where(p => members.ContainsKey(p.Name) && (isRequest ? MustBeSent(p) : p is { Get: not null, ShouldSerialize: null }))
            .Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        if (isRequest)
        {
            // What is not known is refused.
            schema.AdditionalPropertiesAllowed = s_open.Contains(type.Type);
        }

        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (s_facts.TryGetValue((type.Type, property.Name), out Fact? fact) && members[property.Name] is OpenApiSchema member)
            {
                fact.Apply(member);
            }
        }

        return Task.CompletedTask;
    }

    private static bool MustBeSent(JsonPropertyInfo property) =>
        property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is null : !property.IsGetNullable;

    // The three members the host writes, and no other.
    private static void Problem(OpenApiSchema schema)
    {
        schema.Description = "Problem details (RFC 9457): what was found, what was expected, what to do.";
        schema.Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The kind." },
            ["status"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer, Format = "int32", Minimum = "400", Maximum = "599",
                Description = "The status of the answer.",
            },
            ["detail"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String, Description = "What was found, what was expected, what to do.",
                Examples = ["top is 0; expected 1 to 10000."],
            },
        };
        schema.Required = new HashSet<string> { "title", "status", "detail" };
    }

    internal sealed record Fact
    {
        public static readonly Fact Share = Between(0, 1), Day = new() { Format = "date" };

        public double? Least { get; init; }

        public double? Most { get; init; }

        public int? Longest { get; init; }

        public string? Format { get; init; }

        public string[]? Names { get; init; }

        public static Fact Between(double least, double most) => new() { Least = least, Most = most };

        public static Fact From(double least) => new() { Least = least };

        public static Fact OneOf(string[] names) => new() { Names = names };

        public void Apply(OpenApiSchema schema)
        {
            schema.Minimum = Least?.ToString(CultureInfo.InvariantCulture) ?? schema.Minimum;
            schema.Maximum = Most?.ToString(CultureInfo.InvariantCulture) ?? schema.Maximum;
            schema.MaxLength = Longest ?? schema.MaxLength;
            schema.Format = Format ?? schema.Format;
            if (Names is not null)
            {
                bool isNullable = schema.Type?.HasFlag(JsonSchemaType.Null) == true;
                schema.Enum = [.. Names.Select(n => (JsonNode)n), .. isNullable ? [JsonNullSentinel.JsonNull] : Array.Empty<JsonNode>()];
            }
        }
    }
}
