using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Predictive.Segmentation.Rules;

namespace Predictive.Api.Description;

/// <summary>
/// What query parameters mean, by name: the host reads them as text, to tell what is wrong with them, so their types stand here.
/// </summary>
internal static class ParameterFacts
{
    private static readonly Dictionary<string, Func<OpenApiParameter>> s_known = new(StringComparer.Ordinal)
    {
        ["asOf"] = () => Text(
            "Local time to compute as of: 2011-09-01, or 2011-09-01T10:15:00, with an offset if wanted. Default: midnight after the last "
                + "transaction served, but never later than midnight after today.", "2025-06-01"),
        ["compare"] = () => Text("An earlier time to compare with; as asOf. Default: one horizon earlier.", "2025-03-01"),
        ["id"] = () => Required(Text("The customer, whatever characters the id holds.", "C000001")),
        ["unknown"] = () => Flag("Also where nothing knows the id, so that a later delivery is kept out."),
        ["top"] = () => Whole("Rows.", 1, 10_000, 100),
        ["offset"] = () => Whole("Rows passed over, to page.", 0, 100_000_000, 0),
        ["segment"] = () => Text("An RFM segment, lifecycle stage, tier, value-matrix cell or portrait of the model.", "champions"),
        ["stage"] = () => Names("Lifecycle stage.", [.. Lifecycle.Names]),
        ["tier"] = () => Text("Membership tier of the model.", "gold"),
        ["cell"] = () => Names(
            "Cell of the value matrix.",
            [.. Enum.GetValues<ValueMatrixCell>().Select(ValueMatrix.NameOf)]),
        ["portrait"] = () => Text("Name of a portrait of the model.", null),
        ["band"] = () => Names("Band of the churn probability.", [.. ChurnBand.Names]),
        ["minProbability"] = () => Share("Smallest churn probability; default: where the medium band begins."),
        ["format"] = () => Names("csv and xlsx are files to keep; text that a spreadsheet would run has an apostrophe before it there.",
            ["json", "csv", "xlsx"], "json"),
        ["rank"] = () => Names("What rows are ranked by: what is at stake, or what past campaigns teach that a contact brings.",
            ["stake", "uplift"], "stake"),
        ["name"] = () => Text("Registry name of a model. Default: the one served.", "default"),
        ["by"] = () => Text("Up to three dimensions with commas between.", "month,channel"),
        ["from"] = () => Text("First day: a date, month, quarter or year. Default: the first of the data.", "2025-06"),
        ["to"] = () => Text("Last day, counted; as from. Default: the last of the data.", "2025-06"),
        ["where"] = () => Text("Conditions with ; between.", "tier = gold, silver; recency_days > 30"),
        ["all"] = () => Flag("Those that are over as well."),
        ["owner"] = () => Text("Only of this role or person.", "account manager"),
        ["limit"] = () => Whole("Rows.", 1, 10_000, 1000),
    };

    /// <summary>The parameter of that name on a route.</summary>
    /// <exception cref="KeyNotFoundException">Nobody said what it means.</exception>
    public static OpenApiParameter Of(string name, string? operation)
    {
        OpenApiParameter parameter = (name, operation) switch
        {
            ("top", "Alerts" or "Tasks") => Whole("Rows.", 1, 1000, 100),
            ("owner", "TaskCalendar") => Required(Text("Whose.", "account manager")),
            ("top", "OptOuts") => Whole("Rows.", 1, 10_000, 1000),
            ("top", "Jobs") => Whole("Jobs.", 1, 1000, 50),
            ("compare", "QueryMetric") => Text("previous, year-ago, or a period. Default: nothing is compared.", "year-ago"),
            ("format", "QueryMetric") => Names("csv is a file to keep.", ["json", "csv"], "json"),
            ("name", "Jobs") => Text("Only this model's.", "default"),
            _ => s_known[name](),
        };
        parameter.Name = name;
        parameter.In = ParameterLocation.Query;
        return parameter;
    }

    private static OpenApiParameter Text(string what, string? example) => new()
    {
        Description = what, Example = example, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiParameter Required(OpenApiParameter parameter)
    {
        parameter.Required = true;
        return parameter;
    }

    private static OpenApiParameter Flag(string what) => new()
    {
        Description = what, Schema = new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false },
    };

    private static OpenApiParameter Whole(string what, int least, int most, int standard) => new()
    {
        Description = what,
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Integer, Format = "int32", Minimum = $"{least}", Maximum = $"{most}", Default = standard,
        },
    };

    private static OpenApiParameter Share(string what) => new()
    {
        Description = what, Example = 0.6,
        Schema = new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double", Minimum = "0", Maximum = "1" },
    };

    private static OpenApiParameter Names(string what, string[] names, string? standard = null) => new()
    {
        Description = what,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. names.Select(n => (JsonNode)n)], Default = standard },
    };
}
