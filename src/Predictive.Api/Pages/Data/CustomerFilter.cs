using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Pages.Data;

/// <summary>
/// Which customers a page shows, from its query: a value per field, and perhaps who moved between two states since a date. Everything is a
/// comparison of codes.
/// </summary>
public sealed class CustomerFilter
{
    /// <summary>Field of the query → metric of the segment table, for what the scores themselves do not hold.</summary>
    private static readonly Dictionary<string, string> s_metrics = new(StringComparer.Ordinal)
    {
        ["value"] = "value_band", ["group"] = "quadrant", ["loyalty"] = "loyalty_band", ["nextTier"] = "predicted_tier",
        ["lifetime"] = "lifetime_band", ["rfmGroup"] = "rfm_group", ["nps"] = "nps_group",
    };

    /// <summary>What can be followed from an earlier date to now: field → metric.</summary>
    private static readonly Dictionary<string, string> s_moves = new(StringComparer.Ordinal)
    {
        ["segment"] = "rfm_segment", ["tier"] = "tier", ["stage"] = "lifecycle", ["cell"] = "value_matrix", ["value"] = "value_band",
    };

    private static readonly ConditionalWeakTable<SegmentTable, Dictionary<string, CodeColumn>> s_columns = [];

    private readonly List<(ushort[] Codes, ushort Code)> _tests = [];
    private readonly List<bool[]> _members = [];
    private readonly TagIndex? _tags;
    private readonly int _tag;

    private CustomerFilter(ServingSnapshot snapshot, IReadOnlyDictionary<string, string> values, CancellationToken cancellation)
    {
        Values = values;
        CustomerBase all = CustomerBase.Of(snapshot);
        foreach (var (field, value) in values)
        {
            switch (field)
            {
                case "tag":
                    _tags = TagIndex.Of(snapshot);
                    _tag = _tags.CodeOf(value);
                    break;
                case "own":
                    _members.Add(Own(snapshot, value, cancellation));
                    break;
                case "since" or "moved" or "from":
                    break;
                default:
                    CodeColumn column = all.Codes(field) ?? Of(SnapshotSegments.Of(snapshot.Scores!, cancellation), s_metrics[field]);
                    _tests.Add((column.Codes, (ushort)Known(column, field, value)));
                    break;
            }
        }

        if (values.TryGetValue("since", out string? since))
        {
            _members.Add(Moved(snapshot, since, cancellation));
        }
    }

    /// <summary>Names of the query's parameters.</summary>
    public static IReadOnlyList<string> Fields { get; } =
        ["segment", "stage", "tier", "cell", "portrait", "band", "r", "f", "m", .. s_metrics.Keys, "own", "tag", "since", "moved", "from"];

    /// <summary>What is filtered by, by field; empty = everyone.</summary>
    public IReadOnlyDictionary<string, string> Values { get; }

    /// <summary>The value of a field; null = any.</summary>
    public string? this[string field] => Values.GetValueOrDefault(field);

    /// <summary>Reads the query.</summary>
    /// <exception cref="RequestException">A value that nothing has.</exception>
    public static CustomerFilter Of(ServingSnapshot snapshot, IQueryCollection query, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string field in Fields)
        {
            if ((string?)query[field] is { Length: > 0 } value)
            {
                values[field] = value;
            }
        }

        return new CustomerFilter(snapshot, values, cancellation);
    }

    /// <summary>Whether a row passes.</summary>
    public bool Admits(int row)
    {
        foreach ((ushort[] codes, ushort code) in _tests)
        {
            if (codes[row] != code)
            {
                return false;
            }
        }

        foreach (bool[] members in _members)
        {
            if (!members[row])
            {
                return false;
            }
        }

        return _tags is null || _tags.Has(row, _tag);
    }

    /// <summary>The names a field can have in this base.</summary>
    internal static IReadOnlyList<string> NamesOf(ServingSnapshot snapshot, string field) =>
        CustomerBase.Of(snapshot).Codes(field)?.Names ?? [];

    /// <summary>A column of the segment table as codes, made once.</summary>
    internal static CodeColumn Of(SegmentTable table, string metric)
    {
        Dictionary<string, CodeColumn> columns = s_columns.GetOrCreateValue(table);
        lock (columns)
        {
            if (!columns.TryGetValue(metric, out CodeColumn? column))
            {
                columns[metric] = column = table.Has(metric) ? CodeColumn.Of(table.Texts(metric)) : new CodeColumn([],
                    new ushort[table.Count]);
            }

            return column;
        }
    }

    private static int Known(CodeColumn column, string field, string value) => column.CodeOf(value) is var code and >= 0
        ? code
        : throw RequestException.Refused(
            $"{field} is '{Answering.Short(value)}'; expected one of {string.Join(", ", column.Names.Take(60))}.");

    private static bool[] Own(ServingSnapshot snapshot, string name, CancellationToken cancellation)
    {
        SegmentTable table = SnapshotSegments.Of(snapshot.Scores!, cancellation);
        return table.OwnSegments.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Members
            ?? throw RequestException.Refused(
                $"own is '{Answering.Short(name)}'; expected one of {string.Join(", ", table.OwnSegments.Select(s => s.Name))}.");
    }

    // Where the customers were then is read from the base at that time under today's rules, as in the migration matrix.
    private bool[] Moved(ServingSnapshot snapshot, string since, CancellationToken cancellation)
    {
        string field = this["moved"] ?? "tier";
        if (!s_moves.TryGetValue(field, out string? metric))
        {
            throw RequestException.Refused($"moved is '{Answering.Short(field)}'; expected one of {string.Join(", ", s_moves.Keys)}.");
        }

        LocalTime then = Answering.AsOfFor(since, snapshot);
        ScoreTable scores = snapshot.Scores!;
        if (!(then < scores.AsOf))
        {
            throw RequestException.Refused($"since is {then} and the as-of {scores.AsOf}; expected an earlier date.");
        }

        SegmentTable before = SnapshotSegments.At(snapshot, then, cancellation);
        CodeColumn column = Of(before, metric);
        int wanted = this["from"] is { } from && from != "new" ? Known(column, "from", from) : CodeColumn.None;
        var state = new ushort[snapshot.History!.CustomerCount];
        Array.Fill(state, CodeColumn.None);
        for (int i = 0; i < before.Count; i++)
        {
            state[before.Customers[i]] = column.Codes[i];
        }

        return Array.ConvertAll(scores.Customers, c => state[c] == wanted);
    }
}
