using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Predictive.History;

namespace Predictive.Segmentation.Features;

/// <summary>
/// The data dictionary of a features file: of every column its name, meaning, unit, formula and family. It travels in the metadata of the
/// file, and as docs/features.md.
/// </summary>
public static class FeatureDictionary
{
    /// <summary>Key of the dictionary in the metadata of a Parquet or Arrow file.</summary>
    public const string MetadataKey = "predictive.features";

    private static readonly JsonSerializerOptions s_json =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What a label column means: name, unit, meaning. Refunds are subtracted from money; h is the horizon.</summary>
    public static IReadOnlyList<(string Name, string Unit, string Meaning)> LabelColumns { get; } =
    [
        ("label_churned", "flag", "1 = no purchase in [as-of, as-of + h)."),
        ("label_net_spend", "currency", "Sum of all amounts in [as-of, as-of + h), refunds subtracted."),
        ("label_orders", "orders", "Distinct orders with a purchase in [as-of, as-of + h)."),
        ("label_days_to_next_order", "days", "Days from the as-of to the first purchase; missing where there is none in the window."),
    ];

    /// <summary>The dictionary of one file, as JSON. The same features give the same text.</summary>
    /// <param name="features">The columns, in order.</param>
    /// <param name="asOf">When they were computed as of.</param>
    /// <param name="horizonDays">H and h, days.</param>
    /// <param name="labels">Whether the file holds labels.</param>
    /// <param name="added">Columns of a version's view, between features and labels; null = none.</param>
    public static string Json(
        IReadOnlyList<FeatureDefinition> features, LocalTime asOf, int horizonDays, bool labels,
        IReadOnlyList<(string Name, string Unit, string Meaning)>? added = null)
    {
        ArgumentNullException.ThrowIfNull(features);
        var columns = new JsonArray { Column("customer_id", "id", "id", "Who the row is of.") };
        foreach (FeatureDefinition f in features)
        {
            JsonObject column = Column(f.Name, Family(f), f.Unit, f.Description);
            column["formula"] = f.Formula;
            column["transform"] = f.Transform.ToString();
            column["revision"] = f.Revision;
            if (f.Categories is { } categories)
            {
                column["categories"] = new JsonArray([.. categories.Select(c => (JsonNode)c)]);
            }

            columns.Add(column);
        }

        foreach (var (name, unit, meaning) in added ?? [])
        {
            columns.Add(Column(name, "effect", unit, meaning));
        }

        foreach (var (name, unit, meaning) in labels ? LabelColumns : [])
        {
            columns.Add(Column(name, "label", unit, meaning));
        }

        return new JsonObject
        {
            ["asOf"] = asOf.ToString(), ["horizonDays"] = horizonDays, ["schema"] = FeatureCatalogue.Schema.Hash, ["columns"] = columns,
        }.ToJsonString(s_json);
    }

    /// <summary>docs/features.md: every feature of the catalogue, by family, and what formulas are made of.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder(
            """
            # Features

            What the models see of a customer: `predictive export-features DIR --out features.parquet` writes it, `--labels` with what happened next,
            `--version N` beside the base that a version was trained on, `--effects` with what each feature adds to that version's risk.
            One row per customer with a purchase before the as-of; a value that is not known is NaN (empty in CSV). The same table is in the
            metadata of every Parquet and Arrow file under `predictive.features`, and beside a CSV as `FILE.dictionary.json`.

            This page is made by `predictive export-features --dictionary`; a test holds it to the code. A formula is the code's own text.
            In formulas `c.Summary` are sums over the customer's purchases before the as-of (`CustomerSummary.cs`), `c.Profile` is the base
            (`BaseProfile.cs`), the rest is `FeatureContext.cs`, all in `src/Predictive.Segmentation/Features`. H is the horizon; windows are the last
            H/2, H, 2H and 4H days. *Scale* is how the linear part of a model sees the feature: `SignedLog` is sign(v) · ln(1 + |v|), `Logit`
            ln(p / (1 − p)). After these come the features of the customers and events tables, where a dataset has them: `customer_…`, `event_…`.


            """.ReplaceLineEndings("\n"));
        foreach (IGrouping<FeatureGroup, FeatureDefinition> family in FeatureCatalogue.All.GroupBy(f => f.Group))
        {
            text.Append("## ").Append(family.Key).Append("\n\n| name | meaning | unit | scale | formula |\n|---|---|---|---|---|\n");
            foreach (FeatureDefinition f in family)
            {
                text.Append("| `").Append(f.Name).Append("` | ").Append(Cell(f.Description)).Append(" | ").Append(f.Unit).Append(" | ")
                    .Append(f.Transform).Append(" | `").Append(Cell(f.Formula)).Append("` |\n");
            }

            text.Append('\n');
        }

        text.Append("## Labels\n\n| name | meaning | unit |\n|---|---|---|\n");
        foreach (var (name, unit, meaning) in LabelColumns)
        {
            text.Append("| `").Append(name).Append("` | ").Append(Cell(meaning)).Append(" | ").Append(unit).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Family(FeatureDefinition feature) => feature.Group.ToString().ToLowerInvariant();

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static JsonObject Column(string name, string family, string unit, string meaning) =>
        new() { ["name"] = name, ["family"] = family, ["unit"] = unit, ["meaning"] = meaning };
}
