using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the frequency × order-value chart.</summary>
public sealed record QuadrantOptions
{
    /// <summary>Window, days back from the as-of. Default null: the whole history.</summary>
    public int? WindowDays { get; init; }

    /// <summary>Orders from which a customer is frequent. Default null: the base's mean, rounded up.</summary>
    public double? FrequencyLine { get; init; }

    /// <summary>Mean order value from which orders are large. Default null: the base's mean over orders.</summary>
    public double? OrderValueLine { get; init; }

    /// <summary>A customer is new for this many days after the first purchase. Default 60.</summary>
    public int NewDays { get; init; } = 60;
}

/// <summary>The two lines of the chart.</summary>
/// <param name="Frequency">Orders from which a customer is frequent.</param>
/// <param name="OrderValue">Mean order value from which orders are large.</param>
public sealed record QuadrantCutoffs(double Frequency, double OrderValue);

/// <summary>Place of one customer in the chart.</summary>
/// <param name="Group">A = prospect, B = new, or rare and small still, C = rare and large, D = frequent and small, E = frequent and
/// large.</param>
/// <param name="Orders">Orders in the window.</param>
/// <param name="OrderValue">Net spend over orders in the window; 0 without an order.</param>
public sealed record QuadrantResult(string Group, int Orders, double OrderValue);

/// <summary>
/// Frequency against order value: groups A–E of the classic CRM chart. A are prospects, people known without a purchase that was kept; B
/// are to be moved
/// to
/// E, where customers are frequent and large; whoever is new is B, and so is who has stayed rare and small.
/// </summary>
public static class Quadrants
{
    /// <summary>The two lines for the customers with a purchase before a local time.</summary>
    public static QuadrantCutoffs Fit(TransactionHistory history, LocalTime asOf, QuadrantOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        var values = BaseScan.Select(history, Population.At(history, asOf), asOf, (_, lines) => Measure(lines, asOf, options));
        var active = values.Where(v => v.Orders > 0).ToArray();
        double orders = active.Sum(v => (double)v.Orders);
        return new QuadrantCutoffs(
            options.FrequencyLine ?? (active.Length == 0 ? 1 : Math.Ceiling(orders / active.Length)),
            options.OrderValueLine ?? (orders == 0 ? 0 : active.Sum(v => v.Net) / orders));
    }

    /// <summary>The group of one customer; lines at or after the as-of are ignored.</summary>
    public static QuadrantResult Compute(CustomerLines lines, LocalTime asOf, QuadrantOptions options, QuadrantCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        var before = lines.Before(asOf);
        int first = int.MaxValue;
        for (int i = 0; i < before.Count && first == int.MaxValue; i++)
        {
            first = before.Kept[i] > 0 ? LocalTime.DayOf(before.OrderedAt[i]) : first;
        }

        if (first == int.MaxValue)
        {
            return new QuadrantResult("A", 0, 0);
        }

        var (orders, net) = Measure(before, asOf, options);
        double value = orders == 0 ? 0 : Cents.Of(net / orders);
        bool isNew = asOf.Day - first <= options.NewDays;
        string group = (isNew, orders >= cutoffs.Frequency, value >= cutoffs.OrderValue) switch
        {
            (true, _, _) => "B",
            (_, true, true) => "E",
            (_, true, false) => "D",
            (_, false, true) => "C",
            _ => "B",
        };
        return new QuadrantResult(group, orders, value);
    }

    internal static void Validate(QuadrantOptions options)
    {
        var faults = new List<string>();
        if (options.WindowDays is <= 0 || options.NewDays < 0)
        {
            faults.Add($"window {options.WindowDays} and new {options.NewDays} days; expected at least 1 (or null) and 0");
        }

        RulesException.ThrowIfAny("the frequency × order-value options", faults);
    }

    private static (int Orders, double Net) Measure(CustomerLines before, LocalTime asOf, QuadrantOptions options)
    {
        var timeline = PurchaseTimeline.Read(options.WindowDays is { } days ? before.Between(asOf.AddDays(-days), asOf) : before);
        return (timeline.OrderCount, timeline.Net);
    }
}
