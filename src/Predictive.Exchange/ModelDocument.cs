using System.Text.Encodings.Web;
using System.Text.Json;
using Predictive.Exchange.Readable;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;

namespace Predictive.Exchange;

/// <summary>
/// A version's churn and CLV models as one JSON document that a person can read and another program compute: every number of probability,
/// expected spend and orders, and the formulas that join them (of the interval only its levels). The form is described in the README of
/// this folder. The same version gives the same bytes.
/// </summary>
public static class ModelDocument
{
    /// <summary>Raised whenever a reader of the former form would go wrong.</summary>
    public const int FormatVersion = 1;

    /// <summary>Writes it.</summary>
    /// <param name="bundle">The version.</param>
    /// <param name="path">The file; it appears under its name only when it is whole.</param>
    /// <exception cref="Predictive.Learning.LearningException">A learner has no form here.</exception>
    public static void Write(ModelBundle bundle, string path)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(
                stream, new JsonWriterOptions { Indented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            json.WriteStartObject();
            json.WriteString("format", "predictive-model");
            json.WriteNumber("formatVersion", FormatVersion);
            json.WriteString("asOf", bundle.Manifest.AsOf);
            json.WriteNumber("horizonDays", bundle.Manifest.HorizonDays);
            json.WriteNumber("featureHorizonDays", bundle.Churn.FeatureHorizonDays);
            json.WriteString("engine", bundle.Manifest.Engine.Name);
            json.WriteStartArray("features");
            foreach (FeatureDefinition feature in bundle.Profile.Features)
            {
                json.WriteStartObject();
                json.WriteString("name", feature.Name);
                json.WriteString("unit", feature.Unit);
                json.WriteString("transform", feature.Transform.ToString());
                json.WriteString("meaning", feature.Description);
                json.WriteString("formula", feature.Formula);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            var parts = new ReadableParts(json, bundle.Profile.FeatureNames);
            parts.Write(bundle.Churn.Made);
            parts.Write(bundle.Clv.Parts);
            json.WriteEndObject();
        });
    }
}
