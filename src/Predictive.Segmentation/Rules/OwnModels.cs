namespace Predictive.Segmentation.Rules;

/// <summary>A condition on one field: everything that is set must hold. A field without a value fulfils none but <c>known:
/// false</c>.</summary>
/// <param name="Field">Name of a customer metric, an attribute, an event figure, or of an own score or combined model.</param>
public sealed record FieldCondition(string Field)
{
    /// <summary>The number is at least this.</summary>
    public double? AtLeast { get; init; }

    /// <summary>The number is above this.</summary>
    public double? Above { get; init; }

    /// <summary>The number is at most this.</summary>
    public double? AtMost { get; init; }

    /// <summary>The number is below this.</summary>
    public double? Below { get; init; }

    /// <summary>The text is one of these, whatever the case.</summary>
    public IReadOnlyList<string>? In { get; init; }

    /// <summary>The text is none of these.</summary>
    public IReadOnlyList<string>? NotIn { get; init; }

    /// <summary>Whether there is a value.</summary>
    public bool? Known { get; init; }

    /// <summary>Whether a number is asked for.</summary>
    internal bool IsOfNumber => AtLeast is not null || Above is not null || AtMost is not null || Below is not null;

    /// <summary>Whether a text is asked for.</summary>
    internal bool IsOfText => In is not null || NotIn is not null;

    /// <summary>Whether a value fulfils it.</summary>
    /// <param name="number">The number; NaN = none.</param>
    /// <param name="text">The text; null = none.</param>
    public bool Holds(double number, string? text)
    {
        bool known = text is not null || !double.IsNaN(number);
        if (Known is { } wanted && wanted != known)
        {
            return false;
        }

        if (!IsOfNumber && !IsOfText)
        {
            return true;
        }

        // Comparisons with NaN are false: who has no value fulfils none.
        return known && (AtLeast is not { } a || number >= a) && (Above is not { } b || number > b) && (AtMost is not { } c || number <= c)
            && (Below is not { } d || number < d)
            && (In is null || In.Contains(text, StringComparer.OrdinalIgnoreCase))
            && (NotIn is null || !NotIn.Contains(text, StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>A shop's own segment: whoever fulfils all of one list and, where there is another, any of it.</summary>
/// <param name="Name">Unique.</param>
public sealed record OwnSegment(string Name)
{
    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>All must hold. Default none.</summary>
    public IReadOnlyList<FieldCondition> All { get; init; } = [];

    /// <summary>At least one must hold, where there are any. Default none.</summary>
    public IReadOnlyList<FieldCondition> Any { get; init; } = [];
}

/// <summary>One part of an own score.</summary>
/// <param name="Field">A field.</param>
/// <param name="Weight">Its share of the score; weights are divided by their sum.</param>
public sealed record ScoreTerm(string Field, double Weight)
{
    /// <summary>Number that counts 0. Default 0; with <see cref="To"/> below it, less is better.</summary>
    public double From { get; init; }

    /// <summary>Number that counts 100. Default 100.</summary>
    public double To { get; init; } = 100;

    /// <summary>For a text: what each value counts, 0 to 100, whatever the case; others count 0.</summary>
    public IReadOnlyDictionary<string, double>? Values { get; init; }

    /// <summary>What a value counts, 0 to 100; NaN where there is none: the other parts then share its weight.</summary>
    public double PointsOf(double number, string? text)
    {
        if (Values is not null)
        {
            return text is null
                ? double.NaN
                : Values.FirstOrDefault(v => v.Key.Equals(text, StringComparison.OrdinalIgnoreCase)).Value;
        }

        return 100 * Math.Clamp((number - From) / (To - From), 0, 1);
    }
}

/// <summary>A shop's own weighted score, 0 to 100; the field <c>score.NAME</c>.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Terms">At least one.</param>
public sealed record OwnScore(string Name, IReadOnlyList<ScoreTerm> Terms);

/// <summary>Several models read together, such as loyalty × lifecycle; the field <c>combined.NAME</c>, as <c>high × growing</c>.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Fields">Text fields, at least two.</param>
public sealed record CombinedModel(string Name, IReadOnlyList<string> Fields);
