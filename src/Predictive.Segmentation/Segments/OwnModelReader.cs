using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Segments;

/// <summary>What a shop's own models say of one customer.</summary>
/// <param name="Scores">Own scores, 0–100, in the order of the settings; NaN = nothing of it is known.</param>
/// <param name="Combined">Combined models; null = a part is unknown.</param>
/// <param name="Segments">Own segments: whether the customer is in each.</param>
public sealed record OwnModelResult(double[] Scores, string?[] Combined, bool[] Segments);

/// <summary>A fault of an own model, and where it stands in segments.json.</summary>
/// <param name="Place">Such as <c>segments[0].all[1].field</c>.</param>
/// <param name="Text">What was found and what was expected.</param>
internal readonly record struct OwnModelFault(string Place, string Text);

/// <summary>A shop's own segments, scores and combined models, ready to be read. Safe to use from several threads.</summary>
public sealed class OwnModelReader
{
    private const string ScorePrefix = "score.", CombinedPrefix = "combined.";
    private readonly (ScoreTerm Term, CustomerField Field)[][] _scores;
    private readonly CustomerField[][] _combined;
    private readonly (OwnSegment Segment, Condition[] All, Condition[] Any)[] _segments;
    private readonly RuleOptions _options;

    /// <summary>From settings that <see cref="SegmentsFile"/> accepted.</summary>
    /// <exception cref="RulesException">A field does not exist, or a model has no name.</exception>
    public OwnModelReader(RuleOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        List<OwnModelFault> faults = Faults(options);
        if (faults.Count > 0)
        {
            throw new RulesException("the own segments and scores", [.. faults.Select(f => $"{f.Place}: {f.Text}")]);
        }

        _scores = [.. options.Scores.Select(s => s.Terms.Select(t => (t, CustomerFields.Find(t.Field)!)).ToArray())];
        _combined = [.. options.Combined.Select(c => c.Fields.Select(f => CustomerFields.Find(f)!).ToArray())];
        _segments = [.. options.Segments.Select(s => (s, Conditions(s.All), Conditions(s.Any)))];
    }

    /// <summary>Names of the own segments.</summary>
    public IReadOnlyList<string> SegmentNames => [.. _segments.Select(s => s.Segment.Name)];

    /// <summary>What the own models say of one customer.</summary>
    public OwnModelResult Read(CustomerFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var scores = new double[_scores.Length];
        for (int s = 0; s < scores.Length; s++)
        {
            double sum = 0, weights = 0;
            foreach (var (term, field) in _scores[s])
            {
                double points = term.PointsOf(field.Number(facts), field.Text(facts));
                if (!double.IsNaN(points))
                {
                    sum += term.Weight * points;
                    weights += term.Weight;
                }
            }

            scores[s] = weights > 0 ? Math.Round(sum / weights, 2) : double.NaN;
        }

        var combined = new string?[_combined.Length];
        for (int c = 0; c < combined.Length; c++)
        {
            string?[] parts = Array.ConvertAll(_combined[c], field => field.Text(facts));
            combined[c] = Array.Exists(parts, p => p is null) ? null : string.Join(" × ", parts);
        }

        var members = new bool[_segments.Length];
        for (int s = 0; s < members.Length; s++)
        {
            var (_, all, any) = _segments[s];
            members[s] = Array.TrueForAll(all, c => Holds(c, facts, scores, combined))
                && (any.Length == 0 || Array.Exists(any, c => Holds(c, facts, scores, combined)));
        }

        return new OwnModelResult(scores, combined, members);
    }

