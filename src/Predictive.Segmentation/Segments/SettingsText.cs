using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Segments;

/// <summary>Settings as a commented file: every setting, its value, what it means and what is allowed.</summary>
internal static class SettingsText
{
    /// <summary>The text; equal settings give equal text, and reading it gives the settings.</summary>
    public static string Of(RuleOptions options)
    {
        var text = new StringBuilder();
        text.Append("// Every threshold, name and rule of this shop. What is deleted here has its default; null means: taken from the "
            + "base.\n")
            .Append("// predictive segment DIR shows what it makes of the customers; predictive train DIR puts it into the next "
                + "version.\n");
        Object(text, options, typeof(RuleOptions), "", 0);
        return text.Append('\n').ToString();
    }

    /// <summary>Places of all settings that have no comment, for the test.</summary>
    internal static IEnumerable<string> Uncommented() => Places(typeof(RuleOptions), "").Where(p => !SettingsComments.All.ContainsKey(p));

    /// <summary>Comments of settings that do not exist, for the test.</summary>
    internal static IEnumerable<string> Stray() => SettingsComments.All.Keys.Except(Places(typeof(RuleOptions), ""));

    private static IEnumerable<string> Places(Type type, string place) =>
        Members(type).SelectMany(p =>
        {
            string inside = place.Length == 0 ? p.Name : $"{place}.{p.Name}";
            return IsSection(p.PropertyType) ? Places(p.PropertyType, inside).Prepend(inside) : [inside];
        });

    private static void Object(StringBuilder text, object value, Type type, string place, int depth)
    {
        text.Append("{\n");
        JsonPropertyInfo[] members = [.. Members(type)];
        for (int i = 0; i < members.Length; i++)
        {
            JsonPropertyInfo member = members[i];
            string inside = place.Length == 0 ? member.Name : $"{place}.{member.Name}", indent = new(' ', 2 * (depth + 1));
            if (depth == 0 && i > 0)
            {
                text.Append('\n');
            }

            foreach (string line in SettingsComments.All.GetValueOrDefault(inside, "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                text.Append(indent).Append("// ").Append(line).Append('\n');
            }

            text.Append(indent).Append('"').Append(member.Name).Append("\": ");
            object? own = member.Get!(value);
            if (own is not null && IsSection(member.PropertyType))
            {
                Object(text, own, member.PropertyType, inside, depth + 1);
            }
            else
            {
                Plain(text, own, member.PropertyType, depth + 1);
            }

            text.Append(i < members.Length - 1 ? ",\n" : "\n");
        }

        text.Append(' ', 2 * depth).Append('}');
    }

    // A list of objects has a line each.
    private static void Plain(StringBuilder text, object? value, Type type, int depth)
    {
        string json = value is null ? "null" : JsonSerializer.Serialize(value, SegmentsFile.Json.GetTypeInfo(type));
        using JsonDocument document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() == 0
            || document.RootElement[0].ValueKind != JsonValueKind.Object)
        {
            text.Append(json);
            return;
        }

        text.Append("[\n").AppendJoin(
            ",\n", document.RootElement.EnumerateArray().Select(e => new string(' ', 2 * (depth + 1)) + e.GetRawText()));
        text.Append('\n').Append(' ', 2 * depth).Append(']');
    }

    private static IEnumerable<JsonPropertyInfo> Members(Type type) =>
        SegmentsFile.Json.GetTypeInfo(type).Properties.Where(p => p.Get is not null && (p.Set is not null
            || p.AssociatedParameter is not null));

    private static bool IsSection(Type type) =>
        type != typeof(string) && type != typeof(RfmSegmentTable) && SegmentsFile.Json.GetTypeInfo(type).Kind == JsonTypeInfoKind.Object;
}
