using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.Segmentation.Rules;

/// <summary>One box of RFM cells with a name; a segment may own several boxes.</summary>
/// <param name="Segment">Its name.</param>
/// <param name="R">Lowest and highest R score, both included.</param>
/// <param name="F">Lowest and highest F score.</param>
/// <param name="M">Lowest and highest M score.</param>
public sealed record RfmSegmentRule(string Segment, IReadOnlyList<int> R, IReadOnlyList<int> F, IReadOnlyList<int> M);

/// <summary>
/// The editable table that names every RFM cell. It covers all 125 cells and names none twice; both are checked when it is made, so a table
/// that exists is right.
/// </summary>
/// <remarks>
/// To change it: write <see cref="Default"/> with <see cref="ToJson"/>, edit the boxes, read it back with <see cref="FromJson"/>; the
/// message of a refused table lists the uncovered and doubled cells.
/// </remarks>
[JsonConverter(typeof(RfmSegmentTableConverter))]
public sealed class RfmSegmentTable : IEquatable<RfmSegmentTable>
{
    private readonly string[] _cells = new string[125];

    /// <summary>Checks and indexes the boxes.</summary>
    /// <exception cref="RulesException">A cell without a name or with two, or a range outside 1–5.</exception>
    public RfmSegmentTable(IReadOnlyList<RfmSegmentRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        Rules = rules;
        var faults = new List<string>();
        foreach (var rule in rules)
        {
            if (string.IsNullOrWhiteSpace(rule.Segment))
            {
                faults.Add("a box has no segment name");
            }

            if (!IsRange(rule.R) || !IsRange(rule.F) || !IsRange(rule.M))
            {
                faults.Add($"'{rule.Segment}' has a range that is not [low, high] within 1–5");
                continue;
            }

            for (int r = rule.R[0]; r <= rule.R[1]; r++)
            {
                for (int f = rule.F[0]; f <= rule.F[1]; f++)
                {
                    for (int m = rule.M[0]; m <= rule.M[1]; m++)
                    {
                        ref string cell = ref _cells[Index(r, f, m)];
                        if (cell is not null)
                        {
                            faults.Add($"cell {r}{f}{m} is in both '{cell}' and '{rule.Segment}'");
                        }

                        cell = rule.Segment;
                    }
                }
            }
        }

        string[] missing =
        [.. Enumerable.Range(0, 125).Where(i => _cells[i] is null).Select(i => $"{(i / 25) + 1}{(i / 5 % 5) + 1}{(i % 5) + 1}")];
        if (missing.Length > 0)
        {
            faults.Add(
                $"{missing.Length} of 125 cells have no segment: "
                    + $"{string.Join(", ", missing.Take(10))}{(missing.Length > 10 ? " ..." : "")}");
        }

        RulesException.ThrowIfAny("the RFM segment table", faults);
        Segments = [.. rules.Select(r => r.Segment).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The eleven customary segments: champions, loyal, ... lost.</summary>
    public static RfmSegmentTable Default { get; } = new(
    [
        new("champions", [5, 5], [4, 5], [3, 5]),
        new("loyal", [5, 5], [4, 5], [1, 2]),
        new("loyal", [3, 4], [4, 5], [1, 5]),
        new("potential loyalist", [4, 5], [2, 3], [1, 5]),
        new("new", [5, 5], [1, 1], [1, 5]),
        new("promising", [4, 4], [1, 1], [1, 5]),
        new("needs attention", [3, 3], [3, 3], [1, 5]),
        new("about to sleep", [3, 3], [1, 2], [1, 5]),
        new("cannot lose", [1, 2], [5, 5], [1, 5]),
        new("cannot lose", [1, 2], [3, 4], [5, 5]),
        new("at risk", [1, 2], [3, 4], [1, 4]),
        new("hibernating", [2, 2], [1, 2], [1, 5]),
        new("hibernating", [1, 1], [1, 2], [3, 5]),
        new("lost", [1, 1], [1, 2], [1, 2]),
    ]);

    /// <summary>The boxes as given.</summary>
    public IReadOnlyList<RfmSegmentRule> Rules { get; }

    /// <summary>The distinct names, in the order of the table.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>Name of a cell; each score 1–5.</summary>
    public string SegmentOf(int r, int f, int m) => _cells[Index(r, f, m)];

    /// <summary>The table as a JSON array of boxes.</summary>
    public string ToJson() => JsonSerializer.Serialize(Rules, RulesJson.Default.IReadOnlyListRfmSegmentRule);

    /// <summary>Reads a JSON array of boxes.</summary>
    /// <exception cref="RulesException">Not JSON of that shape, or cells uncovered or doubled.</exception>
    public static RfmSegmentTable FromJson(string json)
    {
        try
        {
            return new RfmSegmentTable(JsonSerializer.Deserialize(json, RulesJson.Default.IReadOnlyListRfmSegmentRule) ?? []);
        }
        catch (JsonException e)
        {
            throw new RulesException("the RFM segment table", [$"it is not a JSON array of {{segment, r, f, m}} ({e.Message})"], e);
        }
    }

    /// <inheritdoc/>
    public bool Equals(RfmSegmentTable? other) => other is not null && _cells.AsSpan().SequenceEqual(other._cells);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RfmSegmentTable);

    /// <inheritdoc/>
    public override int GetHashCode() => _cells.Aggregate(0, (hash, name) => HashCode.Combine(hash, name));

    private static int Index(int r, int f, int m) => ((r - 1) * 25) + ((f - 1) * 5) + m - 1;

    private static bool IsRange(IReadOnlyList<int>? range) => range is [>= 1 and <= 5, >= 1 and <= 5] && range[0] <= range[1];
}

/// <summary>Reads and writes a table as its array of boxes.</summary>
public sealed class RfmSegmentTableConverter : JsonConverter<RfmSegmentTable>
{
    /// <inheritdoc/>
    public override RfmSegmentTable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonSerializer.Deserialize(ref reader, RulesJson.Default.IReadOnlyListRfmSegmentRule) ?? []);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RfmSegmentTable value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Rules, RulesJson.Default.IReadOnlyListRfmSegmentRule);
}
