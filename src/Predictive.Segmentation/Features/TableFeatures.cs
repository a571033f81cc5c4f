using System.Runtime.CompilerServices;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Features;

/// <summary>
/// The features of the customers and events tables: definitions like those of the <see cref="FeatureCatalogue"/>, one list per
/// <see cref="TableSchema"/>, standing after the catalogue in a row.
/// </summary>
/// <remarks>
/// How to add one: a line in <see cref="Of"/>, its formula reading only <see cref="TableFacts"/>, which sees no event at or after the
/// as-of. Missing (NaN) throughout where the history has no such table, as for an inline history.
/// </remarks>
internal static class TableFeatures
{
    /// <summary>The definitions of a schema; empty for null.</summary>
    public static FeatureDefinition[] Of(TableSchema? schema)
    {
        if (schema is null)
        {
            return [];
        }

        var features = new List<FeatureDefinition>();
        for (int i = 0; i < schema.Kinds.Count; i++)
        {
            int k = i;
            (string name, string kind, bool hasValue) = schema.Kinds[i];
            FeatureDefinition F(
                string suffix, string unit, FeatureTransform transform, Func<FeatureContext, double> value, string description,
                string template, [CallerArgumentExpression(nameof(value))] string formula = "") => new()
            {
                Name = $"event_{name}{suffix}", Unit = unit, Group = FeatureGroup.Events, Subject = kind, Transform = transform,
                Value = value, Description = description, Template = template, Formula = formula,
            };
            string own = $"{{event_{name}}}", lately = $"{{event_{name}_h}}", days = $"{{event_{name}_days}}";
            string text = Plain(kind);
            features.Add(
                F(
                    "", "events", FeatureTransform.SignedLog, c => c.Tables.Count(k), $"Events '{kind}' so far.",
                    $"{own} times '{text}' so far (typical customer: {{base:event_{name}}})"));
            features.Add(
                F(
                    "_h", "events", FeatureTransform.SignedLog, c => c.Tables.Recent(k), $"Events '{kind}' in the last H days.",
                    $"{lately} times '{text}' in the last {{H}} days (typical customer: {{base:event_{name}_h}})"));
            features.Add(
                F(
                    "_days", "days", FeatureTransform.SignedLog, c => c.Tables.DaysSince(k),
                    $"Days since the last event '{kind}'; missing without one.", $"last '{text}' {days} days ago"));
            if (hasValue)
            {
                features.Add(
                    F(
                        "_mean", "value", FeatureTransform.None, c => c.Tables.MeanValue(k),
                        $"Mean value of the events '{kind}' so far; missing without one.",
                        $"'{text}' of {{event_{name}_mean}} on average (typical customer: {{base:event_{name}_mean}})"));
                features.Add(
                    F(
                        "_last", "value", FeatureTransform.None, c => c.Tables.LastValue(k),
                        $"Value of the last event '{kind}' that has one; missing without.",
                        $"last '{text}' {{event_{name}_last}} (typical customer: {{base:event_{name}_last}})"));
            }
        }

        for (int i = 0; i < schema.Attributes.Count; i++)
        {
            int k = i;
            AttributeFeature attribute = schema.Attributes[i];
            string feature = $"customer_{attribute.Name}", text = Plain(attribute.Column);
            features.Add(new FeatureDefinition
            {
                Name = feature,
                Unit = attribute.Categories is null ? "value" : "category",
                Group = FeatureGroup.Attributes,
                Subject = attribute.Column,
                Categories = attribute.Categories,
                Value = c => c.Tables.Attribute(k),
                Formula = "c.Tables.Attribute(k)",
                Description = attribute.Categories is null
                    ? $"'{attribute.Column}' of the customers table."
                    : $"'{attribute.Column}' of the customers table: {string.Join(", ", attribute.Categories)} as 0, 1, 2 ...",
                Template = $"{text.Replace('_', ' ')}: {{{feature}}}",
            });
        }

        for (int i = 0; i < (schema.Sources?.Count ?? 0); i++)
        {
            FeatureSourceStamp stamp = schema.Sources![i];
            IFeatureSource source = FeatureSources.Find(stamp)
                ?? throw new NotSupportedException($"The profile {FeatureSources.Missing([stamp])}");
            for (int f = 0; f < source.Features.Count; f++)
            {
                (int s, int k) = (i, f);
                SourceFeature feature = source.Features[f];
                string name = FeatureSources.ColumnOf(source.Name, feature.Name);
                features.Add(new FeatureDefinition
                {
                    Name = name, Unit = feature.Unit, Group = FeatureGroup.Own, Subject = name, Value = c => c.Tables.Own(s, k),
                    Formula = $"{source.Name} {source.Version}", Description = feature.Description,
                    Template = feature.Sentence is { } sentence
                        ? Plain(sentence.Replace("{value}", "\u0001", StringComparison.Ordinal)
                            .Replace("{typical}", "\u0002", StringComparison.Ordinal))
                            .Replace("\u0001", $"{{{name}}}", StringComparison.Ordinal)
                            .Replace("\u0002", $"{{base:{name}}}", StringComparison.Ordinal)
                        : $"{feature.Name.Replace('_', ' ')}: {{{name}}} (typical customer: {{base:{name}}})",
                });
            }
        }

        return [.. features];
    }

    // Braces are what the templates are filled by.
    private static string Plain(string text) =>
        text.Replace("{", "(", StringComparison.Ordinal).Replace("}", ")", StringComparison.Ordinal);
}

