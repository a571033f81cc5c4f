using System.Text.Json;
using Predictive.Segmentation.Queries;

namespace Predictive.Api.Mcp;

/// <summary>Arguments of a call, read and checked: every one known, none too long.</summary>
internal sealed class McpArguments
{
    private const int MostText = 500;
    private const int MostItems = 10;

    private readonly IDictionary<string, JsonElement> _given;

    public McpArguments(IDictionary<string, JsonElement>? given, IReadOnlyList<McpParameter> known)
    {
        _given = given ?? new Dictionary<string, JsonElement>();
        foreach (string name in _given.Keys)
        {
            if (known.All(p => p.Name != name))
            {
                throw new QueryRefusedException(
                    $"There is no argument '{QueryRefusedException.Short(name)}'; expected "
                        + $"{(known.Count == 0 ? "none" : string.Join(", ", known.Select(p => p.Name)))}.", [.. known.Select(p => p.Name)]);
            }
        }

        foreach (McpParameter missing in known.Where(p => p.IsRequired && Text(p.Name) is null))
        {
            throw new QueryRefusedException($"The argument '{missing.Name}' is missing: {missing.Description}");
        }
    }

    /// <summary>A text; null = not given.</summary>
    public string? Text(string name)
    {
        if (!_given.TryGetValue(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        string text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            _ => throw new QueryRefusedException($"'{name}' is {value.ValueKind.ToString().ToLowerInvariant()}; expected a text."),
        };
        return text.Length > MostText
            ? throw new QueryRefusedException($"'{name}' has {text.Length} characters; expected at most {MostText}.")
            : string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>Several texts; one text stands for itself.</summary>
    public string[] Texts(string name)
    {
        if (!_given.TryGetValue(name, out JsonElement value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.String)
        {
            return Text(name) is { } one ? [one] : [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MostItems
            || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.String || v.GetString()!.Length > MostText))
        {
            throw new QueryRefusedException($"'{name}' is not a list of at most {MostItems} texts.");
        }

        return [.. value.EnumerateArray().Select(v => v.GetString()!)];
    }

    /// <summary>A whole number.</summary>
    public int Whole(string name, int standard, int least, int most)
    {
        if (!_given.TryGetValue(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return standard;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int whole) && whole >= least && whole <= most
            ? whole
            : throw new QueryRefusedException(
                $"'{name}' is {QueryRefusedException.Short(value.GetRawText())}; expected {least} to {most}.");
    }
}

/// <summary>One argument of a tool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">text, texts or number.</param>
/// <param name="Description">What it says, with an example.</param>
/// <param name="IsRequired">Whether it must be given.</param>
internal sealed record McpParameter(string Name, string Type, string Description, bool IsRequired = false);
