using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Segments;

/// <summary>Sums over the customers of a group: those of parts of a base add up to those of the whole.</summary>
internal sealed class SegmentSums
{
    public int Customers { get; set; }

    public ExactSum Spend365 { get; init; } = new();

    public ExactSum NetValue { get; init; } = new();

    /// <summary>Of the groups of a model that the table has, by name.</summary>
    public static Dictionary<string, SegmentSums> OfModel(SegmentTable table, string model)
    {
        string?[] names = table.Texts(model);
        return Of(table, [], Enumerable.Range(0, table.Count).Where(i => names[i] is not null).Select(i => (names[i]!, i)));
    }

    /// <summary>Of the shop's own segments, in the order of the file; the empty ones too.</summary>
    public static Dictionary<string, SegmentSums> OfOwn(SegmentTable table) => Of(
        table, table.OwnSegments.Select(s => s.Name),
        table.OwnSegments.SelectMany(s => Enumerable.Range(0, table.Count).Where(i => s.Members[i]).Select(i => (s.Name, i))));

    public void Add(SegmentSums other)
    {
        Customers += other.Customers;
        Spend365.Add(other.Spend365);
        NetValue.Add(other.NetValue);
    }

    private static Dictionary<string, SegmentSums> Of(
        SegmentTable table, IEnumerable<string> known, IEnumerable<(string Group, int Row)> members)
    {
        double[] year = table.Numbers("spend_365d"), net = table.Numbers("net_value");
        var groups = known.ToDictionary(n => n, _ => new SegmentSums(), StringComparer.Ordinal);
        foreach ((string group, int row) in members)
        {
            if (!groups.TryGetValue(group, out SegmentSums? sums))
            {
                groups[group] = sums = new SegmentSums();
            }

            sums.Customers++;
            sums.Spend365.Add(year[row]);
            sums.NetValue.Add(net[row]);
        }

        return groups;
    }
}