/// <summary>
/// What the tables say of one customer before the as-of, gathered in one pass over the events. One per thread, refilled per customer.
/// </summary>
internal sealed class TableFacts
{
    private readonly TableSchema? _schema;
    private readonly int[] _counts, _recent, _lastDay, _valued;
    private readonly double[] _sums, _lastValues;
    private readonly float[] _attributes;
    private readonly (IFeatureSource Source, double[] Values)[] _own;
    private LocalTime _asOf;
    private int _horizonDays;
    private bool _hasEvents;

    // The history the look-ups below are for: they change with the history only, not with the customer.
    private CustomerTables? _bound;
    private bool _isBound;
    private int[] _kindOf = [];
    private (float[] Values, float[]? Codes)?[] _columns = [];

    public TableFacts(TableSchema? schema)
    {
        _schema = schema;
        int kinds = schema?.Kinds.Count ?? 0;
        (_counts, _recent, _lastDay, _valued) = (new int[kinds], new int[kinds], new int[kinds], new int[kinds]);
        (_sums, _lastValues) = (new double[kinds], new double[kinds]);
        _attributes = new float[schema?.Attributes.Count ?? 0];
        _own = [.. (schema?.Sources ?? []).Select(s => (FeatureSources.Find(s)!, new double[s.Features.Count]))];
    }

    public void Configure(LocalTime asOf, int horizonDays) => (_asOf, _horizonDays) = (asOf, horizonDays);

    public double Count(int kind) => _hasEvents ? _counts[kind] : double.NaN;

    public double Recent(int kind) => _hasEvents ? _recent[kind] : double.NaN;

    public double DaysSince(int kind) => _hasEvents && _counts[kind] > 0 ? _asOf.Day - _lastDay[kind] : double.NaN;

    public double MeanValue(int kind) => _hasEvents && _valued[kind] > 0 ? _sums[kind] / _valued[kind] : double.NaN;

    public double LastValue(int kind) => _hasEvents && _valued[kind] > 0 ? _lastValues[kind] : double.NaN;

    public double Attribute(int attribute) => _attributes[attribute];

    public double Own(int source, int feature) => _own[source].Values[feature];

    /// <summary>Gathers one customer.</summary>
    public void Read(CustomerLines lines)
    {
        if (_schema is null)
        {
            return;
        }

        ReadOwn(lines);
        if (!_isBound || !ReferenceEquals(_bound, lines.Tables))
        {
            Bind(lines.Tables);
        }

        for (int k = 0; k < _attributes.Length; k++)
        {
            _attributes[k] = float.NaN;
            if (_columns[k] is { } column)
            {
                float value = column.Values[lines.Customer];
                _attributes[k] = column.Codes is null || float.IsNaN(value) ? value : column.Codes[(int)value];
            }
        }

        CustomerEvents events = lines.Events.Before(_asOf);
        _hasEvents = events.IsKnown;
        Array.Clear(_counts);
        Array.Clear(_recent);
        Array.Clear(_valued);
        Array.Clear(_sums);
        for (int i = 0; i < events.Count; i++)
        {
            int kind = _kindOf[events.Kind[i]];
            if (kind < 0)
            {
                continue;
            }

            int day = LocalTime.DayOf(events.OccurredAt[i]);
            _counts[kind]++;
            _recent[kind] += _asOf.Day - day <= _horizonDays ? 1 : 0;
            _lastDay[kind] = day;
            double value = events.Value[i];
            if (!double.IsNaN(value))
            {
                _valued[kind]++;
                _sums[kind] += value;
                _lastValues[kind] = value;
            }
        }
    }

    private void ReadOwn(CustomerLines lines)
    {
        foreach ((IFeatureSource source, double[] values) in _own)
        {
            Array.Fill(values, double.NaN);
            try
            {
                source.Compute(new SourceInput(lines, _asOf, _horizonDays), values);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new DatasetException(
                    "feature-source",
                    $"The feature source {FeatureSourceStamp.Of(source)} failed on a customer with {lines.Before(_asOf).Count} lines: "
                        + $"{e.GetType().Name}: {e.Message}");
            }

            for (int i = 0; i < values.Length; i++)
            {
                values[i] = double.IsFinite(values[i]) ? values[i] : double.NaN;
            }
        }
    }

    /// <summary>Kinds and categories are told by name; histories hold codes.</summary>
    private void Bind(CustomerTables? tables)
    {
        (_bound, _isBound) = (tables, true);
        _kindOf = tables?.Events is { } events ? [.. events.Kinds.Select(name => IndexOf(_schema!.Kinds, k => k.Kind == name))] : [];
        _columns = [.. _schema!.Attributes.Select(attribute => Column(tables, attribute))];
    }

    private static (float[] Values, float[]? Codes)? Column(CustomerTables? tables, AttributeFeature attribute)
    {
        AttributeColumn? column = tables?.Attributes.FirstOrDefault(a => a.Name == attribute.Column);

        // A column that was a number at training and is text now, or the other way round, is another column.
        if (column is null || (column.Categories is null) != (attribute.Categories is null))
        {
            return null;
        }

        float[]? codes = column.Categories is null
            ? null
            : [.. column.Categories.Select(name => IndexOf(attribute.Categories!, c => c == name) is >= 0 and int code ? code : float.NaN)];
        return (column.Values, codes);
    }

    private static int IndexOf<T>(IReadOnlyList<T> list, Func<T, bool> matches)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (matches(list[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
