using System.Globalization;
using Predictive.History;

namespace Predictive.Segmentation.Queries;

/// <summary>How days are named by a dimension of time.</summary>
internal static class TimeSteps
{
    private static readonly string[] s_weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    /// <summary>Whether its values are periods that follow each other.</summary>
    public static bool IsContiguous(string name) => name != "weekday";

    /// <summary>The whole period of a day.</summary>
    public static Period Of(string name, DateOnly day) => name switch
    {
        "day" => new Period(day, day),
        "week" => new Period(Monday(day), Monday(day).AddDays(6)),
        "month" => Period.Month(day.Year, day.Month),
        "quarter" => Period.Quarter(day.Year, ((day.Month - 1) / 3) + 1),
        _ => Period.Year(day.Year),
    };

    /// <summary>What a day is called.</summary>
    public static string Name(string name, DateOnly day)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        return name switch
        {
            "day" => day.ToString("yyyy-MM-dd", c),
            "week" => Monday(day).ToString("yyyy-MM-dd", c),
            "month" => day.ToString("yyyy-MM", c),
            "quarter" => string.Create(c, $"{day.Year:0000}-Q{((day.Month - 1) / 3) + 1}"),
            "year" => day.ToString("yyyy", c),
            _ => s_weekdays[((int)day.DayOfWeek + 6) % 7],
        };
    }

    /// <summary>Joins a dimension of time with the days from one to another.</summary>
    public static BoundDimension Bind(Dimension dimension, DateOnly from, DateOnly to)
    {
        var names = new List<string>();
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        if (dimension.Name == "weekday")
        {
            names.AddRange(s_weekdays);
            known = s_weekdays.Index().ToDictionary(w => w.Item, w => w.Index, StringComparer.Ordinal);
        }

        var codes = new int[to.DayNumber - from.DayNumber + 1];
        for (int d = 0; d < codes.Length; d++)
        {
            string name = Name(dimension.Name, from.AddDays(d));
            if (!known.TryGetValue(name, out int code))
            {
                known[name] = code = names.Count;
                names.Add(name);
            }

            codes[d] = code;
        }

        return new BoundDimension(dimension, codes, [.. names, BoundDimension.None]);
    }

    /// <summary>Per day from one to another: where the shortest period of the dimensions that holds it begins, not before the
    /// first.</summary>
    public static long[] Starts(IEnumerable<Dimension> dimensions, DateOnly from, DateOnly to)
    {
        string[] names = [.. dimensions.Where(d => d.Kind == DimensionKind.Time && IsContiguous(d.Name)).Select(d => d.Name)];
        var starts = new long[to.DayNumber - from.DayNumber + 1];
        long first = LocalTime.StartOf(from).Micros;
        for (int d = 0; d < starts.Length; d++)
        {
            starts[d] = first;
            foreach (string name in names)
            {
                starts[d] = Math.Max(starts[d], Of(name, from.AddDays(d)).Start.Micros);
            }
        }

        return starts;
    }

    /// <summary>The period cut by a dimension, after the whole step before it.</summary>
    public static List<Period> Steps(string name, Period whole)
    {
        var steps = new List<Period> { Of(name, Of(name, whole.From).From.AddDays(-1)) };
        for (DateOnly day = whole.From; day <= whole.To; day = steps[^1].To.AddDays(1))
        {
            Period step = Of(name, day);
            steps.Add(new Period(day, step.To < whole.To ? step.To : whole.To));
        }

        return steps;
    }

    private static DateOnly Monday(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
}
