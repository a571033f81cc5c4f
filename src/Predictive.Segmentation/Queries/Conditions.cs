using System.Globalization;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Queries;

/// <summary>One filter of a query: <c>tier = gold, silver</c>, <c>channel != web</c>, <c>recency_days &gt; 30</c>.</summary>
/// <param name="Name">Dimension, or a number of a customer.</param>
/// <param name="Operator">=, !=, &gt;, &gt;=, &lt; or &lt;=.</param>
/// <param name="Values">What it is held against; one for the last four.</param>
public sealed record Condition(string Name, string Operator, IReadOnlyList<string> Values)
{
    // The longer ones first.
    private static readonly string[] s_operators = ["!=", ">=", "<=", "=", ">", "<"];

    /// <summary>Most conditions of a query.</summary>
    public const int Most = 10;

    /// <summary>Reads conditions separated by <c>;</c>.</summary>
    /// <exception cref="QueryRefusedException">One cannot be read, or there are too many.</exception>
    public static IReadOnlyList<Condition> Parse(IEnumerable<string> texts)
    {
        Condition[] read =
        [
            .. texts.SelectMany(t => t.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Select(One),
        ];
        return read.Length <= Most
            ? read
            : throw new QueryRefusedException($"There are {read.Length} conditions; expected at most {Most}.");
    }

    /// <summary><c>tier = gold, silver</c>.</summary>
    public override string ToString() => $"{Name} {Operator} {string.Join(", ", Values)}";

    private static Condition One(string text)
    {
        int at = text.IndexOfAny(['!', '>', '<', '=']);
        string? op = at <= 0 ? null : Array.Find(s_operators, o => text.AsSpan(at).StartsWith(o));
        string[] values = op is null ? [] : text[(at + op.Length)..].Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (op is null || values.Length == 0 || (values.Length > 1 && op is not ("=" or "!=")))
        {
            throw new QueryRefusedException(
                $"The condition '{QueryRefusedException.Short(text)}' cannot be read; expected NAME = VALUE, VALUE, or NAME > NUMBER, such "
                    + "as tier = gold, silver; recency_days > 30.");
        }

        return new Condition(text[..at].Trim(), op, values);
    }
}

/// <summary>Conditions joined with a base.</summary>
internal sealed class BoundConditions
{
    private const int Shown = 12;

    private readonly QueryBase _base;
    private readonly List<CodeFilter> _lines = [];
    private readonly List<(Dimension Dimension, Condition Condition)> _times = [];
    private readonly List<Condition> _canonical = [];
    private bool[]? _customers;

    /// <summary>Joins them.</summary>
    /// <exception cref="QueryRefusedException">A name or a value is not known.</exception>
    public BoundConditions(QueryBase of, IReadOnlyList<Condition> conditions)
    {
        _base = of;
        foreach (Condition condition in conditions)
        {
            Add(condition);
        }
    }

    /// <summary>Whether a customer counts; null = all do.</summary>
    public bool[]? Customers => _customers;

    /// <summary>Filters of lines.</summary>
    public IReadOnlyList<CodeFilter> Lines => _lines;

    /// <summary>Filters of days, to be joined with a plan's days.</summary>
    public IReadOnlyList<(Dimension Dimension, Condition Condition)> Times => _times;

    /// <summary>The conditions by the names of the catalogue.</summary>
    public IReadOnlyList<Condition> Canonical => _canonical;

    /// <summary>Whether customers are chosen by what they are as of the as-of.</summary>
    public bool AreOfCustomers => _customers is not null;

    /// <summary>Codes that a condition allows; the last is none.</summary>
    public static bool[] Allowed(Condition condition, string[] names)
    {
        var allowed = new bool[names.Length];
        foreach (string value in condition.Values)
        {
            string plain = NearNames.Plain(value);
            bool found = false;
            for (int i = 0; i < names.Length; i++)
            {
                if (NearNames.Plain(names[i]) == plain
                    || (condition.Name == "product" && names[i].StartsWith(value + " ", StringComparison.Ordinal)))
                {
                    (allowed[i], found) = (true, true);
                }
            }

            if (!found)
            {
                IReadOnlyList<string> near = NearNames.Of(value, names.Select(n => (n, Enumerable.Empty<string>())));
                throw new QueryRefusedException(
                    $"'{condition.Name}' has no value '{QueryRefusedException.Short(value)}'; "
                        + (names.Length <= Shown ? $"it has {string.Join(", ", names)}." : $"nearest: {string.Join(", ", near)}."), near);
            }
        }

        return condition.Operator == "!=" ? Array.ConvertAll(allowed, a => !a) : allowed;
    }

    private void Add(Condition condition)
    {
        bool isEqual = condition.Operator is "=" or "!=";
        if (!isEqual || CustomerMetrics.Find(condition.Name) is { IsText: false })
        {
            Numbers(condition);
            return;
        }

        Dimension dimension = _base.Dimension(condition.Name);
        Condition named = condition with { Name = dimension.Name };
        _canonical.Add(named);
        if (dimension.Kind == DimensionKind.Time)
        {
            _times.Add((dimension, named));
            return;
        }

        BoundDimension bound = _base.Bind(dimension);
        bool[] allowed = Allowed(named, bound.Names);
        if (dimension.Kind == DimensionKind.Line)
        {
            _lines.Add(new CodeFilter(bound.Codes, allowed));
        }
        else
        {
            Keep(c => allowed[bound.Code(c)]);
        }
    }

    private void Numbers(Condition condition)
    {
        Func<int, double> of = NumberOf(condition.Name);
        double[] values = Array.ConvertAll([.. condition.Values], v =>
            double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                ? number
                : throw new QueryRefusedException($"'{QueryRefusedException.Short(v)}' is no number; '{condition.Name}' is one."));
        _canonical.Add(condition);
        Keep(c => of(c) is var n && !double.IsNaN(n) && condition.Operator switch
        {
            "=" => values.Contains(n),
            "!=" => !values.Contains(n),
            ">" => n > values[0],
            ">=" => n >= values[0],
            "<" => n < values[0],
            _ => n <= values[0],
        });
    }

    private Func<int, double> NumberOf(string name)
    {
        string column = name.StartsWith(Dimensions.Attribute, StringComparison.Ordinal) ? name[Dimensions.Attribute.Length..] : name;
        if (_base.History.Tables?.Attributes.FirstOrDefault(a => a.Name == column && a.Categories is null) is { } attribute)
        {
            return c => attribute.Values[c];
        }

        if (CustomerMetrics.Find(name) is not { IsText: false })
        {
            throw QueryRefusedException.Unknown(
                "number of a customer", name,
                CustomerMetrics.All.Where(m => !m.IsText).Select(m => (m.Name, (IEnumerable<string>)[m.Words.English])));
        }

        SegmentTable table = _base.TableFor(name);
        if (!table.Has(name))
        {
            throw QueryBase.NeedsModel(name);
        }

        var byCustomer = new double[_base.History.CustomerCount];
        Array.Fill(byCustomer, double.NaN);
        double[] numbers = table.Numbers(name);
        for (int i = 0; i < numbers.Length; i++)
        {
            byCustomer[table.Customers[i]] = numbers[i];
        }

        return c => byCustomer[c];
    }

    private void Keep(Func<int, bool> keeps)
    {
        bool[] mask = _customers ?? Enumerable.Repeat(true, _base.History.CustomerCount).ToArray();
        for (int c = 0; c < mask.Length; c++)
        {
            mask[c] = mask[c] && keeps(c);
        }

        _customers = mask;
    }
}