    /// <summary>What the own models read and a dataset has not; each once, in plain words.</summary>
    public IReadOnlyList<string> MissingIn(CustomerTables? tables) =>
    [
        .. _options.Segments.SelectMany(s => s.All.Concat(s.Any).Select(c => (Model: $"the segment '{s.Name}'", c.Field)))
            .Concat(_options.Scores.SelectMany(s => s.Terms.Select(t => (Model: $"the score '{s.Name}'", t.Field))))
            .Concat(_options.Combined.SelectMany(c => c.Fields.Select(f => (Model: $"the combined model '{c.Name}'", Field: f))))
            .Select(p => (p.Model, p.Field, Missing: CustomerFields.MissingIn(p.Field, tables)))
            .Where(p => p.Missing is not null)
            .Select(p => $"{p.Model} reads {p.Field}, and {p.Missing}: nobody has a value").Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Everything wrong with the own models.</summary>
    internal static List<OwnModelFault> Faults(RuleOptions options)
    {
        var faults = new List<OwnModelFault>();
        Names("scores", [.. options.Scores.Select(s => s.Name)]);
        Names("combined", [.. options.Combined.Select(s => s.Name)]);
        Names("segments", [.. options.Segments.Select(s => s.Name)]);
        for (int s = 0; s < options.Scores.Count; s++)
        {
            IReadOnlyList<ScoreTerm> terms = options.Scores[s].Terms;
            if (!(terms.Sum(t => t.Weight) > 0) || terms.Any(t => !(t.Weight >= 0)))
            {
                faults.Add(new($"scores[{s}].terms", "the weights do not add up; expected weights of 0 or more with a positive sum"));
            }

            for (int t = 0; t < terms.Count; t++)
            {
                string place = $"scores[{s}].terms[{t}]";
                Field(place + ".field", terms[t].Field, wantsText: terms[t].Values is null ? false : true);
                if (terms[t].Values is null && terms[t].From == terms[t].To)
                {
                    faults.Add(new(place, $"from and to are both {terms[t].From}; expected two different numbers"));
                }
            }
        }

        for (int c = 0; c < options.Combined.Count; c++)
        {
            IReadOnlyList<string> fields = options.Combined[c].Fields;
            if (fields.Count < 2)
            {
                faults.Add(new($"combined[{c}].fields", $"it has {fields.Count} fields; expected at least two"));
            }

            for (int f = 0; f < fields.Count; f++)
            {
                Field($"combined[{c}].fields[{f}]", fields[f], wantsText: true);
            }
        }

        for (int s = 0; s < options.Segments.Count; s++)
        {
            OwnSegment segment = options.Segments[s];
            if (segment.All.Count + segment.Any.Count == 0)
            {
                faults.Add(new($"segments[{s}]", "it has no condition; expected at least one in all or any"));
            }

            foreach (var (list, conditions) in new[] { ("all", segment.All), ("any", segment.Any) })
            {
                for (int c = 0; c < conditions.Count; c++)
                {
                    Condition($"segments[{s}].{list}[{c}]", conditions[c]);
                }
            }
        }

        return faults;

        void Condition(string place, FieldCondition condition)
        {
            if (!condition.IsOfNumber && !condition.IsOfText && condition.Known is null)
            {
                faults.Add(new(place, "it asks for nothing; expected atLeast, above, atMost, below, in, notIn or known"));
            }

            if (condition.IsOfNumber && condition.IsOfText)
            {
                faults.Add(new(place, "it asks for a number and a text at once; expected one of them"));
                return;
            }

            string field = condition.Field;
            bool? wantsText = condition.IsOfText ? true : condition.IsOfNumber ? false : null;
            if (field.StartsWith(ScorePrefix, StringComparison.Ordinal))
            {
                Own(place, field, ScorePrefix, [.. options.Scores.Select(s => s.Name)], isText: false, wantsText);
            }
            else if (field.StartsWith(CombinedPrefix, StringComparison.Ordinal))
            {
                Own(place, field, CombinedPrefix, [.. options.Combined.Select(s => s.Name)], isText: true, wantsText);
            }
            else
            {
                Field(place + ".field", field, wantsText);
            }
        }

        void Own(string place, string field, string prefix, string[] known, bool isText, bool? wantsText)
        {
            if (!known.Contains(field[prefix.Length..]))
            {
                string allowed = known.Length == 0 ? "one defined in this file" : prefix + string.Join(", " + prefix, known);
                faults.Add(new(place + ".field", $"there is no '{field}'; expected {allowed}"));
            }
            else
            {
                Kind(place + ".field", field, isText, wantsText);
            }
        }

        void Field(string place, string name, bool? wantsText)
        {
            if (CustomerFields.Find(name) is { } field)
            {
                Kind(place, name, field.IsText, wantsText);
                return;
            }

            faults.Add(new(place, $"there is no field '{name}'; expected {string.Join(", ", CustomerMetrics.All.Select(m => m.Name))}, or "
                + CustomerFields.Forms));
        }

        void Kind(string place, string name, bool? isText, bool? wantsText)
        {
            if (isText is { } text && wantsText is { } wanted && text != wanted)
            {
                faults.Add(new(place, text
                    ? $"'{name}' is a text; expected a field that is a number here, or in, notIn, values"
                    : $"'{name}' is a number; expected a field that is a text here, or atLeast, above, atMost, below"));
            }
        }

        void Names(string list, string[] names)
        {
            for (int i = 0; i < names.Length; i++)
            {
                if (string.IsNullOrWhiteSpace(names[i]) || names[i].Contains('|'))
                {
                    faults.Add(new($"{list}[{i}].name", $"the name is '{names[i]}'; expected words without |"));
                }
                else if (Array.IndexOf(names, names[i]) < i)
                {
                    faults.Add(new($"{list}[{i}].name", $"the name '{names[i]}' is taken; expected one of its own"));
                }
            }
        }
    }

    private Condition[] Conditions(IReadOnlyList<FieldCondition> conditions) =>
    [
        .. conditions.Select(c => new Condition(
            c,
            CustomerFields.Find(c.Field),
            c.Field.StartsWith(ScorePrefix, StringComparison.Ordinal)
                ? _options.Scores.ToList().FindIndex(s => s.Name == c.Field[ScorePrefix.Length..])
                : -1,
            c.Field.StartsWith(CombinedPrefix, StringComparison.Ordinal)
                ? _options.Combined.ToList().FindIndex(s => s.Name == c.Field[CombinedPrefix.Length..])
                : -1)),
    ];

    private static bool Holds(Condition condition, CustomerFacts facts, double[] scores, string?[] combined) =>
        condition.Score >= 0 ? condition.Asked.Holds(scores[condition.Score], null)
        : condition.Combined >= 0 ? condition.Asked.Holds(double.NaN, combined[condition.Combined])
        : condition.Asked.Holds(condition.Field!.Number(facts), condition.Field.Text(facts));

    private sealed record Condition(FieldCondition Asked, CustomerField? Field, int Score, int Combined);
}
