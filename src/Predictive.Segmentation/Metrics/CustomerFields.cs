using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Metrics;

/// <summary>Something a condition or a score can read of a customer: a metric, an attribute, a figure about events.</summary>
/// <param name="Name">As own segments name it.</param>
/// <param name="IsText">Whether it is a text; null = the dataset decides (an attribute).</param>
/// <param name="Number">The number; NaN = none.</param>
/// <param name="Text">The text; null = none.</param>
public sealed record CustomerField(string Name, bool? IsText, Func<CustomerFacts, double> Number, Func<CustomerFacts, string?> Text);

/// <summary>
/// The fields: every customer metric by its name; <c>attribute.COLUMN</c> of the customers table; <c>inferred.ATTRIBUTE</c>;
/// <c>events.KIND.count</c>, <c>events.KIND.days_since</c> and <c>events.KIND.last_value</c>.
/// </summary>
public static class CustomerFields
{
    private const string Attribute = "attribute.", Inferred = "inferred.", Events = "events.";
    private static readonly string[] s_figures = ["count", "days_since", "last_value"];

    /// <summary>What names can look like beside the metrics, for messages.</summary>
    public static string Forms => "attribute.COLUMN, inferred.ATTRIBUTE, events.KIND.count, events.KIND.days_since, events.KIND.last_value";

    /// <summary>The field of a name; null = there is none.</summary>
    public static CustomerField? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (CustomerMetrics.Find(name) is { } metric)
        {
            return new CustomerField(name, metric.IsText, metric.Number, metric.Text);
        }

        if (name.Length > Attribute.Length && name.StartsWith(Attribute, StringComparison.Ordinal))
        {
            string column = name[Attribute.Length..];
            return new CustomerField(
                name, null,
                f => KnownAttributes.Find(f.Tables, column) is { } c ? KnownAttributes.Number(c, f.Customer) : double.NaN,
                f => KnownAttributes.Find(f.Tables, column) is { } c ? KnownAttributes.Text(c, f.Customer) : null);
        }

        if (name.Length > Inferred.Length && name.StartsWith(Inferred, StringComparison.Ordinal))
        {
            string attribute = name[Inferred.Length..];
            return new CustomerField(
                name, true, _ => double.NaN,
                f => f.Rules.Inferred.FirstOrDefault(i => i.Attribute.Equals(attribute, StringComparison.OrdinalIgnoreCase))?.Value);
        }

        int dot = name.LastIndexOf('.');
        if (!name.StartsWith(Events, StringComparison.Ordinal) || dot <= Events.Length || !s_figures.Contains(name[(dot + 1)..]))
        {
            return null;
        }

        string kind = name[Events.Length..dot], figure = name[(dot + 1)..];
        return new CustomerField(name, false, f => Figure(f, kind, figure), _ => null);
    }

    /// <summary>What a field needs and a dataset has not, such as <c>the customers table has no column 'region'</c>; null =
    /// nothing.</summary>
    public static string? MissingIn(string name, CustomerTables? tables)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.StartsWith(Attribute, StringComparison.Ordinal))
        {
            string column = name[Attribute.Length..];
            return KnownAttributes.Find(tables, column) is null ? $"the customers table has no column '{column}'" : null;
        }

        int dot = name.LastIndexOf('.');
        return name.StartsWith(Events, StringComparison.Ordinal) && dot > Events.Length
            && !new EventKinds(tables, [name[Events.Length..dot]]).Known
            ? $"no event is of the kind '{name[Events.Length..dot]}'"
            : null;
    }

    private static double Figure(CustomerFacts facts, string kind, string figure)
    {
        EventColumns? events = facts.Tables?.Events;
        int code = events is null ? -1 : Array.FindIndex(events.Kinds, k => k.Equals(kind, StringComparison.OrdinalIgnoreCase));
        if (code < 0)
        {
            return double.NaN;
        }

        int count = 0, last = -1;
        for (int i = events!.Offsets[facts.Customer]; i < events.Offsets[facts.Customer + 1]
            && events.OccurredAt[i] < facts.AsOf.Micros; i++)
        {
            if (events.Kind[i] == code)
            {
                count++;
                last = i;
            }
        }

        return figure switch
        {
            "count" => count,
            "days_since" => last < 0 ? double.NaN : facts.AsOf.Day - LocalTime.DayOf(events.OccurredAt[last]),
            _ => last < 0 ? double.NaN : events.Value[last],
        };
    }
}
